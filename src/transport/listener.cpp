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
    auto const state = std::make_shared<ConnectionState>(context, ClientOptions{});
    state->callee = std::make_shared<Callee>(context, options, "connection " + std::to_string(++last_label),
                                             std::move(described), std::move(ticket), state.get());
    state->carrier = state->callee;
    auto const& session = state->callee->session();
    known.emplace(session, state);
    greeting.emplace(session, state);
    state->over = [weak = weak_from_this(), session] {
      auto const self = weak.lock();
      if (!self) return;
      self->known.erase(session);
      self->greeting.erase(session);
    };
    state->callee->start(std::move(stream), std::move(request), [weak = weak_from_this(), session] {
      if (auto const self = weak.lock()) self->on_hello(session);
    });
  }

  void on_hello(std::string const& session) {
    auto const state = std::move(greeting.extract(session).mapped());
    if (goes_on(*state->callee)) return state->abandon();
    ready.push_back(state);
    hand_out();
  }

  // The client of another Connection, which has taken the WebSocket over.
  bool goes_on(Callee& fresh) {
    auto const& offer = fresh.hello().resume;
    if (!offer || !resume) return false;
    auto const found = known.find(offer->session);
    auto const old = found == known.end() ? nullptr : found->second.lock();
    return old && resume(fresh.hello(), fresh.http()) && old->callee->resume(fresh);
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
      Waiter<Connection>::refuse(std::move(handler), context, make_error_code(errc), ConnectionAccess::make(nullptr));
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
  std::function<bool(Hello const&, HttpRequest const&)> resume;
  std::unordered_map<std::string, std::weak_ptr<ConnectionState>> known;  // by HelloResult::session
  std::unordered_map<std::string, std::shared_ptr<ConnectionState>> greeting;
  std::deque<std::shared_ptr<ConnectionState>> ready;
  Waiter<Connection> waiter;
  std::uint64_t last_label = 0;
  bool closed = false;
};

asio::any_io_executor get_executor(ListenerState const& state) noexcept { return state.context.get_executor(); }

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

void Listener::on_http(std::function<HttpResponse(HttpRequest const&)> handler) { state_->http = std::move(handler); }

void Listener::on_resume(std::function<bool(Hello const&, HttpRequest const&)> handler) {
  state_->resume = std::move(handler);
}

Result<void> Listener::listen() {
  if (!state_->resume) state_->options.session.times.resume = std::chrono::milliseconds{0};
  return state_->acceptor->listen(
      state_->http,
      [weak = std::weak_ptr{state_}](detail::AnyStream stream, std::shared_ptr<detail::UpgradeRequest const> request,
                                     HttpRequest described, std::shared_ptr<detail::ConnectionTicket> ticket) {
        auto const self = weak.lock();
        if (self) self->admit(std::move(stream), std::move(request), std::move(described), std::move(ticket));
      });
}

Result<void> Listener::reload_certificate() { return state_->acceptor->reload_certificate(); }

Result<void> Listener::adopt(Adoption adoption) { return state_->acceptor->adopt(std::move(adoption)); }

std::uint16_t Listener::port() const noexcept { return state_->acceptor->port(); }

void Listener::close() { state_->close(); }

}  // namespace flexcrm
