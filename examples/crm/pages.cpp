#include "pages.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>

namespace crm {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using flexcrm::HttpRequest;
using flexcrm::HttpResponse;

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> content_types{{
    {".html", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".ico", "image/x-icon"},
}};

HttpResponse text(unsigned status, std::string body) {
  return {.status = status, .content_type = "text/plain; charset=utf-8", .body = std::move(body) + "\n"};
}

HttpResponse json_response(json::object const& object) {
  return {.content_type = "application/json", .body = json::serialize(object)};
}

/// A file below a directory. Names with anything but letters, digits and "-_./" are not served, nor hidden files, so
/// that no target leads out of the directory.
HttpResponse file(fs::path const& directory, std::string_view name) {
  auto const harmless = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.' || c == '/'; };
  bool const safe = std::all_of(name.begin(), name.end(), harmless) && name.find("..") == std::string_view::npos &&
                    name.find("/.") == std::string_view::npos && !name.starts_with('/') && !name.starts_with('.');
  auto const path = directory / (name.empty() ? "index.html" : fs::path{name});
  auto const type = std::find_if(content_types.begin(), content_types.end(),
                                 [&](auto const& entry) { return entry.first == path.extension().string(); });
  if (!safe || type == content_types.end() || !fs::is_regular_file(path)) return text(404, "not found");
  std::ifstream stream{path, std::ios::binary};
  return {.content_type = std::string{type->second}, .body = {std::istreambuf_iterator<char>{stream}, {}}};
}

/// The string at a pointer, or nothing.
std::optional<std::string> string_at(json::value const& value, std::string_view pointer) {
  boost::system::error_code ec;
  auto const* found = value.find_pointer(pointer, ec);
  if (!found || !found->is_string() || found->as_string().empty()) return std::nullopt;
  return std::string{found->as_string()};
}

std::optional<std::string> first_string(json::value const& value, std::initializer_list<std::string_view> pointers) {
  for (auto const pointer : pointers)
    if (auto found = string_at(value, pointer)) return found;
  return std::nullopt;
}

/// The number as the contacts have it: "whatsapp:+34…" and the like lose their channel.
std::string without_channel(std::string address) {
  auto const plus = address.find(":+");
  return plus == std::string::npos ? address : address.substr(plus + 1);
}

}  // namespace

json::object find_customer(Contacts const& contacts, json::object const& given, bool bare) {
  json::value const task(given);
  for (auto const pointer : {"/customer/id", "/attributes/customer_id", "/attributes/crmid", "/attributes/customers/external_id"})
    if (auto const id = string_at(task, pointer))
      if (auto const contact = contacts.find_by_id(*id)) return {{"kind", "customer"}, {"customer", to_json(*contact)}};

  // Of an outbound task `from` is our own number.
  bool const outbound = string_at(task, "/attributes/direction") == "outbound";
  auto number = first_string(task, {"/customer/phone", outbound ? "/attributes/outbound_to" : "/attributes/from",
                                    "/attributes/customerAddress", "/attributes/customers/phone"});
  if (number) number = without_channel(*number);
  if (number)
    if (auto const contact = contacts.find_by_phone(*number)) return {{"kind", "customer"}, {"customer", to_json(*contact)}};

  if (auto const* attributes = given.if_contains("attributes"); attributes && attributes->is_object()) {
    json::value const& value = *attributes;
    auto const first = string_at(value, "/account_data/first_name");
    auto const last = string_at(value, "/account_data/last_name");
    if (first || last)
      return {{"kind", "account"},
              {"firstName", first.value_or("")},
              {"lastName", last.value_or("")},
              {"portrait", string_at(value, "/account_data/img_src").value_or("")}};
  }
  if (bare) return {{"kind", "none"}};
  return {{"kind", "unknown"}, {"number", number ? json::value(*number) : json::value()}};
}

std::string Pages::page_origin() const { return "http://localhost:" + std::to_string(port_); }

std::string Pages::flex_origin() const {
  if (auto const origin = options_.flex_origin()) return *origin;
  // Flex lives on another origin, as it does in the world; only the bare dialect cannot cross one.
  return options_.bare ? page_origin() : "http://127.0.0.1:" + std::to_string(port_);
}

HttpResponse Pages::answer_api(HttpRequest const& request, std::string const& path) const {
  if (path == "/api/config") {
    auto const flex_url = options_.flex_url.empty() ? flex_origin() + "/flex/" : options_.flex_url;
    return json_response({{"agent", options_.agents.front()},
                          {"token", nullptr},
                          {"flexUrl", flex_url},
                          {"flexOrigin", flex_origin()},
                          {"flexTab", options_.flex_tab},
                          {"bare", options_.bare}});
  }
  if (path == "/api/contacts") {
    json::array contacts;
    for (auto const& contact : contacts_.all()) contacts.push_back(to_json(contact));
    return json_response({{"contacts", std::move(contacts)}});
  }
  if (path == "/api/customer") {
    if (request.method != "POST") return text(405, "POST the params of a TaskSelected");
    if (!request.content_type.starts_with("application/json")) return text(415, "application/json only");
    boost::system::error_code ec;
    auto const task = json::parse(request.body, ec);
    if (ec || !task.is_object()) return text(400, "not a JSON object");
    return json_response(find_customer(contacts_, task.as_object(), options_.bare));
  }
  return text(404, "not found");
}

HttpResponse Pages::answer(HttpRequest const& request) const {
  auto const path = request.target.substr(0, request.target.find('?'));
  bool const is_api = path.starts_with("/api/");
  if (!is_api && request.method != "GET" && request.method != "HEAD") return text(405, "GET only");
  // The CRM page has one origin, whichever name of this machine was typed.
  bool const is_page = path == "/" || path == "/crm.html";
  if (is_page && (path == "/" || "http://" + request.host != page_origin()))
    return {.status = 302, .headers = {{"Location", page_origin() + "/crm.html"}}};

  auto const below = [&](std::string_view prefix) { return std::string_view{path}.substr(prefix.size()); };
  bool const is_flex = path.starts_with("/flex/");
  HttpResponse response;
  if (is_api)
    response = answer_api(request, path);
  else if (path == "/flex/appConfig.js")
    response = {.content_type = "text/javascript; charset=utf-8",
                .body = "window.appConfig = " +
                        json::serialize(json::object{{"flexcrm",
                                                      {{"crmOrigins", options_.flex_tab ? json::array{} : json::array{page_origin()}},
                                                       {"serverUrl", "ws://127.0.0.1:" + std::to_string(port_) + "/flexcrm"},
                                                       {"agent", options_.agents.front()},
                                                       {"bare", options_.bare}}}}) +
                        ";\n"};
  else if (is_flex)
    response = file(options_.flex_dir.empty() ? fs::path{FLEXCRM_CRM_DIR} / "web/flex" : fs::path{options_.flex_dir},
                    below("/flex/"));
  else if (path.starts_with("/flexcrm/js/"))
    response = file(FLEXCRM_BROWSER_DIR, below("/flexcrm/js/"));
  else if (path.starts_with("/flexcrm/plugin/"))
    response = file(FLEXCRM_PLUGIN_DIR, below("/flexcrm/plugin/"));
  else
    response = file(fs::path{FLEXCRM_CRM_DIR} / "web", below("/"));

  response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  // Flex is framed by the CRM page, or by nobody, and brings its own scripts; the CRM page runs nothing but its own files.
  response.headers.emplace_back(
      "Content-Security-Policy",
      is_flex ? "frame-ancestors " + (options_.flex_tab ? "'none'" : "'self' " + page_origin())
              : "default-src 'self'; connect-src 'self' ws://localhost:" + std::to_string(port_) +
                    "; frame-src " + (options_.flex_tab ? "'none'" : flex_origin()) + "; img-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'self'");
  return response;
}

}  // namespace crm
