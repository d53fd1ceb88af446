#pragma once

#include <string>

namespace flexcrm::detail {

/// 128 random bits in hexadecimal, from the system's source.
std::string random_id();

}  // namespace flexcrm::detail
