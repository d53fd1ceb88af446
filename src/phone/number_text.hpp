#pragma once

#include <flexcrm/phone.hpp>

#include <string>
#include <string_view>

namespace flexcrm::detail {

/// A text that has the shape of one telephone number, in ASCII.
struct NumberText {
  bool plus = false;      ///< it begins with a plus
  std::string digits;     ///< 1 or more
  std::string extension;  ///< digits, or nothing
};

/// Takes the digits out of a text, if it is the text of one telephone number. libphonenumber is lenient by design: it
/// finds a number in nearly everything. So what is given to it is what came out of here, and nothing else.
Result<NumberText> read_number_text(std::string_view text);

/// The error of a fault.
Error make_error(PhoneFault fault);

}  // namespace flexcrm::detail
