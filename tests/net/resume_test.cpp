// A session outlives its connections: a Client against a server whose frames are literal, cut wherever it
// hurts.
#include "support.hpp"

using namespace flexcrm;
using namespace flexcrm::test;
using std::chrono::milliseconds;

namespace {

ClientOptions options_for(RawServer const& server, Role role) {
  auto options = client_options(server.port(), role, "ana");
  options.instance = "i-1";
  options.reconnect.base = options.reconnect.cap = milliseconds{1};
  return options;
}

std::string const task_sid = "WT" + std::string(32, '1');

TaskChanged task(TaskStatus status) { return {.task_sid = task_sid, .status = status}; }

std::string task_frame(int id, std::string const& status, bool repeated = false) {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":"TaskChanged","params":{"taskSid":")" +
         task_sid + R"(","status":")" + status + R"(","at":"1970-01-01T00:00:00.000Z")" +
         (repeated ? R"(,"repeated":true}})" : "}}");
}

std::string availability_frame(int id, std::string const& availability) {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":"AgentChanged","params":{"availability":")" +
         availability + R"("}})";
}

std::string null_frame(int id) { return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"result":null})"; }

std::string hello_frame(std::string const& role, std::string const& more = {}) {
  return R"({"jsonrpc":"2.0","id":"hello","method":"Hello","params":{"role":")" + role +
         R"(","protocolMin":1,"protocolMax":1,"agent":"ana","instance":"i-1")" + more + "}}";
}

constexpr auto resume_offer = R"(,"resume":{"session":"s-1"})";
constexpr auto dial_frame =
    R"({"jsonrpc":"2.0","id":1,"method":"DialRequest","params":{"destination":"+34911234567","dialId":"d-1","lifetimeMs":10000}})";
constexpr auto dial_result = R"({"jsonrpc":"2.0","id":1,"result":{"destination":"+34911234567"}})";
constexpr auto claim_frame = R"({"jsonrpc":"2.0","id":1,"method":"DialClaimRequest","params":{"dialId":"d-1"}})";
constexpr auto granted_frame = R"({"jsonrpc":"2.0","id":1,"result":{"granted":true}})";

DialRequest dial() { return {.destination = "+34911234567", .dial_id = "d-1"}; }

}  // namespace

TEST_CASE("a cut connection comes back as the same session and repeats exactly what is unanswered") {
  RawServer server;
  TestClient flex{options_for(server, Role::flex)};
  flex.start();
  auto peer = server.accept_websocket();
  CHECK(peer->welcome("s-1") == hello_frame("flex"));
  auto const first = flex.wait(ClientPhase::open);
  CHECK(first.session == "s-1");
  CHECK_FALSE(first.resumed);
  CHECK_FALSE(first.reset);

  auto offered = flex.client.request(task(TaskStatus::offered));
  auto accepted = flex.client.request(task(TaskStatus::accepted));
  CHECK(peer->read_text() == task_frame(1, "offered"));
  CHECK(peer->read_text() == task_frame(2, "accepted"));
  peer->send_frame(null_frame(1));
  CHECK(await(std::move(offered)).has_value());
  peer->cut();
  auto const lost = flex.wait(ClientPhase::lost);
  CHECK(lost.session == "s-1");
  CHECK(lost.error.code == Errc::not_connected);

  peer = server.accept_websocket();
  CHECK(peer->welcome("s-1", true) == hello_frame("flex", resume_offer));
  auto const second = flex.wait(ClientPhase::open);
  CHECK(second.session == "s-1");
  CHECK(second.resumed);
  CHECK_FALSE(second.reset);
  CHECK(peer->read_text() == task_frame(2, "accepted"));
  peer->send_frame(null_frame(2));
  CHECK(await(std::move(accepted)).has_value());
  REQUIRE(flex.client.send(task(TaskStatus::wrapup)).has_value());
  CHECK(peer->read_text() == task_frame(3, "wrapup"));
}

TEST_CASE("between two connections events wait, state is replaced, commands and queries are refused") {
  RawServer server;
  TestClient flex{options_for(server, Role::flex)};
  CHECK(flex.client.send(AgentChanged{}).error().code == Errc::not_connected);  // not started
  flex.start();
  CHECK(flex.client.send(AgentChanged{}).error().code == Errc::not_connected);  // no session yet
  auto peer = server.accept_session("s-1");
  flex.wait(ClientPhase::open);
  auto unanswered = flex.client.request(AgentChanged{.availability = Availability::busy});
  CHECK(peer->read_text() == availability_frame(1, "busy"));
  peer->cut();
  flex.wait(ClientPhase::lost);
  peer = server.accept();  // and no further

  REQUIRE(flex.client.send(task(TaskStatus::offered)).has_value());
  auto older = flex.client.request(AgentChanged{.availability = Availability::offline});
  REQUIRE(flex.client.send(AgentChanged{.availability = Availability::available}).has_value());
  CHECK(await(std::move(older)).error().code == Errc::superseded);
  OpenRecordRequest const open{.record = {.id = "C-1"}};
  CHECK(flex.client.send(open).error().code == Errc::not_connected);
  CHECK(await(flex.client.request(open)).error().code == Errc::not_connected);
  CHECK(await(flex.client.request(ContactLookupRequest{.id = "C-1"})).error().code == Errc::not_connected);

  peer->grant(peer->read_request());
  peer->welcome("s-1", true);
  CHECK(peer->read_text() == R"({"jsonrpc":"2.0","id":1,"method":"Void","params":{}})");
  CHECK(peer->read_text() == task_frame(2, "offered"));
  CHECK(peer->read_text() == availability_frame(3, "available"));
  // It had arrived before the cut.
  peer->send_frame(null_frame(1));
  CHECK(await(std::move(unanswered)).has_value());
}

TEST_CASE("a connection is cut in every phase, and the client comes again") {
  RawServer server;
  TestClient flex{options_for(server, Role::flex)};
  flex.start();
  SUBCASE("accepted, nothing read") {
    server.accept();
    CHECK(flex.wait(ClientPhase::lost).error.code == Errc::connect_failed);
  }
  SUBCASE("in the upgrade") {
    server.accept()->read_request();
    CHECK(flex.wait(ClientPhase::lost).error.code == Errc::connect_failed);
  }
  SUBCASE("the upgrade is refused") {
    auto const peer = server.accept();
    peer->read_request();
    peer->write("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    CHECK(flex.wait(ClientPhase::lost).error.code == Errc::connect_failed);
  }
  SUBCASE("another subprotocol") {
    auto const peer = server.accept();
    auto const request = peer->read_request();
    peer->grant(request, "other");
    CHECK(flex.wait(ClientPhase::lost).error.code == Errc::protocol_version);
  }
  SUBCASE("before Hello") {
    server.accept_websocket();
    CHECK(flex.wait(ClientPhase::lost).error.code == Errc::not_connected);
  }
  SUBCASE("after Hello") {
    server.accept_websocket()->read_text();
    CHECK(flex.wait(ClientPhase::lost).error.code == Errc::not_connected);
  }
  SUBCASE("a frame that breaks a rule") {
    auto const peer = server.accept_websocket();
    peer->read_text();
    peer->send_frame("{}");
    CHECK(peer->read_close() == 4400);
    CHECK(flex.wait(ClientPhase::lost).error.code == Errc::wrong_version);
  }
  SUBCASE("closed in good order") {
    auto const peer = server.accept_session("s-0");
    flex.wait(ClientPhase::open);
    peer->send_frame(std::string{"\x03\xe9", 2}, 8);  // 1001
    peer->cut();
    CHECK(flex.wait(ClientPhase::lost).error == make_error(Errc::closed, {}, "close code 1001"));
    server.accept_session("s-0", true);
    CHECK(flex.wait(ClientPhase::open).resumed);
    return;
  }
  auto const peer = server.accept_websocket();
  CHECK(peer->welcome("s-1") == hello_frame("flex"));
  CHECK_FALSE(flex.wait(ClientPhase::open).reset);  // there was no session before
}

TEST_CASE(
    "a session that is gone is told: what was open ends, events go first, and the rest is the "
    "application's") {
  RawServer server;
  TestClient flex{options_for(server, Role::flex)};
  flex.start();
  auto peer = server.accept_session("s-1");
  flex.wait(ClientPhase::open);
  auto event = flex.client.request(task(TaskStatus::offered));
  auto state = flex.client.request(AgentChanged{});
  auto command = flex.client.request(OpenRecordRequest{.record = {.id = "C-1"}});
  for (int i = 0; i < 3; ++i) peer->read_text();
  peer->cut();
  flex.wait(ClientPhase::lost);
  peer = server.accept();
  REQUIRE(flex.client.send(task(TaskStatus::accepted)).has_value());

  peer->grant(peer->read_request());
  CHECK(peer->welcome("s-2", false) == hello_frame("flex", resume_offer));
  CHECK(await(std::move(state)).error().code == Errc::session_lost);
  CHECK(await(std::move(command)).error().code == Errc::session_lost);
  auto const open = flex.wait(ClientPhase::open);
  CHECK(open.session == "s-2");
  CHECK(open.reset);
  CHECK_FALSE(open.resumed);
  REQUIRE(flex.client.send(AgentChanged{.availability = Availability::available}).has_value());
  CHECK(peer->read_text() == task_frame(1, "offered", true));
  CHECK(peer->read_text() == task_frame(2, "accepted", true));
  CHECK(peer->read_text() == availability_frame(3, "available"));
  peer->send_frame(null_frame(1));
  CHECK(await(std::move(event)).has_value());
}

TEST_CASE("a dial in a lost connection has one outcome") {
  RawServer server;
  TestClient crm{options_for(server, Role::crm)};
  crm.start();
  auto peer = server.accept_session("s-1");
  crm.wait(ClientPhase::open);
  auto outcome = crm.client.request(dial());
  CHECK(peer->read_text() == dial_frame);

  SUBCASE("not granted: repeated, and may still be placed") {
    peer->cut();
    peer = server.accept_session("s-1", true);
    CHECK(peer->read_text() == dial_frame);
    peer->send_frame(claim_frame);
    CHECK(peer->read_text() == granted_frame);
    peer->send_frame(dial_result);
    CHECK(await(std::move(outcome)).has_value());
  }
  SUBCASE("granted: repeated, and never granted again") {
    peer->send_frame(claim_frame);
    CHECK(peer->read_text() == granted_frame);
    peer->cut();
    peer = server.accept_session("s-1", true);
    CHECK(peer->read_text() == dial_frame);
    peer->send_frame(claim_frame);
    CHECK(peer->read_text() == granted_frame);  // the stored answer to the same claim
    peer->send_frame(R"({"jsonrpc":"2.0","id":2,"method":"DialClaimRequest","params":{"dialId":"d-1"}})");
    CHECK(peer->read_text() == R"({"jsonrpc":"2.0","id":2,"result":{"granted":false}})");
    peer->send_frame(dial_result);
    CHECK(await(std::move(outcome)).has_value());
  }
  SUBCASE("not granted, and the session is gone: certainly no call") {
    peer->cut();
    server.accept_session("s-2");
    auto const answer = await(std::move(outcome));
    CHECK(answer.error().code == Errc::session_lost);
    CHECK(outcome_of(answer) == DialOutcome::failed);
  }
  SUBCASE("granted, and the session is gone: nobody knows") {
    peer->send_frame(claim_frame);
    CHECK(peer->read_text() == granted_frame);
    peer->cut();
    server.accept_session("s-2");
    CHECK(await(std::move(outcome)).error().code == Errc::outcome_unknown);
  }
  SUBCASE("granted, and the client is stopped: nobody knows") {
    peer->send_frame(claim_frame);
    CHECK(peer->read_text() == granted_frame);
    crm.client.stop();
    CHECK(await(std::move(outcome)).error().code == Errc::outcome_unknown);
  }
}

TEST_CASE("a handler that answers between two connections, or after them, answers once") {
  RawServer server;
  Inbox<std::shared_ptr<Reply<NullResult>>> replies;
  TestClient flex{options_for(server, Role::flex)};
  flex.client.on<SetAgentRequest>([&](SetAgentRequest const&, Reply<NullResult> reply) {
    replies.put(std::make_shared<Reply<NullResult>>(std::move(reply)));
  });
  flex.start();
  constexpr auto request =
      R"({"jsonrpc":"2.0","id":1,"method":"SetAgentRequest","params":{"availability":"busy","lifetimeMs":10000}})";
  auto peer = server.accept_session("s-1");
  peer->send_frame(request);
  auto const reply = replies.take();
  peer->cut();
  flex.wait(ClientPhase::lost);
  SUBCASE("the answer is stored until the request is repeated") {
    (*reply)(NullResult{});
    peer = server.accept_session("s-1", true);
    peer->send_frame(request);
    CHECK(peer->read_text() == null_frame(1));
  }
  SUBCASE("the repeated request waits for the handler that runs") {
    peer = server.accept_session("s-1", true);
    peer->send_frame(request);
    flex.wait(ClientPhase::open);
    (*reply)(NullResult{});
    CHECK(peer->read_text() == null_frame(1));
  }
  SUBCASE("in a new session its number belongs to another request") {
    peer = server.accept_session("s-2");
    CHECK(flex.wait(ClientPhase::open).reset);
    (*reply)(NullResult{});
    peer->send_frame(request);
    auto const second = replies.take();
    (*second)(make_error(Errc::agent_busy));
    CHECK(peer->read_text().find("-32011") != std::string::npos);
  }
  CHECK(replies.empty());
}

TEST_CASE("what an older connection still says is not heard") {
  RawServer server;
  auto options = options_for(server, Role::crm);
  options.session.times.hello = milliseconds{50};
  options.times.close = milliseconds{10000};
  Inbox<std::string> agents;
  TestClient crm{options};
  crm.client.on<AgentChanged>([&](AgentChanged const& agent) { agents.put(agent.name.value_or("")); });
  crm.start();
  // The first connection does not answer Hello, and is slow to close; by then the second is open.
  auto const older = server.accept_websocket();
  older->read_text();
  CHECK(crm.wait(ClientPhase::lost).error.code == Errc::timed_out);
  constexpr auto old =
      R"({"jsonrpc":"2.0","id":1,"method":"AgentChanged","params":{"availability":"busy","name":"old"}})";
  older->send_frame(old);
  auto const newer = server.accept_session("s-1");
  older->send_frame(old);
  crm.wait(ClientPhase::open);
  newer->send_frame(
      R"({"jsonrpc":"2.0","id":1,"method":"AgentChanged","params":{"availability":"busy","name":"new"}})");
  CHECK(agents.take() == "new");
  CHECK(newer->read_text() == null_frame(1));
  CHECK(agents.empty());
}

TEST_CASE("a session waits as long as it may, and then says so") {
  RawServer server;
  auto options = options_for(server, Role::flex);
  options.session.times.resume = milliseconds{50};
  TestClient flex{options};
  flex.start();
  auto peer = server.accept_session("s-1");
  flex.wait(ClientPhase::open);
  auto state = flex.client.request(AgentChanged{});
  auto event = flex.client.request(task(TaskStatus::offered));
  peer->read_text();
  peer->read_text();
  peer->cut();
  peer = server.accept();
  CHECK(await(std::move(state)).error().code == Errc::session_lost);
  CHECK(await(flex.client.request(AgentChanged{})).error().code == Errc::not_connected);
  peer->grant(peer->read_request());
  CHECK(peer->welcome("s-2") == hello_frame("flex"));
  CHECK(flex.wait(ClientPhase::open).reset);
  CHECK(peer->read_text() == task_frame(1, "offered", true));
  peer->send_frame(null_frame(1));
  CHECK(await(std::move(event)).has_value());
}

TEST_CASE("events that nobody takes end the session at their bound, and everybody is told") {
  RawServer server;
  auto options = options_for(server, Role::flex);
  auto const one = Codec{}.encode_params(Message{task(TaskStatus::offered)}).value().size();
  options.session.queues.event_bytes = 2 * one;
  TestClient flex{options};
  flex.start();
  auto peer = server.accept_session("s-1");
  flex.wait(ClientPhase::open);
  peer->cut();
  flex.wait(ClientPhase::lost);
  peer = server.accept();
  std::vector<std::future<Result<NullResult>>> answers;
  for (int i = 0; i < 3; ++i) answers.push_back(flex.client.request(task(TaskStatus::offered)));
  for (auto& answer : answers) CHECK(await(std::move(answer)).error().code == Errc::session_lost);
  peer->grant(peer->read_request());
  CHECK(peer->welcome("s-2") == hello_frame("flex"));
  CHECK(flex.wait(ClientPhase::open).reset);
}

TEST_CASE("a whole window is repeated at once") {
  RawServer server;
  TestClient flex{options_for(server, Role::flex)};
  flex.start();
  auto peer = server.accept_session("s-1");
  flex.wait(ClientPhase::open);
  auto event = task(TaskStatus::offered);
  event.attributes = Attributes::from_text("{\"x\":\"" + std::string(2000, 'x') + "\"}").value();
  constexpr int window = 60;
  std::vector<std::future<Result<NullResult>>> answers;
  for (int i = 0; i < window; ++i) answers.push_back(flex.client.request(event));
  for (int i = 0; i < window; ++i) peer->read_text();
  peer->cut();
  peer = server.accept_session("s-1", true);
  flex.wait(ClientPhase::open);
  for (int i = 0; i < window; ++i) peer->read_text();
  for (int i = 0; i < window; ++i) peer->send_frame(null_frame(i + 1));
  for (auto& answer : answers) CHECK(await(std::move(answer)).has_value());
}

TEST_CASE("a server that says when is not asked before") {
  RawServer server;
  TestClient crm{options_for(server, Role::crm)};
  crm.start();
  std::chrono::steady_clock::time_point begin;
  SUBCASE("Bye") {
    auto const peer = server.accept_session("s-1");
    crm.wait(ClientPhase::open);
    begin = std::chrono::steady_clock::now();
    peer->send_frame(R"({"jsonrpc":"2.0","method":"Bye","params":{"reason":"shutdown","retryAfterMs":300}})");
    auto const lost = crm.wait(ClientPhase::lost);
    CHECK(lost.bye == ByeReason::shutdown);
    CHECK(lost.session.empty());
    CHECK(lost.retry_in == milliseconds{300});
    CHECK(peer->read_close() == 1000);
  }
  SUBCASE("a refused Hello") {
    auto const peer = server.accept_websocket();
    begin = std::chrono::steady_clock::now();
    peer->refuse(-32004, R"({"reason":"rate_limited","retryAfterMs":300})");
    auto const lost = crm.wait(ClientPhase::lost);
    CHECK(lost.error.code == Errc::rate_limited);
    CHECK(lost.retry_in == milliseconds{300});
  }
  auto const peer = server.accept_websocket();
  CHECK(std::chrono::steady_clock::now() - begin >= milliseconds{300});
  peer->welcome("s-2");
  crm.wait(ClientPhase::open);
}
