#pragma once

#include "callee.hpp"
#include "caller.hpp"
#include "waiter.hpp"

#include <flexcrm/connection.hpp>

#include <deque>
#include <functional>
#include <memory>

namespace flexcrm {

/// Makes Connections for the library's own files.
struct ConnectionAccess {
  static Connection make(std::shared_ptr<detail::ConnectionState> state) { return Connection{std::move(state)}; }
};

namespace detail {

/// The answer that one request waits for.
class PendingState : public std::enable_shared_from_this<PendingState> {
 public:
  explicit PendingState(asio::io_context& owner) : context{owner} {}

  void settle(Result<Answer> answer);

  asio::io_context& context;
  std::optional<Result<Answer>> outcome;
  Error error;
  std::function<void()> wake;  ///< completes whoever waits
};

/// What a Connection is: the sink of a Caller or a Callee, with queues for those who wait.
class ConnectionState final : public Carrier::Sink, public std::enable_shared_from_this<ConnectionState> {
 public:
  ConnectionState(asio::io_context& owner, ClientOptions given) : context{owner}, options{std::move(given)} {}
  ~ConnectionState() override;

  /// The Connection is gone: cuts and completes everything with `closed`.
  void abandon();

  void connect(VoidHandler handler);
  void receive(ReceiveHandler handler);
  void next_state(StateHandler handler);
  void close(VoidHandler handler);
  std::shared_ptr<PendingState> request(Message message);

  asio::io_context& context;
  ClientOptions options;             // client
  std::shared_ptr<Carrier> carrier;  // nothing yet, or the Caller, or the Callee
  std::shared_ptr<Callee> callee;    // made by a Listener
  std::function<void()> over;        // Listener: the carrier has said all, or nobody listens to it any more
  Error error;
  bool ended = false;  // nothing will come any more

 private:
  void on_state(ClientState const& state) override;
  void on_deliver(Deliver delivery) override;
  void on_session_over() override;
  void on_closed() override;

  void end(Error why);

  std::deque<Incoming> received_;
  std::deque<ClientState> states_;
  Waiter<> connect_;
  Waiter<Incoming> receive_;
  Waiter<ClientState> state_;
  Waiter<> close_;
  bool closed_ = false;  // the carrier has said all
};

}  // namespace detail
}  // namespace flexcrm
