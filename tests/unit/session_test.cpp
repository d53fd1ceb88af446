// What is the C++ session's alone. What both languages keep stands in tests/vectors/session.

#include <flexcrm/messages.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <optional>
#include <vector>

using namespace flexcrm;

namespace {

constexpr auto opened_frame =
    R"({"jsonrpc":"2.0","id":"hello","result":{"session":"s-1","protocol":1,"resumed":false,"idleMs":25000,)"
    R"("limits":{"frameBytes":65536,"depth":32,"members":2048,"textBytes":16384}}})";
constexpr auto hello_frame =
    R"({"jsonrpc":"2.0","id":"hello","method":"Hello","params":{"role":"crm","protocolMin":1,"protocolMax":1,"agent":"ana","instance":"i-1"}})";
constexpr auto selected_frame = R"({"jsonrpc":"2.0","id":1,"method":"TaskSelected","params":{"attributes":{}}})";
constexpr auto dial_frame =
    R"({"jsonrpc":"2.0","id":1,"method":"DialRequest","params":{"destination":"+34911234567","dialId":"d-1","lifetimeMs":10000,"later":{"b":1,"a":2.50}}})";

std::vector<Action> drain(Session& session) {
  std::vector<Action> actions;
  while (auto action = session.next()) actions.push_back(*std::move(action));
  return actions;
}

Session client(Role role) {
  auto session = Session::client(Hello{.role = role, .agent = "ana", .instance = "i-1"});
  session.opened({});
  session.receive(opened_frame, {});
  drain(session);
  return session;
}

Session server(SessionOptions options = {}) {
  auto session = Session::server(options);
  session.opened({});
  session.receive(hello_frame, {});
  session.accept(Role::crm, HelloResult{.session = "s-1"}, {});
  drain(session);
  return session;
}

std::string frame(std::vector<Action> const& actions) { return std::get<SendFrame>(actions.back()).text; }
std::string error_frame(std::int64_t id, Errc code) {
  return Codec{}.encode_error(RequestId::number(id), make_error(code));
}

// At the end of the program, when what the main thread had is gone.
struct Static {
  Static() = default;
  Static(Static const&) = delete;
  Static& operator=(Static const&) = delete;
  ~Static() {
    if (!session) return;
    session->bye(Bye{.reason = ByeReason::logout}, {});
    auto const actions = drain(*session);
    if (actions.empty() || !std::holds_alternative<Ended>(actions.back())) std::abort();
  }
  std::optional<Session> session{};
} of_the_program;

}  // namespace

TEST_CASE("a static session is used to the end of the program") {
  of_the_program.session.emplace(client(Role::flex));
  REQUIRE(of_the_program.session->send(TaskSelected{}, {}).has_value());
  CHECK(drain(*of_the_program.session).size() == 1);
}

TEST_CASE("a Hello that cannot be written ends the session and says why") {
  auto session = Session::client(Hello{.agent = "", .instance = "i-1"});
  session.opened({});
  auto const actions = drain(session);
  auto const& ended = std::get<Ended>(actions.back());
  CHECK(ended.terminal);
  CHECK(ended.error.pointer == "/agent");
  session.opened({});
  CHECK(drain(session).empty());
  CHECK_FALSE(session.deadline());
}

TEST_CASE("a server's role is the opposite of what authorize decided") {
  CHECK(client(Role::crm).role() == Role::crm);
  CHECK(client(Role::flex).role() == Role::flex);
  CHECK(server().role() == Role::flex);
}

TEST_CASE("an answer of another type, or one that cannot be written, is an internal error") {
  auto session = client(Role::crm);
  session.receive(selected_frame, {});
  auto const key = std::get<Deliver>(drain(session).back()).key;
  CHECK(session.answer(key, DialResult{.destination = "+34911234567"}, {}));
  CHECK(frame(drain(session)) == error_frame(1, Errc::internal_error));

  auto relay = server({.claims = Claims::relay});
  relay.receive(dial_frame, {});
  CHECK(relay.answer(std::get<Deliver>(drain(relay).back()).key, DialResult{.destination = "nobody"}, {}));
  auto const actions = drain(relay);
  CHECK(std::get<Problem>(actions.front()).error == make_error(Errc::invalid_destination, "/destination"));
  CHECK(frame(actions) == error_frame(1, Errc::internal_error));
}

TEST_CASE("what cannot be written is not sent and costs no number") {
  auto session = client(Role::crm);
  CHECK(session.send(DialRequest{.destination = "nobody", .dial_id = "d-1"}, {}).error() ==
        make_error(Errc::invalid_destination, "/destination"));
  CHECK(session.send(DialRequest{.destination = "+34911234567", .dial_id = "d-1"}, {}).has_value());
  CHECK(frame(drain(session)).starts_with(R"({"jsonrpc":"2.0","id":1,)"));
}

TEST_CASE("a hub forwards the text of params, members that it does not know included") {
  auto from_crm = server({.claims = Claims::relay});
  from_crm.receive(dial_frame, {});
  auto const actions = drain(from_crm);
  auto const& delivery = std::get<Deliver>(actions.back());

  auto to_flex = Session::server({.claims = Claims::relay});
  to_flex.opened({});
  std::string hello = hello_frame;
  to_flex.receive(hello.replace(hello.find("crm"), 3, "flex"), {});
  to_flex.accept(Role::flex, HelloResult{.session = "s-2"}, {});
  drain(to_flex);
  CHECK(to_flex.forward(delivery.message, delivery.params, {}).has_value());
  CHECK(frame(drain(to_flex)) == dial_frame);
}
