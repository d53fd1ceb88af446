#pragma once

#include "coverage.hpp"

#include <cstdint>
#include <iosfwd>

namespace flexcrm::test {

/// A scene. Runs one schedule: the seed is all that it depends on; no clock is read. Throws BrokenInvariant,
/// which says what does not hold. `trace`, if it is given, is told everything that happens.
using Simulate = Coverage(std::uint64_t seed, std::ostream* trace);

/// Two sessions over a bad link.
Simulate simulate_sessions;
/// A hub, two tabs of Flex and three CRM pages over bad links.
Simulate simulate_hub;

}  // namespace flexcrm::test
