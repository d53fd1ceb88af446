// The shared corpus: tests/vectors/{valid,invalid,bare}/*.json, read by the JavaScript tests as well.

#include "vectors.hpp"

#include <flexcrm/messages.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>

using namespace flexcrm;
using namespace flexcrm::test;

namespace {

struct Vector {
  std::string name;
  std::string frame;
  bool bare = false;
  bool is_valid = false;
  CodecOptions options;
  json::object expected;
};

std::vector<Vector> load_vectors() {
  std::vector<Vector> vectors;
  for (auto const folder : {"valid", "invalid", "bare"}) {
    for (auto& [name, vector] : read_vectors(folder)) {
      if (!is_for(vector, "cpp")) continue;
      Vector loaded{.name = name,
                    .frame = at(vector, "frame"),
                    .bare = at(vector, "dialect") == "bare",
                    .is_valid = !vector.contains("reason"),
                    .options = {},
                    .expected = {}};
      if (auto const* options = vector.if_contains("options")) loaded.options = codec_options(options->as_object());
      loaded.expected = std::move(vector);
      vectors.push_back(std::move(loaded));
    }
  }
  return vectors;
}

// Which request a golden answer belongs to: the file says so in "answers".
Codec::TypeOfId answers(Vector const& vector) {
  auto const wanted = at(vector.expected, "answers");
  return [wanted](RequestId) -> std::optional<MessageType> {
    for (std::size_t i = 0; i < std::variant_size_v<Message>; ++i)
      if (type_name(MessageType{i}) == wanted) return MessageType{i};
    return std::nullopt;
  };
}

void check_valid(Vector const& vector) {
  Codec codec{vector.options};
  if (vector.bare) {
    auto const message = codec.decode_bare(vector.frame);
    CHECK(codec.encode_bare(message.value()).value() == vector.frame);
    return;
  }
  auto const frame = codec.decode(vector.frame, answers(vector));
  if (auto const* refusal = std::get_if<Refusal>(&frame)) throw Exception{refusal->error};
  auto const canonical = vector.expected.contains("canonical") ? at(vector.expected, "canonical") : vector.frame;
  if (auto const* request = std::get_if<Request>(&frame)) {
    CHECK(codec.validate(request->message).empty());
    CHECK(codec.encode(request->id, request->message).value() == canonical);
    return;
  }
  auto const& response = std::get<Response>(frame);
  if (response.outcome)
    CHECK(codec.encode_answer(*response.id, *response.outcome).value() == canonical);
  else
    CHECK(codec.encode_error(response.id, response.outcome.error()) == canonical);
}

void check_invalid(Vector const& vector) {
  Codec codec{vector.options};
  Error error;
  if (vector.bare) {
    auto const message = codec.decode_bare(vector.frame);
    if (message) throw std::runtime_error{"accepted"};
    error = message.error();
  } else {
    auto const frame = codec.decode(vector.frame, answers(vector));
    auto const* refusal = std::get_if<Refusal>(&frame);
    if (!refusal) throw std::runtime_error{"accepted"};
    error = refusal->error;
    bool const has_id = refusal->id.has_value();
    CHECK(has_id == vector.expected.contains("id"));
  }
  auto const code = static_cast<Errc>(error.code.value());
  CHECK(name(code) == at(vector.expected, "reason"));
  CHECK(rpc_code(code) == vector.expected.at("code").as_int64());
  CHECK(error.pointer == at(vector.expected, "pointer"));
}

}  // namespace

TEST_CASE("golden messages decode and encode to the same bytes; bad ones are refused with their place") {
  auto const vectors = load_vectors();
  REQUIRE(vectors.size() >= 200);
  REQUIRE(std::count_if(vectors.begin(), vectors.end(), [](auto const& vector) { return !vector.is_valid; }) >= 150);
  for (auto const& vector : vectors) {
    CAPTURE(vector.name);
    CHECK_NOTHROW(vector.is_valid ? check_valid(vector) : check_invalid(vector));
  }
}

TEST_CASE("what is missing in the set-up of Flex is said in the same words everywhere") {
  auto const vectors = read_vectors("settings");
  REQUIRE(vectors.size() >= 10);
  Codec codec;
  for (auto const& entry : vectors) {
    CAPTURE(entry.first);
    auto const& vector = entry.second;
    auto const agent =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"AgentChanged\",\"params\":{\"availability\":\"available\",\"outbound\":" +
        json::serialize(vector.at("settings")) + "}}";
    auto const frame = codec.decode(agent, [](RequestId) { return std::nullopt; });
    auto const* request = std::get_if<Request>(&frame);
    REQUIRE(request);
    DialRequest dial;
    if (auto const* given = vector.if_contains("dial")) {
      for (auto const& [member, value] : given->as_object()) {
        REQUIRE((member == "callerId" || member == "queueSid"));
        (member == "callerId" ? dial.caller_id : dial.queue_sid) = json::value_to<std::string>(value);
      }
    }
    json::array found;
    for (auto const& one : missing(*std::get<AgentChanged>(request->message).outbound, dial))
      found.push_back({{"setting", enum_words(one.setting)[static_cast<std::size_t>(one.setting)]},
                       {"stopsCalls", one.stops_calls},
                       {"sentence", one.sentence}});
    CHECK(found == vector.at("missing").as_array());
  }
}
