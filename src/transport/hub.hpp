#pragma once

#include "desk.hpp"

#include "../messages/dial_ledger.hpp"

#include <flexcrm/identity.hpp>
#include <flexcrm/options.hpp>
#include <flexcrm/session.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace flexcrm::detail {

/// Names one connection towards a Hub; never used twice.
using PeerId = std::uint64_t;
/// Names one session in a Hub; never used twice.
using EndpointId = std::uint64_t;
/// Names one request of this process towards a Hub; never used twice.
using LocalId = std::uint64_t;

/// A delivered request that the process answers.
struct ReplyTo {
  EndpointId endpoint = 0;
  RequestKey key = 0;
};

/// Write this frame to the connection.
struct ToPeer {
  PeerId peer;
  std::string frame;
};
/// Write what was sent before, then close. Nothing that still comes from this connection may be fed in.
struct ClosePeer {
  PeerId peer;
  std::uint16_t code;
};
/// Cut the connection at once: its client has come back with another one.
struct CutPeer {
  PeerId peer;
};
/// Who is this? Answer with authorized().
struct AuthorizePeer {
  PeerId peer;
  Hello hello;
};
/// The connection carries a session now.
struct PeerAccepted {
  PeerId peer;
};
/// A message for the process's handler. With `reply`, answer with answer(); without, the hub itself tells.
struct Handle {
  std::string agent;
  Message message;
  std::optional<ReplyTo> reply;
};
/// A request of this process ended.
struct Finished {
  LocalId id;
  Result<Answer> outcome;
};
/// An agent's Flex has connected or is gone.
struct PresenceChanged {
  std::string agent;
  bool online;
  std::chrono::system_clock::time_point since;
};
/// A dial ended, whoever issued it.
struct Dialled {
  std::string agent;
  DialRequest request;
  Result<Answer> outcome;
};

using HubAction = std::variant<ToPeer, ClosePeer, CutPeer, AuthorizePeer, PeerAccepted, Handle, Finished, PresenceChanged, Dialled>;

/// What the application decides, asked from inside: none of it may call the hub.
struct HubRules {
  std::function<std::string()> random_id;  ///< names sessions and dials
  /// Whether the process handles a message type itself.
  std::function<bool(MessageType)> handles;
  /// Whether a dial may go to Flex.
  std::function<Result<void>(std::string const& agent, DialRequest const&)> permit;
};

/// Routes between each agent's Flex endpoint, its CRM endpoints and this process (docs/protocol.md §4.8), sans-io: owns
/// the sessions, which outlive their connections, and reads no clock. After every input drain next(); call tick() at
/// deadline(). One object is for one thread at a time.
class FLEXCRM_API Hub {
 public:
  Hub(ServerOptions const& options, HubRules rules);
  ~Hub();
  Hub(Hub const&) = delete;
  Hub& operator=(Hub const&) = delete;

  /// A WebSocket was opened under a name of the caller's choice.
  void connected(PeerId peer, Moment now);
  /// A text frame of it arrived.
  void receive(PeerId peer, std::string_view frame, Moment now);
  /// It is gone.
  void lost(PeerId peer, Moment now);

  /// The answer to AuthorizePeer; without effect when the connection is gone or its client came again meanwhile.
  void authorized(PeerId peer, Result<Identity> const& identity, Moment now);

  /// The answer to a Handle; without effect when it came too late.
  void answer(ReplyTo const& reply, Result<Answer> const& outcome, Moment now);

  /// A request issued in this process: ends with one Finished.
  LocalId request(std::string const& agent, Message message, Moment now);

  /// Says Bye{shutdown} to all, takes nobody in any more and ends the requests of this process.
  void shutdown(Moment now);

  /// Time passed.
  void tick(Moment now);

  /// The next thing to do, or nothing: then wait for the next input.
  std::optional<HubAction> next();

  /// When tick() is due at the latest.
  std::optional<std::chrono::steady_clock::time_point> deadline() const;

 private:
  struct Endpoint;
  struct Agent;
  using Steady = std::chrono::steady_clock::time_point;

  // Whoever asked: an endpoint's request, or one of this process.
  struct Asker {
    ReplyTo remote{};
    LocalId local = 0;
  };

  // A click that Flex has not answered yet.
  struct Dial {
    Asker issuer{};
    EndpointId flex = 0;
    DialRequest request{};
  };

  // A request that was passed on, by its key at the endpoint it went to.
  struct Forwarded {
    Asker asker{};
    std::string dial_id{};  // a DialRequest's
    bool is_claim = false;
  };

  // One Flex instance of an agent, remembered so that a replaced one is refused.
  struct Instance {
    std::string name{};
    std::uint64_t order = 0;  // of its first Hello
    Steady seen{};
    bool replaced = false;
  };

  struct Peer {
    EndpointId endpoint = 0;
    std::uint64_t order = 0;       // of its Hello
    std::optional<Hello> waiting;  // the Hello that is being authorized
  };

  struct LocalRequest {
    std::string agent{};
    std::optional<OpenDial> dial{};
    std::optional<DialRequest> sent{};  // a dial that went to Flex
    std::optional<Steady> due{};
  };

  // What tick() looks at: an endpoint's session, or a dial of this process.
  struct Due {
    Steady at;
    EndpointId endpoint = 0;
    LocalId local = 0;
    friend auto operator<=>(Due const&, Due const&) = default;
  };

  // -- connections and sessions
  Endpoint* find(EndpointId id);
  Agent* find(std::string const& agent);
  Agent& get(std::string const& agent);
  Endpoint& begin(PeerId peer);
  void drain(Endpoint& endpoint);
  void run();
  void touch(Endpoint& endpoint);
  void forget(PeerId peer);
  void hello(Endpoint& endpoint, Hello greeting);
  bool resume(Endpoint& fresh, PeerId peer, Hello const& hello, Identity const& identity);
  void accept(Endpoint& endpoint, PeerId peer, Hello const& hello, Identity const& identity);
  bool accept_flex(Agent& agent, Endpoint& endpoint, std::uint64_t order, Hello const& hello);
  bool accept_crm(Agent& agent, Endpoint& endpoint, Hello const& hello);
  void fence(Endpoint& older);
  void refuse(Endpoint& endpoint, Error const& error);
  void detached(Endpoint& endpoint);
  void ended(Endpoint& endpoint);
  void flex_came(Agent& agent);
  void announce(Agent& agent, bool online);

  // -- Flex to CRM
  void from_flex(Endpoint& flex, Deliver delivery);
  void ask_crm(Agent& agent, Endpoint& flex, Deliver const& delivery);
  void publish(Agent& agent, Message const& message, std::string const& params);
  void publish_own(Agent& agent, Message const& message);
  void tell(Endpoint& crm, Message const& message, std::string const& params);
  void tell_all(Endpoint& crm, Snapshot snapshot);
  void claim(Endpoint& flex, RequestKey key, DialClaimRequest const& request);

  // -- CRM to Flex
  void from_crm(Endpoint& crm, Deliver delivery);
  Result<void> ask_flex(Agent* agent, Asker const& asker, Message const& message, std::string const& params);
  Result<void> permit(Agent& agent, DialRequest const& dial);
  void answered(Endpoint& endpoint, Answered answered);
  void answer(Asker const& asker, Result<Answer> const& outcome);
  void finish(LocalId id, Result<Answer> outcome);

  // -- time
  void arm(Endpoint& endpoint);
  void arm(LocalId id, LocalRequest& local);
  void sweep();

  void act(HubAction action) { actions_.push_back(std::move(action)); }
  void note(Level level, Endpoint const& endpoint, std::initializer_list<std::string_view> parts) const;

  SessionOptions session_options_;
  HubLimits limits_;
  std::chrono::milliseconds retry_after_;
  std::vector<std::string> caller_ids_;
  Logger logger_;
  HubRules rules_;

  Moment now_{};
  std::deque<HubAction> actions_;
  std::unordered_map<PeerId, Peer> peers_;
  std::unordered_map<std::string, PeerId> greeting_;  // whose Hello is being authorized, by client
  std::unordered_map<EndpointId, std::unique_ptr<Endpoint>> endpoints_;
  std::unordered_map<std::string, EndpointId> sessions_;  // by HelloResult::session
  std::unordered_map<std::string, std::unique_ptr<Agent>> agents_;
  std::unordered_map<LocalId, LocalRequest> locals_;
  std::deque<EndpointId> touched_;  // sessions with actions to carry out
  std::vector<EndpointId> over_;
  std::set<Due> due_;
  EndpointId last_endpoint_ = 0;
  LocalId last_local_ = 0;
  std::uint64_t last_order_ = 0;
  Steady next_sweep_{};
  bool stopping_ = false;
};

}  // namespace flexcrm::detail
