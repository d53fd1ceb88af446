// Peers that mean harm, byte by byte, against a server on a real socket. Whatever they do, it costs them
// their connection at most, and the others notice nothing.
#include "support.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>

using namespace flexcrm;
using namespace flexcrm::test;
using std::chrono::milliseconds;

namespace {

constexpr char const* ping = R"({"jsonrpc":"2.0","id":"ping","method":"Ping"})";
constexpr char const* ping_answer = R"({"jsonrpc":"2.0","id":"ping","result":null})";

// For peers that do not take part in the closing handshake.
ServerOptions quick_to_cut() {
  auto options = server_options();
  options.times.close = milliseconds{50};
  return options;
}

// A server, and a client that behaves.
struct Bench {
  explicit Bench(ServerOptions const& options = server_options()) : server{options} {
    REQUIRE(server.start().has_value());
    canary.emplace(server.port());
    canary->upgrade(server.port());
    canary->hello("crm", "canary");
    canary->read_text();  // no Flex is there
  }

  // The server still serves.
  void check_canary() {
    canary->send_frame(ping);
    CHECK(canary->read_text() == ping_answer);
  }

  Server server;
  std::optional<RawPeer> canary;
};

// A peer with a session.
struct Attacker : RawPeer {
  explicit Attacker(Bench& bench) : RawPeer{bench.server.port()} {
    upgrade(bench.server.port());
    hello("flex", "attacker");
  }
};

// Resident memory of this process, KiB.
long resident() {
  std::ifstream file{"/proc/self/statm"};
  long size = 0;
  long pages = 0;
  file >> size >> pages;
  return pages * (::sysconf(_SC_PAGESIZE) / 1024);
}

std::string repeated(std::string_view bytes, std::size_t count) {
  std::string all;
  all.reserve(bytes.size() * count);
  for (std::size_t i = 0; i < count; ++i) all += bytes;
  return all;
}

}  // namespace

TEST_CASE("two million empty fragments take no memory and hold nobody up") {
  // No limit of time is to help here, on however slow a machine.
  auto options = server_options();
  options.times.message = options.session.times.idle = options.session.times.ping_after = std::chrono::hours{1};
  Bench bench{options};
  Attacker attacker{bench};
  auto const fragments = repeated(websocket_frame("", {.opcode = 0, .final = false}), 20000);
  attacker.send_frame(R"({"jsonrpc":"2.0","id":"ping",)", 1, false);
  auto const before = resident();
  for (int i = 0; i < 100; ++i) {
    attacker.write(fragments);
    if (i % 10 == 0) bench.check_canary();
  }
  CHECK(resident() - before < 8 * 1024);
  attacker.send_frame(R"("method":"Ping"})", 0, true);
  CHECK(attacker.read_text() == ping_answer);
}

TEST_CASE("a message in fragments of one byte is a message") {
  Bench bench;
  Attacker attacker{bench};
  std::string frames;
  std::string_view const text{ping};
  for (std::size_t i = 0; i < text.size(); ++i) {
    frames += websocket_frame(text.substr(i, 1), {.opcode = i == 0 ? 1 : 0, .final = i + 1 == text.size()});
  }
  attacker.write(frames);
  CHECK(attacker.read_text() == ping_answer);
}

TEST_CASE("a flood of pings is closed 1008, not answered for ever") {
  for (int const opcode : {9, 10}) {
    CAPTURE(opcode);
    Bench bench{quick_to_cut()};
    Attacker attacker{bench};
    attacker.write(repeated(websocket_frame("ping", {.opcode = opcode}), 100000));
    int answers = 0;
    int code = 0;
    while (auto const frame = attacker.read_frame()) {
      if (frame->opcode == 10) ++answers;
      if (frame->opcode == 8) code = frame->close_code();
    }
    CHECK(code == 1008);
    // 400 tokens, as many of debt, and what came back meanwhile, or was read in one piece with the last.
    CHECK(answers < 10000);
    bench.check_canary();
  }
}

TEST_CASE("a peer that says too much is held up, not cut") {
  auto options = server_options();
  options.rate = {.interval = std::chrono::microseconds{100}, .burst = 10};
  Bench bench{options};
  Attacker attacker{bench};
  auto const before = std::chrono::steady_clock::now();
  attacker.write(repeated(websocket_frame(ping), 1000));
  for (int i = 0; i < 1000; ++i) REQUIRE(attacker.read_text() == ping_answer);
  CHECK(std::chrono::steady_clock::now() - before >= milliseconds{98});
  bench.check_canary();
}

TEST_CASE("a peer that trickles is closed, whatever it trickles") {
  auto options = quick_to_cut();
  options.times.message = milliseconds{100};
  Bench bench{options};
  auto const text = websocket_frame(ping);
  struct Case {
    std::string name;
    std::string bytes;
    std::string then;
  };
  for (auto const& c : {
           Case{"a frame", text.substr(0, 6), "x"},
           Case{"a control frame", websocket_frame(std::string(125, 'x'), {.opcode = 9}).substr(0, 6), "x"},
           Case{"fragments that never end", websocket_frame("x", {.final = false}),
                websocket_frame("x", {.opcode = 0, .final = false})},
           Case{"empty fragments", websocket_frame("", {.final = false}),
                websocket_frame("", {.opcode = 0, .final = false})},
       }) {
    CAPTURE(c.name);
    Attacker attacker{bench};
    attacker.write(c.bytes);
    int written = 0;
    while (!attacker.readable(milliseconds{5})) {
      REQUIRE(++written < 4000);
      attacker.write(c.then);
    }
    CHECK(written >= 2);
    CHECK(attacker.read_close() == 4408);
    CHECK(attacker.read_all().empty());
    bench.check_canary();
  }
}

TEST_CASE("half a character before an empty last fragment is refused") {
  // Beast looks at a text's end only in frames with payload; the JSON reader looks again.
  Bench bench;
  Attacker attacker{bench};
  attacker.send_frame("\"\xc3", 1, false);
  attacker.send_frame("", 0, true);
  CHECK(attacker.read_close() == 4400);
  bench.check_canary();
}

TEST_CASE("half a character at a text's end closes 1007") {
  Bench bench;
  Attacker attacker{bench};
  attacker.send_frame("\"", 1, false);
  attacker.send_frame("\xc3", 0, true);
  CHECK(attacker.read_close() == 1007);
}

TEST_CASE("what RFC 6455 forbids closes the connection and nothing else") {
  Bench bench{quick_to_cut()};
  struct Case {
    std::string name;
    std::string bytes;
    int code;
  };
  using namespace std::string_literals;
  std::vector<Case> cases{
      {"unmasked", websocket_frame(ping, {.masked = false}), 1002},
      {"RSV1: compressed, which was not agreed", websocket_frame(ping, {.reserved = 4}), 1002},
      {"RSV2", websocket_frame(ping, {.reserved = 2}), 1002},
      {"RSV3", websocket_frame(ping, {.reserved = 1}), 1002},
      {"RSV1 on a ping", websocket_frame("", {.opcode = 9, .reserved = 4}), 1002},
      {"a ping in fragments", websocket_frame("", {.opcode = 9, .final = false}), 1002},
      {"a long ping", websocket_frame(std::string(126, 'x'), {.opcode = 9}), 1002},
      {"a continuation of nothing", websocket_frame("x", {.opcode = 0}), 1002},
      {"a text inside a text", websocket_frame("x", {.final = false}) + websocket_frame("x"), 1002},
      {"a length with more bytes than it needs", "\x81\xfe\x00\x01\x00\x00\x00\x00x"s, 1002},
      {"a length of 8 bytes that 2 would do for", "\x81\xff\x00\x00\x00\x00\x00\x00\xff\xff\x00\x00\x00\x00"s, 1002},
      {"2^62 bytes", "\x81\xff\x40\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"s, 1009},
      {"2^64 - 1 bytes", "\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00"s, 1009},
      {"2^62 bytes, compressed", "\xc1\xff\x40\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"s + std::string(3000, 'x'),
       1002},
      {"fragments whose lengths overflow together",
       websocket_frame("x", {.final = false}) + "\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00"s, 1009},
      {"binary", websocket_frame(ping, {.opcode = 2}), 1003},
      {"binary, empty", websocket_frame("", {.opcode = 2}), 1003},
      {"a close code of one byte", websocket_frame("x", {.opcode = 8}), 1002},
      {"a close code that is never sent", websocket_frame("\x03\xed", {.opcode = 8}), 1002},
      {"a close reason that is no UTF-8", websocket_frame("\x03\xe8\xff", {.opcode = 8}), 1002},
  };
  for (int const opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
    cases.push_back({"a reserved opcode", websocket_frame("x", {.opcode = opcode}), 1002});
  }
  auto const before = resident();
  for (auto const& c : cases) {
    CAPTURE(c.name);
    Attacker attacker{bench};
    attacker.write(c.bytes);
    CHECK(attacker.read_close() == c.code);
    CHECK(attacker.read_all().empty());
    bench.check_canary();
  }
  CHECK(resident() - before < 8 * 1024);
}

TEST_CASE("whoever breaks the framing and stays gives its place back in time") {
  auto options = quick_to_cut();
  options.connections.total = 2;
  Bench bench{options};
  Attacker attacker{bench};
  attacker.write(websocket_frame(ping, {.masked = false}));
  CHECK(attacker.read_close() == 1002);
  // It neither closes nor reads. Until it is cut no third connection is taken.
  auto const request = get("/", "127.0.0.1:" + std::to_string(bench.server.port()));
  auto const give_up = std::chrono::steady_clock::now() + patience;
  while (status_of(bench.server.port(), request) != 404) REQUIRE(std::chrono::steady_clock::now() < give_up);
  bench.check_canary();
}

TEST_CASE("compression that is offered is not agreed, in any form") {
  Bench bench;
  auto const host = "127.0.0.1:" + std::to_string(bench.server.port());
  for (auto const* offer : {"permessage-deflate", "permessage-deflate; client_max_window_bits",
                            "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
                            "x-webkit-deflate-frame", "permessage-deflate, permessage-deflate", ",,;=\"\\"}) {
    CAPTURE(offer);
    RawPeer peer{bench.server.port()};
    peer.write(upgrade_request({.host = host, .more = "Sec-WebSocket-Extensions: " + std::string{offer} + "\r\n"}));
    auto const response = peer.read_response();
    CHECK(response.starts_with("HTTP/1.1 101"));
    CHECK(response.find("Sec-WebSocket-Extensions") == std::string::npos);
    peer.write(websocket_frame("x", {.reserved = 4}));
    CHECK(peer.read_close() == 1002);
  }
}

TEST_CASE("bytes that come with the upgrade request are refused") {
  Bench bench;
  auto const host = "127.0.0.1:" + std::to_string(bench.server.port());
  CHECK(status_of(bench.server.port(), upgrade_request({.host = host}) + websocket_frame(ping)) == 400);
  CHECK(status_of(bench.server.port(), upgrade_request({.host = host}) + get("/", host)) == 400);
}

TEST_CASE("a flood of unfinished requests takes no more places than there are") {
  auto options = server_options();
  options.connections.unauthenticated = 8;
  options.http.request = milliseconds{200};
  Bench bench{options};
  std::vector<std::unique_ptr<RawPeer>> flood;
  for (int i = 0; i < 100; ++i) {
    flood.push_back(std::make_unique<RawPeer>(bench.server.port()));
    flood.back()->write("GET / HTTP/1.1\r\n");
  }
  bench.check_canary();
  for (auto const& peer : flood) CHECK(peer->read_all().empty());
  // Now there is room again.
  auto const request = get("/", "127.0.0.1:" + std::to_string(bench.server.port()));
  CHECK(status_of(bench.server.port(), request) == 404);
}
