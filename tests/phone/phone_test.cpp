#include <flexcrm/phone.hpp>
#include <flexcrm/types.hpp>

#include <doctest/doctest.h>
#include <phonenumbers/phonenumberutil.h>
#include <boost/json.hpp>

#include <algorithm>
#include <fstream>
#include <random>
#include <regex>
#include <set>
#include <sstream>

using namespace flexcrm;
namespace json = boost::json;
using Metadata = i18n::phonenumbers::PhoneNumberUtil;

namespace {

json::value read(std::string const& name) {
  std::ifstream file{FLEXCRM_PHONE_TESTS "/" + name};
  std::stringstream text;
  text << file.rdbuf();
  return json::parse(text.str());
}

std::string at(json::object const& object, std::string_view key) {
  auto const* value = object.if_contains(key);
  return value ? std::string{value->as_string()} : std::string{};
}

std::string_view word(PhoneType type) { return enum_words(type)[static_cast<std::size_t>(type)]; }

bool is_e164(std::string const& text) {
  static std::regex const pattern{R"(\+[1-9][0-9]{1,14})"};
  return std::regex_match(text, pattern) && classify_destination(text).has_value();
}

std::string e164(i18n::phonenumbers::PhoneNumber const& number) {
  std::string text;
  Metadata::GetInstance()->Format(number, Metadata::E164, &text);
  return text;
}

/// What a number reads as, in every region, is itself.
void check_stable(PhoneNumber const& number) {
  CHECK_MESSAGE(is_e164(number.e164), number.e164);
  for (auto const* region : {"", "US", "ES", "DE", "JP", "AR"}) {
    auto const again = parse_phone(number.e164, region);
    REQUIRE_MESSAGE(again.has_value(), number.e164 << " in " << region);
    auto same = *again;
    if (!number.extension.empty()) {
      same.extension = number.extension;
      same.uri += ";ext=" + number.extension;
    }
    CHECK(same == number);
  }
  for (auto const& text : {number.international, number.uri}) {
    auto const again = parse_phone(text, "");
    CHECK_MESSAGE((again && again->e164 == number.e164), text);
  }
}

/// Example numbers of every region and type, and of the networks that belong to none.
template <class F>
void for_each_example(F visit) {
  auto const& metadata = *Metadata::GetInstance();
  i18n::phonenumbers::PhoneNumber number;
  for (auto const& region : phone_regions()) {
    std::set<Metadata::PhoneNumberType> types;
    metadata.GetSupportedTypesForRegion(region, &types);
    for (auto const type : types)
      if (metadata.GetExampleNumberForType(region, type, &number)) visit(region, type, number);
  }
  std::set<int> codes;
  metadata.GetSupportedGlobalNetworkCallingCodes(&codes);
  for (auto const code : codes)
    if (metadata.GetExampleNumberForNonGeoEntity(code, &number)) visit("001", metadata.GetNumberType(number), number);
}

}  // namespace

TEST_CASE("what people really write is read or refused for its reason") {
  auto const cases = read("numbers.json");
  CHECK(cases.as_array().size() >= 100);
  for (auto const& value : cases.as_array()) {
    auto const& one = value.as_object();
    auto const text = at(one, "text"), region = at(one, "region");
    CAPTURE(text);
    CAPTURE(region);
    auto const number = parse_phone(text, region);
    if (auto const fault = at(one, "fault"); !fault.empty()) {
      CHECK_MESSAGE(!number.has_value(), "read as " << (number ? number->e164 : ""));
      if (number) continue;
      CHECK(number.error().detail == fault);
      CHECK(number.error().code.category() == phone_category());
      continue;
    }
    CHECK_MESSAGE(number.has_value(), to_string(number ? Error{} : number.error()));
    if (!number) continue;
    CHECK(number->e164 == at(one, "e164"));
    CHECK(number->extension == at(one, "extension"));
    CHECK(number->valid == (!one.contains("valid") || one.at("valid").as_bool()));
    if (one.contains("type")) CHECK(word(number->type) == at(one, "type"));
    check_stable(*number);
  }
}

TEST_CASE("a number tells what it is and how it is written") {
  auto const number = parse_phone("612 34 56 78 ext 9", "ES");
  REQUIRE(number.has_value());
  CHECK(number->e164 == "+34612345678");
  CHECK(number->calling_code == 34);
  CHECK(number->region == "ES");
  CHECK(number->type == PhoneType::mobile);
  CHECK(number->valid);
  CHECK(number->national == "612 34 56 78");
  CHECK(number->international == "+34 612 34 56 78");
  CHECK(number->uri == "tel:+34-612-34-56-78;ext=9");
  CHECK(number->extension == "9");
  CHECK(parse_phone("+80012345678", "")->region == "001");
  CHECK(parse_phone("+1 416 555 2671", "")->region == "CA");
}

TEST_CASE("a region is one that exists, in upper case") {
  CHECK(is_phone_region("ES"));
  CHECK(phone_regions().size() > 200);
  for (auto const* region : {"es", "XX", "ZZ", "001", "ESP", "E", "+34"}) {
    CHECK_FALSE(is_phone_region(region));
    auto const number = parse_phone("+34612345678", region);
    REQUIRE(number.has_error());
    CHECK(number.error().code == Errc::invalid_argument);
  }
}

TEST_CASE("every fault has a name, a sentence and is the sender's matter") {
  std::set<std::string> sentences;
  std::set<std::string_view> names;
  for (int value = 1; value <= static_cast<int>(PhoneFault::emergency_number); ++value) {
    auto const fault = static_cast<PhoneFault>(value);
    CHECK(names.insert(name(fault)).second);
    CHECK(sentences.insert(error_code{fault}.message()).second);
    CHECK(error_code{fault} == Condition::invalid_message);
  }
  CHECK(name(static_cast<PhoneFault>(0)) == "unknown");
  CHECK(name(static_cast<PhoneFault>(99)) == "unknown");
  CHECK(phone_category().message(99) == "unknown flexcrm.phone error");
  CHECK(std::string{phone_category().name()} == "flexcrm.phone");
  CHECK(error_condition{99, phone_category()} == error_code{99, phone_category()}.default_error_condition());
}

TEST_CASE("bounds: the longest text, extension") {
  auto const longest = "+34612345678" + std::string(longest_phone_text - 12, ' ');
  CHECK(parse_phone(longest, "").has_value());
  CHECK(parse_phone(longest + " ", "").error().code == PhoneFault::text_too_long);
  CHECK(parse_phone("+34612345678 x12345678901", "")->extension == "12345678901");
  CHECK(parse_phone("+34612345678 x123456789012", "").error().code == PhoneFault::bad_extension);
  CHECK(parse_phone("+34612345678,123456", "")->extension == "123456");
  CHECK(parse_phone("+34612345678,1234567", "").error().code == PhoneFault::several_numbers);
  CHECK(parse_phone("+" + std::string(100, '1'), "").error().code == PhoneFault::too_long);
  for (auto const* text : {"\xff", "+34612345\xc3", "\xed\xa0\x80", "+34 612 345 678 \xc0\xaf"})
    CHECK(parse_phone(text, "ES").error().code == PhoneFault::not_text);
}

TEST_CASE("the example numbers of every region are read, however they are written") {
  int count = 0, refused = 0;
  for_each_example([&](std::string const& region, Metadata::PhoneNumberType, auto const& example) {
    auto const text = e164(example);
    CAPTURE(region);
    CAPTURE(text);
    auto const number = parse_phone(text, "");
    REQUIRE_MESSAGE(number.has_value(), to_string(number ? Error{} : number.error()));
    CHECK(number->e164 == text);
    CHECK(number->valid);
    std::string main;  // of several regions that share a calling code and a toll-free number, say
    Metadata::GetInstance()->GetRegionCodeForNumber(example, &main);
    CHECK(number->region == main);
    check_stable(*number);
    // As it is written in its own country: refused where that can be read in two ways, but never another number.
    if (region != "001") {
      auto const national = parse_phone(number->national, region);
      if (national)
        CHECK_MESSAGE(national->e164 == text, number->national);
      else
        CHECK_MESSAGE(national.error().code == PhoneFault::ambiguous, number->national << to_string(national.error()));
      refused += national ? 0 : 1;
    }
    ++count;
  });
  CHECK(count > 1000);
  CHECK(refused < 20);
}

TEST_CASE("an example with a digit less or more is not taken for valid") {
  int mutated = 0;
  auto const& metadata = *Metadata::GetInstance();
  for_each_example([&](std::string const& region, Metadata::PhoneNumberType, auto const& example) {
    auto const text = e164(example);
    CAPTURE(region);
    for (auto const& wrong : {text.substr(0, text.size() - 1), text + "0", text + "00000000"}) {
      CAPTURE(wrong);
      i18n::phonenumbers::PhoneNumber known;
      // Some countries have numbers of several lengths, which the metadata itself calls valid.
      bool const valid =
          metadata.Parse(wrong, "ZZ", &known) == Metadata::NO_PARSING_ERROR && metadata.IsValidNumber(known);
      auto const number = parse_phone(wrong, "");
      if (number) {
        CHECK(number->valid == valid);
        check_stable(*number);
      } else {
        CHECK_FALSE((valid && wrong.size() <= 16));
      }
      mutated += valid ? 0 : 1;
    }
  });
  CHECK(mutated > 2500);
}

TEST_CASE("whatever is read is E.164 and reads as itself: texts made of a number's characters") {
  std::mt19937 random{20261126};
  constexpr std::string_view pieces[] = {"0",  "1",  "2", "3",  "4",  "5",  "6", "7",   "8",  "9",
                                         "+",  "00", "(", ")",  " ",  "-",  ".", "/",   "x",  "ext",
                                         "34", "44", "1", "49", "39", "81", "0", "911", "112"};
  auto const below = [&](std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>{0, bound - 1}(random);
  };
  int read_ones = 0;
  for (int i = 0; i < 30000; ++i) {
    std::string text = below(2) ? "+" : "";
    for (auto pieces_left = 1 + below(16); pieces_left > 0; --pieces_left) text += pieces[below(std::size(pieces))];
    auto const& region = phone_regions()[below(phone_regions().size())];
    auto const number = parse_phone(text, region);
    if (!number) {
      REQUIRE(number.error().code.category() == phone_category());
      continue;
    }
    ++read_ones;
    CAPTURE(text);
    CAPTURE(region);
    check_stable(*number);
    // A plus is never dropped and no digit is invented: the number ends with the text's last digits.
    if (text.front() == '+' && number->extension.empty()) {
      std::string digits;
      std::copy_if(text.begin(), text.end(), std::back_inserter(digits), [](char c) { return c >= '0' && c <= '9'; });
      CHECK_MESSAGE(digits.ends_with(number->e164.substr(number->e164.size() - 2)), number->e164);
      CHECK(digits.starts_with(std::to_string(number->calling_code)));
    }
  }
  CHECK(read_ones > 1000);
}
