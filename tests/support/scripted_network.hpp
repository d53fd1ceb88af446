#pragma once

#include <flexcrm/backplane.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace flexcrm::test {

/// Joins the servers of one test, in memory, with the faults that the test orders.
class ScriptedNetwork {
 public:
  /// A Backplane for one more server. The network outlives it.
  std::shared_ptr<Backplane> node();

  /// The next so many announcements reach nobody.
  void lose_announcements(int count);
  /// The next so many requests are carried out and their answers lost: `unknown`.
  void lose_answers(int count);
  /// The next so many questions to an inbox are not answered in time.
  void lose_asks(int count);
  /// The next so many requests are answered with an error, by a node that has just let go of the agent.
  void refuse_requests(int count);
  /// Cuts every node off, or joins them again.
  void set_link(bool up);
  /// A node ends without a word: it owns and watches nothing any more.
  void forget(std::shared_ptr<Backplane> const& node);
  /// How many nodes own the agent.
  std::size_t owners(AgentKey const& agent);
  /// The most requests that were open at once.
  int most_open_requests();

 private:
  class Node;
  friend class Node;

  std::recursive_mutex mutex_;  // guards all of it: a handler is only ever posted
  std::vector<Node*> nodes_;
  int lost_announcements_ = 0;
  int lost_answers_ = 0;
  int lost_asks_ = 0;
  int refused_requests_ = 0;
  int open_requests_ = 0;
  int most_open_requests_ = 0;
  bool up_ = true;
};

}  // namespace flexcrm::test
