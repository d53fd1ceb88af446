#include <flexcrm/client.hpp>

#include "caller.hpp"
#include "log.hpp"
#include "once.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <array>
#include <atomic>
#include <cassert>
#include <mutex>
#include <thread>

namespace flexcrm {

namespace asio = boost::asio;
using detail::log;

namespace {

using Handlers = std::array<detail::Handler, std::variant_size_v<Message>>;
using Done = detail::Once::Done;

/// What a Client can do right now, for whoever asks from another thread.
struct Reach {
  std::atomic<bool> open{false};     // commands and queries can be sent
  std::atomic<bool> session{false};  // state and events can, or can wait
};

/// From start to stop. Runs in the thread of its io_context.
class Running final : public detail::Carrier::Sink {
 public:
  Running(ClientOptions options, detail::Remote remote, Handlers const& handlers,
          std::function<void(ClientState const&)> const& on_state, Reach& reach)
      : agent_{options.agent},
        logger_{options.logger},
        handlers_{handlers},
        on_state_{on_state},
        reach_{reach},
        work_{context_->get_executor()} {
    if (options.fresh_token) options.fresh_token = from_any_thread(std::move(options.fresh_token));
    caller_ = std::make_shared<detail::Caller>(*context_, std::move(options), std::move(remote),
                                               detail::FirstFailure::retried, "client", this);
    caller_->start();
  }

  ~Running() override { caller_->abandon(); }

  asio::io_context& context() noexcept { return *context_; }

  void run() {
    for (;;) {
      try {
        context_->run();
        break;
      } catch (...) {
        log(logger_, Level::error, {"client: ", detail::current_exception_text()});
      }
    }
    caller_->abandon();
    reach_.open = reach_.session = false;
  }

  void stop() {
    stopping_ = true;
    if (closed_) return finish();
    caller_->close();
  }

  void request(Message const& message, Done done) {
    caller_->request(message, [this, done = std::move(done)](Result<Answer> const& outcome) {
      try {
        done(outcome);
      } catch (...) {
        log(logger_, Level::error, {"a request's callback threw: ", detail::current_exception_text()});
      }
    });
  }

 private:
  using FreshToken = decltype(ClientOptions::fresh_token);

  FreshToken from_any_thread(FreshToken ask) const {
    return [ask = std::move(ask), context = std::weak_ptr{context_}](auto take) {
      ask([context, take = std::move(take)](Result<std::string> const& token) {
        if (auto const alive = context.lock()) asio::post(*alive, [take, token] { take(token); });
      });
    };
  }

  void on_state(ClientState const& state) override {
    reach_.open = state.phase == ClientPhase::open;
    if (reach_.open) reach_.session = true;
    if (!on_state_) return;
    try {
      on_state_(state);
    } catch (...) {
      log(logger_, Level::error, {"the state handler threw: ", detail::current_exception_text()});
    }
  }

  void on_session_over() override { reach_.session = false; }

  void on_deliver(Deliver delivery) override {
    auto const type = MessageType::of(delivery.message);
    auto const reply = std::make_shared<detail::ReplyState>(
        [context = std::weak_ptr{context_}, caller = std::weak_ptr{caller_},
         key = delivery.key](Result<Answer> const& outcome) {
          auto const alive = context.lock();
          if (!alive) return;
          asio::dispatch(*alive, [caller, key, outcome] {
            if (auto const open = caller.lock()) open->answer(key, outcome);
          });
        },
        delivery.start_before);
    auto const& handler = handlers_[type.index()];
    if (!handler) {
      auto const kind = delivery_class(type);
      bool const ordered = kind == DeliveryClass::state || kind == DeliveryClass::event;
      reply->answer(ordered ? Result<Answer>{Answer{NullResult{}}}
                            : Result<Answer>{make_error(Errc::failed, {}, "no handler")});
      return;
    }
    try {
      handler(detail::Delivery{agent_, delivery.message, reply});
    } catch (...) {
      log(logger_, Level::error, {"the handler of ", type_name(type), " threw: ", detail::current_exception_text()});
      reply->answer(make_error(Errc::internal_error));
    }
  }

  // Who was told not to come back stays, so that requests are still answered.
  void on_closed() override {
    closed_ = true;
    if (stopping_) finish();
  }

  void finish() {
    work_.reset();
    asio::post(*context_, [this] { context_->stop(); });
  }

  std::string agent_;
  Logger logger_;
  Handlers const& handlers_;
  std::function<void(ClientState const&)> const& on_state_;
  Reach& reach_;
  // Not told that it has one thread: it would run what that thread posts after what others post later.
  std::shared_ptr<asio::io_context> context_ = std::make_shared<asio::io_context>();
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::shared_ptr<detail::Caller> caller_;
  bool stopping_ = false;
  bool closed_ = false;
};

}  // namespace

class Client::Core {
 public:
  explicit Core(ClientOptions given) : options{std::move(given)}, codec{options.session.codec} {}

  ClientOptions options;
  Handlers handlers;
  std::function<void(ClientState const&)> on_state;
  std::optional<Error> misuse;
  Reach reach;

  std::mutex mutex;  // guards what follows
  Codec codec;
  std::shared_ptr<Running> running;
  std::thread thread;

  std::shared_ptr<Running> current() {
    std::lock_guard const lock{mutex};
    return running;
  }
};

Client::Client(ClientOptions options) : core_{std::make_unique<Core>(std::move(options))} {}

Client::~Client() {
  assert(core_->thread.get_id() != std::this_thread::get_id() && "a Client destroyed on its own thread");
  stop();
}

void Client::set_handler(MessageType type, detail::Handler handler) {
  auto const other = core_->options.role == Role::flex ? Sender::crm : Sender::flex;
  if (sender(type) != other || delivery_class(type) == DeliveryClass::session) {
    core_->misuse = make_error(Errc::invalid_argument, {},
                               "Client::on: the other side does not send " + std::string{type_name(type)});
    return;
  }
  core_->handlers[type.index()] = std::move(handler);
}

void Client::on_state(std::function<void(ClientState const&)> handler) { core_->on_state = std::move(handler); }

Result<void> Client::start() {
  auto& core = *core_;
  if (core.misuse) return *core.misuse;
  auto remote = detail::check(core.options);
  if (!remote) return remote.error();
  std::lock_guard const lock{core.mutex};
  if (core.running) return make_error(Errc::invalid_argument, {}, "Client::start: started already");
  core.running = std::make_shared<Running>(core.options, std::move(*remote), core.handlers, core.on_state, core.reach);
  core.thread = std::thread{[running = core.running] { running->run(); }};
  return {};
}

void Client::stop() {
  auto& core = *core_;
  std::thread thread;
  {
    std::lock_guard const lock{core.mutex};
    if (!core.running) return;
    asio::post(core.running->context(), [weak = std::weak_ptr{core.running}] {
      if (auto const running = weak.lock()) running->stop();
    });
    if (core.thread.get_id() == std::this_thread::get_id()) return;
    thread = std::move(core.thread);
  }
  // A second stop at the same time finds no thread to wait for.
  if (!thread.joinable()) return;
  thread.join();
  std::shared_ptr<Running> running;
  {
    std::lock_guard const lock{core.mutex};
    running.swap(core.running);
  }
  // Dies here, outside the lock: callbacks of requests that never ran are called now.
}

Result<void> Client::send(Message message) {
  detail::complete(message);
  auto const type = MessageType::of(message);
  auto const kind = delivery_class(type);
  bool const may_wait = kind == DeliveryClass::state || kind == DeliveryClass::event;
  {
    std::lock_guard const lock{core_->mutex};
    bool const reached = may_wait ? core_->reach.session : core_->reach.open;
    if (!core_->running || !reached) return make_error(Errc::not_connected);
    if (auto errors = core_->codec.validate(message); !errors.empty()) return errors.front();
  }
  auto const own = core_->options.role == Role::flex ? Sender::flex : Sender::crm;
  if (sender(type) != own) return make_error(Errc::wrong_role);
  request_any(std::move(message), [logger = core_->options.logger, type](Result<Answer> const& outcome) {
    // That newer state takes the place of older is what state is for.
    if (outcome || outcome.error().code == Errc::superseded) return;
    log(logger, Level::info, {"client: ", type_name(type), ": ", to_string(outcome.error())});
  });
  return {};
}

void Client::request_any(Message message, std::function<void(Result<Answer> const&)> done) {
  auto const once = std::make_shared<detail::Once>(std::move(done));
  detail::complete(message);
  auto const running = core_->current();
  if (!running) return;  // `once` answers
  asio::post(running->context(), [weak = std::weak_ptr{running}, once, message = std::move(message)] {
    if (auto const alive = weak.lock())
      alive->request(message, [once](Result<Answer> const& outcome) { (*once)(outcome); });
  });
}

}  // namespace flexcrm
