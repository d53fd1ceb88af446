// What a server counts.
#include "support.hpp"

using namespace flexcrm;
using namespace flexcrm::test;

namespace {

/// Of the counts of one kind those that are not 0.
ServerMetrics::Counts seen(ServerMetrics::Counts counts) {
  std::erase_if(counts, [](auto const& entry) { return entry.second == 0; });
  return counts;
}

using Counts = ServerMetrics::Counts;

}  // namespace

TEST_CASE("connections, sessions, messages, refusals and dials are counted, over a stop too") {
  auto options = server_options();
  options.connections.total = 3;
  Server server{options};
  server.on_authorize([](Hello const& hello, HttpRequest const&) -> Result<Identity> {
    if (hello.agent == "nobody") return make_error(Errc::unauthorized);
    return Identity{hello.agent, hello.role};
  });
  REQUIRE(server.start().has_value());
  auto const nothing = server.metrics();
  CHECK(nothing.connections == 0);
  CHECK(nothing.received.at("TaskSelected") == 0);
  CHECK(nothing.received.size() == nothing.sent.size());
  CHECK_FALSE(nothing.received.contains("Ping"));
  CHECK(nothing.dials.size() == 5);
  CHECK(nothing.refused.empty());

  {
    RawPeer foreign{server.port()};
    foreign.write("GET /flexcrm HTTP/1.1\r\nHost: evil.example\r\n\r\n");
    CHECK(foreign.read_response().starts_with("HTTP/1.1 4"));
  }
  {
    RawPeer nobody{server.port()};
    nobody.upgrade(server.port());
    nobody.send_frame(
        R"({"jsonrpc":"2.0","id":"hello","method":"Hello","params":{"protocolMin":1,"protocolMax":1,"role":"crm","agent":"nobody","instance":"n"}})");
    CHECK(nobody.read_text().find("unauthorized") != std::string::npos);
    nobody.read_close();
  }

  RawPeer crm{server.port()};
  crm.upgrade(server.port());
  crm.hello("crm");
  crm.read_text();  // Snapshot
  crm.send_frame(
      R"({"jsonrpc":"2.0","id":1,"method":"DialRequest","params":{"destination":"+34911234567","dialId":"d-1","lifetimeMs":1000}})");
  CHECK(crm.read_text().find("agent_offline") != std::string::npos);

  {
    RawPeer flex{server.port()};
    flex.upgrade(server.port());
    auto const session = flex.hello("flex");
    CHECK(server.metrics().agents_now == 1);
    crm.send_frame(
        R"({"jsonrpc":"2.0","id":2,"method":"DialRequest","params":{"destination":"+34911234567","dialId":"d-2","lifetimeMs":1000}})");
    CHECK(flex.read_text().find("d-2") != std::string::npos);
    flex.send_frame(
        R"({"jsonrpc":"2.0","id":1,"error":{"code":-32011,"message":"busy","data":{"reason":"agent_busy"}}})");
    while (crm.read_text().find("agent_busy") == std::string::npos) {
    }
    RawPeer again{server.port()};
    again.upgrade(server.port());
    again.hello("flex", "anna", "raw", session);
    RawPeer third{server.port()};
    RawPeer many{server.port()};
    CHECK(many.read_all().empty());
    again.send_frame("not JSON");
    again.read_close();
  }
  wait_until([&] { return server.metrics().connections_now <= 1; });

  auto const metrics = server.metrics();
  CHECK(metrics.connections == 6);
  CHECK(metrics.connections_now == 1);
  CHECK(metrics.turned_away == 1);
  CHECK(metrics.http_refused == 1);
  CHECK(metrics.sessions == 2);
  CHECK(metrics.resumes == 1);
  CHECK(metrics.resets == 0);
  CHECK(seen(metrics.received) == Counts{{"DialRequest", 2}});
  CHECK(seen(metrics.sent).at("DialRequest") == 1);
  CHECK(metrics.refused == Counts{{"agent_busy", 1}, {"agent_offline", 1}, {"syntax", 1}, {"unauthorized", 1}});
  CHECK(seen(metrics.dials) == Counts{{"refused", 1}});
  CHECK(metrics.queue_frames_highest >= 1);
  CHECK(metrics.queue_bytes_highest > 100);
  CHECK(metrics.slow_peers == 0);

  server.stop();
  CHECK(server.metrics().sessions == 2);
  CHECK(server.metrics().sessions_now == 0);
  CHECK(server.metrics().agents_now == 0);
  CHECK(server.metrics().connections_now == 0);
}

TEST_CASE("a Flex that another one replaces is counted, and so is a session that could not be resumed") {
  Server server{server_options()};
  REQUIRE(server.start().has_value());
  RawPeer first{server.port()};
  first.upgrade(server.port());
  first.hello("flex", "anna", "one");
  RawPeer second{server.port()};
  second.upgrade(server.port());
  second.hello("flex", "anna", "two", "a-session-that-is-over");
  first.read_close();
  CHECK(server.metrics().replaced == 1);
  CHECK(server.metrics().resets == 1);
  CHECK(server.metrics().sessions == 2);
  CHECK(server.metrics().sessions_now == 1);
}
