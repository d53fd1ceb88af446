#include "scripted_network.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

namespace flexcrm::test {

class ScriptedNetwork::Node final : public Backplane {
 public:
  explicit Node(ScriptedNetwork& network) : network_{network} {}
  ~Node() override { stop(); }

  void start(std::string name, Handlers handlers, Post post) override {
    std::lock_guard const lock{network_.mutex_};
    name_ = std::move(name);
    handlers_ = std::move(handlers);
    post_ = std::move(post);
    network_.nodes_.push_back(this);
    if (network_.up_) post_([this] { handlers_.link(true); });
  }
  void stop() noexcept override {
    std::lock_guard const lock{network_.mutex_};
    std::erase(network_.nodes_, this);
    owned_.clear();
    watched_.clear();
    post_ = nullptr;
    *alive_ = false;
  }

  void own(AgentKey const& agent, Ownership const& ownership) override {
    std::lock_guard const lock{network_.mutex_};
    owned_.insert_or_assign(agent, ownership);
    for (auto* const other : network_.nodes_) {
      auto const theirs = other->owned_.find(agent);
      if (other == this || theirs == other->owned_.end()) continue;
      other->post([other, agent, ownership] { other->handlers_.claimed(agent, ownership); });
      post([this, agent, was = theirs->second] { handlers_.claimed(agent, was); });
    }
  }
  void disown(AgentKey const& agent) override {
    std::lock_guard const lock{network_.mutex_};
    owned_.erase(agent);
  }
  void watch(AgentKey const& agent, std::function<void()> ready) override {
    std::lock_guard const lock{network_.mutex_};
    watched_.insert(agent);
    post(std::move(ready));
  }
  void unwatch(AgentKey const& agent) override {
    std::lock_guard const lock{network_.mutex_};
    watched_.erase(agent);
  }
  void announce(AgentKey const& agent, std::string frame) override {
    std::lock_guard const lock{network_.mutex_};
    if (!network_.up_ || std::exchange(network_.lost_announcements_, std::max(0, network_.lost_announcements_ - 1)) > 0)
      return;
    for (auto* const other : network_.nodes_)
      if (other != this && other->watched_.contains(agent))
        other->post([other, agent, frame] { other->handlers_.news(agent, frame); });
  }
  void request(AgentKey const& agent, std::string frame, std::chrono::milliseconds, Done done) override {
    std::lock_guard const lock{network_.mutex_};
    if (!network_.up_) return finish(done, RequestEnd::not_sent);
    Node* owner = nullptr;
    for (auto* const other : network_.nodes_)
      if (other != this && other->owned_.contains(agent)) owner = other;
    if (!owner) return finish(done, RequestEnd::no_owner);
    if (network_.refused_requests_ > 0) {
      --network_.refused_requests_;
      return post([done] {
        done(RequestEnd::answered, R"({"jsonrpc":"2.0","id":1,"error":{"code":-32010,"message":"agent_offline"}})");
      });
    }
    bool const lost = std::exchange(network_.lost_answers_, std::max(0, network_.lost_answers_ - 1)) > 0;
    network_.most_open_requests_ = std::max(network_.most_open_requests_, ++network_.open_requests_);
    auto ended = [&network = network_, done = std::move(done)](RequestEnd end, std::string answer) {
      {
        std::lock_guard const at_end{network.mutex_};
        --network.open_requests_;
      }
      done(end, std::move(answer));
    };
    auto respond = lost ? Respond{[](std::string const&) {}} : responder(ended);
    owner->post(
        [owner, agent, from = name_, frame, respond] { owner->handlers_.command(agent, from, frame, respond); });
    if (lost) finish(ended, RequestEnd::unknown);
  }
  void ask(std::string const& node, AgentKey const& agent, std::string frame, std::chrono::milliseconds,
           Done done) override {
    std::lock_guard const lock{network_.mutex_};
    if (!network_.up_) return finish(done, RequestEnd::not_sent);
    auto const found =
        std::find_if(network_.nodes_.begin(), network_.nodes_.end(), [&](Node* other) { return other->name_ == node; });
    if (found == network_.nodes_.end() || std::exchange(network_.lost_asks_, std::max(0, network_.lost_asks_ - 1)) > 0)
      return finish(done, RequestEnd::unknown);
    auto* const other = *found;
    other->post([other, agent, frame, respond = responder(done)] { other->handlers_.asked(agent, frame, respond); });
  }

 private:
  friend class ScriptedNetwork;

  void post(std::function<void()> work) {
    if (!post_) return;
    post_([alive = alive_, work = std::move(work)] {
      if (*alive) work();
    });
  }
  void finish(Done const& done, RequestEnd end) {
    post([done, end] { done(end, {}); });
  }
  /// Brings an answer back to this node.
  Respond responder(Done done) {
    return [this, &network = network_, done = std::move(done)](std::string const& frame) {
      std::lock_guard const lock{network.mutex_};
      if (std::find(network.nodes_.begin(), network.nodes_.end(), this) == network.nodes_.end()) return;
      post([done, frame] { done(RequestEnd::answered, frame); });
    };
  }

  ScriptedNetwork& network_;
  std::string name_;
  Handlers handlers_;
  Post post_;
  std::shared_ptr<std::atomic<bool>> const alive_ =
      std::make_shared<std::atomic<bool>>(true);  // what was posted before the end is dropped after it
  std::map<AgentKey, Ownership> owned_;
  std::set<AgentKey> watched_;
};

std::shared_ptr<Backplane> ScriptedNetwork::node() { return std::make_shared<Node>(*this); }

void ScriptedNetwork::lose_announcements(int count) {
  std::lock_guard const lock{mutex_};
  lost_announcements_ = count;
}

void ScriptedNetwork::lose_answers(int count) {
  std::lock_guard const lock{mutex_};
  lost_answers_ = count;
}

void ScriptedNetwork::lose_asks(int count) {
  std::lock_guard const lock{mutex_};
  lost_asks_ = count;
}

void ScriptedNetwork::refuse_requests(int count) {
  std::lock_guard const lock{mutex_};
  refused_requests_ = count;
}

void ScriptedNetwork::set_link(bool up) {
  std::lock_guard const lock{mutex_};
  if (std::exchange(up_, up) == up) return;
  for (auto* const node : nodes_) node->post([node, up] { node->handlers_.link(up); });
}

void ScriptedNetwork::forget(std::shared_ptr<Backplane> const& node) {
  std::lock_guard const lock{mutex_};
  auto& known = static_cast<Node&>(*node);
  known.owned_.clear();
  known.watched_.clear();
}

std::size_t ScriptedNetwork::owners(AgentKey const& agent) {
  std::lock_guard const lock{mutex_};
  return static_cast<std::size_t>(
      std::count_if(nodes_.begin(), nodes_.end(), [&](Node* node) { return node->owned_.contains(agent); }));
}

int ScriptedNetwork::most_open_requests() {
  std::lock_guard const lock{mutex_};
  return most_open_requests_;
}

}  // namespace flexcrm::test
