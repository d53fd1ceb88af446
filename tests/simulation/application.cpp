#include "application.hpp"

#include <algorithm>

namespace flexcrm::test {

using namespace std::chrono_literals;

namespace {

constexpr Millis start_slack{2s};  // a dial starts at most so long after its lifetime
constexpr std::size_t selection_slot = 0, agent_slot = 1;

std::string const some_task = "WT" + std::string(32, '1');

}  // namespace

Application::Application(Scene& scene, Machine& machine, Role role, unsigned place)
    : scene_{&scene}, machine_{&machine}, here_{1u << place}, role_{role}, sender_{scene.book.new_sender()} {}

// -- what it sends

std::size_t Application::add(Item item) {
  item.sender = sender_;
  item.at = now();
  item.since = machine_->since(scene_->time);
  return scene_->book.add(std::move(item));
}

bool Application::sent(Session& session, std::size_t index, Result<RequestKey> const& key) {
  auto const& item = scene_->book[index];
  require(!key || session.is_open() || item.kind == Item::Kind::event || item.kind == Item::Kind::state,
          "a command or query never waits for a connection");
  if (key) {
    open_.emplace(*key, index);
    if (item.kind == Item::Kind::state) scene_->book.state_taken(index);
  } else {
    scene_->book[index].is_told = scene_->book[index].is_failed = scene_->book[index].is_certain_not = true;
  }
  return key.has_value();
}

void Application::work(Session& session) {
  auto& random = scene_->random;
  if (role_ == Role::crm) {
    if (random.chance(0.3)) send_crm_command(session);
    if (random.chance(0.35)) send_dial(session);
    return;
  }
  auto const messages = random.chance(0.05) ? random.between(20, 90) : random.between(0, 3);
  for (std::int64_t i = 0; i < messages; ++i) {
    if (random.chance(0.5)) {
      send_event(session);
    } else if (random.chance(0.6)) {
      send_state(session, random.chance(0.7) ? selection_slot : agent_slot);
    } else if (random.chance(0.5)) {
      send_query(session);
    } else {
      send_flex_command(session);
    }
  }
}

void Application::send_query(Session& session) {
  ++scene_->coverage.queries;
  send(session, {.kind = Item::Kind::query, .lifetime = scene_->options.times.query},
       [](std::size_t item) { return ContactLookupRequest{.text = Book::mark(item)}; });
}

void Application::send_flex_command(Session& session) {
  ++scene_->coverage.commands;
  auto const lifetime = scene_->random.between(1000ms, 20s);
  send(session, {.kind = Item::Kind::command, .lifetime = lifetime}, [&](std::size_t item) {
    return OpenRecordRequest{.record = {.id = Book::mark(item)}, .lifetime_ms = lifetime.count()};
  });
}

void Application::send_crm_command(Session& session) {
  ++scene_->coverage.commands;
  auto const lifetime = scene_->random.between(1000ms, 20s);
  send(session, {.kind = Item::Kind::command, .lifetime = lifetime}, [&](std::size_t item) {
    return TaskControlRequest{.task_sid = some_task,
                              .action = TaskAction::select,
                              .reason = Book::mark(item),
                              .lifetime_ms = lifetime.count()};
  });
}

void Application::send_dial(Session& session, std::optional<std::string> const& caller_id) {
  ++scene_->coverage.dials;
  auto const lifetime = scene_->random.between(1000ms, 20s);
  send(session, {.kind = Item::Kind::dial, .lifetime = lifetime}, [&](std::size_t item) {
    return DialRequest{.destination = destination,
                       .dial_id = Book::mark(item),
                       .lifetime_ms = lifetime.count(),
                       .caller_id = caller_id};
  });
}

void Application::send_event(Session& session) {
  if (send(session, {.kind = Item::Kind::event}, [](std::size_t item) {
        return TaskChanged{
            .task_sid = some_task, .status = TaskStatus::accepted, .at = Timestamp{1s}, .reason = Book::mark(item)};
      }))
    ++scene_->coverage.events;
}

void Application::send_state(Session& session, std::size_t slot) {
  bool const is_deselected = slot == selection_slot && scene_->random.chance(0.3);
  if (!send(session, {.kind = Item::Kind::state, .slot = slot}, [&](std::size_t item) -> Message {
        if (slot == agent_slot) return AgentChanged{.availability = Availability::busy, .name = Book::mark(item)};
        if (is_deselected) return TaskDeselected{.task_sid = Book::sid(item)};
        return TaskSelected{.task_sid = Book::sid(item)};
      }))
    return;
  ++scene_->coverage.states;
  has_state_[slot] = true;
}

// -- what the session says

void Application::opened(Session& session, bool is_new) {
  if (!is_new) return;
  ++session_;
  tell_state(session);
}

void Application::tell_state(Session& session) {
  for (std::size_t slot = 0; slot < Book::slots; ++slot)
    if (has_state_[slot]) send_state(session, slot);
}

void Application::ended(bool keeps_events) {
  ++session_;
  ordered_.reset();
  last_event_.reset();
  for (auto const& [key, item] : open_)
    require(keeps_events && scene_->book[item].kind == Item::Kind::event,
            "when a session ends, whatever was open is told");
}

void Application::answered(Answered const& answered) {
  auto const open = open_.extract(answered.key);
  require(!open.empty(), "exactly one outcome: an answer for something that is not open");
  auto& item = scene_->book[open.mapped()];
  require(!item.is_told, "exactly one outcome");
  item.is_told = true;
  item.is_failed = !answered.outcome;
  if (item.kind == Item::Kind::dial) return dial_ended(*scene_, *machine_, item, answered.outcome);
  if (answered.outcome) return acknowledged(item);

  auto const& code = answered.outcome.error().code;
  bool const is_lost = code == Errc::session_lost;
  bool const is_handled = item.handled > 0;
  switch (item.kind) {
    case Item::Kind::event:
      return require(is_lost || is_handled, "an event that was not handled is lost with its session");
    case Item::Kind::state:
      return require(is_lost || is_handled || scene_->book.newest_state(sender_, item.slot) != open.mapped(),
                     "newest state wins: a state fails because newer state replaced it");
    case Item::Kind::command:
    case Item::Kind::query:
      require(is_lost || machine_->may_still_wait(item.since, item.lifetime, scene_->time), "an outcome comes in time");
      if (code != Errc::expired) return;
      item.is_certain_not = true;
      return require(!is_handled, "what certainly was not done was not done");
    case Item::Kind::dial: return;
  }
}

void Application::acknowledged(Item const& item) const {
  require(item.is_answered, "what was acknowledged was handled");
}

void dial_ended(Scene& scene, Machine const& machine, Item& item, Result<Answer> const& outcome) {
  auto const& times = scene.options.times;
  auto const result =
      outcome ? Result<DialResult>{std::get<DialResult>(*outcome)} : Result<DialResult>{outcome.error()};
  bool const in_time =
      machine.may_still_wait(item.since, item.lifetime + times.after_lifetime, scene.time) ||
      (item.granted &&
       machine.may_still_wait(item.since, *item.granted - item.since.time + times.after_grant, scene.time));
  require(in_time, "an outcome comes in time");
  switch (outcome_of(result)) {
    case DialOutcome::placed: ++scene.coverage.dials_placed; return require(item.effects == 1, "placed means placed");
    case DialOutcome::unknown:
      ++scene.coverage.dials_unknown;
      return require(item.granted.has_value(), "a dial that was not granted has a certain outcome");
    case DialOutcome::refused:
    case DialOutcome::expired:
    case DialOutcome::failed:
      ++scene.coverage.dials_not_placed;
      item.is_certain_not = true;
      return require(item.effects == 0, "a dial that certainly was not placed was not placed");
  }
}

std::optional<std::size_t> mark_of(Message const& message) {
  if (auto const* event = std::get_if<TaskChanged>(&message)) return Book::marked(event->reason.value());
  if (auto const* event = std::get_if<CallChanged>(&message)) return Book::marked(event->from.value());
  if (auto const* state = std::get_if<AgentChanged>(&message)) return Book::marked(state->name.value());
  if (auto const* state = std::get_if<Snapshot>(&message)) return Book::marked(state->agent.name.value());
  if (auto const* state = std::get_if<TaskSelected>(&message)) return Book::marked(state->task_sid.value());
  if (auto const* state = std::get_if<TaskDeselected>(&message)) return Book::marked(state->task_sid.value());
  if (auto const* query = std::get_if<ContactLookupRequest>(&message)) return Book::marked(query->text.value());
  if (auto const* command = std::get_if<OpenRecordRequest>(&message)) return Book::marked(command->record.id);
  if (auto const* command = std::get_if<TaskControlRequest>(&message)) return Book::marked(command->reason.value());
  if (auto const* dial = std::get_if<DialRequest>(&message)) return Book::marked(dial->dial_id);
  return std::nullopt;
}

Application::Handler Application::start(Deliver const& delivery, std::optional<std::size_t> item, bool is_ordered) {
  Handler handler{.due{}, .key = delivery.key, .item = item, .session = session_, .is_ordered = is_ordered};
  handler.due = scene_->time + some_time();
  if (is_ordered) {
    // A handler that took its whole time, by either clock as it was then, was answered for; the next may
    // start.
    require(!ordered_ || machine_->most_age(ordered_since_, scene_->time) >= scene_->options.times.handle_state,
            "handlers of events and state start one after the other");
    ordered_ = delivery.key;
    ordered_since_ = now();
  }
  return handler;
}

void Application::delivered(Deliver delivery) {
  auto& random = scene_->random;
  auto const index = mark_of(delivery.message);
  require(index.has_value(), "only what an application sent is delivered");
  auto& item = scene_->book[*index];
  auto handler = start(delivery, index, item.kind == Item::Kind::event || item.kind == Item::Kind::state);
  switch (item.kind) {
    case Item::Kind::event: {
      require(!last_event_ || *index > *last_event_, "events come once and in order");
      require(scene_->book.are_events_settled_between(item.sender, last_event_, *index),
              "no event is lost without being told");
      bool const is_again = (item.handled_at & here_) != 0;
      bool const is_marked = std::get<TaskChanged>(delivery.message).repeated.value_or(false);
      require(!is_again || is_marked, "an event that comes again in another session is marked");
      if (is_again) ++scene_->coverage.events_again;
      last_event_ = *index;
      break;
    }
    case Item::Kind::state:
      require(!newest_state_[item.slot] || *index > *newest_state_[item.slot], "newest state wins");
      newest_state_[item.slot] = *index;
      break;
    case Item::Kind::query:
      require(item.handled == 0, "a query is handled once");
      require(!item.is_certain_not, "what certainly was not done is not done");
      handler.outcome = ContactLookupResult{};
      // Longer than what a session keeps for a repeated request.
      if (random.chance(0.05))
        handler.outcome = ContactLookupResult{.matches = {{.id = "1", .name = std::string(2000, 'a')}}};
      break;
    case Item::Kind::command:
      require(item.handled == 0, "a command has at most one effect");
      require(!item.is_certain_not, "what certainly was not done is not done");
      break;
    case Item::Kind::dial:
      require(item.handled == 0, "a dial is delivered once");
      require(item.granted.has_value(), "a dial is delivered when it was granted");
      require(!is_dialling_, "one dial is open at a time");
      require(delivery.start_before && now().is_before(*delivery.start_before),
              "a dial is delivered while it may start");
      is_dialling_ = true;
      handler.starts_call = true;
      handler.start_before = delivery.start_before;
      break;
  }
  ++item.handled;
  item.handled_at |= here_;
  // Some handlers never return. Flex's action always does, in the end.
  if (item.kind == Item::Kind::dial || !random.chance(0.002)) handlers_.push_back(std::move(handler));
}

// -- its handlers

Millis Application::some_time() const {
  auto& random = scene_->random;
  if (random.chance(0.02)) return random.between(10s, 60s);
  return random.between(0ms, random.chance(0.2) ? 3000ms : 50ms);
}

std::optional<Millis> Application::due() const {
  std::optional<Millis> first;
  for (auto const& handler : handlers_)
    if (!first || handler.due < *first) first = handler.due;
  return first;
}

void Application::handle(Session& session) {
  auto const first = std::min_element(handlers_.begin(), handlers_.end(),
                                      [](Handler const& a, Handler const& b) { return a.due < b.due; });
  if (std::exchange(first->starts_call, false)) {
    start_call(*first);
    if (first->due > scene_->time) return;
  }
  auto const handler = std::move(*first);
  handlers_.erase(first);
  if (handler.item) scene_->book[*handler.item].is_answered = true;
  if (handler.is_ordered && ordered_ == handler.key) ordered_.reset();
  if (handler.start_before) is_dialling_ = false;
  bool const is_taken = session.answer(handler.key, handler.outcome, now());
  require(!is_taken || handler.session == session_, "an answer belongs to the session that delivered its request");
}

/// Flex's last look before its action: is there still time, by both clocks? What the action said comes later.
void Application::start_call(Handler& handler) {
  auto& random = scene_->random;
  if (!now().is_before(*handler.start_before)) {
    handler.outcome = make_error(Errc::expired);
    return;
  }
  if (random.chance(0.1)) {
    handler.outcome = make_error(Errc::outbound_disabled);
    return;
  }
  auto& item = scene_->book[handler.item.value()];
  require(++item.effects == 1, "a dial starts at most once");
  require(scene_->time - item.since.time <= item.lifetime + start_slack,
          "no dial starts later than its lifetime + 2 s");
  require(!item.is_certain_not, "a dial that certainly was not placed was not placed");
  handler.due += some_time();
  handler.outcome = DialResult{.destination = destination};
  if (random.chance(0.1)) handler.outcome = make_error(Errc::internal_error);
  // Flex saw no task of the call, which may ring all the same.
  if (random.chance(0.1)) handler.outcome = make_error(Errc::failed, {}, "no_task");
}

}  // namespace flexcrm::test
