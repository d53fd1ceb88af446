#include "http.hpp"

#include <boost/json.hpp>
#include <boost/url/grammar/ci_string.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace crm {

namespace json = boost::json;
using flexcrm::HttpRequest;
using flexcrm::HttpResponse;

HttpResponse text_response(unsigned status, std::string_view text) {
  return {.status = status, .content_type = "text/plain; charset=utf-8", .body = std::string{text} + "\n"};
}

HttpResponse json_response(unsigned status, json::object const& object) {
  return {.status = status, .content_type = "application/json", .body = json::serialize(object)};
}

HttpResponse error_response(unsigned status, std::string_view error, std::string_view field) {
  json::object object{{"error", error}};
  if (!field.empty()) object["field"] = field;
  return json_response(status, object);
}

HttpResponse redirect(std::string const& url) { return {.status = 302, .headers = {{"Location", url}}}; }

std::string_view path_of(HttpRequest const& request) {
  return std::string_view{request.target}.substr(0, request.target.find('?'));
}

std::string query_value(HttpRequest const& request, std::string_view name) {
  auto const url = boost::urls::parse_origin_form(request.target);
  if (!url) return {};
  auto const params = url->params();
  auto const found = params.find({name.data(), name.size()});
  if (found == params.end()) return {};
  auto const param = *found;
  return param.has_value ? std::string{param.value} : std::string{};
}

bool is_json(HttpRequest const& request) {
  auto type = std::string_view{request.content_type}.substr(0, request.content_type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return boost::urls::grammar::ci_is_equal(boost::urls::string_view{type.data(), type.size()}, "application/json");
}

std::optional<json::object> json_body(HttpRequest const& request) {
  boost::system::error_code ec;
  auto value = json::parse(request.body, ec);
  if (ec || !value.is_object()) return std::nullopt;
  return std::move(value.as_object());
}

}  // namespace crm
