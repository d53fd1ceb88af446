#include "random_id.hpp"

#include <random>
#include <string_view>

namespace flexcrm::detail {

std::string random_id() {
  constexpr std::string_view digits = "0123456789abcdef";
  // To open one costs more than to read it: libstdc++ asks what the processor can, for which a virtual machine stops.
  thread_local std::random_device source;
  std::string id;
  id.reserve(32);
  for (int word = 0; word < 4; ++word) {
    auto bits = source();
    for (int i = 0; i < 8; ++i, bits >>= 4) id += digits[bits & 15];
  }
  return id;
}

}  // namespace flexcrm::detail
