#include "leaf_codec.hpp"

#include "number.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace flexcrm::detail {
namespace {

constexpr std::size_t max_uri_bytes = 255;

// A class of characters, as a table: the least work for a short text.
template <class Test>
class CharacterClass {
 public:
  constexpr explicit CharacterClass(Test test) {
    for (std::size_t i = 0; i < 128; ++i) member_[i] = test(static_cast<char>(i));
  }
  constexpr bool operator()(char c) const noexcept { return member_[static_cast<unsigned char>(c)]; }

 private:
  std::array<bool, 256> member_{};
};

constexpr CharacterClass is_digit{[](char c) { return c >= '0' && c <= '9'; }};
constexpr CharacterClass is_alnum{
    [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }};

// Compared without a table and without a branch, so that the compiler takes sixteen characters at once: SIDs are long.
constexpr auto is_hex = [](char c) {
  auto const digit = static_cast<unsigned char>(c - '0');
  auto const letter = static_cast<unsigned char>((c | 0x20) - 'a');
  return (digit < 10) | (letter < 6);
};

template <class Test>
bool all(std::string_view text, Test const& test) {
  unsigned char every = !text.empty();
  for (char const c : text) every &= static_cast<unsigned char>(test(c));  // most texts are right: no branch for each
  return every != 0;
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

namespace {

// What is seldom asked for is kept out of the functions below, which then are short.
[[gnu::noinline]] std::optional<Errc> check_address(std::string_view text, DestinationKinds const& allowed,
                                                    DestinationKind& kind) {
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

[[gnu::noinline]] bool is_sid(std::string_view text, std::string_view prefixes, bool lenient) {
  if (prefixes == "WR" && text == "new") return true;  // an unsent outbound conversation
  auto const digits = text.substr(std::min<std::size_t>(2, text.size()));
  return has_prefix(text, prefixes) &&
         (lenient ? digits.size() <= 64 && all(digits, is_alnum) : digits.size() == 32 && all(digits, is_hex));
}

// What SendDTMFDigits takes: tones, and w for a pause.
[[gnu::noinline]] bool is_tones(std::string_view text) {
  return all(text, [](char c) { return is_digit(c) || std::string_view{"*#ABCDw"}.find(c) != std::string_view::npos; });
}

std::optional<Errc> check_size(Rule const& rule, std::size_t bytes, CodecOptions const& options) {
  auto const size = static_cast<std::int64_t>(bytes);
  if (size < rule.min) return Errc::too_short;
  if (size > std::min(rule.max, static_cast<std::int64_t>(options.limits.text_bytes))) return Errc::too_long;
  return std::nullopt;
}

}  // namespace

std::optional<Errc> check_destination(std::string_view text, DestinationKinds const& allowed, DestinationKind& kind) {
  if (!is_e164(text)) return check_address(text, allowed, kind);
  kind = DestinationKind::phone_number;
  return std::nullopt;
}

std::optional<Errc> check_text(Rule const& rule, std::string_view text, CodecOptions const& options) {
  switch (rule.kind) {
    case Rule::Kind::destination: {
      DestinationKind kind{};
      return check_destination(text, options.destinations, kind);
    }
    case Rule::Kind::sid:
      return is_sid(text, rule.prefix, options.lenient_sids) ? std::nullopt : std::optional{Errc::invalid_sid};
    case Rule::Kind::digits: {
      bool const valid = static_cast<std::int64_t>(text.size()) <= rule.max && is_tones(text);
      return valid ? std::nullopt : std::optional{Errc::invalid_digits};
    }
    default: return check_size(rule, text.size(), options);
  }
}

std::optional<Errc> check_integer(Rule const& rule, std::int64_t value) {
  if (!is_exact(value)) return Errc::not_an_integer;
  if (value < rule.min || value > rule.max) return Errc::out_of_range;
  return std::nullopt;
}

bool is_writable(Timestamp at) noexcept {
  using namespace std::chrono;
  return at >= Timestamp{} && at < Timestamp{sys_days{year{10000} / January / 1}};
}

std::chrono::milliseconds bounded_time(std::int64_t ms) noexcept {
  using std::chrono::milliseconds;
  return std::clamp(milliseconds{ms}, milliseconds{0}, milliseconds{std::chrono::hours{24}});
}

namespace {

// 1.0 and 1e3 are integers too: a JavaScript peer cannot tell them apart.
std::optional<std::int64_t> to_integer(std::string_view raw) {
  double real = 0;
  if (!read_double(raw, real)) return std::nullopt;
  if (std::abs(real) > static_cast<double>(RequestId::max_number) || real != std::floor(real)) return std::nullopt;
  return static_cast<std::int64_t>(real);
}

// The moment that epoch seconds mean, as the event bridge writes them, to the nearest millisecond; the years 1970 to 9999.
[[gnu::noinline]] std::optional<Errc> read_epoch_seconds(double seconds, Timestamp& target) {
  if (!(seconds >= 0 && seconds < 253402300800.0)) return Errc::invalid_time;  // the year 10000
  // Rounded, because the double for 0.001 s may lie just below it.
  Timestamp const at{std::chrono::milliseconds{std::llround(seconds * 1000)}};
  if (!is_writable(at)) return Errc::invalid_time;
  target = at;
  return std::nullopt;
}

// ISO 8601 as Flex and its REST API write it.
[[gnu::noinline]] std::optional<Errc> read_time(std::string_view text, Timestamp& target) {
  auto const at = from_iso8601(text);
  if (!at) return Errc::invalid_time;
  target = *at;
  return std::nullopt;
}

}  // namespace

std::optional<std::int64_t> to_integer(Node const& number) {
  if (!number.integer) return to_integer(number.raw);
  return is_exact(*number.integer) ? number.integer : std::nullopt;
}

std::optional<Errc> read_text(Rule const& rule, std::string_view text, void* target, CodecOptions const& options) {
  switch (rule.kind) {
    case Rule::Kind::text:
      if (auto const code = check_size(rule, text.size(), options)) return code;
      break;
    case Rule::Kind::sid:
    case Rule::Kind::destination:
    case Rule::Kind::digits:
      if (auto const code = check_text(rule, text, options)) return code;
      break;
    case Rule::Kind::choice:
      if (text.size() > options.limits.text_bytes) return Errc::too_long;
      return rule.assign(target, text) ? std::nullopt : std::optional{Errc::unknown_value};
    case Rule::Kind::time: return read_time(text, *static_cast<Timestamp*>(target));
    default: return Errc::wrong_type;
  }
  static_cast<std::string*>(target)->assign(text);
  return std::nullopt;
}

std::optional<Errc> read_integer(Rule const& rule, std::int64_t value, void* target) {
  if (rule.kind == Rule::Kind::time)
    return read_epoch_seconds(static_cast<double>(value), *static_cast<Timestamp*>(target));
  if (rule.kind != Rule::Kind::integer) return Errc::wrong_type;
  if (auto const code = check_integer(rule, value)) return code;
  *static_cast<std::int64_t*>(target) = value;
  return std::nullopt;
}

std::optional<Errc> read_number(Rule const& rule, std::string_view raw, void* target) {
  if (rule.kind == Rule::Kind::time) {
    double seconds = 0;
    return read_double(raw, seconds) ? read_epoch_seconds(seconds, *static_cast<Timestamp*>(target))
                                     : Errc::invalid_time;
  }
  if (rule.kind != Rule::Kind::integer) return Errc::wrong_type;
  auto const value = to_integer(raw);
  return value ? read_integer(rule, *value, target) : Errc::not_an_integer;
}

std::optional<Errc> read_flag(Rule const& rule, bool flag, void* target) {
  if (rule.kind != Rule::Kind::flag) return Errc::wrong_type;
  *static_cast<bool*>(target) = flag;
  return std::nullopt;
}

std::optional<Errc> read_scalar(Rule const& rule, Node const& value, void* target, CodecOptions const& options) {
  switch (value.kind) {
    case Node::Kind::string: return read_text(rule, value.text, target, options);
    case Node::Kind::number:
      return value.integer ? read_integer(rule, *value.integer, target) : read_number(rule, value.raw, target);
    case Node::Kind::boolean: return read_flag(rule, value.raw == "true", target);
    default: return Errc::wrong_type;
  }
}

std::optional<RequestId> read_id(std::string_view text) {
  if (text == "hello") return RequestId::hello();
  if (text == "ping") return RequestId::ping();
  return std::nullopt;
}

}  // namespace flexcrm::detail
