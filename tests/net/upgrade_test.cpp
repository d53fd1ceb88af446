// Who gets a WebSocket, and plain HTTP beside it: requests by hand.
#include "support.hpp"

#include <string_view>

using namespace flexcrm;
using namespace flexcrm::test;
using namespace std::string_view_literals;

namespace {

std::string local(std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); }

}  // namespace

TEST_CASE("the upgrade is granted by exact match alone") {
  auto options = server_options();
  options.allowed_origins = {"https://crm.example.com", "https://desk.example.com:8443", "http://[::1]:7000",
                             "https://PORTED.example.com:443"};
  Server server{options};
  REQUIRE(server.start().has_value());
  auto const port = server.port();
  auto const host = local(port);
  auto const port_text = std::to_string(port);

  struct Case {
    char const* name;
    UpgradeWords words;
    int status;
  };
  Case const cases[] = {
      {"a program, without Origin", {.host = host}, 101},
      {"localhost", {.host = "localhost:" + port_text}, 101},
      {"the other loopback", {.host = "[::1]:" + port_text}, 101},
      {"the page's own origin", {.host = host, .origin = "http://" + host}, 101},
      {"the page's own origin behind a TLS proxy", {.host = host, .origin = "https://" + host}, 101},
      {"a listed origin", {.host = host, .origin = "https://crm.example.com"}, 101},
      {"a listed origin with a port", {.host = host, .origin = "https://desk.example.com:8443"}, 101},
      {"a listed origin, IPv6", {.host = host, .origin = "http://[::1]:7000"}, 101},
      {"a listed origin as browsers write it", {.host = host, .origin = "https://ported.example.com"}, 101},
      {"several subprotocols", {.host = host, .protocol = "chat, flexcrm.v1"}, 101},
      {"null", {.host = host, .origin = "null"}, 403},
      {"an empty Origin", {.host = host, .more = "Origin: \r\n"}, 403},
      {"another origin", {.host = host, .origin = "https://evil.test"}, 403},
      {"another scheme", {.host = host, .origin = "http://crm.example.com"}, 403},
      {"another port", {.host = host, .origin = "https://crm.example.com:444"}, 403},
      {"the default port spelled out", {.host = host, .origin = "https://crm.example.com:443"}, 403},
      {"a suffix", {.host = host, .origin = "https://crm.example.com.evil.test"}, 403},
      {"a prefix", {.host = host, .origin = "https://evilcrm.example.com"}, 403},
      {"a subdomain", {.host = host, .origin = "https://a.crm.example.com"}, 403},
      {"capitals", {.host = host, .origin = "https://CRM.example.com"}, 403},
      {"a trailing slash", {.host = host, .origin = "https://crm.example.com/"}, 403},
      {"a path", {.host = host, .origin = "https://evil.test/https://crm.example.com"}, 403},
      {"credentials", {.host = host, .origin = "https://crm.example.com@evil.test"}, 403},
      {"a trailing dot", {.host = host, .origin = "https://crm.example.com."}, 403},
      {"two origins in one", {.host = host, .origin = "https://crm.example.com https://evil.test"}, 403},
      {"the own host on another port", {.host = host, .origin = "http://127.0.0.1:1"}, 403},
      {"the own host without port", {.host = host, .origin = "http://127.0.0.1"}, 403},
      {"two Origin lines",
       {.host = host, .origin = "https://crm.example.com", .more = "Origin: https://evil.test\r\n"},
       400},
      {"a rebound name", {.host = "evil.test:" + port_text}, 403},
      {"a rebound name and its origin",
       {.host = "evil.test:" + port_text, .origin = "http://evil.test:" + port_text},
       403},
      {"the host without port", {.host = "127.0.0.1"}, 403},
      {"the host with a dot", {.host = "localhost.:" + port_text}, 403},
      {"another loopback address", {.host = "127.0.0.2:" + port_text}, 403},
      {"two Host lines", {.host = host, .more = "Host: " + host + "\r\n"}, 400},
      {"no subprotocol", {.host = host, .protocol = ""}, 400},
      {"another subprotocol", {.host = host, .protocol = "flexcrm.v2"}, 400},
      {"a longer subprotocol", {.host = host, .protocol = "flexcrm.v10"}, 400},
      {"another path", {.target = "/flexcrm2", .host = host}, 404},
      {"a longer path", {.target = "/flexcrm/", .host = host}, 404},
      {"a query", {.target = "/flexcrm?token=x", .host = host}, 404},
      {"an absolute target", {.target = "http://" + host + "/flexcrm", .host = host}, 400},
      {"a body", {.host = host, .more = "Content-Length: 1\r\n\r\nx"}, 400},
  };
  for (auto const& c : cases) {
    CAPTURE(c.name);
    CHECK(status_of(port, upgrade_request(c.words)) == c.status);
  }
  CHECK(status_of(port, get("/flexcrm", host)) == 426);
  CHECK(status_of(port, "GET /flexcrm HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n") == 400);
  CHECK(status_of(port, "nonsense\r\n\r\n") == 400);
  CHECK(status_of(port, std::string{"\x16\x03\x01\x02\x00\x01 a TLS hello \r\n\r\n"sv}) == 400);
}

TEST_CASE("programs without Origin, and the own origin, are let in by option") {
  auto options = server_options();
  options.allow_no_origin = false;
  options.allow_same_host = false;
  options.allowed_hosts = {"crm.internal"};
  Server server{options};
  REQUIRE(server.start().has_value());
  auto const port = server.port();
  CHECK(status_of(port, upgrade_request({.host = "crm.internal"})) == 403);
  CHECK(status_of(port, upgrade_request({.host = "crm.internal", .origin = "http://crm.internal"})) == 403);
  CHECK(status_of(port, upgrade_request({.host = local(port)})) == 403);
}

TEST_CASE("a refusal reflects nothing of the request") {
  Server server{server_options()};
  REQUIRE(server.start().has_value());
  RawPeer peer{server.port()};
  peer.write(upgrade_request({.target = "/reflect-me", .host = "reflect-me", .origin = "https://reflect-me"}));
  auto const response = peer.read_all();
  CHECK(response.starts_with("HTTP/1.1 403 "));
  CHECK(response.find("reflect-me") == std::string::npos);
}

TEST_CASE("the granted upgrade names our subprotocol and offers no compression") {
  Server server{server_options()};
  REQUIRE(server.start().has_value());
  RawPeer peer{server.port()};
  peer.write(upgrade_request({.host = local(server.port()),
                              .protocol = "x, flexcrm.v1",
                              .more = "Sec-WebSocket-Extensions: permessage-deflate\r\n"}));
  auto const response = peer.read_response();
  CHECK(response.find("Sec-WebSocket-Protocol: flexcrm.v1\r\n") != std::string::npos);
  CHECK(response.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") != std::string::npos);
  CHECK(response.find("Sec-WebSocket-Extensions") == std::string::npos);
}

TEST_CASE("other requests go to the HTTP callback") {
  Server server{server_options()};
  server.on_http([](HttpRequest const& request) -> HttpResponse {
    CHECK(request.local);
    CHECK(request.remote == "127.0.0.1");
    if (request.target == "/throws") throw std::runtime_error{"no"};
    if (request.target == "/bad-header") return {200, "text/plain", "", {{"X-Evil", "a\r\nSet-Cookie: b"}}};
    if (request.target == "/bad-status") return {99, "text/plain", "", {}};
    if (request.target == "/empty") return {.status = 204};
    return {200,
            "text/plain",
            request.method + ' ' + request.target + ' ' + request.content_type + ' ' + request.body,
            {{"X-One", "1"}, {"X-One", "2"}}};
  });
  REQUIRE(server.start().has_value());
  auto const port = server.port();
  auto const host = local(port);

  RawPeer peer{port};  // one connection for all
  peer.write(get("/page?x=1", host));
  auto response = peer.read_response();
  CHECK(response.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(response.find("X-One: 1\r\nX-One: 2\r\n") != std::string::npos);
  CHECK(response.ends_with("\r\n\r\nGET /page?x=1  "));
  peer.write("POST /api HTTP/1.1\r\nHost: " + host +
             "\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
  CHECK(peer.read_response().ends_with("POST /api application/json {}"));
  peer.write(get("/throws", host));
  CHECK(peer.read_response().starts_with("HTTP/1.1 500 "));
  peer.write(get("/bad-header", host));
  response = peer.read_response();
  CHECK(response.starts_with("HTTP/1.1 500 "));
  CHECK(response.find("Set-Cookie") == std::string::npos);
  peer.write(get("/bad-status", host));
  CHECK(peer.read_response().starts_with("HTTP/1.1 500 "));
  peer.write(get("/empty", host));
  CHECK(peer.read_response().starts_with("HTTP/1.1 204 "));
  peer.write("HEAD /page HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
  response = peer.read_all();
  CHECK(response.find("Content-Length: 12\r\n") != std::string::npos);
  CHECK(response.ends_with("\r\n\r\n"));

  CHECK(status_of(port, get("/page", "evil.test")) == 403);
  CHECK(status_of(port, "GET /page HTTP/1.1\r\n\r\n") == 400);
}

TEST_CASE("a request that came through a proxy is not local") {
  Server server{server_options()};
  server.on_http([](HttpRequest const& request) -> HttpResponse {
    return {200, "text/plain", request.local ? "local" : "remote", {}};
  });
  REQUIRE(server.start().has_value());
  for (auto const* header :
       {"X-Forwarded-For: 203.0.113.7\r\n", "Forwarded: for=203.0.113.7\r\n", "Via: 1.1 proxy\r\n"}) {
    RawPeer peer{server.port()};
    peer.write(get("/", local(server.port()), header));
    CHECK(peer.read_response().ends_with("remote"));
  }
  // Such a client is nobody by default.
  RawPeer peer{server.port()};
  peer.write(upgrade_request({.host = local(server.port()), .more = "X-Forwarded-For: 203.0.113.7\r\n"}));
  REQUIRE(peer.read_response().starts_with("HTTP/1.1 101"));
  peer.send_frame(R"({"jsonrpc":"2.0","id":"hello","method":"Hello","params":{"role":"crm","protocolMin":1,)"
                  R"("protocolMax":1,"agent":"anna","instance":"x"}})");
  CHECK(peer.read_text().find("-32001") != std::string::npos);
  CHECK(peer.read_close() == 1000);
}

TEST_CASE("the headers of a request are told, as they were sent") {
  Inbox<HttpRequest> requests;
  Server server{server_options()};
  server.on_http([&](HttpRequest const& request) {
    requests.put(request);
    return HttpResponse{.status = 204};
  });
  server.on_authorize([&](Hello const& hello, HttpRequest const& request) -> Result<Identity> {
    requests.put(request);
    return Identity{hello.agent, hello.role};
  });
  REQUIRE(server.start().has_value());
  auto const port = server.port();
  auto const host = local(port);
  using Headers = std::vector<std::pair<std::string, std::string>>;

  SUBCASE("a page's") {
    RawPeer peer{port};  // one connection for two requests
    peer.write(get("/", host, "COOKIE: a=1; b=2\r\nAccept-Language: es, en;q=0.5\r\nX-Empty:\r\ncookie: c=3\r\n"));
    peer.read_response();
    auto const request = requests.take();
    CHECK(request.headers == Headers{{"host", host},
                                     {"cookie", "a=1; b=2"},
                                     {"cookie", "c=3"},  // those of one name together
                                     {"accept-language", "es, en;q=0.5"},
                                     {"x-empty", ""}});
    CHECK(request.header("cookie") == "a=1; b=2");
    CHECK(request.header("x-empty").empty());
    CHECK(request.header("sec-fetch-dest").empty());
    CHECK(request.host == host);
    peer.write(get("/", host));
    peer.read_response();
    CHECK(requests.take().headers == Headers{{"host", host}});
  }
  SUBCASE("a WebSocket's, for the authorize step") {
    RawPeer peer{port};
    peer.write(upgrade_request({.host = host, .origin = "http://" + host, .more = "Cookie: session=x\r\n"}));
    REQUIRE(peer.read_response().starts_with("HTTP/1.1 101"));
    peer.hello("crm");
    auto const request = requests.take();
    CHECK(request.header("cookie") == "session=x");
    CHECK(request.header("origin") == "http://" + host);
    CHECK(request.origin == "http://" + host);
  }
  SUBCASE("not what follows a body in chunks") {
    RawPeer peer{port};
    peer.write("POST / HTTP/1.1\r\nHost: " + host +
               "\r\nTransfer-Encoding: chunked\r\nTrailer: X-User\r\n\r\n"
               "2\r\n{}\r\n0\r\nX-User: admin\r\nContent-Type: application/json\r\n\r\n");
    peer.read_response();
    auto const request = requests.take();
    CHECK(request.body == "{}");
    CHECK(request.header("trailer") == "X-User");
    CHECK(request.header("x-user").empty());
    CHECK(request.content_type.empty());
  }
}

TEST_CASE("without a callback there is nothing but the WebSocket") {
  Server server{server_options()};
  REQUIRE(server.start().has_value());
  CHECK(status_of(server.port(), get("/", local(server.port()))) == 404);
}
