#include "caller.hpp"

#include "log.hpp"
#include "random_id.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <random>
#include <utility>

namespace flexcrm::detail {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

Hello hello_of(ClientOptions const& options) {
  Hello hello;
  hello.role = options.role;
  hello.agent = options.agent;
  hello.instance = options.instance.empty() ? random_id() : options.instance;
  return hello;
}

SessionOptions session_options(ClientOptions const& options) {
  auto session = options.session;
  if (!options.reconnect.enabled) session.times.resume = milliseconds{0};
  return session;
}

CarrierOptions carrier_options(ClientOptions const& options, std::string label) {
  return {options.queue, options.times, options.session.codec.limits.frame_bytes, options.logger, std::move(label)};
}

}  // namespace

Result<Remote> check(ClientOptions const& options) {
  auto remote = Remote::of(options);
  if (!remote) return remote;
  auto const wrong = [](char const* what) { return make_error(Errc::invalid_argument, {}, what); };
  if (options.agent.empty() || options.agent.size() > 128)
    return wrong("ClientOptions::agent must have 1 to 128 bytes");
  if (options.instance.size() > 128) return wrong("ClientOptions::instance must have at most 128 bytes");
  if (options.reconnect.base.count() < 1 || options.reconnect.cap < options.reconnect.base)
    return wrong("ClientOptions::reconnect: 1 ms <= base <= cap");
  return remote;
}

Caller::Caller(asio::io_context& context, ClientOptions options, Remote remote, FirstFailure first, std::string label,
               Sink* sink)
    : Carrier{context, Session::client(hello_of(options), session_options(options)),
              carrier_options(options, std::move(label)), sink},
      options_{std::move(options)},
      remote_{std::move(remote)},
      timer_{context.get_executor()},
      must_open_{first == FirstFailure::final} {}

Caller::~Caller() { give_up_attempt(); }

void Caller::start() {
  asio::post(context(), [weak = weak_self()] {
    if (auto const self = weak.lock(); self && !self->is_finished()) self->connect();
  });
}

void Caller::close() {
  if (std::exchange(closing_, true)) return;
  give_up_attempt();
  bye(Bye{ByeReason::logout, std::nullopt});
  // Without a connection nothing was lost.
  finish(make_error(Errc::closed), bye_);
}

std::weak_ptr<Caller> Caller::weak_self() { return std::static_pointer_cast<Caller>(shared_from_this()); }

void Caller::abandon() noexcept {
  closing_ = true;
  give_up_attempt();
  Carrier::abandon();
}

void Caller::give_up_attempt() noexcept {
  ++attempt_;
  if (connecting_) std::exchange(connecting_, nullptr)->cancel();
  try {
    timer_.cancel();
  } catch (...) {  // by its signature alone
  }
}

void Caller::connect() {
  ClientState state;
  state.phase = ClientPhase::connecting;
  tell(state);
  ++attempt_;
  if (options_.fresh_token) return ask_token();
  dial(options_.token);
}

void Caller::ask_token() {
  auto const take = [weak = weak_self(), attempt = attempt_](Result<std::string> const& token) {
    if (auto const self = weak.lock()) self->take_token(attempt, token);
  };
  timer_.expires_after(options_.times.connect);
  timer_.async_wait([take](error_code ec) {
    if (!ec) take(make_error(Errc::timed_out, {}, "no token"));
  });
  try {
    options_.fresh_token(take);
  } catch (...) {
    log(options_.logger, Level::error, {options().label, ": fresh_token threw: ", current_exception_text()});
    take(make_error(Errc::internal_error, {}, "fresh_token threw"));
  }
}

void Caller::take_token(std::uint64_t attempt, Result<std::string> const& token) {
  if (attempt != attempt_) return;  // given twice, or too late
  ++attempt_;
  timer_.cancel();
  if (!token) return fail(token.error());
  dial(*token);
}

void Caller::dial(std::string token) {
  identify(std::move(token));
  connecting_ = connect_tcp(context(), remote_, options_.times.connect, [weak = weak_self()](Result<AnyStream> stream) {
    if (auto const self = weak.lock()) self->on_connected(std::move(stream));
  });
}

void Caller::on_connected(Result<AnyStream> stream) {
  connecting_.reset();
  if (!stream) return fail(stream.error());
  attach(std::move(*stream))->handshake(remote_.url.host_header, remote_.url.target, options_.origin, weak_self());
}

void Caller::opened(Opened const& opened) {
  opened_at_ = steady_clock::now();
  must_open_ = token_tried_ = false;
  bye_.reset();
  session_ = opened.hello.session;
  log(options_.logger, Level::info, {options().label, opened.hello.resumed ? ": resumed" : ": open"});
  ClientState state;
  state.phase = ClientPhase::open;
  state.session = session_;
  state.resumed = opened.hello.resumed;
  state.reset = opened.reset;
  tell(state);
}

void Caller::session_over(Ended const& ended) {
  session_.clear();
  bye_ = ended.bye;
  another_token_ = ended.error.code == Errc::unauthorized && options_.fresh_token && !std::exchange(token_tried_, true);
  terminal_ = ended.terminal && !another_token_;
}

void Caller::fail(Error why) {
  if (opened_at_ && steady_clock::now() - *opened_at_ >= options_.reconnect.reset) failures_ = 0;
  opened_at_.reset();
  bool const given_up = closing_ || terminal_ || !options_.reconnect.enabled || must_open_;
  if (std::exchange(another_token_, false) || !given_up) return retry(std::move(why));
  log(options_.logger, closing_ ? Level::info : Level::warning, {options().label, ": ended: ", to_string(why)});
  finish(std::move(why), bye_);
}

void Caller::retry(Error why) {
  auto const wait = std::max(why.retry_after, jitter());
  timer_.expires_after(wait);
  timer_.async_wait([weak = weak_self(), attempt = attempt_](error_code ec) {
    auto const self = weak.lock();
    if (!ec && self && attempt == self->attempt_) self->connect();
  });
  log(options_.logger, Level::info,
      {options().label, ": ", to_string(why), "; next try in ", std::to_string(wait.count()), " ms"});
  ClientState state;
  state.phase = ClientPhase::lost;
  state.error = std::move(why);
  state.retry_in = wait;
  state.session = session_;
  state.bye = std::exchange(bye_, std::nullopt);
  tell(state);
}

// Full jitter: the clients of a server that comes back must not come together.
milliseconds Caller::jitter() {
  auto const& times = options_.reconnect;
  auto bound = times.base;
  for (int i = 0; i < failures_ && bound < times.cap; ++i) bound *= 2;
  ++failures_;
  std::random_device source;
  std::uniform_int_distribution<milliseconds::rep> distribution{0, std::min(bound, times.cap).count()};
  return milliseconds{distribution(source)};
}

}  // namespace flexcrm::detail
