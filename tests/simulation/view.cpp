#include "view.hpp"

#include "book.hpp"

#include <sstream>

namespace flexcrm::test {

namespace {

std::optional<std::size_t> mark(std::optional<std::string> const& text) {
  return text ? Book::marked(*text) : std::nullopt;
}

void apply_task(View& view, TaskChanged const& task) {
  auto const status = task.status.value();
  if (status == TaskStatus::offered || status == TaskStatus::accepted || status == TaskStatus::wrapup)
    view.tasks[task.task_sid] = mark(task.reason).value();
  else
    view.tasks.erase(task.task_sid);
}

void apply_call(View& view, CallChanged const& call) {
  if (call.state == CallState::ended)
    view.calls.erase(call.task_sid);
  else
    view.calls[call.task_sid] = mark(call.from).value();
}

}  // namespace

void View::apply(Message const& message) {
  if (auto const* changed = std::get_if<AgentChanged>(&message)) {
    is_connected = changed->connected.value_or(true);
    availability = changed->availability;
    agent = mark(changed->name);
  } else if (auto const* chosen = std::get_if<TaskSelected>(&message)) {
    selected = mark(chosen->task_sid);
  } else if (std::holds_alternative<TaskDeselected>(message)) {
    selected.reset();
  } else if (auto const* task = std::get_if<TaskChanged>(&message)) {
    apply_task(*this, *task);
  } else if (auto const* call = std::get_if<CallChanged>(&message)) {
    apply_call(*this, *call);
  } else if (auto const* whole = std::get_if<Snapshot>(&message)) {
    *this = {};
    apply(whole->agent);
    if (whole->selected) apply(*whole->selected);
    for (auto const& open : whole->tasks) apply_task(*this, open);
    for (auto const& live : whole->calls) apply_call(*this, live);
  }
}

std::string View::text() const {
  std::ostringstream text;
  text << (is_connected ? "connected, " : "not connected, ")
       << enum_words(Availability{})[static_cast<std::size_t>(availability)];
  if (agent) text << ", agent #" << *agent;
  if (selected) text << ", selected #" << *selected;
  for (auto const& [sid, item] : tasks) text << ", task " << sid << " #" << item;
  for (auto const& [sid, item] : calls) text << ", call " << sid << " #" << item;
  return text.str();
}

}  // namespace flexcrm::test
