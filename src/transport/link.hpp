#pragma once

#include "any_stream.hpp"
#include "websocket.hpp"

#include <flexcrm/options.hpp>
#include <flexcrm/session.hpp>

#include <boost/asio/basic_waitable_timer.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace flexcrm::detail {

struct UpgradeRequest;

using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                               asio::io_context::executor_type>;

/// Both clocks, now.
Moment now();

/// 128 random bits in hexadecimal, from the system's source.
std::string random_id();

/// Fills an empty DialRequest::dial_id in.
void complete(Message& message);

/// Whether a server can tell these limits and times to its clients. Errors: invalid_argument.
Result<void> check(SessionOptions const& options);

/// A Link is one connection, and its session ends with it: the sessions above it do not resume yet.
SessionOptions for_one_connection(SessionOptions options);

/// What a Link needs besides its session.
struct LinkOptions {
  QueueLimits queue{};
  TransportTimes times{};
  std::size_t frame_bytes = 0;
  Logger logger{};
  std::string label{};      ///< names the connection in log lines
  MessageRate rate{{}, 1};  ///< bound on the peer's messages; none by default, as for a client's server
};

/// One Session on one WebSocket with one timer: feeds frames and moments in, carries the actions out. Runs in
/// the thread of its io_context.
class Link final : public WebSocket::Owner, public std::enable_shared_from_this<Link> {
 public:
  /// Is told what the session does. May call the Link from inside; what follows from it is carried out
  /// afterwards.
  class Sink {
   public:
    virtual ~Sink() = default;
    virtual void on_opened(HelloResult const& result) = 0;
    virtual void on_hello(Hello const& hello) = 0;
    virtual void on_deliver(Deliver delivery) = 0;
    virtual void on_answered(Answered answered) = 0;
    /// The session is over: once, before on_closed.
    virtual void on_ended(Ended const& ended) = 0;
    /// The WebSocket is closed: once, the last call.
    virtual void on_closed() = 0;
  };

  Link(asio::io_context& context, AnyStream stream, Session session, LinkOptions options, Sink* sink);
  ~Link() override;

  /// Server: answers the upgrade, then awaits Hello.
  void accept(std::shared_ptr<UpgradeRequest const> request);
  /// Client: asks for the upgrade, then says Hello.
  void handshake(std::string const& host, std::string const& target, std::string const& origin);

  /// Session's inputs. send and forward: backpressure as well.
  Result<RequestKey> send(Message const& message);
  Result<RequestKey> forward(Message const& message, std::string_view params);
  bool answer(RequestKey key, Result<Answer> const& outcome);
  void accept_hello(Role role, HelloResult result);
  void refuse_hello(Error const& error);
  void bye(Bye const& bye);

  bool is_open() const noexcept { return session_.is_open(); }
  std::string const& label() const noexcept { return options_.label; }

  /// Ends the session and cuts the socket; the sink hears of the end now.
  void cut(Error const& error);

  /// The sink is gone: cuts the socket, says nothing to anybody.
  void abandon() noexcept;

 private:
  void on_websocket_open() override;
  void on_frame(std::string_view text) override;
  void on_websocket_closed(error_code ec, std::uint16_t code) override;

  void drain();
  void carry_out(Action action);
  void arm();
  void overflow();

  Session session_;
  LinkOptions options_;
  Sink* sink_;
  std::shared_ptr<WebSocket> websocket_;
  Timer timer_;
  std::chrono::steady_clock::time_point armed_ = std::chrono::steady_clock::time_point::max();
  std::optional<Error> transport_error_;  ///< better known than the session's not_connected
  bool websocket_open_ = false;
  bool draining_ = false;
  bool ended_ = false;
  bool closed_ = false;
  bool overflow_ = false;
};

}  // namespace flexcrm::detail
