#include <flexcrm/browser_modules.hpp>

#include "embedded.hpp"

#include <algorithm>

namespace flexcrm {
namespace {

// If-None-Match is a list, and marks of weakness do not matter here (RFC 9110 §13.1.2): one of our tags is nowhere in it
// but as itself.
bool has(std::string_view tags, std::string_view etag) noexcept {
  return tags == "*" || tags.find(etag) != std::string_view::npos;
}

}  // namespace

std::optional<HttpResponse> browser_module(HttpRequest const& request, std::string_view prefix) {
  std::string_view name = request.target;
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  name = name.substr(0, name.find('?'));
  auto const modules = detail::embedded_modules();
  auto const found =
      std::find_if(modules.begin(), modules.end(), [&](auto const& module) { return module.name == name; });
  if (found == modules.end()) return std::nullopt;

  if (request.method != "GET" && request.method != "HEAD")
    return HttpResponse{405, "text/plain; charset=utf-8", "GET or HEAD.\n", {{"Allow", "GET, HEAD"}}};
  HttpResponse response;
  response.headers = {
      {"Cache-Control", "no-cache"}, {"ETag", std::string{found->etag}}, {"X-Content-Type-Options", "nosniff"}};
  if (has(request.header("if-none-match"), found->etag)) {
    response.status = 304;
  } else {
    response.content_type = "text/javascript; charset=utf-8";
    response.body = found->text;
  }
  return response;
}

}  // namespace flexcrm
