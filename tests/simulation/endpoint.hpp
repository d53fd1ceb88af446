#pragma once

#include "application.hpp"
#include "link.hpp"
#include "machine.hpp"
#include "scene.hpp"
#include "tap.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace flexcrm::test {

/// One session on its machine, with its link below and its application above: what a shell of the transport
/// would be. After each input the actions are carried out, and what must hold of this session is checked.
class Endpoint {
 public:
  Endpoint(Scene& scene, Machine& machine, End end, Session session, std::unique_ptr<Application> application);

  // -- inputs

  /// Connected: the first link, or another one after the last was lost or closed.
  void connect(Link& link);
  /// A frame came out of the link.
  void receive(Link::Frame const& frame);
  /// The link is gone, as this side sees it.
  void lose();
  void tick();
  void handle();
  void work();
  void bye(Bye const& bye);

  // -- inputs of a server

  void accept(std::string name);
  void refuse(Errc reason);
  /// Goes on with this session over the link of `fresh`. The older link is closed at this end.
  bool resume(Endpoint& fresh);

  // -- when something is due

  std::optional<Millis> timer() const;
  std::optional<Millis> handler() const;

  // -- what became of it

  bool is_open() const { return session_.is_open(); }
  bool is_over() const { return is_over_; }
  Link* link() const { return link_; }
  /// The session's name; empty: there is none.
  std::string const& name() const { return name_; }
  /// Server: of the client's page or process.
  std::string_view instance() const { return hello_ ? std::string_view{hello_->instance} : std::string_view{}; }
  /// Server: a Hello that nobody has decided about yet.
  std::optional<Hello>& greeting() { return greeting_; }
  /// Client: was told not to come back.
  bool was_turned_away() const { return was_turned_away_; }
  Session& session() { return session_; }
  Application& application() { return *application_; }
  Application const& application() const { return *application_; }
  Tap const& tap() const { return tap_; }

  /// What must hold at any time, whatever the session does or does not do.
  void check() const;

 private:
  void carry_out();
  void carry_out(Action& action);
  void opened(Opened const& opened);
  void ended(Ended const& ended);
  void close(std::uint16_t code);
  void left();
  Moment now() const { return machine_->now(scene_->time); }

  Scene* scene_;
  Machine* machine_;
  End end_;
  Session session_;
  std::unique_ptr<Application> application_;
  Tap tap_;

  Link* link_ = nullptr;
  bool is_over_ = false;
  bool is_first_ = true;  // no session of this object has been opened yet
  std::string name_;
  std::optional<Hello> greeting_;
  std::optional<Hello> hello_;  // server: the one that this session began with
  bool was_turned_away_ = false;
  bool is_accusing_ = false;  // closed with 4400

  Millis connected_at_{0};
  Machine::Since waits_for_opening_, hears_nothing_, is_left_;
  std::optional<Moment> left_at_;
  std::optional<std::chrono::steady_clock::time_point> deadline_;
  std::vector<Action> actions_;
};

}  // namespace flexcrm::test
