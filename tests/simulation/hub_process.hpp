#pragma once

#include "link.hpp"
#include "machine.hpp"
#include "scene.hpp"
#include "view.hpp"

#include "transport/hub.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace flexcrm::test {

/// What the server's process wants for a whole schedule, over its restarts.
struct ProcessOptions {
  ServerOptions server{};
  bool handles_ordered = false;   ///< events and state of Flex
  bool handles_requests = false;  ///< its queries and commands
};

/// The process of a server: a hub, its connections, and the application that uses it from inside. Every frame
/// that goes in or out is looked at, and from them it is known what each endpoint was told and what is so
/// (docs/protocol.md §4.8). After each input what the hub did is checked against that.
class HubProcess {
 public:
  /// `incarnation`: which process it is, in order.
  HubProcess(Scene& scene, Machine& machine, ProcessOptions const& options, int incarnation);
  ~HubProcess();

  // -- inputs

  /// `sender`: whose application is at the other end.
  void connect(Link& link, std::size_t sender);
  bool has(Link const& link) const;
  void receive(Link& link, Link::Frame const& frame);
  void lose(Link& link);
  void tick();
  /// A Hello is authorized, or a handler returns.
  void work_on();
  /// The application asks something of an agent's Flex.
  void ask();
  void shut_down();
  /// The process is gone.
  void die(bool quietly);

  // -- when something is due

  std::optional<Millis> timer() const;
  std::optional<Millis> work() const;

  // -- what became of it

  bool is_idle() const {
    return locals_.empty() && handlers_.empty() && waiting_.empty() && passed_.size() == dialled_.size();
  }
  /// What is so at an agent's Flex.
  View truth(std::string const& agent) const;
  /// At rest: nobody is owed anything.
  void require_rest() const;

 private:
  struct Conversation {
    std::string agent{};
    Role role = Role::crm;
    std::string instance{};
    std::size_t sender = 0;
    detail::PeerId peer = 0;  // 0: no connection
    std::int64_t last_received = 0, last_written = 0;
    // Of a CRM:
    View told{};
    std::uint64_t last_act = 0;
    bool is_owed_reset = false;
    std::set<std::int64_t> resets{};  // that were written since it is owed one
    // Of Flex:
    View said{};
    bool has_said_agent = false;
    std::map<std::int64_t, std::size_t> claims{};
    std::map<std::int64_t, std::size_t> open_claims{};  // over the present connection
    std::map<std::int64_t, detail::Age> dials{};        // that it has not answered
  };
  struct Peer {
    Link* link = nullptr;
    std::size_t sender = 0;
    std::optional<Hello> hello{};
    std::uint64_t order = 0;
    bool is_accepted = false;
    bool is_turned_away = false;
    std::string session{};
  };
  struct Instance {
    std::uint64_t place = 0;
    Moment seen{};
    bool is_replaced = false;
  };
  struct Agent {
    std::string flex{};    // the session
    std::string active{};  // its instance, or that of the one before that ended with the input at hand
    std::map<std::string, Instance, std::less<>> instances{};
    bool is_announced = false;
    std::deque<Moment> dials{};
    View handled{};  // by the process
  };
  struct Handler {
    Millis due;
    detail::ReplyTo to;
    std::size_t item;
  };
  struct Waiting {
    Millis due;
    detail::PeerId peer;
    Hello hello;
  };

  /// Does what the hub wants after an input: a frame of a connection, or another one.
  void carry_out(detail::PeerId reader = 0, std::string const& frame = {});
  void carry_out(detail::HubAction& action);
  void give_up(detail::PeerId peer);
  void forget_ended();
  void greeted(Peer& peer, detail::PeerId id, std::string const& text);
  Instance& place(Agent& agent, Peer const& peer);
  void flex_accepted(Peer const& peer);
  void flex_turned_away(Peer const& peer);
  void wrote(Conversation& to, std::int64_t number, std::string const& text);
  void wrote_answer(Conversation& to, std::int64_t number, std::string_view text);
  void read(std::string const& session, std::string const& text);
  void read_request(Conversation& from, std::int64_t number, Message const& message);
  void handle(detail::Handle const& handle);
  void finished(detail::Finished const& finished);
  void dialled(detail::Dialled const& dialled);
  void answer_handler(Handler const& handler);
  void authorize(Waiting const& waiting);
  void check();
  bool is_connected(Agent const& agent) const;
  bool is_connected(std::size_t sender) const;
  Conversation const* flex_of(Agent const& agent) const;
  View truth(Agent const& agent) const;
  Moment now() const { return machine_->now(scene_->time); }

  Scene* scene_;
  Machine* machine_;
  ProcessOptions const* options_;
  std::string name_;
  std::size_t sender_;
  int ids_ = 0;
  std::unique_ptr<detail::Hub> hub_;
  Codec codec_;

  detail::PeerId last_peer_ = 0;
  std::uint64_t last_order_ = 0, last_act_ = 0;
  std::map<detail::PeerId, Peer> peers_;
  std::map<std::string, Conversation, std::less<>> conversations_;
  std::map<std::string, Agent, std::less<>> agents_;
  std::vector<Waiting> waiting_;
  std::vector<Handler> handlers_;
  std::map<detail::LocalId, std::size_t> locals_;
  std::map<std::size_t, std::string> passed_;          // dials that went to Flex, and whose
  std::set<std::size_t> refused_, dialled_, assumed_;  // assumed_: granted, perhaps
  std::set<std::size_t> unsent_;                       // refused before they went to Flex, and told so
  std::vector<detail::PeerId> slow_;
  std::optional<std::pair<detail::PeerId, std::int64_t>> offline_;  // a request that must be answered at once
  std::optional<Errc> last_finished_;
  unsigned checks_ = 0;
};

}  // namespace flexcrm::test
