#include "pages.hpp"

#include "http.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
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

/// A file below a directory. Names with anything but letters, digits and "-_./" are not served, nor hidden files, so
/// that no target leads out of the directory.
HttpResponse file(fs::path const& directory, std::string_view name) {
  auto const harmless = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.' || c == '/';
  };
  bool const safe = std::all_of(name.begin(), name.end(), harmless) && name.find("..") == std::string_view::npos &&
                    name.find("/.") == std::string_view::npos && !name.starts_with('/') && !name.starts_with('.');
  auto const path = directory / (name.empty() ? "index.html" : fs::path{name});
  auto const type = std::find_if(content_types.begin(), content_types.end(),
                                 [&](auto const& entry) { return entry.first == path.extension().string(); });
  if (!safe || type == content_types.end() || !fs::is_regular_file(path)) return text_response(404, "not found");
  std::ifstream stream{path, std::ios::binary};
  return {.content_type = std::string{type->second}, .body = {std::istreambuf_iterator<char>{stream}, {}}};
}

/// Flex in a tab of its own asks for its ticket where its page came from. In a frame the CRM page gives it one.
constexpr auto own_tab_token = R"(
if (window.parent === window) {
  window.appConfig.flexcrm.token = async () => {
    const response = await fetch('/api/ticket', {
      method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({role: 'flex'}),
    });
    return response.ok ? (await response.json()).token : undefined;
  };
}
)";

constexpr std::string_view flex_path = "/flex/";

}  // namespace

HttpResponse Pages::answer(HttpRequest const& request) const {
  if (request.method != "GET" && request.method != "HEAD") return text_response(405, "GET only");
  auto const path = path_of(request);
  auto const below = [&](std::string_view prefix) { return path.substr(prefix.size()); };
  if (path == "/" || path == "/crm.html") return crm_page(request);
  if (path == "/login") return login_page(request);
  if (path.starts_with("/inspector") && !options_.inspector) return text_response(404, "not found");
  if (path.starts_with(flex_path)) return flex_page(request, below(flex_path));
  if (path.starts_with("/flexcrm/plugin/"))
    return file(fs::path{options_.files} / "flex_plugin/src", below("/flexcrm/plugin/"));
  return web_file(below("/"));
}

HttpResponse Pages::web_file(std::string_view name) const { return file(fs::path{options_.files} / "crm/web", name); }

HttpResponse Pages::crm_page(HttpRequest const& request) const {
  // The CRM page has one origin, whichever name of this machine was typed.
  auto const page = site_.page_origin() + "/crm.html";
  if (path_of(request) == "/" || !site_.page_origin().ends_with("//" + request.host)) return redirect(page);
  if (sign_in_.signed_in(request)) return web_file("crm.html");
  auto const only = sign_in_.agent_of(request);
  if (!only) return redirect("/login");
  auto response = web_file("crm.html");
  response.headers.emplace_back("Set-Cookie", sign_in_.cookie(*only, request));
  return response;
}

HttpResponse Pages::login_page(HttpRequest const& request) const {
  // A cookie belongs to the name of the machine that was typed: one for the CRM page, another for Flex in its own tab.
  bool const for_flex = query_value(request, "next") == flex_path;
  if (!for_flex && !site_.page_origin().ends_with("//" + request.host)) return redirect(site_.page_origin() + "/login");
  return web_file("login.html");
}

HttpResponse Pages::flex_page(HttpRequest const& request, std::string_view name) const {
  if (name == "appConfig.js") return app_config(request);
  bool const own_tab = name.empty() && request.header("sec-fetch-dest") == "document";
  if (own_tab && !sign_in_.agent_of(request)) return redirect("/login?next=/flex/");
  return file(options_.flex_dir.empty() ? fs::path{options_.files} / "crm/web/flex" : fs::path{options_.flex_dir},
              name);
}

HttpResponse Pages::app_config(HttpRequest const& request) const {
  auto const framed_by = options_.flex_tab ? json::array{} : json::array{site_.page_origin()};
  json::object config{{"crmOrigins", framed_by}, {"serverUrl", site_.flex_socket()}, {"bare", options_.bare}};
  if (auto const agent = sign_in_.agent_of(request)) config["agent"] = *agent;
  return {.content_type = "text/javascript; charset=utf-8",
          .body = "window.appConfig = " +
                  json::serialize(
                      json::object{{"flexcrm", std::move(config)},
                                   {"stub", json::object{{"without", json::value_from(options_.flex_without)}}}}) +
                  ";\n" + own_tab_token};
}

void Pages::protect(HttpRequest const& request, HttpResponse& response) const {
  std::string framers;
  for (auto const& origin : options_.framed_by) framers += " " + origin;
  response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  // Flex is framed by the CRM page, whoever frames that, or by nobody, and brings its own scripts; the CRM page runs
  // nothing but its own files.
  response.headers.emplace_back(
      "Content-Security-Policy",
      path_of(request).starts_with(flex_path)
          ? "frame-ancestors " + (options_.flex_tab ? "'none'" : "'self' " + site_.page_origin() + framers)
          : "default-src 'self'; connect-src 'self' " + site_.page_socket() + "; frame-src " +
                (options_.flex_tab ? "'none'" : site_.flex_origin()) + "; img-src 'self'; frame-ancestors 'self'" +
                framers + "; base-uri 'none'; form-action 'self'");
}

}  // namespace crm
