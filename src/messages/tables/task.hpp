#pragma once

#include "../fields.hpp"

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
  static constexpr Delivery delivery{DeliveryClass::state, Sender::flex, "selection"};
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
  static constexpr Delivery delivery{DeliveryClass::state, Sender::flex, "selection"};
  static constexpr std::array rows{
      optional<&TaskDeselected::task_sid>("taskSid", sid("WT"), "the task that was selected"),
      optional<&TaskDeselected::reservation_sid>("reservationSid", sid("WR"), "its reservation; may be \"new\""),
  };
};

}  // namespace flexcrm::detail
