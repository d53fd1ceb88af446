// Server::on_frame: what an inspector sees of the sessions, and what nobody may see.
#include "support.hpp"

#include <future>
#include <thread>

using namespace flexcrm;
using namespace flexcrm::test;

namespace {

struct Seen {
  std::string agent;
  Role role{};
  std::uint64_t session = 0;
  FrameDirection direction{};
  std::string text;
};

/// A server that authorizes whoever has the token, and what was seen of its frames.
struct Office {
  explicit Office(ServerOptions options = server_options()) : server{std::move(options)} {
    server.on_authorize([](Hello const& hello, HttpRequest const&) -> Result<Identity> {
      if (hello.token != "hello-token-of-anna") return make_error(Errc::unauthorized);
      return Identity{"real-" + hello.agent, hello.role};
    });
    server.on_frame([this](FrameEvent const& frame) {
      seen.put({frame.agent, frame.role, frame.session, frame.direction, std::string{frame.text}});
    });
  }
  void start() { REQUIRE(server.start().has_value()); }

  Inbox<Seen> seen;
  Server server;
};

void say_hello(RawPeer& peer, std::string const& token, std::string const& resume = {}) {
  peer.send_frame(
      R"({"jsonrpc":"2.0","id":"hello","method":"Hello","params":{"role":"flex","protocolMin":1,"protocolMax":1,)"
      R"("agent":"anna","instance":"tab","token":")" +
      token + '"' + (resume.empty() ? "" : R"(,"resume":{"session":")" + resume + "\"}") + "}}");
}

std::string session_in(std::string const& answer) {
  auto const at = answer.find(R"("session":")") + 11;
  return answer.substr(at, answer.find('"', at) - at);
}

constexpr auto busy = R"({"jsonrpc":"2.0","id":1,"method":"AgentChanged","params":{"availability":"busy"}})";
constexpr auto busy_answer = R"({"jsonrpc":"2.0","id":1,"result":null})";
constexpr auto wrong = R"({"jsonrpc":"2.0","id":2,"method":"AgentChanged","params":{"availability":"away"}})";
constexpr auto offline = R"({"jsonrpc":"2.0","id":3,"method":"AgentChanged","params":{"availability":"offline"}})";
constexpr auto offline_answer = R"({"jsonrpc":"2.0","id":3,"result":null})";

}  // namespace

TEST_CASE("every frame of a session is shown in order, over all of its connections, and no Hello") {
  Office office;
  office.start();
  auto const port = office.server.port();
  std::uint64_t session = 0;
  auto const next = [&](FrameDirection direction) {
    auto frame = office.seen.take("a frame");
    CHECK(frame.agent == "real-anna");  // as authorized, not as Hello says
    CHECK(frame.role == Role::flex);
    CHECK(frame.direction == direction);
    if (session == 0) session = frame.session;
    CHECK(frame.session == session);
    return frame.text;
  };

  RawPeer first{port};
  first.upgrade(port);
  say_hello(first, "hello-token-of-anna");
  auto const greeting = first.read_text();
  CHECK(next(FrameDirection::to_client) == greeting);
  CHECK(greeting.starts_with(R"({"jsonrpc":"2.0","id":"hello","result":{)"));
  first.send_frame(busy);
  CHECK(next(FrameDirection::from_client) == busy);
  CHECK(next(FrameDirection::to_client) == busy_answer);
  first.send_frame(wrong);
  CHECK(next(FrameDirection::from_client) == wrong);
  CHECK(next(FrameDirection::to_client).find("unknown_value") != std::string::npos);
  first.cut();

  RawPeer second{port};
  second.upgrade(port);
  say_hello(second, "hello-token-of-anna", session_in(greeting));
  auto const resumed = second.read_text();
  CHECK(next(FrameDirection::to_client) == resumed);
  CHECK(resumed.find(R"("resumed":true)") != std::string::npos);
  second.send_frame(busy);  // as if its answer had been lost
  second.send_frame(offline);
  CHECK(next(FrameDirection::from_client) == busy);
  CHECK(next(FrameDirection::to_client) == busy_answer);
  CHECK(next(FrameDirection::from_client) == offline);
  CHECK(next(FrameDirection::to_client) == offline_answer);
  second.send_frame(R"({"jsonrpc":"2.0","method":"Bye","params":{"reason":"logout"}})");
  CHECK(next(FrameDirection::from_client).find("logout") != std::string::npos);
  second.read_close();
  CHECK(office.seen.empty());

  // Another session has another name.
  RawPeer third{port};
  third.upgrade(port);
  say_hello(third, "hello-token-of-anna");
  third.read_text();
  CHECK(office.seen.take().session != session);
}

TEST_CASE("of a client that is refused no frame is shown") {
  Office office;
  office.start();
  auto const port = office.server.port();
  for (auto const* frame : {busy, "no JSON"}) {
    RawPeer peer{port};
    peer.upgrade(port);
    peer.send_frame(frame);
    peer.read_close();
  }
  RawPeer stranger{port};
  stranger.upgrade(port);
  say_hello(stranger, "another-token");
  CHECK(stranger.read_text().find("unauthorized") != std::string::npos);
  stranger.read_close();
  // The last word to a session that begins is the first to be seen.
  RawPeer honest{port};
  honest.upgrade(port);
  say_hello(honest, "hello-token-of-anna");
  CHECK(honest.read_text() == office.seen.take().text);
  CHECK(office.seen.empty());
}

TEST_CASE("the last word of the server to a session is shown too") {
  Office office;
  office.start();
  auto const port = office.server.port();
  RawPeer peer{port};
  peer.upgrade(port);
  say_hello(peer, "hello-token-of-anna");
  peer.read_text();
  office.seen.take();
  std::thread stopping{[&] { office.server.stop(); }};
  auto const bye = peer.read_text();
  peer.read_close();
  peer.cut();
  stopping.join();
  CHECK(bye.find(R"("reason":"shutdown")") != std::string::npos);
  CHECK(office.seen.take().text == bye);
}

TEST_CASE("frames are shown on the server's thread, and a handler that throws hurts nobody") {
  LogLines log;
  auto options = server_options();
  options.logger = log.logger(Level::error);
  // The server shows frames until it has ended.
  std::promise<std::thread::id> servers;
  Inbox<std::thread::id> seen_on;
  Server server{options};
  server.on_presence([&](std::string const&, Presence const& flex) {
    if (flex.online) servers.set_value(std::this_thread::get_id());
  });
  server.on_frame([&](FrameEvent const&) {
    seen_on.put(std::this_thread::get_id());
    throw std::runtime_error{"no room for +34911234567"};
  });
  REQUIRE(server.start().has_value());
  RawPeer flex{server.port()};
  flex.upgrade(server.port());
  flex.hello("flex");
  auto const thread = servers.get_future().get();
  CHECK(seen_on.take() == thread);
  CHECK(log.lines->take() == "the frame handler threw: no room for +#");
  flex.send_frame(busy);
  CHECK(flex.read_text() == busy_answer);
  for (int i = 0; i < 2; ++i) {
    CHECK(seen_on.take() == thread);
    CHECK(log.lines->take() == "the frame handler threw: no room for +#");
  }
}
