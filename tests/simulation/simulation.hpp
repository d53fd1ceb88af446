#pragma once

// A deterministic simulation of two sessions over a bad link. One seed is one schedule; nothing here reads a clock.

#include <cstdint>
#include <string>

namespace flexcrm::test {

/// What a schedule went through, so that a run can show that it met what it is for.
struct Coverage {
  std::uint64_t schedules = 0, steps = 0, frames = 0, cuts = 0, half_open = 0, stalls = 0, sleeps = 0, steps_of_clock = 0,
                server_restarts = 0, client_restarts = 0, second_tabs = 0, resumes = 0, resets = 0, events = 0, states = 0,
                commands = 0, dials = 0, dials_placed = 0, dials_unknown = 0, dials_certainly_not = 0;

  void add(Coverage const& other);
  std::string text() const;
};

/// Runs one schedule. Throws std::runtime_error, naming the invariant, when one does not hold.
Coverage simulate(std::uint64_t seed);

}  // namespace flexcrm::test
