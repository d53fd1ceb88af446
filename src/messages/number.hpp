#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <version>

#ifndef __cpp_lib_to_chars
#include <locale.h>
#include <cerrno>
#include <clocale>
#include <cmath>
#include <cstdlib>
#endif

namespace flexcrm::detail {

/// Reads a JSON number as the nearest double. False, and `value` as it was, when it is out of range: too large, or so small
/// that nothing but zero is near.
inline bool read_double(std::string_view raw, double& value) {
#ifdef __cpp_lib_to_chars
  return std::from_chars(raw.data(), raw.data() + raw.size(), value).ec == std::errc{};
#else
  // libc++ reads no floating point by from_chars yet. The locale is ours: another one may want a comma.
  static locale_t const c_locale = newlocale(LC_ALL_MASK, "C", nullptr);
  std::string const text{raw};
  errno = 0;
  double const read = strtod_l(text.c_str(), nullptr, c_locale);
  if (errno == ERANGE && (read == 0 || std::isinf(read))) return false;
  value = read;
  return true;
#endif
}

}  // namespace flexcrm::detail
