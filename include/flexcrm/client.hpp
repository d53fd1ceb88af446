#pragma once

#include <flexcrm/client_state.hpp>
#include <flexcrm/error.hpp>
#include <flexcrm/export.hpp>
#include <flexcrm/message.hpp>
#include <flexcrm/options.hpp>
#include <flexcrm/reply.hpp>

#include <functional>
#include <future>
#include <memory>
#include <utility>  // IWYU pragma: keep

namespace flexcrm {

/// An endpoint, CRM or Flex, on a thread of its own, that reconnects by itself. No Asio in sight.
///
/// A lost connection is not the end: the session waits for the next one and goes on, and what was not
/// answered is repeated. When it cannot go on, open requests end (session_lost, a dial outcome_unknown if it
/// was granted), and on_state tells with ClientState::reset that the other side must be told everything anew.
///
///     flexcrm::Client client{{.url = "ws://127.0.0.1:3000/flexcrm", .role = flexcrm::Role::crm, .agent = "anna"}};
///     client.on<flexcrm::TaskSelected>([](flexcrm::TaskSelected const& task) { … });
///     client.start();
///     auto result = client.request(flexcrm::DialRequest{.destination = "+34911234567"}).get();
///
/// Handlers and callbacks run on the client's thread, one at a time, and must not block. An exception that
/// leaves one is logged, the request is answered `internal_error`, and nothing else suffers.
///
/// Thread safety: all functions may be called from any thread, handlers included; the `on…` functions only
/// before start(). The destructor stops and waits, and must not run on the client's own thread.
class FLEXCRM_API Client {
 public:
  /// Does nothing yet; wrong options are an error of start().
  explicit Client(ClientOptions options);
  ~Client();
  Client(Client const&) = delete;
  Client& operator=(Client const&) = delete;

  /// Sets the handler of a message that the other side sends. State and event: `void(T const&)`. Query and
  /// command: `Result<T::result>(T const&)`, or `void(T const&, Reply<T::result>)` to answer later; for a
  /// DialRequest at a Flex endpoint Reply::start_before says until when the call may still be started. A
  /// request without a handler is answered: state and events with success, others with `failed`.
  template <class T, class F>
  void on(F handler) {
    set_handler(type_of<T>, [f = std::move(handler)](detail::Delivery const& delivery) mutable {
      detail::run_handler<T>(f, delivery);
    });
  }

  /// Called with every change of state.
  void on_state(std::function<void(ClientState const&)> handler);

  /// Starts the thread and connects; goes on trying. Errors: invalid_argument (the URL, agent, another
  /// option; started already), tls_unavailable.
  Result<void> start();

  /// Says Bye{logout}, closes, and waits until the thread has ended: TransportTimes::close at most. From a
  /// handler it only asks, and the thread ends later. A stopped client can be started again.
  void stop();

  /// Sends a message and forgets it; what becomes of it is logged. State and events wait while the connection
  /// is lost and the session goes on: newer state takes the place of older, events wait up to
  /// SessionQueues::event_bytes. Errors: not_connected (a command or query without a connection, state or an
  /// event without a session: nothing was queued), wrong_role, those of a bad field. An empty
  /// DialRequest::dial_id is filled in.
  Result<void> send(Message message);

  /// Sends a message; `done` is called exactly once, on the client's thread (in this very call when the
  /// client is not running). It waits as send() says. Errors: not_connected (nothing was queued), wrong_role,
  /// backpressure, those of a bad field, what the peer answers, session_lost, superseded (newer state of its
  /// slot took its place), and for a dial outcome_unknown, expired: `outcome_of` tells.
  template <class T>
  void request(T message, std::function<void(Result<typename T::result>)> done) {
    request_any(Message{std::move(message)}, [f = std::move(done)](Result<Answer> const& answer) {
      if (f) f(detail::answer_as<typename T::result>(answer));
    });
  }

  /// Sends a message; the future gets the result or the error, as above. Do not wait for it in a handler.
  template <class T>
  std::future<Result<typename T::result>> request(T message) {
    auto promise = std::make_shared<std::promise<Result<typename T::result>>>();
    auto future = promise->get_future();
    request_any(Message{std::move(message)}, [promise](Result<Answer> const& answer) {
      promise->set_value(detail::answer_as<typename T::result>(answer));
    });
    return future;
  }

 private:
  void set_handler(MessageType type, detail::Handler handler);
  void request_any(Message message, std::function<void(Result<Answer> const&)> done);

  class FLEXCRM_HIDDEN Core;
  std::unique_ptr<Core> core_;
};

}  // namespace flexcrm
