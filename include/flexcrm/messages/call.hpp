#pragma once

#include <flexcrm/messages/session.hpp>

namespace flexcrm {

/// The record that was clicked, so that the call can be logged against it.
struct DialCustomer {
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
  std::int64_t lifetime_ms = 10000;           ///< how long after the click the call may still start, 1000…60000
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

}  // namespace flexcrm
