#include "pages.hpp"

#include <algorithm>

namespace flexcrm::test {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t selection = 0, agent = 1, snapshot = 2;
constexpr int most_tasks = 3;

/// No mark: those begin with another digit.
std::string task_sid(std::size_t page, std::int64_t task) {
  auto const digits = std::to_string(page * 10 + static_cast<std::size_t>(task));
  return "WT1" + std::string(31 - digits.size(), '0') + digits;
}

}  // namespace

// -- Flex

void FlexPage::work(Session& session) {
  auto& random = scene_->random;
  auto const messages = random.chance(0.03) ? random.between(20, 90) : random.between(0, 3);
  for (std::int64_t i = 0; i < messages; ++i) {
    if (random.chance(0.5)) {
      random.chance(0.6) ? change_a_task(session) : change_a_call(session);
    } else if (random.chance(0.6)) {
      if (random.chance(0.1)) say_everything(session);
      random.chance(0.7) ? say_selection(session, false) : say_agent(session);
    } else {
      random.chance(0.5) ? send_query(session) : send_flex_command(session);
    }
  }
}

void FlexPage::note(Message const& message, bool is_kept) {
  real_.apply(message);
  if (is_kept) told_.apply(message);
}

template <class MakeMessage>
void FlexPage::say(Session& session, Item item, MakeMessage const& message) {
  bool const is_event = item.kind == Item::Kind::event;
  std::size_t index = 0;
  bool const is_kept = send(session, std::move(item), [&](std::size_t its) {
    index = its;
    return message(its);
  });
  auto const sent = message(index);
  note(sent, is_kept);
  if (is_kept && is_event) events_.emplace(index, sent);
  if (is_kept) ++(is_event ? scene_->coverage.events : scene_->coverage.states);
}

void FlexPage::change_a_task(Session& session) {
  auto const sid = task_sid(sender(), scene_->random.between(1, most_tasks));
  auto const status = static_cast<TaskStatus>(scene_->random.between(0, 7));
  say(session, {.kind = Item::Kind::event}, [&](std::size_t item) -> Message {
    return TaskChanged{.task_sid = sid, .status = status, .at = Timestamp{1s}, .reason = Book::mark(item)};
  });
}

void FlexPage::change_a_call(Session& session) {
  auto const sid = task_sid(sender(), scene_->random.between(1, most_tasks));
  auto const state = static_cast<CallState>(scene_->random.between(0, 4));
  say(session, {.kind = Item::Kind::event}, [&](std::size_t item) -> Message {
    return CallChanged{.task_sid = sid, .state = state, .at = Timestamp{1s}, .from = Book::mark(item)};
  });
}

void FlexPage::say_agent(Session& session) {
  auto const availability = static_cast<Availability>(scene_->random.between(0, 2));
  say(session, {.kind = Item::Kind::state, .slot = agent}, [&](std::size_t item) -> Message {
    return AgentChanged{.availability = availability, .name = Book::mark(item)};
  });
}

void FlexPage::say_selection(Session& session, bool again) {
  bool const is_deselected = again ? !real_.selected : scene_->random.chance(0.3);
  say(session, {.kind = Item::Kind::state, .slot = selection}, [&](std::size_t item) -> Message {
    if (is_deselected) return TaskDeselected{.task_sid = Book::sid(item)};
    return TaskSelected{.task_sid = Book::sid(item)};
  });
}

void FlexPage::say_everything(Session& session) {
  auto const availability = real_.availability;
  say(session, {.kind = Item::Kind::state, .slot = snapshot}, [&](std::size_t item) -> Message {
    Snapshot whole;
    whole.agent = {.availability = availability, .name = Book::mark(item)};
    for (auto const& [sid, mark] : real_.tasks)
      whole.tasks.push_back(
          {.task_sid = sid, .status = TaskStatus::accepted, .at = Timestamp{1s}, .reason = Book::mark(mark)});
    if (real_.selected) whole.selected = TaskSelected{.task_sid = Book::sid(*real_.selected)};
    for (auto const& [sid, mark] : real_.calls)
      whole.calls.push_back(
          {.task_sid = sid, .state = CallState::connected, .at = Timestamp{1s}, .from = Book::mark(mark)});
    return whole;
  });
}

void FlexPage::tell_state(Session& session) {
  // The session has sent the events again that were not acknowledged.
  told_ = {};
  std::erase_if(events_, [&](auto const& event) {
    return std::none_of(open_.begin(), open_.end(), [&](auto const& open) { return open.second == event.first; });
  });
  for (auto const& [item, message] : events_) told_.apply(message);
  if (scene_->random.chance(0.5)) return say_everything(session);
  say_agent(session);
  say_selection(session, true);
}

void FlexPage::acknowledged(Item const& item) const {
  bool const is_ordered = item.kind == Item::Kind::event || item.kind == Item::Kind::state;
  require(item.is_answered || (is_ordered && !is_watched_), "what was acknowledged was handled");
}

// -- CRM

void CrmPage::work(Session& session) {
  auto& random = scene_->random;
  if (random.chance(0.2)) send_crm_command(session);
  if (!random.chance(0.2)) return;
  if (random.chance(0.2)) return send_dial(session, random.chance(0.5) ? caller_id : "+14155550199");
  send_dial(session);
}

void CrmPage::tell_state(Session&) { last_events_.clear(); }

void CrmPage::delivered(Deliver delivery) {
  auto const kind = delivery_class(MessageType::of(delivery.message));
  if (kind != DeliveryClass::state && kind != DeliveryClass::event) return Application::delivered(std::move(delivery));
  auto handler = start(delivery, std::nullopt, true);
  kind == DeliveryClass::event ? event(delivery.message) : state(delivery.message);
  view_.apply(delivery.message);
  if (!scene_->random.chance(0.002)) handlers_.push_back(std::move(handler));
}

void CrmPage::event(Message const& message) {
  auto const* call = std::get_if<CallChanged>(&message);
  auto const index = mark_of(message).value();
  bool const is_marked = (call ? call->repeated : std::get<TaskChanged>(message).repeated).value_or(false);
  auto& item = scene_->book[index];
  bool const is_again = (item.handled_at & here_) != 0;
  require(!is_again || is_marked, "an event that comes again in another session is marked");
  auto const last = last_events_.find(item.sender);
  if (is_marked) {
    // Told again after Flex lost its session. This page need not have been there the first time.
    ++scene_->coverage.events_again;
  } else if (last != last_events_.end()) {
    require(index > last->second.item, "events come once and in order");
    // An event after one that is told again may have been acknowledged before the session was lost.
    require(last->second.is_marked || scene_->book.did_events_fail_between(item.sender, last->second.item, index),
            "no event that Flex was thanked for is missing");
  }
  last_events_.insert_or_assign(item.sender, LastEvent{index, is_marked});
  ++item.handled;
  item.handled_at |= here_;
}

void CrmPage::state(Message const& message) {
  View said;
  said.apply(message);
  auto const newest = [&](auto& known, std::optional<std::size_t> mark) {
    if (!mark) return;
    auto& before = known[scene_->book[*mark].sender];
    require(*mark >= before, "newest state wins");
    before = *mark;
  };
  newest(newest_agent_, said.agent);
  newest(newest_selection_, said.selected);
}

}  // namespace flexcrm::test
