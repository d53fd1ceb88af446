#pragma once

#include "any_stream.hpp"
#include "clock.hpp"
#include "websocket.hpp"

#include <flexcrm/client_state.hpp>
#include <flexcrm/options.hpp>
#include <flexcrm/session.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace flexcrm::detail {

/// Fills an empty DialRequest::dial_id in.
void complete(Message& message);

/// What a Carrier needs besides its session.
struct CarrierOptions {
  QueueLimits queue{};
  TransportTimes times{};
  std::size_t frame_bytes = 0;
  Logger logger{};
  std::string label{};      ///< names it in log lines
  MessageRate rate{{}, 1};  ///< bound on the peer's messages; none by default, as for a client's server
};

/// A Session, the WebSocket that carries it now, and a timer: feeds frames and moments in, carries the
/// actions out, and remembers who waits for which answer. The session outlives its WebSockets; where the next
/// one comes from is the derived class's matter. Runs in the thread of its io_context.
class Carrier : public WebSocket::Owner, public std::enable_shared_from_this<Carrier> {
 public:
  using Done = std::function<void(Result<Answer> const&)>;

  /// Is told what becomes of the conversation. May call the Carrier from inside.
  class Sink {
   public:
    virtual ~Sink() = default;
    virtual void on_state(ClientState const& state) = 0;
    virtual void on_deliver(Deliver delivery) = 0;
    /// A session is over: what it delivered cannot be answered any more. Another one may follow.
    virtual void on_session_over() = 0;
    /// After ClientPhase::ended, when the socket is closed too: the last call.
    virtual void on_closed() = 0;
  };

  ~Carrier() override;

  /// Sends a request. `done`, if there is one, is called once with what becomes of it, perhaps before this
  /// returns. Errors: Session::send.
  Result<RequestKey> request(Message const& message, Done done);
  /// Answers a delivered request. False: too late, or its session is over.
  bool answer(RequestKey key, Result<Answer> const& outcome);
  bool is_open() const noexcept { return session_.is_open(); }

  /// Says Bye{logout} if there is a connection, and ends.
  virtual void close() = 0;

  /// The sink is gone: ends at once and without goodbye. Everybody who waits is answered.
  virtual void abandon() noexcept;

 protected:
  Carrier(asio::io_context& context, Session session, CarrierOptions options, Sink* sink);

  // What the session does, and what becomes of its WebSocket.
  virtual void opened(Opened const& opened) = 0;
  virtual void greeted(Hello const&) {}  // server
  virtual void session_over(Ended const& ended) = 0;
  /// The WebSocket carries nothing any more; it may still be closing.
  virtual void lost(Error const& why) = 0;

  /// A new WebSocket for the session; frames of the one before are not heard any more.
  std::shared_ptr<WebSocket> const& attach(AnyStream stream);
  /// Goes on over the WebSocket of `fresh`, whose Hello names this session. False: it may not.
  bool take_over(Carrier& fresh);

  void accept_hello(Role role, HelloResult result);
  void refuse_hello(Error const& error);
  void bye(Bye const& bye);
  void identify(std::string token) { session_.identify(std::move(token)); }

  /// Nothing will come any more.
  void finish(Error why, std::optional<ByeReason> bye);
  bool is_finished() const noexcept { return finished_; }
  void tell(ClientState const& state);
  CarrierOptions const& options() const noexcept { return options_; }
  asio::io_context& context() const noexcept { return context_; }

 private:
  void on_websocket_open() override;
  void on_frame(std::string_view text) override;
  void on_websocket_closed(error_code ec, std::uint16_t code) override;

  void drain();
  void carry_out(Action action);
  void lose(Error why);
  void cut(Error why);
  void conclude();
  void arm();

  asio::io_context& context_;
  Session session_;
  CarrierOptions options_;
  Sink* sink_;
  std::shared_ptr<WebSocket> websocket_;
  Timer timer_;
  std::chrono::steady_clock::time_point armed_ = std::chrono::steady_clock::time_point::max();
  std::unordered_map<RequestKey, Done> waiting_;
  std::optional<Error> ending_;  // why the session ended, until its connection is closed for it
  std::optional<Error> lost_;    // to be told when the session's actions are carried out
  bool carrying_ = false;        // the WebSocket is asked for, or open; not closing
  bool websocket_open_ = false;
  bool draining_ = false;
  bool finished_ = false;
};

}  // namespace flexcrm::detail
