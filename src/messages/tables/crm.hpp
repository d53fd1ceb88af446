#pragma once

#include "agent.hpp"
#include "call.hpp"
#include "task.hpp"

namespace flexcrm::detail {

inline constexpr Rule task_changed = object(table_of<TaskChanged>);
inline constexpr Rule call_changed = object(table_of<CallChanged>);

template <>
struct Fields<Snapshot> {
  static constexpr Routing routing{DeliveryClass::state, Sender::flex, "snapshot"};
  static constexpr std::array rows{
      required<&Snapshot::agent>("agent", object(table_of<AgentChanged>), "the agent's state"),
      optional<&Snapshot::tasks>("tasks", list_of(task_changed), "open tasks, each with its newest state"),
      optional<&Snapshot::selected>("selected", nullable(object(table_of<TaskSelected>)), "the selected task, or null"),
      optional<&Snapshot::calls>("calls", list_of(call_changed), "live calls, each with its newest state"),
      required<&Snapshot::reset>("reset", flag(), "true: something before this may have been lost"),
  };
};

inline constexpr Rule phone = text();
template <>
struct Fields<ContactMatch> {
  static constexpr std::array rows{
      required<&ContactMatch::id>("id", text(1), "the CRM's own id"),
      required<&ContactMatch::name>("name", text(), "as the CRM shows it"),
      optional<&ContactMatch::phones>("phones", list_of(phone), "E.164 or as stored"),
      optional<&ContactMatch::url>("url", text(), "the record's page, of the CRM's own origin"),
  };
};

inline constexpr Rule contact_match = object(table_of<ContactMatch>);
template <>
struct Fields<ContactLookupResult> {
  static constexpr std::array rows{
      optional<&ContactLookupResult::matches>("matches", list_of(contact_match), "best first"),
      optional<&ContactLookupResult::truncated>("truncated", flag(), "there are more than the limit"),
  };
};

template <>
struct Fields<ContactLookupRequest> {
  static constexpr Routing routing{DeliveryClass::query, Sender::flex};
  static constexpr std::array<std::string_view, 4> exactly_one{"phone", "email", "id", "text"};
  static constexpr std::array rows{
      optional<&ContactLookupRequest::phone>("phone", text(1), "as Flex shows it"),
      optional<&ContactLookupRequest::email>("email", text(1), "e-mail address"),
      optional<&ContactLookupRequest::id>("id", text(1), "the CRM's own id"),
      optional<&ContactLookupRequest::text>("text", text(1), "what the agent typed"),
      optional<&ContactLookupRequest::limit>("limit", integer(1, 100), "most matches; default 10"),
  };
};

template <>
struct Fields<RecordReference> {
  static constexpr std::array rows{
      required<&RecordReference::id>("id", text(1), "the CRM's own id"),
      optional<&RecordReference::type>("type", text(), "kind of record, e.g. case"),
  };
};

template <>
struct Fields<OpenRecordRequest> {
  static constexpr Routing routing{DeliveryClass::command, Sender::flex};
  static constexpr std::array rows{
      required<&OpenRecordRequest::record>("record", object(table_of<RecordReference>), "which"),
      optional<&OpenRecordRequest::task_sid>("taskSid", sid("WT"), "the task it is about"),
      required<&OpenRecordRequest::lifetime_ms>("lifetimeMs", lifetime, "how long it may still take effect, ms"),
  };
};

template <>
struct Fields<LogActivityRequest> {
  static constexpr Routing routing{DeliveryClass::command, Sender::flex};
  static constexpr std::array rows{
      required<&LogActivityRequest::task_sid>("taskSid", sid("WT"), "the task"),
      required<&LogActivityRequest::revision>("revision", integer(1, max_integer), "1, 2, … per task"),
      optional<&LogActivityRequest::channel>("channel", open_choice<Channel>(), "the task's channel"),
      optional<&LogActivityRequest::direction>("direction", open_choice<Direction>(), "who began"),
      optional<&LogActivityRequest::from>("from", text(), "caller, as Flex shows it"),
      optional<&LogActivityRequest::to>("to", text(), "called, as Flex shows it"),
      optional<&LogActivityRequest::started_at>("startedAt", time(), "when it began"),
      optional<&LogActivityRequest::ended_at>("endedAt", time(), "when it ended"),
      optional<&LogActivityRequest::disposition>("disposition", text(), "the agent's verdict"),
      optional<&LogActivityRequest::notes>("notes", text(), "what the agent wrote"),
      optional<&LogActivityRequest::customer>("customer", object(table_of<TaskCustomer>), "who it was"),
      required<&LogActivityRequest::lifetime_ms>("lifetimeMs", lifetime, "how long it may still take effect, ms"),
  };
};

}  // namespace flexcrm::detail
