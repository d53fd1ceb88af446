#pragma once

#include "fields.hpp"
#include "strict_json.hpp"

#include <flexcrm/codec.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flexcrm {

/// Attributes and what a reader has found out about their text.
struct AttributesAccess {
  /// Takes over a text that a reader has accepted; in the place of another one, whose memory it uses.
  static void assign(Attributes& target, std::string_view text, detail::Extent const& extent) {
    *assign(target, extent) = text;
  }
  /// The same when the text comes later: it belongs into the string.
  static std::string* assign(Attributes& target, detail::Extent const& extent) {
    target.members_ = extent.members;
    target.depth_ = extent.depth;
    return &target.text_;
  }
  static detail::Extent extent(Attributes const& attributes) { return {attributes.members_, attributes.depth_}; }
};

namespace detail {

bool is_e164(std::string_view text) noexcept;

/// Nothing, or why the text is no allowed destination; `kind` is set when it is one.
std::optional<Errc> check_destination(std::string_view text, DestinationKinds const& allowed, DestinationKind& kind);

/// Nothing, or why the text breaks a rule of kind text, sid, destination or digits.
std::optional<Errc> check_text(Rule const& rule, std::string_view text, CodecOptions const& options);

/// Is the integer exact in a double?
constexpr bool is_exact(std::int64_t value) noexcept {
  return -RequestId::max_number <= value && value <= RequestId::max_number;
}

/// Nothing, or why the integer breaks the rule.
std::optional<Errc> check_integer(Rule const& rule, std::int64_t value);

/// Is its year 1970 to 9999?
bool is_writable(Timestamp at) noexcept;

/// A time that the peer told, 0 to 24 hours: more says nothing more, and would overflow the clocks.
std::chrono::milliseconds bounded_time(std::int64_t ms) noexcept;

/// The integer that a JSON number means; nothing when it has a fraction or is not exact in a double.
std::optional<std::int64_t> to_integer(Node const& number);

/// Read a value that is no container into a member of the rule's type. Nothing, or why it is none that the rule allows.
std::optional<Errc> read_text(Rule const& rule, std::string_view text, void* target, CodecOptions const& options);
std::optional<Errc> read_integer(Rule const& rule, std::int64_t value, void* target);
std::optional<Errc> read_number(Rule const& rule, std::string_view raw, void* target);  // not written as an integer
std::optional<Errc> read_flag(Rule const& rule, bool flag, void* target);
std::optional<Errc> read_scalar(Rule const& rule, Node const& value, void* target, CodecOptions const& options);

/// The ids of the protocol; nothing for any other text or integer.
std::optional<RequestId> read_id(std::string_view text);
inline std::optional<RequestId> read_id(std::int64_t value) {
  return 0 < value && is_exact(value) ? std::optional{RequestId::number(value)} : std::nullopt;
}

}  // namespace detail
}  // namespace flexcrm
