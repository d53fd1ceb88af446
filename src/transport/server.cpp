#include <flexcrm/server.hpp>

#include "acceptor.hpp"
#include "hub_runner.hpp"
#include "log.hpp"
#include "once.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <cassert>
#include <mutex>
#include <set>
#include <thread>

namespace flexcrm {

using detail::log;

class Server::Core {
 public:
  explicit Core(ServerOptions given) : options{std::move(given)} {}

  // One start to one stop.
  struct Run {
    // Not told that it has one thread: it would run what that thread posts after what others post later.
    std::shared_ptr<detail::asio::io_context> context = std::make_shared<detail::asio::io_context>();
    std::shared_ptr<detail::Acceptor> acceptor;
    std::unique_ptr<detail::HubRunner> hub;
    std::optional<detail::asio::executor_work_guard<detail::asio::io_context::executor_type>> work;
    std::optional<detail::Timer> deadline;
    bool stopping = false;
  };

  ServerOptions options;
  std::shared_ptr<detail::Counters> counters = std::make_shared<detail::Counters>();
  detail::HubHandlers handlers;
  detail::Acceptor::Http http;
  std::optional<Error> misuse;

  mutable std::mutex mutex;  // guards what follows
  std::shared_ptr<Run> run;
  std::thread thread;
  std::set<std::string> agents;
  std::atomic<std::uint16_t> port{0};

  std::shared_ptr<Run> current() const {
    std::lock_guard const lock{mutex};
    return run;
  }

  void work(Run& running) {
    for (;;) {
      try {
        running.context->run();
        break;
      } catch (...) {
        log(options.logger, Level::error, {"server: ", detail::current_exception_text()});
      }
    }
    running.acceptor->close();
    running.hub->abandon();
    std::lock_guard const lock{mutex};
    agents.clear();
  }

  // On the server's thread, which keeps `running` alive: what the io_context holds must not own the
  // io_context.
  void begin_stop(Run& running) {
    if (std::exchange(running.stopping, true)) return;
    running.acceptor->close();
    running.deadline.emplace(running.context->get_executor());
    running.deadline->expires_after(options.times.close + std::chrono::milliseconds{100});
    running.deadline->async_wait([&running](error_code ec) {
      if (!ec) finish(running);
    });
    running.hub->shutdown([&running] { finish(running); });
  }

  static void finish(Run& running) {
    running.deadline->cancel();
    running.work.reset();
    // What is still open belongs to peers that did not close in time.
    detail::asio::post(*running.context, [&running] { running.context->stop(); });
  }
};

Server::Server(ServerOptions options) : core_{std::make_unique<Core>(std::move(options))} {
  on_authorize(authorize_local());
}

Server::~Server() {
  assert(core_->thread.get_id() != std::this_thread::get_id() && "a Server destroyed on its own thread");
  stop();
}

void Server::set_handler(MessageType type, detail::Handler handler) {
  if (sender(type) != Sender::flex || delivery_class(type) == DeliveryClass::session) {
    core_->misuse =
        make_error(Errc::invalid_argument, {}, "Server::on: Flex does not send " + std::string{type_name(type)});
    return;
  }
  core_->handlers.messages[type.index()] = std::move(handler);
}

void Server::on_http(std::function<HttpResponse(HttpRequest const&)> handler) { core_->http = std::move(handler); }

void Server::set_authorize(std::function<void(Hello const&, HttpRequest const&, Authorization)> handler) {
  core_->handlers.authorize = std::move(handler);
}

void Server::on_presence(std::function<void(std::string const&, Presence const&)> handler) {
  core_->handlers.presence = std::move(handler);
}

void Server::set_dial(std::function<Result<DialRequest>(std::string const&, DialRequest const&)> handler) {
  core_->handlers.dial = std::move(handler);
}

void Server::on_dialled(
    std::function<void(std::string const&, DialRequest const&, Result<DialResult> const&)> handler) {
  core_->handlers.dialled = std::move(handler);
}

void Server::on_frame(std::function<void(FrameEvent const&)> handler) { core_->handlers.frame = std::move(handler); }

Result<void> Server::start() {
  auto& core = *core_;
  if (core.misuse) return *core.misuse;
  if (core.options.caller_ids_by_on_dial && !core.handlers.dial)
    return make_error(Errc::invalid_argument, {},
                      "ServerOptions::caller_ids_by_on_dial: there is no handler of on_dial");
  {
    std::lock_guard const lock{core.mutex};
    if (core.run) return make_error(Errc::invalid_argument, {}, "Server::start: started already");
  }
  auto run = std::make_shared<Core::Run>();
  run->acceptor = detail::Acceptor::make(*run->context, core.options, core.counters);
  run->hub = std::make_unique<detail::HubRunner>(run->context, core.options, core.handlers, core.counters);
  run->hub->on_change = [&core](std::string const& agent, bool connected) {
    std::lock_guard const lock{core.mutex};
    connected ? (void)core.agents.insert(agent) : (void)core.agents.erase(agent);
  };
  auto* const hub = run->hub.get();
  auto const listening = run->acceptor->listen(
      core.http, [hub](detail::AnyStream stream, std::shared_ptr<detail::UpgradeRequest const> request,
                       HttpRequest http, std::shared_ptr<detail::ConnectionTicket> ticket) {
        hub->admit(std::move(stream), std::move(request), std::move(http), std::move(ticket));
      });
  if (!listening) {
    run->acceptor->close();
    return listening.error();
  }
  run->work.emplace(run->context->get_executor());
  core.port = run->acceptor->port();
  log(core.options.logger, Level::info, {"listening on port ", std::to_string(run->acceptor->port())});

  std::lock_guard const lock{core.mutex};
  core.run = run;
  core.thread = std::thread{[&core, run] { core.work(*run); }};
  return {};
}

void Server::stop() { end(true); }

void Server::cut() { end(false); }

void Server::end(bool politely) {
  auto& core = *core_;
  std::thread thread;
  std::shared_ptr<Core::Run> run;
  {
    std::lock_guard const lock{core.mutex};
    run = core.run;
    if (!run) return;
    if (politely) {
      detail::asio::post(*run->context, [&core, weak = std::weak_ptr{run}] {
        if (auto const running = weak.lock()) core.begin_stop(*running);
      });
    } else {
      run->context->stop();
    }
    if (core.thread.get_id() == std::this_thread::get_id()) return;
    thread = std::move(core.thread);
  }
  // A second stop at the same time finds no thread to wait for.
  if (!thread.joinable()) return;
  thread.join();
  std::lock_guard const lock{core.mutex};
  core.run.reset();
}

Result<void> Server::reload_certificate() {
  auto const run = core_->current();
  return run ? run->acceptor->reload_certificate() : make_error(Errc::not_connected);
}

Result<void> Server::adopt(Adoption adoption) {
  auto const run = core_->current();
  return run ? run->acceptor->adopt(std::move(adoption)) : make_error(Errc::not_connected);
}

ServerMetrics Server::metrics() const { return core_->counters->read(); }

bool Server::linked() const noexcept { return core_->counters->linked_now.get() == 1; }

std::uint16_t Server::port() const noexcept { return core_->port; }

std::vector<std::string> Server::agents() const {
  std::lock_guard const lock{core_->mutex};
  return {core_->agents.begin(), core_->agents.end()};
}

void Server::request_any(std::string agent, Message message, std::function<void(Result<Answer> const&)> done) {
  auto once = std::make_shared<detail::Once>(std::move(done));
  auto const run = core_->current();
  if (!run) return;  // `once` answers
  detail::asio::post(
      *run->context, [run = std::weak_ptr{run}, once, agent = std::move(agent), message = std::move(message)] {
        auto const running = run.lock();
        if (!running || running->stopping) return;
        running->hub->request(agent, message, [once](Result<Answer> const& outcome) { (*once)(outcome); });
      });
}

}  // namespace flexcrm
