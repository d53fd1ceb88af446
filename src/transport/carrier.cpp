#include "carrier.hpp"

#include "log.hpp"
#include "random_id.hpp"

#include <type_traits>
#include <utility>

namespace flexcrm::detail {
namespace {

Error describe(error_code ec, std::uint16_t code, bool was_open) {
  if (code != 0) return make_error(Errc::closed, {}, "close code " + std::to_string(code));
  if (ec.category() == category()) return make_error(static_cast<Errc>(ec.value()));
  return make_error(was_open ? Errc::not_connected : Errc::connect_failed, {}, ec.message());
}

}  // namespace

void complete(Message& message) {
  if (auto* dial = std::get_if<DialRequest>(&message); dial && dial->dial_id.empty()) dial->dial_id = random_id();
}

Carrier::Carrier(asio::io_context& context, Session session, CarrierOptions options, Sink* sink)
    : context_{context},
      session_{std::move(session)},
      options_{std::move(options)},
      sink_{sink},
      timer_{context.get_executor()} {}

Carrier::~Carrier() {
  if (websocket_) websocket_->abort();
}

Result<RequestKey> Carrier::request(Message const& message, Done done) {
  auto const key = session_.send(message, now());
  if (done && !key) {
    done(key.error());
  } else if (done) {
    waiting_.emplace(*key, std::move(done));  // before anything is carried out: a session can end by what is sent
  }
  drain();
  return key;
}

bool Carrier::answer(RequestKey key, Result<Answer> const& outcome) {
  bool const taken = session_.answer(key, outcome, now());
  drain();
  return taken;
}

void Carrier::accept_hello(Role role, HelloResult result) {
  session_.accept(role, std::move(result), now());
  drain();
}

void Carrier::refuse_hello(Error const& error) {
  session_.refuse(error, now());
  drain();
}

void Carrier::bye(Bye const& bye) {
  session_.bye(bye, now());
  // A WebSocket that is still asked for cannot be closed in good order.
  if (!websocket_open_) cut(make_error(Errc::closed));
  drain();
}

void Carrier::abandon() noexcept {
  sink_ = nullptr;
  finished_ = true;
  carrying_ = false;
  if (websocket_) std::exchange(websocket_, nullptr)->abort();
  try {
    session_.bye(Bye{ByeReason::logout, std::nullopt}, now());
    drain();
  } catch (...) {  // out of memory: those who wait are answered when they are destroyed
  }
}

std::shared_ptr<WebSocket> const& Carrier::attach(AnyStream stream) {
  if (websocket_) websocket_->abort();
  websocket_ =
      WebSocket::make(std::move(stream), {options_.frame_bytes, options_.queue, options_.times, options_.rate});
  ending_.reset();
  carrying_ = true;
  websocket_open_ = false;
  return websocket_;
}

bool Carrier::take_over(Carrier& fresh) {
  if (!session_.resume(fresh.session_, now())) return false;
  if (websocket_) websocket_->abort();
  websocket_ = std::exchange(fresh.websocket_, nullptr);
  websocket_->hand_to(weak_from_this());
  carrying_ = websocket_open_ = true;
  fresh.abandon();
  drain();
  return true;
}

void Carrier::finish(Error why, std::optional<ByeReason> bye) {
  if (std::exchange(finished_, true)) return;
  ClientState state;
  state.phase = ClientPhase::ended;
  state.error = std::move(why);
  state.bye = bye;
  tell(state);
  conclude();
}

void Carrier::tell(ClientState const& state) {
  if (sink_) sink_->on_state(state);
}

void Carrier::on_websocket_open() {
  websocket_open_ = true;
  session_.opened(now());
  drain();
}

void Carrier::on_frame(std::string_view text) {
  session_.receive(text, now());
  drain();
}

void Carrier::on_websocket_closed(error_code ec, std::uint16_t code) {
  websocket_.reset();
  lose(describe(ec, code, websocket_open_));
  drain();
}

void Carrier::lose(Error why) {
  if (!std::exchange(carrying_, false)) return;
  lost_ = std::move(why);
  session_.lost(now());
}

void Carrier::cut(Error why) {
  if (!websocket_) return;
  std::exchange(websocket_, nullptr)->abort();
  lose(std::move(why));
}

void Carrier::drain() {
  if (draining_) return;  // whoever drains further out carries on
  auto const self = weak_from_this().lock();
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
  arm();
  if (auto const why = std::exchange(lost_, std::nullopt)) lost(*why);
  conclude();
}

void Carrier::conclude() {
  if (finished_ && !websocket_ && sink_) std::exchange(sink_, nullptr)->on_closed();
}

void Carrier::carry_out(Action action) {
  std::visit(
      [this](auto& what) {
        using What = std::decay_t<decltype(what)>;
        if constexpr (std::is_same_v<What, SendFrame>) {
          // Without a connection it is repeated over the next.
          if (!carrying_ || websocket_->send(std::move(what.text), true)) return;
          log(options_.logger, Level::warning, {options_.label, ": the peer does not read; cut"});
          cut(make_error(Errc::backpressure));
        } else if constexpr (std::is_same_v<What, CloseTransport>) {
          if (!std::exchange(carrying_, false)) return;
          lost_ = std::exchange(ending_, std::nullopt).value_or(make_error(Errc::timed_out));
          websocket_->close(what.code);
        } else if constexpr (std::is_same_v<What, Problem>) {
          log(options_.logger, Level::debug, {options_.label, ": ", to_string(what.error)});
        } else if constexpr (std::is_same_v<What, Ended>) {
          // The transport knows better why it is gone, the session why it closed it.
          if (lost_ && what.error.code == Errc::not_connected) what.error = *lost_;
          (lost_ ? lost_ : ending_) = what.error;
          log(options_.logger, Level::debug, {options_.label, ": session over: ", to_string(what.error)});
          if (sink_) sink_->on_session_over();
          session_over(what);
        } else if constexpr (std::is_same_v<What, Opened>) {
          ending_.reset();
          opened(what);
        } else if constexpr (std::is_same_v<What, HelloReceived>) {
          greeted(what.hello);
        } else if constexpr (std::is_same_v<What, Deliver>) {
          if (sink_) sink_->on_deliver(std::move(what));
        } else {
          static_assert(std::is_same_v<What, Answered>);
          if (auto const waiting = waiting_.extract(what.key)) waiting.mapped()(what.outcome);
        }
      },
      action);
}

void Carrier::arm() {
  auto const deadline = session_.deadline();
  if (!deadline) {
    // Nobody's io_context shall wait for a timer that nobody needs.
    armed_ = std::chrono::steady_clock::time_point::max();
    timer_.cancel();
    return;
  }
  // A timer that fires too early looks again, which is cheaper than moving it with every frame.
  if (*deadline >= armed_) return;
  armed_ = *deadline;
  timer_.expires_at(armed_);
  timer_.async_wait([weak = weak_from_this()](error_code ec) {
    auto const self = weak.lock();
    if (ec || !self) return;
    self->armed_ = std::chrono::steady_clock::time_point::max();
    self->session_.tick(now());
    self->drain();
  });
}

}  // namespace flexcrm::detail
