// The hub among other nodes: agents whose Flex is connected to another server process (docs/scaling.md).
#include "hub.hpp"

#include <algorithm>

namespace flexcrm::detail {
namespace {

constexpr std::chrono::seconds news_time{1};
// At a time: when the link is back, all nodes ask for all agents that they watch.
constexpr std::size_t most_news_asked = 64;
// One after the other, for one agent. Then again when two owners, whoever they are, have heard of each other, which takes a second.
constexpr int most_useless_answers = 4;
constexpr std::chrono::milliseconds later{1500};

// What an owner said since the place before it. No frame of the protocol: a Snapshot has params.
constexpr std::string_view news_question = R"({"jsonrpc":"2.0","id":1,"method":"Snapshot"})";

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
  if (frame) {
    act(Announce{agent.name, agent.announcements.add(*frame, now_.steady)});
  } else {
    agent.announcements.skip();
    announce_place(agent);
  }
}

// Says nothing new: whoever has missed something learns it.
void Hub::announce_place(Agent& agent) { act(Announce{agent.name, with_place(agent.announcements.place(), {})}); }

// For a node that knows what was said up to `asker`: the rest, or everything as it is now. Empty when that cannot be said.
std::string Hub::what_is_new(Agent& agent, Place const& asker) {
  agent.announcements.expire(now_.steady);
  if (auto missed = agent.announcements.since(asker)) return *std::move(missed);
  for (std::optional<Snapshot> whole{agent.desk.snapshot(false)}; whole; whole = lighter(*std::move(whole)))
    if (auto const text = codec_->encode(node_request, *whole)) return with_place(agent.announcements.place(), *text);
  return {};
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
  } else if (auto const placed = read_place(frame); placed && placed->frame == news_question) {
    act(Respond{id, what_is_new(*agent, placed->place)});
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
}

// -- as a node that asks

QuestionId Hub::put(Question question, Asked asked) {
  question.id = ++last_question_;
  questions_.emplace(question.id, std::move(asked));
  act(std::move(question));
  return last_question_;
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
    --news_asked_;
    if (agent && agent->news.question == id) told_news(*agent, end, frame);
    ask_all_news();
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
  if (end == RequestEnd::no_owner && agent && !agent->news.asked) owner_gone(*agent);
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
  if (agent && agent->is_watched()) ask_news(*agent);
  run();
}

void Hub::link(bool up, Moment now) {
  now_ = now;
  is_linked_ = up;
  if (!up) return;
  for (auto const& [name, agent] : agents_) {
    if (agent->ownership) {
      announce_place(*agent);
    } else if (agent->is_watched()) {
      missed_news(*agent);
    }
  }
  run();
}

// Something was missed, or may have been.
void Hub::missed_news(Agent& agent) {
  agent.news.gap = true;
  ask_news(agent);
}

void Hub::ask_news(Agent& agent, int useless_answers) {
  if (std::exchange(agent.news.asked, true)) return;
  agent.news.useless_answers = useless_answers;
  to_ask_.push_back(agent.name);
  ask_all_news();
}

void Hub::ask_news_again(Agent& agent, int useless_answers) {
  if (useless_answers < most_useless_answers) return ask_news(agent, useless_answers);
  agent.news.seen.reset();
  ask_news_later(agent);
}

void Hub::ask_news_later(Agent& agent) { to_ask_later_.emplace_back(now_.steady + later, agent.name); }

void Hub::ask_all_news() {
  for (; news_asked_ < most_news_asked && !to_ask_.empty(); to_ask_.pop_front()) {
    auto* const agent = find(to_ask_.front());
    if (!agent || !agent->news.asked || agent->news.question != 0) continue;
    ++news_asked_;
    Asked asked;  // by this node itself
    asked.agent = agent->name;
    asked.type = type_of<Snapshot>;
    agent->news.question =
        put(Question{0, agent->name, std::nullopt, with_place(agent->news.last, news_question), news_time},
            std::move(asked));
  }
}

void Hub::news(std::string const& name, std::string const& text, Moment now) {
  now_ = now;
  auto* const agent = find(name);
  auto const placed = read_place(text);
  if (!agent || !agent->is_watched() || !placed) return;
  auto& news = agent->news;
  if (news.asked) {
    if (!news.seen || news.seen->epoch != placed->place.epoch || news.seen->number < placed->place.number)
      news.seen = placed->place;
    return;
  }
  if (!take_news(*agent, *placed)) {
    news.seen = placed->place;
    missed_news(*agent);
  }
  run();
}

// Whether it follows what is known, or was known already.
bool Hub::take_news(Agent& agent, Placed const& placed) {
  auto& last = agent.news.last;
  if (placed.place.epoch != last.epoch) return false;
  if (placed.place.number <= last.number) return true;
  auto const decoded = codec_->decode(placed.frame);
  auto const* const request = std::get_if<Request>(&decoded);
  if (placed.place.number != last.number + 1 || !request) return false;
  ++last.number;
  agent.desk.apply(request->message);
  auto const connected = connected_by(request->message);
  if (connected) agent.desk.set_connected(*connected);
  publish(agent, request->message, request->params);
  // Another node may have Flex now.
  if (connected == false) ask_news(agent);
  return true;
}

void Hub::told_news(Agent& agent, RequestEnd end, std::string const& text) {
  auto& news = agent.news;
  news.asked = false;
  news.question = 0;
  if (!agent.is_watched()) return;
  auto const useless = news.useless_answers + 1;
  if (end == RequestEnd::no_owner) {
    // Somebody may have become the owner when nobody was asked any more.
    if (std::exchange(news.seen, std::nullopt)) {
      news.gap = true;
      if (useless == 1) return ask_news(agent, useless);
    }
    return owner_gone(agent);
  }
  if (end == RequestEnd::unknown) return ask_news(agent, news.useless_answers);
  if (end == RequestEnd::not_sent) {
    if (is_linked_) ask_news_later(agent);  // else link() asks
    return;
  }
  // What came meanwhile will not be said again. And while Flex goes to another node, one that has just let go may
  // answer with an error, or with what it had.
  auto const reaches_seen = [&] {
    return !news.seen || (news.seen->epoch == news.last.epoch && news.seen->number <= news.last.number);
  };
  auto const before = news.last;
  if (auto const missed = read_announcements(text)) {
    bool const whole = std::all_of(missed->begin(), missed->end(), [&](std::string const& one) {
      auto const placed = read_place(one);
      return placed && take_news(agent, *placed);
    });
    if (whole && reaches_seen()) {
      news.seen.reset();
      news.gap = false;
      return;
    }
    if (!whole) news.last = {};  // a Snapshot instead
  } else {
    auto const placed = read_place(text);
    auto const decoded = placed ? std::optional{codec_->decode(placed->frame)} : std::nullopt;
    auto const* const request = decoded ? std::get_if<Request>(&*decoded) : nullptr;
    auto const* const whole = request ? std::get_if<Snapshot>(&request->message) : nullptr;
    bool const other_owner = whole && news.seen && news.seen->epoch != placed->place.epoch;
    if (whole && (!other_owner || useless >= most_useless_answers)) {
      take_snapshot(agent, placed->place, *whole);
      if (reaches_seen()) {
        news.seen.reset();
        return;
      }
    }
  }
  bool const went_on = news.last.epoch == before.epoch && news.last.number > before.number;
  ask_news_again(agent, went_on ? 0 : useless);
}

void Hub::take_snapshot(Agent& agent, Place const& place, Snapshot const& whole) {
  auto& news = agent.news;
  bool const reset = news.gap || (!news.last.epoch.empty() && news.last.epoch != place.epoch);
  news.last = place;
  news.gap = false;
  agent.desk.apply(whole);
  agent.desk.set_connected(*connected_by(whole));
  publish(agent, agent.desk.snapshot(reset), {});
}

// Nobody holds the agent: its node may have ended without a word.
void Hub::owner_gone(Agent& agent) {
  bool const missed = agent.news.gap && !agent.news.last.epoch.empty();
  if (agent.flex != 0 || (agent.desk.agent().connected != true && !missed)) return;
  agent.news = {};
  agent.desk.clear();
  agent.desk.set_connected(false);
  publish(agent, agent.desk.agent(), {});
  publish(agent, TaskDeselected{}, {});
  publish(agent, agent.desk.snapshot(true), {});
}

}  // namespace flexcrm::detail
