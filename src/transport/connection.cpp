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

asio::any_io_executor get_executor(PendingState const& state) noexcept {
  return state.context.get_executor();
}

void wait_erased(std::shared_ptr<PendingState> const& state, std::size_t index, void* handler) {
  waits[index](state, handler);
}

Error const& error_of(PendingState const& state) noexcept {
  return state.error;
}

// -- Connection

ConnectionState::~ConnectionState() {
  if (link) link->abandon();
  if (connecting) connecting->cancel();
}

void ConnectionState::abandon() {
  greeted = nullptr;
  dropped = nullptr;
  if (connecting) std::exchange(connecting, nullptr)->cancel();
  if (auto const old = std::exchange(link, nullptr)) old->abandon();
  fail(make_error(Errc::closed));
  close_.complete({});
}

void ConnectionState::fail(Error what) {
  if (!std::exchange(ended, true)) error = std::move(what);
  auto const pending = std::exchange(pending_, {});
  for (auto const& [id, state] : pending) state->settle(make_error(Errc::session_lost));
  connect_.complete(error.code);
  receive_.complete(make_error_code(Errc::closed), Incoming{});
}

void ConnectionState::on_opened(HelloResult const&) {
  connect_.complete({});
}

void ConnectionState::on_hello(Hello const& received) {
  hello = received;
  dropped = nullptr;
  if (auto const tell = std::exchange(greeted, nullptr)) tell(shared_from_this());
}

void ConnectionState::on_deliver(Deliver delivery) {
  Incoming incoming{delivery.key, std::move(delivery.message), delivery.start_before};
  if (receive_.waiting()) return receive_.complete({}, std::move(incoming));
  received_.push_back(std::move(incoming));
}

void ConnectionState::on_answered(Answered answered) {
  if (auto const node = pending_.extract(answered.key); !node.empty()) {
    node.mapped()->settle(std::move(answered.outcome));
  }
}

void ConnectionState::on_ended(Ended const& what) {
  auto const self = shared_from_this();
  fail(what.error);
  if (auto const tell = std::exchange(dropped, nullptr)) tell(this);
}

void ConnectionState::on_closed() {
  auto const self = shared_from_this();
  link.reset();
  ticket.reset();
  close_.complete({});
}

void ConnectionState::connect(VoidHandler handler) {
  auto const refuse = [&](Errc errc) {
    Waiter<>::refuse(std::move(handler), context, make_error_code(errc));
  };
  if (std::exchange(used, true)) return refuse(Errc::invalid_argument);
  auto const remote = Remote::of(options);
  if (!remote) {
    error = remote.error();
    return Waiter<>::refuse(std::move(handler), context, error.code);
  }
  auto const weak = weak_from_this();
  connect_.start(std::move(handler), context, [weak] {
    auto const self = weak.lock();
    if (!self) return;
    self->connect_.cancel();
    if (self->connecting) std::exchange(self->connecting, nullptr)->cancel();
    if (auto const old = std::exchange(self->link, nullptr)) old->abandon();
    self->fail(make_error(Errc::closed));
  });
  connecting = connect_tcp(
      context, *remote, options.times.connect, [weak, url = remote->url](Result<AnyStream> stream) {
        auto const self = weak.lock();
        if (!self) return;
        self->connecting.reset();
        if (!stream) return self->fail(stream.error());
        auto const& given = self->options;
        Hello greeting;
        greeting.role = given.role;
        greeting.agent = given.agent;
        greeting.instance = given.instance.empty() ? random_id() : given.instance;
        if (!given.token.empty()) greeting.token = given.token;
        self->link = std::make_shared<Link>(
            self->context, std::move(*stream), Session::client(std::move(greeting), for_one_connection(given.session)),
            LinkOptions{given.queue, given.times, given.session.codec.limits.frame_bytes, given.logger,
                        "connection"},
            self.get());
        self->link->handshake(url.host_header, url.target, given.origin);
      });
}

void ConnectionState::receive(ReceiveHandler handler) {
  auto const refuse = [&](Errc errc) {
    Waiter<Incoming>::refuse(std::move(handler), context, make_error_code(errc), Incoming{});
  };
  if (receive_.waiting()) return refuse(Errc::invalid_argument);
  if (received_.empty() && (ended || !used)) return refuse(ended ? Errc::closed : Errc::not_connected);
  receive_.start(std::move(handler), context, [weak = weak_from_this()] {
    if (auto const self = weak.lock()) self->receive_.cancel(Incoming{});
  });
  if (received_.empty()) return;
  auto incoming = std::move(received_.front());
  received_.pop_front();
  receive_.complete({}, std::move(incoming));
}

void ConnectionState::close(VoidHandler handler) {
  if (close_.waiting())
    return Waiter<>::refuse(std::move(handler), context, make_error_code(Errc::invalid_argument));
  close_.start(std::move(handler), context, [] {});
  if (connecting) std::exchange(connecting, nullptr)->cancel();
  if (!link) {
    fail(make_error(Errc::closed));
    return close_.complete({});
  }
  link->bye(Bye{ByeReason::logout, std::nullopt});
}

std::shared_ptr<PendingState> ConnectionState::request(Message message) {
  complete(message);
  auto pending = std::make_shared<PendingState>(context);
  auto const id = link ? link->send(message) : Result<RequestKey>{make_error(Errc::not_connected)};
  if (id) {
    pending_.emplace(*id, pending);
  } else {
    pending->settle(id.error());
  }
  return pending;
}

asio::any_io_executor get_executor(ConnectionState const& state) noexcept {
  return state.context.get_executor();
}

void connect_erased(std::shared_ptr<ConnectionState> const& state, VoidHandler handler) {
  state->connect(std::move(handler));
}

void receive_erased(std::shared_ptr<ConnectionState> const& state, ReceiveHandler handler) {
  state->receive(std::move(handler));
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
  return state_->hello;
}

HttpRequest const& Connection::http_request() const noexcept {
  return state_->http;
}

void Connection::accept(Role role) {
  if (!state_->link) return;
  HelloResult result;
  result.session = detail::random_id();
  if (state_->ticket) state_->ticket->authenticated();
  state_->link->accept_hello(role, std::move(result));
}

void Connection::refuse(Errc reason) {
  if (state_->link) state_->link->refuse_hello(make_error(reason));
}

Result<RequestKey> Connection::send(Message const& message) {
  if (!state_->link) return make_error(Errc::not_connected);
  return state_->link->send(message);
}

bool Connection::answer(Incoming const& incoming, Result<Answer> const& outcome) {
  return state_->link && state_->link->answer(incoming.key(), outcome);
}

bool Connection::is_open() const noexcept {
  return state_->link && state_->link->is_open();
}

Error const& Connection::error() const noexcept {
  return state_->error;
}

std::shared_ptr<detail::PendingState> Connection::request_any(Message message) {
  return state_->request(std::move(message));
}

}  // namespace flexcrm
