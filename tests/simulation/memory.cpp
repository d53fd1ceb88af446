// The session itself, and a look at what it keeps. That is no part of its interface, so this file holds the
// source, and reaches the state by an explicit instantiation, which may name what is private.

#include "session.cpp"

#include "memory.hpp"
#include "scene.hpp"

namespace flexcrm::test {
namespace {

template <auto state>
struct Peephole {
  friend auto const& inside(Session const& session) { return *(session.*state); }
};
auto const& inside(Session const& session);
template struct Peephole<&Session::state_>;

}  // namespace

bool is_busy(Session const& session) {
  auto const& kept = inside(session).conversation;
  return !kept.line.empty() || kept.in_order.has_value();
}

bool is_held_up(Session const& session) { return !inside(session).conversation.waiting.empty(); }

void require_bounded_memory(Session const& session, SessionOptions const& options) {
  auto const& state = inside(session);
  auto const& kept = state.conversation;
  constexpr std::size_t numbers = 64;  // written out: a wider window has to be noticed
  constexpr std::size_t error_bytes = 256;
  constexpr std::size_t short_frames = 1000;  // one more than the limit, and claims
  auto const answer_bytes = std::max(options.queues.answer_bytes, error_bytes);
  std::size_t sent_bytes = 0;
  for (auto const& [id, request] : kept.sent) sent_bytes += request.frame.size();
  require(kept.sent.size() <= numbers, "memory is bounded: unanswered requests");
  require(sent_bytes <= options.queues.unanswered_bytes + short_frames,
          "memory is bounded: the bytes of unanswered requests");
  require(kept.received.all().size() <= numbers, "memory is bounded: stored answers");
  for (auto const& answer : kept.received.all())
    require(!answer || answer->size() <= answer_bytes, "memory is bounded: the bytes of a stored answer");
  require(kept.line.size() + kept.handling.size() <= numbers, "memory is bounded: requests that wait for a handler");
  require(kept.dials.size() <= kept.sent.size(), "memory is bounded: open dials");

  // Events of a lost session that had a number wait without their bytes.
  std::size_t states = 0, events_without_bytes = 0, event_bytes = 0;
  for (auto const* waiting : {&kept.waiting, &state.unacknowledged})
    for (auto const& message : *waiting) {
      bool const is_an_event = is_event(MessageType::of(message.message));
      states += is_an_event ? 0 : 1;
      events_without_bytes += is_an_event && message.params.empty() ? 1 : 0;
      event_bytes += is_an_event ? message.params.size() : 0;
    }
  require(states <= Book::slots, "memory is bounded: one state a slot waits");
  require(event_bytes <= options.queues.event_bytes, "memory is bounded: the bytes of events that wait");
  require(events_without_bytes <= numbers, "memory is bounded: events of a lost session");
}

}  // namespace flexcrm::test
