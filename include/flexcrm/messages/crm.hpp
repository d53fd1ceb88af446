#pragma once

#include <flexcrm/messages/agent.hpp>
#include <flexcrm/messages/call.hpp>
#include <flexcrm/messages/session.hpp>
#include <flexcrm/messages/task.hpp>
#include <flexcrm/types.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flexcrm {

/// Everything that is so right now: first message of every new CRM session, and after a reset.
struct Snapshot {
  static constexpr std::string_view type_name = "Snapshot";
  using result = NullResult;

  AgentChanged agent{};                    ///< the agent's state
  std::vector<TaskChanged> tasks{};        ///< open tasks, each with its newest state
  std::optional<TaskSelected> selected{};  ///< the selected task, or none
  std::vector<CallChanged> calls{};        ///< live calls, each with its newest state
  bool reset = false;                      ///< true: something before this may have been lost

  friend bool operator==(Snapshot const&, Snapshot const&) = default;
};

/// A person the CRM found.
struct ContactMatch {
  static constexpr std::string_view type_name = "ContactMatch";

  std::string id{};                   ///< the CRM's own id
  std::string name{};                 ///< as the CRM shows it
  std::vector<std::string> phones{};  ///< E.164 or as stored
  std::optional<std::string> url{};   ///< the record's page, of the CRM's own origin

  friend bool operator==(ContactMatch const&, ContactMatch const&) = default;
};

/// Whom the CRM knows.
struct ContactLookupResult {
  static constexpr std::string_view type_name = "ContactLookupResult";

  std::vector<ContactMatch> matches{};  ///< best first
  std::optional<bool> truncated{};      ///< there are more than `limit`

  friend bool operator==(ContactLookupResult const&, ContactLookupResult const&) = default;
};

/// Flex asks the CRM who somebody is: exactly one of phone, email, id, text.
struct ContactLookupRequest {
  static constexpr std::string_view type_name = "ContactLookupRequest";
  using result = ContactLookupResult;

  std::optional<std::string> phone{};   ///< as Flex shows it
  std::optional<std::string> email{};   ///< e-mail address
  std::optional<std::string> id{};      ///< the CRM's own id
  std::optional<std::string> text{};    ///< what the agent typed
  std::optional<std::int64_t> limit{};  ///< most matches, 1…100; default 10

  friend bool operator==(ContactLookupRequest const&, ContactLookupRequest const&) = default;
};

/// A record of the CRM.
struct RecordReference {
  static constexpr std::string_view type_name = "RecordReference";

  std::string id{};                   ///< the CRM's own id
  std::optional<std::string> type{};  ///< e.g. "contact", "case"

  friend bool operator==(RecordReference const&, RecordReference const&) = default;
};

/// Flex asks the CRM to show a record.
struct OpenRecordRequest {
  static constexpr std::string_view type_name = "OpenRecordRequest";
  using result = NullResult;

  RecordReference record{};               ///< which
  std::optional<std::string> task_sid{};  ///< WT… of the task it is about
  std::int64_t lifetime_ms = 10000;       ///< how long it may still take effect, 1000…60000

  friend bool operator==(OpenRecordRequest const&, OpenRecordRequest const&) = default;
};

/// Flex asks the CRM to write down a contact. A greater revision of one task replaces a smaller one.
struct LogActivityRequest {
  static constexpr std::string_view type_name = "LogActivityRequest";
  using result = NullResult;

  std::string task_sid{};                          ///< WT…
  std::int64_t revision = 1;                       ///< 1, 2, … per task
  std::optional<OpenEnum<Channel>> channel{};      ///< the task's channel
  std::optional<OpenEnum<Direction>> direction{};  ///< who began
  std::optional<std::string> from{};               ///< caller, as Flex shows it
  std::optional<std::string> to{};                 ///< called, as Flex shows it
  std::optional<Timestamp> started_at{};           ///< when it began
  std::optional<Timestamp> ended_at{};             ///< when it ended
  std::optional<std::string> disposition{};        ///< the agent's verdict
  std::optional<std::string> notes{};              ///< what the agent wrote
  std::optional<TaskCustomer> customer{};          ///< who it was
  std::int64_t lifetime_ms = 10000;                ///< how long it may still take effect, 1000…60000

  friend bool operator==(LogActivityRequest const&, LogActivityRequest const&) = default;
};

}  // namespace flexcrm
