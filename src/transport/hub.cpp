#include "hub.hpp"

#include "log.hpp"

#include <boost/asio/dispatch.hpp>

#include <algorithm>

namespace flexcrm::detail {
namespace {

// As many tabs as a person may have opened within HubLimits::replaced; the oldest is forgotten first.
constexpr std::size_t remembered_instances = 16;
constexpr std::chrono::seconds sweep_every{60};

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
    case Errc::closed:
      return make_error(Errc::session_lost);
    case Errc::timed_out:
    case Errc::outcome_unknown:
      return make_error(Errc::handler_timeout);
    case Errc::backpressure:
      return make_error(Errc::rate_limited);
    default:
      return make_error(Errc::internal_error);
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

}  // namespace

class Hub::Endpoint final : public Link::Sink, public std::enable_shared_from_this<Endpoint> {
 public:
  Endpoint(Hub& owner, HttpRequest request, std::shared_ptr<ConnectionTicket> its_ticket)
      : hub{owner}, http{std::move(request)}, ticket{std::move(its_ticket)} {}

  ~Endpoint() override {
    if (link) link->abandon();
  }

  void on_opened(HelloResult const&) override {}
  void on_hello(Hello const& hello) override { hub.greet(shared_from_this(), hello); }
  void on_deliver(Deliver delivery) override {
    auto const self = shared_from_this();
    if (identity.role == Role::flex) {
      hub.from_flex(self, std::move(delivery));
    } else {
      hub.from_crm(self, std::move(delivery));
    }
  }
  void on_answered(Answered answered) override { hub.answered(shared_from_this(), std::move(answered)); }
  void on_ended(Ended const&) override { hub.gone(shared_from_this()); }
  void on_closed() override {
    auto const self = shared_from_this();
    hub.closed(this);
  }

  Hub& hub;
  HttpRequest http;
  std::shared_ptr<ConnectionTicket> ticket;
  std::shared_ptr<Link> link;
  Identity identity;
  std::string instance;
  std::uint64_t order = 0;
  bool registered = false;
  std::unordered_map<RequestKey, Forwarded> forwarded;
};

Hub::Hub(std::shared_ptr<asio::io_context> context, ServerOptions const& options, HubHandlers const& handlers)
    : context_{std::move(context)}, options_{options}, handlers_{handlers}, timer_{context_->get_executor()} {
  options_.session.claims = Claims::relay;
}

Hub::~Hub() {
  abandon();
}

void Hub::admit(AnyStream stream, std::shared_ptr<UpgradeRequest const> request, HttpRequest http,
                std::shared_ptr<ConnectionTicket> ticket) {
  if (stopping_) return;
  auto endpoint = std::make_shared<Endpoint>(*this, std::move(http), std::move(ticket));
  LinkOptions const options{options_.queue, options_.times, options_.session.codec.limits.frame_bytes,
                            options_.logger, "connection " + std::to_string(++last_label_), options_.rate};
  endpoint->link = std::make_shared<Link>(*context_, std::move(stream), Session::server(for_one_connection(options_.session)),
                                          options, endpoint.get());
  endpoints_.emplace(endpoint.get(), endpoint);
  endpoint->link->accept(std::move(request));
}

// -- coming

Result<Identity> Hub::authorize(Hello const& hello, HttpRequest const& http) {
  if (!handlers_.authorize) {
    if (!http.local) return make_error(Errc::unauthorized);
    return Identity{hello.agent, hello.role};
  }
  try {
    return handlers_.authorize(hello, http);
  } catch (...) {
    log(options_.logger, Level::error, {"the authorize handler threw: ", current_exception_text()});
    return make_error(Errc::unauthorized);
  }
}

void Hub::greet(EndpointPtr const& endpoint, Hello const& hello) {
  auto& link = *endpoint->link;
  if (stopping_) return link.refuse_hello(make_error(Errc::rate_limited));
  auto const identity = authorize(hello, endpoint->http);
  if (!identity) {
    log(options_.logger, Level::warning, {link.label(), ": refused: ", to_string(identity.error())});
    return link.refuse_hello(for_wire(identity.error()));
  }
  sweep();
  endpoint->identity = *identity;
  endpoint->instance = hello.instance;
  auto& agent = get(identity->agent);

  if (identity->role == Role::flex) {
    if (!greet_flex(agent, endpoint, hello)) return;
  } else {
    // A client that returns fences its older connection.
    auto const crms = agent.crms;
    for (auto const& crm : crms) {
      if (crm->instance == hello.instance)
        crm->link->cut(make_error(Errc::closed, {}, "same instance came back"));
    }
    if (agent.crms.size() >= options_.hub.crm_endpoints) {
      log(options_.logger, Level::warning, {link.label(), ": refused: the agent has too many CRM endpoints"});
      return link.refuse_hello(make_error(Errc::rate_limited));
    }
  }

  HelloResult result;
  result.session = random_id();
  link.accept_hello(identity->role, std::move(result));
  if (!link.is_open()) {
    if (agent.announced && !agent.flex) lose_flex(agent, false);
    return;
  }
  endpoint->ticket->authenticated();
  endpoint->registered = true;
  log(options_.logger, Level::info,
      {link.label(), ": ", identity->role == Role::flex ? "Flex" : "CRM", " endpoint connected"});
  if (identity->role == Role::flex) {
    agent.flex = endpoint;
    publish_own(agent, AgentChanged{.availability = Availability::available, .connected = true});
    announce(agent, true);
  } else {
    agent.crms.push_back(endpoint);
    welcome(agent, endpoint);
  }
}

// Decides between two Flex instances of an agent; the later one wins (docs/protocol.md §4).
bool Hub::greet_flex(Agent& agent, EndpointPtr const& endpoint, Hello const& hello) {
  auto const moment = std::chrono::steady_clock::now();
  std::erase_if(agent.instances, [&](Instance const& instance) {
    bool const active = agent.flex && agent.flex->instance == instance.name;
    return !active && moment - instance.seen > options_.hub.replaced;
  });
  auto known = std::find_if(agent.instances.begin(), agent.instances.end(),
                            [&](Instance const& instance) { return instance.name == hello.instance; });
  if (known == agent.instances.end()) {
    if (agent.instances.size() >= remembered_instances) agent.instances.erase(agent.instances.begin());
    known =
        agent.instances.insert(agent.instances.end(), Instance{hello.instance, ++last_order_, moment, false});
  } else if (hello.takeover == true) {
    known->order = ++last_order_;
    known->replaced = false;
  }
  endpoint->order = known->order;
  bool const older = agent.flex && agent.flex->instance != hello.instance && agent.flex->order > known->order;
  if (known->replaced || older) {
    known->replaced = true;
    HelloResult result;
    result.session = random_id();
    endpoint->link->accept_hello(Role::flex, std::move(result));
    endpoint->link->bye(Bye{ByeReason::replaced, std::nullopt});
    return false;
  }
  known->seen = moment;
  if (auto const old = agent.flex) {
    if (old->instance == hello.instance) {
      old->link->cut(make_error(Errc::closed, {}, "same instance came back"));
    } else {
      for (auto& instance : agent.instances) {
        if (instance.name != old->instance) continue;
        instance.replaced = true;
        instance.seen = moment;
      }
      // Its open requests are answered by the end of its session; the CRMs need not see the agent leave and
      // return.
      old->registered = false;
      old->link->bye(Bye{ByeReason::replaced, std::nullopt});
      lose_flex(agent, true);
    }
  }
  return true;
}

// What a CRM endpoint has to know first: is Flex there, and what is selected.
void Hub::welcome(Agent& agent, EndpointPtr const& crm) {
  if (!agent.flex) {
    send_to(crm, AgentChanged{.availability = Availability::offline, .connected = false}, {});
    return;
  }
  for (auto const& [slot, kept] : agent.states) send_to(crm, kept.message, kept.params);
}

// -- going

void Hub::gone(EndpointPtr const& endpoint) {
  endpoint->forwarded.clear();
  if (!endpoint->registered) return;
  endpoint->registered = false;
  log(options_.logger, Level::info, {endpoint->link->label(), ": endpoint disconnected"});
  auto* const agent = find(endpoint->identity.agent);
  if (!agent) return;
  if (agent->flex == endpoint) {
    for (auto& instance : agent->instances) {
      if (instance.name == endpoint->instance) instance.seen = std::chrono::steady_clock::now();
    }
    lose_flex(*agent, false);
    return;
  }
  // Its dials stay until Flex answers them, but nobody grants them any more.
  std::erase(agent->crms, endpoint);
}

void Hub::lose_flex(Agent& agent, bool replaced) {
  agent.flex.reset();
  agent.states.clear();
  if (!replaced) publish_own(agent, AgentChanged{.availability = Availability::offline, .connected = false});
  publish_own(agent, TaskDeselected{});
  if (!replaced) announce(agent, false);
}

void Hub::closed(Endpoint* endpoint) {
  endpoints_.erase(endpoint);
  if (stopping_ && endpoints_.empty() && when_empty_) std::exchange(when_empty_, nullptr)();
}

void Hub::announce(Agent& agent, bool connected) {
  if (std::exchange(agent.announced, connected) == connected) return;
  auto const name = agent.name;
  if (on_change) on_change(name, connected);
  if (!handlers_.presence) return;
  try {
    handlers_.presence(name, connected);
  } catch (...) {
    log(options_.logger, Level::error, {"the presence handler threw: ", current_exception_text()});
  }
}

void Hub::shutdown(std::function<void()> done) {
  stopping_ = true;
  if (endpoints_.empty()) return done();
  when_empty_ = std::move(done);
  auto const endpoints = endpoints_;
  Bye const bye{ByeReason::shutdown, options_.retry_after.count()};
  for (auto const& [key, endpoint] : endpoints) endpoint->link->bye(bye);
}

void Hub::abandon() {
  stopping_ = true;
  when_empty_ = nullptr;
  auto const endpoints = std::exchange(endpoints_, {});
  for (auto const& [key, endpoint] : endpoints) endpoint->link->cut(make_error(Errc::closed));
  agents_.clear();
  while (!locals_.empty()) finish_local(locals_.begin()->first, make_error(Errc::session_lost));
  timer_.cancel();
}

// -- Flex to CRM

void Hub::from_flex(EndpointPtr const& endpoint, Deliver delivery) {
  auto* const agent = find(endpoint->identity.agent);
  if (!agent || agent->flex != endpoint) {
    endpoint->link->answer(delivery.key, make_error(Errc::session_lost));
    return;
  }
  if (auto const* request = std::get_if<DialClaimRequest>(&delivery.message)) {
    return claim(endpoint, delivery.key, *request);
  }
  auto const type = MessageType::of(delivery.message);
  if (is_ordered(type)) {
    if (auto* changed = std::get_if<AgentChanged>(&delivery.message)) {
      delivery.params = connected_params(*changed, delivery.params);
      changed->connected = true;
    }
    publish(*agent, delivery.message, delivery.params);
    auto const reply = reply_to(endpoint, delivery.key);
    if (!handle(agent->name, delivery.message, reply)) reply->acknowledge();
    return;
  }
  if (handlers_.messages[type.index()]) {
    handle(agent->name, delivery.message, reply_to(endpoint, delivery.key));
    return;
  }
  // A query or command goes to exactly one endpoint: the one that came last is most likely in front of the
  // agent.
  if (agent->crms.empty()) {
    endpoint->link->answer(delivery.key, make_error(Errc::failed, {}, "no CRM endpoint"));
    return;
  }
  auto const crm = agent->crms.back();
  auto const id = crm->forwarded.size() >= options_.hub.open_requests
                      ? Result<RequestKey>{make_error(Errc::rate_limited)}
                      : crm->link->forward(delivery.message, delivery.params);
  if (!id) {
    endpoint->link->answer(delivery.key, for_wire(id.error()));
    return;
  }
  crm->forwarded.emplace(*id, Forwarded{{endpoint, delivery.key, 0}, {}, false});
}

void Hub::publish(Agent& agent, Message const& message, std::string const& params) {
  auto const type = MessageType::of(message);
  if (delivery_class(type) == DeliveryClass::state)
    agent.states.insert_or_assign(slot(type), Kept{message, params});
  auto const crms = agent.crms;  // a full one leaves while we walk
  for (auto const& crm : crms) send_to(crm, message, params);
}

void Hub::publish_own(Agent& agent, Message const& message) {
  auto const name = agent.name;
  publish(agent, message, {});
  handle(name, message, std::make_shared<ReplyState>([](Result<Answer> const&) {}));
}

void Hub::send_to(EndpointPtr const& crm, Message const& message, std::string const& params) {
  auto const id = params.empty() ? crm->link->send(message) : crm->link->forward(message, params);
  if (id) return;
  if (id.error().code == Errc::backpressure) {
    log(options_.logger, Level::warning, {crm->link->label(), ": the peer does not read; cut"});
    crm->link->cut(id.error());
  } else if (id.error().code != Errc::not_connected) {
    log(options_.logger, Level::warning,
        {crm->link->label(), ": ", type_name(MessageType::of(message)),
         " not forwarded: ", to_string(id.error())});
  }
}

bool Hub::handle(std::string const& agent, Message const& message, std::shared_ptr<ReplyState> reply) {
  auto const type = MessageType::of(message);
  auto const& handler = handlers_.messages[type.index()];
  if (!handler) return false;
  try {
    handler(Delivery{agent, message, reply});
  } catch (...) {
    log(options_.logger, Level::error,
        {"the handler of ", type_name(type), " threw: ", current_exception_text()});
    reply->answer(make_error(Errc::internal_error));
  }
  return true;
}

std::shared_ptr<ReplyState> Hub::reply_to(EndpointPtr const& endpoint, RequestKey key) {
  return std::make_shared<ReplyState>([context = std::weak_ptr{context_},
                                       link = std::weak_ptr{endpoint->link},
                                       key](Result<Answer> const& outcome) {
    auto const alive = context.lock();
    if (!alive) return;
    asio::dispatch(*alive, [link, key, outcome] {
      auto const open = link.lock();
      if (open) open->answer(key, outcome ? outcome : Result<Answer>{for_wire(outcome.error())});
    });
  });
}

void Hub::claim(EndpointPtr const& flex, RequestKey key, DialClaimRequest const& request) {
  auto* const agent = find(flex->identity.agent);
  auto const dial = agent->dials.find(request.dial_id);
  if (dial != agent->dials.end() && dial->second.flex.lock() == flex) {
    auto const& issuer = dial->second.issuer;
    if (issuer.local != 0) {
      auto const local = locals_.find(issuer.local);
      bool const granted = local != locals_.end() && local->second.dial && local->second.dial->claim(now());
      flex->link->answer(key, Answer{DialClaimResult{granted}});
      arm();
      return;
    }
    if (auto const crm = issuer.endpoint.lock(); crm && crm->registered) {
      if (auto const asked = crm->link->send(request)) {
        crm->forwarded.emplace(*asked, Forwarded{{flex, key, 0}, {}, true});
        return;
      }
    }
  }
  flex->link->answer(key, Answer{DialClaimResult{false}});
}

// -- CRM to Flex

void Hub::from_crm(EndpointPtr const& endpoint, Deliver delivery) {
  auto const asked =
      ask_flex(find(endpoint->identity.agent), {endpoint, delivery.key, 0}, delivery.message, delivery.params);
  if (!asked) endpoint->link->answer(delivery.key, for_wire(asked.error()));
}

Result<void> Hub::permit(std::string const& agent, DialRequest const& dial) {
  if (!handlers_.dial) return {};
  try {
    return handlers_.dial(agent, dial);
  } catch (...) {
    log(options_.logger, Level::error, {"the dial handler threw: ", current_exception_text()});
    return make_error(Errc::internal_error);
  }
}

Result<void> Hub::ask_flex(Agent* agent, Asker asker, Message const& message, std::string const& params) {
  if (!agent || !agent->flex) return make_error(Errc::agent_offline);
  auto const flex = agent->flex;
  if (flex->forwarded.size() >= options_.hub.open_requests) return make_error(Errc::rate_limited);
  auto const* const dial = std::get_if<DialRequest>(&message);
  if (dial) {
    // Two clicks of one name: a claim could not tell them apart.
    if (agent->dials.contains(dial->dial_id))
      return make_error(Errc::invalid_params, "/dialId", "already open");
    if (auto permitted = permit(agent->name, *dial); !permitted) return permitted.error();
  }
  auto const id = params.empty() ? flex->link->send(message) : flex->link->forward(message, params);
  if (!id) return id.error().code == Errc::not_connected ? make_error(Errc::agent_offline) : id.error();
  flex->forwarded.emplace(*id, Forwarded{asker, dial ? dial->dial_id : std::string{}, false});
  if (dial) agent->dials.emplace(dial->dial_id, Dial{asker, flex, *dial});
  return {};
}

void Hub::answered(EndpointPtr const& endpoint, Answered answered) {
  auto node = endpoint->forwarded.extract(answered.key);
  if (node.empty()) return;  // state and events end here
  auto const forwarded = std::move(node.mapped());
  if (forwarded.is_claim) {
    auto const* const result = answered.outcome ? std::get_if<DialClaimResult>(&*answered.outcome) : nullptr;
    return answer(forwarded.asker, Answer{DialClaimResult{result && result->granted}});
  }
  std::optional<Dial> dial;
  std::string name = endpoint->identity.agent;
  if (!forwarded.dial_id.empty()) {
    if (auto* const agent = find(name)) {
      if (auto taken = agent->dials.extract(forwarded.dial_id); !taken.empty())
        dial = std::move(taken.mapped());
    }
  }
  // Of a dial of this process the ledger knows better what the answer means: finish_local reports it.
  if (dial && dial->issuer.local == 0) dialled(name, dial->request, answered.outcome);
  answer(forwarded.asker, answered.outcome);
}

void Hub::dialled(std::string const& agent, DialRequest const& dial, Result<Answer> const& outcome) {
  if (!handlers_.dialled) return;
  try {
    handlers_.dialled(agent, dial, answer_as<DialResult>(outcome));
  } catch (...) {
    log(options_.logger, Level::error, {"the dialled handler threw: ", current_exception_text()});
  }
}

void Hub::answer(Asker const& asker, Result<Answer> const& outcome) {
  if (asker.local != 0) return finish_local(asker.local, outcome);
  if (auto const endpoint = asker.endpoint.lock()) {
    endpoint->link->answer(asker.key, outcome ? outcome : Result<Answer>{for_wire(outcome.error())});
  }
}

// -- this process as an issuer

void Hub::request(std::string const& agent, Message message, Done done) {
  auto const type = MessageType::of(message);
  auto const id = ++last_local_;
  LocalRequest local{agent, std::move(done), std::nullopt, std::nullopt};
  complete(message);
  auto const* const dial = std::get_if<DialRequest>(&message);
  if (dial) local.dial.emplace(std::chrono::milliseconds{dial->lifetime_ms}, now());
  locals_.emplace(id, std::move(local));
  if (sender(type) != Sender::crm) return finish_local(id, make_error(Errc::wrong_role));
  // Without an agent in the table there is nothing to ask, and a wrong name leaves no trace.
  auto const asked = ask_flex(find(agent), {{}, 0, id}, message, {});
  if (!asked) return finish_local(id, asked.error());
  if (auto const sent = locals_.find(id); dial && sent != locals_.end()) sent->second.sent = *dial;
  arm();
}

void Hub::finish_local(LocalId id, Result<Answer> outcome) {
  auto node = locals_.extract(id);
  if (node.empty()) return;
  auto& local = node.mapped();
  if (local.dial && !outcome && outcome.error().code != Errc::outcome_unknown) {
    outcome = local.dial->settle(outcome.error());
  }
  if (local.sent) dialled(local.agent, *local.sent, outcome);
  try {
    local.done(outcome);
  } catch (...) {
    log(options_.logger, Level::error, {"a request's callback threw: ", current_exception_text()});
  }
}

void Hub::arm() {
  std::optional<std::chrono::steady_clock::time_point> first;
  for (auto const& [id, local] : locals_) {
    if (!local.dial) continue;
    auto const deadline = local.dial->deadline(options_.session.times);
    first = first ? std::min(*first, deadline) : deadline;
  }
  if (!first) return;
  timer_.expires_at(*first);
  timer_.async_wait([this](error_code ec) {
    if (!ec) tick();
  });
}

void Hub::tick() {
  std::vector<std::pair<LocalId, Error>> late;
  for (auto& [id, local] : locals_) {
    if (!local.dial) continue;
    if (auto error = local.dial->overdue(now(), options_.session.times))
      late.emplace_back(id, std::move(*error));
  }
  for (auto& [id, error] : late) finish_local(id, std::move(error));
  arm();
}

// -- agents

Hub::Agent* Hub::find(std::string const& agent) {
  auto const found = agents_.find(agent);
  return found == agents_.end() ? nullptr : found->second.get();
}

Hub::Agent& Hub::get(std::string const& agent) {
  auto& slot = agents_[agent];
  if (!slot) {
    slot = std::make_unique<Agent>();
    slot->name = agent;
  }
  return *slot;
}

// Forgets agents that have nobody connected and no instance to remember.
void Hub::sweep() {
  auto const moment = std::chrono::steady_clock::now();
  if (moment < next_sweep_) return;
  next_sweep_ = moment + sweep_every;
  std::erase_if(agents_, [&](auto const& entry) {
    auto const& agent = *entry.second;
    return !agent.flex && agent.crms.empty() && agent.dials.empty() &&
           std::all_of(agent.instances.begin(), agent.instances.end(), [&](Instance const& instance) {
             return moment - instance.seen > options_.hub.replaced;
           });
  });
}

}  // namespace flexcrm::detail
