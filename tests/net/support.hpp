#pragma once

#include <doctest/doctest.h>

#include <flexcrm/transport.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace flexcrm::test {

/// Longer than anything here takes on a busy machine; whoever waits this long has failed.
inline constexpr std::chrono::seconds patience{20};

/// What handlers saw, in order, for the test's thread to wait for.
template <class T>
class Inbox {
 public:
  void put(T value) {
    // Told under the lock: whoever takes the value may destroy this object next.
    std::lock_guard const lock{mutex_};
    values_.push_back(std::move(value));
    changed_.notify_all();
  }

  /// The next value, or nothing when none comes.
  std::optional<T> try_take() {
    std::unique_lock lock{mutex_};
    if (!changed_.wait_for(lock, patience, [&] { return !values_.empty(); })) return std::nullopt;
    std::optional<T> value{std::move(values_.front())};
    values_.pop_front();
    return value;
  }

  /// The next value; fails the test when none comes.
  T take(std::string_view what = "a value") {
    auto value = try_take();
    INFO("waited in vain for ", what);
    REQUIRE(value.has_value());
    return *std::move(value);
  }

  /// Drops values until one fits.
  template <class Predicate>
  T take_until(Predicate fits, std::string_view what = "a value that fits") {
    for (;;) {
      auto value = take(what);
      if (fits(value)) return value;
    }
  }

  bool empty() {
    std::lock_guard const lock{mutex_};
    return values_.empty();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> values_;
};

/// The value of a future; fails the test when it does not come.
template <class T>
T await(std::future<T> future) {
  REQUIRE(future.wait_for(patience) == std::future_status::ready);
  return future.get();
}

/// Waits for what nobody tells; fails the test when it does not come.
template <class Predicate>
void wait_until(Predicate holds) {
  for (auto const end = std::chrono::steady_clock::now() + patience; !holds(); std::this_thread::yield())
    REQUIRE(std::chrono::steady_clock::now() < end);
}

/// Fails the test when a log line holds what none may: a telephone number, a token or a control character.
void sweep(std::string_view line);

/// Log lines, to look at.
struct LogLines {
  std::shared_ptr<Inbox<std::string>> lines = std::make_shared<Inbox<std::string>>();
  Logger logger(Level level = Level::debug) const {
    return {level, [lines = lines](Level, std::string_view line) {
              sweep(line);
              lines->put(std::string{line});
            }};
  }
};

/// Every line is logged, swept and dropped.
inline Logger swept() {
  return {Level::debug, [](Level, std::string_view line) { sweep(line); }};
}

inline std::string url(std::uint16_t port) { return "ws://127.0.0.1:" + std::to_string(port) + "/flexcrm"; }

inline ServerOptions server_options() {
  ServerOptions options;
  options.logger = swept();
  return options;
}

inline ClientOptions client_options(std::uint16_t port, Role role, std::string agent = "anna") {
  ClientOptions options;
  options.url = url(port);
  options.role = role;
  options.agent = std::move(agent);
  options.logger = swept();
  options.reconnect.base = std::chrono::milliseconds{20};
  options.reconnect.cap = std::chrono::milliseconds{200};
  return options;
}

/// A Client whose states the test can wait for.
struct TestClient {
  explicit TestClient(ClientOptions options) : client{std::move(options)} {
    client.on_state([this](ClientState const& state) { states.put(state); });
  }

  void start() {
    auto const started = client.start();
    REQUIRE(started.has_value());
  }
  ClientState wait(ClientPhase phase) {
    return states.take_until([&](ClientState const& state) { return state.phase == phase; }, "a client's state");
  }
  void open() {
    start();
    wait(ClientPhase::open);
  }
  /// Stops; fails when that takes longer than goodbye may. The last state is told, and none after it.
  void stop() {
    auto const begin = std::chrono::steady_clock::now();
    client.stop();
    CHECK(std::chrono::steady_clock::now() - begin < patience);
    CHECK(wait(ClientPhase::ended).error.code == Errc::closed);
    CHECK(states.empty());
  }

  Inbox<ClientState> states;
  Client client;
};

/// How a WebSocket frame is made; what a test says is how it differs from a client's text.
struct FrameWords {
  int opcode = 1;  ///< 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong
  bool final = true;
  bool masked = true;  ///< as a client's; with zeros, which leave the payload as it is
  int reserved = 0;    ///< the three reserved bits, RSV1 is 4
};
std::string websocket_frame(std::string_view payload, FrameWords const& words = {});

/// A TCP connection that speaks as the test tells it: HTTP by hand and WebSocket frames by hand. Blocking,
/// with a limit. A client, or what a RawServer accepted.
class RawPeer {
 public:
  explicit RawPeer(std::uint16_t port, std::string const& address = "127.0.0.1", int receive_buffer = 0);
  ~RawPeer();
  RawPeer(RawPeer const&) = delete;
  RawPeer& operator=(RawPeer const&) = delete;

  int socket() const noexcept { return socket_; }

  void write(std::string_view bytes);
  /// Whether something to read, or the end, comes within this time.
  bool readable(std::chrono::milliseconds within);
  /// Status, header and body of one response.
  std::string read_response();
  /// What comes until the peer closes.
  std::string read_all();

  /// Asks for the WebSocket as a program does; fails unless it is granted.
  void upgrade(std::uint16_t port);
  /// A frame, masked if this is the client; `opcode` 1 is text.
  void send_frame(std::string_view payload, int opcode = 1, bool final = true);

  struct Frame {
    int opcode = 0;
    std::string payload;
    /// Of a close frame.
    int close_code() const;
  };
  /// The next frame, or nothing at the end of the stream.
  std::optional<Frame> read_frame();
  /// The next text; fails at the end of the stream.
  std::string read_text();
  /// Reads until the close frame and tells its code; 0 when the stream ends without one.
  int read_close();

  /// Hello for the agent, and its answer: the session. `resume`: of an older session.
  std::string hello(std::string_view role, std::string_view agent = "anna", std::string_view instance = "raw",
                    std::string_view resume = {});

  /// Server: reads the upgrade request, and grants it.
  std::string read_request();
  void grant(std::string_view request, std::string_view protocol = "flexcrm.v1");
  /// Server: reads Hello and opens the session; returns the frame that was read.
  std::string welcome(std::string_view session, bool resumed = false, int idle_ms = 25000);
  /// Server: reads Hello and answers with this error.
  std::string refuse(int code, std::string_view data);

  /// Ends the TCP connection now.
  void cut();

 private:
  friend class RawServer;
  struct Accepted {};
  RawPeer(Accepted, int socket);
  void configure();
  bool fill(std::size_t size);
  int socket_ = -1;
  bool is_server_ = false;
  std::string buffer_;
};

/// A TCP server for clients of the library, with a RawPeer for each. Blocking, with a limit.
class RawServer {
 public:
  RawServer();
  ~RawServer();
  RawServer(RawServer const&) = delete;
  RawServer& operator=(RawServer const&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  /// The next connection, before anything is read; fails when none comes.
  std::unique_ptr<RawPeer> accept();
  /// The next connection, as an open WebSocket.
  std::unique_ptr<RawPeer> accept_websocket();
  /// The next connection, with this session on it.
  std::unique_ptr<RawPeer> accept_session(std::string_view session, bool resumed = false);
  /// Whether nobody has come whom accept() did not take.
  bool idle();

 private:
  int socket_ = -1;
  std::uint16_t port_ = 0;
};

/// A GET as a browser sends it, with these header lines.
std::string get(std::string_view target, std::string_view host, std::string_view more = {});

/// An upgrade request with everything right but what the test says.
struct UpgradeWords {
  std::string target = "/flexcrm";
  std::string host{};
  std::string origin{};  // empty: no such line
  std::string protocol = "flexcrm.v1";
  std::string more{};
};
std::string upgrade_request(UpgradeWords const& words);

/// The status of one request on a connection of its own.
int status_of(std::uint16_t port, std::string const& request);

}  // namespace flexcrm::test
