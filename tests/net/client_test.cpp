// Client: connecting, coming back, and not coming back.
#include "support.hpp"

#include "transport/url.hpp"

#include <thread>

using namespace flexcrm;
using namespace flexcrm::test;
using std::chrono::milliseconds;

namespace {

std::string bye_frame(std::string const& reason) {
  return R"({"jsonrpc":"2.0","method":"Bye","params":{"reason":")" + reason + R"("}})";
}

}  // namespace

TEST_CASE("a client comes back by itself when its server does, and works") {
  auto options = server_options();
  options.retry_after = milliseconds{10};
  auto server = std::make_unique<Server>(options);
  REQUIRE(server->start().has_value());
  options.port = server->port();
  TestClient flex{client_options(options.port, Role::flex)};
  flex.client.on<DialRequest>(
      [](DialRequest const& dial) -> Result<DialResult> { return DialResult{.destination = dial.destination}; });
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
  CHECK(await(crm.client.request(DialRequest{.destination = "+34911234567"})).error().code == Errc::not_connected);
  CHECK(crm.client.send(DialRequest{.destination = "+34911234567"}).error().code == Errc::not_connected);
  crm.wait(ClientPhase::lost);  // at least one attempt found nobody

  server = std::make_unique<Server>(options);
  REQUIRE(server->start().has_value());
  CHECK(flex.wait(ClientPhase::open).session != first);
  crm.wait(ClientPhase::open);
  agents.take_until([](AgentChanged const& agent) { return agent.connected == true; }, "Flex is back");
  CHECK(await(crm.client.request(DialRequest{.destination = "+34911234567"})).has_value());
}

TEST_CASE("what a handler sends goes before what another thread sends later, on both sides") {
  Server server{server_options()};
  Inbox<std::string> at_server;
  server.on<TaskChanged>([&](std::string const&, TaskChanged const& task) { at_server.put(task.status.word()); });
  // Waits for the other thread, so that the order is certain.
  auto const from_another_thread = [](auto send) { std::thread{send}.join(); };
  server.on_presence([&](std::string const& agent, Presence const& flex) {
    if (!flex.online) return;
    auto const set = [&](char const* activity) {
      server.request(agent, SetAgentRequest{.activity_name = activity}, [](Result<NullResult> const&) {});
    };
    set("first");
    from_another_thread([&] { set("second"); });
  });
  REQUIRE(server.start().has_value());

  TestClient flex{client_options(server.port(), Role::flex)};
  Inbox<std::string> at_flex;
  flex.client.on<SetAgentRequest>([&](SetAgentRequest const& request) -> Result<NullResult> {
    at_flex.put(*request.activity_name);
    if (*request.activity_name != "second") return NullResult{};
    auto const tell = [&](TaskStatus status) {
      CHECK(flex.client.send(TaskChanged{.task_sid = "WT" + std::string(32, 'a'), .status = status}).has_value());
    };
    tell(TaskStatus::offered);
    from_another_thread([&] { tell(TaskStatus::accepted); });
    return NullResult{};
  });
  flex.start();
  CHECK(at_flex.take() == "first");
  CHECK(at_flex.take() == "second");
  CHECK(at_server.take() == "offered");
  CHECK(at_server.take() == "accepted");
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
  SUBCASE("another path") { options.url += "x"; }
  SUBCASE("another origin") { options.origin = "https://evil.test"; }
  SUBCASE("another host") { options.url = "ws://127.0.0.2:" + std::to_string(server.port()) + "/flexcrm"; }
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
  CHECK(await(crm.client.request(DialRequest{.destination = "911"})).error().code == Errc::invalid_destination);
}

TEST_CASE("impossible options are refused at start") {
  ClientOptions options;
  options.agent = "anna";
  options.url = "ws://localhost:3000/flexcrm";
  options.logger = swept();
  SUBCASE("no agent") { options.agent.clear(); }
  SUBCASE("a long agent") { options.agent = std::string(129, 'a'); }
  SUBCASE("no url") { options.url.clear(); }
  SUBCASE("no time between attempts") { options.reconnect.base = milliseconds{0}; }
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
  RawServer server;
  std::unique_ptr<RawPeer> peer;
  auto options = client_options(server.port(), Role::crm);
  options.reconnect.base = options.reconnect.cap = std::chrono::hours{1};
  options.times.close = milliseconds{100};
  std::unique_ptr<TestClient> client;
  auto const start = [&] {
    client = std::make_unique<TestClient>(options);
    client->start();
  };
  SUBCASE("at once") { start(); }
  SUBCASE("an address that does not answer") {
    options.url = "ws://203.0.113.7/flexcrm";
    options.allow_plaintext = true;
    start();
    client->wait(ClientPhase::connecting);
  }
  SUBCASE("a token that does not come") {
    std::promise<void> asked;
    options.fresh_token = [&asked](auto const&) { asked.set_value(); };
    start();
    await(asked.get_future());
  }
  SUBCASE("an upgrade that is not answered") {
    start();
    peer = server.accept();
    peer->read_request();
  }
  SUBCASE("a Hello that is not answered, and a close neither") {
    start();
    peer = server.accept_websocket();
    peer->read_text();
  }
  SUBCASE("open, and a close that is not answered") {
    start();
    peer = server.accept_session("s-1");
    client->wait(ClientPhase::open);
  }
  SUBCASE("waiting for the next attempt") {
    start();
    server.accept_session("s-1");
    client->wait(ClientPhase::lost);
  }
  SUBCASE("waiting, and the last connection is still closing") {
    start();
    peer = server.accept_websocket();
    peer->read_text();
    peer->send_frame("{}");
    client->wait(ClientPhase::lost);
  }
  client->stop();
  client->client.stop();  // again, and nothing happens
  CHECK(client->states.empty());
}

TEST_CASE("stop may be asked for in a handler, and the client may be destroyed in any phase") {
  for (auto const phase : {ClientPhase::connecting, ClientPhase::open, ClientPhase::lost, ClientPhase::ended}) {
    CAPTURE(static_cast<int>(phase));
    RawServer server;
    auto options = client_options(server.port(), Role::crm);
    options.times.close = milliseconds{100};
    Inbox<bool> stopped;
    std::unique_ptr<RawPeer> peer;
    {
      Client client{options};
      client.on_state([&](ClientState const& state) {
        if (state.phase != phase) return;
        client.stop();
        stopped.put(true);
      });
      REQUIRE(client.start().has_value());
      if (phase != ClientPhase::connecting) peer = server.accept_session("s-1");
      if (phase == ClientPhase::lost) peer->send_frame(bye_frame("shutdown"));
      if (phase == ClientPhase::ended) peer->send_frame(bye_frame("logout"));
      CHECK(stopped.take());
    }
    CHECK(stopped.empty());
  }
}

TEST_CASE("a client that was told not to come back does not") {
  RawServer server;
  TestClient crm{client_options(server.port(), Role::crm)};
  crm.start();
  SUBCASE("replaced") {
    auto const peer = server.accept_session("s-1");
    peer->send_frame(bye_frame("replaced"));
    CHECK(peer->read_close() == 1000);
    auto const ended = crm.wait(ClientPhase::ended);
    CHECK(ended.error.code == Errc::closed);
    CHECK(ended.bye == ByeReason::replaced);
  }
  SUBCASE("logged out") {
    server.accept_session("s-1")->send_frame(bye_frame("logout"));
    CHECK(crm.wait(ClientPhase::ended).bye == ByeReason::logout);
  }
  SUBCASE("unauthorized, and there is no other token") {
    server.accept_websocket()->refuse(-32001, R"({"reason":"unauthorized"})");
    CHECK(crm.wait(ClientPhase::ended).error.code == Errc::unauthorized);
  }
  SUBCASE("wrong role") {
    server.accept_websocket()->refuse(-32002, R"({"reason":"wrong_role"})");
    CHECK(crm.wait(ClientPhase::ended).error.code == Errc::wrong_role);
  }
  SUBCASE("no common version") {
    server.accept_websocket()->refuse(-32003, R"({"reason":"protocol_version"})");
    CHECK(crm.wait(ClientPhase::ended).error.code == Errc::protocol_version);
  }
  CHECK(await(crm.client.request(DialRequest{.destination = "+34911234567"})).error().code == Errc::not_connected);
  crm.client.stop();
  CHECK(crm.states.empty());
  CHECK(server.idle());
}

TEST_CASE("a client that shall not reconnect ends with its connection") {
  RawServer server;
  auto options = client_options(server.port(), Role::flex);
  options.reconnect.enabled = false;
  TestClient flex{options};
  flex.start();
  auto const peer = server.accept_session("s-1");
  flex.wait(ClientPhase::open);
  auto answer = flex.client.request(TaskSelected{});
  peer->read_text();
  peer->cut();
  CHECK(await(std::move(answer)).error().code == Errc::session_lost);
  CHECK(flex.wait(ClientPhase::ended).error.code == Errc::not_connected);
  flex.client.stop();
  CHECK(server.idle());
}

TEST_CASE("every attempt asks for a token, and an unauthorized one is followed by one more") {
  RawServer server;
  std::atomic<int> asked{0};
  auto options = client_options(server.port(), Role::crm);
  options.token = "not this one";
  options.fresh_token = [&](auto const& give) {
    auto const token = "t-" + std::to_string(++asked);
    give(token);
    give(token + " again");  // the first counts
  };
  TestClient crm{options};
  crm.start();
  auto const refuse = [&](std::string const& token) {
    auto const hello = server.accept_websocket()->refuse(-32001, R"({"reason":"unauthorized"})");
    CHECK(hello.find("\"token\":\"" + token + "\"") != std::string::npos);
  };
  refuse("t-1");
  CHECK(crm.wait(ClientPhase::lost).error.code == Errc::unauthorized);
  SUBCASE("which is refused as well") {
    refuse("t-2");
    CHECK(crm.wait(ClientPhase::ended).error.code == Errc::unauthorized);
    crm.client.stop();
    CHECK(server.idle());
    CHECK(asked == 2);
  }
  SUBCASE("which is good, as long as it lasts") {
    auto peer = server.accept_websocket();
    CHECK(peer->welcome("s-1").find(R"("token":"t-2")") != std::string::npos);
    CHECK_FALSE(crm.wait(ClientPhase::open).reset);
    peer->cut();
    crm.wait(ClientPhase::lost);
    refuse("t-3");
    CHECK(crm.wait(ClientPhase::lost).error.code == Errc::unauthorized);
    CHECK(server.accept_websocket()->welcome("s-2").find(R"("token":"t-4")") != std::string::npos);
    CHECK(crm.wait(ClientPhase::open).reset);
  }
}

TEST_CASE("a token may come late, from any thread, or not at all") {
  RawServer server;
  using Give = std::function<void(Result<std::string>)>;
  Inbox<Give> asked;
  auto options = client_options(server.port(), Role::crm);
  options.times.connect = milliseconds{1000};
  options.fresh_token = [&](Give const& give) { asked.put(give); };
  TestClient crm{options};
  crm.start();
  auto const too_late = asked.take();
  CHECK(crm.wait(ClientPhase::lost).error == make_error(Errc::timed_out, {}, "no token"));
  asked.take()(make_error(Errc::failed, {}, "no ticket"));
  CHECK(crm.wait(ClientPhase::lost).error == make_error(Errc::failed, {}, "no ticket"));
  auto const give = asked.take();
  too_late(std::string{"old"});
  std::thread{[give] { give(std::string{"new"}); }}.join();
  CHECK(server.accept_websocket()->welcome("s-1").find(R"("token":"new")") != std::string::npos);
  crm.wait(ClientPhase::open);
  asked.take();  // the connection was cut
  crm.client.stop();
  give(std::string{"nobody listens"});
}

TEST_CASE("a token function that throws is a failed attempt") {
  LogLines log;
  RawServer server;
  auto options = client_options(server.port(), Role::crm);
  options.logger = log.logger(Level::error);
  options.fresh_token = [first = true](auto const& give) mutable {
    if (std::exchange(first, false)) throw std::runtime_error{"no tokens left"};
    give(std::string{"t"});
  };
  TestClient crm{options};
  crm.start();
  CHECK(crm.wait(ClientPhase::lost).error.code == Errc::internal_error);
  CHECK(log.lines->take() == "client: fresh_token threw: no tokens left");
  server.accept_session("s-1");
  crm.wait(ClientPhase::open);
}

TEST_CASE("a server that does not answer is given up in time") {
  RawServer server;
  auto options = client_options(server.port(), Role::crm);
  options.times.handshake = milliseconds{100};
  options.session.times.hello = milliseconds{100};
  TestClient crm{options};
  crm.start();
  SUBCASE("the upgrade") {
    auto const peer = server.accept();
    CHECK(crm.wait(ClientPhase::lost).error.code == Errc::timed_out);
  }
  SUBCASE("Hello") {
    auto const peer = server.accept_websocket();
    CHECK(crm.wait(ClientPhase::lost).error.code == Errc::timed_out);
    CHECK(peer->read_close() == 4408);
  }
  SUBCASE("anything") {
    auto const peer = server.accept_websocket();
    peer->welcome("s-1", false, 1000);
    auto const lost = crm.wait(ClientPhase::lost);
    CHECK(lost.error.code == Errc::timed_out);
    CHECK(lost.session == "s-1");
    CHECK(peer->read_close() == 4408);
    server.accept_session("s-1", true);
    CHECK(crm.wait(ClientPhase::open).resumed);
    return;
  }
  server.accept_session("s-1");
  crm.wait(ClientPhase::open);
}

TEST_CASE("ws:// leaves this machine only when that is said twice") {
  struct Case {
    char const* host;
    bool here;
  };
  for (auto const& row : {
           Case{"localhost", true},
           Case{"127.0.0.1", true},
           Case{"127.1.2.3", true},
           Case{"[::1]", true},
           Case{"203.0.113.7", false},
           Case{"[2001:db8::1]", false},
           Case{"0.0.0.0", false},
           Case{"crm.example.com", false},
           Case{"localhost.example.com", false},
           Case{"127.0.0.1.example.com", false},
       }) {
    CAPTURE(row.host);
    auto options = client_options(1, Role::crm);
    options.url = "ws://" + std::string{row.host} + ":1/";
    Client client{options};
    auto const started = client.start();
    CHECK(started.has_value() == row.here);
    if (!started) CHECK(started.error().code == Errc::invalid_argument);
  }
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
           Good{"wss://h/x", "h", "443", "h", "/x"},
           Good{"wss://h:443/x", "h", "443", "h", "/x"},
           Good{"wss://h:80/x", "h", "80", "h:80", "/x"},
           Good{"ws://h:443/x", "h", "443", "h:443", "/x"},
       }) {
    CAPTURE(good.text);
    auto const parsed = detail::parse_url(good.text);
    REQUIRE(parsed.has_value());
    CHECK(parsed->tls == std::string_view{good.text}.starts_with("wss:"));
    CHECK(parsed->host == good.host);
    CHECK(parsed->port == good.port);
    CHECK(parsed->host_header == good.header);
    CHECK(parsed->target == good.target);
  }
  for (auto const* text :
       {"", "http://h/", "wss:/h/", "wss://", "ws://", "ws:///x", "ws://h:0/", "ws://h:65536/", "ws://h:3000x/",
        "ws://h:/", "ws://u:p@h/", "ws://h/#f", "ws://h/ x", "ws://h/\r\nX: y", "ws://[::1/"}) {
    CAPTURE(text);
    CHECK(detail::parse_url(text).error().code == Errc::invalid_argument);
  }
}
