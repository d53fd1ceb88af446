#include "desktop.hpp"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <random>
#include <sstream>

namespace stub {

using flexcrm::Direction;
using flexcrm::Errc;
using flexcrm::TaskStatus;

namespace {

std::uint64_t random_number() {
  std::random_device device;
  return std::uniform_int_distribution<std::uint64_t>{}(device);
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

bool Settings::leave_out(std::string const& name) {
  if (name == "dialpad") return set(name, "off");
  bool const known = name == "caller-id" || name == "queue" || name == "workflow" || name == "country";
  return (known || name == "permissions") && set(known ? name : "allow", "none");
}

flexcrm::OutboundSettings Settings::told() const {
  // What is no SID and no country is as good as not chosen.
  auto const chosen = [](std::string const& value, std::size_t size) {
    return value.size() == size ? std::optional{value} : std::nullopt;
  };
  return {.enabled = dialpad,
          .location = chosen(default_country, 2),
          .caller_id = caller_id.empty() ? std::nullopt : std::optional{caller_id},
          .queue_sid = chosen(queue, 34),
          .workflow_sid = chosen(workflow, 34)};
}

void Task::enter(TaskStatus next) {
  status = next;
  since = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

Desktop::Desktop(Settings set_up) : settings{std::move(set_up)}, sids_{random_number()} {}

std::string Desktop::next_sid(std::string_view prefix) {
  std::array<char, 33> digits{};
  std::snprintf(digits.data(), digits.size(), "%016" PRIx64 "%016" PRIx64, sids_, ++last_sid_);
  return std::string{prefix} + digits.data();
}

Task& Desktop::add(Direction direction, TaskStatus status, boost::json::object const& attributes) {
  auto& task = tasks_.emplace_back(Task{.task_sid = next_sid("WT"),
                                        .reservation_sid = next_sid("WR"),
                                        .attributes = flexcrm::Attributes::from_object(attributes).value(),
                                        .direction = direction});
  task.enter(status);
  return task;
}

Task const& Desktop::ring(std::string const& from, boost::json::object const& more) {
  boost::json::object attributes{
      {"call_sid", next_sid("CA")}, {"from", from}, {"to", settings.caller_id}, {"direction", "inbound"}};
  for (auto const& member : more) attributes[member.key()] = member.value();
  return add(Direction::inbound, TaskStatus::offered, attributes);
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
  auto& task = add(Direction::outbound, TaskStatus::accepted, attributes);
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
  completed.enter(TaskStatus::completed);
  if (selected_ == completed.reservation_sid) selected_.reset();
  tasks_.erase(found);
  return completed;
}

}  // namespace stub
