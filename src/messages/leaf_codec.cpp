#include "leaf_codec.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace flexcrm::detail {
namespace {

constexpr std::size_t max_uri_bytes = 255;

// A class of characters, as a table.
template <class Test>
class Characters {
 public:
  constexpr explicit Characters(Test test) {
    for (std::size_t i = 0; i < 128; ++i) member_[i] = test(static_cast<char>(i));
  }
  constexpr bool operator()(char c) const noexcept { return member_[static_cast<unsigned char>(c)]; }

 private:
  std::array<bool, 256> member_{};
};

constexpr Characters is_digit{[](char c) { return c >= '0' && c <= '9'; }};
constexpr Characters is_hex{[](char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }};
constexpr Characters is_alnum{[](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }};

template <class Test>
bool all(std::string_view text, Test const& test) {
  bool every = !text.empty();
  for (char const c : text) every &= test(c);  // most texts are right: no branch for each character
  return every;
}

// user@host[:port] of RFC 3261, without password, parameters and headers.
bool is_sip_address(std::string_view text) {
  auto const at = text.find('@');
  if (at == std::string_view::npos) return false;
  auto const user = text.substr(0, at);
  auto host = text.substr(at + 1);
  auto const is_user = [](char c) {
    return is_alnum(c) || std::string_view{"_.!~*'()&=+$,;?/%-"}.find(c) != std::string_view::npos;
  };
  if (!all(user, is_user)) return false;

  auto const bracket = host.rfind(']');
  auto const colon = host.rfind(':');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    auto const port = host.substr(colon + 1);
    unsigned value = 0;
    if (port.size() > 5 || !all(port, is_digit)) return false;
    std::from_chars(port.data(), port.data() + port.size(), value);
    if (value < 1 || value > 65535) return false;
    host = host.substr(0, colon);
  }
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    return all(host.substr(1, host.size() - 2), [](char c) { return is_hex(c) || c == ':' || c == '.'; });
  return all(host, [](char c) { return is_alnum(c) || c == '.' || c == '-'; });
}

/// One of the prefixes, parted by '|', two letters each.
bool has_prefix(std::string_view sid, std::string_view prefixes) {
  for (; !prefixes.empty(); prefixes.remove_prefix(std::min<std::size_t>(3, prefixes.size())))
    if (sid.starts_with(prefixes.substr(0, 2))) return true;
  return false;
}

constexpr auto is_visible = [](char c) { return c > ' ' && c < '\x7f'; };

}  // namespace

bool is_e164(std::string_view text) noexcept {
  return text.size() >= 3 && text.size() <= 16 && text[0] == '+' && text[1] != '0' && all(text.substr(1), is_digit);
}

std::optional<Errc> check_destination(std::string_view text, DestinationKinds const& allowed, DestinationKind& kind) {
  if (is_e164(text)) {
    kind = DestinationKind::phone_number;
    return std::nullopt;
  }
  for (std::string_view const scheme : {"sip:", "sips:"}) {
    if (!text.starts_with(scheme)) continue;
    if (!allowed.sip) return Errc::destination_kind_disabled;
    if (text.size() > max_uri_bytes || !is_sip_address(text.substr(scheme.size()))) return Errc::invalid_destination;
    kind = DestinationKind::sip_uri;
    return std::nullopt;
  }
  if (std::string_view const scheme = "client:"; text.starts_with(scheme)) {
    if (!allowed.client) return Errc::destination_kind_disabled;
    if (text.size() > max_uri_bytes || !all(text.substr(scheme.size()), is_visible)) return Errc::invalid_destination;
    kind = DestinationKind::client;
    return std::nullopt;
  }
  return Errc::invalid_destination;
}

std::optional<Errc> check_text(Rule const& rule, std::string_view text, CodecOptions const& options) {
  switch (rule.kind) {
    case Rule::Kind::destination: {
      DestinationKind kind{};
      return check_destination(text, options.destinations, kind);
    }
    case Rule::Kind::sid: {
      if (rule.prefix == "WR" && text == "new") return std::nullopt;  // an unsent outbound conversation
      auto const digits = text.substr(std::min<std::size_t>(2, text.size()));
      bool const valid = has_prefix(text, rule.prefix) &&
                         (options.lenient_sids ? digits.size() <= 64 && all(digits, is_alnum)
                                               : digits.size() == 32 && all(digits, is_hex));
      return valid ? std::nullopt : std::optional{Errc::invalid_sid};
    }
    case Rule::Kind::digits: {
      // What SendDTMFDigits takes: tones, and w for a pause.
      auto const is_tone = [](char c) { return is_digit(c) || std::string_view{"*#ABCDw"}.find(c) != std::string_view::npos; };
      bool const valid = all(text, is_tone) && static_cast<std::int64_t>(text.size()) <= rule.max;
      return valid ? std::nullopt : std::optional{Errc::invalid_digits};
    }
    default: {
      auto const size = static_cast<std::int64_t>(text.size());
      if (size < rule.min) return Errc::too_short;
      if (size > std::min(rule.max, static_cast<std::int64_t>(options.limits.text_bytes))) return Errc::too_long;
      return std::nullopt;
    }
  }
}

std::optional<Errc> check_integer(Rule const& rule, std::int64_t value) {
  if (value < -RequestId::max_number || value > RequestId::max_number) return Errc::not_an_integer;
  if (value < rule.min || value > rule.max) return Errc::out_of_range;
  return std::nullopt;
}

bool is_writable(Timestamp at) noexcept {
  using namespace std::chrono;
  return at >= Timestamp{} && at < Timestamp{sys_days{year{10000} / January / 1}};
}

std::optional<Timestamp> from_epoch_seconds(std::string_view number) {
  double seconds = 0;
  if (std::from_chars(number.data(), number.data() + number.size(), seconds).ec != std::errc{}) return std::nullopt;
  if (!(seconds >= 0 && seconds < 253402300800.0)) return std::nullopt;  // the year 10000
  // Rounded, because the double for 0.001 s may lie just below it.
  Timestamp const at{std::chrono::milliseconds{std::llround(seconds * 1000)}};
  return is_writable(at) ? std::optional{at} : std::nullopt;
}

std::chrono::milliseconds bounded_time(std::int64_t ms) noexcept {
  using std::chrono::milliseconds;
  return std::clamp(milliseconds{ms}, milliseconds{0}, milliseconds{std::chrono::hours{24}});
}

std::optional<std::int64_t> to_integer(Node const& number) {
  if (number.is_integer) {
    bool const exact = -RequestId::max_number <= number.integer && number.integer <= RequestId::max_number;
    return exact ? std::optional{number.integer} : std::nullopt;
  }
  // 1.0 and 1e3 are integers too: a JavaScript peer cannot tell them apart.
  double real = 0;
  auto const text = number.raw;
  if (std::from_chars(text.data(), text.data() + text.size(), real).ec != std::errc{}) return std::nullopt;
  if (std::abs(real) > static_cast<double>(RequestId::max_number) || real != std::floor(real)) return std::nullopt;
  return static_cast<std::int64_t>(real);
}

}  // namespace flexcrm::detail
