#pragma once

#include "session.hpp"

#include <array>

namespace flexcrm::detail {

template <>
struct Fields<TaskCustomer> {
  static constexpr std::array rows{
      optional<&TaskCustomer::id>("id", text(), "the CRM's own id"),
      optional<&TaskCustomer::phone>("phone", text(), "as Flex shows it"),
      optional<&TaskCustomer::email>("email", text(), "e-mail address"),
      optional<&TaskCustomer::name>("name", text(), "name as Flex shows it"),
  };
};

template <>
struct Fields<TaskSelected> {
  static constexpr Routing routing{DeliveryClass::state, Sender::flex, "selection"};
  static constexpr std::array rows{
      required<&TaskSelected::attributes>("attributes", attributes(), "the task's attributes, verbatim"),
      optional<&TaskSelected::task_sid>("taskSid", sid("WT"), "what reports name"),
      optional<&TaskSelected::reservation_sid>("reservationSid", sid("WR"), "what Flex's actions take; may be \"new\""),
      optional<&TaskSelected::channel>("channel", open_choice<Channel>(), "the task's channel"),
      optional<&TaskSelected::direction>("direction", open_choice<Direction>(), "who began the contact"),
      optional<&TaskSelected::status>("status", open_choice<TaskStatus>(), "where the task is in its life"),
      optional<&TaskSelected::queue_name>("queueName", text(), "TaskQueue's friendly name"),
      optional<&TaskSelected::cause>("cause", open_choice<SelectionCause>(), "why it became the selected one"),
      optional<&TaskSelected::customer>("customer", object(table_of<TaskCustomer>), "what Flex knows of the person"),
  };
};

template <>
struct Fields<TaskDeselected> {
  static constexpr Routing routing{DeliveryClass::state, Sender::flex, "selection"};
  static constexpr std::array rows{
      optional<&TaskDeselected::task_sid>("taskSid", sid("WT"), "the task that was selected"),
      optional<&TaskDeselected::reservation_sid>("reservationSid", sid("WR"), "its reservation; may be \"new\""),
  };
};

template <>
struct Fields<TaskChanged> {
  static constexpr Routing routing{DeliveryClass::event, Sender::flex};
  static constexpr std::array rows{
      required<&TaskChanged::task_sid>("taskSid", sid("WT"), "the task"),
      optional<&TaskChanged::reservation_sid>("reservationSid", sid("WR"), "its reservation; may be \"new\""),
      required<&TaskChanged::status>("status", open_choice<TaskStatus>(), "the state it is in now"),
      required<&TaskChanged::at>("at", time(), "when it got there"),
      optional<&TaskChanged::reason>("reason", text(), "why, in Flex's or TaskRouter's words"),
      optional<&TaskChanged::reason_code>("reasonCode", integer(0, max_integer), "Twilio's own code"),
      optional<&TaskChanged::channel>("channel", open_choice<Channel>(), "the task's channel"),
      optional<&TaskChanged::attributes>("attributes", attributes(), "the task's attributes, verbatim"),
      optional<&TaskChanged::repeated>("repeated", flag(), "told before, in a session that was lost"),
  };
};

template <>
struct Fields<TaskControlRequest> {
  static constexpr Routing routing{DeliveryClass::command, Sender::crm};
  static constexpr std::array<std::string_view, 2> at_least_one{"reservationSid", "taskSid"};
  static constexpr std::array rows{
      optional<&TaskControlRequest::reservation_sid>("reservationSid", sid("WR"), "what Flex's actions take"),
      optional<&TaskControlRequest::task_sid>("taskSid", sid("WT"), "the task"),
      required<&TaskControlRequest::action>("action", choice<TaskAction>(), "what to do"),
      optional<&TaskControlRequest::reason>("reason", text(), "for reports"),
      required<&TaskControlRequest::lifetime_ms>("lifetimeMs", lifetime, "how long it may still take effect, ms"),
  };
};

}  // namespace flexcrm::detail
