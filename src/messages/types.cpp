#include <flexcrm/types.hpp>

#include "leaf_codec.hpp"
#include "strict_json.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace flexcrm {

namespace {

// Boost.JSON writes Infinity and NaN as these words, which are no JSON.
bool finite(boost::json::value const& value) {
  if (auto const* object = value.if_object()) {
    for (auto const& member : *object)
      if (!finite(member.value())) return false;
  } else if (auto const* array = value.if_array()) {
    for (auto const& element : *array)
      if (!finite(element)) return false;
  } else if (auto const* real = value.if_double()) {
    return std::isfinite(*real);
  }
  return true;
}

}  // namespace

Result<Attributes> Attributes::from_text(std::string text, Limits const& limits) {
  detail::Outline outline;
  if (auto error = outline.read_root(text, limits)) return *std::move(error);
  auto const& root = outline.root();
  if (root.kind != detail::Node::Kind::object) return make_error(Errc::not_an_object);
  return Attributes{std::move(text), root.extent.members, root.extent.depth};
}

Result<Attributes> Attributes::from_object(boost::json::object const& object, Limits const& limits) {
  if (!finite(object)) return make_error(Errc::number_not_finite);
  return from_text(boost::json::serialize(object), limits);
}

boost::json::object Attributes::object() const {
  detail::Outline outline;
  // The text was checked when this object was made, with limits that may have been wider than the default.
  Limits const unlimited{text_.size(), text_.size(), text_.size(), text_.size()};
  if (outline.read(text_, unlimited)) return {};
  return std::move(detail::to_value(outline, outline.root()).as_object());
}

std::optional<boost::json::value> Attributes::find(std::string_view pointer) const {
  boost::json::value const root(object());  // braces would make an array of it
  error_code ec;
  auto const* value = root.find_pointer(pointer, ec);
  if (!value) return std::nullopt;
  return *value;
}

namespace {

/// A fixed number of digits at a place, or nothing.
std::optional<int> digits_at(std::string_view text, std::size_t place, std::size_t count) {
  int value = 0;
  if (text.size() < place + count) return std::nullopt;
  for (char const c : text.substr(place, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

/// "Z" or "±hh:mm" at the end of an RFC 3339 time.
std::optional<std::chrono::minutes> offset_of(std::string_view text) {
  if (text == "Z" || text == "z") return std::chrono::minutes{0};
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  auto const hours = digits_at(text, 1, 2);
  auto const minutes = digits_at(text, 4, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  auto const offset = std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
  return text[0] == '-' ? -offset : offset;
}

}  // namespace

std::string to_iso8601(Timestamp at) {
  using namespace std::chrono;
  auto const day = floor<days>(at);
  year_month_day const date{day};
  hh_mm_ss const time{at - day};
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
  return text.data();
}

Result<Timestamp> from_iso8601(std::string_view text) {
  using namespace std::chrono;
  auto const bad = [] { return make_error(Errc::invalid_time); };
  // 2026-01-31T12:00:00
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't') || text[13] != ':' ||
      text[16] != ':')
    return bad();
  auto const year = digits_at(text, 0, 4);
  auto const month = digits_at(text, 5, 2);
  auto const day = digits_at(text, 8, 2);
  auto const hour = digits_at(text, 11, 2);
  auto const minute = digits_at(text, 14, 2);
  auto const second = digits_at(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return bad();
  year_month_day const date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                            std::chrono::day{static_cast<unsigned>(*day)}};
  // A leap second is told as 60; it becomes the next one.
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return bad();

  auto rest = text.substr(19);
  int thousandths = 0;
  if (rest.starts_with('.')) {
    auto const end = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
    if (end < 2 || end > 10) return bad();
    std::string fraction{rest.substr(1, end - 1)};
    fraction.resize(3, '0');
    thousandths = *digits_at(fraction, 0, 3);
    rest.remove_prefix(end);
  }
  auto const offset = offset_of(rest);
  if (!offset) return bad();
  Timestamp const at =
      sys_days{date} + hours{*hour} + minutes{*minute} + seconds{*second} - *offset + milliseconds{thousandths};
  if (!detail::is_writable(at)) return bad();
  return at;
}

Result<DestinationKind> classify_destination(std::string_view destination, DestinationKinds const& allowed) {
  DestinationKind kind{};
  if (auto const error = detail::check_destination(destination, allowed, kind)) return make_error(*error);
  return kind;
}

std::string redact(std::string_view destination) {
  if (!detail::is_e164(destination)) {
    auto const scheme = destination.find(':');
    for (std::string_view const known : {"sip", "sips", "client"})
      if (destination.substr(0, scheme) == known) return std::string{known} + ":***";
    return "***";
  }
  // +34*****56: the country's first digits and the last two; a short number shows less.
  std::size_t const head = destination.size() >= 8 ? 3 : 1;
  return std::string{destination.substr(0, head)} + "*****" + std::string{destination.substr(destination.size() - 2)};
}

}  // namespace flexcrm
