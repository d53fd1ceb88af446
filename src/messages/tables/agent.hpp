#pragma once

#include "../fields.hpp"

#include <array>

namespace flexcrm::detail {

template <>
struct Fields<AgentChanged> {
  static constexpr Delivery delivery{DeliveryClass::state, Sender::flex, "agent"};
  static constexpr std::array rows{
      required<&AgentChanged::availability>("availability", choice<Availability>(), "can the agent take work"),
      optional<&AgentChanged::connected>("connected", flag(), "is a Flex endpoint connected for the agent"),
      optional<&AgentChanged::activity_name>("activityName", text(), "TaskRouter activity"),
      optional<&AgentChanged::activity_sid>("activitySid", sid("WA"), "its SID"),
      optional<&AgentChanged::name>("name", text(), "the worker's friendly name"),
  };
};

}  // namespace flexcrm::detail
