#include <flexcrm/client.hpp>

#include "link.hpp"
#include "log.hpp"
#include "once.hpp"
#include "tcp_stream.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>
#include <mutex>
#include <random>
#include <thread>
#include <unordered_map>

namespace flexcrm {

namespace asio = boost::asio;
using detail::log;
using std::chrono::milliseconds;

namespace {

using Handlers = std::array<detail::Handler, std::variant_size_v<Message>>;
using Done = detail::Once::Done;

/// From start to stop: connects, and connects again. Runs in the thread of its io_context.
class Running final : public detail::Link::Sink {
 public:
  Running(ClientOptions const& options, detail::Remote remote, Handlers const& handlers,
          std::function<void(ClientState const&)> const& on_state, std::atomic<bool>& open)
      : options_{options},
        remote_{std::move(remote)},
        handlers_{handlers},
        on_state_{on_state},
        open_{open},
        timer_{context_->get_executor()},
        work_{context_->get_executor()},
        random_{std::random_device{}()} {
    if (options_.instance.empty()) options_.instance = detail::random_id();
    asio::post(*context_, [this] { connect(); });
  }

  ~Running() override {
    if (link_) link_->abandon();
    if (connecting_) connecting_->cancel();
  }

  asio::io_context& context() noexcept { return *context_; }

  void run() {
    for (;;) {
      try {
        context_->run();
        break;
      } catch (...) {
        log(options_.logger, Level::error, {"client: ", detail::current_exception_text()});
      }
    }
    if (link_) link_->cut(make_error(Errc::closed));
    open_ = false;
  }

  void stop() {
    if (std::exchange(stopping_, true)) return;
    if (connecting_) std::exchange(connecting_, nullptr)->cancel();
    timer_.cancel();
    if (!link_) {
      if (!ended_) tell({.phase = ClientPhase::ended, .error = make_error(Errc::closed)});
      return finish();
    }
    timer_.expires_after(options_.times.close + milliseconds{100});
    timer_.async_wait([this](error_code ec) {
      if (!ec) finish();
    });
    link_->bye(Bye{ByeReason::logout, std::nullopt});
  }

  void request(Message const& message, Done done) {
    if (!link_ || stopping_) return done(make_error(Errc::not_connected));
    auto const id = link_->send(message);
    if (!id) return done(id.error());
    pending_.emplace(*id, std::move(done));
  }

 private:
  void connect() {
    if (stopping_) return;
    if (link_) std::exchange(link_, nullptr)->abandon();
    tell({.phase = ClientPhase::connecting});
    connecting_ = detail::connect_tcp(*context_, remote_, options_.times.connect,
                                      [this](Result<detail::AnyStream> stream) {
                                        connecting_.reset();
                                        stream ? greet(std::move(*stream)) : retry(stream.error());
                                      });
  }

  void greet(detail::AnyStream stream) {
    Hello hello;
    hello.role = options_.role;
    hello.agent = options_.agent;
    hello.instance = options_.instance;
    if (!options_.token.empty()) hello.token = options_.token;
    detail::LinkOptions const link_options{
        options_.queue, options_.times, options_.session.codec.limits.frame_bytes, options_.logger, "client"};
    link_ = std::make_shared<detail::Link>(*context_, std::move(stream),
                                           Session::client(std::move(hello), detail::for_one_connection(options_.session)),
                                           link_options,
                                           this);
    link_->handshake(remote_.url.host_header, remote_.url.target, options_.origin);
  }

  // uniform(0, min(cap, base * 2^n)), and not before the server said.
  void retry(Error error) {
    auto const& times = options_.reconnect;
    auto bound = times.base;
    for (int i = 0; i < attempt_ && bound < times.cap; ++i) bound *= 2;
    bound = std::min(bound, times.cap);
    ++attempt_;
    auto const wait =
        std::max(error.retry_after,
                 milliseconds{std::uniform_int_distribution<milliseconds::rep>{0, bound.count()}(random_)});
    timer_.expires_after(wait);
    timer_.async_wait([this](error_code ec) {
      if (!ec) connect();
    });
    log(options_.logger, Level::info,
        {"client: ", to_string(error), "; next try in ", std::to_string(wait.count()), " ms"});
    tell({.phase = ClientPhase::lost, .error = std::move(error), .retry_in = wait});
  }

  void on_opened(HelloResult const& result) override {
    opened_at_ = std::chrono::steady_clock::now();
    open_ = true;
    log(options_.logger, Level::info, {"client: open"});
    tell({.phase = ClientPhase::open, .session = result.session});
  }

  void on_hello(Hello const&) override {}

  void on_deliver(Deliver delivery) override {
    auto const type = MessageType::of(delivery.message);
    // A reply belongs to the session that delivered its request: the link, not the client, answers.
    auto const reply = std::make_shared<detail::ReplyState>(
        [context = std::weak_ptr{context_}, link = std::weak_ptr{link_},
         key = delivery.key](Result<Answer> const& outcome) {
          auto const alive = context.lock();
          if (!alive) return;
          asio::dispatch(*alive, [link, key, outcome] {
            if (auto const open = link.lock()) open->answer(key, outcome);
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
      handler(detail::Delivery{options_.agent, delivery.message, reply});
    } catch (...) {
      log(options_.logger, Level::error,
          {"the handler of ", type_name(type), " threw: ", detail::current_exception_text()});
      reply->answer(make_error(Errc::internal_error));
    }
  }

  void on_answered(Answered answered) override {
    auto node = pending_.extract(answered.key);
    if (node.empty()) return;
    try {
      node.mapped()(answered.outcome);
    } catch (...) {
      log(options_.logger, Level::error, {"a request's callback threw: ", detail::current_exception_text()});
    }
  }

  void on_ended(Ended const& ended) override {
    open_ = false;
    if (opened_at_ && std::chrono::steady_clock::now() - *opened_at_ >= options_.reconnect.reset)
      attempt_ = 0;
    opened_at_.reset();
    if (!stopping_ && !ended.terminal) return retry(ended.error);
    ended_ = true;
    log(options_.logger, stopping_ ? Level::info : Level::warning,
        {"client: ended: ", to_string(ended.error)});
    tell({.phase = ClientPhase::ended, .error = ended.error});
  }

  void on_closed() override {
    link_.reset();
    if (stopping_) finish();
  }

  void finish() {
    timer_.cancel();
    work_.reset();
    asio::post(*context_, [this] { context_->stop(); });
  }

  void tell(ClientState const& state) {
    if (!on_state_) return;
    try {
      on_state_(state);
    } catch (...) {
      log(options_.logger, Level::error, {"the state handler threw: ", detail::current_exception_text()});
    }
  }

  ClientOptions options_;
  detail::Remote remote_;
  Handlers const& handlers_;
  std::function<void(ClientState const&)> const& on_state_;
  std::atomic<bool>& open_;
  std::shared_ptr<asio::io_context> context_ = std::make_shared<asio::io_context>(1);
  detail::Timer timer_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::mt19937 random_;
  std::shared_ptr<detail::TcpConnect> connecting_;
  std::shared_ptr<detail::Link> link_;
  std::unordered_map<RequestKey, Done> pending_;
  std::optional<std::chrono::steady_clock::time_point> opened_at_;
  int attempt_ = 0;
  bool stopping_ = false;
  bool ended_ = false;
};

}  // namespace

class Client::Core {
 public:
  explicit Core(ClientOptions given) : options{std::move(given)}, codec{options.session.codec} {}

  ClientOptions options;
  Handlers handlers;
  std::function<void(ClientState const&)> on_state;
  std::optional<Error> misuse;
  std::atomic<bool> open{false};

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

void Client::on_state(std::function<void(ClientState const&)> handler) {
  core_->on_state = std::move(handler);
}

Result<void> Client::start() {
  auto& core = *core_;
  if (core.misuse) return *core.misuse;
  auto remote = detail::Remote::of(core.options);
  if (!remote) return remote.error();
  if (core.options.agent.empty() || core.options.agent.size() > 128) {
    return make_error(Errc::invalid_argument, {}, "ClientOptions::agent must have 1 to 128 bytes");
  }
  if (core.options.reconnect.base.count() < 1 || core.options.reconnect.cap < core.options.reconnect.base) {
    return make_error(Errc::invalid_argument, {}, "ClientOptions::reconnect: 1 ms <= base <= cap");
  }
  std::lock_guard const lock{core.mutex};
  if (core.running) return make_error(Errc::invalid_argument, {}, "Client::start: started already");
  core.running =
      std::make_shared<Running>(core.options, std::move(*remote), core.handlers, core.on_state, core.open);
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
  {
    std::lock_guard const lock{core_->mutex};
    if (!core_->running || !core_->open) return make_error(Errc::not_connected);
    if (auto errors = core_->codec.validate(message); !errors.empty()) return errors.front();
  }
  auto const type = MessageType::of(message);
  auto const own = core_->options.role == Role::flex ? Sender::flex : Sender::crm;
  if (sender(type) != own) return make_error(Errc::wrong_role);
  request_any(std::move(message), [logger = core_->options.logger, type](Result<Answer> const& outcome) {
    if (!outcome) log(logger, Level::info, {"client: ", type_name(type), ": ", to_string(outcome.error())});
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
