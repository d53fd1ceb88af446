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

/// How Flex is set up for outgoing calls (Console: Flex, Manage, Voice); what is not chosen there is absent. missing() says
/// in words what stops a call. Flex source: manager.serviceConfiguration.outbound_call_flows.default.
struct OutboundSettings {
  static constexpr std::string_view type_name = "OutboundSettings";

  bool enabled = false;                    ///< is the dialpad switched on
  std::optional<std::string> location{};   ///< the dialpad's default country: two letters of ISO 3166-1, "ES"
  std::optional<std::string> caller_id{};  ///< whom the called person sees, unless DialRequest::caller_id says another
  std::optional<std::string> queue_sid{};  ///< WQ… of the outbound task, unless DialRequest::queue_sid says another
  std::optional<std::string> workflow_sid{};  ///< WW… that the outbound task goes through

  friend bool operator==(OutboundSettings const&, OutboundSettings const&) = default;
};

/// The agent's state, from Flex; the hub itself sends `connected: false` when the agent's Flex is gone.
/// Flex source: manager.workerClient, event workerActivityUpdated.
struct AgentChanged {
  static constexpr std::string_view type_name = "AgentChanged";
  using result = NullResult;

  Availability availability = Availability::offline;  ///< can the agent take work
  std::optional<bool> connected{};                    ///< is a Flex endpoint connected for the agent
  std::optional<std::string> activity_name{};         ///< TaskRouter activity, e.g. "Lunch"
  std::optional<std::string> activity_sid{};          ///< WA…
  std::optional<std::string> name{};                  ///< the worker's friendly name
  std::optional<OutboundSettings> outbound{};  ///< how Flex is set up for outgoing calls; none: nothing is known of it

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
