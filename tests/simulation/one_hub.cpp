// A hub, the Flex and the CRM pages of an agent, and everything that can happen between and to them: what
// happens to two sessions (two_sessions.cpp), and second tabs of Flex that take over from each other.
// Sometimes another agent is at the same hub, whose things are nobody else's.
//
// One step is one thing that happens. After each the invariants are checked: those of a hop in tap.cpp,
// application.cpp and endpoint.cpp, those of pages in pages.cpp, those of the hub in hub_process.cpp, those
// of memory in memory.cpp and hub_memory.cpp.

#include "endpoint.hpp"
#include "faults.hpp"
#include "hub_process.hpp"
#include "link.hpp"
#include "machine.hpp"
#include "pages.hpp"
#include "scene.hpp"
#include "simulation.hpp"

#include <algorithm>
#include <deque>
#include <list>
#include <memory>

namespace flexcrm::test {
namespace {

using namespace std::chrono_literals;

/// A page, with its machine and whoever sits before it.
struct Client {
  Role role;
  std::string agent;
  unsigned place;
  Machine machine{};
  std::unique_ptr<Endpoint> endpoint{};
  std::string instance{};
  Millis next_connect{0};
  bool had_link = false;
  std::optional<Millis> returns_at{};  // is not there until then
  bool returns_to_take_over = false;

  FlexPage const& flex() const { return static_cast<FlexPage const&>(endpoint->application()); }
  CrmPage const& crm() const { return static_cast<CrmPage const&>(endpoint->application()); }
};

class OneHub {
 public:
  OneHub(std::uint64_t seed, std::ostream* trace) : scene_{.random = Random{seed}, .trace = trace} {
    if (random_.chance(0.1)) scene_.options.queues.event_bytes = 2000;
    if (random_.chance(0.1)) scene_.options.queues.unanswered_bytes = 2000;
    auto& server = process_.server;
    server.session = scene_.options;
    server.logger.level = Level::off;
    server.caller_ids = {caller_id};
    server.hub.crm_endpoints = static_cast<std::size_t>(random_.chance(0.3) ? 3 : 8);
    server.hub.open_dials = static_cast<std::size_t>(random_.between(1, 2));
    server.hub.dials_per_minute = static_cast<std::size_t>(random_.chance(0.5) ? 5 : 1000);
    process_.handles_ordered = random_.chance(0.3);
    process_.handles_requests = random_.chance(0.3);
    add(Role::flex, "ana");
    add(Role::flex, "ana");
    clients_.back().returns_at = random_.between(0ms, chaos_lasts);
    for (int i = 0; i < 3; ++i) add(Role::crm, "ana");
    if (random_.chance(0.2)) {
      add(Role::flex, "bea");
      add(Role::crm, "bea");
    }
    for (auto& client : clients_) {
      client.machine.set_wall(0ms, random_.between(-1h, 1h));
      if (!client.returns_at) new_page(client, false);
    }
    next_fault_ = random_.between(0ms, 15s);
    start_hub();
  }

  Coverage run() {
    std::optional<Millis> rests_since;
    while (!rests_since || time() < *rests_since + rest_lasts) {
      require(++scene_.coverage.steps < most_steps && time() < settles_until,
              "no livelock: in the calm everything settles");
      step();
      for (auto const& client : clients_)
        if (client.endpoint) client.endpoint->check();
      require(!rests_since || is_connected(), "a connection without faults stays");
      if (!is_connected() || !is_idle())
        rests_since.reset();
      else if (!rests_since)
        rests_since = time();
    }
    finish();
    scene_.coverage.schedules = 1;
    return scene_.coverage;
  }

 private:
  static constexpr Millis chaos_lasts{180s};    // faults and traffic until then
  static constexpr Millis settles_until{660s};  // then everything must come to rest, in so much time
  static constexpr Millis rest_lasts{30s};      // and stay so: longer than any silence that a session allows
  static constexpr std::uint64_t most_steps = 200000;
  static constexpr int most_steps_at_once = 4000;

  Millis time() const { return scene_.time; }
  bool is_calm() const { return time() >= chaos_lasts; }
  /// Then the last fault has had its effect.
  Millis calms_at() const {
    auto last = std::max(chaos_lasts, hub_machine_.awake_at());
    for (auto const& client : clients_) last = std::max(last, client.machine.awake_at());
    return last + 30s;
  }

  // -- one step

  enum class Thing { fault, traffic, start, return_of, connect, arrival, timer, handler, hub_timer, hub_work };

  struct Choice {
    Millis at = settles_until;
    Thing thing = Thing::fault;
    Client* client = nullptr;
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
    auto const hub_awake = hub_machine_.awake_at();
    if (!hub_) {
      consider({.at = std::max(hub_is_up_at_, hub_awake), .thing = Thing::start});
    } else {
      if (auto const at = hub_->timer()) consider({.at = std::max(*at, hub_awake), .thing = Thing::hub_timer});
      if (auto const at = hub_->work()) consider({.at = std::max(*at, hub_awake), .thing = Thing::hub_work});
    }
    for (auto& client : clients_) {
      if (client.returns_at)
        consider({.at = std::max(*client.returns_at, client.machine.awake_at()),
                  .thing = Thing::return_of,
                  .client = &client});
      if (!client.endpoint) continue;
      if (hub_ && !client.endpoint->link())
        consider({.at = std::max({client.next_connect, client.machine.awake_at(), hub_awake}),
                  .thing = Thing::connect,
                  .client = &client});
      if (auto const at = client.endpoint->timer()) consider({.at = *at, .thing = Thing::timer, .client = &client});
      if (auto const at = client.endpoint->handler()) consider({.at = *at, .thing = Thing::handler, .client = &client});
    }
    for (auto& [link, owner] : links_) {
      if (auto const due = link.due(End::client))
        consider(
            {.at = std::max(*due, owner->machine.awake_at()), .thing = Thing::arrival, .client = owner, .link = &link});
      if (auto const due = link.due(End::server))
        consider({.at = std::max(*due, hub_awake),
                  .thing = Thing::arrival,
                  .client = owner,
                  .link = &link,
                  .end = End::server});
    }
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
        next_fault_ = time() + random_.between(500ms, 15s);
        break;
      case Thing::traffic:
        traffic();
        next_traffic_ = time() + random_.between(0ms, 4s);
        break;
      case Thing::start: start_hub(); break;
      case Thing::return_of: new_page(*next.client, next.client->returns_to_take_over); break;
      case Thing::connect: connect(*next.client); break;
      case Thing::arrival: arrive(*next.link, *next.client, next.end); break;
      case Thing::timer: next.client->endpoint->tick(); break;
      case Thing::handler: next.client->endpoint->handle(); break;
      case Thing::hub_timer: hub_->tick(); break;
      case Thing::hub_work: hub_->work_on(); break;
    }
    if (is_calm() && !std::exchange(was_calm_, true)) calm_down();
    tidy_up();
  }

  /// What is over goes: links that nobody holds, pages that may not come back by themselves.
  void tidy_up() {
    links_.remove_if([&](auto const& entry) {
      auto const& [link, client] = entry;
      return link.is_empty() && !holds(*client, link) && !(hub_ && hub_->has(link));
    });
    for (auto& client : clients_) {
      if (!client.endpoint) continue;
      if (client.endpoint->is_over()) {
        leave(client);
        continue;
      }
      if (client.had_link && !client.endpoint->link()) client.next_connect = time() + random_.between(0ms, 5s);
      client.had_link = client.endpoint->link() != nullptr;
    }
  }

  static bool holds(Client const& client, Link const& link) {
    return client.endpoint && client.endpoint->link() == &link;
  }

  // -- pages

  void add(Role role, std::string agent) {
    clients_.push_back({.role = role, .agent = std::move(agent), .place = static_cast<unsigned>(clients_.size())});
  }

  /// A page that loads and remembers nothing; or one that was turned away, in which a person says: here.
  void new_page(Client& client, bool takes_over) {
    close_page(client);
    client.returns_at.reset();
    if (!takes_over) client.instance = "i" + std::to_string(++instances_);
    Hello hello{.role = client.role, .agent = client.agent, .instance = client.instance};
    if (takes_over) hello.takeover = true;
    std::unique_ptr<Application> application;
    if (client.role == Role::flex)
      application = std::make_unique<FlexPage>(scene_, client.machine, client.place, process_.handles_ordered);
    else
      application = std::make_unique<CrmPage>(scene_, client.machine, client.place);
    scene_.say(" page ", client.instance, " of ", client.agent, takes_over ? " takes over" : " loads");
    client.endpoint = std::make_unique<Endpoint>(scene_, client.machine, End::client,
                                                 Session::client(hello, scene_.options), std::move(application));
    client.had_link = false;
    client.next_connect = time() + random_.between(0ms, 5s);
  }

  void close_page(Client& client) {
    if (!client.endpoint) return;
    scene_.book.abandon(client.endpoint->application().sender());
    if (auto* const link = client.endpoint->link())
      random_.chance(0.7) ? link->close(End::client) : link->vanish(End::client);
    client.endpoint.reset();
  }

  /// It may not come back by itself. A tab that another one replaced stays away, or a person wants it back.
  void leave(Client& client) {
    bool const is_second = client.role == Role::flex && client.agent == "ana";
    bool const is_replaced = client.endpoint->was_turned_away() && is_second;
    close_page(client);
    if (is_replaced && (is_calm() || random_.chance(0.4))) return;
    client.returns_at = time() + random_.between(0ms, random_.chance(0.7) ? 10s : 60s);
    client.returns_to_take_over = is_replaced && random_.chance(0.5);
  }

  void connect(Client& client) {
    scene_.say(' ', client.instance, " connects");
    auto& link = links_.emplace_back(Link{scene_}, &client).first;
    hub_->connect(link, client.endpoint->application().sender());
    client.endpoint->connect(link);
  }

  void arrive(Link& link, Client& client, End end) {
    auto const frame = link.take(end);
    bool const is_held = end == End::client ? holds(client, link) : hub_ && hub_->has(link);
    if (!is_held) {
      if (frame) ++scene_.coverage.late_frames;
    } else if (end == End::client) {
      scene_.say(' ', client.instance, ':');
      frame ? client.endpoint->receive(*frame) : client.endpoint->lose();
    } else {
      frame ? hub_->receive(link, *frame) : hub_->lose(link);
    }
  }

  // -- the hub

  void start_hub() { hub_ = std::make_unique<HubProcess>(scene_, hub_machine_, process_, ++incarnations_); }

  /// Killed, or by an orderly shutdown; or its machine's power fails.
  void restart_hub() {
    if (!hub_) return;
    ++scene_.coverage.server_restarts;
    if (hub_machine_.is_awake(time()) && random_.chance(0.3))
      hub_->shut_down();
    else
      hub_->die(random_.chance(0.3));
    hub_.reset();
    hub_is_up_at_ = time() + random_.between(0ms, random_.chance(0.1) ? 150s : 3s);
  }

  // -- faults

  void fault() {
    static constexpr Fault<OneHub> faults[] = {
        {14, "cut", [](OneHub& world) { world.cut(); }},
        {5, "stall", [](OneHub& world) { stall(world.scene_, world.some_link()); }},
        {1, "outage", [](OneHub& world) { world.outage(); }},
        {2, "a request goes missing", [](OneHub& world) { world.lose_a_request(); }},
        {4, "a client's machine sleeps", [](OneHub& world) { sleep(world.scene_, world.some().machine); }},
        {1, "the hub's machine sleeps", [](OneHub& world) { sleep(world.scene_, world.hub_machine_); }},
        {2, "a client freezes", [](OneHub& world) { freeze(world.scene_, world.some().machine); }},
        {1, "the hub freezes", [](OneHub& world) { freeze(world.scene_, world.hub_machine_); }},
        {2, "a client's clock is set", [](OneHub& world) { set_clock(world.scene_, world.some().machine); }},
        {1, "the hub's clock is set", [](OneHub& world) { set_clock(world.scene_, world.hub_machine_); }},
        {2, "a client's timers are slow", [](OneHub& world) { slow_timers(world.scene_, world.some().machine); }},
        {1, "the hub's timers are slow", [](OneHub& world) { slow_timers(world.scene_, world.hub_machine_); }},
        {2, "the hub restarts", [](OneHub& world) { world.restart_hub(); }},
        {4, "a page is loaded again", [](OneHub& world) { world.load_again(); }},
        {2, "a person takes over", [](OneHub& world) { world.take_over(); }},
        {2, "a logout", [](OneHub& world) { world.log_out(); }},
    };
    strike(*this, scene_, faults);
  }

  Client& some() {
    return clients_[static_cast<std::size_t>(random_.between(0, static_cast<std::int64_t>(clients_.size()) - 1))];
  }
  Link* some_link() {
    auto const& client = some();
    return client.endpoint ? client.endpoint->link() : nullptr;
  }

  void calm_down() {
    scene_.is_calm = true;
    hub_machine_.throttle(time(), 0ms);
    for (auto& client : clients_) client.machine.throttle(time(), 0ms);
  }

  void cut() {
    if (auto* const link = some_link()) link->cut();
  }

  /// Nobody of them gets through for a while.
  void outage() {
    ++scene_.coverage.outages;
    auto const until = time() + random_.between(1000ms, 150s);
    for (auto& client : clients_) {
      if (!client.endpoint || random_.chance(0.5)) continue;
      if (auto* const link = client.endpoint->link()) link->cut();
      client.next_connect = std::max(client.next_connect, until);
    }
  }

  void lose_a_request() {
    auto& client = some();
    auto* const link = client.endpoint ? client.endpoint->link() : nullptr;
    if (link) link->lose_a_request(End::client, client.endpoint->tap().last_received());
  }

  void load_again() {
    auto& client = some();
    ++scene_.coverage.client_restarts;
    new_page(client, false);
  }

  /// In one of the two tabs, whether or not it is the active one.
  void take_over() {
    auto& client = clients_[static_cast<std::size_t>(random_.between(0, 1))];
    if (client.instance.empty() || !client.machine.is_awake(time())) return;
    new_page(client, true);
  }

  void log_out() {
    auto& client = some();
    if (!client.endpoint || !client.machine.is_awake(time())) return;
    ++scene_.coverage.logouts;
    client.endpoint->bye({.reason = ByeReason::logout});
  }

  // -- traffic

  void traffic() {
    for (auto& client : clients_)
      if (client.endpoint && client.machine.is_awake(time()) && random_.chance(0.5)) client.endpoint->work();
    if (hub_ && hub_machine_.is_awake(time()) && random_.chance(0.2)) hub_->ask();
  }

  // -- the end

  bool is_connected() const {
    return time() >= calms_at() && hub_ && std::all_of(clients_.begin(), clients_.end(), [&](Client const& client) {
             if (!client.endpoint) return !client.returns_at;
             auto const* link = client.endpoint->link();
             return link && client.endpoint->is_open() && link->is_whole() && hub_->has(*link);
           });
  }

  bool is_idle() const {
    return hub_->is_idle() && std::all_of(clients_.begin(), clients_.end(), [](Client const& client) {
             return !client.endpoint || client.endpoint->application().is_idle();
           });
  }

  /// Everybody has come to the same view, and was told the end of everything.
  void finish() const {
    hub_->require_rest();
    std::map<std::string_view, Client const*> flexes;
    for (auto const& client : clients_) {
      if (client.role != Role::flex || !client.endpoint) continue;
      require(flexes.emplace(client.agent, &client).second, "only one Flex of an agent is connected");
    }
    for (auto const& [agent, flex] : flexes) {
      auto const& told = flex->flex().told();
      auto const so = hub_->truth(std::string{agent});
      scene_.say(" Flex of ", agent, " told ", told.text(), "; the hub took ", so.text());
      require(so == told, "what Flex tells arrives");
    }
    for (auto const& client : clients_) {
      if (client.role != Role::crm || !client.endpoint) continue;
      auto const so = hub_->truth(client.agent);
      scene_.say(' ', client.instance, " has ", client.crm().view().text(), "; what is so: ", so.text());
      require(client.crm().view() == so, "in the end everybody agrees");
    }
    for (auto const& item : scene_.book.items())
      require(item.is_told || item.is_abandoned, "exactly one outcome of everything");
  }

  Scene scene_;
  Random& random_ = scene_.random;
  ProcessOptions process_;
  Machine hub_machine_;
  std::list<std::pair<Link, Client*>> links_;
  std::deque<Client> clients_;  // Ana's two tabs of Flex come first
  std::unique_ptr<HubProcess> hub_;
  int instances_ = 0, incarnations_ = 0, steps_at_once_ = 0;
  bool was_calm_ = false;
  Millis next_fault_{0}, next_traffic_{0}, hub_is_up_at_{0};
};

}  // namespace

Coverage simulate_hub(std::uint64_t seed, std::ostream* trace) { return OneHub{seed, trace}.run(); }

}  // namespace flexcrm::test
