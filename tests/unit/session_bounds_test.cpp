// The C++ session at its bounds: limits of the server, times that overflow, deadlines.

#include <flexcrm/messages.hpp>

#include <doctest/doctest.h>

#include <vector>

using namespace flexcrm;
using namespace std::chrono_literals;

namespace {

// A session, a clock, and what came out since the last look.
struct Script {
  explicit Script(Session given) : session{std::move(given)} {
    session.opened(now);
    drain();
  }

  Session session;
  Moment now{};
  std::vector<std::string> frames;
  std::vector<Deliver> delivered;
  std::vector<Answered> answered;
  std::vector<Problem> problems;
  std::vector<HelloReceived> hellos;
  std::vector<Opened> openings;
  std::optional<Ended> ended;
  std::optional<std::uint16_t> closed;

  void drain() {
    frames.clear();
    delivered.clear();
    answered.clear();
    problems.clear();
    while (auto action = session.next()) {
      if (auto* send = std::get_if<SendFrame>(&*action)) frames.push_back(send->text);
      if (auto* deliver = std::get_if<Deliver>(&*action)) delivered.push_back(*deliver);
      if (auto* answer = std::get_if<Answered>(&*action)) answered.push_back(*answer);
      if (auto* problem = std::get_if<Problem>(&*action)) problems.push_back(*problem);
      if (auto* hello = std::get_if<HelloReceived>(&*action)) hellos.push_back(*hello);
      if (auto* opening = std::get_if<Opened>(&*action)) openings.push_back(*opening);
      if (auto* end = std::get_if<Ended>(&*action)) ended = *end;
      if (auto* close = std::get_if<CloseTransport>(&*action)) closed = close->code;
    }
  }
  void receive(std::string_view frame) {
    session.receive(frame, now);
    drain();
  }
  void pass(std::chrono::milliseconds time) {
    now.steady += time;
    now.wall += time;
    session.tick(now);
    drain();
  }
  Result<RequestKey> send(Message const& message) {
    auto key = session.send(message, now);
    drain();
    return key;
  }
  bool answer(RequestKey key, Result<Answer> const& outcome) {
    bool const taken = session.answer(key, outcome, now);
    drain();
    return taken;
  }
  std::string frame() {
    REQUIRE(frames.size() == 1);
    return frames.front();
  }
};

constexpr auto opened_frame =
    R"({"jsonrpc":"2.0","id":"hello","result":{"session":"s-1","protocol":1,"resumed":false,"idleMs":25000,)"
    R"("limits":{"frameBytes":65536,"depth":32,"members":2048,"textBytes":16384}}})";

Script client(Role role, SessionOptions options = {}) {
  Script script{Session::client(Hello{.role = role, .agent = "ana", .instance = "i-1"}, options)};
  script.receive(opened_frame);
  REQUIRE(script.session.is_open());
  return script;
}

DialRequest dial(std::string dial_id = "d-1") { return {.destination = "+34911234567", .dial_id = std::move(dial_id)}; }

constexpr auto dial_frame =
    R"({"jsonrpc":"2.0","id":1,"method":"DialRequest","params":{"destination":"+34911234567","dialId":"d-1","lifetimeMs":10000}})";
constexpr auto claim_frame = R"({"jsonrpc":"2.0","id":1,"method":"DialClaimRequest","params":{"dialId":"d-1"}})";

std::string error_frame(std::int64_t id, Errc code) {
  return Codec{}.encode_error(RequestId::number(id), make_error(code));
}
std::string selected_frame(std::int64_t id) {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":"TaskSelected","params":{"attributes":{}}})";
}

constexpr auto narrow_frame =
    R"({"jsonrpc":"2.0","id":"hello","result":{"session":"s-1","protocol":1,"resumed":false,"idleMs":25000,"limits":{"frameBytes":1024,"depth":4,"members":64,"textBytes":256}}})";
std::string const other_frame = [] {
  std::string frame = opened_frame;
  frame.replace(frame.find("s-1"), 3, "s-2");
  return frame;
}();

TaskChanged event() {
  return {.task_sid = "WT" + std::string(32, '1'), .status = TaskStatus::accepted, .at = Timestamp{1s}};
}

}  // namespace

TEST_CASE("a client sends nothing that the server's limits refuse") {
  Script script{Session::client(Hello{.role = Role::flex, .agent = "ana", .instance = "i-1"})};
  script.receive(narrow_frame);
  auto const task = [](std::string text) {
    return TaskSelected{.attributes = Attributes::from_text(std::move(text)).value()};
  };
  CHECK(script.send(task(R"({"a":[]})")).has_value());
  CHECK(script.send(task(R"({"a":[[]]})")).error().code == Errc::too_deep);
  std::string members = "{\"m\":0";
  for (int i = 0; i < 58; ++i) members += ",\"" + std::to_string(i) + "\":0";
  CHECK(script.send(task(members + "}")).has_value());
  CHECK(script.send(task(members + ",\"n\":0}")).error().code == Errc::too_many_members);
  CHECK(script.send(TaskSelected{.queue_name = std::string(256, 'x')}).has_value());
  CHECK(script.send(TaskSelected{.queue_name = std::string(257, 'x')}).error() ==
        make_error(Errc::too_long, "/queueName"));
}

TEST_CASE("an answer that the server would not read is an internal error") {
  Script script{Session::client(Hello{.role = Role::crm, .agent = "ana", .instance = "i-1"})};
  script.receive(narrow_frame);
  auto const lookup = [](std::int64_t id) {
    return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) +
           R"(,"method":"ContactLookupRequest","params":{"text":"a"}})";
  };
  auto const answer = [](std::size_t bytes) {
    return ContactLookupResult{.matches = std::vector(5, ContactMatch{.id = "C-1", .name = std::string(bytes, 'n')})};
  };
  auto const longest = (1024 - Codec{}.encode_answer(RequestId::number(1), answer(0)).value().size()) / 5;
  script.receive(lookup(1));
  CHECK(script.answer(1, answer(longest)));
  CHECK(script.frame().size() >= 1024 - 5);
  script.receive(lookup(2));
  CHECK(script.answer(2, answer(longest + 1)));
  CHECK(script.frame() == error_frame(2, Errc::internal_error));
  CHECK(script.problems.size() == 1);
}

TEST_CASE("after unauthorized a client may come again with another token, after other terminal ends not") {
  for (auto const code : {Errc::unauthorized, Errc::wrong_role}) {
    Script script{Session::client(Hello{.role = Role::crm, .agent = "ana", .instance = "i-1", .token = "t-1"})};
    script.receive(Codec{}.encode_error(RequestId::hello(), make_error(code)));
    CHECK(script.ended->terminal);
    script.session.identify("t-2");
    script.session.opened(script.now);
    script.drain();
    REQUIRE(script.frames.size() == (code == Errc::unauthorized ? 1 : 0));
    if (script.frames.empty()) continue;
    CHECK(
        script.frame() ==
        R"({"jsonrpc":"2.0","id":"hello","method":"Hello","params":{"role":"crm","protocolMin":1,"protocolMax":1,"agent":"ana","instance":"i-1","token":"t-2"}})");
    script.receive(opened_frame);
    CHECK(script.session.is_open());
  }
}

TEST_CASE("a time that the server tells is a day at most") {
  SessionOptions options;
  options.times.ping_after = 100h;
  Script script{Session::client(Hello{.role = Role::crm, .agent = "ana", .instance = "i-1"}, options)};
  script.receive(
      R"({"jsonrpc":"2.0","id":"hello","result":{"session":"s-1","protocol":1,"resumed":false,"idleMs":9007199254740991,"limits":{"frameBytes":65536,"depth":32,"members":2048,"textBytes":16384}}})");
  CHECK(script.session.deadline() == script.now.steady + 24h);
  script.receive(R"({"jsonrpc":"2.0","method":"Bye","params":{"reason":"shutdown","retryAfterMs":9007199254740991}})");
  CHECK(script.ended->error.retry_after == 24h);
}

TEST_CASE("a server that goes on with a session that nobody lost is left") {
  std::string resumed = opened_frame;
  resumed.replace(resumed.find("false"), 5, "true");
  Script script{Session::client(Hello{.agent = "ana", .instance = "i-1"})};
  script.receive(resumed);
  CHECK(script.closed == 4400);
  CHECK_FALSE(script.ended->terminal);
}

TEST_CASE("a Hello whose answer cannot be written is refused") {
  Script script{Session::server()};
  script.receive(
      R"({"jsonrpc":"2.0","id":"hello","method":"Hello","params":{"role":"crm","protocolMin":1,"protocolMax":1,"agent":"ana","instance":"i-1"}})");
  script.session.accept(Role::crm, HelloResult{.session = ""}, script.now);
  script.drain();
  CHECK(script.frame().find("\"reason\":\"internal_error\"") != std::string::npos);
  CHECK(script.closed == 1000);
  script.session.accept(Role::crm, HelloResult{.session = "s-1"}, script.now);
  script.drain();
  CHECK(script.frames.empty());
}

TEST_CASE("a session can be moved") {
  auto first = Session::client(Hello{.agent = "ana", .instance = "i-1"});
  auto second = Session::server();
  second = std::move(first);
  second.opened({});
  CHECK(std::holds_alternative<SendFrame>(second.next().value()));
}

TEST_CASE("an event that is too long with its mark, or for the new server, is not told again") {
  auto const long_event = [](std::size_t bytes) {
    auto changed = event();
    changed.attributes = Attributes::from_object({{"a", std::string(bytes, 'x')}}).value();
    return changed;
  };
  auto script = client(Role::flex);
  auto const empty = Codec{}.encode(RequestId::number(RequestId::max_number), long_event(0)).value().size();
  auto const longest = Limits{}.frame_bytes - empty;
  std::string const mark = R"(,"repeated":true)";
  REQUIRE(script.send(long_event(longest)).has_value());
  REQUIRE(script.send(long_event(longest - mark.size())).has_value());
  script.session.lost(script.now);
  script.session.opened(script.now);
  script.drain();
  script.receive(other_frame);
  REQUIRE(script.answered.size() == 1);
  CHECK(script.answered.front().key == 1);
  CHECK(script.answered.front().outcome.error().code == Errc::too_large);
  CHECK(script.frame().find(mark) != std::string::npos);

  auto narrow = other_frame;
  narrow.replace(narrow.find("65536"), 5, "1024").replace(narrow.find("s-2"), 3, "s-3");
  script.session.lost(script.now);
  script.session.opened(script.now);
  script.drain();
  script.receive(narrow);
  REQUIRE(script.answered.size() == 1);
  CHECK(script.answered.front().key == 2);
  CHECK(script.frames.empty());
}

TEST_SUITE("deadline") {
  // Each wait in turn, with a long silence allowed, so that nothing but it is due.
  SessionOptions const patient = [] {
    SessionOptions options;
    options.times.ping_after = options.times.idle = 10min;
    return options;
  }();
  Script patient_client(Role role) {
    Script script{Session::client(Hello{.role = role, .agent = "ana", .instance = "i-1"}, patient)};
    std::string frame = opened_frame;
    frame.replace(frame.find("25000"), 5, "600000");
    script.receive(frame);
    CHECK(script.session.deadline() == script.now.steady + 10min);
    return script;
  }

  TEST_CASE("is that of the first handler to be late") {
    auto script = patient_client(Role::crm);
    script.receive(R"({"jsonrpc":"2.0","id":1,"method":"ContactLookupRequest","params":{"text":"a"}})");
    CHECK(script.session.deadline() == script.now.steady + 30s);
    script.receive(selected_frame(2));
    CHECK(script.session.deadline() == script.now.steady + 10s);
    CHECK(script.answer(2, NullResult{}));
    CHECK(script.session.deadline() == script.now.steady + 30s);
  }

  TEST_CASE("is that of an answer that is waited for; state and events have none") {
    auto script = patient_client(Role::flex);
    REQUIRE(script.send(TaskDeselected{}).has_value());
    CHECK(script.session.deadline() == script.now.steady + 10min);
    REQUIRE(script.send(ContactLookupRequest{.text = "ana"}).has_value());
    CHECK(script.session.deadline() == script.now.steady + 30s);
    script.receive(dial_frame);
    CHECK(script.session.deadline() == script.now.steady + 2s);
    script.pass(2s);
    CHECK(script.session.deadline() == script.now.steady + 28s);
    script.pass(28s);
    CHECK(script.session.deadline() > script.now.steady + 5min);
  }

  TEST_CASE("is that of a dial: its lifetime, and after the grant the time that Flex may take") {
    auto script = patient_client(Role::crm);
    REQUIRE(script.send(dial()).has_value());
    CHECK(script.session.deadline() == script.now.steady + 12s);
    script.receive(claim_frame);
    CHECK(script.session.deadline() == script.now.steady + 35s);
  }

  TEST_CASE("is the end of a session that lost its connection; one that is over has none") {
    auto script = patient_client(Role::crm);
    script.session.lost(script.now);
    CHECK(script.session.deadline() == script.now.steady + 2min);
    script.session.bye(Bye{.reason = ByeReason::logout}, script.now);
    CHECK_FALSE(script.session.deadline());
    script.drain();
    script.session.opened(script.now);
    script.pass(1h);
    CHECK(script.frames.empty());
    CHECK_FALSE(script.session.deadline());
  }
}
