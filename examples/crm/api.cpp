#include "api.hpp"

#include "customer.hpp"
#include "http.hpp"
#include "numbers.hpp"

#include <boost/json.hpp>

#include <charconv>
#include <chrono>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace crm {
namespace {

namespace json = boost::json;
using flexcrm::HttpRequest;
using flexcrm::HttpResponse;

constexpr std::size_t most_contacts = 200;
constexpr std::size_t most_rows = 10000;
constexpr std::size_t most_numbers = 400;
constexpr std::size_t note_bytes = 8 * 1024;
constexpr std::size_t disposition_bytes = 64;
constexpr std::int64_t greatest_revision = (std::int64_t{1} << 53) - 1;

/// What follows a prefix of the path, if that is one name: ids have nothing that a URL would write in another way.
std::optional<std::string_view> name_below(std::string_view prefix, std::string_view path) {
  if (!path.starts_with(prefix)) return std::nullopt;
  auto const name = path.substr(prefix.size());
  return name.empty() || name.find('/') != std::string_view::npos ? std::nullopt : std::optional{name};
}

std::optional<std::string> string_in(json::object const& object, std::string_view name) {
  auto const* value = object.if_contains(name);
  return value && value->is_string() ? std::optional<std::string>{value->as_string()} : std::nullopt;
}

json::array to_json(std::vector<Call> const& calls) {
  json::array array;
  for (auto const& call : calls) array.push_back(crm::to_json(call));
  return array;
}

HttpResponse not_found() { return error_response(404, "not_found"); }
HttpResponse wrong_method() { return error_response(405, "wrong_method"); }
HttpResponse signed_out() { return error_response(401, "signed_out"); }

/// Reads an optional text of an entry; `given` keeps what it was when the member is absent, and null empties it.
/// False: it is no text, or too long.
bool read_text(json::object const& object, std::string_view name, std::size_t most_bytes,
               std::optional<std::string>& given) {
  auto const* value = object.if_contains(name);
  if (!value) return true;
  if (value->is_null()) return given.reset(), true;
  if (!value->is_string() || value->as_string().size() > most_bytes) return false;
  given = std::string{value->as_string()};
  return true;
}

}  // namespace

bool Api::is_asked(HttpRequest const& request) {
  auto const path = path_of(request);
  bool const reads = request.method == "GET" || request.method == "HEAD";
  return path.starts_with("/api/") || path == "/logout" || (path == "/login" && !reads);
}

HttpResponse Api::answer(HttpRequest const& request) {
  auto const path = path_of(request);
  bool const reads = request.method == "GET" || request.method == "HEAD";
  if (!reads && request.method != "POST") return wrong_method();
  if (!reads && !is_json(request)) return error_response(415, "json_only");
  if (!sign_in_.is_here(request)) return signed_out();

  if (path == "/login") return log_in(request);
  if (path == "/logout") return reads ? wrong_method() : log_out(request);
  if (path == "/api/agents" && reads) {
    json::array agents;
    for (auto const& agent : options_.agents) agents.emplace_back(agent);
    return json_response(200, {{"agents", std::move(agents)}});
  }
  auto const agent = sign_in_.agent_of(request);
  if (!agent) return signed_out();
  return reads ? get(request, *agent) : post(request, *agent);
}

HttpResponse Api::get(HttpRequest const& request, std::string const& agent) const {
  auto const path = path_of(request);
  if (path == "/api/config") return config(agent);
  if (path == "/api/contacts") {
    auto const text = query_value(request, "search");
    json::array found;
    for (auto const& contact : contacts_.search(text, most_contacts)) found.push_back(crm::to_json(contact));
    return json_response(200, {{"contacts", std::move(found)}, {"total", contacts_.count(text)}});
  }
  if (auto const id = name_below("/api/contacts/", path)) {
    auto const contact = contacts_.find_by_id(*id);
    if (!contact) return not_found();
    return json_response(200, {{"contact", crm::to_json(*contact)}, {"calls", to_json(calls_.of_contact(*id))}});
  }
  if (path == "/api/calls") return json_response(200, {{"calls", to_json(calls_.of_agent(agent))}});
  if (auto const task_sid = name_below("/api/calls/", path)) {
    auto const call = calls_.find(agent, *task_sid);
    return call ? json_response(200, {{"call", crm::to_json(*call)}}) : not_found();
  }
  if (path == "/api/audit.csv") return audit_csv(request, agent);
  if (path == "/api/inspector" && options_.inspector)
    return json_response(200, inspector_.after(agent, query_value(request, "after")));
  return path == "/api/customer" || path == "/api/ticket" || path == "/api/number" || path == "/api/numbers"
             ? wrong_method()
             : not_found();
}

HttpResponse Api::post(HttpRequest const& request, std::string const& agent) {
  auto const path = path_of(request);
  auto const task_sid = name_below("/api/calls/", path);
  bool const known = path == "/api/ticket" || path == "/api/customer" || path == "/api/contacts" ||
                     path == "/api/number" || path == "/api/numbers" || task_sid;
  if (!known)
    return path == "/api/config" || path == "/api/calls" || path == "/api/agents" || path == "/api/audit.csv"
               ? wrong_method()
               : not_found();

  auto const given = json_body(request);
  if (!given) return error_response(400, "not_an_object");
  if (path == "/api/ticket") return ticket(agent, *given);
  if (path == "/api/customer") return json_response(200, find_customer(contacts_, *given, options_.bare));
  if (path == "/api/contacts") return add_contact(*given);
  if (path == "/api/number") return number(agent, *given);
  if (path == "/api/numbers") {
    auto const* list = given->if_contains("numbers");
    if (!list || !list->is_array() || list->as_array().size() > most_numbers)
      return error_response(400, "not_a_short_list", "numbers");
    return json_response(200, {{"numbers", number_forms(list->as_array())}});
  }
  return write_call(agent, *task_sid, *given);
}

HttpResponse Api::log_in(HttpRequest const& request) const {
  auto const given = json_body(request);
  auto const agent = given ? string_in(*given, "agent") : std::nullopt;
  if (!agent || !sign_in_.knows(*agent)) return error_response(400, "unknown_agent", "agent");
  return {.status = 204, .headers = {{"Set-Cookie", sign_in_.cookie(*agent, request)}}};
}

HttpResponse Api::log_out(HttpRequest const& request) const {
  return {.status = 204, .headers = {{"Set-Cookie", sign_in_.no_cookie(request)}}};
}

HttpResponse Api::config(std::string const& agent) const {
  // What the policy fills in is not missing in Flex.
  auto const rules = policy_.rules();
  json::object defaults;
  if (rules->default_caller_id) defaults["callerId"] = *rules->default_caller_id;
  if (rules->default_queue) defaults["queueSid"] = *rules->default_queue;
  return json_response(200, {{"agent", agent},
                             {"agents", json::value_from(options_.agents)},
                             {"flexUrl", site_.flex_url()},
                             {"flexOrigin", site_.flex_origin()},
                             {"flexTab", options_.flex_tab},
                             {"bare", options_.bare},
                             {"dialDefaults", std::move(defaults)},
                             {"region", options_.region},
                             {"regions", json::value_from(flexcrm::phone_regions())},
                             {"supervisor", sign_in_.is_supervisor(agent)},
                             {"inspector", options_.inspector}});
}

// The answer is bounded, since whoever makes it is the thread that serves everybody; what is left is where Link says (RFC 8288).
HttpResponse Api::audit_csv(HttpRequest const& request, std::string const& agent) const {
  if (!sign_in_.is_supervisor(agent)) return error_response(403, "supervisors_only");
  std::optional<std::int64_t> before;
  if (auto const text = query_value(request, "before"); !text.empty()) {
    std::int64_t id = 0;
    auto const [end, fault] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (fault != std::errc{} || end != text.data() + text.size()) return error_response(400, "not_an_id", "before");
    before = id;
  }
  auto found = audit_.csv(before, most_rows);
  HttpResponse response{.content_type = "text/csv; charset=utf-8; header=present",
                        .body = std::move(found.csv),
                        .headers = {{"Content-Disposition", "attachment; filename=\"dials.csv\""}}};
  if (found.before)
    response.headers.emplace_back("Link",
                                  "</api/audit.csv?before=" + std::to_string(*found.before) + ">; rel=\"next\"");
  return response;
}

HttpResponse Api::ticket(std::string const& agent, json::object const& given) const {
  auto const role = flexcrm::OpenEnum<flexcrm::Role>{string_in(given, "role").value_or("")}.value();
  if (!role) return error_response(400, "unknown_role", "role");
  return json_response(200, {{"token", sign_in_.ticket(agent, *role)}});
}

HttpResponse Api::add_contact(json::object const& given) {
  auto const read = read_contact(given);
  if (auto const* bad = std::get_if<BadField>(&read)) return error_response(400, bad->error, bad->field);
  return json_response(201, {{"contact", crm::to_json(contacts_.add(std::get<Contact>(read)))}});
}

json::object Api::verdict(std::string const& agent, flexcrm::PhoneNumber const& number) const {
  json::value refusal;
  json::array rules;
  flexcrm::Moment const now{std::chrono::steady_clock::now(), std::chrono::system_clock::now()};
  for (auto const& [rule, verdict, sentence] : policy_.explain({.agent = agent}, {.destination = number.e164}, now)) {
    if (verdict == flexcrm::DialVerdict::refuses && refusal.is_null())
      refusal = json::object{{"reason", flexcrm::name(rule)}};
    rules.push_back({{"rule", flexcrm::name(rule)},
                     {"verdict", enum_words(verdict)[static_cast<std::size_t>(verdict)]},
                     {"sentence", sentence}});
  }
  return {{"number", crm::to_json(number)}, {"refusal", std::move(refusal)}, {"rules", std::move(rules)}};
}

// A POST although it changes nothing while somebody types: a number in the address would be in every log on the way.
HttpResponse Api::number(std::string const& agent, json::object const& given) {
  auto const text = string_in(given, "text");
  if (!text) return error_response(400, "not_a_text", "text");
  auto const region = string_in(given, "region").value_or("");
  if (!region.empty() && !flexcrm::is_phone_region(region)) return error_response(400, "unknown_region", "region");
  auto const* pressed = given.if_contains("dial");
  auto const read = flexcrm::parse_phone(*text, region);
  if (read) return json_response(200, verdict(agent, *read));
  auto const problem = flexcrm::name(static_cast<flexcrm::PhoneFault>(read.error().code.value()));
  if (pressed && *pressed == true) audit_.refused(agent, *text, problem, string_in(given, "contactId"));
  return json_response(200, {{"problem", problem}});
}

HttpResponse Api::write_call(std::string const& agent, std::string_view task_sid, json::object const& given) {
  auto const call = calls_.find(agent, task_sid);
  if (!call) return not_found();
  auto const* revision = given.if_contains("revision");
  auto const* number = revision ? revision->if_int64() : nullptr;
  if (!number || *number < 1 || *number > greatest_revision) return error_response(400, "not_a_revision", "revision");

  Entry entry{.revision = *number, .disposition = call->disposition, .notes = call->notes, .contact_id = {}};
  if (!read_text(given, "disposition", disposition_bytes, entry.disposition))
    return error_response(400, "not_a_short_text", "disposition");
  if (!read_text(given, "notes", note_bytes, entry.notes)) return error_response(400, "not_a_short_text", "notes");
  if (!read_text(given, "contactId", disposition_bytes, entry.contact_id) ||
      (entry.contact_id && !contacts_.find_by_id(*entry.contact_id)))
    return error_response(400, "unknown_contact", "contactId");

  bool const written = calls_.write(agent, call->task_sid, entry);
  return json_response(written ? 200 : 409, {{"call", crm::to_json(*calls_.find(agent, task_sid))}});
}

}  // namespace crm
