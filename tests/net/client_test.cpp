// Client: connecting, coming back, and not coming back.
#include "support.hpp"

#include "transport/url.hpp"

using namespace flexcrm;
using namespace flexcrm::test;
using std::chrono::milliseconds;

TEST_CASE("a client comes back by itself when its server does, and works") {
  auto options = server_options();
  options.retry_after = milliseconds{10};
  auto server = std::make_unique<Server>(options);
  REQUIRE(server->start().has_value());
  options.port = server->port();
  TestClient flex{client_options(options.port, Role::flex)};
  flex.client.on<DialRequest>([](DialRequest const& dial) -> Result<DialResult> {
    return DialResult{.destination = dial.destination};
  });
  Inbox<AgentChanged> agents;
  TestClient crm{client_options(options.port, Role::crm)};
  crm.client.on<AgentChanged>([&](AgentChanged const& agent) { agents.put(agent); });
  crm.client.on<Snapshot>([&](Snapshot const& whole) { agents.put(whole.agent); });
  flex.start();
  auto const first = flex.wait(ClientPhase::open).session;
  crm.open();

  server.reset();
  auto const lost = flex.wait(ClientPhase::lost);
  CHECK(lost.error.code == Errc::closed);
  CHECK(lost.retry_in >= milliseconds{10});
  crm.wait(ClientPhase::lost);
  CHECK(await(crm.client.request(DialRequest{.destination = "+34911234567"})).error().code ==
        Errc::not_connected);
  CHECK(crm.client.send(DialRequest{.destination = "+34911234567"}).error().code == Errc::not_connected);
  crm.wait(ClientPhase::lost);  // at least one attempt found nobody

  server = std::make_unique<Server>(options);
  REQUIRE(server->start().has_value());
  CHECK(flex.wait(ClientPhase::open).session != first);
  crm.wait(ClientPhase::open);
  agents.take_until([](AgentChanged const& agent) { return agent.connected == true; }, "Flex is back");
  CHECK(await(crm.client.request(DialRequest{.destination = "+34911234567"})).has_value());
}

TEST_CASE("the waits grow to the cap and not beyond") {
  auto options = client_options(1, Role::crm);
  std::uint16_t port = 0;
  {
    Server gone{server_options()};
    REQUIRE(gone.start().has_value());
    port = gone.port();
  }
  options.url = url(port);
  options.reconnect.base = milliseconds{1};
  options.reconnect.cap = milliseconds{8};
  TestClient client{options};
  client.start();
  for (int i = 0; i < 10; ++i) {
    auto const lost = client.wait(ClientPhase::lost);
    CHECK(lost.error.code == Errc::connect_failed);
    CHECK(lost.retry_in <= milliseconds{std::min(1 << std::min(i, 10), 8)});
  }
}

TEST_CASE("a server that refuses the WebSocket is connect_failed, and tried again") {
  Server server{server_options()};
  REQUIRE(server.start().has_value());
  auto options = client_options(server.port(), Role::crm);
  SUBCASE("another path") {
    options.url += "x";
  }
  SUBCASE("another origin") {
    options.origin = "https://evil.test";
  }
  SUBCASE("another host") {
    options.url = "ws://127.0.0.2:" + std::to_string(server.port()) + "/flexcrm";
  }
  TestClient client{options};
  client.start();
  CHECK(client.wait(ClientPhase::lost).error.code == Errc::connect_failed);
  client.wait(ClientPhase::lost);
}

TEST_CASE("what was sent and not answered when the server goes ends session_lost") {
  Server server{server_options()};
  std::promise<void> arrived;
  std::vector<std::shared_ptr<Reply<NullResult>>> kept;
  server.on<TaskSelected>([&](std::string const&, TaskSelected const&, Reply<NullResult> reply) {
    kept.push_back(std::make_shared<Reply<NullResult>>(std::move(reply)));
    arrived.set_value();
  });
  REQUIRE(server.start().has_value());
  TestClient flex{client_options(server.port(), Role::flex)};
  flex.open();
  auto answer = flex.client.request(TaskSelected{});
  await(arrived.get_future());
  server.stop();
  CHECK(await(std::move(answer)).error().code == Errc::session_lost);
  // Too late, and harmless.
  CHECK((*kept.front())(NullResult{}));
}

TEST_CASE("an answer may come from any thread") {
  Server server{server_options()};
  std::vector<std::thread> threads;
  server.on<TaskSelected>([&](std::string const&, TaskSelected const&, Reply<NullResult> reply) {
    threads.emplace_back([r = std::make_shared<Reply<NullResult>>(std::move(reply))] { (*r)(NullResult{}); });
  });
  REQUIRE(server.start().has_value());
  TestClient flex{client_options(server.port(), Role::flex)};
  flex.open();
  for (int i = 0; i < 20; ++i) CHECK(await(flex.client.request(TaskSelected{})).has_value());
  server.stop();
  for (auto& thread : threads) thread.join();
}

TEST_CASE("a client that leaves is not tried again, and can be started again") {
  Inbox<bool> presence;
  Server server{server_options()};
  server.on_presence([&](std::string const&, Presence const& flex) { presence.put(flex.online); });
  REQUIRE(server.start().has_value());
  TestClient flex{client_options(server.port(), Role::flex)};
  flex.open();
  CHECK(presence.take());
  flex.client.stop();
  flex.wait(ClientPhase::ended);
  CHECK_FALSE(presence.take());
  CHECK(flex.client.send(TaskSelected{}).error().code == Errc::not_connected);
  flex.open();
  CHECK(presence.take());
}

TEST_CASE("local errors are told before anything is sent") {
  Server server{server_options()};
  REQUIRE(server.start().has_value());
  TestClient crm{client_options(server.port(), Role::crm)};
  crm.open();
  auto const sent = crm.client.send(DialRequest{.destination = "911"});
  CHECK(sent.error().code == Errc::invalid_destination);
  CHECK(sent.error().pointer == "/destination");
  CHECK(crm.client.send(TaskSelected{}).error().code == Errc::wrong_role);
  CHECK(await(crm.client.request(TaskSelected{})).error().code == Errc::wrong_role);
  CHECK(await(crm.client.request(DialRequest{.destination = "911"})).error().code ==
        Errc::invalid_destination);
}

TEST_CASE("impossible options are refused at start") {
  ClientOptions options;
  options.agent = "anna";
  options.url = "ws://localhost:3000/flexcrm";
  options.logger = silent();
  SUBCASE("no agent") {
    options.agent.clear();
  }
  SUBCASE("a long agent") {
    options.agent = std::string(129, 'a');
  }
  SUBCASE("no url") {
    options.url.clear();
  }
  SUBCASE("no time between attempts") {
    options.reconnect.base = milliseconds{0};
  }
  Client client{options};
  CHECK(client.start().error().code == Errc::invalid_argument);

  options = {};
  options.agent = "anna";
  options.url = "ws://localhost:3000/flexcrm";
  Client crm{options};
  crm.on<DialRequest>([](DialRequest const&) -> Result<DialResult> { return DialResult{}; });
  CHECK(crm.start().error().code == Errc::invalid_argument);
}

TEST_CASE("stop interrupts whatever a client does") {
  Server server{server_options()};
  REQUIRE(server.start().has_value());
  for (int i = 0; i < 20; ++i) {
    TestClient client{client_options(server.port(), Role::crm)};
    client.start();
    client.client.stop();
  }
  // An address that does not answer: stop does not wait for the connect.
  auto options = client_options(1, Role::crm);
  options.url = "ws://203.0.113.7/flexcrm";
  TestClient client{options};
  client.start();
  client.wait(ClientPhase::connecting);
}

TEST_CASE("URLs") {
  struct Good {
    char const* text;
    char const* host;
    char const* port;
    char const* header;
    char const* target;
  };
  for (auto const& good : {
           Good{"ws://crm.example.com", "crm.example.com", "80", "crm.example.com", "/"},
           Good{"ws://crm.example.com:80/x", "crm.example.com", "80", "crm.example.com", "/x"},
           Good{"ws://127.0.0.1:3000/flexcrm", "127.0.0.1", "3000", "127.0.0.1:3000", "/flexcrm"},
           Good{"ws://[::1]:3000/flexcrm?a=b", "::1", "3000", "[::1]:3000", "/flexcrm?a=b"},
           Good{"ws://h?a", "h", "80", "h", "/?a"},
       }) {
    CAPTURE(good.text);
    auto const parsed = detail::parse_url(good.text);
    REQUIRE(parsed.has_value());
    CHECK(parsed->host == good.host);
    CHECK(parsed->port == good.port);
    CHECK(parsed->host_header == good.header);
    CHECK(parsed->target == good.target);
  }
  for (auto const* text :
       {"", "http://h/", "wss://h/", "ws://", "ws:///x", "ws://h:0/", "ws://h:65536/", "ws://h:3000x/",
        "ws://h:/", "ws://u:p@h/", "ws://h/#f", "ws://h/ x", "ws://h/\r\nX: y", "ws://[::1/"}) {
    CAPTURE(text);
    CHECK(detail::parse_url(text).error().code == Errc::invalid_argument);
  }
}
