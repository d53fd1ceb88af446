#pragma once

#include "acceptor.hpp"
#include "carrier.hpp"

#include <functional>
#include <memory>
#include <string>

namespace flexcrm::detail {

struct UpgradeRequest;

/// The side that accepts, without a hub: one session, over the WebSockets with which its client comes and
/// returns.
class Callee final : public Carrier {
 public:
  Callee(asio::io_context& context, ServerOptions const& options, std::string label, HttpRequest http,
         std::shared_ptr<ConnectionTicket> ticket, Sink* sink);

  /// Answers the upgrade and awaits Hello. `on_hello` is called when it is there, and not if it never comes.
  void start(AnyStream stream, std::shared_ptr<UpgradeRequest const> request, std::function<void()> on_hello);

  Hello const& hello() const noexcept { return hello_; }
  HttpRequest const& http() const noexcept { return http_; }
  /// HelloResult::session, once it is accepted.
  std::string const& session() const noexcept { return session_; }

  /// Decides on Hello.
  void accept(Role role);
  void refuse(Errc reason) { refuse_hello(make_error(reason)); }
  /// The client of this session has returned as `fresh`, which is over without a word. False: it is another
  /// one.
  bool resume(Callee& fresh);

  void close() override { bye(Bye{ByeReason::logout, std::nullopt}); }

 private:
  void opened(Opened const& opened) override;
  void greeted(Hello const& hello) override;
  void session_over(Ended const& ended) override { finish(ended.error, ended.bye); }
  void lost(Error const& why) override;

  HttpRequest http_;
  std::shared_ptr<ConnectionTicket> ticket_;  // while there is a connection
  std::string session_;
  std::function<void()> on_hello_;
  Hello hello_;
};

}  // namespace flexcrm::detail
