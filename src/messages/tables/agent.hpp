#pragma once

#include "session.hpp"

#include <array>

namespace flexcrm::detail {

template <>
struct Fields<OutboundSettings> {
  static constexpr std::array rows{
      required<&OutboundSettings::enabled>("enabled", flag(), "is the dialpad switched on"),
      optional<&OutboundSettings::location>("location", text(2, 2),
                                            "the dialpad's default country, ISO 3166-1 alpha-2"),
      optional<&OutboundSettings::caller_id>("callerId", text(1, 255), "whom the called person sees"),
      optional<&OutboundSettings::queue_sid>("queueSid", sid("WQ"), "TaskQueue of the outbound task"),
      optional<&OutboundSettings::workflow_sid>("workflowSid", sid("WW"), "Workflow of the outbound task"),
  };
};

template <>
struct Fields<AgentChanged> {
  static constexpr Routing routing{DeliveryClass::state, Sender::flex, "agent"};
  static constexpr std::array rows{
      required<&AgentChanged::availability>("availability", choice<Availability>(), "can the agent take work"),
      optional<&AgentChanged::connected>("connected", flag(), "is a Flex endpoint connected for the agent"),
      optional<&AgentChanged::activity_name>("activityName", text(), "TaskRouter activity"),
      optional<&AgentChanged::activity_sid>("activitySid", sid("WA"), "its SID"),
      optional<&AgentChanged::name>("name", text(), "the worker's friendly name"),
      optional<&AgentChanged::outbound>("outbound", object(table_of<OutboundSettings>),
                                        "how Flex is set up for outgoing calls"),
  };
};

template <>
struct Fields<SetAgentRequest> {
  static constexpr Routing routing{DeliveryClass::command, Sender::crm};
  static constexpr std::array<std::string_view, 3> exactly_one{"availability", "activityName", "activitySid"};
  static constexpr std::array rows{
      optional<&SetAgentRequest::availability>("availability", choice<Availability>(), "any activity that is so"),
      optional<&SetAgentRequest::activity_name>("activityName", text(1), "TaskRouter activity by name"),
      optional<&SetAgentRequest::activity_sid>("activitySid", sid("WA"), "by SID"),
      required<&SetAgentRequest::lifetime_ms>("lifetimeMs", lifetime, "how long it may still take effect, ms"),
  };
};

}  // namespace flexcrm::detail
