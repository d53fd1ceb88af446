#pragma once

#include <flexcrm/export.hpp>

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/error_condition.hpp>
#include <boost/system/result.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace flexcrm {

/// Boost's, by which Asio's completions tell of errors too.
using boost::system::error_code;
/// Boost's.
using boost::system::error_condition;

/// Every way in which a message, a session or a connection can fail. The name of an enumerator is the `reason` on the
/// wire (docs/protocol.md §3.5).
enum class Errc {
  // The text is no JSON that we read: JSON-RPC -32700.
  syntax = 1,  ///< not well-formed JSON or UTF-8, or text after the end
  too_large,   ///< frame longer than Limits::frame_bytes
  too_deep,    ///< nested deeper than Limits::depth

  // JSON, but no JSON-RPC 2.0 message: -32600.
  invalid_request,      ///< another fault of the envelope
  not_an_object,        ///< the frame is not a JSON object
  batch_not_supported,  ///< the frame is an array: batches are not part of the protocol
  wrong_version,        ///< `jsonrpc` is not the string "2.0"
  invalid_id,           ///< `id` is not 1…2^53-1, "hello" or "ping"
  missing_method,       ///< neither a method nor a result nor an error
  too_many_members,     ///< more members in the frame than Limits::members
  not_a_bare_message,   ///< bare dialect: neither a string nor an object

  unknown_method,  ///< -32601: no message of that name

  // A field of a known message is wrong: -32602, the pointer says which.
  invalid_params,             ///< another fault of params, told by the peer
  duplicate_key,              ///< one object has two members of one name
  number_not_finite,          ///< a number that no double holds, such as 1e400
  missing_member,             ///< a required member is absent
  wrong_type,                 ///< another JSON type than the field's
  too_short,                  ///< fewer bytes than the field allows
  too_long,                   ///< more bytes than the field allows
  out_of_range,               ///< integer outside the field's range
  not_an_integer,             ///< number with a fraction, or beyond 2^53-1
  unknown_value,              ///< word that a closed enumeration does not list
  invalid_sid,                ///< not PP followed by 32 hexadecimal digits
  invalid_destination,        ///< neither E.164 nor a SIP URI nor a client identity
  destination_kind_disabled,  ///< a SIP URI or client identity, and that kind is switched off
  invalid_digits,             ///< DTMF is 1 to 32 of 0-9 * # A-D w
  invalid_time,               ///< neither ISO 8601 nor epoch seconds of the years 1970 to 9999
  not_exactly_one,            ///< of some members exactly one (or at least one) must be there
  reserved_attribute,         ///< a task attribute that Flex overwrites

  // What a peer answers to a well-formed request: -32001 … -32021, -32603.
  unauthorized,      ///< token, agent or origin not accepted
  wrong_role,        ///< message against its direction
  protocol_version,  ///< no common protocol version
  rate_limited,      ///< too many requests; Error::retry_after says when to come back
  agent_limit,    ///< a DialPolicy: this agent dialled as often as one may; Error::retry_after says when to come back
  tenant_limit,   ///< a DialPolicy: all agents together did
  budget_used,    ///< a DialPolicy: the month's money for calls is spent
  agent_offline,  ///< no Flex is connected for the agent, or its activity is offline
  agent_busy,     ///< the agent is on a call or another dial is open
  expired,        ///< the lifetime was over before the effect
  session_lost,   ///< the session ended before an answer
  destination_refused,      ///< Flex or Twilio found the destination invalid
  destination_not_allowed,  ///< policy, geographic permission or caller ID forbids the destination
  region_not_allowed,       ///< a DialPolicy: calls to this country are not among those allowed
  premium_number,           ///< a DialPolicy: a premium-rate number
  shared_cost_number,       ///< a DialPolicy: a shared-cost number
  satellite_number,         ///< a DialPolicy: a satellite telephone
  short_number,             ///< a DialPolicy: a short number of its country
  emergency_number,         ///< a DialPolicy: police, fire brigade, ambulance
  number_not_valid,  ///< a DialPolicy: not a number that is known to be in use; Error::detail may have the PhoneFault
  caller_id_not_allowed,  ///< a DialPolicy: the caller ID is not in its list
  queue_not_allowed,      ///< a DialPolicy: the TaskQueue is not in its list
  quiet_hours,            ///< a DialPolicy: it is too early or too late where the number is
  do_not_call,            ///< a DialPolicy: the number is not to be called
  outbound_disabled,      ///< the dialpad is disabled in Flex
  misconfigured,          ///< caller ID, TaskQueue or Workflow is missing; Error::detail has Flex's code
  no_audio,               ///< no microphone or a degraded voice connection
  inbound_pending,        ///< an incoming call is waiting
  failed,                 ///< Flex tried and failed; Error::detail may have Flex's code
  handler_timeout,        ///< the handler did not answer in time
  internal_error,         ///< the handler failed

  // Told by this side alone, never on the wire.
  outcome_unknown,        ///< a dial was granted and no certain answer came: look before dialling again
  peer_error,             ///< the peer answered with an error code this version does not know
  not_connected,          ///< there is no open session; nothing was queued
  backpressure,           ///< the outbound queue is full
  closed,                 ///< the session or connection was closed
  timed_out,              ///< no answer in time
  connect_failed,         ///< the peer could not be reached or refused the WebSocket
  superseded,             ///< a newer state took this one's place before it was sent
  tls_failed,             ///< the peer of a wss:// URL speaks no TLS, or has no cipher in common with us
  tls_version,            ///< the peer speaks no version of TLS from 1.2 on
  certificate_untrusted,  ///< the server's certificate is self-signed, or issued by nobody who is trusted
  certificate_expired,    ///< the server's certificate is not valid any more, or not yet
  certificate_name,       ///< the server's certificate is for other names than the host of the URL
  tls_unavailable,        ///< misuse: TLS or tickets in a build without them
  invalid_argument        ///< misuse: an option, URL or call that cannot work
};

/// Groups of Errc to test against: `if (error.code == Condition::refused)`.
enum class Condition {
  invalid_message = 1,  ///< the text or a field was wrong: the sender must change the message
  refused,              ///< understood and refused; certainly without effect
  connection_lost,      ///< the link or the session is gone
  uncertain,            ///< the effect may or may not have happened
  misuse                ///< a call that this side should not have made
};

/// The category of Errc and Condition, "flexcrm".
FLEXCRM_API boost::system::error_category const& category() noexcept;
/// How an Errc becomes an error_code; found by the compiler.
FLEXCRM_API error_code make_error_code(Errc) noexcept;
/// How a Condition becomes an error_condition; found by the compiler.
FLEXCRM_API error_condition make_error_condition(Condition) noexcept;

/// Wire name of an Errc, e.g. "agent_busy".
FLEXCRM_API std::string_view name(Errc) noexcept;

/// JSON-RPC code of an Errc, e.g. -32011; 0 for those that never travel.
FLEXCRM_API int rpc_code(Errc) noexcept;

/// Every Errc, for tables, docs and tests.
FLEXCRM_API std::span<Errc const> all_errors() noexcept;

/// A refusal or failure: what, where and a detail. Holds no text of the peer, so it is safe to log.
struct Error {
  error_code code{};                         ///< usually of flexcrm::category()
  std::string pointer{};                     ///< RFC 6901 pointer into `params`, or empty
  std::string detail{};                      ///< our own words, or Flex's own code
  std::chrono::milliseconds retry_after{0};  ///< with rate_limited and Bye: come back no sooner

  friend bool operator==(Error const&, Error const&) = default;
};

/// An Error of ours from its parts.
FLEXCRM_API Error make_error(Errc, std::string pointer = {}, std::string detail = {});

/// One line for logs: name, pointer, detail.
FLEXCRM_API std::string to_string(Error const&);

/// Thrown by Result<T>::value() on an error, and by nothing else of ours.
class FLEXCRM_API Exception : public boost::system::system_error {
 public:
  /// what() is to_string() of it.
  explicit Exception(Error error);
  /// The whole error; code() is its code.
  Error const& error() const noexcept { return error_; }

 private:
  Error error_;
};

/// Either a value or an Error. `value()` throws Exception; `operator*` and `error()` are unchecked.
template <class T>
using Result = boost::system::result<T, Error>;

/// What Result<T>::value() calls: throws Exception.
[[noreturn]] FLEXCRM_API void throw_exception_from_error(Error const&, boost::source_location const&);

}  // namespace flexcrm

template <>
struct boost::system::is_error_code_enum<flexcrm::Errc> : std::true_type {};
template <>
struct boost::system::is_error_condition_enum<flexcrm::Condition> : std::true_type {};
