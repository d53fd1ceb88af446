#include "link.hpp"

#include "log.hpp"

#include <boost/asio/post.hpp>

#include <array>
#include <random>
#include <type_traits>

namespace flexcrm::detail {

Moment now() {
  return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()};
}

std::string random_id() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::random_device source;
  std::string id;
  id.reserve(32);
  for (int word = 0; word < 4; ++word) {
    auto bits = source();
    for (int i = 0; i < 8; ++i, bits >>= 4) id += digits[bits & 15];
  }
  return id;
}

SessionOptions for_one_connection(SessionOptions options) {
  options.times.resume = std::chrono::milliseconds{0};
  return options;
}

void complete(Message& message) {
  if (auto* dial = std::get_if<DialRequest>(&message); dial && dial->dial_id.empty())
    dial->dial_id = random_id();
}

Result<void> check(SessionOptions const& options) {
  auto const& limits = options.codec.limits;
  HelloResult result;
  result.session = "any";
  result.idle_ms = options.times.idle.count();
  result.limits = {static_cast<std::int64_t>(limits.frame_bytes), static_cast<std::int64_t>(limits.depth),
                   static_cast<std::int64_t>(limits.members), static_cast<std::int64_t>(limits.text_bytes)};
  // The message tables know the ranges; they are told here, where a session would end without a word of why.
  auto const told = Codec{options.codec}.encode_answer(RequestId::hello(), result);
  if (told) return {};
  return make_error(Errc::invalid_argument, {}, "ServerOptions::session: " + to_string(told.error()));
}

namespace {

Error describe(error_code ec, std::uint16_t code, bool was_open) {
  if (code != 0) return make_error(Errc::closed, {}, "close code " + std::to_string(code));
  if (ec.category() == category()) return make_error(static_cast<Errc>(ec.value()));
  return make_error(was_open ? Errc::not_connected : Errc::connect_failed, {}, ec.message());
}

}  // namespace

Link::Link(asio::io_context& context, AnyStream stream, Session session, LinkOptions options, Sink* sink)
    : session_{std::move(session)},
      options_{std::move(options)},
      sink_{sink},
      websocket_{WebSocket::make(std::move(stream),
                                 {options_.frame_bytes, options_.queue, options_.times, options_.rate})},
      timer_{context.get_executor()} {}

Link::~Link() {
  websocket_->abort();
}

void Link::accept(std::shared_ptr<UpgradeRequest const> request) {
  websocket_->accept(std::move(request), weak_from_this());
}

void Link::handshake(std::string const& host, std::string const& target, std::string const& origin) {
  websocket_->handshake(host, target, origin, weak_from_this());
}

Result<RequestKey> Link::send(Message const& message) {
  if (session_.is_open() && !websocket_->has_room()) return make_error(Errc::backpressure);
  auto id = session_.send(message, now());
  drain();
  return id;
}

Result<RequestKey> Link::forward(Message const& message, std::string_view params) {
  if (session_.is_open() && !websocket_->has_room()) return make_error(Errc::backpressure);
  auto id = session_.forward(message, params, now());
  drain();
  return id;
}

bool Link::answer(RequestKey key, Result<Answer> const& outcome) {
  bool const taken = session_.answer(key, outcome, now());
  drain();
  return taken;
}

void Link::accept_hello(Role role, HelloResult result) {
  session_.accept(role, std::move(result), now());
  drain();
}

void Link::refuse_hello(Error const& error) {
  session_.refuse(error, now());
  drain();
}

void Link::bye(Bye const& bye) {
  session_.bye(bye, now());
  drain();
}

void Link::cut(Error const& error) {
  if (closed_) return;
  auto const self = shared_from_this();
  transport_error_ = error;
  websocket_->abort();
  on_websocket_closed(error.code, 0);
}

void Link::abandon() noexcept {
  sink_ = nullptr;
  closed_ = true;
  websocket_->abort();
  try {
    timer_.cancel();
  } catch (...) {  // by its signature alone
  }
}

void Link::on_websocket_open() {
  websocket_open_ = true;
  session_.opened(now());
  drain();
}

void Link::on_frame(std::string_view text) {
  session_.receive(text, now());
  drain();
}

void Link::on_websocket_closed(error_code ec, std::uint16_t code) {
  if (closed_) return;
  auto const self = shared_from_this();
  closed_ = true;
  if (!transport_error_) transport_error_ = describe(ec, code, websocket_open_);
  session_.lost(now());
  timer_.cancel();
  drain();
}

void Link::drain() {
  if (draining_) return;  // whoever drains further out carries on
  auto const self = shared_from_this();
  draining_ = true;
  while (auto action = session_.next()) {
    try {
      carry_out(std::move(*action));
    } catch (...) {
      log(options_.logger, Level::error, {options_.label, ": ", current_exception_text()});
      cut(make_error(Errc::internal_error));
    }
  }
  draining_ = false;
  if (!closed_) return arm();
  if (!ended_ && sink_) {
    ended_ = true;
    sink_->on_ended(Ended{*transport_error_, false, {}});
  }
  if (sink_) std::exchange(sink_, nullptr)->on_closed();
}

void Link::carry_out(Action action) {
  std::visit(
      [this](auto& what) {
        using What = std::decay_t<decltype(what)>;
        if constexpr (std::is_same_v<What, SendFrame>) {
          if (!closed_ && !websocket_->send(std::move(what.text), true) && !ended_) overflow();
        } else if constexpr (std::is_same_v<What, CloseTransport>) {
          if (!closed_) websocket_->close(what.code);
        } else if constexpr (std::is_same_v<What, Problem>) {
          log(options_.logger, Level::debug, {options_.label, ": ", to_string(what.error)});
        } else if constexpr (std::is_same_v<What, Ended>) {
          if (ended_) return;
          ended_ = true;
          if (transport_error_ && what.error.code == Errc::not_connected) what.error = *transport_error_;
          log(options_.logger, Level::debug, {options_.label, ": ended: ", to_string(what.error)});
          if (sink_) sink_->on_ended(what);
        } else if constexpr (std::is_same_v<What, Opened>) {
          if (sink_) sink_->on_opened(what.hello);
        } else if constexpr (std::is_same_v<What, HelloReceived>) {
          if (sink_) sink_->on_hello(what.hello);
        } else if constexpr (std::is_same_v<What, Deliver>) {
          if (sink_) sink_->on_deliver(std::move(what));
        } else {
          static_assert(std::is_same_v<What, Answered>);
          if (sink_) sink_->on_answered(std::move(what));
        }
      },
      action);
}

// Later, so that the answer to a request never comes before send() has told its id.
void Link::overflow() {
  if (std::exchange(overflow_, true)) return;
  asio::post(timer_.get_executor(), [weak = weak_from_this()] {
    auto const self = weak.lock();
    if (!self || self->closed_) return;
    log(self->options_.logger, Level::warning, {self->options_.label, ": the peer does not read; cut"});
    self->cut(make_error(Errc::backpressure));
  });
}

void Link::arm() {
  auto const deadline = session_.deadline();
  // A timer that fires too early looks again, which is cheaper than moving it with every frame.
  if (!deadline || *deadline >= armed_) return;
  armed_ = *deadline;
  timer_.expires_at(armed_);
  timer_.async_wait([weak = weak_from_this()](error_code ec) {
    auto const self = weak.lock();
    if (ec || !self || self->closed_) return;
    self->armed_ = std::chrono::steady_clock::time_point::max();
    self->session_.tick(now());
    self->drain();
  });
}

}  // namespace flexcrm::detail
