#include "simulation.hpp"

#include <flexcrm/messages.hpp>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace flexcrm::test {
namespace {

using namespace std::chrono_literals;
using Millis = std::chrono::milliseconds;

constexpr Millis chaos_lasts{240s};   // faults and traffic until then
constexpr Millis calm_until{700s};    // then everything must settle
constexpr Millis start_slack{2s};     // a dial starts at most so long after its lifetime

[[noreturn]] void broken(std::string const& invariant) { throw std::runtime_error{"broken invariant: " + invariant}; }
void require(bool holds, char const* invariant) {
  if (!holds) broken(invariant);
}

/// The clocks of one machine: a sleep stops the steady one, a person sets the wall clock.
struct Clocks {
  Millis slept{0};
  Millis skew{0};
  Moment at(Millis time) const {
    return {std::chrono::steady_clock::time_point{time - slept + 1h}, std::chrono::system_clock::time_point{time + skew + 24h}};
  }
};

/// What the world knows of one click.
struct Click {
  Millis at;
  Millis lifetime;
  int effects = 0;
  Millis started{0};
  std::optional<DialOutcome> outcome;
};

/// The application above a session: counts what it sends and gets, and answers after a while.
struct Application {
  // sent
  std::map<RequestKey, std::string> open;         // what waits for its one Answered
  std::set<std::string> lost;                     // events whose sender was told that they are lost
  std::set<std::string> acknowledged;             // events that the peer has handled
  std::int64_t last_event = 0;
  std::int64_t last_state = 0;
  // received
  std::set<std::string> handled;                  // commands and queries: at most one effect each
  std::vector<std::int64_t> events_here;          // events of this session, in the order they came
  std::set<std::int64_t> events_ever;
  std::int64_t newest_state = 0;
  std::optional<RequestKey> ordered_handler;      // the event or state handler that runs
  Moment ordered_since{};
  struct Reply {
    Millis at;
    RequestKey key;
    Message message;
    std::optional<Moment> start_before;
    bool ordered;
  };
  std::vector<Reply> replies;
};

/// The connection of the two, as bytes under way.
struct Wire {
  struct InFlight {
    Millis arrives;
    std::string text;
  };
  std::deque<InFlight> to_server, to_client;
  Millis stalled_until{0};
  bool client_knows_loss = false, server_knows_loss = false;  // a half-open link: only one side knows
  bool cut = false;
  Session* server_session = nullptr;  // whose it is
};

class World {
 public:
  explicit World(std::uint64_t seed) : random_{seed} {
    client_is_flex_ = chance(0.5);
    client_clocks_.skew = Millis{between(-3'600'000, 3'600'000)};
    options_.queues.event_bytes = chance(0.1) ? 2000 : 256 * 1024;
    new_client();
  }

  Coverage run() {
    next_fault_ = Millis{between(0, 20000)};
    next_traffic_ = Millis{0};
    while (time_ < calm_until) {
      require(++coverage_.steps < 200000, "no livelock");
      step();
      if (is_settled()) break;
    }
    finish();
    coverage_.schedules = 1;
    return coverage_;
  }

 private:
  // -- chance

  std::int64_t between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>{low, high}(random_);
  }
  bool chance(double probability) { return std::uniform_real_distribution<double>{0, 1}(random_) < probability; }
  bool calm() const { return time_ >= chaos_lasts; }

  // -- the two sides

  Moment client_now() const { return client_clocks_.at(time_); }
  Moment server_now() const { return server_clocks_.at(time_); }

  void new_client() {
    client_ = std::make_unique<Session>(Session::client(
        Hello{.role = client_is_flex_ ? Role::flex : Role::crm, .agent = "ana", .instance = "i" + std::to_string(++instances_)},
        options_));
    client_app_ = {};
    client_app_.last_event = client_app_.last_state = 1000000 * instances_;
    server_app_.events_ever.clear();
    next_connect_ = time_;
    server_session_of_client_.clear();
  }

  Role role_of(bool client) const { return client == client_is_flex_ ? Role::flex : Role::crm; }
  Application& app(bool client) { return client ? client_app_ : server_app_; }
  Session* session(bool client) { return client ? client_.get() : server_; }
  Moment now(bool client) const { return client ? client_now() : server_now(); }

  // -- one step: the next thing that happens

  void step() {
    Millis next = calm_until;
    auto const consider = [&](Millis when) { next = std::min(next, std::max(when, time_)); };
    if (!calm()) {
      consider(next_fault_);
      consider(next_traffic_);
    }
    if (!wire_) consider(std::max(next_connect_, client_asleep_until_));
    if (wire_) {
      if (!wire_->to_server.empty()) consider(std::max(wire_->to_server.front().arrives, wire_->stalled_until));
      if (!wire_->to_client.empty())
        consider(std::max({wire_->to_client.front().arrives, wire_->stalled_until, client_asleep_until_}));
    }
    if (auto const deadline = client_->deadline())
      consider(std::max(std::chrono::duration_cast<Millis>(*deadline - client_clocks_.at(0ms).steady) , client_asleep_until_));
    for (auto& [id, session] : sessions_)
      if (auto const deadline = session->deadline())
        consider(std::chrono::duration_cast<Millis>(*deadline - server_clocks_.at(0ms).steady));
    for (bool const client : {true, false})
      for (auto const& reply : app(client).replies) consider(client ? std::max(reply.at, client_asleep_until_) : reply.at);
    time_ = next;

    if (!calm() && next_fault_ <= time_) {
      fault();
      next_fault_ = time_ + Millis{between(500, 25000)};
    }
    if (!calm() && next_traffic_ <= time_) {
      traffic();
      next_traffic_ = time_ + Millis{between(0, 4000)};
    }
    bool const awake = time_ >= client_asleep_until_;
    if (!wire_ && awake && next_connect_ <= time_) connect();
    if (wire_) carry(awake);
    if (awake) {
      client_->tick(client_now());
      drain(true);
    }
    tick_server();
    reply_due(true, awake);
    reply_due(false, true);
  }

  void tick_server() {
    std::vector<std::string> ids;
    for (auto const& [id, session] : sessions_) ids.push_back(id);
    for (auto const& id : ids) {
      auto const found = sessions_.find(id);
      if (found == sessions_.end()) continue;
      found->second->tick(server_now());
      drain_server(*found->second);
    }
  }

  // -- the link

  void connect() {
    wire_.emplace();
    ++coverage_.frames;
    auto const id = "s" + std::to_string(++session_ids_);
    auto fresh = std::make_unique<Session>(Session::server(options_));
    wire_->server_session = fresh.get();
    fresh->opened(server_now());
    sessions_.emplace(id, std::move(fresh));
    client_->opened(client_now());
    drain(true);
  }

  void carry(bool client_awake) {
    // Deliver what has arrived; each delivery may cut the wire.
    for (int i = 0; i < 1000 && wire_; ++i) {
      bool moved = false;
      if (!wire_->to_server.empty() && std::max(wire_->to_server.front().arrives, wire_->stalled_until) <= time_) {
        auto const text = std::move(wire_->to_server.front().text);
        wire_->to_server.pop_front();
        moved = true;
        if (wire_->server_session && !wire_->server_knows_loss) {
          auto* const target = wire_->server_session;
          watch_answer(false, text);
          target->receive(text, server_now());
          drain_server(*target);
        }
      }
      if (wire_ && client_awake && !wire_->to_client.empty() &&
          std::max(wire_->to_client.front().arrives, wire_->stalled_until) <= time_) {
        auto const text = std::move(wire_->to_client.front().text);
        wire_->to_client.pop_front();
        moved = true;
        if (!wire_->client_knows_loss) {
          watch_answer(true, text);
          client_->receive(text, client_now());
          drain(true);
        }
      }
      if (!moved) break;
    }
    if (wire_ && wire_->cut && wire_->to_server.empty() && wire_->to_client.empty()) tear();
  }

  /// The link is gone for whoever does not know yet, or not at all for a half-open one: that side finds out by silence.
  void tear() {
    if (!wire_->client_knows_loss && !half_open_to_client_) lose(true);
    if (wire_ && !wire_->server_knows_loss && !half_open_to_server_) lose(false);
  }

  void lose(bool client) {
    if (!wire_) return;
    if (client) {
      wire_->client_knows_loss = true;
      client_->lost(client_now());
      drain(true);
      // The client may connect again while the server still believes in the old link.
      auto* const other = wire_->server_session;
      bool const server_knew = wire_->server_knows_loss;
      wire_.reset();
      half_open_to_client_ = half_open_to_server_ = false;
      next_connect_ = time_ + Millis{between(0, 5000)};
      if (!server_knew && other && !chance(0.3)) {
        other->lost(server_now());
        drain_server(*other);
      }
    } else {
      wire_->server_knows_loss = true;
      if (auto* const session = wire_->server_session) {
        session->lost(server_now());
        drain_server(*session);
      }
    }
  }

  void put(bool to_server, std::string text) {
    if (!wire_ || wire_->cut) return;
    ++coverage_.frames;
    auto& queue = to_server ? wire_->to_server : wire_->to_client;
    auto const earliest = queue.empty() ? time_ : queue.back().arrives;
    queue.push_back({std::max(earliest, time_ + Millis{between(0, chance(0.1) ? 3000 : 80)}), std::move(text)});
  }

  /// Cut at a byte: a prefix of what is under way still arrives, a frame that is cut in the middle does not.
  void cut() {
    if (!wire_ || wire_->cut) return;
    ++coverage_.cuts;
    for (auto* queue : {&wire_->to_server, &wire_->to_client})
      queue->resize(static_cast<std::size_t>(between(0, static_cast<std::int64_t>(queue->size()))));
    wire_->cut = true;
    if (chance(0.3)) {
      ++coverage_.half_open;
      (chance(0.5) ? half_open_to_client_ : half_open_to_server_) = true;
    }
    if (wire_->to_server.empty() && wire_->to_client.empty()) tear();
  }

  // -- faults

  void fault() {
    switch (between(0, 9)) {
      case 0:
      case 1:
      case 2: return cut();
      case 3:
        if (!wire_) return;
        ++coverage_.stalls;
        wire_->stalled_until = time_ + Millis{between(500, 30000)};
        return;
      case 4:
      case 5: return sleep_client();
      case 6:
        return step_clock(chance(0.5));
      case 7: return restart_server();
      case 8:
        if (chance(0.3)) restart_client();
        return;
      default:
        if (chance(0.3)) second_tab();
    }
  }

  /// A clock that is set back in the very minute in which its machine sleeps hides that sleep from both of its clocks:
  /// no rule can see it, and docs/protocol.md §5 says so. Here it does not happen.
  static constexpr Millis apart{90s};

  void step_clock(bool client) {
    if (client && time_ < client_asleep_until_ + apart) return;
    ++coverage_.steps_of_clock;
    if (client) client_stepped_at_ = time_;
    (client ? client_clocks_ : server_clocks_).skew += Millis{between(-600'000, 0)};
  }

  void sleep_client() {
    if (time_ < client_stepped_at_ + apart || time_ < client_asleep_until_) return;
    ++coverage_.sleeps;
    auto const length = Millis{between(1000, 180'000)};
    client_clocks_.slept += length;
    client_asleep_until_ = time_ + length;
  }

  void restart_server() {
    ++coverage_.server_restarts;
    server_ = nullptr;
    for (auto const& [key, what] : server_app_.open) give_up(what);
    sessions_.clear();
    // Its memory is gone; what it has written down (the effects) is not.
    auto const handled = std::move(server_app_.handled);
    auto const last_event = server_app_.last_event;
    auto const last_state = server_app_.last_state;
    server_app_ = {};
    server_app_.handled = handled;
    server_app_.last_event = last_event;
    server_app_.last_state = last_state;
    client_app_.events_ever.clear();
    if (wire_) {
      wire_->server_session = nullptr;
      wire_->server_knows_loss = true;
      wire_->to_client.clear();
      wire_->cut = true;
      if (wire_->to_server.empty()) tear();
    }
  }

  /// A reload of the page: another instance, nothing remembered.
  void restart_client() {
    ++coverage_.client_restarts;
    for (auto const& [key, what] : client_app_.open) give_up(what);
    auto const handled = std::move(client_app_.handled);
    if (wire_) {
      auto* const session = wire_->server_session;
      wire_.reset();
      half_open_to_client_ = half_open_to_server_ = false;
      if (session) {
        session->lost(server_now());
        drain_server(*session);
      }
    }
    new_client();
    client_app_.handled = handled;
  }

  /// Another tab takes over: the server says goodbye to the older instance.
  void second_tab() {
    ++coverage_.second_tabs;
    if (server_) {
      auto* const old = server_;
      old->bye(Bye{.reason = ByeReason::replaced}, server_now());
      drain_server(*old);
    }
    restart_client();
  }

  /// The process is gone: its open requests will never be told an outcome, which is not a fault of the other side.
  void give_up(std::string const& what) {
    if (auto const click = clicks_.find(what); click != clicks_.end()) abandoned_.insert(what);
  }

  // -- traffic

  void traffic() {
    for (bool const client : {true, false}) {
      if (client && time_ < client_asleep_until_) continue;
      if (!session(client)) continue;
      if (role_of(client) == Role::flex)
        flex_traffic(client);
      else
        crm_traffic(client);
    }
  }

  void flex_traffic(bool client) {
    auto const burst = chance(0.05) ? between(20, 90) : between(0, 3);
    for (std::int64_t i = 0; i < burst && session(client); ++i) {
      if (chance(0.5)) send_event(client);
      else if (chance(0.6)) send_state(client);
      else send_command(client, ContactLookupRequest{.text = command_id()});
    }
  }

  void crm_traffic(bool client) {
    if (chance(0.3)) send_command(client, TaskControlRequest{.task_sid = sid(1), .action = TaskAction::select, .reason = command_id(), .lifetime_ms = between(1000, 20000)});
    if (!chance(0.35)) return;
    Click const click{time_, Millis{between(1000, 20000)}, 0, Millis{0}, std::nullopt};
    auto const id = "d" + std::to_string(++dials_);
    clicks_.emplace(id, click);
    DialRequest const dial{.destination = "+34911234567", .dial_id = id, .lifetime_ms = click.lifetime.count()};
    auto const key = session(client)->send(dial, now(client));
    ++coverage_.dials;
    if (key)
      app(client).open.emplace(*key, id);
    else
      clicks_.at(id).outcome = DialOutcome::refused;
    drain(client);
  }

  std::string command_id() { return "c" + std::to_string(++commands_); }
  static std::string sid(int digit) { return "WT" + std::string(32, static_cast<char>('0' + digit)); }

  void send_event(bool client) {
    auto& application = app(client);
    auto const number = application.last_event + 1;
    TaskChanged const event{.task_sid = sid(1), .status = TaskStatus::accepted, .at = Timestamp{1s}, .reason_code = number};
    auto const key = session(client)->send(event, now(client));
    if (key) {
      application.last_event = number;
      ++coverage_.events;
      application.open.emplace(*key, "e" + std::to_string(number));
    }
    drain(client);
  }

  void send_state(bool client) {
    auto& application = app(client);
    auto const number = application.last_state + 1;
    TaskSelected const state{.attributes = Attributes::from_object({{"n", number}}).value()};
    auto const key = session(client)->send(state, now(client));
    if (key) {
      application.last_state = number;
      ++coverage_.states;
      application.open.emplace(*key, "n" + std::to_string(number));
    }
    drain(client);
  }

  void send_command(bool client, Message const& message) {
    ++coverage_.commands;
    auto const id = "c" + std::to_string(commands_);
    if (auto const key = session(client)->send(message, now(client))) app(client).open.emplace(*key, id);
    drain(client);
  }

  // -- what sessions want done

  void drain(bool client) {
    if (!client) {
      if (server_) drain_server(*server_);
      return;
    }
    for (int actions = 0; auto action = client_->next(); ++actions) {
      require(actions < 1000, "no livelock: actions of one input are bounded");
      if (auto* send = std::get_if<SendFrame>(&*action)) {
        watch_window(true, send->text);
        put(true, std::move(send->text));
      } else if (auto* opened = std::get_if<Opened>(&*action)) {
        client_opened(*opened);
      } else if (std::get_if<Ended>(&*action)) {
        session_over(true);
      } else if (std::get_if<CloseTransport>(&*action)) {
        if (wire_) lose_by_client();
      } else {
        common(true, std::move(*action));
      }
    }
  }

  void lose_by_client() {
    auto* const session = wire_->server_session;
    bool const server_knew = wire_->server_knows_loss;
    wire_.reset();
    half_open_to_client_ = half_open_to_server_ = false;
    next_connect_ = time_ + Millis{between(0, 5000)};
    client_->lost(client_now());
    drain(true);
    if (session && !server_knew && !chance(0.3)) {
      session->lost(server_now());
      drain_server(*session);
    }
  }

  void drain_server(Session& session) {
    for (int actions = 0; auto action = session.next(); ++actions) {
      require(actions < 1000, "no livelock: actions of one input are bounded");
      bool const attached = wire_ && wire_->server_session == &session && !wire_->server_knows_loss;
      if (auto* send = std::get_if<SendFrame>(&*action)) {
        watch_window(false, send->text);
        if (attached) put(false, std::move(send->text));
      } else if (auto* hello = std::get_if<HelloReceived>(&*action)) {
        authorize(session, hello->hello);
        return;
      } else if (std::get_if<Ended>(&*action)) {
        if (&session == server_) {
          session_over(false);
          server_ = nullptr;
        }
      } else if (std::get_if<CloseTransport>(&*action)) {
        if (attached) {
          wire_->server_knows_loss = true;
          wire_->to_server.clear();
          wire_->cut = true;
          session.lost(server_now());
          if (wire_->to_client.empty()) tear();
        }
      } else if (&session == server_) {
        common(false, std::move(*action));
      }
    }
  }

  /// The server's shell: an older session of this client goes on, or a new one begins.
  void authorize(Session& fresh, Hello const& hello) {
    std::string fresh_id;
    for (auto const& [id, session] : sessions_)
      if (session.get() == &fresh) fresh_id = id;
    if (hello.resume) {
      auto const old = sessions_.find(hello.resume->session);
      if (old != sessions_.end() && old->second.get() == server_ && old->second->resume(fresh, server_now())) {
        if (wire_) wire_->server_session = server_;
        sessions_.erase(fresh_id);
        ++coverage_.resumes;
        return drain_server(*server_);
      }
    }
    // A client has one session; what is left of an older one is over.
    if (server_ && server_ != &fresh) {
      auto* const old = server_;
      old->bye(Bye{.reason = ByeReason::shutdown}, server_now());
      drain_server(*old);
    }
    server_ = &fresh;
    session_began(false);
    fresh.accept(hello.role, HelloResult{.session = fresh_id}, server_now());
    drain_server(fresh);
  }

  void client_opened(Opened const& opened) {
    bool const is_new = opened.hello.session != server_session_of_client_;
    require(is_new == !opened.hello.resumed, "a resumed session is the same one");
    bool const had_one = !server_session_of_client_.empty();
    require(!(is_new && had_one) || opened.reset, "a reset is always told");
    server_session_of_client_ = opened.hello.session;
    if (!is_new) return;
    if (opened.reset) ++coverage_.resets;
    session_began(true);
  }

  void session_began(bool client) {
    app(client).events_here.clear();
    if (client) server_app_.newest_state = client_app_.newest_state = 0;
    // What a Snapshot would carry: the newest state again.
    resend_[client ? 0 : 1] = role_of(client) == Role::flex;
  }

  void session_over(bool client) {
    auto& application = app(client);
    application.ordered_handler.reset();
    std::erase_if(application.replies, [](auto const& reply) { return !std::holds_alternative<DialRequest>(reply.message); });
  }

  void common(bool client, Action action) {
    auto& application = app(client);
    if (auto* answered = std::get_if<Answered>(&action)) {
      auto const open = application.open.find(answered->key);
      require(open != application.open.end(), "exactly one outcome: an answer for something that is not open");
      auto const what = open->second;
      application.open.erase(open);
      if (what[0] == 'd') return dial_ended(what, *answered);
      if (what[0] == 'e') (answered->outcome ? application.acknowledged : application.lost).insert(what);
      return;
    }
    if (auto* deliver = std::get_if<Deliver>(&action)) delivered(client, std::move(*deliver));
  }

  void dial_ended(std::string const& id, Answered const& answered) {
    auto& click = clicks_.at(id);
    require(!click.outcome, "exactly one outcome of each dial");
    Result<DialResult> const result =
        answered.outcome ? Result<DialResult>{std::get<DialResult>(*answered.outcome)} : Result<DialResult>{answered.outcome.error()};
    click.outcome = outcome_of(result);
    switch (*click.outcome) {
      case DialOutcome::placed:
        ++coverage_.dials_placed;
        require(click.effects == 1, "placed means placed");
        break;
      case DialOutcome::unknown: ++coverage_.dials_unknown; break;
      default:
        ++coverage_.dials_certainly_not;
        require(click.effects == 0, "a dial that certainly was not placed was not placed");
    }
  }

  // -- handlers

  void delivered(bool client, Deliver delivery) {
    auto& application = app(client);
    auto const type = MessageType::of(delivery.message);
    bool const ordered = delivery_class(type) == DeliveryClass::state || delivery_class(type) == DeliveryClass::event;
    if (ordered) {
      // A handler that took its whole time, by either clock, was answered for; the next may start.
      auto const limit = Moment{application.ordered_since.steady + options_.times.handle_state,
                                application.ordered_since.wall + options_.times.handle_state};
      require(!application.ordered_handler || !now(client).is_before(limit),
              "handlers of events and state start one after the other");
      application.ordered_handler = delivery.key;
      application.ordered_since = now(client);
    }
    if (auto const* event = std::get_if<TaskChanged>(&delivery.message)) {
      auto const number = event->reason_code.value();
      auto& here = application.events_here;
      require(here.empty() || number > here.back(), "events come once and in order");
      // Whatever is skipped was told as lost to its sender.
      auto const& sender = app(!client);
      if (!here.empty())
        for (auto missing = here.back() + 1; missing < number; ++missing)
          require(sender.lost.contains("e" + std::to_string(missing)) || sender.acknowledged.contains("e" + std::to_string(missing)),
                  "no event is lost without being told");
      require(!application.events_ever.contains(number) || event->repeated.value_or(false),
              "an event that comes again in another session is marked");
      here.push_back(number);
      application.events_ever.insert(number);
    } else if (auto const* state = std::get_if<TaskSelected>(&delivery.message)) {
      auto const number = state->attributes.find("/n")->to_number<std::int64_t>();
      require(number > application.newest_state, "newest state wins");
      application.newest_state = number;
    } else if (auto const* lookup = std::get_if<ContactLookupRequest>(&delivery.message)) {
      require(application.handled.insert(*lookup->text).second, "a query is handled once");
    } else if (auto const* control = std::get_if<TaskControlRequest>(&delivery.message)) {
      require(application.handled.insert(*control->reason).second, "a command has at most one effect");
    }
    auto const wait = chance(0.02) ? Millis{between(10'000, 60'000)} : Millis{between(0, chance(0.2) ? 3000 : 50)};
    application.replies.push_back({time_ + wait, delivery.key, std::move(delivery.message), delivery.start_before, ordered});
  }

  void reply_due(bool client, bool awake) {
    if (!awake) return;
    auto& application = app(client);
    for (bool again = true; again;) {
      again = false;
      for (std::size_t i = 0; i < application.replies.size(); ++i) {
        if (application.replies[i].at > time_) continue;
        auto const reply = std::move(application.replies[i]);
        application.replies.erase(application.replies.begin() + static_cast<std::ptrdiff_t>(i));
        respond(client, reply);
        again = true;
        break;
      }
    }
    if (auto& resend = resend_[client ? 0 : 1]; resend && session(client) && session(client)->is_open()) {
      resend = false;
      if (application.last_state % 1000000 > 0) send_state(client);
    }
  }

  void respond(bool client, Application::Reply const& reply) {
    auto& application = app(client);
    if (reply.ordered && application.ordered_handler == reply.key) application.ordered_handler.reset();
    Result<Answer> outcome = Answer{NullResult{}};
    if (auto const* dial = std::get_if<DialRequest>(&reply.message)) outcome = start_call(client, *dial, reply);
    if (std::holds_alternative<ContactLookupRequest>(reply.message)) outcome = Answer{ContactLookupResult{}};
    auto* const target = session(client);
    if (!target) return;
    target->answer(reply.key, outcome, now(client));
    drain(client);
  }

  /// Flex's last look before its action: is there still time, by both clocks?
  Result<Answer> start_call(bool client, DialRequest const& dial, Application::Reply const& reply) {
    if (!reply.start_before || !now(client).is_before(*reply.start_before)) return make_error(Errc::expired);
    if (chance(0.1)) return make_error(Errc::outbound_disabled);
    auto& click = clicks_.at(dial.dial_id);
    require(++click.effects == 1, "a dial starts at most once");
    click.started = time_;
    require(time_ - click.at <= click.lifetime + start_slack, "no dial starts later than its lifetime + 2 s");
    require(!click.outcome || *click.outcome == DialOutcome::unknown,
            "a dial that certainly was not placed was not placed");
    if (chance(0.1)) return make_error(Errc::internal_error);
    return Answer{DialResult{.destination = dial.destination}};
  }

  // -- bounded memory: what is unanswered stays within the window

  static std::optional<std::int64_t> number_of(std::string const& text) {
    static constexpr std::string_view begin = R"({"jsonrpc":"2.0","id":)";
    if (!text.starts_with(begin) || text[begin.size()] == '"' || text[begin.size()] == 'n') return std::nullopt;
    return std::stoll(text.substr(begin.size()));
  }
  static bool is_request(std::string const& text) { return text.find("\"method\":") != std::string::npos; }

  void watch_window(bool from_client, std::string const& text) {
    auto const id = number_of(text);
    if (!id || !is_request(text)) return;
    auto& unanswered = unanswered_[from_client ? 0 : 1];
    if (*id == 1) unanswered.clear();  // numbers begin anew with a session
    unanswered.insert(*id);
    require(*unanswered.rbegin() - *unanswered.begin() < 64, "memory is bounded: at most 64 requests are unanswered");
  }

  void watch_answer(bool by_client, std::string const& text) {
    if (auto const id = number_of(text); id && !is_request(text)) unanswered_[by_client ? 0 : 1].erase(*id);
  }

  // -- the end

  bool is_settled() {
    return calm() && client_app_.open.empty() && (!server_ || server_app_.open.empty()) && wire_ && server_ &&
           client_->is_open() && server_->is_open() && client_app_.replies.empty() && server_app_.replies.empty() &&
           wire_->to_client.empty() && wire_->to_server.empty() && !resend_[0] && !resend_[1] && everything_arrived();
  }

  bool everything_arrived() {
    bool const flex = client_is_flex_;
    return app(!flex).newest_state == app(flex).last_state || app(flex).last_state % 1000000 == 0;
  }

  void finish() {
    require(client_app_.open.empty(), "exactly one outcome of everything the client sent");
    require(!server_ || server_app_.open.empty(), "exactly one outcome of everything the server sent");
    require(client_->is_open() && server_ && server_->is_open(), "no livelock: in the calm a session opens");
    require(everything_arrived(), "newest state wins in the end");
    for (auto const& [id, click] : clicks_)
      require(click.outcome || abandoned_.contains(id), "exactly one outcome of each dial");
  }

  std::mt19937_64 random_;
  SessionOptions options_;
  bool client_is_flex_ = true;
  Millis time_{0};
  Millis next_fault_{0}, next_traffic_{0}, next_connect_{0}, client_asleep_until_{0}, client_stepped_at_{-apart};
  Clocks client_clocks_, server_clocks_;
  std::unique_ptr<Session> client_;
  std::map<std::string, std::unique_ptr<Session>> sessions_;  // of the server
  Session* server_ = nullptr;                                  // the one with this client
  std::string server_session_of_client_;
  int instances_ = 0, session_ids_ = 0, dials_ = 0, commands_ = 0;
  std::optional<Wire> wire_;
  bool half_open_to_client_ = false, half_open_to_server_ = false;
  Application client_app_, server_app_;
  std::map<std::string, Click> clicks_;
  std::set<std::string> abandoned_;
  bool resend_[2] = {false, false};
  std::set<std::int64_t> unanswered_[2];
  Coverage coverage_;
};

}  // namespace

void Coverage::add(Coverage const& other) {
  for (auto const member : {&Coverage::schedules, &Coverage::steps, &Coverage::frames, &Coverage::cuts, &Coverage::half_open,
                            &Coverage::stalls, &Coverage::sleeps, &Coverage::steps_of_clock, &Coverage::server_restarts,
                            &Coverage::client_restarts, &Coverage::second_tabs, &Coverage::resumes, &Coverage::resets,
                            &Coverage::events, &Coverage::states, &Coverage::commands, &Coverage::dials,
                            &Coverage::dials_placed, &Coverage::dials_unknown, &Coverage::dials_certainly_not})
    this->*member += other.*member;
}

std::string Coverage::text() const {
  std::ostringstream text;
  text << schedules << " schedules, " << steps << " steps, " << frames << " frames; " << cuts << " cuts (" << half_open
       << " half-open), " << stalls << " stalls, " << sleeps << " sleeps, " << steps_of_clock << " clock steps, "
       << server_restarts << " server and " << client_restarts << " client restarts, " << second_tabs << " second tabs; "
       << resumes << " resumes, " << resets << " resets; " << events << " events, " << states << " states, " << commands
       << " commands, " << dials << " dials (" << dials_placed << " placed, " << dials_certainly_not << " certainly not, "
       << dials_unknown << " unknown)";
  return text.str();
}

Coverage simulate(std::uint64_t seed) { return World{seed}.run(); }

}  // namespace flexcrm::test
