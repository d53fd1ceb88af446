// A client and a server, their sessions, and everything that can happen between and to them. The link does
// what links do (link.hpp says what "at any byte" means here). Machines sleep, freeze and have their clocks
// set. Processes restart without memory, or stand still and go on with it. A second tab takes over, an agent
// logs out, a stranger asks for somebody's session.
//
// One step is one thing that happens: a frame comes out of the link, a timer rings, a handler returns, a
// fault. Which of those that are due at one moment comes first is chance. After each step the invariants are
// checked, those of the wire in tap.cpp, of the application in application.cpp, of the session and its times
// in endpoint.cpp, of its memory in memory.cpp.

#include "broken.hpp"
#include "endpoint.hpp"
#include "faults.hpp"
#include "link.hpp"
#include "machine.hpp"
#include "scene.hpp"
#include "simulation.hpp"

#include <algorithm>
#include <list>
#include <memory>

namespace flexcrm::test {
namespace {

using namespace std::chrono_literals;

Role opposite(Role role) { return role == Role::flex ? Role::crm : Role::flex; }

class TwoSessions {
 public:
  TwoSessions(std::uint64_t seed, std::ostream* trace) : scene_{.random = Random{seed}, .trace = trace} {
    client_role_ = random_.chance(0.5) ? Role::flex : Role::crm;
    client_machine_.set_wall(0ms, random_.between(-1h, 1h));
    if (random_.chance(0.1)) scene_.options.queues.event_bytes = 2000;
    if (random_.chance(0.1)) scene_.options.queues.unanswered_bytes = 2000;
    next_fault_ = random_.between(0ms, 20s);
    new_client();
  }

  Coverage run() {
    std::optional<Millis> rests_since;
    while (!rests_since || time() < *rests_since + rest_lasts) {
      require(++scene_.coverage.steps < most_steps && time() < settles_until,
              "no livelock: in the calm everything settles");
      step();
      client_->check();
      for (auto const& server : servers_) server.check();
      if (!rests_since && is_settled()) rests_since = time();
      require(!rests_since || is_connected(), "a connection without faults stays");
    }
    finish();
    scene_.coverage.schedules = 1;
    return scene_.coverage;
  }

 private:
  static constexpr Millis chaos_lasts{240s};    // faults and traffic until then
  static constexpr Millis settles_until{720s};  // then everything must come to rest, in so much time
  static constexpr Millis rest_lasts{30s};      // and stay so: longer than any silence that a session allows
  static constexpr std::uint64_t most_steps = 100000;
  static constexpr int most_steps_at_once = 2000;

  Millis time() const { return scene_.time; }
  bool is_calm() const { return time() >= chaos_lasts; }
  /// Then the last fault has had its effect.
  Millis calms_at() const {
    return std::max({chaos_lasts, client_machine_.awake_at(), server_machine_.awake_at()}) + 30s;
  }

  // -- one step

  enum class Thing { fault, traffic, connect, arrival, timer, handler, greeting };

  struct Choice {
    Millis at = settles_until;
    Thing thing = Thing::fault;
    Endpoint* endpoint = nullptr;
    Link* link = nullptr;
    End end = End::client;
  };

  /// The next thing that happens. Of those that are due at one moment any may be the first.
  Choice choose() {
    Choice first;
    int as_early = 0;
    auto const consider = [&](Choice choice) {
      choice.at = std::max(choice.at, time());
      if (choice.at > first.at) return;
      as_early = choice.at == first.at ? as_early + 1 : 1;
      if (as_early == 1 || random_.between(1, as_early) == 1) first = choice;
    };
    if (next_fault_ < chaos_lasts) consider({.at = next_fault_, .thing = Thing::fault});
    if (next_traffic_ < chaos_lasts) consider({.at = next_traffic_, .thing = Thing::traffic});
    if (!client_->link())
      consider(
          {.at = std::max({next_connect_, server_is_up_at_, client_machine_.awake_at(), server_machine_.awake_at()}),
           .thing = Thing::connect});
    for (auto& link : links_)
      for (auto const end : {End::client, End::server})
        if (auto const due = link.due(end))
          consider({.at = std::max(*due, machine(end).awake_at()), .thing = Thing::arrival, .link = &link, .end = end});
    for_each_endpoint([&](Endpoint& endpoint) {
      if (auto const at = endpoint.timer()) consider({.at = *at, .thing = Thing::timer, .endpoint = &endpoint});
      if (auto const at = endpoint.handler()) consider({.at = *at, .thing = Thing::handler, .endpoint = &endpoint});
      if (endpoint.greeting())
        consider({.at = std::max(authorized_at_, server_machine_.awake_at()),
                  .thing = Thing::greeting,
                  .endpoint = &endpoint});
    });
    return first;
  }

  void step() {
    auto const next = choose();
    steps_at_once_ = next.at > time() ? 0 : steps_at_once_ + 1;
    require(steps_at_once_ < most_steps_at_once, "no livelock: time goes on");
    scene_.time = next.at;
    switch (next.thing) {
      case Thing::fault:
        fault();
        next_fault_ = time() + random_.between(500ms, 25s);
        break;
      case Thing::traffic:
        traffic();
        next_traffic_ = time() + random_.between(0ms, 4s);
        break;
      case Thing::connect: connect(); break;
      case Thing::arrival: arrive(*next.link, next.end); break;
      case Thing::timer: next.endpoint->tick(); break;
      case Thing::handler: next.endpoint->handle(); break;
      case Thing::greeting: authorize(*next.endpoint); break;
    }
    if (is_calm() && !std::exchange(was_calm_, true)) calm_down();
    tidy_up();
  }

  /// What is over goes: sessions of the server, links that nobody holds, a client that may not come back.
  void tidy_up() {
    servers_.remove_if([](Endpoint const& server) { return server.is_over() && !server.link(); });
    links_.remove_if(
        [&](Link const& link) { return link.is_empty() && !owner(link, End::client) && !owner(link, End::server); });
    if (client_->is_over()) new_client();
    if (had_link_ && !client_->link()) next_connect_ = time() + random_.between(0ms, 5s);
    had_link_ = client_->link() != nullptr;
  }

  template <class Function>
  void for_each_endpoint(Function const& function) {
    function(*client_);
    for (auto& server : servers_) function(server);
  }

  Machine& machine(End end) { return end == End::client ? client_machine_ : server_machine_; }

  /// Whose link it is. An end that was closed, or fenced off by a newer connection, is nobody's.
  Endpoint* owner(Link const& link, End end) {
    if (end == End::client) return client_->link() == &link ? client_.get() : nullptr;
    auto const server =
        std::find_if(servers_.begin(), servers_.end(), [&](auto const& other) { return other.link() == &link; });
    return server == servers_.end() ? nullptr : &*server;
  }

  /// The server's session that the client is in, if both think so.
  Endpoint* current() {
    auto const server = std::find_if(servers_.begin(), servers_.end(), [&](auto const& other) {
      return !other.name().empty() && other.name() == client_->name();
    });
    return server == servers_.end() ? nullptr : &*server;
  }

  // -- the two sides

  std::string instance() const { return "i" + std::to_string(instances_); }

  /// A page that loads, or a process that starts: nothing is remembered.
  void new_client() {
    if (client_) {
      scene_.book.abandon(client_->application().sender());
      if (auto* const link = client_->link())
        random_.chance(0.7) ? link->close(End::client) : link->vanish(End::client);
    }
    ++instances_;
    Hello const hello{.role = client_role_, .agent = "ana", .instance = instance()};
    client_ = std::make_unique<Endpoint>(scene_, client_machine_, End::client, Session::client(hello, scene_.options),
                                         std::make_unique<Application>(scene_, client_machine_, client_role_, 0u));
    had_link_ = false;
    next_connect_ = time() + random_.between(0ms, 5s);
  }

  Endpoint new_server_session() {
    return {scene_, server_machine_, End::server, Session::server(scene_.options),
            std::make_unique<Application>(scene_, server_machine_, opposite(client_role_), 1u)};
  }

  void connect() {
    scene_.say(" connects");
    auto& link = links_.emplace_back(scene_);
    servers_.push_back(new_server_session());
    servers_.back().connect(link);
    client_->connect(link);
  }

  void arrive(Link& link, End end) {
    auto* endpoint = owner(link, end);
    auto const frame = link.take(end);
    if (!frame) {
      if (endpoint) endpoint->lose();
      return;
    }
    if (!endpoint) {
      scene_.say(" late: ", frame->text);
      ++scene_.coverage.late_frames;
      if (!broken("fencing")) return;
      endpoint = end == End::client ? client_.get() : current();
      if (!endpoint || !endpoint->is_open()) return;
    }
    endpoint->receive(*frame);
    if (endpoint->greeting()) authorized_at_ = time() + (random_.chance(0.1) ? random_.between(0ms, 8s) : 0ms);
  }

  /// The server's authorize step, and its choice whether a session goes on.
  void authorize(Endpoint& fresh) {
    auto const hello = *fresh.greeting();
    require(hello.instance != instance() || !client_->was_turned_away(),
            "a page that was turned away does not come back");
    if (!is_calm() && random_.chance(0.01)) {
      ++scene_.coverage.refusals;
      return fresh.refuse(random_.chance(0.5) ? Errc::unauthorized : Errc::rate_limited);
    }
    if (hello.resume)
      for (auto& server : servers_)
        if (server.name() == hello.resume->session && server.resume(fresh)) return greet_replaced(server, hello);
    // An older session of the same page ends first: what is left in its line must not run beside the new one.
    // That of a page that is gone ends now, or when its two minutes are over.
    bool const all_end = random_.chance(0.5);
    for (auto& server : servers_)
      if (!server.name().empty() && (all_end || server.instance() == hello.instance))
        server.bye({.reason = ByeReason::shutdown});
    fresh.accept("s" + std::to_string(++sessions_));
    greet_replaced(fresh, hello);
  }

  void greet_replaced(Endpoint& server, Hello const& hello) {
    if (hello.instance == replaced_) server.bye({.reason = ByeReason::replaced});
  }

  // -- faults

  void fault() {
    static constexpr Fault<TwoSessions> faults[] = {
        {8, "cut", [](TwoSessions& world) { world.cut(); }},
        {3, "stall", [](TwoSessions& world) { stall(world.scene_, world.client_->link()); }},
        {1, "outage", [](TwoSessions& world) { world.outage(); }},
        {2, "a request goes missing", [](TwoSessions& world) { world.lose_a_request(); }},
        {3, "the client's machine sleeps", [](TwoSessions& world) { sleep(world.scene_, world.client_machine_); }},
        {1, "the server's machine sleeps", [](TwoSessions& world) { sleep(world.scene_, world.server_machine_); }},
        {1, "the client freezes", [](TwoSessions& world) { freeze(world.scene_, world.client_machine_); }},
        {1, "the server freezes", [](TwoSessions& world) { freeze(world.scene_, world.server_machine_); }},
        {2, "the client's clock is set", [](TwoSessions& world) { set_clock(world.scene_, world.client_machine_); }},
        {1, "the server's clock is set", [](TwoSessions& world) { set_clock(world.scene_, world.server_machine_); }},
        {1, "the client's timers are slow",
         [](TwoSessions& world) { slow_timers(world.scene_, world.client_machine_); }},
        {1, "the server's timers are slow",
         [](TwoSessions& world) { slow_timers(world.scene_, world.server_machine_); }},
        {2, "the server restarts", [](TwoSessions& world) { world.restart_server(); }},
        {1, "the client restarts", [](TwoSessions& world) { world.restart_client(); }},
        {1, "a second tab", [](TwoSessions& world) { world.second_tab(); }},
        {1, "a logout", [](TwoSessions& world) { world.log_out(); }},
        {2, "a stranger", [](TwoSessions& world) { world.stranger(); }},
    };
    strike(*this, scene_, faults);
  }

  void calm_down() {
    scene_.is_calm = true;
    client_machine_.throttle(time(), 0ms);
    server_machine_.throttle(time(), 0ms);
  }

  void cut() {
    if (auto* const link = client_->link()) link->cut();
  }

  void outage() {
    auto* const link = client_->link();
    if (!link) return;
    ++scene_.coverage.outages;
    link->cut();
    server_is_up_at_ = std::max(server_is_up_at_, time() + random_.between(1000ms, 150s));
  }

  void lose_a_request() {
    auto* const link = client_->link();
    if (!link) return;
    auto const to = random_.chance(0.5) ? End::client : End::server;
    if (auto* const endpoint = owner(*link, to)) link->lose_a_request(to, endpoint->tap().last_received());
  }

  /// The server's process: killed, or by an orderly shutdown; or its machine's power fails.
  void restart_server() {
    ++scene_.coverage.server_restarts;
    bool const is_orderly = server_machine_.is_awake(time()) && random_.chance(0.3);
    for (auto& server : servers_) {
      if (is_orderly) server.bye({.reason = ByeReason::shutdown});
      scene_.book.abandon(server.application().sender());
      if (auto* const link = server.link()) random_.chance(0.7) ? link->close(End::server) : link->vanish(End::server);
    }
    servers_.clear();
    replaced_.clear();
    server_is_up_at_ = std::max(server_is_up_at_, time() + random_.between(0ms, random_.chance(0.1) ? 150s : 3s));
  }

  void restart_client() {
    ++scene_.coverage.client_restarts;
    new_client();
  }

  /// Another tab takes over: the server says goodbye to the older one, now or when it comes back. The other
  /// tab begins when the older one has heard of it.
  void second_tab() {
    if (!server_machine_.is_awake(time())) return;
    ++scene_.coverage.second_tabs;
    replaced_ = instance();
    for (auto& server : servers_)
      if (!server.name().empty()) server.bye({.reason = ByeReason::replaced});
  }

  void log_out() {
    if (!client_machine_.is_awake(time())) return;
    ++scene_.coverage.logouts;
    client_->bye({.reason = ByeReason::logout});
  }

  /// Somebody who has got the name of a session asks for it. Its agent, role and instance are not theirs.
  void stranger() {
    auto* const session = current();
    if (!session || !server_machine_.is_awake(time())) return;
    ++scene_.coverage.strangers;
    auto const differs = random_.between(0, 2);
    Hello const hello{.role = differs == 0 ? opposite(client_role_) : client_role_,
                      .agent = differs == 1 ? "eve" : "ana",
                      .instance = differs == 2 ? "other" : instance(),
                      .resume = ResumeOffer{session->name()}};
    Link nowhere{scene_};
    auto fresh = new_server_session();
    fresh.connect(nowhere);
    fresh.receive({time(), time(), Codec{}.encode(RequestId::hello(), hello).value()});
    require(fresh.greeting().has_value(), "a stranger's Hello is a Hello");
    require(!session->resume(fresh), "a session goes on with its own instance only");
  }

  // -- traffic

  void traffic() {
    if (client_machine_.is_awake(time())) client_->work();
    if (server_machine_.is_awake(time()))
      for (auto& server : servers_)
        if (!server.is_over()) server.work();
  }

  // -- the end

  bool is_connected() {
    auto* const server = current();
    auto* const link = client_->link();
    return server && servers_.size() == 1 && server->is_open() && client_->is_open() && server->link() == link &&
           link->is_whole();
  }

  /// (A query may still arrive that its issuer does not wait for any more.)
  bool is_settled() {
    if (time() < calms_at() || !is_connected()) return false;
    auto const& server = *current();
    return client_->application().is_idle() && server.application().is_idle() && has_newest_state(*client_, server) &&
           has_newest_state(server, *client_);
  }

  bool has_newest_state(Endpoint const& from, Endpoint const& at) const {
    for (std::size_t slot = 0; slot < Book::slots; ++slot) {
      auto const newest = scene_.book.newest_state(from.application().sender(), slot);
      if (newest && newest != at.application().newest_state_here(slot)) return false;
    }
    return true;
  }

  void finish() const {
    for (auto const& item : scene_.book.items())
      require(item.is_told || item.is_abandoned, "exactly one outcome of everything");
  }

  Scene scene_;
  Random& random_ = scene_.random;
  Machine client_machine_, server_machine_;
  std::list<Link> links_;
  std::unique_ptr<Endpoint> client_;
  std::list<Endpoint> servers_;  // the server's sessions
  Role client_role_ = Role::flex;
  int instances_ = 0, sessions_ = 0, steps_at_once_ = 0;
  bool had_link_ = false, was_calm_ = false;
  std::string replaced_;  // the instance that a newer tab took over from
  Millis next_fault_{0}, next_traffic_{0}, next_connect_{0}, authorized_at_{0}, server_is_up_at_{0};
};

}  // namespace

Coverage simulate_sessions(std::uint64_t seed, std::ostream* trace) { return TwoSessions{seed, trace}.run(); }

}  // namespace flexcrm::test
