// The session as a script: the peer's frames are literal, the clock is an argument.

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

Script server(Role client_role, SessionOptions options = {}) {
  Script script{Session::server(options)};
  auto const role = client_role == Role::flex ? "flex" : "crm";
  script.receive(R"({"jsonrpc":"2.0","id":"hello","method":"Hello","params":{"role":")" + std::string{role} +
                 R"(","protocolMin":1,"protocolMax":1,"agent":"ana","instance":"i-1"}})");
  REQUIRE(script.hellos.size() == 1);
  script.session.accept(client_role, HelloResult{.session = "s-1"}, script.now);
  script.drain();
  REQUIRE(script.session.is_open());
  return script;
}

DialRequest dial(std::string dial_id = "d-1") {
  return {.destination = "+34911234567", .dial_id = std::move(dial_id)};
}

constexpr auto dial_frame =
    R"({"jsonrpc":"2.0","id":1,"method":"DialRequest","params":{"destination":"+34911234567","dialId":"d-1","lifetimeMs":10000}})";
constexpr auto claim_frame = R"({"jsonrpc":"2.0","id":1,"method":"DialClaimRequest","params":{"dialId":"d-1"}})";

std::string error_frame(std::int64_t id, Errc code) {
  return Codec{}.encode_error(RequestId::number(id), make_error(code));
}
std::string granted_frame(std::int64_t id, bool granted) {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"result":{"granted":)" + (granted ? "true" : "false") +
         "}}";
}
std::string null_frame(std::int64_t id) { return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"result":null})"; }
std::string selected_frame(std::int64_t id) {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":"TaskSelected","params":{"attributes":{}}})";
}

}  // namespace

TEST_SUITE("opening") {
  TEST_CASE("the client says Hello first and nothing else before the answer") {
    Script script{Session::client(Hello{.role = Role::crm, .agent = "ana", .instance = "i-1"})};
    // Hello went out in the constructor; see the frame by a second session.
    auto session = Session::client(Hello{.role = Role::crm, .agent = "ana", .instance = "i-1"});
    session.opened({});
    CHECK(std::get<SendFrame>(*session.next()).text ==
          R"({"jsonrpc":"2.0","id":"hello","method":"Hello","params":{"role":"crm","protocolMin":1,"protocolMax":1,"agent":"ana","instance":"i-1"}})");
    CHECK(script.send(dial()).error().code == Errc::not_connected);
    CHECK(script.frames.empty());
    script.receive(opened_frame);
    REQUIRE(script.openings.size() == 1);
    CHECK(script.openings.front().hello.session == "s-1");
    CHECK(script.send(dial()).value() == 1);
    CHECK(script.frame() == dial_frame);
  }

  TEST_CASE("a request before Hello's answer is a protocol error") {
    Script script{Session::client(Hello{.agent = "ana", .instance = "i-1"})};
    script.receive(selected_frame(1));
    CHECK(script.closed == 4400);
    CHECK_FALSE(script.ended->terminal);
  }

  TEST_CASE("a refused Hello ends the session, terminally for what will not change by itself") {
    for (auto const& [code, terminal] : {std::pair{Errc::unauthorized, true}, {Errc::wrong_role, true},
                                         {Errc::protocol_version, true}, {Errc::rate_limited, false}}) {
      Script script{Session::client(Hello{.agent = "ana", .instance = "i-1"})};
      script.receive(Codec{}.encode_error(RequestId::hello(), make_error(code)));
      REQUIRE(script.ended);
      CHECK(script.ended->error.code == code);
      CHECK(script.ended->terminal == terminal);
      CHECK(script.closed == 1000);
    }
  }

  TEST_CASE("a server that chose a version we do not speak is left for good") {
    Script script{Session::client(Hello{.agent = "ana", .instance = "i-1"})};
    script.receive(
        R"({"jsonrpc":"2.0","id":"hello","result":{"session":"s-1","protocol":2,"resumed":false,"idleMs":25000,"limits":{"frameBytes":65536,"depth":32,"members":2048,"textBytes":16384}}})");
    REQUIRE(script.ended);
    CHECK(script.ended->error.code == Errc::protocol_version);
    CHECK(script.ended->terminal);
  }

  TEST_CASE("a Hello that cannot be written ends the session") {
    Script script{Session::client(Hello{.agent = "", .instance = "i-1"})};
    REQUIRE(script.ended);
    CHECK(script.ended->terminal);
    CHECK(script.ended->error.pointer == "/agent");
  }

  TEST_CASE("the server hands Hello to the application and tells its own limits") {
    SessionOptions options;
    options.codec.limits.frame_bytes = 4096;
    options.times.idle = 20s;
    Script script{Session::server(options)};
    script.receive(
        R"({"jsonrpc":"2.0","id":"hello","method":"Hello","params":{"role":"crm","protocolMin":1,"protocolMax":9,"agent":"ana","instance":"i-1","token":"t"}})");
    REQUIRE(script.hellos.size() == 1);
    CHECK(script.hellos.front().hello.token == "t");
    CHECK(script.frames.empty());
    script.session.accept(Role::crm, HelloResult{.session = "s-9"}, script.now);
    script.drain();
    CHECK(script.frame() ==
          R"({"jsonrpc":"2.0","id":"hello","result":{"session":"s-9","protocol":1,"resumed":false,"idleMs":20000,"limits":{"frameBytes":4096,"depth":32,"members":2048,"textBytes":16384}}})");
    CHECK(script.session.role() == Role::flex);
  }

  TEST_CASE("a client does not send more than the server's frame limit") {
    Script script{Session::client(Hello{.role = Role::flex, .agent = "ana", .instance = "i-1"})};
    script.receive(
        R"({"jsonrpc":"2.0","id":"hello","result":{"session":"s-1","protocol":1,"resumed":false,"idleMs":25000,"limits":{"frameBytes":1024,"depth":32,"members":2048,"textBytes":16384}}})");
    auto const task = [](std::size_t size) {
      return TaskSelected{.attributes = Attributes::from_object({{"a", std::string(size, 'x')}}).value()};
    };
    // Whatever number it gets: the longest has 16 digits.
    auto const room = 1024 - selected_frame(RequestId::max_number).size() - std::string_view{R"("a":"")"}.size();
    CHECK(script.send(task(room)).has_value());
    CHECK(script.frame().size() == 1024 - 15);
    CHECK(script.send(task(room + 1)).error().code == Errc::too_large);
    CHECK(script.frames.empty());
    CHECK(script.send(task(room)).value() == 2);
  }

  TEST_CASE("the server refuses versions it does not speak, and other first frames") {
    Script future{Session::server()};
    future.receive(
        R"({"jsonrpc":"2.0","id":"hello","method":"Hello","params":{"role":"crm","protocolMin":2,"protocolMax":3,"agent":"ana","instance":"i-1"}})");
    CHECK(future.frame().find("\"reason\":\"protocol_version\"") != std::string::npos);
    CHECK(future.closed == 1000);

    Script early{Session::server()};
    early.receive(dial_frame);
    CHECK(early.frames.empty());
    CHECK(early.closed == 4400);

    Script wrong{Session::server()};
    wrong.receive(R"({"jsonrpc":"2.0","id":"hello","method":"Hello","params":{"role":"crm"}})");
    CHECK(wrong.frame().find("\"reason\":\"missing_member\"") != std::string::npos);
    CHECK(wrong.closed == 4400);
  }

  TEST_CASE("a refusal says its name and nothing more") {
    Script script{Session::server()};
    script.receive(
        R"({"jsonrpc":"2.0","id":"hello","method":"Hello","params":{"role":"crm","protocolMin":1,"protocolMax":1,"agent":"ana","instance":"i-1"}})");
    script.session.refuse(make_error(Errc::unauthorized, "/token", "expired ticket"), script.now);
    script.drain();
    CHECK(script.frame() ==
          R"({"jsonrpc":"2.0","id":"hello","error":{"code":-32001,"message":"unauthorized","data":{"reason":"unauthorized"}}})");
    CHECK(script.closed == 1000);
  }

  TEST_CASE("frames while Hello is being authorized, and a second Hello, are protocol errors") {
    auto const hello =
        R"({"jsonrpc":"2.0","id":"hello","method":"Hello","params":{"role":"crm","protocolMin":1,"protocolMax":1,"agent":"ana","instance":"i-1"}})";
    Script script{Session::server()};
    script.receive(hello);
    script.receive(dial_frame);
    CHECK(script.closed == 4400);

    auto open = server(Role::crm);
    open.receive(hello);
    CHECK(open.closed == 4400);
  }

  TEST_CASE("Hello and its answer have 5 s") {
    Script waiting{Session::server()};
    waiting.pass(4999ms);
    CHECK_FALSE(waiting.ended);
    waiting.pass(1ms);
    CHECK(waiting.ended->error.code == Errc::timed_out);
    CHECK(waiting.closed == 4408);

    Script asking{Session::client(Hello{.agent = "ana", .instance = "i-1"})};
    CHECK(asking.session.deadline() == asking.now.steady + 5s);
    asking.pass(5s);
    CHECK(asking.closed == 4408);
  }
}

TEST_SUITE("numbering") {
  TEST_CASE("a gap is a protocol error") {
    auto gap = client(Role::crm);
    gap.receive(selected_frame(2));
    CHECK(gap.closed == 4400);
  }

  TEST_CASE("a refused frame consumes its id and the session lives") {
    auto script = client(Role::crm);
    script.receive(R"({"jsonrpc":"2.0","id":1,"method":"TaskSelected","params":{"attributes":[]}})");
    CHECK(script.frame() ==
          R"({"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"wrong JSON type","data":{"reason":"wrong_type","pointer":"/attributes"}}})");
    CHECK(script.problems.size() == 1);
    script.receive(R"({"jsonrpc":"2.0","id":2,"method":"Nonsense","params":{}})");
    CHECK(script.frame().find("-32601") != std::string::npos);
    script.receive(selected_frame(3));
    CHECK(script.delivered.size() == 1);
  }

  TEST_CASE("a frame without a readable id ends the session") {
    for (auto const* frame : {"", "[]", "null", "{", R"({"jsonrpc":"2.0","id":0,"method":"TaskDeselected","params":{}})"}) {
      auto script = client(Role::crm);
      script.receive(frame);
      CHECK(script.closed == 4400);
      CHECK_FALSE(script.ended->terminal);
    }
  }

  TEST_CASE("a message against its direction is wrong_role") {
    auto script = client(Role::crm);
    script.receive(dial_frame);
    CHECK(script.frame().find("\"reason\":\"wrong_role\"") != std::string::npos);
    CHECK(script.delivered.empty());
    CHECK(script.send(TaskDeselected{}).error().code == Errc::wrong_role);
    CHECK(script.send(Ping{}).error().code == Errc::invalid_argument);
    CHECK(client(Role::flex).send(DialClaimRequest{.dial_id = "d-1"}).error().code == Errc::invalid_argument);
  }

  TEST_CASE("answers to nothing are ignored and counted") {
    auto script = client(Role::crm);
    script.receive(null_frame(1));
    CHECK(script.problems.size() == 1);
    script.receive(R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x"}})");
    CHECK(script.problems.size() == 1);
    CHECK_FALSE(script.ended);
  }

  TEST_CASE("an answer that makes no sense ends its request") {
    auto script = client(Role::flex);
    REQUIRE(script.send(TaskDeselected{}).has_value());
    script.receive(R"({"jsonrpc":"2.0","id":1,"result":{}})");
    REQUIRE(script.answered.size() == 1);
    CHECK(script.answered.front().outcome.error().code == Errc::peer_error);
  }
}

TEST_SUITE("handlers") {
  TEST_CASE("a Void takes its number, is answered by the session, and reaches no handler") {
    for (auto const role : {Role::crm, Role::flex}) {
      auto script = client(role);
      script.receive(R"({"jsonrpc":"2.0","id":1,"method":"Void","params":{}})");
      CHECK(script.frame() == error_frame(1, Errc::expired));
      CHECK(script.delivered.empty());
      CHECK(script.send(Void{}).error().code == Errc::invalid_argument);
    }
  }

  TEST_CASE("events and state start in order, each when the one before returned") {
    auto script = client(Role::crm);
    script.receive(selected_frame(1));
    CHECK(script.delivered.size() == 1);
    script.receive(R"({"jsonrpc":"2.0","id":2,"method":"TaskDeselected","params":{}})");
    CHECK(script.delivered.empty());
    CHECK(script.answer(1, NullResult{}));
    CHECK(script.frame() == null_frame(1));
    REQUIRE(script.delivered.size() == 1);
    CHECK(script.delivered.front().key == 2);
    CHECK(script.answer(2, make_error(Errc::failed)));
    CHECK(script.frame() == error_frame(2, Errc::failed));
  }

  TEST_CASE("an id is answered once") {
    auto script = client(Role::crm);
    script.receive(selected_frame(1));
    CHECK(script.answer(1, NullResult{}));
    CHECK_FALSE(script.answer(1, NullResult{}));
    CHECK(script.frames.empty());
    CHECK_FALSE(script.answer(7, NullResult{}));
  }

  TEST_CASE("an answer of another type, or one that cannot be written, is an internal error") {
    auto script = client(Role::crm);
    script.receive(selected_frame(1));
    CHECK(script.answer(1, DialResult{.destination = "+34911234567"}));
    CHECK(script.frame() == error_frame(1, Errc::internal_error));

    auto relay = server(Role::crm, {.claims = Claims::relay});
    relay.receive(dial_frame);
    CHECK(relay.answer(1, DialResult{.destination = "nobody"}));
    CHECK(relay.frame() == error_frame(1, Errc::internal_error));
  }

  TEST_CASE("a handler that does not answer is answered for, and the line goes on") {
    auto script = client(Role::crm);
    script.receive(selected_frame(1));
    script.receive(selected_frame(2));
    script.pass(9999ms);
    CHECK(script.delivered.empty());
    script.receive(R"({"jsonrpc":"2.0","id":"ping","method":"Ping","params":{}})");
    script.pass(1ms);
    CHECK(script.frames.front() == error_frame(1, Errc::handler_timeout));
    CHECK(script.delivered.size() == 1);
    CHECK_FALSE(script.answer(1, NullResult{}));
  }
}

TEST_SUITE("silence") {
  TEST_CASE("after 10 s of silence we ping, after 25 s without a frame we close") {
    auto script = client(Role::crm);
    CHECK(script.session.deadline() == script.now.steady + 10s);
    script.pass(10s);
    CHECK(script.frame() == R"({"jsonrpc":"2.0","id":"ping","method":"Ping","params":{}})");
    script.receive(R"({"jsonrpc":"2.0","id":"ping","result":null})");
    CHECK(script.problems.empty());
    script.pass(10s);
    CHECK(script.frames.size() == 1);
    script.pass(10s);
    CHECK_FALSE(script.ended);
    script.pass(5s);
    CHECK(script.closed == 4408);
    CHECK_FALSE(script.session.is_open());
    CHECK_FALSE(script.ended);  // it can be resumed
  }

  TEST_CASE("a Ping is answered by the session") {
    auto script = client(Role::crm);
    script.receive(R"({"jsonrpc":"2.0","id":"ping","method":"Ping","params":{}})");
    CHECK(script.frame() == R"({"jsonrpc":"2.0","id":"ping","result":null})");
  }
}

TEST_SUITE("ending") {
  TEST_CASE("Bye tells whether to come back") {
    auto replaced = client(Role::flex);
    replaced.receive(R"({"jsonrpc":"2.0","method":"Bye","params":{"reason":"replaced"}})");
    CHECK(replaced.ended->terminal);
    CHECK(replaced.ended->bye == ByeReason::replaced);
    auto shutdown = client(Role::flex);
    shutdown.receive(R"({"jsonrpc":"2.0","method":"Bye","params":{"reason":"shutdown","retryAfterMs":1500}})");
    CHECK_FALSE(shutdown.ended->terminal);
    CHECK(shutdown.ended->error.retry_after == 1500ms);
  }

  TEST_CASE("our Bye is sent, then the transport is closed") {
    auto script = server(Role::flex);
    script.session.bye(Bye{.reason = ByeReason::replaced}, script.now);
    script.drain();
    CHECK(script.frame() == R"({"jsonrpc":"2.0","method":"Bye","params":{"reason":"replaced"}})");
    CHECK(script.closed == 1000);
    auto stopping = server(Role::flex);
    stopping.session.bye(Bye{.reason = ByeReason::shutdown, .retry_after_ms = 10}, stopping.now);
    stopping.drain();
    CHECK(stopping.closed == 1001);
  }

  TEST_CASE("without resume every open request is answered when the transport is lost, and nothing after") {
    SessionOptions options;
    options.times.resume = 0ms;
    auto script = client(Role::flex, options);
    REQUIRE(script.send(TaskDeselected{}).has_value());
    REQUIRE(script.send(TaskDeselected{}).has_value());
    script.session.lost(script.now);
    script.drain();
    REQUIRE(script.answered.size() == 2);
    CHECK(script.answered[1].outcome.error().code == Errc::session_lost);
    CHECK(script.ended->error.code == Errc::not_connected);
    CHECK(script.send(TaskDeselected{}).error().code == Errc::not_connected);
    script.receive(null_frame(1));
    script.pass(1h);
    CHECK(script.answered.empty());
    CHECK(script.frames.empty());
  }
}

TEST_SUITE("dialling: the CRM, issuer of the click") {
  TEST_CASE("the claim is answered by the session, once, and the dial is placed") {
    auto script = client(Role::crm);
    REQUIRE(script.send(dial()).has_value());
    script.receive(claim_frame);
    CHECK(script.frame() == granted_frame(1, true));
    CHECK(script.delivered.empty());
    script.receive(R"({"jsonrpc":"2.0","id":2,"method":"DialClaimRequest","params":{"dialId":"d-1"}})");
    CHECK(script.frame() == granted_frame(2, false));
    script.receive(R"({"jsonrpc":"2.0","id":1,"result":{"destination":"+34911234567"}})");
    REQUIRE(script.answered.size() == 1);
    CHECK(script.answered.front().type == type_of<DialRequest>);
    CHECK(std::get<DialResult>(*script.answered.front().outcome).destination == "+34911234567");
    script.receive(R"({"jsonrpc":"2.0","id":3,"method":"DialClaimRequest","params":{"dialId":"d-1"}})");
    CHECK(script.frame() == granted_frame(3, false));
  }

  TEST_CASE("a claim after the lifetime, or for a dial nobody made, is denied") {
    auto script = client(Role::crm);
    REQUIRE(script.send(dial()).has_value());
    script.receive(R"({"jsonrpc":"2.0","id":1,"method":"DialClaimRequest","params":{"dialId":"d-2"}})");
    CHECK(script.frame() == granted_frame(1, false));
    script.pass(10s);
    script.receive(R"({"jsonrpc":"2.0","id":2,"method":"DialClaimRequest","params":{"dialId":"d-1"}})");
    CHECK(script.frame() == granted_frame(2, false));
  }

  TEST_CASE("a laptop that slept grants nothing") {
    auto script = client(Role::crm);
    REQUIRE(script.send(dial()).has_value());
    script.now.wall += 10min;
    script.receive(claim_frame);
    CHECK(script.frames.empty());
    CHECK(script.closed == 4408);
    script.pass(0ms);
    REQUIRE(script.answered.size() == 1);
    CHECK(script.answered.front().outcome.error().code == Errc::expired);
  }

  TEST_CASE("without an answer an ungranted dial expires 2 s after its lifetime, a granted one is unknown after 35 s") {
    SessionOptions options;
    options.times.idle = 10min;
    auto script = client(Role::crm, options);
    script.receive(opened_frame);
    REQUIRE(script.send(dial("d-0")).has_value());
    REQUIRE(script.send(dial("d-1")).has_value());
    script.receive(claim_frame);
    auto const keep_alive = [&] { script.receive(R"({"jsonrpc":"2.0","id":"ping","result":null})"); };
    script.pass(11999ms);
    CHECK(script.answered.empty());
    script.pass(1ms);
    REQUIRE(script.answered.size() == 1);
    CHECK(script.answered.front().key == 1);
    CHECK(script.answered.front().outcome.error().code == Errc::expired);
    keep_alive();
    script.pass(22999ms);
    CHECK(script.answered.empty());
    keep_alive();
    script.pass(1ms);
    REQUIRE(script.answered.size() == 1);
    CHECK(script.answered.front().outcome.error().code == Errc::outcome_unknown);
  }

  TEST_CASE("a lost session leaves an ungranted dial certain and a granted one unknown") {
    SessionOptions options;
    options.times.resume = 0ms;
    auto script = client(Role::crm, options);
    REQUIRE(script.send(dial("d-0")).has_value());
    REQUIRE(script.send(dial("d-1")).has_value());
    script.receive(claim_frame);
    script.session.lost(script.now);
    script.drain();
    REQUIRE(script.answered.size() == 2);
    CHECK(script.answered[0].outcome.error().code == Errc::session_lost);
    CHECK(script.answered[1].outcome.error().code == Errc::outcome_unknown);
  }

  TEST_CASE("one click is one dial") {
    auto script = client(Role::crm);
    REQUIRE(script.send(dial()).has_value());
    CHECK(script.send(dial()).error().code == Errc::invalid_argument);
    CHECK(script.frames.empty());
  }
}

TEST_SUITE("dialling: Flex") {
  TEST_CASE("the session claims before it delivers, and tells until when to start") {
    auto script = client(Role::flex);
    script.receive(dial_frame);
    CHECK(script.frame() == claim_frame);
    CHECK(script.delivered.empty());
    script.pass(500ms);
    script.receive(granted_frame(1, true));
    REQUIRE(script.delivered.size() == 1);
    CHECK(script.delivered.front().start_before == script.now.steady + 1500ms);
    CHECK(script.answer(1, DialResult{.destination = "+34911234567"}));
    CHECK(script.frame() == R"({"jsonrpc":"2.0","id":1,"result":{"destination":"+34911234567"}})");
  }

  TEST_CASE("no grant, no dial") {
    auto script = client(Role::flex);
    SUBCASE("denied") {
      script.receive(dial_frame);
      script.receive(granted_frame(1, false));
      CHECK(script.frame() == error_frame(1, Errc::expired));
    }
    SUBCASE("refused") {
      script.receive(dial_frame);
      script.receive(error_frame(1, Errc::internal_error));
      CHECK(script.frame() == error_frame(1, Errc::expired));
    }
    SUBCASE("too late by the steady clock") {
      script.receive(dial_frame);
      script.pass(2s);
      CHECK(script.frame() == error_frame(1, Errc::expired));
      script.receive(granted_frame(1, true));
      CHECK(script.frames.empty());
    }
    SUBCASE("too late by the wall clock: it slept") {
      script.receive(dial_frame);
      script.now.wall += 2001ms;
      script.receive(granted_frame(1, true));
      CHECK(script.frame() == error_frame(1, Errc::expired));
    }
    CHECK(script.delivered.empty());
    // The agent is free for the next one.
    script.receive(
        R"({"jsonrpc":"2.0","id":2,"method":"DialRequest","params":{"destination":"+34911234567","dialId":"d-2","lifetimeMs":10000}})");
    CHECK(script.frame() == R"({"jsonrpc":"2.0","id":2,"method":"DialClaimRequest","params":{"dialId":"d-2"}})");
  }

  TEST_CASE("one open dial, from the claim until the handler answered") {
    auto const second =
        R"({"jsonrpc":"2.0","id":2,"method":"DialRequest","params":{"destination":"+34911234567","dialId":"d-2","lifetimeMs":10000}})";
    auto script = client(Role::flex);
    script.receive(dial_frame);
    script.receive(second);
    CHECK(script.frame() == error_frame(2, Errc::agent_busy));
    script.receive(granted_frame(1, true));
    REQUIRE(script.delivered.size() == 1);
    script.receive(
        R"({"jsonrpc":"2.0","id":3,"method":"DialRequest","params":{"destination":"+34911234567","dialId":"d-3","lifetimeMs":10000}})");
    CHECK(script.frame() == error_frame(3, Errc::agent_busy));
    CHECK(script.answer(1, make_error(Errc::outbound_disabled, {}, "48425")));
    CHECK(script.frame().find("\"detail\":\"48425\"") != std::string::npos);
    script.receive(
        R"({"jsonrpc":"2.0","id":4,"method":"DialRequest","params":{"destination":"+34911234567","dialId":"d-4","lifetimeMs":10000}})");
    CHECK(script.frame().find("DialClaimRequest") != std::string::npos);
  }

  TEST_CASE("a handler over its 40 s is answered for, but the agent stays busy until it returns") {
    SessionOptions options;
    options.times.idle = 10min;
    auto script = client(Role::flex, options);
    script.receive(dial_frame);
    script.receive(granted_frame(1, true));
    for (int i = 0; i < 2; ++i) {
      script.pass(20s - 1ms);
      script.receive(R"({"jsonrpc":"2.0","id":"ping","result":null})");
    }
    script.pass(2ms);
    CHECK(script.frame() == error_frame(1, Errc::handler_timeout));
    script.receive(
        R"({"jsonrpc":"2.0","id":2,"method":"DialRequest","params":{"destination":"+34911234567","dialId":"d-2","lifetimeMs":10000}})");
    CHECK(script.frame() == error_frame(2, Errc::agent_busy));
    CHECK_FALSE(script.answer(1, DialResult{.destination = "+34911234567"}));
    CHECK(script.frames.empty());
    script.receive(
        R"({"jsonrpc":"2.0","id":3,"method":"DialRequest","params":{"destination":"+34911234567","dialId":"d-3","lifetimeMs":10000}})");
    CHECK(script.frame().find("DialClaimRequest") != std::string::npos);
  }
}

TEST_SUITE("dialling: a hub between them") {
  SessionOptions const relay{.claims = Claims::relay};

  TEST_CASE("dials and claims are handed on, never claimed or granted") {
    auto to_crm = server(Role::crm, relay);
    to_crm.receive(dial_frame);
    REQUIRE(to_crm.delivered.size() == 1);
    CHECK_FALSE(to_crm.delivered.front().start_before);
    CHECK(to_crm.frames.empty());

    auto to_flex = server(Role::flex, relay);
    auto const& delivery = to_crm.delivered.front();
    CHECK(to_flex.session.forward(delivery.message, delivery.params, to_flex.now).value() == 1);
    to_flex.drain();
    CHECK(to_flex.frame() == dial_frame);

    to_flex.receive(claim_frame);
    REQUIRE(to_flex.delivered.size() == 1);
    auto const to_flex_claim = to_flex.delivered.front().key;
    CHECK(to_flex.frames.empty());
    CHECK(to_crm.send(DialClaimRequest{.dial_id = "d-1"}).has_value());
    CHECK(to_crm.frame() == claim_frame);
    to_crm.receive(granted_frame(1, true));
    REQUIRE(to_crm.answered.size() == 1);
    CHECK(std::get<DialClaimResult>(*to_crm.answered.front().outcome).granted);
    CHECK(to_flex.answer(to_flex_claim, DialClaimResult{.granted = true}));
    CHECK(to_flex.frame() == granted_frame(1, true));
  }

  TEST_CASE("a claim that the issuer does not answer in 2 s is over") {
    auto to_crm = server(Role::crm, relay);
    REQUIRE(to_crm.send(DialClaimRequest{.dial_id = "d-1"}).has_value());
    to_crm.pass(2s);
    REQUIRE(to_crm.answered.size() == 1);
    CHECK(to_crm.answered.front().outcome.error().code == Errc::timed_out);
  }

  TEST_CASE("a dial that nobody answers is forgotten") {
    SessionOptions options = relay;
    options.times.idle = 10min;
    auto to_flex = server(Role::flex, options);
    REQUIRE(to_flex.send(dial()).has_value());
    to_flex.pass(47s - 1ms);
    CHECK(to_flex.answered.empty());
    to_flex.pass(1ms);
    CHECK(to_flex.answered.size() == 1);
  }
}

TEST_SUITE("resume") {
  std::string const resumed_frame = [] {
    std::string frame = opened_frame;
    frame.replace(frame.find("false"), 5, "true");
    return frame;
  }();
  std::string const other_frame = [] {
    std::string frame = opened_frame;
    frame.replace(frame.find("s-1"), 3, "s-2");
    return frame;
  }();
  std::string const resume_hello =
      R"({"jsonrpc":"2.0","id":"hello","method":"Hello","params":{"role":"flex","protocolMin":1,"protocolMax":1,"agent":"ana","instance":"i-1","resume":{"session":"s-1"}}})";

  TaskChanged event(std::string sid_digit = "1") {
    return {.task_sid = "WT" + std::string(32, sid_digit[0]), .status = TaskStatus::accepted, .at = Timestamp{1s}};
  }
  TaskSelected selection(std::string text) { return {.attributes = Attributes::from_text(std::move(text)).value()}; }
  std::string void_frame(std::int64_t id) {
    return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":"Void","params":{}})";
  }

  // The connection is lost and another one opened.
  void reconnect(Script& script) {
    script.session.lost(script.now);
    script.session.opened(script.now);
    script.drain();
  }

  TEST_CASE("what was not answered is repeated with its number, byte for byte") {
    auto script = client(Role::flex);
    REQUIRE(script.send(event("1")).has_value());
    auto const first = script.frame();
    REQUIRE(script.send(event("2")).has_value());
    auto const second = script.frame();
    script.receive(null_frame(1));
    reconnect(script);
    CHECK(script.frame() == resume_hello);
    CHECK(script.answered.empty());
    script.receive(resumed_frame);
    REQUIRE(script.frames.size() == 1);
    CHECK(script.frames[0] == second);
    CHECK_FALSE(script.openings.front().reset);
    CHECK_FALSE(script.ended);
    script.receive(null_frame(2));
    CHECK(script.answered.size() == 1);
    CHECK(first != second);
  }

  TEST_CASE("events and state wait for a connection, commands do not") {
    auto script = client(Role::flex);
    script.session.lost(script.now);
    script.drain();
    REQUIRE(script.send(event()).has_value());
    auto const older = script.send(selection(R"({"n":1})"));
    REQUIRE(script.send(selection(R"({"n":2})")).has_value());
    REQUIRE(script.answered.size() == 1);
    CHECK(script.answered.front().key == *older);
    CHECK(script.answered.front().outcome.error().code == Errc::superseded);
    CHECK(script.send(ContactLookupRequest{.text = "ana"}).error().code == Errc::not_connected);
    script.session.opened(script.now);
    script.drain();
    script.receive(resumed_frame);
    REQUIRE(script.frames.size() == 2);
    CHECK(script.frames[0].find("TaskChanged") != std::string::npos);
    CHECK(script.frames[1].find(R"({"n":2})") != std::string::npos);
  }

  TEST_CASE("a state that a newer one replaced, and a command whose time is over, are repeated as Void") {
    auto script = client(Role::flex);
    REQUIRE(script.send(selection(R"({"n":1})")).has_value());
    REQUIRE(script.send(OpenRecordRequest{.record = {.id = "C-1"}, .lifetime_ms = 1000}).has_value());
    REQUIRE(script.send(event()).has_value());
    REQUIRE(script.send(TaskDeselected{}).has_value());
    script.session.lost(script.now);
    script.pass(1s);
    REQUIRE(script.answered.size() == 1);
    CHECK(script.answered.front().outcome.error().code == Errc::timed_out);
    script.session.opened(script.now);
    script.drain();
    script.receive(resumed_frame);
    REQUIRE(script.frames.size() == 4);
    CHECK(script.frames[0] == void_frame(1));
    CHECK(script.frames[1] == void_frame(2));
    CHECK(script.frames[2].find("TaskChanged") != std::string::npos);
    CHECK(script.frames[3].find("TaskDeselected") != std::string::npos);
    script.receive(error_frame(2, Errc::expired));
    CHECK(script.answered.empty());  // it was told before
  }

  TEST_CASE("what went as Void stays so, although the newer state was answered first") {
    auto script = client(Role::flex);
    REQUIRE(script.send(selection(R"({"n":1})")).has_value());
    REQUIRE(script.send(TaskDeselected{}).has_value());
    reconnect(script);
    script.receive(resumed_frame);
    REQUIRE(script.frames.size() == 2);
    CHECK(script.frames[0] == void_frame(1));
    // The peer was busy with 1 and 2 when the connection was lost. The answer to this Void is lost, too.
    script.receive(null_frame(2));
    reconnect(script);
    script.receive(resumed_frame);
    CHECK(script.frame() == void_frame(1));
  }

  TEST_CASE("a Void that comes first runs nothing; one for a number taken before gets its answer") {
    auto script = client(Role::crm);
    script.receive(void_frame(1));
    CHECK(script.frame() == error_frame(1, Errc::expired));
    CHECK(script.delivered.empty());
    script.receive(selected_frame(2));
    auto const key = script.delivered.front().key;
    script.receive(void_frame(2));
    CHECK(script.frames.empty());  // its handler runs
    CHECK(script.answer(key, NullResult{}));
    script.receive(void_frame(2));
    CHECK(script.frame() == null_frame(2));
  }

  TEST_CASE("a repeated request is answered again and never handled twice") {
    auto script = client(Role::crm);
    script.receive(selected_frame(1));
    auto const key = script.delivered.front().key;
    reconnect(script);
    script.receive(resumed_frame);
    script.receive(selected_frame(1));
    CHECK(script.delivered.empty());
    CHECK(script.frames.empty());
    CHECK(script.answer(key, NullResult{}));
    CHECK(script.frame() == null_frame(1));
    script.receive(selected_frame(1));
    CHECK(script.frame() == null_frame(1));
    CHECK(script.delivered.empty());
  }

  TEST_CASE("an answer given while there is no connection goes out when it is asked for again") {
    auto script = client(Role::crm);
    script.receive(selected_frame(1));
    auto const key = script.delivered.front().key;
    script.session.lost(script.now);
    CHECK(script.answer(key, NullResult{}));
    CHECK(script.frames.empty());
    script.session.opened(script.now);
    script.drain();
    script.receive(resumed_frame);
    script.receive(selected_frame(1));
    CHECK(script.frame() == null_frame(1));
  }

  TEST_CASE("a long answer is not kept: its repetition is answered session_lost") {
    auto script = client(Role::crm);
    script.receive(R"({"jsonrpc":"2.0","id":1,"method":"ContactLookupRequest","params":{"text":"a"}})");
    ContactLookupResult result;
    result.matches.resize(20, ContactMatch{.id = "C-1", .name = std::string(50, 'n')});
    CHECK(script.answer(script.delivered.front().key, result));
    CHECK(script.frame().size() > 1024);
    script.receive(void_frame(1));
    CHECK(script.frame() == error_frame(1, Errc::session_lost));
  }

  TEST_CASE("numbers out of the window end the session") {
    auto script = client(Role::crm);
    for (std::int64_t id = 1; id <= 70; ++id) {
      script.receive(selected_frame(id));
      CHECK(script.answer(script.delivered.front().key, NullResult{}));
    }
    script.receive(selected_frame(7));
    CHECK(script.frame() == null_frame(7));
    script.receive(selected_frame(6));
    CHECK(script.closed == 4400);

    auto greedy = client(Role::crm);
    for (std::int64_t id = 1; id <= 64; ++id) greedy.receive(selected_frame(id));
    CHECK_FALSE(greedy.ended);
    greedy.receive(selected_frame(65));
    CHECK(greedy.closed == 4400);
  }

  TEST_CASE("the window lets 60 through and keeps the rest for claims") {
    auto script = client(Role::flex);
    for (int i = 0; i < 60; ++i) REQUIRE(script.send(event()).has_value());
    REQUIRE(script.send(event("2")).has_value());
    CHECK(script.frames.empty());
    CHECK(script.send(ContactLookupRequest{.text = "ana"}).error().code == Errc::backpressure);
    script.receive(dial_frame);
    CHECK(script.frame().find("DialClaimRequest") != std::string::npos);
    script.receive(null_frame(1));
    CHECK(script.frame().find("WT2222") != std::string::npos);
  }

  TEST_CASE("too many waiting events end the session, and everybody is told") {
    SessionOptions options;
    options.queues.event_bytes = 500;
    auto script = client(Role::flex, options);
    script.session.lost(script.now);
    script.drain();
    int accepted = 0;
    while (!script.ended && accepted < 100) {
      REQUIRE(script.send(event()).has_value());
      ++accepted;
      if (!script.ended) CHECK(script.answered.empty());
    }
    CHECK(accepted < 10);
    CHECK(script.ended->error.code == Errc::backpressure);
    CHECK(script.answered.size() == static_cast<std::size_t>(accepted));
  }

  TEST_CASE("a session that was lost is told, its events go first, marked, and its commands end") {
    auto script = client(Role::flex);
    REQUIRE(script.send(event("1")).has_value());
    REQUIRE(script.send(selection("{}")).has_value());
    REQUIRE(script.send(ContactLookupRequest{.text = "ana"}).has_value());
    script.session.lost(script.now);
    REQUIRE(script.send(event("2")).has_value());
    script.session.opened(script.now);
    script.drain();
    script.receive(other_frame);
    REQUIRE(script.ended);
    CHECK_FALSE(script.ended->terminal);
    CHECK(script.openings.back().reset);
    REQUIRE(script.answered.size() == 2);
    CHECK(script.answered[0].outcome.error().code == Errc::session_lost);
    CHECK(script.answered[1].outcome.error().code == Errc::session_lost);
    REQUIRE(script.frames.size() == 2);
    CHECK(script.frames[0] ==
          R"({"jsonrpc":"2.0","id":1,"method":"TaskChanged","params":{"taskSid":"WT11111111111111111111111111111111","status":"accepted","at":"1970-01-01T00:00:01.000Z","repeated":true}})");
    CHECK(script.frames[1].find("WT2222") != std::string::npos);
  }

  TEST_CASE("a reply belongs to the session that delivered its request") {
    auto script = client(Role::crm);
    script.receive(selected_frame(1));
    auto const stale = script.delivered.front().key;
    reconnect(script);
    script.receive(other_frame);
    CHECK_FALSE(script.answer(stale, NullResult{}));
    CHECK(script.frames.empty());
    script.receive(selected_frame(1));
    REQUIRE(script.delivered.size() == 1);
    CHECK(script.delivered.front().key != stale);
  }

  TEST_CASE("after two minutes a session is over") {
    auto script = client(Role::flex);
    REQUIRE(script.send(ContactLookupRequest{.text = "ana"}).has_value());
    script.session.lost(script.now);
    script.pass(119999ms);
    CHECK_FALSE(script.ended);
    script.pass(1ms);
    REQUIRE(script.ended);
    CHECK(script.ended->error.code == Errc::session_lost);
    script.session.opened(script.now);
    script.drain();
    CHECK(script.frame().find("resume") == std::string::npos);
    script.receive(other_frame);
    CHECK(script.openings.back().reset);
  }

  TEST_CASE("the server goes on with a session for the same agent, role and instance, and for nobody else") {
    auto old = server(Role::flex);
    old.receive(R"({"jsonrpc":"2.0","id":1,"method":"TaskDeselected","params":{}})");
    auto const key = old.delivered.front().key;
    REQUIRE(old.send(dial()).has_value());
    auto const dial_text = old.frame();
    old.session.lost(old.now);
    old.drain();

    auto const arrive = [&](std::string const& hello) {
      Script fresh{Session::server()};
      fresh.now = old.now;
      fresh.receive(hello);
      REQUIRE(fresh.hellos.size() == 1);
      return fresh;
    };
    auto const with = [&](std::string_view part, std::string_view other) {
      auto hello = resume_hello;
      return hello.replace(hello.find(part), part.size(), other);
    };
    for (auto const& hello : {with("s-1", "s-9"), with("\"ana\"", "\"bob\""), with("i-1", "i-2"), with("\"flex\"", "\"crm\"")}) {
      auto stranger = arrive(hello);
      CHECK_FALSE(old.session.resume(stranger.session, old.now));
      stranger.session.accept(Role::flex, HelloResult{.session = "s-3"}, stranger.now);
      stranger.drain();
      CHECK(stranger.session.is_open());
    }

    auto fresh = arrive(resume_hello);
    CHECK(old.session.resume(fresh.session, old.now));
    old.drain();
    fresh.drain();
    CHECK(fresh.frames.empty());
    REQUIRE(old.frames.size() == 2);
    CHECK(old.frames[0].find(R"("session":"s-1","protocol":1,"resumed":true)") != std::string::npos);
    CHECK(old.frames[1] == dial_text);
    CHECK(old.answer(key, NullResult{}));
    CHECK(old.frame() == null_frame(1));
    fresh.receive(null_frame(1));
    CHECK(fresh.frames.empty());
  }

  TEST_CASE("a session that is too old, or over, is not resumed") {
    auto late = server(Role::flex);
    late.session.lost(late.now);
    late.now.wall += 2min;
    Script fresh{Session::server()};
    fresh.receive(resume_hello);
    CHECK_FALSE(late.session.resume(fresh.session, late.now));

    auto over = server(Role::flex);
    over.session.bye(Bye{.reason = ByeReason::logout}, over.now);
    CHECK_FALSE(over.session.resume(fresh.session, over.now));
  }

  TEST_CASE("a side that slept closes before it believes another frame") {
    auto script = client(Role::crm);
    script.now.wall += 5001ms;
    script.receive(selected_frame(1));
    CHECK(script.delivered.empty());
    CHECK(script.closed == 4408);
    CHECK_FALSE(script.session.is_open());
    script.session.opened(script.now);
    script.drain();
    script.receive(resumed_frame);
    script.now.wall += 5000ms;
    script.receive(selected_frame(1));
    CHECK(script.delivered.size() == 1);
    script.now.wall -= 1h;  // a clock set back is no sleep
    script.receive(selected_frame(2));
    CHECK(script.session.is_open());
  }

  TEST_CASE("the agent's one open dial outlives the session that brought it") {
    auto script = client(Role::flex);
    script.receive(dial_frame);
    script.receive(granted_frame(1, true));
    auto const key = script.delivered.front().key;
    reconnect(script);
    script.receive(other_frame);
    script.receive(
        R"({"jsonrpc":"2.0","id":1,"method":"DialRequest","params":{"destination":"+34911234567","dialId":"d-2","lifetimeMs":10000}})");
    CHECK(script.frame() == error_frame(1, Errc::agent_busy));
    CHECK_FALSE(script.answer(key, DialResult{.destination = "+34911234567"}));
    script.receive(
        R"({"jsonrpc":"2.0","id":2,"method":"DialRequest","params":{"destination":"+34911234567","dialId":"d-3","lifetimeMs":10000}})");
    CHECK(script.frame().find("DialClaimRequest") != std::string::npos);
  }

  TEST_CASE("an issuer's dial goes on over a cut, and is granted at most once") {
    auto script = client(Role::crm);
    REQUIRE(script.send(dial()).has_value());
    script.receive(claim_frame);
    CHECK(script.frame() == granted_frame(1, true));
    reconnect(script);
    script.receive(resumed_frame);
    CHECK(script.frame() == dial_frame);
    script.receive(claim_frame);  // repeated, because the grant was lost
    CHECK(script.frame() == granted_frame(1, true));
    script.receive(R"({"jsonrpc":"2.0","id":2,"method":"DialClaimRequest","params":{"dialId":"d-1"}})");
    CHECK(script.frame() == granted_frame(2, false));
  }

  TEST_CASE("a dial whose lifetime passed while there was no connection is repeated as Void") {
    auto script = client(Role::crm);
    REQUIRE(script.send(dial()).has_value());
    script.session.lost(script.now);
    script.pass(10s);
    script.session.opened(script.now);
    script.drain();
    script.receive(resumed_frame);
    CHECK(script.frame() == void_frame(1));
    script.receive(error_frame(1, Errc::expired));
    REQUIRE(script.answered.size() == 1);
    CHECK(script.answered.front().outcome.error().code == Errc::expired);
  }
}
