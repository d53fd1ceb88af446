// The hub among other nodes: agents whose Flex is connected to another server process (docs/scaling.md).
#include "hub.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace flexcrm::detail {
namespace {

constexpr std::chrono::seconds snapshot_time{1};
// At a time: when the link is back, all nodes ask for all agents that they watch.
constexpr std::size_t most_snapshots_asked = 64;
// One after the other, for one agent: its owners change, but not for ever.
constexpr int most_snapshots_refused = 16;

// Asks the owner for a Snapshot. No frame of the protocol: a Snapshot has params.
constexpr std::string_view snapshot_question = R"({"jsonrpc":"2.0","id":1,"method":"Snapshot"})";

// A line before the frame says where in the owner's announcements it stands.
std::string with_place(std::string const& epoch, std::uint64_t number, std::string_view frame) {
  return boost::json::serialize(boost::json::object{{"epoch", epoch}, {"number", number}}) + '\n' + std::string{frame};
}

struct Placed {
  std::string epoch;
  std::uint64_t number;
  std::string_view frame;
};

std::optional<Placed> read_place(std::string_view text) {
  auto const end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  boost::json::error_code ec;
  auto const line = boost::json::parse(text.substr(0, end), ec);
  auto const* const place = ec ? nullptr : line.if_object();
  auto const* const epoch = place ? place->if_contains("epoch") : nullptr;
  auto const* const number = place ? place->if_contains("number") : nullptr;
  if (!epoch || !epoch->is_string() || !number) return std::nullopt;
  auto const count = number->to_number<std::uint64_t>(ec);
  if (ec) return std::nullopt;
  return Placed{std::string{epoch->get_string()}, count, text.substr(end + 1)};
}

/// Whether a message of the owner's says that Flex is connected; nothing when it does not speak of it.
std::optional<bool> connected_by(Message const& message) {
  if (auto const* changed = std::get_if<AgentChanged>(&message)) return changed->connected.value_or(true);
  if (auto const* whole = std::get_if<Snapshot>(&message)) return whole->agent.connected.value_or(true);
  return std::nullopt;
}

std::chrono::milliseconds time_for(Message const& message, SessionTimes const& times) {
  return std::visit(
      [&](auto const& what) -> std::chrono::milliseconds {
        if constexpr (std::is_same_v<std::decay_t<decltype(what)>, DialRequest>)
          return std::chrono::milliseconds{what.lifetime_ms} + times.after_lifetime + times.after_grant;
        else if constexpr (requires { what.lifetime_ms; })
          return std::chrono::milliseconds{what.lifetime_ms};
        else
          return times.query;
      },
      message);
}

}  // namespace

// -- as the owner

void Hub::announce_news(Agent& agent, Message const& message, std::string const& params) {
  if (!rules_.has_backplane || !agent.ownership) return;
  auto const frame = params.empty() ? codec_->encode(node_request, message)
                                    : codec_->encode_forwarded(node_request, MessageType::of(message), params);
  // What does not fit leaves a gap, and the watchers ask for a Snapshot.
  auto const number = ++agent.announcements;
  if (frame) act(Announce{agent.name, with_place(agent.ownership->session, number, *frame)});
}

void Hub::disown(Agent& agent) {
  if (!std::exchange(agent.ownership, std::nullopt) || !rules_.has_backplane) return;
  act(Disown{agent.name});
}

void Hub::command(QuestionId id, std::string const& name, std::string const& from, std::string const& frame,
                  Moment now) {
  now_ = now;
  auto* const agent = find(name);
  Asker const asker{.node_question = id, .node = from};
  if (!agent || !agent->ownership) {
    answer(asker, make_error(Errc::agent_offline));
  } else if (frame == snapshot_question) {
    for (std::optional<Snapshot> whole{agent->desk.snapshot(false)}; whole; whole = lighter(*std::move(whole))) {
      auto const text = codec_->encode(node_request, *whole);
      if (!text) continue;
      act(Respond{id, with_place(agent->ownership->session, agent->announcements, *text)});
      break;
    }
  } else {
    auto const decoded = codec_->decode(frame);
    auto const* const request = std::get_if<Request>(&decoded);
    auto const asked = request && sender(MessageType::of(request->message)) == Sender::crm
                           ? ask_flex(name, asker, request->message, request->params)
                           : Result<void>{make_error(Errc::invalid_request)};
    if (!asked) answer(asker, asked.error());
  }
  run();
}

void Hub::claimed(std::string const& name, Ownership const& other, Moment now) {
  now_ = now;
  auto* const agent = find(name);
  auto* const flex = agent ? find(agent->flex) : nullptr;
  if (!flex || !agent->ownership || other.node == node_ || other < *agent->ownership) return;
  for (auto& instance : agent->instances)
    if (instance.name == flex->instance) instance.replaced = true;
  flex->session.bye(Bye{ByeReason::replaced, std::nullopt}, now_);
  touch(*flex);
  run();
  if (!agent->crms.empty()) ask_snapshot(*agent);
}

// -- as a node that asks

void Hub::put(Question question, Asked asked) {
  question.id = ++last_question_;
  questions_.emplace(question.id, std::move(asked));
  act(std::move(question));
}

Result<void> Hub::ask_owner(std::string const& name, Asker const& asker, Message const& message,
                            std::string const& params) {
  auto const type = MessageType::of(message);
  auto frame =
      params.empty() ? codec_->encode(node_request, message) : codec_->encode_forwarded(node_request, type, params);
  if (!frame) return frame.error();
  auto const* const dial = std::get_if<DialRequest>(&message);
  if (dial) {
    // The claim will come here and must find who issued it.
    auto& dials = get(name).dials;
    if (!dials.emplace(dial->dial_id, Dial{asker, 0, *dial}).second)
      return make_error(Errc::invalid_params, "/dialId", "already open");
  }
  put(Question{0, name, std::nullopt, *std::move(frame), time_for(message, session_options_.times)},
      Asked{asker, name, type, dial ? dial->dial_id : std::string{}});
  return {};
}

void Hub::told(QuestionId id, RequestEnd end, std::string const& frame, Moment now) {
  now_ = now;
  auto const node = questions_.extract(id);
  if (node.empty()) return;
  auto const& asked = node.mapped();
  auto* const agent = find(asked.agent);
  counters_->nodes_asked[static_cast<std::size_t>(end)].add();
  if (asked.type == type_of<Snapshot>) {
    --snapshots_asked_;
    if (agent) take_snapshot(*agent, end, frame);
    ask_snapshots();
    return run();
  }
  if (agent && !asked.dial_id.empty()) agent->dials.erase(asked.dial_id);
  Result<Answer> outcome{make_error(Errc::session_lost)};
  if (end == RequestEnd::no_owner || end == RequestEnd::not_sent) outcome = make_error(Errc::agent_offline);
  if (end == RequestEnd::answered) {
    auto decoded = codec_->decode(frame, [&](RequestId) { return asked.type; });
    auto* const response = std::get_if<Response>(&decoded);
    outcome = response ? std::move(response->outcome) : Result<Answer>{make_error(Errc::peer_error)};
  }
  if (asked.type == type_of<DialClaimRequest>) {
    auto const* const result = outcome ? std::get_if<DialClaimResult>(&*outcome) : nullptr;
    outcome = Answer{DialClaimResult{result && result->granted}};
  }
  answer(asked.asker, outcome);
  if (end == RequestEnd::no_owner && agent) owner_gone(*agent);
  run();
}

void Hub::asked(QuestionId id, std::string const& name, std::string const& frame, Moment now) {
  now_ = now;
  Asker const asker{.node_question = id};
  auto const decoded = codec_->decode(frame);
  auto const* const request = std::get_if<Request>(&decoded);
  auto const* const claim = request ? std::get_if<DialClaimRequest>(&request->message) : nullptr;
  auto* const agent = find(name);
  auto const dial = agent && claim ? agent->dials.find(claim->dial_id) : decltype(agent->dials.find("")){};
  if (!agent || !claim || dial == agent->dials.end() || dial->second.flex != 0) {
    answer(asker, Answer{DialClaimResult{false}});
  } else {
    grant(asker, dial->second.issuer, *claim);
  }
  run();
}

// -- as a node that watches

void Hub::watch(Agent& agent) {
  if (rules_.has_backplane && agent.crms.size() == 1) act(Watch{agent.name});
}

void Hub::unwatch(Agent& agent) {
  if (!rules_.has_backplane || !agent.crms.empty()) return;
  act(Unwatch{agent.name});
  agent.news = {};
  if (agent.flex == 0) {
    agent.desk.clear();
    agent.desk.set_connected(false);
  }
}

void Hub::watching(std::string const& name, Moment now) {
  now_ = now;
  auto* const agent = find(name);
  if (agent && agent->flex == 0 && !agent->crms.empty()) ask_snapshot(*agent);
  run();
}

void Hub::link(bool up, Moment now) {
  now_ = now;
  if (!up) return;
  for (auto const& [name, agent] : agents_) {
    if (agent->flex != 0 || agent->crms.empty()) continue;
    agent->news.gap = true;
    ask_snapshot(*agent);
  }
  run();
}

void Hub::ask_snapshot(Agent& agent) {
  if (std::exchange(agent.news.awaits_snapshot, true)) return;
  to_ask_.push_back(agent.name);
  ask_snapshots();
}

void Hub::ask_snapshots() {
  for (; snapshots_asked_ < most_snapshots_asked && !to_ask_.empty(); to_ask_.pop_front()) {
    auto const* const agent = find(to_ask_.front());
    if (!agent || !agent->news.awaits_snapshot) continue;
    ++snapshots_asked_;
    Asked asked;  // by this node itself
    asked.agent = agent->name;
    asked.type = type_of<Snapshot>;
    put(Question{0, agent->name, std::nullopt, std::string{snapshot_question}, snapshot_time}, std::move(asked));
  }
}

void Hub::news(std::string const& name, std::string const& text, Moment now) {
  now_ = now;
  auto* const agent = find(name);
  auto const placed = read_place(text);
  if (!agent || agent->flex != 0 || agent->crms.empty() || !placed) return;
  auto& news = agent->news;
  if (news.awaits_snapshot) {
    if (news.seen_epoch != placed->epoch) news.seen = 0;
    news.seen_epoch = placed->epoch;
    news.seen = std::max(news.seen, placed->number);
    return;
  }
  bool const same_owner = placed->epoch == news.epoch;
  if (same_owner && placed->number <= news.last) return;
  auto const decoded = codec_->decode(placed->frame);
  auto const* const request = std::get_if<Request>(&decoded);
  if (same_owner && placed->number == news.last + 1 && request) {
    news.last = placed->number;
    agent->desk.apply(request->message);
    if (auto const connected = connected_by(request->message)) agent->desk.set_connected(*connected);
    publish(*agent, request->message, request->params);
  } else {
    news.gap = true;
    ask_snapshot(*agent);
  }
  run();
}

void Hub::take_snapshot(Agent& agent, RequestEnd end, std::string const& text) {
  auto& news = agent.news;
  news.awaits_snapshot = false;
  if (agent.flex != 0 || agent.crms.empty()) return;
  if (end == RequestEnd::no_owner) return owner_gone(agent);
  if (end == RequestEnd::unknown) return ask_snapshot(agent);
  if (end == RequestEnd::not_sent) return;  // link() asks again
  auto const placed = read_place(text);
  auto const decoded = placed ? std::optional{codec_->decode(placed->frame)} : std::nullopt;
  auto const* const request = decoded ? std::get_if<Request>(&*decoded) : nullptr;
  auto const* const whole = request ? std::get_if<Snapshot>(&request->message) : nullptr;
  // While Flex goes to another node, one that has just let go may answer with an error, or with what it had; the
  // newer one may have spoken meanwhile, and will not say it again.
  bool const is_newest = whole && (news.seen_epoch.empty() || news.seen_epoch == placed->epoch);
  bool const missed = is_newest && news.seen > placed->number;
  if (!is_newest || missed) {
    news.seen_epoch.clear();
    news.seen = 0;
    if (++news.snapshots_refused < most_snapshots_refused) return ask_snapshot(agent);
    if (!whole) return;
  }
  news = {.epoch = placed->epoch, .last = placed->number, .gap = news.gap};
  agent.desk.apply(*whole);
  agent.desk.set_connected(*connected_by(*whole));
  publish(agent, agent.desk.snapshot(std::exchange(news.gap, false)), {});
}

// Nobody holds the agent: its node may have ended without a word.
void Hub::owner_gone(Agent& agent) {
  if (agent.flex != 0 || agent.desk.agent().connected != true) return;
  agent.news = {};
  agent.desk.clear();
  agent.desk.set_connected(false);
  publish(agent, agent.desk.agent(), {});
  publish(agent, TaskDeselected{}, {});
  publish(agent, agent.desk.snapshot(true), {});
}

}  // namespace flexcrm::detail
