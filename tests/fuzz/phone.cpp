// parse_phone: an input is a byte that chooses a region (0: none) and a text. Whatever arrives, what is read is E.164 and
// reads as itself everywhere; what is not has a reason that is of the sender's making.

#include "fuzz.hpp"

#include <flexcrm/phone.hpp>

#include <algorithm>

using namespace flexcrm;
using test::require;

namespace {

bool is_e164(std::string_view text) {
  return text.size() >= 3 && text.size() <= 16 && text[0] == '+' && text[1] >= '1' && text[1] <= '9' &&
         std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) return 0;
  auto const& regions = phone_regions();
  std::string const region = data[0] == 0 ? "" : regions[data[0] % regions.size()];
  std::string_view const text{reinterpret_cast<char const*>(data) + 1, size - 1};
  auto const number = parse_phone(text, region);
  if (!number) {
    require(number.error().code.category() == phone_category(), "a refusal is a PhoneFault");
    require(number.error().detail == name(static_cast<PhoneFault>(number.error().code.value())),
            "its detail is its name");
    require(number.error().pointer.empty(), "it holds nothing of the text");
    return 0;
  }
  require(text.size() <= longest_phone_text, "a long text is refused");
  require(is_e164(number->e164), "what is read is E.164");
  for (auto const& other : {std::string{}, region, regions[size % regions.size()]}) {
    auto again = parse_phone(number->e164, other);
    require(again.has_value(), "it reads again");
    again->extension = number->extension;
    if (!number->extension.empty()) again->uri += ";ext=" + number->extension;
    require(*again == *number, "it reads as itself");
  }
  auto const by_uri = parse_phone(number->uri, {});
  require(by_uri.has_value() && *by_uri == *number, "so does its URI");
  return 0;
}
