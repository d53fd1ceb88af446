// What one WebSocket bounds, in both roles, on a stream in memory: the test is the network, and nothing is
// left to chance but how long a timer takes beyond its time.
#include "support.hpp"

#include "support/memory_stream.hpp"
#include "transport/upgrade.hpp"
#include "transport/websocket.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <vector>

using namespace flexcrm;
using namespace flexcrm::test;
using detail::HttpServing;
using detail::WebSocket;
using detail::WebSocketOptions;
using std::chrono::hours;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

namespace {

WebSocketOptions options_with(std::size_t frame_bytes = 1024) { return {.frame_bytes = frame_bytes}; }

std::shared_ptr<detail::UpgradePolicy const> policy() {
  ServerOptions options;
  options.allowed_hosts = {"test"};
  return std::make_shared<detail::UpgradePolicy const>(detail::UpgradePolicy::make(options, 1).value());
}

// Serves one stream in memory as a server does, and makes the WebSocket if that is what is asked for.
struct Serving {
  explicit Serving(MemoryPeer& peer, std::shared_ptr<WebSocket::Owner> owner = {},
                   WebSocketOptions const& options = options_with(), HttpLimits const& limits = {}) {
    HttpServing::Callbacks callbacks;
    callbacks.http = [](HttpRequest const&) { return HttpResponse{.body = "hello"}; };
    callbacks.upgraded = [this, owner, options](detail::AnyStream stream,
                                                std::shared_ptr<detail::UpgradeRequest const> request,
                                                HttpRequest const&) {
      websocket = WebSocket::make(std::move(stream), options);
      websocket->accept(std::move(request), owner);
    };
    callbacks.closed = [this] { closed = true; };
    http = HttpServing::start(peer.stream(), policy(), limits, swept(), std::move(callbacks));
  }
  ~Serving() {
    http->abort();
    if (websocket) websocket->abort();
  }

  std::shared_ptr<HttpServing> http;
  std::shared_ptr<WebSocket> websocket;
  bool closed = false;
};

struct Owner final : WebSocket::Owner {
  void on_websocket_open() override { open = true; }
  void on_frame(std::string_view text) override {
    frames.emplace_back(text);
    if (then) then();
  }
  void on_websocket_closed(error_code ec, std::uint16_t code) override {
    closed = true;
    error = ec;
    close_code = code;
  }

  std::vector<std::string> frames;
  std::function<void()> then;  // after each frame
  bool open = false;
  bool closed = false;
  error_code error;
  std::uint16_t close_code = 0;
};

enum class Side { server, client };
constexpr Side both_sides[] = {Side::server, Side::client};

// An open WebSocket in one of the roles, and its peer.
class Script {
 public:
  explicit Script(Side its_side, WebSocketOptions const& options = options_with()) : side{its_side}, peer{context} {
    if (side == Side::server) {
      serving.emplace(peer, owner, options);
      peer.say(upgrade_request({.host = "test"}));
      context.poll();
      websocket = serving->websocket;
    } else {
      websocket = WebSocket::make(peer.stream(), options);
      websocket->handshake("test", "/flexcrm", "", owner);
      context.poll();
      peer.say(answer_to(peer.heard()));
      context.poll();
    }
    REQUIRE(owner->open);
    if (side == Side::server) REQUIRE(peer.heard().starts_with("HTTP/1.1 101"));
  }
  ~Script() { websocket->abort(); }

  // Bytes of the peer, as far as they go.
  void say(std::string_view bytes) {
    peer.say(bytes);
    poll();
  }
  void say_frame(std::string_view payload, int opcode = 1, bool final = true) { say(frame(payload, opcode, final)); }
  std::string frame(std::string_view payload, int opcode = 1, bool final = true) const {
    return websocket_frame(payload, {.opcode = opcode, .final = final, .masked = side == Side::server});
  }

  void poll() {
    context.restart();
    context.poll();
  }
  template <class Predicate>
  void run_until(Predicate is_so) {
    context.restart();
    while (!is_so()) REQUIRE(context.run_one_for(patience) == 1);
  }

  // The frames that were written since the last look, as opcode and payload size; unmasked where need be.
  struct Heard {
    int opcode;
    std::string payload;
    int close_code() const {
      if (payload.size() < 2) return 0;
      return static_cast<unsigned char>(payload[0]) * 256 + static_cast<unsigned char>(payload[1]);
    }
  };
  std::vector<Heard> heard() {
    auto const bytes = peer.heard();
    auto const at = [&](std::size_t i) { return static_cast<unsigned char>(bytes.at(i)); };
    std::vector<Heard> frames;
    for (std::size_t i = 0; i < bytes.size();) {
      int const opcode = at(i) & 0x0f;
      bool const masked = (at(i + 1) & 0x80) != 0;
      CHECK(masked == (side == Side::client));
      std::size_t size = at(i + 1) & 0x7f;
      i += 2;
      if (size == 126) {
        size = at(i) * 256U + at(i + 1);
        i += 2;
      }
      REQUIRE(size < 65536);
      auto const mask = masked ? bytes.substr(i, 4) : std::string(4, '\0');
      if (masked) i += 4;
      auto payload = bytes.substr(i, size);
      for (std::size_t k = 0; k < payload.size(); ++k) payload[k] = static_cast<char>(payload[k] ^ mask[k % 4]);
      frames.push_back({opcode, payload});
      i += size;
    }
    return frames;
  }
  // The code of the close frame that was written last; 0 without one.
  int heard_close() {
    auto const frames = heard();
    return !frames.empty() && frames.back().opcode == 8 ? frames.back().close_code() : 0;
  }

  Side side;
  boost::asio::io_context context;
  MemoryPeer peer;
  std::shared_ptr<Owner> owner = std::make_shared<Owner>();
  std::optional<Serving> serving;
  std::shared_ptr<WebSocket> websocket;

 private:
  // The right answer to a client's upgrade is a server's.
  std::string answer_to(std::string const& request) {
    MemoryPeer client{context};
    Serving const server{client, std::make_shared<Owner>()};
    client.say(request);
    context.restart();
    context.poll();
    return client.heard();
  }
};

}  // namespace

TEST_CASE("a message of exactly the limit is read, one byte more closes 1009, in both roles") {
  struct Case {
    std::string name;
    std::function<void(Script&)> say_too_much;
  };
  for (auto const& c : {
           Case{"in one frame", [](Script& script) { script.say_frame(std::string(1025, 'x')); }},
           Case{"in two",
                [](Script& script) {
                  script.say_frame(std::string(600, 'x'), 1, false);
                  script.say_frame(std::string(425, 'x'), 0, true);
                }},
           Case{"in an announcement alone",
                [](Script& script) { script.say(script.frame(std::string(1025, 'x')).substr(0, 8)); }},
       }) {
    for (auto const side : both_sides) {
      CAPTURE(c.name);
      CAPTURE(side);
      Script script{side, options_with(1024)};
      script.say_frame(std::string(1024, 'x'));
      REQUIRE(script.owner->frames.size() == 1);
      script.say_frame(std::string(600, 'x'), 1, false);
      script.say_frame(std::string(424, 'x'), 0, true);
      REQUIRE(script.owner->frames.size() == 2);
      CHECK(script.heard().empty());
      c.say_too_much(script);
      CHECK(script.heard_close() == 1009);
      CHECK(script.owner->frames.size() == 2);
    }
  }
}

TEST_CASE("a message that does not become whole in time closes 4408, in both roles") {
  auto options = options_with();
  options.times.message = milliseconds{30};
  options.times.keep_alive = milliseconds{0};
  options.rate.interval = milliseconds{0};
  struct Case {
    std::string name;
    std::function<void(Script&, std::string const& whole)> say_a_part;
    bool pings = false;
  };
  for (auto const &c : {
           Case{"one byte of a header", [](Script&script, auto&whole) { script.say(whole.substr(0, 1)); }},
           Case{"all but the last byte",
                [](Script&script, auto&whole) { script.say(whole.substr(0, whole.size() - 1)); }},
           Case{"a part that came with the message before, then one more byte",
                [](Script&script, auto&whole) {
                  script.say(whole + whole.substr(0, 100));
                  CHECK(script.owner->frames.size() == 1);
                  script.say(whole.substr(100, 1));
                }},
           Case{"all fragments but the last",
                [](Script&script, auto&) {
                  script.say_frame("x", 1, false);
                  script.say_frame("x", 0, false);
                }},
           Case{"empty fragments",
                [](Script&script, auto&) {
                  script.say_frame("", 1, false);
                  script.say_frame("", 0, false);
                }},
           Case{"fragments with pings in between", [](Script&script, auto&) { script.say_frame("x", 1, false); }, true},
           Case{"a part of a ping",
                [](Script&script, auto&) { script.say(script.frame(std::string(100, 'x'), 9).substr(0, 50)); }},
       }) {
    for (auto const side : both_sides) {
      CAPTURE(c.name);
      CAPTURE(side);
      Script script{side, options};
      auto const before = Clock::now();
      c.say_a_part(script, script.frame(std::string(500, 'x')));
      int code = 0;
      script.run_until([&] {
        if (c.pings) script.peer.say(script.frame("", 9));
        code = script.heard_close();
        return code != 0;
      });
      CHECK(code == 4408);
      CHECK(Clock::now() - before >= options.times.message);
      CHECK_FALSE(script.owner->closed);  // it may still leave in order
      script.peer.leave();
      script.run_until([&] { return script.owner->closed; });
    }
  }
}

TEST_CASE("a message may take its time, and none runs between messages") {
  auto options = options_with();
  options.times.message = milliseconds{200};
  options.times.keep_alive = milliseconds{0};
  for (auto const side : both_sides) {
    CAPTURE(side);
    Script script{side, options};
    auto const whole = script.frame("hello");
    for (auto const byte : whole) script.say({&byte, 1});
    REQUIRE(script.owner->frames.size() == 1);
    for (auto const byte : script.frame("x", 9)) script.say({&byte, 1});
    CHECK(script.heard().size() == 1);
    // Nothing is under way: what still runs finds that out, and no timer is left.
    script.context.restart();
    script.context.run_for(milliseconds{300});
    CHECK(script.heard().empty());
    script.say(whole);
    CHECK(script.owner->frames.size() == 2);
  }
}

TEST_CASE("silence of ours is broken by a WebSocket ping, in both roles") {
  auto options = options_with();
  options.times.keep_alive = milliseconds{30};
  for (auto const side : both_sides) {
    CAPTURE(side);
    auto const before = Clock::now();
    Script script{side, options};
    std::vector<Script::Heard> frames;
    script.run_until([&] {
      frames = script.heard();
      return !frames.empty();
    });
    CHECK(frames.front().opcode == 9);
    CHECK(frames.front().payload.empty());
    CHECK(Clock::now() - before >= options.times.keep_alive);
    // A frame of ours does as well.
    auto const sent = Clock::now();
    REQUIRE(script.websocket->send("x", false));
    script.poll();
    REQUIRE_FALSE(script.heard().empty());
    script.run_until([&] { return !script.heard().empty(); });
    CHECK(Clock::now() - sent >= options.times.keep_alive);
    // While a write waits no ping is put behind it. One may be due in the moment in which it waits no more, but not each time.
    bool alone = false;
    for (int tries = 0; tries < 20 && !alone; ++tries) {
      script.heard();
      script.peer.stop_hearing();
      REQUIRE(script.websocket->send("y", false));
      script.context.restart();
      script.context.run_for(options.times.keep_alive * 5 / 2);
      script.peer.hear_again();
      script.context.restart();
      script.context.run_for(milliseconds{1});
      frames = script.heard();
      REQUIRE_FALSE(frames.empty());
      CHECK(frames.front().payload == "y");
      alone = frames.size() == 1;
    }
    CHECK(alone);
  }
}

TEST_CASE("without a keep-alive time there is no ping") {
  auto options = options_with();
  options.times.keep_alive = milliseconds{0};
  Script script{Side::server, options};
  script.context.restart();
  CHECK(script.context.run_for(milliseconds{50}) == 0);
  CHECK(script.heard().empty());
}

TEST_CASE("the queue takes exactly its frames, and twice as many of the session's own") {
  for (bool const batched : {false, true}) {
    CAPTURE(batched);
    auto options = options_with();
    options.queue = {.bytes = 1000000, .frames = 3};
    Script script{Side::server, options};
    script.peer.stop_hearing();
    for (int i = 0; i < 3; ++i) {
      CHECK(script.websocket->has_room());
      CHECK(script.websocket->send("x", false));
      if (batched) script.poll();
    }
    CHECK_FALSE(script.websocket->has_room());
    CHECK_FALSE(script.websocket->send("x", false));
    for (int i = 0; i < 3; ++i) {
      CHECK(script.websocket->send("own", true));
      if (batched) script.poll();
    }
    CHECK_FALSE(script.websocket->send("own", true));
    CHECK(script.websocket->queued() == std::pair{std::size_t{12}, std::size_t{6}});
    // What it took it writes, in order, and then has room again.
    script.peer.hear_again();
    script.poll();
    auto const frames = script.heard();
    REQUIRE(frames.size() == 6);
    CHECK(frames[2].payload == "x");
    CHECK(frames[3].payload == "own");
    CHECK(script.websocket->has_room());
    CHECK(script.websocket->queued() == std::pair{std::size_t{0}, std::size_t{0}});
  }
}

TEST_CASE("the queue takes exactly its bytes, and twice as many of the session's own") {
  for (bool const batched : {false, true}) {
    CAPTURE(batched);
    auto options = options_with();
    options.queue = {.bytes = 100, .frames = 1000};
    Script script{Side::server, options};
    script.peer.stop_hearing();
    auto const send = [&](std::size_t size, bool reserve) {
      bool const taken = script.websocket->send(std::string(size, 'x'), reserve);
      if (batched) script.poll();
      return taken;
    };
    CHECK(send(60, false));
    CHECK_FALSE(send(41, false));
    CHECK(send(40, false));
    CHECK_FALSE(script.websocket->has_room());
    CHECK_FALSE(send(101, true));
    CHECK(send(100, true));
    CHECK_FALSE(send(1, true));
  }
}

TEST_CASE("frames that wait go out as one write, and keep their order around control frames") {
  for (auto const side : both_sides) {
    CAPTURE(side);
    Script script{side};
    auto const before = script.peer.writes();
    for (auto const* text : {"a", "b", "c"}) CHECK(script.websocket->send(text, false));
    script.poll();
    CHECK(script.peer.writes() == before + 1);
    CHECK(script.heard().size() == 3);
    for (auto const* text : {"d", "e", "f"}) CHECK(script.websocket->send(text, false));
    script.say_frame("p", 9);
    std::string texts;
    int pongs = 0;
    for (auto const& frame : script.heard()) {
      if (frame.opcode == 1) texts += frame.payload;
      if (frame.opcode == 10) ++pongs;
    }
    CHECK(texts == "def");
    CHECK(pongs == 1);
  }
}

TEST_CASE("a burst of messages is answered with one write") {
  Script script{Side::server};
  script.owner->then = [&] { CHECK(script.websocket->send("answer", false)); };
  auto const before = script.peer.writes();
  std::string burst;
  for (int i = 0; i < 16; ++i) burst += script.frame("x");
  script.say(burst);
  CHECK(script.heard().size() == 16);
  CHECK(script.peer.writes() == before + 1);
}

TEST_CASE("what waits before a close goes out before it, with it in one write, in both roles") {
  for (auto const side : both_sides) {
    CAPTURE(side);
    Script script{side};
    auto const before = script.peer.writes();
    CHECK(script.websocket->send("a", false));
    CHECK(script.websocket->send("bye", true));
    script.websocket->close(1001);
    script.poll();
    auto const frames = script.heard();
    REQUIRE(frames.size() == 3);
    CHECK(frames[0].payload == "a");
    CHECK(frames[1].payload == "bye");
    CHECK(frames[2].close_code() == 1001);
    CHECK(script.peer.writes() == before + 1);
    CHECK(script.websocket->queued().second == 0);
  }
}

TEST_CASE("the answer to a peer that leaves with its last word still goes out, in both roles") {
  for (auto const side : both_sides) {
    CAPTURE(side);
    Script script{side};
    script.owner->then = [&] { CHECK(script.websocket->send("answer", false)); };
    script.peer.say(script.frame("question"));
    script.peer.leave();
    script.poll();
    CHECK(script.owner->closed);
    auto const frames = script.heard();
    REQUIRE(frames.size() == 1);
    CHECK(frames.front().payload == "answer");
  }
}

TEST_CASE("a WebSocket that is cut sends what the network takes at once, and nothing later") {
  Script script{Side::server};
  CHECK(script.websocket->send("a", false));
  script.poll();
  script.heard();
  CHECK(script.websocket->send("b", false));
  script.context.restart();
  script.context.poll_one();
  script.websocket->abort();
  CHECK(script.peer.is_closed());
  script.heard();
  script.poll();
  CHECK(script.heard().empty());
  CHECK_FALSE(script.owner->closed);
}

TEST_CASE("a stream that fails while it writes ends the connection, in both roles") {
  for (auto const side : both_sides) {
    CAPTURE(side);
    Script script{side};
    script.peer.refuse();
    CHECK(script.websocket->send("a", false));
    script.poll();
    CHECK(script.owner->closed);
    CHECK(script.owner->error == boost::asio::error::connection_reset);
    CHECK(script.peer.is_closed());
  }
}

TEST_CASE("a burst of messages passes at once, the next is not read before a token is back") {
  auto options = options_with();
  options.rate = {.interval = hours{1}, .burst = 3};
  options.times.keep_alive = milliseconds{0};
  Script script{Side::server, options};
  // All in one piece, so that Beast has the fourth already.
  for (int i = 0; i < 4; ++i) script.peer.say(script.frame(std::to_string(i)));
  script.poll();
  CHECK(script.owner->frames == std::vector<std::string>{"0", "1", "2"});
  // The peer is held up: what it says stays with it.
  CHECK_FALSE(script.peer.is_read_from());
  script.say(script.frame("5"));
  CHECK(script.peer.unread() != 0);
  // We may speak, and close.
  CHECK(script.websocket->send("x", false));
  script.poll();
  CHECK(script.heard().size() == 1);
  script.websocket->close(1000);
  script.poll();
  CHECK(script.heard_close() == 1000);
  script.say(script.frame({"\x03\xe8", 2}, 8));
  script.peer.leave();
  script.run_until([&] { return script.owner->closed; });
  CHECK(script.owner->frames.size() == 3);
}

TEST_CASE("a peer that is held up goes on as tokens come back, and loses nothing") {
  auto options = options_with();
  options.rate = {.interval = milliseconds{20}, .burst = 1};
  Script script{Side::server, options};
  auto const before = Clock::now();
  for (int i = 0; i < 4; ++i) script.peer.say(script.frame(std::to_string(i)));
  script.run_until([&] { return script.owner->frames.size() == 4; });
  CHECK(Clock::now() - before >= milliseconds{60});
  CHECK(script.owner->frames == std::vector<std::string>{"0", "1", "2", "3"});
}

TEST_CASE("without an interval messages are not bounded") {
  auto options = options_with();
  options.rate = {.interval = milliseconds{0}, .burst = 1};
  Script script{Side::server, options};
  for (int i = 0; i < 2000; ++i) script.peer.say(script.frame("x"));
  script.poll();
  CHECK(script.owner->frames.size() == 2000);
}

TEST_CASE("pings are answered up to two bursts, one more closes 1008") {
  auto options = options_with();
  options.rate = {.interval = hours{1}, .burst = 3};
  for (int const opcode : {9, 10}) {
    CAPTURE(opcode);
    Script script{Side::server, options};
    for (int i = 0; i < 6; ++i) script.say_frame("p", opcode);
    CHECK(script.heard().size() == (opcode == 9 ? 6 : 0));
    // A message that is being read is not held up by them.
    script.say_frame("x");
    CHECK(script.owner->frames.size() == 1);
  }
  for (int const opcode : {9, 10}) {
    CAPTURE(opcode);
    Script script{Side::server, options};
    for (int i = 0; i < 7; ++i) script.say_frame("p", opcode);
    CHECK(script.heard_close() == 1008);
  }
}

TEST_CASE("a handshake that does not end ends after its time, in both roles") {
  auto options = options_with();
  options.times.handshake = milliseconds{30};
  for (auto const* answer : {"", "HTTP/1.1 101 ", "not taken"}) {
    CAPTURE(answer);
    boost::asio::io_context context;
    auto const owner = std::make_shared<Owner>();
    MemoryPeer peer{context};
    std::optional<Serving> serving;
    std::shared_ptr<WebSocket> websocket;
    auto const before = Clock::now();
    if (answer == std::string_view{"not taken"}) {
      peer.stop_hearing();
      serving.emplace(peer, owner, options);
      peer.say(upgrade_request({.host = "test"}));
    } else {
      websocket = WebSocket::make(peer.stream(), options);
      websocket->handshake("test", "/flexcrm", "", owner);
      peer.say(answer);
    }
    while (!owner->closed) REQUIRE(context.run_one_for(patience) == 1);
    CHECK_FALSE(owner->open);
    CHECK(Clock::now() - before >= options.times.handshake);
    CHECK(peer.is_closed());
  }
}

TEST_CASE("a peer that breaks the framing, or closes, and does not leave is cut, in both roles") {
  auto options = options_with();
  options.times.close = milliseconds{30};
  struct Case {
    std::string name;
    int opcode;
    int code;
  };
  for (auto const& c : {Case{"a reserved opcode", 3, 1002}, Case{"a close frame", 8, 1000}}) {
    for (auto const side : both_sides) {
      CAPTURE(c.name);
      CAPTURE(side);
      Script script{side, options};
      auto const before = Clock::now();
      script.say_frame({"\x03\xe8", 2}, c.opcode);
      CHECK(script.heard_close() == c.code);
      // What is sent now goes nowhere, and is no sign of a slow peer.
      for (int i = 0; i < 2000; ++i) CHECK(script.websocket->send("x", false));
      CHECK_FALSE(script.websocket->has_room());
      script.run_until([&] { return script.owner->closed; });
      CHECK(Clock::now() - before >= options.times.close);
      CHECK(script.peer.is_closed());
      CHECK(script.heard().empty());
    }
  }
}

TEST_CASE("two that close at the same moment do not wait for each other, in both roles") {
  auto options = options_with();
  options.times.close = hours{1};
  for (auto const side : both_sides) {
    CAPTURE(side);
    Script script{side, options};
    script.owner->then = [&] { script.websocket->close(1000); };
    // Its last words and its close frame come in one piece.
    script.peer.say(script.frame("bye") + script.frame({"\x03\xe8", 2}, 8));
    script.peer.leave();
    script.poll();
    CHECK(script.owner->closed);
    CHECK(script.owner->close_code == 1000);
    CHECK(script.heard_close() == 1000);
  }
}

TEST_CASE("a peer that does not take what waits before a close is cut") {
  auto options = options_with();
  options.times.close = milliseconds{30};
  for (auto const side : both_sides) {
    CAPTURE(side);
    Script script{side, options};
    script.peer.stop_hearing();
    CHECK(script.websocket->send("x", false));
    script.websocket->close(1000);
    script.run_until([&] { return script.owner->closed; });
    CHECK(script.owner->error == Errc::timed_out);
    CHECK(script.peer.is_closed());
  }
}

TEST_CASE("a response that is not taken in time is cut") {
  boost::asio::io_context context;
  MemoryPeer peer{context};
  HttpLimits limits;
  limits.response = milliseconds{30};
  limits.keep_alive = hours{1};
  auto const before = Clock::now();
  Serving serving{peer, {}, options_with(), limits};
  peer.say(get("/", "test"));
  context.poll();
  CHECK(peer.heard().starts_with("HTTP/1.1 200"));
  peer.stop_hearing();
  peer.say(get("/", "test"));
  while (!serving.closed) REQUIRE(context.run_one_for(patience) == 1);
  CHECK(Clock::now() - before >= limits.response);
  CHECK(peer.is_closed());
}
