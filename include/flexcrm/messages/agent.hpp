#pragma once

#include <flexcrm/messages/session.hpp>

namespace flexcrm {

/// Whether an agent can take work.
enum class Availability { available, busy, offline };
constexpr std::array<std::string_view, 3> enum_words(Availability) { return {"available", "busy", "offline"}; }

/// The agent's state, from Flex; the hub itself sends `connected: false` when the agent's Flex is gone.
/// Flex source: manager.workerClient, event workerActivityUpdated.
struct AgentChanged {
  static constexpr std::string_view type_name = "AgentChanged";
  using result = NullResult;

  Availability availability = Availability::offline;  ///< can the agent take work
  std::optional<bool> connected{};                      ///< is a Flex endpoint connected for the agent
  std::optional<std::string> activity_name{};           ///< TaskRouter activity, e.g. "Lunch"
  std::optional<std::string> activity_sid{};            ///< WA…
  std::optional<std::string> name{};                    ///< the worker's friendly name

  friend bool operator==(AgentChanged const&, AgentChanged const&) = default;
};

}  // namespace flexcrm
