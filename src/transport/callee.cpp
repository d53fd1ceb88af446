#include "callee.hpp"

#include "random_id.hpp"
#include "upgrade_request.hpp"

#include <utility>

namespace flexcrm::detail {

Callee::Callee(asio::io_context& context, ServerOptions const& options, std::string label, HttpRequest http,
               std::shared_ptr<ConnectionTicket> ticket, Sink* sink)
    : Carrier{context, Session::server(options.session),
              CarrierOptions{options.queue, options.times, options.session.codec.limits.frame_bytes, options.logger,
                             std::move(label), options.rate},
              sink},
      http_{std::move(http)},
      ticket_{std::move(ticket)},
      session_{random_id()} {}

void Callee::start(AnyStream stream, std::shared_ptr<UpgradeRequest const> request, std::function<void()> on_hello) {
  on_hello_ = std::move(on_hello);
  attach(std::move(stream))->accept(std::move(request), weak_from_this());
}

void Callee::greeted(Hello const& hello) {
  hello_ = hello;
  if (auto const tell = std::exchange(on_hello_, nullptr)) tell();
}

void Callee::accept(Role role) {
  if (ticket_) ticket_->authenticated();
  HelloResult result;
  result.session = session_;
  accept_hello(role, std::move(result));
}

bool Callee::resume(Callee& fresh) {
  if (!take_over(fresh)) return false;
  ticket_ = std::move(fresh.ticket_);
  ticket_->authenticated();
  return true;
}

void Callee::opened(Opened const& opened) {
  ClientState state;
  state.phase = ClientPhase::open;
  state.session = opened.hello.session;
  state.resumed = opened.hello.resumed;
  tell(state);
}

void Callee::lost(Error const& why) {
  ticket_.reset();
  if (is_finished()) return;
  ClientState state;
  state.phase = ClientPhase::lost;
  state.error = why;
  state.session = session_;
  tell(state);
}

}  // namespace flexcrm::detail
