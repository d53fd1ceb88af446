#pragma once

#include "session.hpp"

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
  static constexpr Routing routing{DeliveryClass::command, Sender::crm};
  static constexpr std::array rows{
      required<&DialRequest::destination>("destination", destination(), "whom to call"),
      required<&DialRequest::dial_id>("dialId", text(1, 128), "made once per click"),
      required<&DialRequest::lifetime_ms>("lifetimeMs", lifetime,
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
  static constexpr Routing routing{DeliveryClass::query, Sender::flex};
  static constexpr std::array rows{
      required<&DialClaimRequest::dial_id>("dialId", text(1, 128), "the dial that is about to start"),
  };
};

template <>
struct Fields<CallChanged> {
  static constexpr Routing routing{DeliveryClass::event, Sender::flex};
  static constexpr std::array rows{
      required<&CallChanged::task_sid>("taskSid", sid("WT"), "the call's task"),
      required<&CallChanged::state>("state", open_choice<CallState>(), "the state it is in now"),
      required<&CallChanged::at>("at", time(), "when it got there"),
      optional<&CallChanged::call_sid>("callSid", sid("CA"), "the call"),
      optional<&CallChanged::dial_id>("dialId", text(1, 128), "the click that began it"),
      optional<&CallChanged::muted>("muted", flag(), "is the agent's microphone off"),
      optional<&CallChanged::direction>("direction", open_choice<Direction>(), "who began"),
      optional<&CallChanged::from>("from", text(), "caller, as Flex shows it"),
      optional<&CallChanged::to>("to", text(), "called, as Flex shows it"),
      optional<&CallChanged::cause>("cause", text(), "why it ended: an error name"),
      optional<&CallChanged::cause_code>("causeCode", integer(0, max_integer), "Twilio's own code"),
      optional<&CallChanged::duration_seconds>("durationSeconds", integer(0, max_integer), "talking time, s"),
      optional<&CallChanged::repeated>("repeated", flag(), "told before, in a session that was lost"),
  };
};

template <>
struct Fields<CallControlRequest> {
  static constexpr Routing routing{DeliveryClass::command, Sender::crm};
  static constexpr std::array rows{
      required<&CallControlRequest::task_sid>("taskSid", sid("WT"), "the call's task"),
      required<&CallControlRequest::action>("action", choice<CallAction>(), "what to do"),
      optional<&CallControlRequest::digits>("digits", digits(), "dtmf: the tones to send"),
      optional<&CallControlRequest::target_sid>("targetSid", sid("WK|WQ"), "transfer: a worker or a queue"),
      optional<&CallControlRequest::mode>("mode", choice<TransferMode>(), "transfer: how; default cold"),
      required<&CallControlRequest::lifetime_ms>("lifetimeMs", lifetime, "how long it may still take effect, ms"),
  };
};

}  // namespace flexcrm::detail
