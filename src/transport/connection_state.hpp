#pragma once

#include "acceptor.hpp"
#include "link.hpp"
#include "tcp_stream.hpp"
#include "waiter.hpp"

#include <flexcrm/connection.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>

namespace flexcrm {

/// Makes Connections for the library's own files.
struct ConnectionAccess {
  static Connection make(std::shared_ptr<detail::ConnectionState> state) {
    return Connection{std::move(state)};
  }
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

/// What a Connection is: a Link's sink with queues for those who wait.
class ConnectionState final : public Link::Sink, public std::enable_shared_from_this<ConnectionState> {
 public:
  ConnectionState(asio::io_context& owner, ClientOptions given) : context{owner}, options{std::move(given)} {}
  ~ConnectionState() override;

  /// The Connection is gone: cuts the link and completes everything with `closed`.
  void abandon();

  void on_opened(HelloResult const& result) override;
  void on_hello(Hello const& hello) override;
  void on_deliver(Deliver delivery) override;
  void on_answered(Answered answered) override;
  void on_ended(Ended const& ended) override;
  void on_closed() override;

  void connect(VoidHandler handler);
  void receive(ReceiveHandler handler);
  void close(VoidHandler handler);
  std::shared_ptr<PendingState> request(Message message);

  asio::io_context& context;
  ClientOptions options;
  std::shared_ptr<Link> link;
  std::shared_ptr<TcpConnect> connecting;
  Error error;
  bool used = false;   // async_connect was called, or a Listener made it
  bool ended = false;  // nothing will come any more

  Hello hello;
  HttpRequest http;
  std::shared_ptr<ConnectionTicket> ticket;
  std::function<void(std::shared_ptr<ConnectionState> const&)> greeted;  ///< Listener: Hello is there
  std::function<void(ConnectionState*)> dropped;                         ///< Listener: ended before Hello

 private:
  void fail(Error what);

  std::deque<Incoming> received_;
  std::unordered_map<RequestKey, std::shared_ptr<PendingState>> pending_;
  Waiter<> connect_;
  Waiter<Incoming> receive_;
  Waiter<> close_;
};

}  // namespace detail
}  // namespace flexcrm
