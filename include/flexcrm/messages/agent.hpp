#pragma once

#include <flexcrm/messages/session.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flexcrm {

/// Whether an agent can take work.
enum class Availability {
  available,  ///< new work may come
  busy,       ///< signed in, no new work: Break, Lunch
  offline     ///< Flex does not place calls either
};
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

/// The CRM sets the agent's activity: exactly one of the three. Flex source: action SetActivity.
struct SetAgentRequest {
  static constexpr std::string_view type_name = "SetAgentRequest";
  using result = NullResult;

  std::optional<Availability> availability{};  ///< any activity that is so
  std::optional<std::string> activity_name{};  ///< TaskRouter activity by name
  std::optional<std::string> activity_sid{};   ///< by SID, WA…
  std::int64_t lifetime_ms = 10000;            ///< how long it may still take effect, 1000…60000

  friend bool operator==(SetAgentRequest const&, SetAgentRequest const&) = default;
};

}  // namespace flexcrm
