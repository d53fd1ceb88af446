#pragma once

#include <flexcrm/export.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace flexcrm {

/// Names an agent among all nodes. Any UTF-8; an adapter encodes it for its broker (a broker's wildcards are legal ids).
struct AgentKey {
  std::string tenant{};  ///< ServerOptions::tenant
  std::string agent{};   ///< Identity::agent

  friend auto operator<=>(AgentKey const&, AgentKey const&) = default;
};

/// How a request to another node ended.
enum class RequestEnd {
  answered,  ///< the answer is there
  no_owner,  ///< nobody holds the agent; certainly not delivered
  not_sent,  ///< the link was down on this node; certainly not delivered
  unknown    ///< the time is over, or the link was lost after sending: it may have happened, and nobody sends it again
};
/// Their names.
constexpr std::array<std::string_view, 4> enum_words(RequestEnd) {
  return {"answered", "no_owner", "not_sent", "unknown"};
}

/// That a node holds an agent's Flex. Of two the newer wins, by (since_ms, session).
struct Ownership {
  std::uint64_t since_ms = 0;  ///< when this Flex first came, milliseconds since 1970 by its node's clock
  std::string session{};       ///< the session of that Flex, random
  std::string node{};          ///< who holds it

  friend auto operator<=>(Ownership const&, Ownership const&) = default;
};

/// How several server processes ("nodes") act as one: an agent's Flex is connected to one of them, its CRM pages may be
/// connected to others. A server looks among its own sessions first and asks the backplane only for agents that it does not
/// hold. Frames are opaque to the backplane. docs/scaling.md has the guarantees and their reasons.
///
/// Thread safety: the server calls all functions from its own thread, and never after stop() but the destructor. Handlers
/// and callbacks may be called from any thread, but only through the Post that start() got, which hands them to the
/// server's thread; never from inside the call that causes them.
class FLEXCRM_API Backplane {
 public:
  /// Hands work to the server's thread.
  using Post = std::function<void(std::function<void()>)>;
  /// Takes the end of a request: the answer's frame when `answered`, else empty. Called once.
  using Done = std::function<void(RequestEnd end, std::string frame)>;
  /// Answers what another node asked; at most once. Not answered: the asker's time runs out.
  using Respond = std::function<void(std::string frame)>;

  /// What other nodes cause here.
  struct Handlers {
    /// A request for an agent that this node owns; `from` is the asking node.
    std::function<void(AgentKey const&, std::string const& from, std::string const& frame, Respond)> command{};
    /// A question to this node's own inbox, about an agent (a claim).
    std::function<void(AgentKey const&, std::string const& frame, Respond)> asked{};
    /// What the owner of a watched agent announced, in its order. Not what this node announced itself.
    std::function<void(AgentKey const&, std::string const& frame)> news{};
    /// Another node holds the agent too: whoever is older lets go.
    std::function<void(AgentKey const&, Ownership const&)> claimed{};
    /// The link to the others is there (true) or was lost (false). Down until it is said to be up for the first time;
    /// announcements may be missing after it was down.
    std::function<void(bool up)> link{};
  };

  virtual ~Backplane() = default;

  /// Begins. `node` is a random name of this node, new with each start.
  virtual void start(std::string node, Handlers handlers, Post post) = 0;
  /// Ends: nothing is called any more, open requests included.
  virtual void stop() noexcept = 0;

  /// This node holds the agent's Flex and takes its commands; other owners learn of it (`claimed`).
  virtual void own(AgentKey const&, Ownership const&) = 0;
  /// It does not any more.
  virtual void disown(AgentKey const&) = 0;

  /// This node has CRM endpoints of the agent and wants its news; `ready` once they come for certain.
  virtual void watch(AgentKey const&, std::function<void()> ready) = 0;
  /// It has none any more.
  virtual void unwatch(AgentKey const&) = 0;

  /// To all watching nodes: at most once, in order per owner.
  virtual void announce(AgentKey const&, std::string frame) = 0;

  /// To the one owner of the agent: at most once. `no_owner` only when it is settled that nobody holds it: an adapter whose
  /// broker spreads subscriptions slowly tries again by itself meanwhile.
  virtual void request(AgentKey const&, std::string frame, std::chrono::milliseconds timeout, Done) = 0;

  /// To the inbox of one node: at most once.
  virtual void ask(std::string const& node, AgentKey const&, std::string frame, std::chrono::milliseconds timeout,
                   Done) = 0;
};

}  // namespace flexcrm
