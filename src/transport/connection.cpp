#include <flexcrm/connection.hpp>

#include "connection_state.hpp"

#include <array>
#include <utility>

namespace flexcrm {
namespace detail {

// -- Pending

void PendingState::settle(Result<Answer> answer) {
  if (outcome) return;
  if (!answer) error = answer.error();
  outcome.emplace(std::move(answer));
  if (auto const waiting = std::exchange(wake, nullptr)) waiting();
}

namespace {

// The answer as one type, which the caller of async_wait knows and this file does not.
template <std::size_t I>
void wait_as(std::shared_ptr<PendingState> const& state, void* erased) {
  using R = std::variant_alternative_t<I, Answer>;
  using Waiting = Waiter<R>;
  auto& handler = *static_cast<typename Waiting::Handler*>(erased);
  if (state->wake) {
    return Waiting::refuse(std::move(handler), state->context, make_error_code(Errc::invalid_argument), R{});
  }
  auto const waiter = std::make_shared<Waiting>();
  auto const complete = [waiter](PendingState const& settled) {
    auto const& outcome = *settled.outcome;
    auto const* const result = outcome ? std::get_if<R>(&*outcome) : nullptr;
    if (result) {
      waiter->complete({}, *result);
    } else {
      waiter->complete(outcome ? make_error_code(Errc::internal_error) : outcome.error().code, R{});
    }
  };
  std::weak_ptr const weak{state};
  waiter->start(std::move(handler), state->context, [weak, waiter] {
    if (auto const alive = weak.lock()) alive->wake = nullptr;
    waiter->cancel(R{});
  });
  if (state->outcome) return complete(*state);
  // The state lives as long as its request is open: nobody is forgotten when the Pending dies first.
  state->wake = [complete, raw = state.get()] { complete(*raw); };
}

template <std::size_t... I>
constexpr auto wait_table(std::index_sequence<I...>) {
  return std::array{&wait_as<I>...};
}

constexpr auto waits = wait_table(std::make_index_sequence<std::variant_size_v<Answer>>{});

}  // namespace

asio::any_io_executor get_executor(PendingState const& state) noexcept { return state.context.get_executor(); }

void wait_erased(std::shared_ptr<PendingState> const& state, std::size_t index, void* handler) {
  waits[index](state, handler);
}

Error const& error_of(PendingState const& state) noexcept { return state.error; }

// -- Connection

namespace {

// Changes of state that wait for somebody who asks.
constexpr std::size_t kept_states = 16;

}  // namespace

ConnectionState::~ConnectionState() {
  if (carrier) carrier->abandon();
}

void ConnectionState::abandon() {
  if (auto const tell = std::exchange(over, nullptr)) tell();
  if (carrier) carrier->abandon();
  end(make_error(Errc::closed));
  close_.complete({});
}

void ConnectionState::end(Error why) {
  if (std::exchange(ended, true)) return;
  error = std::move(why);
  connect_.complete(error.code);
  receive_.complete(make_error_code(Errc::closed), Incoming{});
  state_.complete(make_error_code(Errc::closed), ClientState{});
}

void ConnectionState::on_state(ClientState const& state) {
  if (state_.waiting()) {
    state_.complete({}, state);
  } else {
    states_.push_back(state);
    if (states_.size() > kept_states) {
      // Who reads late must still learn that a session was lost.
      if (states_.front().reset) states_[1].reset = true;
      states_.pop_front();
    }
  }
  if (state.phase == ClientPhase::open) connect_.complete({});
  if (state.phase == ClientPhase::ended) end(state.error);
}

void ConnectionState::on_deliver(Deliver delivery) {
  Incoming incoming{delivery.key, std::move(delivery.message), delivery.start_before};
  if (receive_.waiting()) return receive_.complete({}, std::move(incoming));
  received_.push_back(std::move(incoming));
}

void ConnectionState::on_session_over() {
  // Nobody could answer it any more, and its sender knows that it was not handled.
  received_.clear();
}

void ConnectionState::on_closed() {
  auto const self = shared_from_this();
  closed_ = true;
  close_.complete({});
  if (auto const tell = std::exchange(over, nullptr)) tell();
}

void ConnectionState::connect(VoidHandler handler) {
  auto const refuse = [&](Errc errc) { Waiter<>::refuse(std::move(handler), context, make_error_code(errc)); };
  if (carrier || ended) return refuse(Errc::invalid_argument);
  auto remote = check(options);
  if (!remote) {
    error = remote.error();
    return Waiter<>::refuse(std::move(handler), context, error.code);
  }
  auto const cancelled = [weak = weak_from_this()] {
    auto const self = weak.lock();
    if (!self) return;
    self->connect_.cancel();
    self->abandon();
  };
  connect_.start(std::move(handler), context, cancelled, asio::cancellation_type::terminal);
  auto const caller =
      std::make_shared<Caller>(context, options, *std::move(remote), FirstFailure::final, "connection", this);
  carrier = caller;
  caller->start();
}

void ConnectionState::receive(ReceiveHandler handler) {
  auto const refuse = [&](Errc errc) {
    Waiter<Incoming>::refuse(std::move(handler), context, make_error_code(errc), Incoming{});
  };
  if (receive_.waiting()) return refuse(Errc::invalid_argument);
  if (received_.empty() && (ended || !carrier)) return refuse(ended ? Errc::closed : Errc::not_connected);
  receive_.start(std::move(handler), context, [weak = weak_from_this()] {
    if (auto const self = weak.lock()) self->receive_.cancel(Incoming{});
  });
  if (received_.empty()) return;
  auto incoming = std::move(received_.front());
  received_.pop_front();
  receive_.complete({}, std::move(incoming));
}

void ConnectionState::next_state(StateHandler handler) {
  auto const refuse = [&](Errc errc) {
    Waiter<ClientState>::refuse(std::move(handler), context, make_error_code(errc), ClientState{});
  };
  if (state_.waiting()) return refuse(Errc::invalid_argument);
  if (states_.empty() && ended) return refuse(Errc::closed);
  state_.start(std::move(handler), context, [weak = weak_from_this()] {
    if (auto const self = weak.lock()) self->state_.cancel(ClientState{});
  });
  if (states_.empty()) return;
  auto const state = std::move(states_.front());
  states_.pop_front();
  state_.complete({}, state);
}

void ConnectionState::close(VoidHandler handler) {
  if (close_.waiting()) return Waiter<>::refuse(std::move(handler), context, make_error_code(Errc::invalid_argument));
  auto const cancelled = [weak = weak_from_this()] {
    auto const self = weak.lock();
    if (!self) return;
    self->close_.cancel();
    self->abandon();
  };
  close_.start(std::move(handler), context, cancelled, asio::cancellation_type::terminal);
  if (carrier && !closed_) return carrier->close();
  end(make_error(Errc::closed));
  close_.complete({});
}

std::shared_ptr<PendingState> ConnectionState::request(Message message) {
  complete(message);
  auto pending = std::make_shared<PendingState>(context);
  auto const settle = [pending](Result<Answer> const& outcome) { pending->settle(outcome); };
  if (carrier) {
    carrier->request(message, settle);
  } else {
    settle(make_error(Errc::not_connected));
  }
  return pending;
}

asio::any_io_executor get_executor(ConnectionState const& state) noexcept { return state.context.get_executor(); }

void connect_erased(std::shared_ptr<ConnectionState> const& state, VoidHandler handler) {
  state->connect(std::move(handler));
}

void receive_erased(std::shared_ptr<ConnectionState> const& state, ReceiveHandler handler) {
  state->receive(std::move(handler));
}

void state_erased(std::shared_ptr<ConnectionState> const& state, StateHandler handler) {
  state->next_state(std::move(handler));
}

void close_erased(std::shared_ptr<ConnectionState> const& state, VoidHandler handler) {
  state->close(std::move(handler));
}

}  // namespace detail

Connection::Connection(boost::asio::io_context& context, ClientOptions options)
    : state_{std::make_shared<detail::ConnectionState>(context, std::move(options))} {}

Connection::Connection(std::shared_ptr<detail::ConnectionState> state) noexcept : state_{std::move(state)} {}

Connection::~Connection() {
  if (state_) state_->abandon();
}

Connection::Connection(Connection&&) noexcept = default;

Connection& Connection::operator=(Connection&& other) noexcept {
  if (this == &other) return *this;
  if (state_) state_->abandon();
  state_ = std::move(other.state_);
  return *this;
}

Hello const& Connection::hello() const noexcept {
  static Hello const none;
  return state_->callee ? state_->callee->hello() : none;
}

HttpRequest const& Connection::http_request() const noexcept {
  static HttpRequest const none;
  return state_->callee ? state_->callee->http() : none;
}

void Connection::accept(Role role) {
  if (state_->callee) state_->callee->accept(role);
}

void Connection::refuse(Errc reason) {
  if (state_->callee) state_->callee->refuse(reason);
}

Result<RequestKey> Connection::send(Message message) {
  if (!state_->carrier) return make_error(Errc::not_connected);
  detail::complete(message);
  return state_->carrier->request(message, nullptr);
}

bool Connection::answer(Incoming const& incoming, Result<Answer> const& outcome) {
  return state_->carrier && state_->carrier->answer(incoming.key(), outcome);
}

bool Connection::is_open() const noexcept { return state_->carrier && state_->carrier->is_open(); }

Error const& Connection::error() const noexcept { return state_->error; }

std::shared_ptr<detail::PendingState> Connection::request_any(Message message) {
  return state_->request(std::move(message));
}

}  // namespace flexcrm
