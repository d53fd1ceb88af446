#pragma once

#include <flexcrm/messages/session.hpp>
#include <flexcrm/messages/task.hpp>
#include <flexcrm/types.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flexcrm {

/// The record that was clicked, so that the call can be logged against it.
struct DialCustomer {
  static constexpr std::string_view type_name = "DialCustomer";

  std::string id{};                   ///< the CRM's own id
  std::optional<std::string> type{};  ///< e.g. "contact", "lead"

  friend bool operator==(DialCustomer const&, DialCustomer const&) = default;
};

/// Flex started the call: its action resolved and the task exists.
struct DialResult {
  static constexpr std::string_view type_name = "DialResult";

  std::string destination{};                     ///< as dialled
  std::optional<std::string> task_sid{};         ///< WT… of the outbound task
  std::optional<std::string> reservation_sid{};  ///< WR… of it

  friend bool operator==(DialResult const&, DialResult const&) = default;
};

/// A click on a number: `params` fit Flex's action StartOutboundCall.
struct DialRequest {
  static constexpr std::string_view type_name = "DialRequest";
  using result = DialResult;

  std::string destination{};                    ///< E.164; a SIP URI or client identity only if switched on
  std::string dial_id{};                        ///< made once per click, 1…128 bytes
  std::int64_t lifetime_ms = 10000;             ///< how long after the click the call may still start, 1000…60000
  std::optional<std::string> caller_id{};       ///< whom the callee sees; a product allows its own numbers only
  std::optional<std::string> queue_sid{};       ///< WQ… for the outbound task
  std::optional<Attributes> task_attributes{};  ///< for the outbound task; not `direction`, `from`, `outbound_to`
  std::optional<DialCustomer> customer{};       ///< the record that was clicked

  friend bool operator==(DialRequest const&, DialRequest const&) = default;
};

/// Whether the issuer still wants the call.
struct DialClaimResult {
  static constexpr std::string_view type_name = "DialClaimResult";

  bool granted = false;  ///< true once, while the dial is open and young enough

  friend bool operator==(DialClaimResult const&, DialClaimResult const&) = default;
};

/// Right before it dials, Flex asks the issuer of the click (docs/protocol.md §5). Sessions do this by themselves.
struct DialClaimRequest {
  static constexpr std::string_view type_name = "DialClaimRequest";
  using result = DialClaimResult;

  std::string dial_id{};  ///< DialRequest::dial_id

  friend bool operator==(DialClaimRequest const&, DialClaimRequest const&) = default;
};

/// Where a call is.
enum class CallState {
  dialing,    ///< Flex placed it, the customer has not answered
  ringing,    ///< it came in and waits for the agent
  connected,  ///< they talk
  held,       ///< the customer waits
  ended       ///< over; CallChanged::cause says why if it was not hung up
};
constexpr std::array<std::string_view, 5> enum_words(CallState) {
  return {"dialing", "ringing", "connected", "held", "ended"};
}

/// A call went from one state to another. "connected" is inferred from the customer's participant, since Flex has no
/// event for it; late refusals (busy, geographic permission) arrive here as `ended` with a cause.
struct CallChanged {
  static constexpr std::string_view type_name = "CallChanged";
  using result = NullResult;

  std::string task_sid{};                          ///< WT… of the call's task
  OpenEnum<CallState> state{};                     ///< the state it is in now
  Timestamp at{};                                  ///< when it got there
  std::optional<std::string> call_sid{};           ///< CA…
  std::optional<std::string> dial_id{};            ///< DialRequest::dial_id of the click that began it
  std::optional<bool> muted{};                     ///< is the agent's microphone off
  std::optional<OpenEnum<Direction>> direction{};  ///< who began
  std::optional<std::string> from{};               ///< caller, as Flex shows it
  std::optional<std::string> to{};                 ///< called, as Flex shows it
  std::optional<std::string> cause{};              ///< why it ended: an error name such as destination_not_allowed
  std::optional<std::int64_t> cause_code{};        ///< Twilio's own code, e.g. 13227
  std::optional<std::int64_t> duration_seconds{};  ///< talking time, when it ended
  std::optional<bool> repeated{};                  ///< told before, in a session that was lost

  friend bool operator==(CallChanged const&, CallChanged const&) = default;
};

/// What the CRM can do to a call. Flex source: HoldCall, UnholdCall, ToggleMute, HangupCall, SendDTMFDigits, TransferTask.
enum class CallAction {
  hold,     ///< let the customer wait
  unhold,   ///< talk again
  mute,     ///< the agent's microphone off
  unmute,   ///< and on
  hangup,   ///< end it
  dtmf,     ///< send CallControlRequest::digits
  transfer  ///< to CallControlRequest::target_sid
};
constexpr std::array<std::string_view, 7> enum_words(CallAction) {
  return {"hold", "unhold", "mute", "unmute", "hangup", "dtmf", "transfer"};
}

/// How a call is handed over.
enum class TransferMode {
  cold,  ///< the agent leaves at once
  warm   ///< both agents talk first
};
constexpr std::array<std::string_view, 2> enum_words(TransferMode) { return {"cold", "warm"}; }

/// The CRM asks Flex to do something with a call.
struct CallControlRequest {
  static constexpr std::string_view type_name = "CallControlRequest";
  using result = NullResult;

  std::string task_sid{};                   ///< WT… of the call's task
  CallAction action = CallAction::hold;     ///< what to do
  std::optional<std::string> digits{};      ///< dtmf: 0-9 * # A-D w, 1…32
  std::optional<std::string> target_sid{};  ///< transfer: WK… or WQ…
  std::optional<TransferMode> mode{};       ///< transfer: default cold
  std::int64_t lifetime_ms = 10000;         ///< how long it may still take effect, 1000…60000

  friend bool operator==(CallControlRequest const&, CallControlRequest const&) = default;
};

}  // namespace flexcrm
