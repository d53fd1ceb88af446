#pragma once

#include "support/anna.hpp"

#include <flexcrm/backplane.hpp>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace flexcrm::test {

/// The thread of the test is that of all its servers: it runs what the backplanes post, while it waits.
class Loop {
 public:
  Backplane::Post post();
  /// Runs what comes until it is so. False: it never was, within the time.
  bool run_until(std::function<bool()> const& so, std::chrono::milliseconds patience = std::chrono::seconds{20});

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> work_;
};

/// How a request ended; `times` is 1 in the end, whatever happens.
struct End {
  std::optional<RequestEnd> end;
  std::string frame;
  int times = 0;
};

/// A server's part, as far as a backplane sees it. It answers what it is asked with its own name before it.
class Node {
 public:
  Node(Loop& loop, std::shared_ptr<Backplane> its_backplane, std::string its_name);
  ~Node() { backplane->stop(); }
  Node(Node const&) = delete;
  Node& operator=(Node const&) = delete;

  void own(AgentKey const& agent, std::uint64_t since = 1) { backplane->own(agent, ownership(since)); }
  Ownership ownership(std::uint64_t since) const { return {since, "session of " + name, name}; }
  /// Waits until the news comes for certain.
  bool watch(AgentKey const& agent);
  /// Waits until the broker has seen what this node said.
  bool settle() { return watch({"", "nobody"}); }
  std::shared_ptr<End> request(AgentKey const& agent, std::string frame,
                               std::chrono::milliseconds timeout = std::chrono::seconds{5});
  std::shared_ptr<End> ask(std::string const& node, AgentKey const& agent, std::string frame,
                           std::chrono::milliseconds timeout = std::chrono::seconds{1});

  struct Command {
    AgentKey agent;
    std::string from;
    std::string frame;
  };

  Loop& loop;
  std::shared_ptr<Backplane> const backplane;
  std::string const name;
  int answers = 1;  ///< to each question; 0: silence
  std::vector<Command> commands;
  std::vector<std::pair<AgentKey, std::string>> asked;
  std::vector<std::pair<AgentKey, std::string>> news;
  std::vector<std::pair<AgentKey, Ownership>> claimed;
  std::vector<bool> links;
  std::size_t posts = 0;  ///< how often the backplane had something
};

}  // namespace flexcrm::test
