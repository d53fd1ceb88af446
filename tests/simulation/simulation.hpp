#pragma once

#include "coverage.hpp"

#include <cstdint>
#include <iosfwd>

namespace flexcrm::test {

/// Runs one schedule: two sessions over a bad link. The seed is all that it depends on; no clock is read.
/// Throws BrokenInvariant, which says what does not hold. `trace`, if it is given, is told everything that
/// happens.
Coverage simulate(std::uint64_t seed, std::ostream* trace = nullptr);

}  // namespace flexcrm::test
