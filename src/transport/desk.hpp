#pragma once

#include <flexcrm/message.hpp>

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace flexcrm::detail {

/// What a hub knows of one agent's Flex: the newest AgentChanged, the selection, the open tasks and calls. From it a CRM
/// endpoint that is new, or has lost its session, gets a Snapshot.
class Desk {
 public:
  /// Takes in what Flex says: a state or an event.
  void apply(Message const& message);

  /// Whether a Flex is connected: the hub's to say, not Flex's.
  void set_connected(bool connected) noexcept { connected_ = connected; }

  /// The agent's state: `offline` without a connection, `available` until Flex has said more.
  AgentChanged agent() const;

  /// The session of Flex is over: its tasks and calls are not known any more.
  void clear();

  /// Everything, at once.
  Snapshot snapshot(bool reset) const;

 private:
  void select(TaskSelected const& task);

  std::optional<AgentChanged> agent_;
  bool connected_ = false;
  std::unique_ptr<TaskSelected> selected_;
  std::list<TaskChanged> tasks_;  // in the order in which they began
  std::list<CallChanged> calls_;
};

/// A Snapshot that needs less room, or nothing when there is nothing left to leave out: first without the attributes of
/// tasks, then without tasks and calls, last without the selection.
std::optional<Snapshot> lighter(Snapshot snapshot);

}  // namespace flexcrm::detail
