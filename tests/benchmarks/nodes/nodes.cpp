// A node with agents, a node that asks for them, or both in one process and in memory. Commands come from standard input, an
// object of JSON for each goes to standard output.
//
//     flexcrm_benchmark_nodes owner URL AGENTS | asker URL AGENTS | memory - AGENTS
//
// own                      owner: holds the agents; {}, and after that their requests are answered
// announce COUNT RATE      owner: news of random agents, RATE a second
// find                     asker: waits until all agents are answered for
// watch                    asker: wants the news of all; when they come for certain
// requests COUNT DEPTH     asker: of random agents, DEPTH at once; {seconds, p50, p99, failed}, in µs
// news COUNT               asker: waits for so many; {seconds}
#include "support/scripted_network.hpp"

#include <flexcrm/nats.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <iostream>
#include <memory>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
using flexcrm::AgentKey;
using flexcrm::Backplane;
using flexcrm::RequestEnd;
using Clock = std::chrono::steady_clock;

constexpr std::size_t frame_bytes = 1024;

std::string agent_name(int number) { return "WK" + std::to_string(1000000 + number); }

class Node {
 public:
  Node(asio::io_context& context, std::shared_ptr<Backplane> backplane, std::string const& name, int agents)
      : context_{context}, backplane_{std::move(backplane)}, agents_{agents}, timer_{context} {
    Backplane::Handlers handlers;
    handlers.command = [](AgentKey const&, std::string const&, std::string const& frame,
                          Backplane::Respond const& respond) { respond(frame); };
    handlers.asked = [](AgentKey const&, std::string const&, Backplane::Respond const&) {};
    handlers.news = [this](AgentKey const&, std::string const&) { ++news_; };
    handlers.claimed = [](AgentKey const&, flexcrm::Ownership const&) {};
    handlers.link = [](bool) {};
    backplane_->start(name, std::move(handlers),
                      [&context](std::function<void()> work) { asio::post(context, std::move(work)); });
  }
  ~Node() { backplane_->stop(); }
  Node(Node const&) = delete;
  Node& operator=(Node const&) = delete;

  void own() {
    for (int i = 0; i < agents_; ++i) backplane_->own(key(i), {1, "session", "owner"});
  }

  void watch() {
    int ready = 0;
    for (int i = 0; i < agents_; ++i) backplane_->watch(key(i), [&ready] { ++ready; });
    wait([&] { return ready == agents_; });
  }

  void announce(int count, int rate) {
    auto const begun = Clock::now();
    for (int sent = 0; sent < count;) {
      auto const due = std::chrono::duration<double>(Clock::now() - begun).count() * rate;
      for (; sent < count && sent < due; ++sent) backplane_->announce(random_agent(), std::string(frame_bytes, 'x'));
      sleep(std::chrono::milliseconds{1});
    }
  }

  /// Seconds.
  double news(int count) {
    auto const begun = Clock::now();
    wait([&] { return news_ >= count; });
    news_ -= count;
    return std::chrono::duration<double>(Clock::now() - begun).count();
  }

  /// Those that were not answered.
  int requests(int count, int depth, std::vector<double>& microseconds) {
    int open = 0, begun = 0, failed = 0;
    while (begun < count || open > 0) {
      for (; open < depth && begun < count; ++open, ++begun) {
        backplane_->request(
            random_agent(), std::string(frame_bytes, 'x'), std::chrono::seconds{5},
            [&, at = Clock::now()](RequestEnd end, std::string const&) {
              --open;
              if (end != RequestEnd::answered) ++failed;
              microseconds.push_back(std::chrono::duration<double, std::micro>(Clock::now() - at).count());
            });
      }
      context_.run_one();
    }
    return failed;
  }

  void find() {
    for (int i = 0, answered = 0; i < agents_; i += answered) {
      int ended = answered = 0;
      backplane_->request(key(i), "{}", std::chrono::seconds{5}, [&](RequestEnd end, std::string const&) {
        ended = 1;
        answered = end == RequestEnd::answered ? std::max(1, agents_ / 100) : 0;
      });
      wait([&] { return ended != 0; });
    }
  }

 private:
  AgentKey key(int number) const { return {"", agent_name(number)}; }
  AgentKey random_agent() { return key(std::uniform_int_distribution<int>{0, agents_ - 1}(random_)); }

  template <class Predicate>
  void wait(Predicate holds) {
    while (!holds()) context_.run_one();
  }
  void sleep(std::chrono::milliseconds time) {
    bool over = false;
    timer_.expires_after(time);
    timer_.async_wait([&over](boost::system::error_code) { over = true; });
    wait([&] { return over; });
  }

  asio::io_context& context_;
  std::shared_ptr<Backplane> const backplane_;
  int const agents_;
  int news_ = 0;
  asio::steady_timer timer_;
  std::minstd_rand random_{1};
};

std::string measured(Node& node, int count, int depth) {
  std::vector<double> times;
  auto const begun = Clock::now();
  auto const failed = node.requests(count, depth, times);
  auto const seconds = std::chrono::duration<double>(Clock::now() - begun).count();
  std::sort(times.begin(), times.end());
  std::ostringstream text;
  text << "{\"seconds\":" << seconds << ",\"p50\":" << times[times.size() / 2]
       << ",\"p99\":" << times[times.size() * 99 / 100] << ",\"failed\":" << failed << "}";
  return text.str();
}

std::string carry_out(Node* owner, Node* asker, std::istringstream words) {
  std::string command;
  int count = 0, more = 0;
  words >> command >> count >> more;
  if (command == "own" && owner) return owner->own(), "{}";
  if (command == "announce" && owner) return owner->announce(count, more), "{}";
  if (command == "find" && asker) return asker->find(), "{}";
  if (command == "watch" && asker) return asker->watch(), "{}";
  if (command == "requests" && asker) return measured(*asker, count, more);
  if (command == "news" && asker) return "{\"seconds\":" + std::to_string(asker->news(count)) + "}";
  throw std::invalid_argument{command};
}

std::shared_ptr<Backplane> over_nats(std::string const& url) {
  auto made = flexcrm::nats({.urls = {url}});
  if (!made) throw std::runtime_error{flexcrm::to_string(made.error())};
  return *std::move(made);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) throw std::invalid_argument{"owner|asker|memory URL AGENTS"};
  std::string const role = argv[1];
  int const agents = std::stoi(argv[3]);
  asio::io_context context;
  auto const work = asio::make_work_guard(context);
  flexcrm::test::ScriptedNetwork network;
  bool const in_memory = role == "memory";
  auto const node = [&](char const* name) {
    return std::make_unique<Node>(context, in_memory ? network.node() : over_nats(argv[2]), name, agents);
  };
  auto const owner = role == "asker" ? nullptr : node("owner");
  auto const asker = role == "owner" ? nullptr : node("asker");
  // A node answers others while it waits for the next command, and while it carries one out.
  std::thread reader{[&] {
    for (std::string line; std::getline(std::cin, line);)
      asio::post(context, [&, line] {
        std::cout << carry_out(owner.get(), asker.get(), std::istringstream{line}) << std::endl;
      });
    asio::post(context, [&] { context.stop(); });
  }};
  context.run();
  reader.join();
} catch (std::exception const& error) {
  std::cerr << "flexcrm_benchmark_nodes: " << error.what() << '\n';
  return 2;
}
