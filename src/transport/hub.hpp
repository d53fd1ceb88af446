#pragma once

#include "announcements.hpp"
#include "counters.hpp"
#include "desk.hpp"

#include "../messages/dial_ledger.hpp"

#include <flexcrm/backplane.hpp>
#include <flexcrm/identity.hpp>
#include <flexcrm/options.hpp>
#include <flexcrm/session.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace flexcrm::detail {

/// The id of every question between nodes: each has an exchange of its own, so that all may have the same.
inline constexpr auto node_request = RequestId::number(1);

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

/// A frame of an accepted session, for HubRules::shows_frames; `to_client`: the ToPeer of it follows.
struct ShowFrame {
  Identity identity;
  EndpointId session;
  bool to_client;
  std::string frame;
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
/// A dial ended, whoever issued it; one that was refused before it went to Flex as well.
struct Dialled {
  std::string agent;
  DialRequest request;
  Result<Answer> outcome;
};

/// Names a question between nodes; never used twice by one hub.
using QuestionId = std::uint64_t;

// What a hub that is one of several nodes wants of its Backplane.

/// This node holds the agent's Flex.
struct Own {
  std::string agent;
  Ownership ownership;
};
struct Disown {
  std::string agent;
};
/// This node has CRM endpoints of the agent. Call watching() when the news come for certain.
struct Watch {
  std::string agent;
};
struct Unwatch {
  std::string agent;
};
struct Announce {
  std::string agent;
  std::string frame;
};
/// Ask the agent's owner (without `node`), or this node. Call told() with what comes of it.
struct Question {
  QuestionId id;
  std::string agent;
  std::optional<std::string> node;
  std::string frame;
  std::chrono::milliseconds timeout;
};
/// The answer to what another node asked here.
struct Respond {
  QuestionId id;
  std::string frame;
};

using HubAction = std::variant<ShowFrame, ToPeer, ClosePeer, CutPeer, AuthorizePeer, PeerAccepted, Handle, Finished,
                               PresenceChanged, Dialled, Own, Disown, Watch, Unwatch, Announce, Question, Respond>;

/// What the application decides, asked from inside: none of it may call the hub.
struct HubRules {
  std::function<std::string()> random_id;  ///< names sessions and dials
  /// Whether the process handles a message type itself.
  std::function<bool(MessageType)> handles;
  /// Whether a dial may go to Flex, and how: it may change what the handler of on_dial may.
  std::function<Result<void>(std::string const& agent, DialRequest&)> permit;
  /// Several nodes share the agents: without it the actions for a Backplane do not occur.
  bool has_backplane = false;
  /// Somebody looks at frames: without it there is no ShowFrame.
  bool shows_frames = false;
};

/// Routes between each agent's Flex endpoint, its CRM endpoints and this process (docs/protocol.md §4.8), sans-io: owns
/// the sessions, which outlive their connections, and reads no clock. After every input drain next(); call tick() at
/// deadline(). One object is for one thread at a time.
class Hub {
 public:
  /// It counts on `counters`.
  Hub(ServerOptions const& options, HubRules rules, std::shared_ptr<Counters> counters = std::make_shared<Counters>());
  ~Hub();
  Hub(Hub const&) = delete;
  Hub& operator=(Hub const&) = delete;

  /// This hub's name among the nodes: random, empty without others.
  std::string const& node() const noexcept { return node_; }

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

  // From the Backplane, about the agent of a name. `id` is the caller's name for a question of another node: it is answered
  // by Respond.

  /// A request for an agent whose Flex is here.
  void command(QuestionId id, std::string const& name, std::string const& from, std::string const& frame, Moment now);
  /// A question to this node.
  void asked(QuestionId id, std::string const& name, std::string const& frame, Moment now);
  /// What the owner of a watched agent says.
  void news(std::string const& name, std::string const& text, Moment now);
  /// Another node holds the agent too.
  void claimed(std::string const& name, Ownership const& other, Moment now);
  /// The news of an agent come for certain now.
  void watching(std::string const& name, Moment now);
  /// The answer to a Question.
  void told(QuestionId id, RequestEnd end, std::string const& frame, Moment now);
  /// News may be missing.
  void link(bool up, Moment now);

  /// Says Bye{shutdown} to all, takes nobody in any more and ends the requests of this process.
  void shutdown(Moment now);

  /// Time passed.
  void tick(Moment now);

  /// The next thing to do, or nothing: then wait for the next input.
  std::optional<HubAction> next();

  /// When tick() is due at the latest.
  std::optional<std::chrono::steady_clock::time_point> deadline() const;

 private:
  using Steady = std::chrono::steady_clock::time_point;

  // Whoever asked: an endpoint's request, one of this process, or another node.
  struct Asker {
    ReplyTo remote{};
    LocalId local = 0;
    QuestionId node_question = 0;
    std::string node{};
  };

  // A question to another node.
  struct Asked {
    Asker asker{};
    std::string agent{};
    MessageType type{0};
    std::string dial_id{};
  };

  // A click that Flex has not answered yet.
  struct Dial {
    Asker issuer{};
    EndpointId flex = 0;  // 0: at another node
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
    std::uint64_t order = 0;     // of its first Hello
    std::uint64_t since_ms = 0;  // the same for other nodes: milliseconds since 1970
    Steady seen{};
    bool replaced = false;
  };

  struct Peer {
    EndpointId endpoint = 0;
    std::uint64_t order = 0;       // of its Hello
    std::optional<Hello> waiting;  // the Hello that is being authorized
  };

  struct Agent;

  // One session with one client, over one connection after another.
  struct Endpoint {
    Endpoint(EndpointId its_id, Session its_session) : id{its_id}, session{std::move(its_session)} {}

    EndpointId id;
    Session session;
    PeerId peer = 0;    // 0: no connection now
    PeerId newest = 0;  // the last connection it had, for the log
    Identity identity{};
    Agent* agent = nullptr;  // in whose lists it is, so that the agent is not forgotten
    std::string instance{};
    std::string session_id{};
    std::uint64_t order = 0;            // Flex: of its instance
    std::uint64_t since_ms = 0;         // Flex: of its instance
    std::uint64_t last_act = 0;         // CRM: of what a person last did there
    std::optional<RequestKey> reset{};  // CRM: the newest Snapshot that tells of a reset, until it is acknowledged
    std::unordered_map<RequestKey, Forwarded> forwarded{};
    std::optional<Steady> armed{};
    bool touched = false;
    bool over = false;
    bool replaced = false;  // another session of the agent's Flex follows at once

    bool is_connected() const { return peer != 0 && session.is_open(); }
  };

  // What this node knows from an agent's owner, when that is another node.
  struct News {
    Place last{};                 // what is known
    std::optional<Place> seen{};  // the newest that came while an answer was awaited, or that made it be asked for
    int useless_answers = 0;      // in a row: they did not reach what was seen
    bool asked = false;           // or about to
    QuestionId question = 0;      // the one that is open
    bool gap = false;             // something was missed: with a Snapshot the CRM endpoints are told
  };

  struct Agent {
    std::string name{};
    EndpointId flex = 0;
    std::vector<EndpointId> crms{};
    Desk desk{};
    std::map<std::string, Dial, std::less<>> dials{};
    std::list<Steady> recent_dials{};
    std::vector<Instance> instances{};
    bool announced = false;                // what was last said of its presence
    std::optional<Ownership> ownership{};  // this node holds its Flex
    Announcements announcements{};         // under this ownership
    News news{};

    /// This node wants to hear of it: CRM endpoints are here, and Flex is not.
    bool is_watched() const { return flex == 0 && !crms.empty(); }
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
  void show(Endpoint const& endpoint, bool to_client, std::string_view frame);
  void forget(PeerId peer);
  void hello(Endpoint& endpoint, Hello greeting);
  bool resume(Endpoint& fresh, PeerId peer, Hello const& hello, Identity const& identity);
  void accept(Endpoint& endpoint, PeerId peer, Hello const& hello, Identity const& identity);
  bool accept_flex(Agent& agent, Endpoint& endpoint, std::uint64_t order, Hello const& hello);
  bool accept_crm(Agent& agent, Endpoint& endpoint, Hello const& hello);
  void fence(Endpoint& older);
  void refuse(Endpoint& endpoint, Error const& error);
  Result<RequestKey> pass(Endpoint& endpoint, Message const& message, std::string const& params);
  void conclude(std::string const& agent, DialRequest request, Result<Answer> const& outcome);
  void detached(Endpoint& endpoint);
  void ended(Endpoint& endpoint);
  void flex_came(Agent& agent);
  void announce(Agent& agent, bool online);

  // -- Flex to CRM
  void from_flex(Endpoint& flex, Deliver&& delivery);
  void ask_crm(Agent& agent, Endpoint& flex, Deliver const& delivery);
  void publish(Agent& agent, Message const& message, std::string const& params);
  void publish_own(Agent& agent, Message const& message);
  void tell(Endpoint& crm, Message const& message, std::string const& params);
  void tell_all(Endpoint& crm, Snapshot snapshot);
  void claim(Endpoint& flex, RequestKey key, DialClaimRequest const& request);
  void grant(Asker const& asker, Asker const& issuer, DialClaimRequest const& request);

  // -- CRM to Flex
  void from_crm(Endpoint& crm, Deliver const& delivery);
  Result<void> ask_flex(std::string const& name, Asker const& asker, Message const& message, std::string const& params);
  Result<void> try_flex(std::string const& name, Asker const& asker, Message const& message, std::string const& params);
  Result<void> pass_to_flex(Agent& agent, Endpoint& flex, Asker const& asker, Message const& message,
                            std::string const& params);
  Result<void> permit(Agent& agent, DialRequest& dial);
  void answered(Endpoint& endpoint, Answered const& answered);
  void answer(Asker const& asker, Result<Answer> const& outcome);
  void finish(LocalId id, Result<Answer> outcome);

  // -- other nodes
  void announce_news(Agent& agent, Message const& message, std::string const& params);
  void announce_place(Agent& agent);
  Result<void> ask_owner(std::string const& name, Asker const& asker, Message const& message,
                         std::string const& params);
  QuestionId put(Question question, Asked asked);
  std::string what_is_new(Agent& agent, Place const& asker);
  void missed_news(Agent& agent);
  void ask_news(Agent& agent, int useless_answers = 0);
  void ask_news_again(Agent& agent, int useless_answers);
  void ask_news_later(Agent& agent);
  void ask_all_news();
  void told_news(Agent& agent, RequestEnd end, std::string const& text);
  bool take_news(Agent& agent, Placed const& placed);
  void take_snapshot(Agent& agent, Place const& place, Snapshot const& whole);
  void owner_gone(Agent& agent);
  void disown(Agent& agent);
  void watch(Agent& agent);
  void unwatch(Agent& agent);

  // -- time
  void arm(Endpoint& endpoint);
  void arm(LocalId id, LocalRequest& local);
  void sweep();

  template <class What>
  void act(What&& what) {
    actions_.emplace_back(std::forward<What>(what));
  }
  void note(Level level, Endpoint const& endpoint, std::initializer_list<std::string_view> parts) const;

  SessionOptions session_options_;
  HubLimits limits_;
  std::chrono::milliseconds retry_after_;
  std::vector<std::string> caller_ids_;
  bool any_caller_id_;
  Logger logger_;
  HubRules rules_;
  std::shared_ptr<Counters> counters_;
  std::string node_;

  Moment now_{};
  std::vector<HubAction> actions_;  // from next_action_ on
  std::size_t next_action_ = 0;
  std::unordered_map<PeerId, Peer> peers_;
  std::unordered_map<std::string, PeerId> greeting_;  // whose Hello is being authorized, by client
  std::unordered_map<EndpointId, std::unique_ptr<Endpoint>> endpoints_;
  std::unordered_map<std::string, EndpointId> sessions_;  // by HelloResult::session
  std::unordered_map<std::string, std::unique_ptr<Agent>> agents_;
  std::unordered_map<LocalId, LocalRequest> locals_;
  std::unordered_map<QuestionId, Asked> questions_;
  std::deque<std::string> to_ask_;                           // agents, for their news
  std::deque<std::pair<Steady, std::string>> to_ask_later_;  // the same, in the order of their times
  std::size_t news_asked_ = 0;
  bool is_linked_ = false;
  std::shared_ptr<Codec> codec_;    // and that of all sessions
  std::deque<EndpointId> touched_;  // sessions with actions to carry out
  std::vector<EndpointId> over_;
  std::set<Due> due_;
  EndpointId last_endpoint_ = 0;
  LocalId last_local_ = 0;
  QuestionId last_question_ = 0;
  std::uint64_t last_order_ = 0;
  Steady next_sweep_{};
  bool stopping_ = false;
};

}  // namespace flexcrm::detail
