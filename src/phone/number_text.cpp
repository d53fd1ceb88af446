#include "number_text.hpp"

#include <unicode/uchar.h>
#include <unicode/ustring.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <utility>

namespace flexcrm::detail {
namespace {

constexpr std::size_t longest_extension = 11;
// Behind a comma or semicolon, which also stand between two numbers.
constexpr std::size_t longest_paused_extension = 6;
// A slash stands behind an area code, or between two numbers, the second often without what both begin with.
constexpr std::size_t least_behind_slash = 4;
// Spreadsheets write 34612345678.0
constexpr std::size_t least_behind_dot = 2;

// The words that mark an extension, folded.
constexpr std::array<std::u32string_view, 8> extension_words{U"x",   U"ext",   U"extn", U"extension",
                                                             U"xtn", U"anexo", U"int",  U"доб"};

bool is_digit(char32_t c) { return c >= U'0' && c <= U'9'; }
bool is_letter(char32_t c) { return u_isalpha(static_cast<UChar32>(c)); }

/// Joiners, marks and embeddings that address books, web pages and office programs leave around a number. They say how
/// it is laid out; the order of its digits in the text is the order in which they are dialled.
bool is_harmless(char32_t c) {
  return c == 0x00AD || c == 0x061C || (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202D) || c == 0x2060 ||
         (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}
bool is_hyphen(char32_t c) {
  return c == U'-' || (c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0x30FC || c == 0xFE63;
}

/// One character as the grammar sees it: ASCII where there is an equal, space for all spaces, \n for all ends of lines.
Result<char32_t> plain(char32_t c) {
  if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0;  // full-width ASCII
  auto const code = static_cast<UChar32>(c);
  if (auto const digit = u_charDigitValue(code); digit >= 0) return U'0' + static_cast<char32_t>(digit);
  if (c == U'\n' || c == U'\r' || c == 0x0085 || c == 0x2028 || c == 0x2029) return U'\n';
  if (c == U'\t' || u_charType(code) == U_SPACE_SEPARATOR) return U' ';
  if (is_hyphen(c)) return U'-';
  if (c == 0xFE62) return U'+';
  if (c == U'[') return U'(';
  if (c == U']') return U')';
  if (is_letter(c)) return static_cast<char32_t>(u_foldCase(code, U_FOLD_CASE_DEFAULT));
  if (u_iscntrl(code) || u_charType(code) == U_FORMAT_CHAR ||
      u_hasBinaryProperty(code, UCHAR_DEFAULT_IGNORABLE_CODE_POINT))
    return make_error(PhoneFault::hidden_character);
  if (c < 0x80) return c;
  return make_error(PhoneFault::characters);
}

/// \pre text.size() <= longest_phone_text
Result<std::u32string> plain(std::string_view text) {
  std::array<UChar, longest_phone_text> utf16{};
  std::array<UChar32, longest_phone_text> codes{};
  std::int32_t length = 0;
  auto error = U_ZERO_ERROR;
  u_strFromUTF8(utf16.data(), longest_phone_text, &length, text.data(), static_cast<std::int32_t>(text.size()), &error);
  if (U_SUCCESS(error)) u_strToUTF32(codes.data(), longest_phone_text, &length, utf16.data(), length, &error);
  if (U_FAILURE(error)) return make_error(PhoneFault::not_text);

  std::u32string result;
  for (auto const code : std::span{codes}.first(static_cast<std::size_t>(length))) {
    if (is_harmless(static_cast<char32_t>(code))) continue;
    auto const c = plain(static_cast<char32_t>(code));
    if (!c) return c.error();
    result += *c;
  }
  return result;
}

std::u32string_view trim(std::u32string_view text) {
  auto const first = text.find_first_not_of(U" \n");
  if (first == std::u32string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(U" \n") - first + 1);
}

/// `scheme:` at the beginning, without the colon; nothing if there is none.
std::u32string_view scheme_of(std::u32string_view text) {
  auto const end = std::find_if(text.begin(), text.end(), [](char32_t c) {
    return !((c >= U'a' && c <= U'z') || is_digit(c) || c == U'-' || c == U'.' || c == U'+');
  });
  if (end == text.end() || *end != U':' || !is_letter(text.front())) return {};
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

/// From the mark on, to the end of the text.
Result<std::string> read_extension(std::u32string_view text) {
  if (text.find(U'+') != std::u32string_view::npos) return make_error(PhoneFault::several_numbers);
  constexpr std::u32string_view parameter = U";ext=";  // RFC 3966
  bool const paused = (text.front() == U',' || text.front() == U';') && !text.starts_with(parameter);
  if (text.starts_with(parameter)) {
    text.remove_prefix(parameter.size());
  } else if (paused) {
    text.remove_prefix(std::min(text.find_first_not_of(text.front()), text.size()));
  } else if (text.front() == U'#') {
    text.remove_prefix(1);
  } else {
    auto const end = std::find_if_not(text.begin(), text.end(), is_letter);
    auto const word = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    if (std::find(extension_words.begin(), extension_words.end(), word) == extension_words.end())
      return make_error(PhoneFault::letters);
    text.remove_prefix(word.size());
    if (!text.empty() && (text.front() == U'.' || text.front() == U':')) text.remove_prefix(1);
  }
  text = trim(text);
  if (text.ends_with(U'#')) text.remove_suffix(1);  // ends what is dialled
  std::string digits;
  for (auto const c : text) {
    if (!is_digit(c)) return make_error(PhoneFault::bad_extension);
    digits += static_cast<char>(c);
  }
  if (paused && digits.size() > longest_paused_extension) return make_error(PhoneFault::several_numbers);
  if (digits.empty() || digits.size() > longest_extension) return make_error(PhoneFault::bad_extension);
  return digits;
}

/// Everything before the extension.
Result<NumberText> read_digits(std::u32string_view text) {
  NumberText result;
  std::size_t slashes = 0;
  char32_t separator = 0;  // the last one that was a dot or a slash
  std::size_t behind = 0;  // digits since
  for (auto const c : text) {
    if (is_digit(c)) {
      result.digits += static_cast<char>(c);
      ++behind;
    } else if (c == U'+') {
      if (!result.digits.empty()) return make_error(PhoneFault::several_numbers);
      if (std::exchange(result.plus, true)) return make_error(PhoneFault::misplaced_plus);
    } else if (c == U' ' || c == U'(' || c == U')') {
    } else if (c == U'-' || c == U'.' || c == U'/') {
      if (result.digits.empty()) return make_error(result.plus ? PhoneFault::misplaced_plus : PhoneFault::characters);
      if (c == U'/' && ++slashes > 1) return make_error(PhoneFault::several_numbers);
      separator = c == U'-' ? separator : c;
      if (c != U'-') behind = 0;
    } else {
      return make_error(c == U'\n' ? PhoneFault::several_numbers : PhoneFault::characters);
    }
  }
  if (result.digits.empty()) return make_error(PhoneFault::no_digits);
  if (separator == U'/' && behind > 0 && behind < least_behind_slash) return make_error(PhoneFault::several_numbers);
  if (separator == U'.' && behind > 0 && behind < least_behind_dot) return make_error(PhoneFault::characters);
  return result;
}

}  // namespace

Result<NumberText> read_number_text(std::string_view text) {
  if (text.size() > longest_phone_text) return make_error(PhoneFault::text_too_long);
  auto const whole = plain(text);
  if (!whole) return whole.error();
  auto rest = trim(*whole);
  if (auto const scheme = scheme_of(rest); !scheme.empty()) {
    if (scheme != U"tel") return make_error(PhoneFault::other_scheme);
    rest = trim(rest.substr(scheme.size() + 1));
  }
  if (rest.empty()) return make_error(PhoneFault::empty);

  auto const mark = std::find_if(rest.begin(), rest.end(),
                                 [](char32_t c) { return is_letter(c) || c == U',' || c == U';' || c == U'#'; });
  auto const head = rest.substr(0, static_cast<std::size_t>(mark - rest.begin()));
  if (mark != rest.end() && std::none_of(head.begin(), head.end(), is_digit))
    return make_error(is_letter(*mark) ? PhoneFault::letters : PhoneFault::characters);
  auto number = read_digits(head);
  if (!number || mark == rest.end()) return number;
  auto extension = read_extension(rest.substr(head.size()));
  if (!extension) return extension.error();
  number->extension = std::move(*extension);
  return number;
}

}  // namespace flexcrm::detail
