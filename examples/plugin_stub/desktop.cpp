#include "desktop.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <sstream>

namespace stub {

using flexcrm::Direction;
using flexcrm::Errc;
using flexcrm::TaskStatus;

namespace {

std::string sid(std::string_view prefix, unsigned number) {
  std::array<char, 33> digits{};
  std::snprintf(digits.data(), digits.size(), "%032x", number);
  return std::string{prefix} + digits.data();
}

/// Flex's own codes (SDK and Twilio), as the browser plugin reports them.
flexcrm::Error refusal(Errc code, std::string flex_code) { return flexcrm::make_error(code, {}, std::move(flex_code)); }

}  // namespace

bool Settings::set(std::string const& name, std::string const& value) {
  auto const given = value == "none" ? std::string{} : value;
  if (name == "dialpad" && (value == "on" || value == "off")) {
    dialpad = value == "on";
  } else if (name == "activity" && (value == "available" || value == "offline")) {
    available = value == "available";
  } else if (name == "caller-id") {
    caller_id = given;
  } else if (name == "queue") {
    queue = given;
  } else if (name == "workflow") {
    workflow = given;
  } else if (name == "country") {
    default_country = given;
  } else if (name == "allow") {
    allowed_prefixes.clear();
    std::stringstream list{given};
    for (std::string prefix; std::getline(list, prefix, ',');) allowed_prefixes.push_back(prefix);
  } else {
    return false;
  }
  return true;
}

Task& Desktop::add(Direction direction, boost::json::object const& attributes) {
  auto const number = next_sid_++;
  return tasks_.emplace_back(Task{.task_sid = sid("WT", number),
                                  .reservation_sid = sid("WR", number),
                                  .attributes = flexcrm::Attributes::from_object(attributes).value(),
                                  .direction = direction});
}

Task const& Desktop::ring(std::string const& from, boost::json::object const& more) {
  boost::json::object attributes{{"call_sid", sid("CA", next_sid_)},
                                 {"from", from},
                                 {"to", settings.caller_id},
                                 {"direction", "inbound"}};
  for (auto const& member : more) attributes[member.key()] = member.value();
  return add(Direction::inbound, attributes);
}

flexcrm::Result<Task> Desktop::dial(flexcrm::DialRequest const& request) {
  // In Flex's order: what is set up, then what the agent does, then where the call goes.
  if (!settings.dialpad) return refusal(Errc::outbound_disabled, "48425");
  if (!settings.available) return refusal(Errc::agent_offline, "48424");
  for (auto const& task : tasks_) {
    if (task.status == TaskStatus::offered) return refusal(Errc::inbound_pending, "48426");
    if (task.status == TaskStatus::accepted) return refusal(Errc::agent_busy, "48427");
  }
  if (settings.caller_id.empty() && !request.caller_id) return refusal(Errc::misconfigured, "48421");
  if (settings.queue.empty() && !request.queue_sid) return refusal(Errc::misconfigured, "48422");
  if (settings.workflow.empty()) return refusal(Errc::misconfigured, "48423");
  bool const allowed = std::any_of(settings.allowed_prefixes.begin(), settings.allowed_prefixes.end(),
                                   [&](auto const& prefix) { return request.destination.starts_with(prefix); });
  if (!allowed) return refusal(Errc::destination_not_allowed, "13227");

  auto attributes = request.task_attributes ? request.task_attributes->object() : boost::json::object{};
  attributes["flexcrm_dial_id"] = request.dial_id;
  attributes["direction"] = "outbound";
  attributes["from"] = request.caller_id.value_or(settings.caller_id);
  attributes["outbound_to"] = request.destination;
  auto& task = add(Direction::outbound, attributes);
  task.status = TaskStatus::accepted;
  select(&task);
  return task;
}

Task* Desktop::newest(TaskStatus status) {
  auto const found =
      std::find_if(tasks_.rbegin(), tasks_.rend(), [&](Task const& task) { return task.status == status; });
  return found == tasks_.rend() ? nullptr : &*found;
}

bool Desktop::select(Task const* task) {
  auto wanted = task ? std::optional{task->reservation_sid} : std::nullopt;
  if (wanted == selected_) return false;
  selected_ = std::move(wanted);
  return true;
}

Task const* Desktop::selected() const {
  auto const found =
      std::find_if(tasks_.begin(), tasks_.end(), [&](Task const& task) { return task.reservation_sid == selected_; });
  return found == tasks_.end() ? nullptr : &*found;
}

Task Desktop::complete(Task const& task) {
  auto const found = std::find_if(tasks_.begin(), tasks_.end(), [&](Task const& candidate) {
    return candidate.reservation_sid == task.reservation_sid;
  });
  auto completed = *found;
  completed.status = TaskStatus::completed;
  if (selected_ == completed.reservation_sid) selected_.reset();
  tasks_.erase(found);
  return completed;
}

}  // namespace stub
