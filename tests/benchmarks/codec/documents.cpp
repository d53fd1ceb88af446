#include "documents.hpp"

#include <flexcrm/codec.hpp>

#include <stdexcept>

namespace flexcrm::bench {
namespace {

constexpr std::string_view click =
    R"({"jsonrpc":"2.0","id":4711,"method":"DialRequest","params":{"destination":"+34911234567",)"
    R"("dialId":"7f3a9c1e-52d0-4b8e-9a61","lifetimeMs":10000}})";

// A screen pop as the plugin writes it: attributes as a Twilio flow fills them, with nested objects, text in UTF-8 and
// with escapes, integers and doubles.
constexpr std::string_view head =
    R"({"jsonrpc":"2.0","id":4712,"method":"TaskSelected","params":{"attributes":{)"
    R"("from":"+34911234567","to":"+34900555000","direction":"inbound",)"
    R"("call_sid":"CA5f2b6cd8e1a94f7c8d3e2b1a0f9e8d7c","account_sid":"AC0123456789abcdef0123456789abcdef",)"
    R"("customers":{"external_id":"003Dn00000A1b2CIAR","name":"Jos\u00e9 Mar\u00eda Núñez","email":"jm.nunez@example.com",)"
    R"("note":"Pidió: \"llamar por la tarde\".\nCliente desde 2014 \u2014 preferente."},)"
    R"("account_data":{"id":90071992547409,"tier":"gold","balance":-1234.56,"open_cases":[48213,48377],"vip":true,"agent":null},)"
    R"("location":{"lat":40.416775,"lon":-3.70379,"city":"Alcalá de Henares"},)"
    R"("conversations":{"conversation_id":"WT9c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f","queue":"Atención al cliente","queue_time":12.5,)"
    R"("sentiment":-0.25,"language":"es-ES"},"skills":["ventas","facturación","español"],"priority":10)";
constexpr std::string_view tail =
    R"(},"taskSid":"WT9c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f","reservationSid":"WRa1b2c3d4e5f60718293a4b5c6d7e8f90","channel":"voice",)"
    R"("direction":"inbound","status":"accepted","queueName":"Atención al cliente","cause":"agent",)"
    R"("customer":{"phone":"+34911234567","name":"José María Núñez"}}})";

// What a CRM puts into the attributes of a longer conversation.
std::string entry(std::size_t number) {
  std::string const n = std::to_string(number);
  return R"({"at":"2026-01-31T12:)" + std::to_string(10 + number % 50) + R"(:00.000Z","author":")" +
         (number % 2 == 0 ? "cliente" : "Ana Belén Ruiz") + R"(","message_id":)" +
         std::to_string(1700000000 + number * 37) + R"(,"score":0.)" + std::to_string(101 + number % 800) +
         R"(,"channel":{"type":"chat","unread":false},"text":)" + R"("Mensaje )" + n + R"(: el pedido n.º 2026\/)" + n +
         R"( no llegó; \"mañana\" vence el plazo de la factura y el cliente pide que se le llame por la tarde, nunca antes de las cinco."})";
}

std::string screen_pop(std::size_t bytes) {
  std::string frame{head};
  if (bytes > 1400) {
    frame += R"(,"history":[)";
    for (std::size_t i = 0; frame.size() + entry(i).size() + tail.size() < bytes; ++i)
      frame += (i > 0 ? "," : "") + entry(i);
    frame += ']';
  }
  frame += tail;
  return frame;
}

Document checked(std::string_view name, std::string frame) {
  auto const decoded = Codec{}.decode(frame);
  if (auto const* refusal = std::get_if<Refusal>(&decoded))
    throw std::logic_error{std::string{name} + ": " + to_string(refusal->error)};
  return {name, std::move(frame)};
}

}  // namespace

std::vector<Document> const& documents() {
  static std::vector<Document> const all{
      checked("DialRequest 150 B", std::string{click}), checked("TaskSelected 1.3 KB", screen_pop(1300)),
      checked("TaskSelected 4 KB", screen_pop(4096)), checked("TaskSelected 64 KB", screen_pop(64000))};
  return all;
}

std::vector<Operation> operations(Document const& document) {
  std::vector<Operation> all = boost_json_operations(document);
  auto const add = [&](std::vector<Operation> more) { all.insert(all.end(), more.begin(), more.end()); };
  add(flexcrm_operations(document));
#ifdef FLEXCRM_WITH_NLOHMANN
  add(nlohmann_operations(document));
#endif
#ifdef FLEXCRM_WITH_RAPIDJSON
  add(rapidjson_operations(document));
#endif
#ifdef FLEXCRM_WITH_SIMDJSON
  add(simdjson_operations(document));
#endif
  return all;
}

}  // namespace flexcrm::bench
