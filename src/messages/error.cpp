#include <flexcrm/error.hpp>

#include <algorithm>
#include <array>

namespace flexcrm {
namespace {

struct ErrorRow {
  Errc code;
  std::string_view name;
  int rpc;
  Condition condition;
  std::string_view sentence;
};

// The only list of errors: names, JSON-RPC codes, groups and texts follow from it. The first row of a code is the
// general one, for reasons that this version does not know.
constexpr std::array error_rows{
    ErrorRow{Errc::syntax, "syntax", -32700, Condition::invalid_message, "not well-formed JSON text"},
    ErrorRow{Errc::too_large, "too_large", -32700, Condition::invalid_message, "frame longer than allowed"},
    ErrorRow{Errc::too_deep, "too_deep", -32700, Condition::invalid_message, "nested deeper than allowed"},
    ErrorRow{Errc::invalid_request, "invalid_request", -32600, Condition::invalid_message,
             "the JSON-RPC envelope is wrong"},
    ErrorRow{Errc::not_an_object, "not_an_object", -32600, Condition::invalid_message, "not a JSON object"},
    ErrorRow{Errc::batch_not_supported, "batch_not_supported", -32600, Condition::invalid_message,
             "batches are not part of the protocol"},
    ErrorRow{Errc::wrong_version, "wrong_version", -32600, Condition::invalid_message,
             "jsonrpc must be the string \"2.0\""},
    ErrorRow{Errc::invalid_id, "invalid_id", -32600, Condition::invalid_message,
             "id must be 1 to 2^53-1, \"hello\" or \"ping\""},
    ErrorRow{Errc::missing_method, "missing_method", -32600, Condition::invalid_message,
             "neither method nor result nor error"},
    ErrorRow{Errc::too_many_members, "too_many_members", -32600, Condition::invalid_message,
             "more members in a frame than allowed"},
    ErrorRow{Errc::not_a_bare_message, "not_a_bare_message", -32600, Condition::invalid_message,
             "a bare message is a string or an object"},
    ErrorRow{Errc::unknown_method, "unknown_method", -32601, Condition::invalid_message, "no message of that name"},
    ErrorRow{Errc::invalid_params, "invalid_params", -32602, Condition::invalid_message, "the params are wrong"},
    ErrorRow{Errc::duplicate_key, "duplicate_key", -32602, Condition::invalid_message,
             "two members of one name in one object"},
    ErrorRow{Errc::number_not_finite, "number_not_finite", -32602, Condition::invalid_message,
             "number beyond the range of a double"},
    ErrorRow{Errc::missing_member, "missing_member", -32602, Condition::invalid_message, "required member is absent"},
    ErrorRow{Errc::wrong_type, "wrong_type", -32602, Condition::invalid_message, "wrong JSON type"},
    ErrorRow{Errc::too_short, "too_short", -32602, Condition::invalid_message, "text is too short"},
    ErrorRow{Errc::too_long, "too_long", -32602, Condition::invalid_message, "text is too long"},
    ErrorRow{Errc::out_of_range, "out_of_range", -32602, Condition::invalid_message, "number is out of range"},
    ErrorRow{Errc::not_an_integer, "not_an_integer", -32602, Condition::invalid_message,
             "number must be an integer of at most 2^53-1"},
    ErrorRow{Errc::unknown_value, "unknown_value", -32602, Condition::invalid_message, "not one of the listed words"},
    ErrorRow{Errc::invalid_sid, "invalid_sid", -32602, Condition::invalid_message,
             "not a SID: two letters and 32 hexadecimal digits"},
    ErrorRow{Errc::invalid_destination, "invalid_destination", -32602, Condition::invalid_message,
             "not an E.164 number such as +34911234567, nor another allowed destination"},
    ErrorRow{Errc::destination_kind_disabled, "destination_kind_disabled", -32602, Condition::invalid_message,
             "this kind of destination is switched off"},
    ErrorRow{Errc::invalid_digits, "invalid_digits", -32602, Condition::invalid_message,
             "DTMF digits are 1 to 32 of 0-9 * # A-D w"},
    ErrorRow{Errc::invalid_time, "invalid_time", -32602, Condition::invalid_message,
             "not a time: ISO 8601 such as 2026-01-31T12:00:00.000Z, or epoch seconds"},
    ErrorRow{Errc::not_exactly_one, "not_exactly_one", -32602, Condition::invalid_message,
             "one of several members must be there, and not more than allowed"},
    ErrorRow{Errc::reserved_attribute, "reserved_attribute", -32602, Condition::invalid_message,
             "Flex overwrites this task attribute"},
    ErrorRow{Errc::unauthorized, "unauthorized", -32001, Condition::refused, "unauthorized"},
    ErrorRow{Errc::wrong_role, "wrong_role", -32002, Condition::refused, "this role may not send this message"},
    ErrorRow{Errc::protocol_version, "protocol_version", -32003, Condition::refused, "no common protocol version"},
    ErrorRow{Errc::rate_limited, "rate_limited", -32004, Condition::refused, "too many requests"},
    ErrorRow{Errc::agent_limit, "agent_limit", -32004, Condition::refused,
             "you have dialled as often as one agent may; wait a little"},
    ErrorRow{Errc::tenant_limit, "tenant_limit", -32004, Condition::refused,
             "all agents together have dialled as often as they may; wait a little"},
    ErrorRow{Errc::budget_used, "budget_used", -32004, Condition::refused,
             "the money for calls is spent; ask a supervisor"},
    ErrorRow{Errc::agent_offline, "agent_offline", -32010, Condition::refused, "the agent's Flex is not available"},
    ErrorRow{Errc::agent_busy, "agent_busy", -32011, Condition::refused, "the agent is on a call or dialling"},
    ErrorRow{Errc::expired, "expired", -32012, Condition::refused, "too late: the lifetime was over"},
    ErrorRow{Errc::session_lost, "session_lost", -32013, Condition::connection_lost,
             "the session ended before an answer"},
    ErrorRow{Errc::destination_refused, "destination_refused", -32014, Condition::refused,
             "Flex refused the destination as invalid"},
    ErrorRow{Errc::destination_not_allowed, "destination_not_allowed", -32015, Condition::refused,
             "the destination is not allowed"},
    ErrorRow{Errc::region_not_allowed, "region_not_allowed", -32015, Condition::refused,
             "calls to this country are not allowed"},
    ErrorRow{Errc::premium_number, "premium_number", -32015, Condition::refused,
             "this is a premium-rate number, which is expensive to call"},
    ErrorRow{Errc::shared_cost_number, "shared_cost_number", -32015, Condition::refused,
             "this is a shared-cost number, which is more expensive than others"},
    ErrorRow{Errc::satellite_number, "satellite_number", -32015, Condition::refused,
             "this is a satellite telephone, which is very expensive to call"},
    ErrorRow{Errc::short_number, "short_number", -32015, Condition::refused,
             "this is a short number of its country, which cannot be called from here"},
    ErrorRow{Errc::emergency_number, "emergency_number", -32015, Condition::refused,
             "this is an emergency number; call it from a telephone that tells where you are"},
    ErrorRow{Errc::number_not_valid, "number_not_valid", -32015, Condition::refused,
             "this is not a telephone number that is in use; check its digits"},
    ErrorRow{Errc::caller_id_not_allowed, "caller_id_not_allowed", -32015, Condition::refused,
             "this caller ID is not one of your company's list"},
    ErrorRow{Errc::queue_not_allowed, "queue_not_allowed", -32015, Condition::refused,
             "this TaskQueue is not one of those for outbound calls"},
    ErrorRow{Errc::quiet_hours, "quiet_hours", -32015, Condition::refused, "it is too early or too late there to call"},
    ErrorRow{Errc::do_not_call, "do_not_call", -32015, Condition::refused, "this person is not to be called"},
    ErrorRow{Errc::outbound_disabled, "outbound_disabled", -32016, Condition::refused,
             "outbound calling is disabled in Flex"},
    ErrorRow{Errc::misconfigured, "misconfigured", -32017, Condition::refused,
             "Flex lacks a caller ID, TaskQueue or Workflow"},
    ErrorRow{Errc::no_audio, "no_audio", -32018, Condition::refused, "no microphone or voice connection"},
    ErrorRow{Errc::inbound_pending, "inbound_pending", -32019, Condition::refused, "an incoming call is waiting"},
    ErrorRow{Errc::failed, "failed", -32020, Condition::refused, "Flex failed"},
    ErrorRow{Errc::handler_timeout, "handler_timeout", -32021, Condition::uncertain,
             "the handler did not answer in time"},
    ErrorRow{Errc::internal_error, "internal_error", -32603, Condition::uncertain, "the handler failed"},
    ErrorRow{Errc::outcome_unknown, "outcome_unknown", 0, Condition::uncertain,
             "the call may or may not have been placed"},
    ErrorRow{Errc::peer_error, "peer_error", 0, Condition::uncertain, "the peer answered an unknown error"},
    ErrorRow{Errc::not_connected, "not_connected", 0, Condition::connection_lost, "there is no open session"},
    ErrorRow{Errc::backpressure, "backpressure", 0, Condition::connection_lost, "the outbound queue is full"},
    ErrorRow{Errc::closed, "closed", 0, Condition::connection_lost, "the session is closed"},
    ErrorRow{Errc::timed_out, "timed_out", 0, Condition::connection_lost, "no answer in time"},
    ErrorRow{Errc::connect_failed, "connect_failed", 0, Condition::connection_lost, "the peer could not be reached"},
    ErrorRow{Errc::superseded, "superseded", 0, Condition::refused, "a newer state took its place"},
    ErrorRow{Errc::tls_failed, "tls_failed", 0, Condition::connection_lost,
             "the peer speaks no TLS, or has no cipher in common"},
    ErrorRow{Errc::tls_version, "tls_version", 0, Condition::connection_lost, "the peer speaks no TLS from 1.2 on"},
    ErrorRow{Errc::certificate_untrusted, "certificate_untrusted", 0, Condition::connection_lost,
             "the certificate is self-signed, or its issuer is not trusted"},
    ErrorRow{Errc::certificate_expired, "certificate_expired", 0, Condition::connection_lost,
             "the certificate is not valid now"},
    ErrorRow{Errc::certificate_name, "certificate_name", 0, Condition::connection_lost,
             "the certificate is for another host"},
    ErrorRow{Errc::tls_unavailable, "tls_unavailable", 0, Condition::misuse, "flexcrm was built without TLS"},
    ErrorRow{Errc::invalid_argument, "invalid_argument", 0, Condition::misuse, "an argument that cannot work"},
};

constexpr auto error_codes = [] {
  std::array<Errc, error_rows.size()> codes{};
  for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = error_rows[i].code;
  return codes;
}();

// Row i is enumerator i + 1, so that a forgotten row does not compile.
static_assert([] {
  for (std::size_t i = 0; i < error_rows.size(); ++i)
    if (static_cast<std::size_t>(error_rows[i].code) != i + 1) return false;
  return error_rows.size() == static_cast<std::size_t>(Errc::invalid_argument);
}());

ErrorRow const* find_row(int value) noexcept {
  if (value < 1 || static_cast<std::size_t>(value) > error_rows.size()) return nullptr;
  return &error_rows[static_cast<std::size_t>(value) - 1];
}

class Category final : public boost::system::error_category {
 public:
  constexpr Category() noexcept : error_category{0x7a9d1f3c5be80642} {}
  char const* name() const noexcept override { return "flexcrm"; }
  std::string message(int value) const override {
    auto const* row = find_row(value);
    return row ? std::string{row->sentence} : "unknown flexcrm error";
  }
  error_condition default_error_condition(int value) const noexcept override {
    auto const* row = find_row(value);
    return row ? make_error_condition(row->condition) : error_condition{value, *this};
  }
};

class ConditionCategory final : public boost::system::error_category {
 public:
  constexpr ConditionCategory() noexcept : error_category{0x51c8e2940ad7b63f} {}
  char const* name() const noexcept override { return "flexcrm.condition"; }
  std::string message(int value) const override {
    switch (static_cast<Condition>(value)) {
      case Condition::invalid_message: return "the message is invalid";
      case Condition::refused: return "the request was refused";
      case Condition::connection_lost: return "the connection is lost";
      case Condition::uncertain: return "the effect is uncertain";
      case Condition::misuse: return "the call was a mistake";
    }
    return "unknown flexcrm condition";
  }
};

constexpr Category category_object;
constexpr ConditionCategory condition_category_object;

}  // namespace

boost::system::error_category const& category() noexcept { return category_object; }
error_code make_error_code(Errc code) noexcept { return {static_cast<int>(code), category_object}; }
error_condition make_error_condition(Condition condition) noexcept {
  return {static_cast<int>(condition), condition_category_object};
}

std::string_view name(Errc code) noexcept {
  auto const* row = find_row(static_cast<int>(code));
  return row ? row->name : "unknown";
}

int rpc_code(Errc code) noexcept {
  auto const* row = find_row(static_cast<int>(code));
  return row ? row->rpc : 0;
}

std::span<Errc const> all_errors() noexcept { return error_codes; }

Error make_error(Errc code, std::string pointer, std::string detail) {
  return Error{code, std::move(pointer), std::move(detail), {}};
}

std::string to_string(Error const& error) {
  std::string line{error.code.category() == category_object ? std::string{name(static_cast<Errc>(error.code.value()))}
                                                            : error.code.to_string()};
  if (!error.pointer.empty()) line += " at " + error.pointer;
  if (!error.detail.empty()) line += " (" + error.detail + ")";
  return line;
}

Exception::Exception(Error error)
    : boost::system::system_error{error.code, to_string(error)}, error_{std::move(error)} {}

void throw_exception_from_error(Error const& error, boost::source_location const&) { throw Exception{error}; }

}  // namespace flexcrm
