// The log, line by line: what an operator reads of one eventful day.
#include "support.hpp"

using namespace flexcrm;
using namespace flexcrm::test;

TEST_CASE("the log of a day, at the level debug") {
  LogLines log;
  auto options = server_options();
  options.logger = log.logger();
  Server server{options};
  server.on_authorize([](Hello const& hello, HttpRequest const&) -> Result<Identity> {
    if (hello.token != "open sesame") return make_error(Errc::unauthorized, {}, "no such token");
    return Identity{hello.agent, hello.role};
  });
  REQUIRE(server.start().has_value());
  auto const port = std::to_string(server.port());
  auto const says = [&](std::string const& line) { CHECK(log.lines->take(line.c_str()) == line); };
  auto const connect = [&](std::string_view role, std::string_view token) {
    auto peer = std::make_unique<RawPeer>(server.port());
    peer->upgrade(server.port());
    peer->send_frame(
        R"({"jsonrpc":"2.0","id":"hello","method":"Hello","params":{"protocolMin":1,"protocolMax":1,"role":")" +
        std::string{role} + R"(","agent":"an\u0000na","instance":"i\n","token":")" + std::string{token} + R"("}})");
    return peer;
  };
  says("listening on port " + port);

  RawPeer{server.port()}.write("GET /+34911234567 HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  says("http: refused: Host not allowed.");
  RawPeer{server.port()}.write("GET / HTTP/1.1\r\nHost: +34911234567\r\n\r\n\x1b[31m");
  says("http: refused: Host not allowed.");

  connect("crm", "secret-guess")->read_close();
  says("connection 1: refused: unauthorized (no such token)");
  says("connection 1: ended: unauthorized (no such token)");

  auto const crm = connect("crm", "open sesame");
  says("connection 2: CRM endpoint connected");
  auto flex = connect("flex", "open sesame");
  says("connection 3: Flex endpoint connected");
  crm->send_frame(
      R"({"jsonrpc":"2.0","id":1,"method":"TaskSelected","params":{"attributes":{"name":"Ana","phone":"+34911234567"}}})");
  says("connection 2: wrong_role");
  crm->send_frame(
      R"({"jsonrpc":"2.0","id":2,"method":"DialRequest","params":{"destination":"34911234567\r\n","dialId":"d-1","lifetimeMs":1000}})");
  says("connection 2: invalid_destination at /destination");
  flex->cut();
  says("connection 3: endpoint disconnected");
  crm->send_frame(R"({"jsonrpc":"2.0","method":"Bye","params":{"reason":"logout"}})");
  says("connection 2: ended: closed (logout)");
  auto const noisy = connect("crm", "open sesame");
  says("connection 4: CRM endpoint connected");
  noisy->send_frame("+34911234567");
  says("connection 4: syntax (byte 0)");
  says("connection 4: ended: syntax (byte 0)");
  server.stop();
}
