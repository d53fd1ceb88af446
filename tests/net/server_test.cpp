// Routing between an agent's Flex, its CRM endpoints and the server's own process.
#include "support.hpp"

#include <list>

using namespace flexcrm;
using namespace flexcrm::test;

namespace {

TaskSelected selection(std::string const& sid) {
  TaskSelected task;
  task.attributes = Attributes::from_text(R"({"n":12345678901234567890,"z":1.10,"a":{"first_name":"Ana"}})").value();
  task.task_sid = sid;
  return task;
}

constexpr char const* sid_1 = "WT00000000000000000000000000000001";
constexpr char const* sid_2 = "WT00000000000000000000000000000002";

/// A server with one agent's inboxes.
struct Office {
  explicit Office(ServerOptions options = server_options()) : server{std::move(options)} {
    server.on<TaskSelected>([this](std::string const& agent, TaskSelected const& task) {
      selected.put({agent, task});
    });
    server.on_presence([this](std::string const& agent, Presence const& flex) { presence.put({agent, flex.online}); });
  }
  void start() { REQUIRE(server.start().has_value()); }

  Inbox<std::pair<std::string, TaskSelected>> selected;
  Inbox<std::pair<std::string, bool>> presence;
  Server server;
};

/// A CRM endpoint with its inboxes.
struct Crm : TestClient {
  explicit Crm(ClientOptions options) : TestClient{std::move(options)} {
    client.on<TaskSelected>([this](TaskSelected const& task) { selected.put(task); });
    client.on<TaskDeselected>([this](TaskDeselected const& task) { deselected.put(task); });
    client.on<AgentChanged>([this](AgentChanged const& agent) { agents.put(agent); });
    client.on<Snapshot>([this](Snapshot const& whole) { snapshots.put(whole); });
  }
  ~Crm() { client.stop(); }  // the inboxes go before the client

  Inbox<TaskSelected> selected;
  Inbox<TaskDeselected> deselected;
  Inbox<AgentChanged> agents;
  Inbox<Snapshot> snapshots;
};

}  // namespace

TEST_CASE("a selection reaches the process and every CRM endpoint of the agent, and nobody else") {
  Office office;
  office.start();
  auto const port = office.server.port();
  Crm first{client_options(port, Role::crm)};
  Crm second{client_options(port, Role::crm)};
  Crm stranger{client_options(port, Role::crm, "bert")};
  first.open();
  second.open();
  stranger.open();
  TestClient flex{client_options(port, Role::flex)};
  flex.open();

  auto const answer = await(flex.client.request(selection(sid_1)));
  CHECK(answer.has_value());
  auto const [agent, task] = office.selected.take("the process's selection");
  CHECK(agent == "anna");
  CHECK(task == selection(sid_1));
  CHECK(first.selected.take() == selection(sid_1));
  CHECK(second.selected.take() == selection(sid_1));
  CHECK(stranger.selected.empty());
}

TEST_CASE("a CRM endpoint learns whether Flex is there, and when it comes and goes") {
  Office office;
  office.start();
  auto const port = office.server.port();
  Crm crm{client_options(port, Role::crm)};
  crm.open();
  auto whole = crm.snapshots.take("the first Snapshot");
  auto agent = whole.agent;
  CHECK_FALSE(whole.reset);
  CHECK(agent.connected == false);
  CHECK(agent.availability == Availability::offline);

  {
    TestClient flex{client_options(port, Role::flex)};
    flex.open();
    agent = crm.agents.take("Flex came");
    CHECK(agent.connected == true);
    CHECK(agent.availability == Availability::available);
    CHECK(office.presence.take() == std::pair<std::string, bool>{"anna", true});
    CHECK(office.server.agents() == std::vector<std::string>{"anna"});
  }
  agent = crm.agents.take("Flex is gone");
  CHECK(agent.connected == false);
  CHECK(agent.availability == Availability::offline);
  crm.deselected.take("the selection's end");
  whole = crm.snapshots.take("what is left");
  CHECK(whole.reset);
  CHECK(whole.agent.connected == false);
  CHECK(office.presence.take() == std::pair<std::string, bool>{"anna", false});
  CHECK(office.server.agents().empty());
}

TEST_CASE("a CRM endpoint that comes late gets the newest state first") {
  Office office;
  office.start();
  auto const port = office.server.port();
  TestClient flex{client_options(port, Role::flex)};
  flex.open();
  REQUIRE(await(flex.client.request(selection(sid_1))).has_value());
  REQUIRE(await(flex.client.request(selection(sid_2))).has_value());
  // What Flex says of `connected` does not count.
  REQUIRE(await(flex.client.request(
                    AgentChanged{.availability = Availability::busy, .connected = false, .activity_name = "On a call"}))
              .has_value());

  Crm crm{client_options(port, Role::crm)};
  crm.open();
  auto const whole = crm.snapshots.take();
  CHECK(whole.selected == selection(sid_2));
  CHECK(whole.agent ==
        AgentChanged{.availability = Availability::busy, .connected = true, .activity_name = "On a call"});
  CHECK(crm.agents.empty());
  CHECK(crm.selected.empty());
}

TEST_CASE("members that this version does not know are passed on") {
  Office office;
  office.start();
  auto const port = office.server.port();
  RawPeer crm{port};
  crm.upgrade(port);
  crm.hello("crm");
  CHECK(crm.read_text().find(R"("connected":false)") != std::string::npos);
  crm.send_frame(R"({"jsonrpc":"2.0","id":1,"result":null})");

  RawPeer flex{port};
  flex.upgrade(port);
  flex.hello("flex");
  CHECK(crm.read_text().find(R"("connected":true)") != std::string::npos);
  crm.send_frame(R"({"jsonrpc":"2.0","id":2,"result":null})");

  flex.send_frame(R"({"jsonrpc":"2.0","id":1,"method":"AgentChanged","params":{"availability":"busy","mood":"fine"}})");
  CHECK(flex.read_text() == R"({"jsonrpc":"2.0","id":1,"result":null})");
  auto const changed = crm.read_text();
  CHECK(changed.find(R"("params":{"connected":true,"availability":"busy","mood":"fine"})") != std::string::npos);

  flex.send_frame(
      R"({"jsonrpc":"2.0","id":2,"method":"TaskSelected","params":{"attributes":{"x":1E2},"later":[1,2]}})");
  CHECK(crm.read_text().find(R"("params":{"attributes":{"x":1E2},"later":[1,2]})") != std::string::npos);
}

TEST_CASE("a later Flex instance replaces the older, which does not come back by itself") {
  Office office;
  office.start();
  auto const port = office.server.port();
  Crm crm{client_options(port, Role::crm)};
  crm.open();
  crm.snapshots.take("absent");
  TestClient older{client_options(port, Role::flex)};
  older.open();
  crm.agents.take("the older one came");
  TestClient later{client_options(port, Role::flex)};
  later.open();

  auto const ended = older.wait(ClientPhase::ended);
  CHECK(ended.error.code == Errc::closed);
  CHECK(crm.agents.take("the later one came").connected == true);
  REQUIRE(await(later.client.request(selection(sid_2))).has_value());
  CHECK(crm.selected.take() == selection(sid_2));
  CHECK(await(older.client.request(selection(sid_1))).error().code == Errc::not_connected);
  // Replaced is not gone: the agent was never offline.
  CHECK(office.presence.take() == std::pair<std::string, bool>{"anna", true});
  CHECK(office.presence.empty());
}

TEST_CASE("a replaced Flex instance that tries again is told so again") {
  Office office;
  office.start();
  auto const port = office.server.port();
  auto options = client_options(port, Role::flex);
  options.instance = "tab-1";
  TestClient first{options};
  first.open();
  TestClient second{client_options(port, Role::flex)};
  second.open();
  first.wait(ClientPhase::ended);
  TestClient again{options};
  again.start();
  CHECK(again.wait(ClientPhase::ended).error.code == Errc::closed);
  CHECK(await(second.client.request(selection(sid_1))).has_value());
}

TEST_CASE("the same instance that returns closes its older connection") {
  Office office;
  office.start();
  auto const port = office.server.port();
  for (auto const role : {"flex", "crm"}) {
    CAPTURE(role);
    RawPeer older{port};
    older.upgrade(port);
    older.hello(role, "anna", "tab-1");
    RawPeer newer{port};
    newer.upgrade(port);
    newer.hello(role, "anna", "tab-1");
    older.read_close();  // ends, or the test fails
    newer.send_frame(R"({"jsonrpc":"2.0","id":"ping","method":"Ping"})");
    while (newer.read_text().find("\"id\":\"ping\"") == std::string::npos) {
    }
  }
}

TEST_CASE("an agent has so many CRM endpoints and no more") {
  auto options = server_options();
  options.hub.crm_endpoints = 2;
  Office office{options};
  office.start();
  auto const port = office.server.port();
  TestClient first{client_options(port, Role::crm)};
  TestClient second{client_options(port, Role::crm)};
  first.open();
  second.open();
  TestClient third{client_options(port, Role::crm)};
  third.start();
  CHECK(third.wait(ClientPhase::lost).error.code == Errc::rate_limited);
  TestClient other{client_options(port, Role::crm, "bert")};
  other.open();
}

TEST_CASE("a handler that throws is answered internal_error, and nothing else suffers") {
  LogLines log;
  auto options = server_options();
  options.logger = log.logger(Level::error);
  Server server{options};
  server.on<TaskSelected>([](std::string const&, TaskSelected const& task) {
    if (task.task_sid == sid_1) throw std::runtime_error{"no row for +34911234567\n"};
  });
  REQUIRE(server.start().has_value());
  TestClient flex{client_options(server.port(), Role::flex)};
  flex.open();
  CHECK(await(flex.client.request(selection(sid_1))).error().code == Errc::internal_error);
  CHECK(log.lines->take() == "the handler of TaskSelected threw: no row for +#?");
  CHECK(await(flex.client.request(selection(sid_2))).has_value());
}

TEST_CASE("the authorize step decides who a client is") {
  Server server{server_options()};
  server.on_authorize([](Hello const& hello, HttpRequest const& request) -> Result<Identity> {
    CHECK(request.local);
    if (hello.token != "secret") return make_error(Errc::unauthorized, {}, "the token was wrong");
    return Identity{"real-" + hello.agent, hello.role};
  });
  REQUIRE(server.start().has_value());

  TestClient wrong{client_options(server.port(), Role::flex)};
  wrong.start();
  auto const refused = wrong.wait(ClientPhase::ended);
  CHECK(refused.error.code == Errc::unauthorized);
  CHECK(refused.error.detail.empty());

  auto options = client_options(server.port(), Role::flex);
  options.token = "secret";
  TestClient right{options};
  right.open();
  CHECK(server.agents() == std::vector<std::string>{"real-anna"});
}

TEST_CASE("a message against its direction is wrong_role and the session lives") {
  Server server{server_options()};
  REQUIRE(server.start().has_value());
  RawPeer crm{server.port()};
  crm.upgrade(server.port());
  crm.hello("crm");
  crm.send_frame(R"({"jsonrpc":"2.0","id":1,"method":"TaskSelected","params":{"attributes":{}}})");
  crm.read_text();  // Snapshot
  CHECK(crm.read_text().find("-32002") != std::string::npos);
  crm.send_frame(R"({"jsonrpc":"2.0","id":"ping","method":"Ping"})");
  CHECK(crm.read_text().find("\"ping\"") != std::string::npos);
}

TEST_CASE("a handler for what Flex does not send is refused at start") {
  Server server{server_options()};
  server.on<DialRequest>([](std::string const&, DialRequest const&) -> Result<DialResult> { return DialResult{}; });
  CHECK(server.start().error().code == Errc::invalid_argument);
}

TEST_CASE("impossible options are refused at start") {
  auto options = server_options();
  SUBCASE("a name in place of an address") { options.addresses = {"localhost"}; }
  SUBCASE("a path without a slash") { options.path = "flexcrm"; }
  SUBCASE("a path with a query") { options.path = "/flexcrm?x"; }
  SUBCASE("an origin with a path") { options.allowed_origins = {"https://crm.example.com/"}; }
  SUBCASE("a frame limit that the protocol cannot tell") { options.session.codec.limits.frame_bytes = 1023; }
  SUBCASE("a silence limit that the protocol cannot tell") {
    options.session.times.idle = std::chrono::milliseconds{999};
  }
  SUBCASE("null") { options.allowed_origins = {"null"}; }
  SUBCASE("a host without a name") { options.allowed_hosts = {"crm.example.com", ""}; }
  Server server{options};
  CHECK(server.start().error().code == Errc::invalid_argument);
}

TEST_CASE("one address that cannot be listened on is a warning, none left is an error") {
  LogLines log;
  auto options = server_options();
  options.logger = log.logger(Level::warning);
  options.addresses = {"203.0.113.7", "127.0.0.1"};  // TEST-NET-3: nobody has it
  Server server{options};
  REQUIRE(server.start().has_value());
  CHECK(log.lines->take().starts_with("not listening on 203.0.113.7"));

  options.addresses = {"203.0.113.7"};
  Server deaf{options};
  CHECK(deaf.start().error().code == Errc::connect_failed);

  options.addresses = {"127.0.0.1"};
  options.port = server.port();
  Server second{options};
  CHECK(second.start().error().code == Errc::connect_failed);
}

TEST_CASE("servers that agree share a port, and connections are spread among them") {
  auto options = server_options();
  options.share_port = true;
  Office first{options};
  first.start();
  options.port = first.server.port();
  Office second{options};
  second.start();
  CHECK(second.server.port() == first.server.port());

  std::list<TestClient> clients;
  for (int i = 0; i < 64 && (first.presence.empty() || second.presence.empty()); ++i) {
    auto flex = client_options(options.port, Role::flex);
    flex.agent = "agent-" + std::to_string(i);
    clients.emplace_back(std::move(flex)).open();
  }
  CHECK(first.presence.take().second);
  CHECK(second.presence.take().second);

  options.share_port = false;
  Server stranger{options};
  CHECK(stranger.start().error().code == Errc::connect_failed);
}

TEST_CASE("stop() waits for a peer that does not close, for a bounded time, and cut() ends that") {
  auto options = server_options();
  options.times.close = std::chrono::milliseconds{500};
  Server server{options};
  REQUIRE(server.start().has_value());
  RawPeer mute{server.port()};
  mute.upgrade(server.port());
  mute.hello("flex");
  server.stop();
  CHECK(mute.read_close() == 1001);
  CHECK_FALSE(mute.read_frame());

  options.times.close = std::chrono::hours{1};
  Server patient{options};
  REQUIRE(patient.start().has_value());
  RawPeer other{patient.port()};
  other.upgrade(patient.port());
  other.hello("flex");
  std::thread stopping{[&] { patient.stop(); }};
  CHECK(other.read_close() == 1001);
  patient.cut();
  stopping.join();
  CHECK_FALSE(other.read_frame());
  CHECK(patient.agents().empty());

  REQUIRE(patient.start().has_value());
  patient.cut();
  patient.cut();
}

TEST_CASE("a server can be stopped from a handler, destroyed while busy, and started again") {
  auto options = server_options();
  Server server{options};
  server.on<TaskSelected>([&](std::string const&, TaskSelected const&) { server.stop(); });
  REQUIRE(server.start().has_value());
  CHECK(server.start().error().code == Errc::invalid_argument);
  TestClient flex{client_options(server.port(), Role::flex)};
  flex.open();
  flex.client.send(selection(sid_1)).value();
  CHECK(flex.wait(ClientPhase::lost).error.code == Errc::closed);
  server.stop();
  REQUIRE(server.start().has_value());

  Server busy{options};
  REQUIRE(busy.start().has_value());
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(
        std::make_unique<TestClient>(client_options(busy.port(), Role::flex, "agent" + std::to_string(i))));
    clients.back()->open();
  }
  std::vector<std::future<Result<NullResult>>> answers;
  for (int i = 0; i < 40; ++i)
    answers.push_back(clients[static_cast<std::size_t>(i) % 4]->client.request(selection(sid_1)));
  busy.stop();
  // Each request gets an answer, whichever.
  for (auto& answer : answers) (void)await(std::move(answer));
}
