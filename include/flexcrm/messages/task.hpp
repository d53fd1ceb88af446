#pragma once

#include <flexcrm/messages/session.hpp>
#include <flexcrm/types.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flexcrm {

/// TaskRouter channels; others survive as their word. Source: twilio flex_v1 interaction channel types.
enum class Channel { voice, sms, email, web, whatsapp, chat, messenger, gbm };
constexpr std::array<std::string_view, 8> enum_words(Channel) {
  return {"voice", "sms", "email", "web", "whatsapp", "chat", "messenger", "gbm"};
}

/// Who began the contact.
enum class Direction {
  inbound,  ///< the customer
  outbound  ///< the agent
};
constexpr std::array<std::string_view, 2> enum_words(Direction) { return {"inbound", "outbound"}; }

/// Where a task is in its life, as a reservation sees it (docs/protocol.md §3).
enum class TaskStatus {
  offered,    ///< it waits for the agent; it rings
  accepted,   ///< the agent has it
  wrapup,     ///< the conversation is over, the agent still writes
  completed,  ///< done
  canceled,   ///< withdrawn: the caller left, or the workflow ended it
  rejected,   ///< the agent declined
  timeout,    ///< the agent did not take it in time
  rescinded   ///< another agent has it
};
constexpr std::array<std::string_view, 8> enum_words(TaskStatus) {
  return {"offered", "accepted", "wrapup", "completed", "canceled", "rejected", "timeout", "rescinded"};
}

/// Why a task became the selected one.
enum class SelectionCause {
  agent,      ///< the agent chose it
  automatic,  ///< Flex selected it by itself, e.g. an outbound call; "auto" on the wire
  resync      ///< told again after a reconnect
};
constexpr std::array<std::string_view, 3> enum_words(SelectionCause) { return {"agent", "auto", "resync"}; }

/// What Flex knows of the person, besides the attributes.
struct TaskCustomer {
  static constexpr std::string_view type_name = "TaskCustomer";

  std::optional<std::string> id{};     ///< the CRM's own id, if the flow put it into the task
  std::optional<std::string> phone{};  ///< as Flex shows it: often E.164, but also "anonymous" or whatsapp:+…
  std::optional<std::string> email{};  ///< e-mail address
  std::optional<std::string> name{};   ///< as Flex shows it

  friend bool operator==(TaskCustomer const&, TaskCustomer const&) = default;
};

/// The agent selected a task: the screen pop. Flex source: afterSelectTask with a task.
struct TaskSelected {
  static constexpr std::string_view type_name = "TaskSelected";
  using result = NullResult;

  Attributes attributes{};                          ///< the task's attributes, verbatim
  std::optional<std::string> task_sid{};            ///< WT…: what reports name
  std::optional<std::string> reservation_sid{};     ///< WR… or "new": what Flex's actions take as `sid`
  std::optional<OpenEnum<Channel>> channel{};       ///< taskChannelUniqueName or attributes.channelType
  std::optional<OpenEnum<Direction>> direction{};   ///< who began
  std::optional<OpenEnum<TaskStatus>> status{};     ///< where the task is
  std::optional<std::string> queue_name{};          ///< TaskQueue's friendly name
  std::optional<OpenEnum<SelectionCause>> cause{};  ///< why it became the selected one
  std::optional<TaskCustomer> customer{};           ///< what Flex knows of the person

  friend bool operator==(TaskSelected const&, TaskSelected const&) = default;
};

/// No task is selected any more. Flex source: SelectTask with a null task.
struct TaskDeselected {
  static constexpr std::string_view type_name = "TaskDeselected";
  using result = NullResult;

  std::optional<std::string> task_sid{};         ///< WT… of the task that was selected
  std::optional<std::string> reservation_sid{};  ///< WR… of it, or "new"

  friend bool operator==(TaskDeselected const&, TaskDeselected const&) = default;
};

/// A task went from one state to another. Flex source: the manager events task… and the reservation's own.
struct TaskChanged {
  static constexpr std::string_view type_name = "TaskChanged";
  using result = NullResult;

  std::string task_sid{};                        ///< WT…
  std::optional<std::string> reservation_sid{};  ///< WR… or "new"
  OpenEnum<TaskStatus> status{};                 ///< the state it is in now
  Timestamp at{};                                ///< when it got there
  std::optional<std::string> reason{};           ///< why, in Flex's or TaskRouter's words
  std::optional<std::int64_t> reason_code{};     ///< canceledReasonCode, e.g. 13227
  std::optional<OpenEnum<Channel>> channel{};    ///< the task's channel
  std::optional<Attributes> attributes{};        ///< the task's attributes, verbatim
  std::optional<bool> repeated{};                ///< told before, in a session that was lost

  friend bool operator==(TaskChanged const&, TaskChanged const&) = default;
};

/// What the CRM can do to a task. Flex source: actions AcceptTask, RejectTask, SelectTask, WrapupTask, CompleteTask.
enum class TaskAction {
  accept,   ///< take an offered task
  reject,   ///< decline it
  select,   ///< show it in Flex
  wrapup,   ///< end the conversation, keep the task
  complete  ///< be done with it
};
constexpr std::array<std::string_view, 5> enum_words(TaskAction) {
  return {"accept", "reject", "select", "wrapup", "complete"};
}

/// The CRM asks Flex to do something with a task. At least one of the SIDs; UI actions need the reservation's.
struct TaskControlRequest {
  static constexpr std::string_view type_name = "TaskControlRequest";
  using result = NullResult;

  std::optional<std::string> reservation_sid{};  ///< WR…
  std::optional<std::string> task_sid{};         ///< WT…
  TaskAction action = TaskAction::accept;        ///< what to do
  std::optional<std::string> reason{};           ///< for reports
  std::int64_t lifetime_ms = 10000;              ///< how long it may still take effect, 1000…60000

  friend bool operator==(TaskControlRequest const&, TaskControlRequest const&) = default;
};

}  // namespace flexcrm
