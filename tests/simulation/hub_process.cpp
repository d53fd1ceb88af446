#include "hub_process.hpp"

#include "application.hpp"
#include "envelope.hpp"
#include "hub_memory.hpp"
#include "memory.hpp"

#include <algorithm>

namespace flexcrm::test {

using namespace std::chrono_literals;
using namespace flexcrm::detail;

namespace {

constexpr std::size_t many_frames = 30;  // on their way to a peer, which perhaps does not read
constexpr std::uint32_t here = 1u << process_place;
constexpr Millis shortest_dial{38s};  // that a hub passed on

bool is_ordered(MessageType type) {
  auto const kind = delivery_class(type);
  return kind == DeliveryClass::state || kind == DeliveryClass::event;
}

std::string session_in(std::string const& hello_answer) {
  constexpr std::string_view before = R"("session":")";
  auto const begin = hello_answer.find(before) + before.size();
  return hello_answer.substr(begin, hello_answer.find('"', begin) - begin);
}

}  // namespace

HubProcess::HubProcess(Scene& scene, Machine& machine, ProcessOptions const& options, int incarnation)
    : scene_{&scene},
      machine_{&machine},
      options_{&options},
      name_{std::to_string(incarnation)},
      sender_{scene.book.new_sender()} {
  HubRules rules;
  rules.random_id = [this] { return "s" + name_ + '.' + std::to_string(++ids_); };
  rules.handles = [this](MessageType type) {
    return is_ordered(type) ? options_->handles_ordered
                            : options_->handles_requests &&
                                  (type == type_of<ContactLookupRequest> || type == type_of<OpenRecordRequest>);
  };
  rules.permit = [this](std::string const&, DialRequest const& dial) -> Result<void> {
    if (!scene_->random.chance(0.05)) return {};
    refused_.insert(Book::marked(dial.dial_id).value());
    return make_error(Errc::destination_not_allowed);
  };
  hub_ = std::make_unique<Hub>(options.server, std::move(rules));
}

HubProcess::~HubProcess() = default;

// -- inputs

void HubProcess::connect(Link& link, std::size_t sender) {
  auto const id = ++last_peer_;
  auto& peer = peers_[id];
  peer.link = &link;
  peer.sender = sender;
  hub_->connected(id, now());
  carry_out();
}

bool HubProcess::has(Link const& link) const {
  return std::any_of(peers_.begin(), peers_.end(), [&](auto const& entry) { return entry.second.link == &link; });
}

void HubProcess::receive(Link& link, Link::Frame const& frame) {
  auto const peer =
      std::find_if(peers_.begin(), peers_.end(), [&](auto const& entry) { return entry.second.link == &link; });
  auto const id = peer->first;
  scene_->say(" hub reads from ", id, "  ", frame.text);
  hub_->receive(id, frame.text, now());
  carry_out(id, frame.text);
}

void HubProcess::lose(Link& link) {
  auto const peer =
      std::find_if(peers_.begin(), peers_.end(), [&](auto const& entry) { return entry.second.link == &link; });
  auto const id = peer->first;
  scene_->say(" hub loses ", id);
  give_up(id);
  hub_->lost(id, now());
  carry_out();
}

void HubProcess::tick() {
  hub_->tick(now());
  carry_out();
}

std::optional<Millis> HubProcess::timer() const {
  auto const deadline = hub_->deadline();
  return deadline ? std::optional{machine_->rings(*deadline)} : std::nullopt;
}

std::optional<Millis> HubProcess::work() const {
  std::optional<Millis> first;
  auto const consider = [&](Millis due) { first = first ? std::min(*first, due) : due; };
  for (auto const& waiting : waiting_) consider(waiting.due);
  for (auto const& handler : handlers_) consider(handler.due);
  return first;
}

void HubProcess::work_on() {
  auto const earlier = [](auto const& a, auto const& b) { return a.due < b.due; };
  auto const handler = std::min_element(handlers_.begin(), handlers_.end(), earlier);
  auto const waiting = std::min_element(waiting_.begin(), waiting_.end(), earlier);
  if (waiting == waiting_.end() || (handler != handlers_.end() && handler->due < waiting->due)) {
    auto const done = *handler;
    handlers_.erase(handler);
    return answer_handler(done);
  }
  auto const hello = std::move(*waiting);
  waiting_.erase(waiting);
  authorize(hello);
}

void HubProcess::answer_handler(Handler const& handler) {
  auto& item = scene_->book[handler.item];
  item.is_answered = true;
  Result<Answer> outcome{Answer{NullResult{}}};
  if (item.kind == Item::Kind::query) outcome = Answer{ContactLookupResult{}};
  hub_->answer(handler.to, outcome, now());
  carry_out();
}

void HubProcess::authorize(Waiting const& waiting) {
  if (!scene_->is_calm && scene_->random.chance(0.01)) {
    ++scene_->coverage.refusals;
    hub_->authorized(waiting.peer, make_error(scene_->random.chance(0.3) ? Errc::unauthorized : Errc::rate_limited),
                     now());
  } else {
    hub_->authorized(waiting.peer, Identity{waiting.hello.agent, waiting.hello.role}, now());
  }
  carry_out();
}

void HubProcess::ask() {
  auto& random = scene_->random;
  ++scene_->coverage.process_requests;
  std::string const agent = random.chance(0.9) ? "ana" : random.chance(0.5) ? "bea" : "eve";
  auto const known = agents_.find(agent);
  bool const is_offline = known == agents_.end() || !is_connected(known->second);
  bool const is_dial = random.chance(0.6);
  Item item{.kind = is_dial ? Item::Kind::dial : Item::Kind::command, .sender = sender_};
  item.lifetime = random.between(1000ms, 20s);
  item.at = now();
  item.since = machine_->since(scene_->time);
  auto const open = std::find_if(passed_.begin(), passed_.end(), [&](auto const& dial) {
    return dial.second == agent && !dialled_.contains(dial.first);
  });
  // A second click under the name of an open one, which must come to nothing.
  bool const is_twice = is_dial && open != passed_.end() && random.chance(0.5);
  if (is_twice) item.kind = Item::Kind::command;
  auto const index = scene_->book.add(item);
  Message message;
  if (is_dial) {
    message = DialRequest{.destination = destination,
                          .dial_id = Book::mark(is_twice ? open->first : index),
                          .lifetime_ms = item.lifetime.count()};
  } else {
    message = TaskControlRequest{.task_sid = "WT" + std::string(32, '1'),
                                 .action = TaskAction::select,
                                 .reason = Book::mark(index),
                                 .lifetime_ms = item.lifetime.count()};
  }
  scene_->say(" the process asks for #", index);
  auto const id = hub_->request(agent, std::move(message), now());
  locals_.emplace(id, index);
  last_finished_.reset();
  carry_out();
  if (is_offline)
    require(!locals_.contains(id) && last_finished_ == Errc::agent_offline,
            "agent_offline at once when there is no Flex");
}

void HubProcess::shut_down() {
  hub_->shutdown(now());
  carry_out();
  require(locals_.empty(), "a shutdown ends every request of the process");
  die(false);
}

void HubProcess::die(bool quietly) {
  scene_->book.abandon(sender_);
  for (auto const& [id, peer] : peers_) quietly ? peer.link->vanish(End::server) : peer.link->close(End::server);
  peers_.clear();
}

// -- what the hub wants done

void HubProcess::carry_out(PeerId reader, std::string const& frame) {
  std::vector<HubAction> actions;
  while (auto action = hub_->next()) {
    actions.push_back(std::move(*action));
    require(actions.size() < 10000, "no livelock: one input has an end");
  }
  auto const closes_by_time = [&](HubAction const& action) {
    auto const* close = std::get_if<ClosePeer>(&action);
    return close && close->peer == reader && close->code == time_out;
  };
  offline_.reset();
  for (auto& [name, agent] : agents_)
    if (agent.flex.empty()) agent.active.clear();
  // Closed by time, so before the frame was looked at.
  if (reader != 0 && std::none_of(actions.begin(), actions.end(), closes_by_time))
    read(peers_.at(reader).session, frame);
  forget_ended();
  for (auto& action : actions) carry_out(action);
  require(!offline_, "agent_offline at once when there is no Flex");
  check();
  for (auto const id : std::exchange(slow_, {})) {
    auto const peer = peers_.find(id);
    if (peer == peers_.end()) continue;
    ++scene_->coverage.slow_readers;
    scene_->say(" ", id, " does not read");
    give_up(id);
    hub_->lost(id, now());
    carry_out();
  }
}

void HubProcess::carry_out(HubAction& action) {
  if (auto* frame = std::get_if<ToPeer>(&action)) {
    auto const known = peers_.find(frame->peer);
    require(known != peers_.end(), "nothing is written to a connection that was given up");
    scene_->say(" hub writes to ", frame->peer, "  ", frame->frame);
    auto& peer = known->second;
    auto const outside = envelope(frame->frame);
    using enum Envelope::Kind;
    if (outside.kind == hello) greeted(peer, frame->peer, frame->frame);
    auto const conversation = conversations_.find(peer.session);
    if (conversation != conversations_.end() && outside.kind == request)
      wrote(conversation->second, outside.number, frame->frame);
    if (conversation != conversations_.end() && outside.kind == answer)
      wrote_answer(conversation->second, outside.number, frame->frame);
    peer.link->send(End::server, std::move(frame->frame));
    if (!scene_->is_calm && peer.link->under_way(End::client) > many_frames && scene_->random.chance(0.02))
      slow_.push_back(known->first);
  } else if (auto const* close = std::get_if<ClosePeer>(&action)) {
    give_up(close->peer);
  } else if (auto const* cut = std::get_if<CutPeer>(&action)) {
    give_up(cut->peer);
  } else if (auto* asked = std::get_if<AuthorizePeer>(&action)) {
    auto& peer = peers_.at(asked->peer);
    for (auto const& [id, other] : peers_)
      require(!other.session.empty() || !other.hello || other.hello->instance != asked->hello.instance,
              "of two Hellos of one client the later one counts");
    peer.hello = asked->hello;
    peer.order = ++last_order_;
    auto const delay = scene_->random.chance(0.1) ? scene_->random.between(0ms, 8s) : 0ms;
    waiting_.push_back({scene_->time + delay, asked->peer, std::move(asked->hello)});
  } else if (auto const* accept = std::get_if<PeerAccepted>(&action)) {
    auto& peer = peers_.at(accept->peer);
    peer.is_accepted = true;
    if (peer.hello->role == Role::flex) flex_accepted(peer);
  } else if (auto const* given = std::get_if<Handle>(&action)) {
    handle(*given);
  } else if (auto const* end = std::get_if<Finished>(&action)) {
    finished(*end);
  } else if (auto const* presence = std::get_if<PresenceChanged>(&action)) {
    auto& agent = agents_[presence->agent];
    require(agent.is_announced != presence->online, "presence is told when it changes");
    agent.is_announced = presence->online;
  } else if (auto const* dial = std::get_if<Dialled>(&action)) {
    dialled(*dial);
  } else {
    require(false, "a hub without other nodes asks none");
  }
}

void HubProcess::give_up(PeerId id) {
  auto const peer = peers_.find(id);
  if (peer == peers_.end()) return;
  if (auto const its = conversations_.find(peer->second.session); its != conversations_.end()) {
    its->second.peer = 0;
    its->second.open_claims.clear();
  }
  peer->second.link->close(End::server);
  peers_.erase(peer);
}

/// Sessions that are over. Whoever was told what such a Flex said is told that it means nothing any more.
void HubProcess::forget_ended() {
  for (auto entry = conversations_.begin(); entry != conversations_.end();) {
    auto const& [name, ended] = *entry;
    if (find_session(*hub_, name)) {
      ++entry;
      continue;
    }
    if (ended.role == Role::flex) {
      auto& agent = agents_[ended.agent];
      agent.flex.clear();
      agent.instances[ended.instance].seen = now();
      for (auto& [other_name, other] : conversations_) {
        if (other.role != Role::crm || other.agent != ended.agent) continue;
        other.is_owed_reset = true;
        other.resets.clear();
      }
    }
    entry = conversations_.erase(entry);
  }
}

void HubProcess::greeted(Peer& peer, PeerId id, std::string const& text) {
  if (text.find("\"error\"") != std::string::npos) return;
  peer.session = session_in(text);
  bool const is_resumed = text.find("\"resumed\":true") != std::string::npos;
  auto const& hello = *peer.hello;
  if (!peer.is_accepted) return flex_turned_away(peer);
  auto const [place, is_new] = conversations_.try_emplace(peer.session);
  auto& conversation = place->second;
  require(is_new != is_resumed, "a session that goes on is an old one, any other is new");
  if (is_new) {
    conversation.agent = hello.agent;
    conversation.role = hello.role;
    conversation.instance = hello.instance;
    if (hello.role == Role::flex) agents_[hello.agent].flex = peer.session;
  }
  require(
      conversation.agent == hello.agent && conversation.role == hello.role && conversation.instance == hello.instance,
      "a session goes on with its own instance only");
  require(conversation.peer == 0, "an older connection is fenced off");
  if (is_resumed) ++scene_->coverage.resumes;
  conversation.sender = peer.sender;
  conversation.peer = id;
  if (is_new) conversation.last_act = ++last_act_;
}

// -- one Flex at a time

HubProcess::Instance& HubProcess::place(Agent& agent, Peer const& peer) {
  auto const& name = peer.hello->instance;
  auto const [known, is_new] = agent.instances.try_emplace(name);
  auto& instance = known->second;
  bool const is_forgotten = agent.active != name && now().steady - instance.seen.steady > options_->server.hub.replaced;
  if (is_new || is_forgotten || peer.hello->takeover == true) {
    if (!is_new && !is_forgotten) ++scene_->coverage.takeovers;
    instance = {.place = peer.order};
  }
  instance.seen = now();
  return instance;
}

void HubProcess::flex_accepted(Peer const& peer) {
  auto& agent = agents_[peer.hello->agent];
  auto const& instance = place(agent, peer);
  require(!instance.is_replaced, "a Flex that was replaced does not come back by itself");
  if (!agent.active.empty() && agent.active != peer.hello->instance) {
    ++scene_->coverage.replaced_tabs;
    auto& older = agent.instances.at(agent.active);
    require(older.place < instance.place, "of two Flex the later one wins");
    older.is_replaced = true;
  }
  agent.active = peer.hello->instance;
}

void HubProcess::flex_turned_away(Peer const& peer) {
  require(peer.hello->role == Role::flex, "a CRM page is accepted or refused");
  ++scene_->coverage.refused_tabs;
  auto& agent = agents_[peer.hello->agent];
  auto& instance = place(agent, peer);
  bool const is_older = !agent.active.empty() && agent.instances.at(agent.active).place > instance.place;
  require(instance.is_replaced || is_older, "of two Flex the later one wins");
  instance.is_replaced = true;
}

// -- frames

void HubProcess::wrote(Conversation& to, std::int64_t number, std::string const& text) {
  if (number <= to.last_written) return;
  require(number == ++to.last_written, "requests are numbered without a gap");
  auto const frame = codec_.decode(text);
  auto const& message = std::get<Request>(frame).message;
  auto const type = MessageType::of(message);
  if (to.role == Role::crm) {
    auto const* whole = std::get_if<Snapshot>(&message);
    require(number != 1 || whole, "a new CRM session gets a Snapshot first");
    if (whole) ++scene_->coverage.snapshots;
    if (whole && whole->reset) to.resets.insert(number);
    if (is_ordered(type)) return to.told.apply(message);
    if (auto const* claim = std::get_if<DialClaimRequest>(&message)) {
      ++scene_->coverage.claims_passed;
      return require(scene_->book[Book::marked(claim->dial_id).value()].sender == to.sender,
                     "a claim goes to the issuer");
    }
    for (auto const& [name, other] : conversations_)
      require(other.agent != to.agent || other.role != Role::crm || other.peer == 0 || other.last_act <= to.last_act,
              "a query of Flex goes where a person last did something");
  }
  auto const* dial = std::get_if<DialRequest>(&message);
  if (!dial) return;
  auto const mark = Book::marked(dial->dial_id).value();
  auto const& limits = options_->server.hub;
  require(passed_.emplace(mark, to.agent).second, "a dial goes to Flex once, and its name means one dial");
  require(!refused_.contains(mark) && !unsent_.contains(mark), "a dial that is refused does not go to Flex");
  auto const& allowed = options_->server.caller_ids;
  require(!dial->caller_id || std::find(allowed.begin(), allowed.end(), *dial->caller_id) != allowed.end(),
          "a caller ID is one of the server's");
  auto const open = std::count_if(to.dials.begin(), to.dials.end(),
                                  [&](auto& known) { return known.second.at(now()) < shortest_dial; });
  require(static_cast<std::size_t>(open) < limits.open_dials, "an agent's open dials are bounded");
  to.dials.emplace(number, Age{now()});
  auto& recent = agents_[to.agent].dials;
  std::erase_if(recent, [&](Moment const& at) { return now().steady - at.steady >= 60s; });
  require(recent.size() < limits.dials_per_minute, "an agent's dials of a minute are bounded");
  recent.push_back(now());
}

void HubProcess::wrote_answer(Conversation& to, std::int64_t number, std::string_view text) {
  if (offline_ == std::pair{to.peer, number}) {
    require(text.find("agent_offline") != std::string_view::npos, "agent_offline at once when there is no Flex");
    ++scene_->coverage.offline_answers;
    offline_.reset();
  }
  to.open_claims.erase(number);
  auto const claim = to.claims.find(number);
  if (claim == to.claims.end() || text.find("\"granted\":true") == std::string_view::npos) return;
  auto const item = claim->second;
  auto& dial = scene_->book[item];
  if (dial.sender != sender_) return require(dial.granted.has_value(), "a hub never grants");
  to.claims.erase(claim);
  if (assumed_.contains(item)) return;
  require(!dial.granted && scene_->time - dial.since.time < dial.lifetime,
          "a dial is granted once, within its lifetime");
  dial.granted = scene_->time;
}

void HubProcess::read(std::string const& session, std::string const& text) {
  auto const known = conversations_.find(session);
  if (known == conversations_.end()) return;
  auto& from = known->second;
  auto const outside = envelope(text);
  if (outside.kind == Envelope::Kind::answer) {
    from.dials.erase(outside.number);
    // The answer to a Void says nothing of what it stands for.
    if (from.resets.contains(outside.number) && text.find("\"expired\"") == std::string::npos)
      from.is_owed_reset = false;
    return;
  }
  if (outside.kind != Envelope::Kind::request || outside.number != from.last_received + 1) return;
  ++from.last_received;
  auto const frame = codec_.decode(text);
  read_request(from, outside.number, std::get<Request>(frame).message);
}

void HubProcess::read_request(Conversation& from, std::int64_t number, Message const& message) {
  if (std::holds_alternative<Void>(message)) return;
  auto const& agent = agents_[from.agent];
  if (from.role == Role::crm) {
    from.last_act = ++last_act_;
    if (!is_connected(agent)) offline_ = {from.peer, number};
  } else if (is_ordered(MessageType::of(message))) {
    from.said.apply(message);
    from.has_said_agent |= std::holds_alternative<AgentChanged>(message) || std::holds_alternative<Snapshot>(message);
  } else if (auto const* claim = std::get_if<DialClaimRequest>(&message)) {
    auto const index = Book::marked(claim->dial_id).value();
    from.claims.emplace(number, index);
    from.open_claims.emplace(number, index);
    // Its turn may come unseen, while there is no connection.
    auto& dial = scene_->book[index];
    if (dial.sender != sender_ || !is_busy(*find_session(*hub_, agent.flex))) return;
    if (assumed_.insert(index).second && !dial.granted) dial.granted = dial.since.time + dial.lifetime;
  }
}

// -- the application

void HubProcess::handle(Handle const& given) {
  auto const type = MessageType::of(given.message);
  ++scene_->coverage.process_handlers;
  if (is_ordered(type)) agents_[given.agent].handled.apply(given.message);
  if (!given.reply) return;
  auto const index = mark_of(given.message).value();
  auto& item = scene_->book[index];
  auto const* task = std::get_if<TaskChanged>(&given.message);
  auto const* call = std::get_if<CallChanged>(&given.message);
  bool const is_again = (item.handled_at & here) != 0;
  bool const is_marked = (task && task->repeated == true) || (call && call->repeated == true);
  require(!is_again || is_marked, "the process handles a message once");
  require(is_ordered(type) || item.handled == 0, "a query or command has one effect");
  ++item.handled;
  item.handled_at |= here;
  auto& random = scene_->random;
  if (random.chance(0.002)) return;
  auto const takes =
      random.chance(0.02) ? random.between(10s, 60s) : random.between(0ms, random.chance(0.2) ? 3000ms : 50ms);
  handlers_.push_back({scene_->time + takes, *given.reply, index});
}

void HubProcess::finished(Finished const& finished) {
  auto const local = locals_.extract(finished.id);
  require(!local.empty(), "exactly one outcome of a request of the process");
  auto const& outcome = finished.outcome;
  if (!outcome) last_finished_ = static_cast<Errc>(outcome.error().code.value());
  auto& item = scene_->book[local.mapped()];
  require(!item.is_told, "exactly one outcome");
  item.is_told = true;
  scene_->say(" the process is told of #", local.mapped(), outcome ? ": done" : ": " + to_string(outcome.error()));
  if (item.kind == Item::Kind::dial) return dial_ended(*scene_, *machine_, item, outcome);
  if (outcome) return require(item.is_answered, "what was acknowledged was handled");
  require(machine_->may_still_wait(item.since, item.lifetime, scene_->time) || last_finished_ == Errc::session_lost,
          "an outcome comes in time");
}

void HubProcess::dialled(Dialled const& dialled) {
  auto const mark = Book::marked(dialled.request.dial_id).value();
  if (!passed_.contains(mark)) {
    require(!dialled.outcome && scene_->book[mark].effects == 0, "only a dial that went to Flex can be placed");
    return require(unsent_.insert(mark).second, "the end of a dial that went nowhere is told once");
  }
  require(dialled_.insert(mark).second, "the end of a dial is told once");
  if (dialled.outcome) require(scene_->book[mark].effects == 1, "placed means placed");
}

// -- what must hold after every input

HubProcess::Conversation const* HubProcess::flex_of(Agent const& agent) const {
  auto const flex = conversations_.find(agent.flex);
  return flex == conversations_.end() ? nullptr : &flex->second;
}

bool HubProcess::is_connected(Agent const& agent) const {
  auto const* const flex = flex_of(agent);
  return flex && flex->peer != 0;
}

bool HubProcess::is_connected(std::size_t sender) const {
  return std::any_of(conversations_.begin(), conversations_.end(),
                     [&](auto const& entry) { return entry.second.sender == sender && entry.second.peer != 0; });
}

View HubProcess::truth(Agent const& agent) const {
  auto const* const flex = flex_of(agent);
  if (!flex) return {};
  auto view = flex->said;
  view.is_connected = flex->peer != 0;
  if (!view.is_connected)
    view.availability = Availability::offline;
  else if (!flex->has_said_agent)
    view.availability = Availability::available;
  return view;
}

View HubProcess::truth(std::string const& agent) const {
  auto const known = agents_.find(agent);
  return known == agents_.end() ? View{} : truth(known->second);
}

void HubProcess::check() {
  std::set<std::string_view> instances;
  for (auto const& [session, conversation] : conversations_)
    require(instances.insert(conversation.instance).second, "a client has one session");
  std::map<std::string_view, int> flexes;
  for (auto const& [id, peer] : peers_)
    if (peer.is_accepted && peer.hello->role == Role::flex)
      require(++flexes[peer.hello->agent] == 1, "only one Flex of an agent is connected");
  for (auto const& [name, agent] : agents_) {
    require(agent.is_announced == is_connected(agent), "presence is told at once");
    auto const* const flex = agent.flex.empty() ? nullptr : find_session(*hub_, agent.flex);
    if (flex && is_busy(*flex)) continue;  // what was said is not taken yet
    if (auto const* const active = flex_of(agent))
      for (auto const& [number, dial] : active->open_claims)
        require(is_connected(scene_->book[dial].sender), "a claim does not wait for an issuer that is gone");
    auto const so = truth(agent);
    if (options_->handles_ordered && !(agent.handled == so)) {
      scene_->say(" the process has ", agent.handled.text(), "; what is so: ", so.text());
      require(false, "the process is told what is so");
    }
    for (auto const& [session, crm] : conversations_) {
      if (crm.role != Role::crm || crm.agent != name || crm.peer == 0) continue;
      if (is_held_up(*find_session(*hub_, session))) continue;
      if (!(crm.told == so)) {
        scene_->say(' ', session, " was told ", crm.told.text(), "; what is so: ", so.text());
        require(false, "each CRM endpoint is told what is so");
      }
      require(!crm.is_owed_reset || !crm.resets.empty(), "a reset is always told");
    }
  }
  if (++checks_ % 8 == 0)
    require_bounded_memory(*hub_, scene_->options, options_->server.hub, peers_.size(), locals_.size());
}

void HubProcess::require_rest() const {
  for (auto const& [name, conversation] : conversations_) {
    if (conversation.peer == 0) continue;  // nobody will come for it
    if (conversation.is_owed_reset) scene_->say(' ', name, " is owed a reset");
    require(!conversation.is_owed_reset, "a reset is always told");
  }
}

}  // namespace flexcrm::test
