#pragma once

#include <flexcrm/message.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stub {

/// Flex's outbound set-up, as an administrator fills it in (Flex > Manage > Voice).
struct Settings {
  bool dialpad = true;
  std::string caller_id = "+14155550100";
  std::string queue = "WQ" + std::string(32, '1');
  std::string workflow = "WW" + std::string(32, '2');
  std::string default_country = "US";
  std::vector<std::string> allowed_prefixes{"+"};  ///< Voice Geographic Permissions, by prefix
  bool available = true;                           ///< the agent's activity

  /// Changes one by name: dialpad, caller-id, queue, workflow, country, allow, activity. False for another name or
  /// value.
  bool set(std::string const& name, std::string const& value);

  /// Takes one away by the same name: dialpad, caller-id, queue, workflow, country, permissions. False for another name.
  bool leave_out(std::string const& name);

  /// What the plugin tells of them.
  flexcrm::OutboundSettings told() const;
};

struct Task {
  std::string task_sid;
  std::string reservation_sid;
  flexcrm::Attributes attributes;
  flexcrm::Direction direction = flexcrm::Direction::inbound;
  flexcrm::TaskStatus status = flexcrm::TaskStatus::offered;
  flexcrm::Timestamp since{};  ///< when it got to this status

  void enter(flexcrm::TaskStatus next);
};

/// What an agent has on the screen, without the screen. Not thread-safe.
class Desktop {
 public:
  Settings settings;

  explicit Desktop(Settings set_up);

  /// A call arrives from a number; `more` are further attributes, such as {"customer_id": "C-1001"}.
  Task const& ring(std::string const& from, boost::json::object const& more);

  /// StartOutboundCall: the new, selected task, or the refusal that Flex gives.
  flexcrm::Result<Task> dial(flexcrm::DialRequest const& request);

  /// The newest task in a state, or nothing.
  Task* newest(flexcrm::TaskStatus status);

  /// Every task that is not over, the oldest first.
  std::vector<Task> const& tasks() const noexcept { return tasks_; }

  /// Selects a task, or nothing; true when that changed something.
  bool select(Task const* task);
  Task const* selected() const;

  /// Ends a task for good; returns it. A selected task is deselected by it.
  Task complete(Task const& task);

 private:
  Task& add(flexcrm::Direction direction, flexcrm::TaskStatus status, boost::json::object const& attributes);
  std::string next_sid(std::string_view prefix);

  std::vector<Task> tasks_;
  std::optional<std::string> selected_;  ///< reservation SID
  std::uint64_t const sids_;             ///< what its SIDs begin with: no other desktop has them
  std::uint64_t last_sid_ = 0;
};

}  // namespace stub
