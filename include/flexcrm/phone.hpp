#pragma once

#include <flexcrm/error.hpp>
#include <flexcrm/export.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace flexcrm {

/// What kind of line a number reaches, and so who pays how much for a call.
enum class PhoneType {
  fixed_line,            ///< a place
  mobile,                ///< a person's telephone
  fixed_line_or_mobile,  ///< one of both; in North America they look alike
  toll_free,             ///< whoever is called pays
  premium_rate,          ///< expensive, and part of it goes to whoever is called
  shared_cost,           ///< caller and called share the cost
  voip,                  ///< a line of the Internet
  personal_number,       ///< follows a person; often expensive
  pager,                 ///< nobody speaks there
  uan,                   ///< a company's one number for many places
  voicemail,             ///< a mailbox
  satellite,             ///< Inmarsat, Iridium, Globalstar, Thuraya and their like: the most expensive calls there are
  unknown                ///< the number is not valid, or nobody says what it is
};
/// Their names.
constexpr std::array<std::string_view, 13> enum_words(PhoneType) {
  return {"fixed_line", "mobile",          "fixed_line_or_mobile",
          "toll_free",  "premium_rate",    "shared_cost",
          "voip",       "personal_number", "pager",
          "uan",        "voicemail",       "satellite",
          "unknown"};
}

/// Why a text is no telephone number that could be dialled. It is an error_code of its own category, which belongs to
/// Condition::invalid_message; its message is a sentence for whoever typed the number.
enum class PhoneFault {
  empty = 1,             ///< nothing but space
  text_too_long,         ///< longer than `longest_phone_text`
  not_text,              ///< not UTF-8
  hidden_character,      ///< a character that nobody sees and that changes what is seen, or a control character
  letters,               ///< letters that do not mark an extension, `1-800-FLOWERS` among them
  characters,            ///< a character that no telephone number has, or one in a place where none has it
  other_scheme,          ///< `whatsapp:`, `sip:` …: another address than a telephone number
  misplaced_plus,        ///< a plus that is not the first character, or two
  several_numbers,       ///< more than one number
  bad_extension,         ///< an extension without digits, with too many, or with something behind it
  no_digits,             ///< punctuation alone
  no_region,             ///< written as in its own country, and nobody said which country that is
  foreign_prefix,        ///< begins with 00, which is not the international prefix of the region
  unknown_calling_code,  ///< begins with a code that no country has
  too_short,             ///< fewer digits than numbers of this country have
  too_long,              ///< more digits than numbers of this country have
  wrong_length,          ///< between its shortest and longest numbers, but none has so many digits
  area_code_missing,     ///< complete only within its own town
  ambiguous,             ///< could be read in two ways, e.g. as a number that lost its plus
  short_number,          ///< a short number of the country, such as directory enquiries
  emergency_number       ///< police, fire brigade or ambulance of the country
};

/// The category of PhoneFault, "flexcrm.phone".
FLEXCRM_API boost::system::error_category const& phone_category() noexcept;
/// How a PhoneFault becomes an error_code; found by the compiler.
FLEXCRM_API error_code make_error_code(PhoneFault) noexcept;
/// The enumerator's name, e.g. "no_region". It is the `detail` of the error, too.
FLEXCRM_API std::string_view name(PhoneFault) noexcept;

/// Longest text that parse_phone() reads, bytes.
inline constexpr std::size_t longest_phone_text = 128;

/// A telephone number that has a possible length.
struct PhoneNumber {
  std::string e164{};                   ///< `+` and 2 to 15 digits: what DialRequest::destination takes
  int calling_code = 0;                 ///< of its country, e.g. 34; several countries may share one
  std::string region{};                 ///< ISO 3166-1 alpha-2, "001" for international networks, empty if unknown
  PhoneType type = PhoneType::unknown;  ///< what kind of line it is
  bool valid = false;                   ///< in a range that is known to be in use; false: its length alone is right
  std::string national{};               ///< as it is written in its own country
  std::string international{};          ///< as it is written elsewhere, with + and spaces
  std::string uri{};                    ///< RFC 3966: `tel:+34-912-34-56-78`, with `;ext=` if there is an extension
  std::string extension{};              ///< digits to send after the answer; part of `uri` alone

  friend bool operator==(PhoneNumber const&, PhoneNumber const&) = default;
};

/// Reads what a person or another program wrote as a telephone number. Nothing is guessed: a number without `+` is one
/// of the region that the caller names, or refused; a `+` is never dropped; a text that is more or something else than
/// one number is refused. docs/dialling.md lists what is accepted.
///
/// \param text    UTF-8, digits of any script, at most `longest_phone_text` bytes
/// \param region  where it was written: ISO 3166-1 alpha-2 in upper case, e.g. "ES"; empty: unknown. It does not matter
///                to a number that begins with `+`
///
/// Errors: a PhoneFault, `detail` its name; invalid_argument (no such region). None holds a part of the text.
/// What it returns reads as itself again, in every region. Thread safety: may be called from any thread. The first call
/// takes some 20 ms, since it loads the metadata.
FLEXCRM_API Result<PhoneNumber> parse_phone(std::string_view text, std::string_view region);

/// The regions that parse_phone() knows, sorted.
FLEXCRM_API std::vector<std::string> const& phone_regions();

/// Whether parse_phone() knows it: in upper case.
FLEXCRM_API bool is_phone_region(std::string_view region);

}  // namespace flexcrm

template <>
struct boost::system::is_error_code_enum<flexcrm::PhoneFault> : std::true_type {};
