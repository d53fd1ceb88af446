#pragma once

#include "../fields.hpp"

#include <array>

namespace flexcrm::detail {

// Flex overwrites these in the attributes of an outbound task.
inline constexpr std::array<std::string_view, 3> reserved_task_attributes{"direction", "from", "outbound_to"};

template <>
struct Fields<DialCustomer> {
  static constexpr std::array rows{
      required<&DialCustomer::id>("id", text(1), "the CRM's own id"),
      optional<&DialCustomer::type>("type", text(), "kind of record, e.g. contact"),
  };
};

template <>
struct Fields<DialResult> {
  static constexpr std::array rows{
      required<&DialResult::destination>("destination", destination(), "as dialled"),
      optional<&DialResult::task_sid>("taskSid", sid("WT"), "the outbound task"),
      optional<&DialResult::reservation_sid>("reservationSid", sid("WR"), "its reservation"),
  };
};

template <>
struct Fields<DialRequest> {
  static constexpr Delivery delivery{DeliveryClass::command, Sender::crm};
  static constexpr std::array rows{
      required<&DialRequest::destination>("destination", destination(), "whom to call"),
      required<&DialRequest::dial_id>("dialId", text(1, 128), "made once per click"),
      required<&DialRequest::lifetime_ms>("lifetimeMs", integer(1000, 60000),
                                          "how long after the click the call may still start, ms"),
      optional<&DialRequest::caller_id>("callerId", destination(), "whom the callee sees"),
      optional<&DialRequest::queue_sid>("queueSid", sid("WQ"), "TaskQueue of the outbound task"),
      optional<&DialRequest::task_attributes>("taskAttributes", attributes(reserved_task_attributes),
                                              "attributes of the outbound task"),
      optional<&DialRequest::customer>("customer", object(table_of<DialCustomer>), "the record that was clicked"),
  };
};

template <>
struct Fields<DialClaimResult> {
  static constexpr std::array rows{
      required<&DialClaimResult::granted>("granted", flag(), "true once, while the dial is open and young enough"),
  };
};

template <>
struct Fields<DialClaimRequest> {
  static constexpr Delivery delivery{DeliveryClass::query, Sender::flex};
  static constexpr std::array rows{
      required<&DialClaimRequest::dial_id>("dialId", text(1, 128), "the dial that is about to start"),
  };
};

}  // namespace flexcrm::detail
