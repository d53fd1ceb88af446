#include <flexcrm/listener.hpp>

#include "acceptor.hpp"
#include "connection_state.hpp"

#include <deque>
#include <unordered_map>

namespace flexcrm {
namespace detail {

/// What a Listener is: an Acceptor, the clients whose Hello is awaited, and those that wait to be accepted.
class ListenerState final : public std::enable_shared_from_this<ListenerState> {
 public:
  ListenerState(asio::io_context& owner, ServerOptions given)
      : context{owner}, options{std::move(given)}, acceptor{Acceptor::make(owner, options)} {}

  void admit(AnyStream stream, std::shared_ptr<UpgradeRequest const> request, HttpRequest described,
             std::shared_ptr<ConnectionTicket> ticket) {
    auto state = std::make_shared<ConnectionState>(context, ClientOptions{});
    state->used = true;
    state->http = std::move(described);
    state->ticket = std::move(ticket);
    state->greeted = [weak = weak_from_this()](std::shared_ptr<ConnectionState> const& greeted) {
      if (auto const self = weak.lock()) self->on_greeted(greeted);
    };
    state->dropped = [weak = weak_from_this()](ConnectionState* dropped) {
      if (auto const self = weak.lock()) self->greeting.erase(dropped);
    };
    state->link = std::make_shared<Link>(
        context, std::move(stream), Session::server(for_one_connection(options.session)),
        LinkOptions{options.queue, options.times, options.session.codec.limits.frame_bytes, options.logger,
                    "connection " + std::to_string(++last_label), options.rate},
        state.get());
    greeting.emplace(state.get(), state);
    state->link->accept(std::move(request));
  }

  void on_greeted(std::shared_ptr<ConnectionState> const& state) {
    greeting.erase(state.get());
    ready.push_back(state);
    hand_out();
  }

  void hand_out() {
    while (waiter.waiting() && !ready.empty()) {
      auto state = std::move(ready.front());
      ready.pop_front();
      if (state->ended) continue;  // it did not want to wait
      waiter.complete({}, ConnectionAccess::make(std::move(state)));
    }
  }

  void accept(AcceptHandler handler) {
    auto const refuse = [&](Errc errc) {
      Waiter<Connection>::refuse(std::move(handler), context, make_error_code(errc),
                                 ConnectionAccess::make(nullptr));
    };
    if (waiter.waiting()) return refuse(Errc::invalid_argument);
    if (closed) return refuse(Errc::closed);
    waiter.start(std::move(handler), context, [weak = weak_from_this()] {
      if (auto const self = weak.lock()) self->waiter.cancel(ConnectionAccess::make(nullptr));
    });
    hand_out();
  }

  void close() {
    closed = true;
    acceptor->close();
    for (auto const& [key, state] : std::exchange(greeting, {})) state->abandon();
    for (auto const& state : std::exchange(ready, {})) state->abandon();
    waiter.complete(make_error_code(Errc::closed), ConnectionAccess::make(nullptr));
  }

  asio::io_context& context;
  ServerOptions options;
  std::shared_ptr<Acceptor> acceptor;
  Acceptor::Http http;
  std::unordered_map<ConnectionState*, std::shared_ptr<ConnectionState>> greeting;
  std::deque<std::shared_ptr<ConnectionState>> ready;
  Waiter<Connection> waiter;
  std::uint64_t last_label = 0;
  bool closed = false;
};

asio::any_io_executor get_executor(ListenerState const& state) noexcept {
  return state.context.get_executor();
}

void accept_erased(std::shared_ptr<ListenerState> const& state, AcceptHandler handler) {
  state->accept(std::move(handler));
}

}  // namespace detail

Listener::Listener(boost::asio::io_context& context, ServerOptions options)
    : state_{std::make_shared<detail::ListenerState>(context, std::move(options))} {}

Listener::~Listener() {
  if (state_) state_->close();
}

Listener::Listener(Listener&&) noexcept = default;

Listener& Listener::operator=(Listener&& other) noexcept {
  if (this == &other) return *this;
  if (state_) state_->close();
  state_ = std::move(other.state_);
  return *this;
}

void Listener::on_http(std::function<HttpResponse(HttpRequest const&)> handler) {
  state_->http = std::move(handler);
}

Result<void> Listener::listen() {
  if (auto possible = detail::check(state_->options.session); !possible) return possible.error();
  return state_->acceptor->listen(
      state_->http, [weak = std::weak_ptr{state_}](
                        detail::AnyStream stream, std::shared_ptr<detail::UpgradeRequest const> request,
                        HttpRequest described, std::shared_ptr<detail::ConnectionTicket> ticket) {
        auto const self = weak.lock();
        if (self) self->admit(std::move(stream), std::move(request), std::move(described), std::move(ticket));
      });
}

std::uint16_t Listener::port() const noexcept {
  return state_->acceptor->port();
}

void Listener::close() {
  state_->close();
}

}  // namespace flexcrm
