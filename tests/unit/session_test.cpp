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
  Result<RequestId> send(Message const& message) {
    auto id = session.send(message, now);
    drain();
    return id;
  }
  bool answer(std::int64_t id, Result<Answer> const& outcome) {
    bool const taken = session.answer(RequestId::number(id), outcome, now);
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
    CHECK(script.send(dial()).value() == RequestId::number(1));
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
    auto const room = 1024 - selected_frame(1).size() - std::string_view{R"("a":"")"}.size();
    CHECK(script.send(task(room)).has_value());
    CHECK(script.frame().size() == 1024);
    CHECK(script.send(task(room + 1)).error().code == Errc::too_large);
    CHECK(script.frames.empty());
    CHECK(script.send(task(room)).value() == RequestId::number(2));
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
  TEST_CASE("a gap or a repetition is a protocol error") {
    auto gap = client(Role::crm);
    gap.receive(selected_frame(2));
    CHECK(gap.closed == 4400);
    auto twice = client(Role::crm);
    twice.receive(selected_frame(1));
    twice.receive(selected_frame(1));
    CHECK(twice.closed == 4400);
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
      CHECK(script.frame() == null_frame(1));
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
    CHECK(script.delivered.front().id == RequestId::number(2));
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
    CHECK_FALSE(script.session.answer(RequestId::ping(), NullResult{}, script.now));
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
    REQUIRE(script.ended);
    CHECK(script.ended->error.code == Errc::timed_out);
    CHECK(script.closed == 4408);
    CHECK_FALSE(script.session.deadline());
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

  TEST_CASE("every open request is answered when the transport is lost, and nothing after") {
    auto script = client(Role::flex);
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
    CHECK(script.frame() == granted_frame(1, false));
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
    CHECK(script.answered.front().id == RequestId::number(1));
    CHECK(script.answered.front().outcome.error().code == Errc::expired);
    keep_alive();
    script.pass(22999ms);
    CHECK(script.answered.empty());
    keep_alive();
    script.pass(1ms);
    REQUIRE(script.answered.size() == 1);
    CHECK(script.answered.front().outcome.error().code == Errc::outcome_unknown);
  }

  TEST_CASE("a lost connection leaves an ungranted dial certain and a granted one unknown") {
    auto script = client(Role::crm);
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
    CHECK(to_flex.session.forward(delivery.message, delivery.params, to_flex.now).value() == RequestId::number(1));
    to_flex.drain();
    CHECK(to_flex.frame() == dial_frame);

    to_flex.receive(claim_frame);
    REQUIRE(to_flex.delivered.size() == 1);
    CHECK(to_flex.frames.empty());
    CHECK(to_crm.send(DialClaimRequest{.dial_id = "d-1"}).value() == RequestId::number(1));
    CHECK(to_crm.frame() == claim_frame);
    to_crm.receive(granted_frame(1, true));
    REQUIRE(to_crm.answered.size() == 1);
    CHECK(std::get<DialClaimResult>(*to_crm.answered.front().outcome).granted);
    CHECK(to_flex.answer(1, DialClaimResult{.granted = true}));
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
