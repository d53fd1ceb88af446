#include "hub.hpp"

#include "log.hpp"

#include <flexcrm/reply.hpp>

#include <algorithm>
#include <array>

namespace flexcrm::detail {
namespace {

// As many tabs as a person may have opened within HubLimits::replaced; the oldest is forgotten first.
constexpr std::size_t remembered_instances = 16;
constexpr std::chrono::seconds sweep_every{60};
constexpr std::size_t most_room_kept = 256;  // of actions
constexpr std::chrono::minutes dial_window{1};
constexpr std::chrono::seconds node_claim_time{1};

bool is_ordered(MessageType type) {
  auto const kind = delivery_class(type);
  return kind == DeliveryClass::state || kind == DeliveryClass::event;
}

// An error of this side in words that travel.
Error for_wire(Error const& error) {
  if (error.code.category() != category()) return make_error(Errc::internal_error);
  auto const errc = static_cast<Errc>(error.code.value());
  if (rpc_code(errc) != 0) return error;
  switch (errc) {
    case Errc::not_connected:
    case Errc::closed: return make_error(Errc::session_lost);
    case Errc::timed_out:
    case Errc::outcome_unknown: return make_error(Errc::handler_timeout);
    case Errc::backpressure: return make_error(Errc::rate_limited);
    default: return make_error(Errc::internal_error);
  }
}

std::string connected_params(AgentChanged const& changed, std::string const& params) {
  // `connected` is the hub's to say. A member more in front keeps the rest as it came, what we do not know
  // included.
  if (changed.connected == true) return params;
  if (!changed.connected && params.find("\"connected\"") == std::string::npos) {
    auto const brace = params.find('{');
    auto const first = params.find_first_not_of(" \t\r\n", brace + 1);
    if (brace != std::string::npos && first != std::string::npos && params[first] == '"') {
      return params.substr(0, brace + 1) + "\"connected\":true," + params.substr(brace + 1);
    }
  }
  return {};
}

std::uint64_t wall_ms(Moment now) {
  return static_cast<std::uint64_t>(std::chrono::floor<std::chrono::milliseconds>(now.wall.time_since_epoch()).count());
}

// Names a client among those whose Hello is being authorized.
std::string client_key(Hello const& hello) {
  return hello.agent + '\n' + hello.instance + '\n' + (hello.role == Role::flex ? 'f' : 'c');
}

}  // namespace

Hub::Hub(ServerOptions const& options, HubRules rules, std::shared_ptr<Counters> counters)
    : session_options_{options.session},
      limits_{options.hub},
      retry_after_{options.retry_after},
      caller_ids_{options.caller_ids},
      any_caller_id_{options.caller_ids_by_on_dial},
      logger_{options.logger},
      rules_{std::move(rules)},
      counters_{std::move(counters)},
      node_{rules_.has_backplane ? rules_.random_id() : std::string{}},
      codec_{std::make_shared<Codec>(options.session.codec)} {
  session_options_.claims = Claims::relay;
}

Hub::~Hub() = default;

// -- inputs

void Hub::connected(PeerId peer, Moment now) {
  now_ = now;
  auto& endpoint = begin(peer);
  endpoint.session.opened(now_);
  touch(endpoint);
  run();
}

void Hub::receive(PeerId peer, std::string_view frame, Moment now) {
  now_ = now;
  auto const known = peers_.find(peer);
  if (known == peers_.end()) return;
  auto& endpoint = *find(known->second.endpoint);
  show(endpoint, false, frame);
  endpoint.session.receive(frame, now_);
  touch(endpoint);
  run();
}

void Hub::lost(PeerId peer, Moment now) {
  now_ = now;
  auto const known = peers_.find(peer);
  if (known == peers_.end()) return;
  auto& endpoint = *find(known->second.endpoint);
  forget(peer);
  endpoint.session.lost(now_);
  detached(endpoint);
  touch(endpoint);
  run();
}

void Hub::authorized(PeerId peer, Result<Identity> const& identity, Moment now) {
  now_ = now;
  auto const known = peers_.find(peer);
  if (known == peers_.end() || !known->second.waiting) return;
  auto const hello = *std::move(known->second.waiting);
  known->second.waiting.reset();
  greeting_.erase(client_key(hello));
  auto& endpoint = *find(known->second.endpoint);
  sweep();
  if (stopping_) {
    auto error = make_error(Errc::rate_limited);
    error.retry_after = retry_after_;
    refuse(endpoint, error);
  } else if (!identity) {
    note(Level::warning, endpoint, {"refused: ", to_string(identity.error())});
    refuse(endpoint, for_wire(identity.error()));
  } else if (!resume(endpoint, peer, hello, *identity)) {
    accept(endpoint, peer, hello, *identity);
  }
  run();
}

void Hub::answer(ReplyTo const& reply, Result<Answer> const& outcome, Moment now) {
  now_ = now;
  answer(Asker{.remote = reply}, outcome);
  run();
}

LocalId Hub::request(std::string const& agent, Message message, Moment now) {
  now_ = now;
  auto const id = ++last_local_;
  auto& local = locals_[id];
  local.agent = agent;
  auto* const dial = std::get_if<DialRequest>(&message);
  if (dial) {
    if (dial->dial_id.empty()) dial->dial_id = rules_.random_id();
    local.dial.emplace(std::chrono::milliseconds{dial->lifetime_ms}, now_);
  }
  auto const asked = sender(MessageType::of(message)) == Sender::crm ? ask_flex(agent, Asker{.local = id}, message, {})
                                                                     : Result<void>{make_error(Errc::wrong_role)};
  if (!asked) {
    answer(Asker{.local = id}, asked.error());
  } else if (dial) {
    local.sent = *dial;
    arm(id, local);
  }
  run();
  return id;
}

void Hub::shutdown(Moment now) {
  now_ = now;
  stopping_ = true;
  Bye const bye{ByeReason::shutdown, retry_after_.count()};
  std::vector<EndpointId> all;
  all.reserve(endpoints_.size());
  for (auto const& [id, endpoint] : endpoints_) all.push_back(id);
  std::sort(all.begin(), all.end());
  for (auto const id : all) {
    auto& endpoint = *find(id);
    endpoint.session.bye(bye, now_);
    touch(endpoint);
  }
  run();
  while (!locals_.empty()) finish(locals_.begin()->first, make_error(Errc::session_lost));
}

void Hub::tick(Moment now) {
  now_ = now;
  std::vector<Due> due;
  while (!due_.empty() && due_.begin()->at <= now_.steady) due.push_back(due_.extract(due_.begin()).value());
  for (auto const& what : due) {
    if (auto* const endpoint = find(what.endpoint)) {
      endpoint->armed.reset();
      endpoint->session.tick(now_);
      touch(*endpoint);
    }
    auto const local = locals_.find(what.local);
    if (local == locals_.end()) continue;
    local->second.due.reset();
    if (auto error = local->second.dial->overdue(now_, session_options_.times)) {
      finish(what.local, *std::move(error));
    } else {
      arm(what.local, local->second);
    }
  }
  for (; !to_ask_later_.empty() && to_ask_later_.front().first <= now_.steady; to_ask_later_.pop_front()) {
    auto* const agent = find(to_ask_later_.front().second);
    if (agent && agent->is_watched()) ask_news(*agent);
  }
  run();
}

std::optional<HubAction> Hub::next() {
  if (next_action_ == actions_.size()) {
    actions_.clear();
    if (actions_.capacity() > most_room_kept) actions_.shrink_to_fit();
    next_action_ = 0;
    return std::nullopt;
  }
  return std::move(actions_[next_action_++]);
}

std::optional<Hub::Steady> Hub::deadline() const {
  auto first = due_.empty() ? std::nullopt : std::optional{due_.begin()->at};
  if (!to_ask_later_.empty()) first = std::min(first.value_or(Steady::max()), to_ask_later_.front().first);
  return first;
}

// -- sessions

Hub::Endpoint* Hub::find(EndpointId id) {
  auto const found = endpoints_.find(id);
  return found == endpoints_.end() || found->second->over ? nullptr : found->second.get();
}

Hub::Endpoint& Hub::begin(PeerId peer) {
  auto const id = ++last_endpoint_;
  auto& endpoint = *(endpoints_[id] = std::make_unique<Endpoint>(id, Session::server(session_options_, codec_)));
  endpoint.peer = endpoint.newest = peer;
  peers_[peer].endpoint = id;
  return endpoint;
}

void Hub::forget(PeerId peer) {
  auto const known = peers_.find(peer);
  if (known == peers_.end()) return;
  if (known->second.waiting) greeting_.erase(client_key(*known->second.waiting));
  if (auto* const endpoint = find(known->second.endpoint)) endpoint->peer = 0;
  peers_.erase(known);
}

void Hub::touch(Endpoint& endpoint) {
  if (std::exchange(endpoint.touched, true)) return;
  touched_.push_back(endpoint.id);
}

// What came before the session was accepted, its Hello, is not shown.
void Hub::show(Endpoint const& endpoint, bool to_client, std::string_view frame) {
  if (!rules_.shows_frames || !endpoint.agent) return;
  act(ShowFrame{endpoint.identity, endpoint.id, to_client, std::string{frame}});
}

// Carries out what the sessions want, one after the other: what one causes at another is that one's turn later.
void Hub::run() {
  while (!touched_.empty()) {
    auto const id = touched_.front();
    touched_.pop_front();
    auto const found = endpoints_.find(id);
    if (found == endpoints_.end()) continue;
    auto& endpoint = *found->second;
    endpoint.touched = false;
    drain(endpoint);
    if (!endpoint.over) arm(endpoint);
  }
  for (auto const id : over_) {
    auto const found = endpoints_.find(id);
    if (found->second->armed) due_.erase(Due{*found->second->armed, id, 0});
    endpoints_.erase(found);
  }
  over_.clear();
}

void Hub::drain(Endpoint& endpoint) {
  bool closed = false;
  while (auto action = endpoint.session.next()) {
    if (auto* frame = std::get_if<SendFrame>(&*action)) {
      if (endpoint.peer == 0) continue;
      show(endpoint, true, frame->text);
      act(ToPeer{endpoint.peer, std::move(frame->text)});
    } else if (auto* greeting = std::get_if<HelloReceived>(&*action)) {
      hello(endpoint, std::move(greeting->hello));
    } else if (auto* delivery = std::get_if<Deliver>(&*action)) {
      counters_->received[delivery->message.index()].add();
      endpoint.identity.role == Role::flex ? from_flex(endpoint, std::move(*delivery)) : from_crm(endpoint, *delivery);
    } else if (auto* answer = std::get_if<Answered>(&*action)) {
      answered(endpoint, *answer);
    } else if (auto* problem = std::get_if<Problem>(&*action)) {
      note(Level::debug, endpoint, {to_string(problem->error)});
      counters_->refuse(problem->error);
    } else if (auto* end = std::get_if<Ended>(&*action)) {
      note(Level::debug, endpoint, {"ended: ", to_string(end->error)});
      ended(endpoint);
    } else if (auto* close = std::get_if<CloseTransport>(&*action)) {
      if (endpoint.peer == 0) continue;
      act(ClosePeer{endpoint.peer, close->code});
      forget(endpoint.peer);
      closed = true;
    }
  }
  // What ended is not registered any more: its end says more than the loss of its connection.
  if (closed) detached(endpoint);
}

void Hub::hello(Endpoint& endpoint, Hello greeting) {
  auto& peer = peers_.at(endpoint.peer);
  peer.order = ++last_order_;
  // A client that comes again while it is being authorized has given the older connection up.
  auto const [place, first] = greeting_.try_emplace(client_key(greeting), endpoint.peer);
  if (!first) {
    auto const older = std::exchange(place->second, endpoint.peer);
    auto& known = peers_.at(older);
    known.waiting.reset();
    auto& overtaken = *find(known.endpoint);
    act(CutPeer{older});
    forget(older);
    overtaken.session.lost(now_);
    touch(overtaken);
  }
  peer.waiting = greeting;
  act(AuthorizePeer{endpoint.peer, std::move(greeting)});
}

void Hub::refuse(Endpoint& endpoint, Error const& error) {
  counters_->refuse(error);
  endpoint.session.refuse(error, now_);
  touch(endpoint);
}

// Gives a message to a session: as it came, where `params` says how, else as we write it.
Result<RequestKey> Hub::pass(Endpoint& endpoint, Message const& message, std::string const& params) {
  auto key = params.empty() ? endpoint.session.send(message, now_) : endpoint.session.forward(message, params, now_);
  touch(endpoint);
  if (key) counters_->sent[message.index()].add();
  return key;
}

bool Hub::resume(Endpoint& fresh, PeerId peer, Hello const& hello, Identity const& identity) {
  if (!hello.resume) return false;
  auto const found = sessions_.find(hello.resume->session);
  auto* const old = found == sessions_.end() ? nullptr : find(found->second);
  if (!old || old->identity != identity || !old->session.resume(fresh.session, now_)) return false;
  if (old->peer != 0) {
    act(CutPeer{old->peer});
    forget(old->peer);
  }
  fresh.peer = 0;
  fresh.over = true;
  over_.push_back(fresh.id);
  old->peer = old->newest = peer;
  peers_.at(peer).endpoint = old->id;
  act(PeerAccepted{peer});
  counters_->resumes.add();
  note(Level::info, *old, {"session resumed"});
  touch(*old);
  if (identity.role == Role::flex) flex_came(*old->agent);
  return true;
}

void Hub::accept(Endpoint& endpoint, PeerId peer, Hello const& hello, Identity const& identity) {
  auto& agent = get(identity.agent);
  touch(endpoint);
  if (identity.role == Role::flex ? !accept_flex(agent, endpoint, peers_.at(peer).order, hello)
                                  : !accept_crm(agent, endpoint, hello)) {
    return;
  }
  endpoint.session_id = rules_.random_id();
  endpoint.session.accept(identity.role, HelloResult{.session = endpoint.session_id}, now_);
  if (!endpoint.session.is_open()) return;  // an answer that cannot be written: detail::check() refuses such options
  endpoint.identity = identity;
  endpoint.instance = hello.instance;
  endpoint.agent = &agent;
  sessions_.emplace(endpoint.session_id, endpoint.id);
  act(PeerAccepted{peer});
  counters_->sessions.add();
  counters_->sessions_now.set(sessions_.size());
  if (hello.resume) counters_->resets.add();
  bool const is_flex = identity.role == Role::flex;
  note(Level::info, endpoint, {is_flex ? "Flex" : "CRM", " endpoint connected"});
  if (is_flex) {
    agent.flex = endpoint.id;
    agent.ownership = Ownership{endpoint.since_ms, endpoint.session_id, node_};
    if (rules_.has_backplane) {
      agent.news = {};
      agent.announcements.begin(endpoint.session_id);
      act(Own{agent.name, *agent.ownership});
    }
    flex_came(agent);
  } else {
    agent.crms.push_back(endpoint.id);
    endpoint.last_act = ++last_order_;
    tell_all(endpoint, agent.desk.snapshot(false));
    watch(agent);
  }
}

// Decides between two Flex instances of an agent; the later one wins (docs/protocol.md §4.8).
bool Hub::accept_flex(Agent& agent, Endpoint& endpoint, std::uint64_t order, Hello const& hello) {
  auto* const active = find(agent.flex);
  std::erase_if(agent.instances, [&](Instance const& instance) {
    return !(active && active->instance == instance.name) && now_.steady - instance.seen > limits_.replaced;
  });
  auto known = std::find_if(agent.instances.begin(), agent.instances.end(),
                            [&](Instance const& instance) { return instance.name == hello.instance; });
  if (known == agent.instances.end()) {
    if (agent.instances.size() >= remembered_instances) agent.instances.erase(agent.instances.begin());
    known = agent.instances.insert(agent.instances.end(),
                                   Instance{hello.instance, order, wall_ms(now_), now_.steady, false});
  } else if (hello.takeover == true) {
    known->order = order;
    known->since_ms = wall_ms(now_);
    known->replaced = false;
  }
  known->seen = now_.steady;
  endpoint.order = known->order;
  endpoint.since_ms = known->since_ms;
  bool const older = active && active->instance != hello.instance && active->order > known->order;
  if (known->replaced || older) {
    known->replaced = true;
    endpoint.session.accept(Role::flex, HelloResult{.session = rules_.random_id()}, now_);
    endpoint.session.bye(Bye{ByeReason::replaced, std::nullopt}, now_);
    return false;
  }
  if (!active) return true;
  if (active->instance == hello.instance) {
    fence(*active);
  } else {
    for (auto& instance : agent.instances) {
      if (instance.name != active->instance) continue;
      instance.replaced = true;
      instance.seen = now_.steady;
    }
    active->replaced = true;
    counters_->replaced.add();
    active->session.bye(Bye{ByeReason::replaced, std::nullopt}, now_);
    drain(*active);
  }
  return true;
}

bool Hub::accept_crm(Agent& agent, Endpoint& endpoint, Hello const& hello) {
  auto const crms = agent.crms;
  for (auto const id : crms) {
    if (auto* const crm = find(id); crm && crm->instance == hello.instance) fence(*crm);
  }
  if (agent.crms.size() < limits_.crm_endpoints) return true;
  // A page that was reloaded left a session behind that nobody will resume.
  auto const idle =
      std::find_if(agent.crms.begin(), agent.crms.end(), [&](EndpointId id) { return find(id)->peer == 0; });
  if (idle == agent.crms.end()) {
    note(Level::warning, endpoint, {"refused: the agent has too many CRM endpoints"});
    refuse(endpoint, make_error(Errc::rate_limited));
    return false;
  }
  fence(*find(*idle));
  return true;
}

// Ends a session whose client has come back without it, or will not come.
void Hub::fence(Endpoint& older) {
  if (older.peer != 0) {
    act(CutPeer{older.peer});
    forget(older.peer);
  }
  older.replaced = older.identity.role == Role::flex;
  older.session.lost(now_);
  older.session.bye(Bye{ByeReason::shutdown, std::nullopt}, now_);
  drain(older);
}

// The connection is gone, the session may come back.
void Hub::detached(Endpoint& endpoint) {
  if (!endpoint.agent) return;
  note(Level::info, endpoint, {"endpoint disconnected"});
  // Nobody waits for a claim whose issuer is gone.
  std::vector<Asker> denied;
  std::erase_if(endpoint.forwarded, [&](auto const& entry) {
    if (!entry.second.is_claim) return false;
    denied.push_back(entry.second.asker);
    return true;
  });
  for (auto const& asker : denied) answer(asker, Answer{DialClaimResult{false}});
  if (endpoint.identity.role == Role::crm) return;
  auto& agent = *endpoint.agent;
  agent.desk.set_connected(false);
  publish_own(agent, agent.desk.agent());
  announce(agent, false);
}

void Hub::ended(Endpoint& endpoint) {
  endpoint.over = true;
  over_.push_back(endpoint.id);
  endpoint.forwarded.clear();
  auto* const its_agent = std::exchange(endpoint.agent, nullptr);
  if (!its_agent) return;
  sessions_.erase(endpoint.session_id);
  counters_->sessions_now.set(sessions_.size());
  auto& agent = *its_agent;
  if (endpoint.identity.role == Role::crm) {
    // Its dials stay until Flex answers them, but nobody grants them any more.
    std::erase(agent.crms, endpoint.id);
    unwatch(agent);
    return;
  }
  for (auto& instance : agent.instances)
    if (instance.name == endpoint.instance) instance.seen = now_.steady;
  agent.flex = 0;
  agent.desk.clear();
  agent.desk.set_connected(endpoint.replaced);
  if (!endpoint.replaced && agent.announced) publish_own(agent, agent.desk.agent());
  publish_own(agent, TaskDeselected{});
  publish_own(agent, agent.desk.snapshot(true));
  if (!endpoint.replaced) announce(agent, false);
  disown(agent);
  // Flex may be at another node now.
  if (rules_.has_backplane && !endpoint.replaced && !stopping_ && agent.is_watched()) ask_news(agent);
}

// A Flex is connected: a new session of it, or one that goes on.
void Hub::flex_came(Agent& agent) {
  agent.desk.set_connected(true);
  publish_own(agent, agent.desk.agent());
  announce(agent, true);
}

void Hub::announce(Agent& agent, bool online) {
  if (std::exchange(agent.announced, online) == online) return;
  auto& count = counters_->agents_now;
  count.set(online ? count.get() + 1 : count.get() - 1);
  act(PresenceChanged{agent.name, online, now_.wall});
}

// -- Flex to CRM

void Hub::from_flex(Endpoint& flex, Deliver&& delivery) {
  auto& agent = *flex.agent;
  auto& message = delivery.message;
  auto const type = MessageType::of(message);
  if (auto const* request = std::get_if<DialClaimRequest>(&message)) return claim(flex, delivery.key, *request);
  if (is_ordered(type)) {
    agent.desk.apply(message);
    if (auto const* whole = std::get_if<Snapshot>(&message)) {
      message = agent.desk.snapshot(whole->reset);
      delivery.params.clear();
    } else if (auto* changed = std::get_if<AgentChanged>(&message)) {
      // Its turn may come when Flex is away again: then it changes what is told when Flex is back.
      if (auto const so = agent.desk.agent(); so.connected == true) {
        delivery.params = connected_params(*changed, delivery.params);
        changed->connected = true;
      } else {
        delivery.params.clear();
        *changed = so;
      }
    }
    publish(agent, message, delivery.params);
    announce_news(agent, message, delivery.params);
  } else if (!rules_.handles(type)) {
    return ask_crm(agent, flex, delivery);
  }
  ReplyTo const reply{flex.id, delivery.key};
  if (rules_.handles(type)) {
    act(Handle{agent.name, std::move(message), reply});
  } else {
    answer(Asker{.remote = reply}, Answer{NullResult{}});
  }
}

// A query or command goes to exactly one endpoint: the one where a person last did something.
void Hub::ask_crm(Agent& agent, Endpoint& flex, Deliver const& delivery) {
  Endpoint* latest = nullptr;
  for (auto const id : agent.crms) {
    auto* const crm = find(id);
    if (crm && crm->is_connected() && (!latest || crm->last_act > latest->last_act)) latest = crm;
  }
  Asker const asker{.remote = {flex.id, delivery.key}};
  if (!latest) return answer(asker, make_error(Errc::failed, {}, "no CRM endpoint"));
  auto const key = pass(*latest, delivery.message, delivery.params);
  if (!key) return answer(asker, key.error());
  latest->forwarded.emplace(*key, Forwarded{asker, {}, false});
}

void Hub::publish(Agent& agent, Message const& message, std::string const& params) {
  for (auto const id : agent.crms)
    if (auto* const crm = find(id)) tell(*crm, message, params);
}

void Hub::publish_own(Agent& agent, Message const& message) {
  publish(agent, message, {});
  announce_news(agent, message, {});
  if (rules_.handles(MessageType::of(message))) act(Handle{agent.name, message, std::nullopt});
}

void Hub::tell(Endpoint& crm, Message const& message, std::string const& params) {
  if (auto const* whole = std::get_if<Snapshot>(&message)) return tell_all(crm, *whole);
  auto const key = pass(crm, message, params);
  if (key || key.error().code == Errc::not_connected) return;
  note(Level::warning, crm, {type_name(MessageType::of(message)), " not forwarded: ", to_string(key.error())});
}

// A Snapshot is bounded by the frame; what does not fit is left out, least important first. It may replace an older one
// that nobody has read, and then tells of the reset in its place.
void Hub::tell_all(Endpoint& crm, Snapshot snapshot) {
  if (crm.reset) snapshot.reset = true;
  for (std::optional<Snapshot> whole{std::move(snapshot)}; whole; whole = lighter(*std::move(whole))) {
    auto const key = pass(crm, *whole, {});
    if (key && whole->reset) crm.reset = *key;
    if (key || !(key.error().code == Condition::invalid_message)) return;
    note(Level::info, crm, {"Snapshot shortened: ", to_string(key.error())});
  }
}

void Hub::claim(Endpoint& flex, RequestKey key, DialClaimRequest const& request) {
  Asker const asker{.remote = {flex.id, key}};
  auto& agent = *flex.agent;
  auto const dial = agent.dials.find(request.dial_id);
  if (dial == agent.dials.end() || dial->second.flex != flex.id) return answer(asker, Answer{DialClaimResult{false}});
  auto const& issuer = dial->second.issuer;
  if (issuer.node.empty()) return grant(asker, issuer, request);
  put(Question{0, agent.name, issuer.node, codec_->encode(node_request, request).value(), node_claim_time},
      Asked{asker, agent.name, type_of<DialClaimRequest>, {}});
}

// The issuer decides: this process at once, an endpoint when it is asked, and nobody when it is gone.
void Hub::grant(Asker const& asker, Asker const& issuer, DialClaimRequest const& request) {
  if (issuer.local != 0) {
    auto const local = locals_.find(issuer.local);
    bool const granted = local != locals_.end() && local->second.dial && local->second.dial->claim(now_);
    if (granted) arm(local->first, local->second);
    return answer(asker, Answer{DialClaimResult{granted}});
  }
  auto* const crm = find(issuer.remote.endpoint);
  if (crm && crm->is_connected()) {
    if (auto const asked = pass(*crm, request, {})) {
      crm->forwarded.emplace(*asked, Forwarded{asker, {}, true});
      return;
    }
  }
  answer(asker, Answer{DialClaimResult{false}});
}

// -- CRM to Flex

void Hub::from_crm(Endpoint& crm, Deliver const& delivery) {
  crm.last_act = ++last_order_;
  Asker const asker{.remote = {crm.id, delivery.key}};
  auto const asked = ask_flex(crm.identity.agent, asker, delivery.message, delivery.params);
  if (!asked) answer(asker, asked.error());
}

Result<void> Hub::permit(Agent& agent, DialRequest& dial) {
  // Two clicks of one name: a claim could not tell them apart.
  if (agent.dials.contains(dial.dial_id)) return make_error(Errc::invalid_params, "/dialId", "already open");
  if (dial.caller_id && !any_caller_id_ &&
      std::find(caller_ids_.begin(), caller_ids_.end(), *dial.caller_id) == caller_ids_.end())
    return make_error(Errc::destination_not_allowed, "/callerId");
  if (agent.dials.size() >= limits_.open_dials) return make_error(Errc::agent_busy);
  auto& recent = agent.recent_dials;
  while (!recent.empty() && now_.steady - recent.front() >= dial_window) recent.pop_front();
  if (recent.size() >= limits_.dials_per_minute) {
    auto error = make_error(Errc::rate_limited);
    if (!recent.empty())
      error.retry_after = std::chrono::ceil<std::chrono::milliseconds>(recent.front() + dial_window - now_.steady);
    return error;
  }
  if (auto permitted = rules_.permit(agent.name, dial); !permitted) return permitted;
  recent.push_back(now_.steady);
  return {};
}

Result<void> Hub::ask_flex(std::string const& name, Asker const& asker, Message const& message,
                           std::string const& params) {
  auto const* const dial = std::get_if<DialRequest>(&message);
  auto const* const agent = find(name);
  // A request under the name of an open dial is refused, and is no end of that dial.
  bool const is_new = dial && !(agent && agent->dials.contains(dial->dial_id));
  auto asked = try_flex(name, asker, message, params);
  // Whoever writes down the dials wants those too that never went to Flex.
  if (!asked && is_new) act(Dialled{name, *dial, asked.error()});
  return asked;
}

Result<void> Hub::try_flex(std::string const& name, Asker const& asker, Message const& message,
                           std::string const& params) {
  // Without an agent in the table there is nothing to ask here, and a wrong name leaves no trace.
  auto* const agent = find(name);
  auto* const flex = agent ? find(agent->flex) : nullptr;
  if (!flex && rules_.has_backplane && asker.node.empty()) return ask_owner(name, asker, message, params);
  if (!flex || !flex->is_connected()) return make_error(Errc::agent_offline);
  auto const* const dial = std::get_if<DialRequest>(&message);
  if (dial) {
    auto changed = *dial;
    if (auto permitted = permit(*agent, changed); !permitted) return permitted;
    if (changed != *dial) return pass_to_flex(*agent, *flex, asker, Message{std::move(changed)}, {});
  }
  return pass_to_flex(*agent, *flex, asker, message, params);
}

Result<void> Hub::pass_to_flex(Agent& agent, Endpoint& flex, Asker const& asker, Message const& message,
                               std::string const& params) {
  auto const* const dial = std::get_if<DialRequest>(&message);
  auto const key = pass(flex, message, params);
  if (!key) return key.error().code == Errc::not_connected ? make_error(Errc::agent_offline) : key.error();
  flex.forwarded.emplace(*key, Forwarded{asker, dial ? dial->dial_id : std::string{}, false});
  if (dial) agent.dials.emplace(dial->dial_id, Dial{asker, flex.id, *dial});
  return {};
}

void Hub::answered(Endpoint& endpoint, Answered const& answered) {
  if (endpoint.reset == answered.key && answered.outcome) endpoint.reset.reset();
  auto const node = endpoint.forwarded.extract(answered.key);
  if (node.empty()) return;  // state and events end here
  auto const& forwarded = node.mapped();
  if (forwarded.is_claim) {
    auto const* const result = answered.outcome ? std::get_if<DialClaimResult>(&*answered.outcome) : nullptr;
    return answer(forwarded.asker, Answer{DialClaimResult{result && result->granted}});
  }
  if (!forwarded.dial_id.empty()) {
    auto& agent = *endpoint.agent;
    auto const dial = agent.dials.extract(forwarded.dial_id);
    // Of a dial of this process the ledger knows better what the answer means: finish() reports it.
    if (!dial.empty() && forwarded.asker.local == 0)
      conclude(agent.name, std::move(dial.mapped().request), answered.outcome);
  }
  answer(forwarded.asker, answered.outcome);
}

void Hub::conclude(std::string const& agent, DialRequest request, Result<Answer> const& outcome) {
  counters_->dials[static_cast<std::size_t>(outcome_of(answer_as<DialResult>(outcome)))].add();
  act(Dialled{agent, std::move(request), outcome});
}

void Hub::answer(Asker const& asker, Result<Answer> const& outcome) {
  if (!outcome) counters_->refuse(outcome.error());
  if (asker.local != 0) return finish(asker.local, outcome);
  if (asker.node_question != 0) {
    auto frame = outcome ? codec_->encode_answer(node_request, *outcome)
                         : codec_->encode_error(node_request, for_wire(outcome.error()));
    return act(
        Respond{asker.node_question,
                frame ? *std::move(frame) : codec_->encode_error(node_request, make_error(Errc::internal_error))});
  }
  auto* const endpoint = find(asker.remote.endpoint);
  if (!endpoint) return;
  endpoint->session.answer(asker.remote.key, outcome ? outcome : Result<Answer>{for_wire(outcome.error())}, now_);
  touch(*endpoint);
}

void Hub::finish(LocalId id, Result<Answer> outcome) {
  auto const node = locals_.extract(id);
  if (node.empty()) return;
  auto const& local = node.mapped();
  if (local.due) due_.erase(Due{*local.due, 0, id});
  if (local.dial && !outcome && outcome.error().code != Errc::outcome_unknown)
    outcome = local.dial->settle(outcome.error());
  if (local.sent) conclude(local.agent, *local.sent, outcome);
  act(Finished{id, std::move(outcome)});
}

// -- time

void Hub::arm(Endpoint& endpoint) {
  auto const deadline = endpoint.session.deadline();
  // A timer that fires too early looks again, which is cheaper than moving it with every frame.
  if (!deadline || (endpoint.armed && *endpoint.armed <= *deadline)) return;
  if (endpoint.armed) due_.erase(Due{*endpoint.armed, endpoint.id, 0});
  endpoint.armed = deadline;
  due_.insert(Due{*deadline, endpoint.id, 0});
}

void Hub::arm(LocalId id, LocalRequest& local) {
  if (local.due) due_.erase(Due{*local.due, 0, id});
  local.due = local.dial->deadline(session_options_.times);
  due_.insert(Due{*local.due, 0, id});
}

// -- agents

Hub::Agent* Hub::find(std::string const& agent) {
  auto const found = agents_.find(agent);
  return found == agents_.end() ? nullptr : found->second.get();
}

Hub::Agent& Hub::get(std::string const& agent) {
  auto& place = agents_[agent];
  if (!place) {
    place = std::make_unique<Agent>();
    place->name = agent;
  }
  return *place;
}

// Forgets agents that have nobody and no instance to remember.
void Hub::sweep() {
  if (now_.steady < next_sweep_) return;
  next_sweep_ = now_.steady + sweep_every;
  for (auto const& [name, agent] : agents_) agent->announcements.expire(now_.steady);
  std::erase_if(agents_, [&](auto const& entry) {
    auto const& agent = *entry.second;
    bool const dialled_lately = !agent.recent_dials.empty() && now_.steady - agent.recent_dials.back() < dial_window;
    return agent.flex == 0 && agent.crms.empty() && agent.dials.empty() && !dialled_lately &&
           std::all_of(agent.instances.begin(), agent.instances.end(),
                       [&](Instance const& instance) { return now_.steady - instance.seen > limits_.replaced; });
  });
}

void Hub::note(Level level, Endpoint const& endpoint, std::initializer_list<std::string_view> parts) const {
  if (level < logger_.level) return;
  std::string line = "connection " + std::to_string(endpoint.newest) + ": ";
  for (auto const part : parts) line += part;
  log(logger_, level, {line});
}

}  // namespace flexcrm::detail
