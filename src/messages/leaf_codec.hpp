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

/// Attributes and what an Outline has found out about their text.
struct AttributesAccess {
  /// Takes over a text that an Outline has accepted; in the place of another one, whose memory it uses.
  static void assign(Attributes& target, std::string_view text, detail::Extent const& extent) {
    target.text_ = text;
    target.members_ = extent.members;
    target.depth_ = extent.depth;
  }
  static detail::Extent extent(Attributes const& attributes) { return {attributes.members_, attributes.depth_}; }
};

namespace detail {

bool is_e164(std::string_view text) noexcept;

/// Nothing, or why the text is no allowed destination; `kind` is set when it is one.
std::optional<Errc> check_destination(std::string_view text, DestinationKinds const& allowed, DestinationKind& kind);

/// Nothing, or why the text breaks a rule of kind text, sid, destination or digits.
std::optional<Errc> check_text(Rule const& rule, std::string_view text, CodecOptions const& options);

/// Nothing, or why the integer breaks the rule.
std::optional<Errc> check_integer(Rule const& rule, std::int64_t value);

/// The moment that epoch seconds mean, to the nearest millisecond; nothing outside the years 1970 to 9999.
std::optional<Timestamp> from_epoch_seconds(std::string_view number);

/// Is its year 1970 to 9999?
bool is_writable(Timestamp at) noexcept;

/// A time that the peer told, 0 to 24 hours: more says nothing more, and would overflow the clocks.
std::chrono::milliseconds bounded_time(std::int64_t ms) noexcept;

/// The integer that a JSON number means; nothing when it has a fraction or is not exact in a double.
std::optional<std::int64_t> to_integer(Node const& number);

}  // namespace detail
}  // namespace flexcrm
