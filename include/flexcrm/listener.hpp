#pragma once

#include <flexcrm/adopt.hpp>
#include <flexcrm/connection.hpp>
#include <flexcrm/error.hpp>
#include <flexcrm/export.hpp>
#include <flexcrm/messages/session.hpp>
#include <flexcrm/options.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

namespace flexcrm {

namespace detail {

class ListenerState;
using AcceptHandler = boost::asio::any_completion_handler<void(error_code, Connection)>;

FLEXCRM_API boost::asio::any_io_executor get_executor(ListenerState const&) noexcept;
FLEXCRM_API void accept_erased(std::shared_ptr<ListenerState> const&, AcceptHandler);

struct InitiateAccept : Initiation<ListenerState> {
  template <class Handler>
  void operator()(Handler&& handler) const {
    accept_erased(state, AcceptHandler{std::forward<Handler>(handler)});
  }
};

}  // namespace detail

/// Accepts WebSocket clients on the vendor's own io_context and hands out each as a Connection once its Hello
/// is there. A client that returns goes on with its Connection, if on_resume says so. There is no hub: who talks to whom is
/// the vendor's to say. Path, Host, Origin, limits: as for Server.
///
/// Thread safety: distinct objects safe, shared objects unsafe: use it from the thread that runs the
/// io_context, one thread only, and destroy it before the io_context.
class FLEXCRM_API Listener {
 public:
  /// As Asio's I/O objects have it.
  using executor_type = boost::asio::any_io_executor;

  /// Does nothing yet; wrong options are an error of listen().
  Listener(boost::asio::io_context& context, ServerOptions options);
  /// Stops listening. An open async_accept completes with `closed`; accepted connections go on.
  ~Listener();
  Listener(Listener&&) noexcept;
  Listener& operator=(Listener&&) noexcept;

  /// The io_context's executor.
  executor_type get_executor() const noexcept { return detail::get_executor(*state_); }

  /// Called with every plain HTTP request; set before listen(). Without it they are answered 404.
  void on_http(std::function<HttpResponse(HttpRequest const&)> handler);

  /// Whether a client whose connection was lost may go on with its Connection when it returns within
  /// SessionTimes::resume: look at the new Hello and its request as at those of a new client. Agent, role and
  /// instance are those of before. False, or without this function: a new session begins, with a Connection
  /// of its own from async_accept. Without this function a Connection also ends when its socket does. Set
  /// before listen().
  void on_resume(std::function<bool(Hello const&, HttpRequest const&)> handler);

  /// Listens. Errors: invalid_argument (an option), connect_failed (no address could be listened on),
  /// tls_unavailable.
  Result<void> listen();

  /// Reads ServerOptions::tls again, after listen(). New connections get the new certificate, open ones go on;
  /// on an error the old one stays. Errors: invalid_argument (a file; no TLS).
  Result<void> reload_certificate();

  /// After listen(): serves a connection that a listener of the vendor's own accepted, as if this one had: its
  /// HTTP, TLS, limits, checks. The socket is the Listener's from success on. Errors: invalid_argument (see
  /// Adoption; before listen()).
  Result<void> adopt(Adoption adoption);

  /// The port it listens on; 0 before listen().
  std::uint16_t port() const noexcept;

  /// The next client whose Hello has arrived: look at it, then call Connection::accept or refuse within
  /// SessionTimes::hello. Errors: closed; invalid_argument (two accepts at a time).
  /// Handler: void(error_code, Connection). Cancellation: total; nothing is lost.
  template <class Token = boost::asio::deferred_t>
  auto async_accept(Token&& token = {}) {
    return boost::asio::async_initiate<Token, void(error_code, Connection)>(detail::InitiateAccept{{state_}}, token);
  }

  /// Stops listening and drops the clients that nobody accepted.
  void close();

 private:
  std::shared_ptr<detail::ListenerState> state_;
};

}  // namespace flexcrm
