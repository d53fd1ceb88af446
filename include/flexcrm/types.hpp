#pragma once

#include <flexcrm/error.hpp>
#include <flexcrm/export.hpp>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace flexcrm {

/// Bounds on what is read; the server tells its own in Hello's result.
struct Limits {
  std::size_t frame_bytes = 64 * 1024;  ///< longest frame, bytes
  std::size_t depth = 32;               ///< deepest nesting of objects and arrays
  std::size_t members = 2048;           ///< most members of all objects of a frame together
  std::size_t text_bytes = 16 * 1024;   ///< longest string in a typed field, bytes of UTF-8

  friend bool operator==(Limits const&, Limits const&) = default;
};

/// A moment on both clocks. The steady clock measures time outs; the wall clock sees a laptop's sleep. The library
/// reads neither: the caller passes them in.
struct Moment {
  std::chrono::steady_clock::time_point steady;  ///< never set back
  std::chrono::system_clock::time_point wall;    ///< runs on while the machine sleeps

  /// False once either clock has reached `limit`.
  bool is_before(Moment const& limit) const noexcept { return steady < limit.steady && wall < limit.wall; }

  friend bool operator==(Moment const&, Moment const&) = default;
};

/// A moment that a message tells: milliseconds since 1970-01-01T00:00:00Z. On the wire ISO 8601 in UTC,
/// "2026-01-31T12:00:00.000Z"; epoch seconds and other offsets are read as well, because Flex, its REST API and its event
/// bridge each write another form. Years 1970 to 9999.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// The wire's form of a moment. \pre its year is 1970 to 9999
FLEXCRM_API std::string to_iso8601(Timestamp at);

/// Reads `YYYY-MM-DDThh:mm:ss[.fraction](Z|±hh:mm)`, RFC 3339. Error: invalid_time.
FLEXCRM_API Result<Timestamp> from_iso8601(std::string_view text);

/// A task's attributes: a JSON object kept as the sender's own text, byte for byte, so that unknown keys, key order,
/// 64-bit integers and doubles survive. The text is checked once: well-formed UTF-8 JSON, no duplicate keys, finite
/// numbers. Copy and compare cost as for a string; `==` compares the text.
class FLEXCRM_API Attributes {
 public:
  /// The empty object.
  Attributes() : text_{"{}"} {}

  /// From the text of a JSON object. Errors: syntax, too_large, too_deep, too_many_members, duplicate_key,
  /// number_not_finite, not_an_object; the pointer is relative to the object.
  static Result<Attributes> from_text(std::string text, Limits const& limits = {});

  /// From a DOM. Errors: number_not_finite, syntax (a string that is not UTF-8), and the limits as above.
  static Result<Attributes> from_object(boost::json::object const& object, Limits const& limits = {});

  /// The JSON text as it was received or given.
  std::string const& text() const noexcept { return text_; }

  /// Parsed on demand, doubles exactly (Boost.JSON's own parser is up to 2 ulp off before 1.85).
  boost::json::object object() const;

  /// The value at an RFC 6901 pointer such as "/account_data/first_name"; null `has_value()` when there is none.
  std::optional<boost::json::value> find(std::string_view pointer) const;

  friend bool operator==(Attributes const&, Attributes const&) = default;

 private:
  friend struct AttributesAccess;
  Attributes(std::string text, std::uint32_t members, std::uint32_t depth)
      : text_{std::move(text)}, members_{members}, depth_{depth} {}

  std::string text_;
  // Counted when the text was checked, so that nobody has to read it again to keep a frame within its limits.
  std::uint32_t members_ = 0;
  std::uint32_t depth_ = 1;
};

/// An enumeration whose unknown words survive: Flex adds values between releases. `E` needs `enum_words(E)`, the wire
/// words in the order of its enumerators.
template <class E>
class OpenEnum {
 public:
  OpenEnum() = default;
  /// A word that this version knows.
  OpenEnum(E value) : word_{enum_words(E{})[static_cast<std::size_t>(value)]} {}
  /// Any word.
  explicit OpenEnum(std::string word) : word_{std::move(word)} {}

  /// The word on the wire.
  std::string const& word() const noexcept { return word_; }

  /// The enumerator, or nothing for a word this version does not know.
  std::optional<E> value() const noexcept {
    auto const words = enum_words(E{});
    for (std::size_t i = 0; i < words.size(); ++i)
      if (words[i] == word_) return static_cast<E>(i);
    return std::nullopt;
  }

  friend bool operator==(OpenEnum const& a, OpenEnum const& b) = default;
  /// Whether it is that word.
  friend bool operator==(OpenEnum const& a, E b) { return a == OpenEnum{b}; }

 private:
  std::string word_;
};

/// What a destination is: the closed union of docs/protocol.md §3.
enum class DestinationKind {
  phone_number,  ///< E.164: `+`, no leading zero, 2 to 15 digits
  sip_uri,       ///< `sip:user@host[:port]` or `sips:…`, at most 255 bytes
  client         ///< `client:` and an identity, at most 255 bytes
};

/// Which kinds of destination are accepted besides E.164.
struct DestinationKinds {
  bool sip = false;     ///< accept sip: and sips: URIs
  bool client = false;  ///< accept client: identities; Flex needs enableClientCalling

  friend bool operator==(DestinationKinds const&, DestinationKinds const&) = default;
};

/// Classifies a destination. Errors: invalid_destination, destination_kind_disabled.
FLEXCRM_API Result<DestinationKind> classify_destination(std::string_view destination,
                                                         DestinationKinds const& allowed = {});

/// A phone number fit for a log: `+34*****56`; anything else becomes its scheme or `***`.
FLEXCRM_API std::string redact(std::string_view destination);

}  // namespace flexcrm
