#include "api.hpp"

#include "customer.hpp"
#include "http.hpp"

#include <boost/json.hpp>

#include <optional>
#include <string>
#include <utility>

namespace crm {
namespace {

namespace json = boost::json;
using flexcrm::HttpRequest;
using flexcrm::HttpResponse;

constexpr std::size_t most_contacts = 200;
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
bool read_text(json::object const& object, std::string_view name, std::size_t most_bytes, std::optional<std::string>& given) {
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
  if (path == "/api/inspector" && options_.inspector) return json_response(200, inspector_.after(agent, query_value(request, "after")));
  return path == "/api/customer" || path == "/api/ticket" ? wrong_method() : not_found();
}

HttpResponse Api::post(HttpRequest const& request, std::string const& agent) {
  auto const path = path_of(request);
  auto const task_sid = name_below("/api/calls/", path);
  bool const known = path == "/api/ticket" || path == "/api/customer" || path == "/api/contacts" || task_sid;
  if (!known) return path == "/api/config" || path == "/api/calls" || path == "/api/agents" ? wrong_method() : not_found();

  auto const given = json_body(request);
  if (!given) return error_response(400, "not_an_object");
  if (path == "/api/ticket") return ticket(agent, *given);
  if (path == "/api/customer") return json_response(200, find_customer(contacts_, *given, options_.bare));
  if (path == "/api/contacts") return add_contact(*given);
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
  json::array agents;
  for (auto const& name : options_.agents) agents.emplace_back(name);
  return json_response(200, {{"agent", agent},
                             {"agents", std::move(agents)},
                             {"flexUrl", site_.flex_url()},
                             {"flexOrigin", site_.flex_origin()},
                             {"flexTab", options_.flex_tab},
                             {"bare", options_.bare},
                             {"inspector", options_.inspector}});
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

HttpResponse Api::write_call(std::string const& agent, std::string_view task_sid, json::object const& given) {
  auto const call = calls_.find(agent, task_sid);
  if (!call) return not_found();
  auto const* revision = given.if_contains("revision");
  auto const* number = revision ? revision->if_int64() : nullptr;
  if (!number || *number < 1 || *number > greatest_revision) return error_response(400, "not_a_revision", "revision");

  Entry entry{.revision = *number, .disposition = call->disposition, .notes = call->notes, .contact_id = {}};
  if (!read_text(given, "disposition", disposition_bytes, entry.disposition)) return error_response(400, "not_a_short_text", "disposition");
  if (!read_text(given, "notes", note_bytes, entry.notes)) return error_response(400, "not_a_short_text", "notes");
  if (!read_text(given, "contactId", disposition_bytes, entry.contact_id) || (entry.contact_id && !contacts_.find_by_id(*entry.contact_id)))
    return error_response(400, "unknown_contact", "contactId");

  bool const written = calls_.write(agent, call->task_sid, entry);
  return json_response(written ? 200 : 409, {{"call", crm::to_json(*calls_.find(agent, task_sid))}});
}

}  // namespace crm
