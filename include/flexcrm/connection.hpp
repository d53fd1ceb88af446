#pragma once

#include <flexcrm/client_state.hpp>
#include <flexcrm/error.hpp>
#include <flexcrm/export.hpp>
#include <flexcrm/message.hpp>
#include <flexcrm/messages/session.hpp>
#include <flexcrm/options.hpp>
#include <flexcrm/session.hpp>
#include <flexcrm/types.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace boost::asio {
class io_context;
}

namespace flexcrm {

class Listener;

/// A request that arrived, to be answered with Connection::answer().
class Incoming {
 public:
  Incoming() = default;
  /// Made by a Connection; by a program only for tests of its own handlers.
  Incoming(RequestKey key, Message message, std::optional<Moment> start_before = {})
      : key_{key}, message_{std::move(message)}, start_before_{start_before} {}

  /// Names the request towards its Connection.
  RequestKey key() const noexcept { return key_; }
  /// What the peer sent.
  Message const& message() const noexcept { return message_; }
  /// DialRequest at a Flex endpoint: start the call before this moment or answer `expired`.
  std::optional<Moment> start_before() const noexcept { return start_before_; }

 private:
  RequestKey key_ = 0;
  Message message_;
  std::optional<Moment> start_before_;
};

namespace detail {

class ConnectionState;
class PendingState;

using VoidHandler = boost::asio::any_completion_handler<void(error_code)>;
using ReceiveHandler = boost::asio::any_completion_handler<void(error_code, Incoming)>;
using StateHandler = boost::asio::any_completion_handler<void(error_code, ClientState)>;

FLEXCRM_API boost::asio::any_io_executor get_executor(PendingState const&) noexcept;
/// `handler` is an any_completion_handler<void(error_code, R)> of Answer's alternative `index`.
FLEXCRM_API void wait_erased(std::shared_ptr<PendingState> const&, std::size_t index, void* handler);
FLEXCRM_API Error const& error_of(PendingState const&) noexcept;
FLEXCRM_API boost::asio::any_io_executor get_executor(ConnectionState const&) noexcept;
FLEXCRM_API void connect_erased(std::shared_ptr<ConnectionState> const&, VoidHandler);
FLEXCRM_API void receive_erased(std::shared_ptr<ConnectionState> const&, ReceiveHandler);
FLEXCRM_API void state_erased(std::shared_ptr<ConnectionState> const&, StateHandler);
FLEXCRM_API void close_erased(std::shared_ptr<ConnectionState> const&, VoidHandler);

/// What every initiation of ours is: it tells its executor, so that tokens such as `co_spawn`'s find it.
template <class State>
struct Initiation {
  using executor_type = boost::asio::any_io_executor;
  std::shared_ptr<State> state;
  executor_type get_executor() const noexcept { return detail::get_executor(*state); }
};

template <class R>
struct InitiateWait : Initiation<PendingState> {
  template <class Handler>
  void operator()(Handler&& handler) const {
    boost::asio::any_completion_handler<void(error_code, R)> erased{std::forward<Handler>(handler)};
    wait_erased(state, AlternativeIndex<R, Answer>::value, &erased);
  }
};
struct InitiateConnect : Initiation<ConnectionState> {
  template <class Handler>
  void operator()(Handler&& handler) const {
    connect_erased(state, VoidHandler{std::forward<Handler>(handler)});
  }
};
struct InitiateReceive : Initiation<ConnectionState> {
  template <class Handler>
  void operator()(Handler&& handler) const {
    receive_erased(state, ReceiveHandler{std::forward<Handler>(handler)});
  }
};
struct InitiateState : Initiation<ConnectionState> {
  template <class Handler>
  void operator()(Handler&& handler) const {
    state_erased(state, StateHandler{std::forward<Handler>(handler)});
  }
};
struct InitiateClose : Initiation<ConnectionState> {
  template <class Handler>
  void operator()(Handler&& handler) const {
    close_erased(state, VoidHandler{std::forward<Handler>(handler)});
  }
};

}  // namespace detail

/// The answer to a request that will come. Name the object, then wait:
///
///     auto answer = connection.request(dial);
///     DialResult result = co_await answer.async_wait();
///
/// Thread safety: as its Connection.
template <class R>
class Pending {
 public:
  /// Made by Connection::request().
  explicit Pending(std::shared_ptr<detail::PendingState> state) noexcept : state_{std::move(state)} {}

  /// Waits for the answer. Completes at once when it is there; a second wait gets the same answer. Errors:
  /// those of the peer's answer, not_connected, wrong_role, backpressure, those of a bad field, superseded,
  /// session_lost, outcome_unknown (a dial); invalid_argument (two waits at a time). error() has the details.
  /// Handler: void(error_code, R). Executor: that of the handler, else the io_context. Cancellation: total;
  /// the request goes on, and async_wait may be called again.
  template <class Token = boost::asio::deferred_t>
  auto async_wait(Token&& token = {}) & {
    return boost::asio::async_initiate<Token, void(error_code, R)>(detail::InitiateWait<R>{{state_}}, token);
  }
  /// Not on a temporary: g++ 12 destroys temporaries twice that live across a co_await.
  template <class Token = boost::asio::deferred_t>
  void async_wait(Token&& token = {}) && = delete;

  /// Once async_wait has completed with an error: which, where and why.
  Error const& error() const noexcept { return detail::error_of(*state_); }

 private:
  std::shared_ptr<detail::PendingState> state_;
};

/// One endpoint on the vendor's own io_context, with completion tokens: the client's side (async_connect), or
/// what a Listener accepted.
///
/// Once connected, the client's side reconnects by itself, unless ReconnectOptions::enabled is false. A lost
/// connection is not the end: the session waits for the next one and goes on, and with it async_receive and
/// every Pending; what was not answered is repeated. When the session cannot go on, a new one begins: open
/// requests end (session_lost; a dial outcome_unknown if it was granted), what was received and not yet read
/// is dropped, and async_state tells with ClientState::reset that the other side must be told everything
/// anew.
///
/// Thread safety: distinct objects safe, shared objects unsafe: use it from the thread that runs the
/// io_context, one thread only, and destroy it before the io_context. No function runs a handler inside
/// itself.
class FLEXCRM_API Connection {
 public:
  /// As Asio's I/O objects have it.
  using executor_type = boost::asio::any_io_executor;

  /// A connection that is not connected.
  Connection(boost::asio::io_context& context, ClientOptions options);
  /// Closes the socket at once, without goodbye. Open operations complete with `closed`.
  ~Connection();
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;

  /// The io_context's executor.
  executor_type get_executor() const noexcept { return detail::get_executor(*state_); }

  /// Connects to ClientOptions::url and says Hello; completes when the first session is open, or with the
  /// error of the first attempt, which is the end: whoever waits wants to know. (After `unauthorized` a
  /// ClientOptions::fresh_token is tried first.) To be called once. Errors: invalid_argument (URL, options,
  /// called twice), connect_failed, timed_out, those of TLS and
  /// certificates, unauthorized, wrong_role, protocol_version, rate_limited,
  /// closed; error() has the details. Handler: void(error_code). Cancellation: terminal; the connection is
  /// closed.
  template <class Token = boost::asio::deferred_t>
  auto async_connect(Token&& token = {}) {
    return boost::asio::async_initiate<Token, void(error_code)>(detail::InitiateConnect{{state_}}, token);
  }

  /// Accepted by a Listener: the client's first Hello.
  Hello const& hello() const noexcept;
  /// Accepted by a Listener: the request that became its first WebSocket.
  HttpRequest const& http_request() const noexcept;
  /// Accepted by a Listener: opens the session; `role` is what this client is. To be called once.
  void accept(Role role);
  /// Accepted by a Listener: refuses the client and closes; the wire says the error's name and nothing more.
  void refuse(Errc reason);

  /// Sends a message; its answer is not told. State and events wait while the connection is lost and the
  /// session goes on: newer state takes the place of older, events wait up to SessionQueues::event_bytes.
  /// Errors: not_connected (a command or query without a connection, state or an event without a session:
  /// nothing was queued), wrong_role, backpressure, those of a bad field. An empty DialRequest::dial_id is
  /// filled in.
  Result<RequestKey> send(Message message);

  /// Sends a message as send() does; the answer, or the error when it could not be sent, comes from
  /// Pending::async_wait.
  template <class T>
  Pending<typename T::result> request(T const& message) {
    return Pending<typename T::result>{request_any(Message{message})};
  }

  /// The next request of the peer, over whichever connection. Reads from this object's queue, never from the
  /// socket, so that a cancelled receive loses nothing. Errors: closed (error() says why); not_connected
  /// (before async_connect); invalid_argument (two receives at a time). Handler: void(error_code, Incoming).
  /// Cancellation: total.
  template <class Token = boost::asio::deferred_t>
  auto async_receive(Token&& token = {}) {
    return boost::asio::async_initiate<Token, void(error_code, Incoming)>(detail::InitiateReceive{{state_}}, token);
  }

  /// The next change of state, in order. The newest 16 that nobody has read are kept; when an older one is
  /// dropped, its `reset` passes on to the next. Errors: closed (after ClientPhase::ended was read);
  /// invalid_argument (two at a time). Handler: void(error_code, ClientState). Cancellation: total.
  template <class Token = boost::asio::deferred_t>
  auto async_state(Token&& token = {}) {
    return boost::asio::async_initiate<Token, void(error_code, ClientState)>(detail::InitiateState{{state_}}, token);
  }

  /// Answers a received request, once, over whichever connection. Returns false when its time was over or its
  /// session ended.
  bool answer(Incoming const& incoming, Result<Answer> const& outcome);

  /// Says Bye{logout}, closes, and completes when the socket is closed: TransportTimes::close at most. Nobody
  /// reconnects. Handler: void(error_code), success. Errors: invalid_argument (two at a time). Cancellation:
  /// terminal; the socket is cut.
  template <class Token = boost::asio::deferred_t>
  auto async_close(Token&& token = {}) {
    return boost::asio::async_initiate<Token, void(error_code)>(detail::InitiateClose{{state_}}, token);
  }

  /// Whether messages flow: not before the first session, between two connections and after the end.
  bool is_open() const noexcept;

  /// Why it ended, or could not be opened.
  Error const& error() const noexcept;

 private:
  friend class Listener;
  friend struct ConnectionAccess;
  explicit Connection(std::shared_ptr<detail::ConnectionState> state) noexcept;
  std::shared_ptr<detail::PendingState> request_any(Message message);
  std::shared_ptr<detail::ConnectionState> state_;
};

}  // namespace flexcrm
