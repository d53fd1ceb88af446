#include <flexcrm/phone.hpp>

#include "number_text.hpp"

#include <phonenumbers/phonenumberutil.h>
#include <phonenumbers/shortnumberinfo.h>

#include <algorithm>
#include <list>
#include <optional>
#include <set>

namespace flexcrm {
namespace {

namespace google = i18n::phonenumbers;
using Metadata = google::PhoneNumberUtil;

struct FaultRow {
  PhoneFault fault;
  std::string_view name;
  std::string_view sentence;
};
constexpr std::array fault_rows{
    FaultRow{PhoneFault::empty, "empty", "there is no number"},
    FaultRow{PhoneFault::text_too_long, "text_too_long", "this is too much text for a telephone number"},
    FaultRow{PhoneFault::not_text, "not_text", "this is not text (it is not UTF-8)"},
    FaultRow{PhoneFault::hidden_character, "hidden_character",
             "the number has a hidden character in it; type it in place of copying it"},
    FaultRow{PhoneFault::letters, "letters", "a number has no letters; write digits"},
    FaultRow{PhoneFault::characters, "characters", "there is a character that no telephone number has at this place"},
    FaultRow{PhoneFault::other_scheme, "other_scheme", "this is an address, but not of a telephone"},
    FaultRow{PhoneFault::misplaced_plus, "misplaced_plus", "there may be one plus, as the first character"},
    FaultRow{PhoneFault::several_numbers, "several_numbers", "this is more than one number"},
    FaultRow{PhoneFault::bad_extension, "bad_extension", "the extension is not 1 to 11 digits"},
    FaultRow{PhoneFault::no_digits, "no_digits", "there are no digits"},
    FaultRow{PhoneFault::no_region, "no_region", "the number has no country; write it with + and the country's code"},
    FaultRow{PhoneFault::foreign_prefix, "foreign_prefix",
             "00 is not how international numbers begin here; write + and the country's code"},
    FaultRow{PhoneFault::unknown_calling_code, "unknown_calling_code", "no country has a code that begins so"},
    FaultRow{PhoneFault::too_short, "too_short", "the number is too short for its country"},
    FaultRow{PhoneFault::too_long, "too_long", "the number is too long for its country"},
    FaultRow{PhoneFault::wrong_length, "wrong_length", "no number of its country has so many digits"},
    FaultRow{PhoneFault::area_code_missing, "area_code_missing", "the area code is missing"},
    FaultRow{PhoneFault::ambiguous, "ambiguous",
             "the number can be read in two ways; write it with + and the country's code"},
    FaultRow{PhoneFault::short_number, "short_number",
             "this is a short number of its country, which cannot be dialled here"},
    FaultRow{PhoneFault::emergency_number, "emergency_number",
             "this is an emergency number; call it from a telephone that tells where you are"},
};
// Row i is enumerator i + 1, so that a forgotten row does not compile.
static_assert([] {
  for (std::size_t i = 0; i < fault_rows.size(); ++i)
    if (static_cast<std::size_t>(fault_rows[i].fault) != i + 1) return false;
  return fault_rows.size() == static_cast<std::size_t>(PhoneFault::emergency_number);
}());

FaultRow const* find_row(int value) noexcept {
  if (value < 1 || static_cast<std::size_t>(value) > fault_rows.size()) return nullptr;
  return &fault_rows[static_cast<std::size_t>(value) - 1];
}

class PhoneCategory final : public boost::system::error_category {
 public:
  constexpr PhoneCategory() noexcept : error_category{0x3d0b5a9e71c4f826} {}
  char const* name() const noexcept override { return "flexcrm.phone"; }
  std::string message(int value) const override {
    auto const* row = find_row(value);
    return row ? std::string{row->sentence} : "unknown flexcrm.phone error";
  }
  error_condition default_error_condition(int value) const noexcept override {
    return find_row(value) ? make_error_condition(Condition::invalid_message) : error_condition{value, *this};
  }
};
constexpr PhoneCategory phone_category_object;

Metadata const& metadata() { return *Metadata::GetInstance(); }

google::ShortNumberInfo const& short_numbers() {
  static google::ShortNumberInfo const instance;
  return instance;
}

std::string format(google::PhoneNumber const& number, Metadata::PhoneNumberFormat format) {
  std::string text;
  metadata().Format(number, format, &text);
  return text;
}

/// The metadata has no such type: they are ranges of codes that belong to no country.
bool is_satellite(int calling_code, std::string_view national) {
  return calling_code == 870 || calling_code == 881 ||
         (calling_code == 882 && (national.starts_with("13") || national.starts_with("16")));
}

PhoneType type_of_line(google::PhoneNumber const& number, std::string_view national) {
  if (is_satellite(number.country_code(), national)) return PhoneType::satellite;
  switch (metadata().GetNumberType(number)) {
    case Metadata::FIXED_LINE: return PhoneType::fixed_line;
    case Metadata::MOBILE: return PhoneType::mobile;
    case Metadata::FIXED_LINE_OR_MOBILE: return PhoneType::fixed_line_or_mobile;
    case Metadata::TOLL_FREE: return PhoneType::toll_free;
    case Metadata::PREMIUM_RATE: return PhoneType::premium_rate;
    case Metadata::SHARED_COST: return PhoneType::shared_cost;
    case Metadata::VOIP: return PhoneType::voip;
    case Metadata::PERSONAL_NUMBER: return PhoneType::personal_number;
    case Metadata::PAGER: return PhoneType::pager;
    case Metadata::UAN: return PhoneType::uan;
    case Metadata::VOICEMAIL: return PhoneType::voicemail;
    case Metadata::UNKNOWN: return PhoneType::unknown;
  }
  return PhoneType::unknown;
}

std::optional<PhoneFault> fault_of(Metadata::ErrorType error) {
  switch (error) {
    case Metadata::NO_PARSING_ERROR: return std::nullopt;
    case Metadata::INVALID_COUNTRY_CODE_ERROR: return PhoneFault::unknown_calling_code;
    case Metadata::NOT_A_NUMBER: return PhoneFault::too_short;  // a single digit
    case Metadata::TOO_SHORT_AFTER_IDD:
    case Metadata::TOO_SHORT_NSN: return PhoneFault::too_short;
    case Metadata::TOO_LONG_NSN: return PhoneFault::too_long;
  }
  return PhoneFault::no_digits;
}

std::optional<PhoneFault> fault_of(Metadata::ValidationResult result) {
  switch (result) {
    case Metadata::IS_POSSIBLE: return std::nullopt;
    case Metadata::IS_POSSIBLE_LOCAL_ONLY: return PhoneFault::area_code_missing;
    case Metadata::INVALID_COUNTRY_CODE: return PhoneFault::unknown_calling_code;
    case Metadata::TOO_SHORT: return PhoneFault::too_short;
    case Metadata::INVALID_LENGTH: return PhoneFault::wrong_length;
    case Metadata::TOO_LONG: return PhoneFault::too_long;
  }
  return PhoneFault::wrong_length;
}

std::string national_digits(google::PhoneNumber const& number) {
  std::string digits;
  metadata().GetNationalSignificantNumber(number, &digits);
  return digits;
}

/// A short or emergency number, dialled as `digits` in the region, or behind its country's code.
std::optional<PhoneFault> short_fault(google::PhoneNumber const& number, std::string const& digits,
                                      std::string const& region) {
  if (short_numbers().ConnectsToEmergencyNumber(digits, region)) return PhoneFault::emergency_number;
  if (number.country_code() == 0) return std::nullopt;
  if (short_numbers().IsValidShortNumberForRegion(number, region)) return PhoneFault::short_number;
  return std::nullopt;
}
std::optional<PhoneFault> short_fault_behind_code(google::PhoneNumber const& number) {
  std::list<std::string> regions;
  metadata().GetRegionCodesForCountryCallingCode(number.country_code(), &regions);
  auto const digits = national_digits(number);
  for (auto const& region : regions)
    if (auto const fault = short_fault(number, digits, region)) return fault;
  return std::nullopt;
}

Error fault(PhoneFault of) { return detail::make_error(of); }

/// What it is, without how it was written.
google::PhoneNumber bare(google::PhoneNumber const& number) {
  google::PhoneNumber result;
  result.set_country_code(number.country_code());
  result.set_national_number(number.national_number());
  if (number.italian_leading_zero()) {
    result.set_italian_leading_zero(true);
    result.set_number_of_leading_zeros(number.number_of_leading_zeros());
  }
  return result;
}

/// A number whose way of writing does not matter any more.
Result<google::PhoneNumber> read_international(std::string const& text) {
  google::PhoneNumber number;
  auto const error = metadata().Parse(text, "ZZ", &number);
  if (auto const of = fault_of(error)) return fault(*of);
  if (metadata().IsValidNumber(number)) return number;
  if (auto const of = short_fault_behind_code(number)) return fault(*of);
  if (auto const of = fault_of(metadata().IsPossibleNumberWithReason(number))) return fault(*of);
  return number;
}

Result<google::PhoneNumber> read_national(std::string const& digits, std::string const& region) {
  google::PhoneNumber raw;
  auto const error = metadata().ParseAndKeepRawInput(digits, region, &raw);
  auto const source = raw.country_code_source();
  auto number = bare(raw);
  bool const valid = error == Metadata::NO_PARSING_ERROR && metadata().IsValidNumber(number);
  if (!valid)
    if (auto const of = short_fault(number, digits, region)) return fault(*of);
  if (source == google::PhoneNumber::FROM_NUMBER_WITH_IDD) {
    if (auto const of = fault_of(error)) return fault(*of);
    return read_international(format(number, Metadata::E164));
  }
  if (!valid && digits.starts_with("00")) return fault(PhoneFault::foreign_prefix);

  // 4930123456 of a German list: an area and its number, or an international number that lost its plus?
  google::PhoneNumber other;
  if (metadata().Parse("+" + digits, "ZZ", &other) == Metadata::NO_PARSING_ERROR && metadata().IsValidNumber(other) &&
      (!valid || (other.country_code() == number.country_code() &&
                  format(other, Metadata::E164) != format(number, Metadata::E164))))
    return fault(PhoneFault::ambiguous);

  if (auto const of = fault_of(error)) return fault(*of);
  if (!valid)
    if (auto const of = fault_of(metadata().IsPossibleNumberWithReason(number))) return fault(*of);
  return number;
}

}  // namespace

boost::system::error_category const& phone_category() noexcept { return phone_category_object; }
error_code make_error_code(PhoneFault fault) noexcept { return {static_cast<int>(fault), phone_category_object}; }
std::string_view name(PhoneFault fault) noexcept {
  auto const* row = find_row(static_cast<int>(fault));
  return row ? row->name : "unknown";
}

Error detail::make_error(PhoneFault of) { return Error{of, {}, std::string{name(of)}, {}}; }

Result<PhoneNumber> parse_phone(std::string_view text, std::string_view region) {
  if (!region.empty() && !is_phone_region(region)) return make_error(Errc::invalid_argument, {}, "region");
  auto const written = detail::read_number_text(text);
  if (!written) return written.error();
  // More than any country code and number; libphonenumber need not see it.
  if (written->digits.size() > 30) return fault(PhoneFault::too_long);
  if (!written->plus && region.empty()) return fault(PhoneFault::no_region);
  auto number =
      written->plus ? read_international("+" + written->digits) : read_national(written->digits, std::string{region});
  if (!number) return number.error();

  PhoneNumber result;
  result.e164 = format(*number, Metadata::E164);
  if (result.e164.size() > 16) return fault(PhoneFault::too_long);
  // Of some numbers that are in no known range libphonenumber takes another prefix off each time.
  auto const again = read_international(result.e164);
  if (!again) return again.error();
  if (format(*again, Metadata::E164) != result.e164) return fault(PhoneFault::ambiguous);

  auto const national = national_digits(*number);
  result.calling_code = number->country_code();
  metadata().GetRegionCodeForNumber(*number, &result.region);
  if (result.region == "ZZ") result.region.clear();
  result.type = type_of_line(*number, national);
  result.valid = metadata().IsValidNumber(*number);
  result.national = format(*number, Metadata::NATIONAL);
  result.international = format(*number, Metadata::INTERNATIONAL);
  result.extension = written->extension;
  result.uri = format(*number, Metadata::RFC3966);
  if (!result.extension.empty()) result.uri += ";ext=" + result.extension;
  return result;
}

std::vector<std::string> const& phone_regions() {
  static auto const regions = [] {
    std::set<std::string> known;
    metadata().GetSupportedRegions(&known);
    return std::vector<std::string>(known.begin(), known.end());
  }();
  return regions;
}

bool is_phone_region(std::string_view region) {
  auto const& regions = phone_regions();
  return std::binary_search(regions.begin(), regions.end(), region);
}

}  // namespace flexcrm
