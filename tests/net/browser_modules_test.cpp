// The browser modules out of the program: they are the files of src/browser, and nothing else is reached.
#include "support.hpp"

#include <flexcrm/browser_modules.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <sstream>

using namespace flexcrm;
using namespace flexcrm::test;

namespace {

namespace fs = std::filesystem;

/// The package's modules, by name.
std::map<std::string, std::string> modules() {
  std::map<std::string, std::string> found;
  for (auto const& entry : fs::directory_iterator{FLEXCRM_BROWSER_DIR}) {
    if (entry.path().extension() != ".js") continue;
    std::ifstream file{entry.path(), std::ios::binary};
    found[entry.path().filename().string()] = {std::istreambuf_iterator<char>{file}, {}};
  }
  REQUIRE(found.size() > 20);
  return found;
}

HttpRequest request(std::string target, std::string method = "GET") {
  HttpRequest made;
  made.method = std::move(method);
  made.target = std::move(target);
  return made;
}

std::string header(HttpResponse const& response, std::string const& name) {
  for (auto const& [key, value] : response.headers)
    if (key == name) return value;
  return {};
}

}  // namespace

TEST_CASE("every browser module is served as it is in the package") {
  std::map<std::string, std::string> tags;
  for (auto const& module : modules()) {
    auto const& name = module.first;
    auto const& text = module.second;
    CAPTURE(name);
    auto const response = browser_module(request("/flexcrm/js/" + name));
    REQUIRE(response.has_value());
    CHECK(response->status == 200);
    CHECK(response->content_type == "text/javascript; charset=utf-8");
    CHECK(header(*response, "X-Content-Type-Options") == "nosniff");
    CHECK(header(*response, "Cache-Control") == "no-cache");
    CHECK((response->body == text));  // not printed
    CHECK(browser_module(request("/flexcrm/js/" + name + "?v=2"))->body == response->body);
    CHECK(browser_module(request("/js/" + name), "/js/")->body == response->body);
    tags[header(*response, "ETag")] = name;
  }
  CHECK(tags.size() == modules().size());
}

TEST_CASE("what a browser module imports is served as well") {
  std::size_t imports = 0;
  std::regex const from{R"((?:import|export)\b.* from '([^']+)';)"};
  for (auto const& module : modules()) {
    auto const& name = module.first;
    auto const& text = module.second;
    CAPTURE(name);
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
      std::smatch match;
      if (!std::regex_match(line, match, from)) continue;
      auto const imported = match[1].str();
      CAPTURE(imported);
      REQUIRE(imported.starts_with("./"));
      CHECK(browser_module(request("/flexcrm/js/" + imported.substr(2))).has_value());
      ++imports;
    }
  }
  CHECK(imports > 20);
}

TEST_CASE("nothing but browser modules is served, wherever a target leads") {
  for (std::string const target : {"/flexcrm/js/",
                                   "/flexcrm/js",
                                   "/",
                                   "",
                                   "/flexcrm/js/none.js",
                                   "/flexcrm/js/bridge.js/",
                                   "/flexcrm/js/BRIDGE.JS",
                                   "/flexcrm/js/bridge",
                                   "/flexcrm/js//bridge.js",
                                   "/flexcrm/js/./bridge.js",
                                   "/flexcrm/js/../js/bridge.js",
                                   "/flexcrm/js/../../../include/flexcrm/server.hpp",
                                   "/flexcrm/js/..%2fbridge.js",
                                   "/flexcrm/js/bridge%2Ejs",
                                   "/flexcrm/js//etc/passwd",
                                   "/etc/passwd",
                                   "/flexcrm/js/types/bridge.d.ts",
                                   "/flexcrm/js/package.json",
                                   "/flexcrm/js/README.md",
                                   "/flexcrm/js/embed.cmake",
                                   "/flexcrm/js/browser_modules.cpp",
                                   "/bridge.js",
                                   "/other/flexcrm/js/bridge.js",
                                   "http://localhost/flexcrm/js/bridge.js",
                                   "/flexcrm/js/?bridge.js"}) {
    CAPTURE(target);
    CHECK_FALSE(browser_module(request(target)).has_value());
    CHECK_FALSE(browser_module(request(target, "POST")).has_value());
  }
}

TEST_CASE("browsers ask for a module again, and get it when it has changed") {
  auto const first = browser_module(request("/flexcrm/js/bridge.js"));
  REQUIRE(first.has_value());
  auto const etag = header(*first, "ETag");
  CHECK(etag.size() > 30);
  for (auto const& known : {etag, "W/" + etag, "\"older\", " + etag, std::string{"*"}}) {
    CAPTURE(known);
    auto again = request("/flexcrm/js/bridge.js");
    again.headers = {{"if-none-match", known}};
    auto const response = browser_module(again);
    CHECK(response->status == 304);
    CHECK(response->body.empty());
    CHECK(header(*response, "ETag") == etag);
    CHECK(header(*response, "Cache-Control") == "no-cache");
  }
  auto changed = request("/flexcrm/js/bridge.js");
  changed.headers = {{"if-none-match", "\"older\""}};
  CHECK(browser_module(changed)->status == 200);
  for (auto const* method : {"POST", "PUT", "DELETE", "OPTIONS"}) {
    auto const refused = browser_module(request("/flexcrm/js/bridge.js", method));
    CHECK(refused->status == 405);
    CHECK(header(*refused, "Allow") == "GET, HEAD");
  }
}

TEST_CASE("a server hands browser modules out") {
  Server server{server_options()};
  server.on_http([](HttpRequest const& asked) { return browser_module(asked).value_or(HttpResponse{.status = 404}); });
  REQUIRE(server.start().has_value());
  auto const host = "127.0.0.1:" + std::to_string(server.port());
  auto const text = modules().at("bridge.js");
  RawPeer peer{server.port()};  // one connection for all
  peer.write(get("/flexcrm/js/bridge.js", host));
  auto const whole = peer.read_response();
  CHECK(whole.ends_with("\r\n\r\n" + text));
  auto const at = whole.find("ETag: ") + 6;
  peer.write(
      get("/flexcrm/js/bridge.js", host, "If-None-Match: " + whole.substr(at, whole.find("\r\n", at) - at) + "\r\n"));
  auto const unchanged = peer.read_response();
  CHECK(unchanged.starts_with("HTTP/1.1 304 Not Modified\r\n"));
  CHECK(unchanged.ends_with("\r\n\r\n"));
  peer.write("HEAD /flexcrm/js/bridge.js HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
  auto const head = peer.read_all();
  CHECK(head.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(head.find("Content-Length: " + std::to_string(text.size()) + "\r\n") != std::string::npos);
  CHECK(head.ends_with("\r\n\r\n"));
}
