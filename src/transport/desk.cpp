#include "desk.hpp"

#include <algorithm>

namespace flexcrm::detail {
namespace {

// An agent has a handful of tasks; Flex itself allows some dozens. The oldest is forgotten first.
constexpr std::size_t most_tasks = 64;

bool is_over(TaskChanged const& task) {
  auto const status = task.status.value();
  return status == TaskStatus::completed || status == TaskStatus::canceled || status == TaskStatus::rejected ||
         status == TaskStatus::timeout || status == TaskStatus::rescinded;
}

bool is_over(CallChanged const& call) { return call.state == CallState::ended; }

/// The newest of each task or call, while it lasts.
template <class T>
void keep(std::list<T>& kept, T const& changed) {
  auto const same =
      std::find_if(kept.begin(), kept.end(), [&](T const& other) { return other.task_sid == changed.task_sid; });
  if (is_over(changed)) {
    if (same != kept.end()) kept.erase(same);
  } else if (same != kept.end()) {
    *same = changed;
  } else {
    kept.push_back(changed);
    if (kept.size() > most_tasks) kept.pop_front();
  }
}

}  // namespace

void Desk::apply(Message const& message) {
  if (auto const* changed = std::get_if<AgentChanged>(&message)) {
    agent_ = *changed;
  } else if (auto const* selected = std::get_if<TaskSelected>(&message)) {
    select(*selected);
  } else if (std::holds_alternative<TaskDeselected>(message)) {
    selected_.reset();
  } else if (auto const* task = std::get_if<TaskChanged>(&message)) {
    keep(tasks_, *task);
  } else if (auto const* call = std::get_if<CallChanged>(&message)) {
    keep(calls_, *call);
  } else if (auto const* whole = std::get_if<Snapshot>(&message)) {
    clear();
    agent_ = whole->agent;
    if (whole->selected) select(*whole->selected);
    for (auto const& open : whole->tasks) keep(tasks_, open);
    for (auto const& live : whole->calls) keep(calls_, live);
  }
}

void Desk::select(TaskSelected const& task) {
  if (!selected_) selected_ = std::make_unique<TaskSelected>();
  *selected_ = task;
}

AgentChanged Desk::agent() const {
  auto agent = agent_.value_or(AgentChanged{.availability = Availability::available});
  if (!connected_) agent.availability = Availability::offline;
  agent.connected = connected_;
  return agent;
}

void Desk::clear() {
  agent_.reset();
  selected_.reset();
  tasks_.clear();
  calls_.clear();
}

Snapshot Desk::snapshot(bool reset) const {
  Snapshot whole;
  whole.agent = agent();
  whole.tasks.assign(tasks_.begin(), tasks_.end());
  if (selected_) whole.selected = *selected_;
  whole.calls.assign(calls_.begin(), calls_.end());
  if (reset) whole.reset = true;
  return whole;
}

std::optional<Snapshot> lighter(Snapshot snapshot) {
  auto const has_attributes = [](TaskChanged const& task) { return task.attributes.has_value(); };
  if (std::any_of(snapshot.tasks.begin(), snapshot.tasks.end(), has_attributes)) {
    for (auto& task : snapshot.tasks) task.attributes.reset();
  } else if (!snapshot.tasks.empty() || !snapshot.calls.empty()) {
    snapshot.tasks.clear();
    snapshot.calls.clear();
  } else if (snapshot.selected) {
    snapshot.selected.reset();
  } else {
    return std::nullopt;
  }
  return snapshot;
}

}  // namespace flexcrm::detail
