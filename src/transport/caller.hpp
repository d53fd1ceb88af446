#pragma once

#include "carrier.hpp"
#include "tcp_stream.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace flexcrm::detail {

/// Whether one can connect with these options, and where to. Errors: invalid_argument, tls_unavailable.
Result<Remote> check(ClientOptions const& options);

/// What a failure means before the first session is open.
enum class FirstFailure {
  retried,  ///< it is one like any other
  final     ///< the end, for somebody who waits for the first session
};

/// The side that connects: fetches WebSockets for its session, one after the other, until somebody says that
/// it is enough (docs/protocol.md §4.6, §4.7).
class Caller final : public Carrier {
 public:
  /// `remote` is what check(options) said.
  Caller(asio::io_context& context, ClientOptions options, Remote remote, FirstFailure first, std::string label,
         Sink* sink);
  ~Caller() override;

  /// Begins to connect, not from inside this call. To be called once.
  void start();

  void close() override;
  void abandon() noexcept override;

 private:
  void connect();
  void ask_token();
  void take_token(std::uint64_t attempt, Result<std::string> const& token);
  void dial(std::string token);
  void on_connected(Result<AnyStream> stream);
  void fail(Error why);
  void retry(Error why);
  std::chrono::milliseconds jitter();
  void give_up_attempt() noexcept;
  std::weak_ptr<Caller> weak_self();

  void opened(Opened const& opened) override;
  void session_over(Ended const& ended) override;
  void lost(Error const& why) override { fail(why); }

  ClientOptions options_;
  Remote remote_;
  Timer timer_;  // until the token is overdue, or until the next attempt
  std::shared_ptr<TcpConnect> connecting_;
  std::string session_;  // empty: there is none to resume
  std::optional<std::chrono::steady_clock::time_point> opened_at_;
  std::optional<ByeReason> bye_;  // what ended the session before this attempt
  std::uint64_t attempt_ = 0;     // names one, for a token that comes too late
  int failures_ = 0;
  bool must_open_;              // a failure is the end
  bool terminal_ = false;       // the server said: do not come back
  bool another_token_ = false;  // the next attempt is made to try one
  bool token_tried_ = false;    // it was made
  bool closing_ = false;
};

}  // namespace flexcrm::detail
