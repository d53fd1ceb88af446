#include "random_id.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

namespace flexcrm::detail {

// Of the system's own generator. std::random_device asks the processor's, and first what it can: a virtual machine stops
// for that, which took half of a handshake.
std::string random_id() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<unsigned char, 16> bytes;
  if (::getentropy(bytes.data(), bytes.size()) != 0) throw std::system_error{errno, std::generic_category()};
  std::string id;
  id.reserve(2 * bytes.size());
  for (auto const byte : bytes) (id += digits[byte >> 4U]) += digits[byte & 15U];
  return id;
}

}  // namespace flexcrm::detail
