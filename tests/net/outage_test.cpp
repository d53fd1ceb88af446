// Many clients, and a server that is gone for a while: all come back, and not all at once.
#include "support.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <functional>
#include <future>
#include <mutex>
#include <set>
#include <vector>

using namespace flexcrm;
using namespace flexcrm::test;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
namespace asio = boost::asio;

namespace {

constexpr std::size_t crowd = 200;

/// A server that notes when each Hello came.
class Door {
 public:
  Door() {
    auto options = server_options();
    options.retry_after = milliseconds{0};
    open(options);
    options_ = options;
    options_.port = server_->port();
  }

  std::uint16_t port() const { return options_.port; }
  void shut() { server_.reset(); }
  void reopen() { open(options_); }

  /// The most Hellos within any such window since `begin`.
  std::size_t peak(steady_clock::time_point begin, milliseconds window) {
    std::lock_guard const lock{mutex_};
    std::erase_if(arrivals_, [&](auto arrival) { return arrival < begin; });
    std::size_t most = 0;
    for (auto first = arrivals_.begin(); first != arrivals_.end(); ++first) {
      auto const end = std::lower_bound(first, arrivals_.end(), *first + window);
      most = std::max(most, static_cast<std::size_t>(end - first));
    }
    return most;
  }

 private:
  void open(ServerOptions const& options) {
    server_ = std::make_unique<Server>(options);
    server_->on_authorize([this](Hello const& hello, HttpRequest const&) -> Result<Identity> {
      std::lock_guard const lock{mutex_};
      arrivals_.push_back(steady_clock::now());
      return Identity{hello.agent, hello.role};
    });
    REQUIRE(server_->start().has_value());
  }

  ServerOptions options_;
  std::unique_ptr<Server> server_;
  std::mutex mutex_;
  std::vector<steady_clock::time_point> arrivals_;  // ascending
};

/// The clients, each an agent's CRM.
class Crowd {
 public:
  Crowd(asio::io_context& context, std::uint16_t port, ReconnectOptions const& reconnect) {
    for (std::size_t i = 0; i < crowd; ++i) {
      auto options = client_options(port, Role::crm, "agent " + std::to_string(i));
      options.reconnect = reconnect;
      auto& connection = *connections_.emplace_back(std::make_unique<Connection>(context, options));
      connection.async_connect([](error_code ec) { CHECK_FALSE(ec); });
      watch(connection);
    }
  }

  std::size_t open() const { return open_.size(); }

 private:
  void watch(Connection& connection) {
    connection.async_state([this, &connection](error_code ec, ClientState const& state) {
      if (ec) return;
      state.phase == ClientPhase::open ? (void)open_.insert(&connection) : (void)open_.erase(&connection);
      watch(connection);
    });
  }

  std::vector<std::unique_ptr<Connection>> connections_;
  std::set<Connection*> open_;
};

void outage(milliseconds length, ReconnectOptions const& reconnect, milliseconds back_within) {
  Door door;
  asio::io_context context;
  auto const run_until = [&](auto const& done) {
    auto const deadline = steady_clock::now() + patience;
    while (!done()) REQUIRE(context.run_one_until(deadline) == 1);
  };
  Crowd clients{context, door.port(), reconnect};
  run_until([&] { return clients.open() == crowd; });

  auto shutting = std::async(std::launch::async, [&] { door.shut(); });
  run_until([&] { return clients.open() == 0; });
  shutting.get();
  bool over = false;
  asio::steady_timer timer{context, length};
  timer.async_wait([&](error_code) { over = true; });
  run_until([&] { return over; });

  auto const begin = steady_clock::now();
  door.reopen();
  run_until([&] { return clients.open() == crowd; });
  CHECK(steady_clock::now() - begin <= back_within);
  // Without jitter it would be all of them; with it, about an eighth.
  CHECK(door.peak(begin, reconnect.cap / 20) <= crowd / 2);
}

}  // namespace

TEST_CASE("clients of a server that comes back do not come all at once") {
  outage(milliseconds{1000}, {.base = milliseconds{80}, .cap = milliseconds{1600}}, patience);
}

TEST_CASE("200 clients are back within 10 s of an outage of 3 s" * doctest::skip()) {
  outage(milliseconds{3000}, {.cap = milliseconds{5000}}, std::chrono::seconds{10});
}
