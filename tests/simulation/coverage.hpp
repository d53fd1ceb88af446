#pragma once

#include <cstdint>
#include <string>

namespace flexcrm::test {

/// What schedules went through, so that a run can show that it met what it is for.
struct Coverage {
  std::uint64_t schedules = 0, steps = 0, frames = 0;
  // the link
  std::uint64_t cuts = 0, cuts_in_a_frame = 0, half_open = 0, one_way = 0, stalls = 0, split_frames = 0,
                late_frames = 0, missing_frames = 0, outages = 0;
  // the machines
  std::uint64_t sleeps = 0, slept_through = 0, freezes = 0, clock_steps = 0, slow_timers = 0;
  // the processes
  std::uint64_t server_restarts = 0, client_restarts = 0, second_tabs = 0, logouts = 0, strangers = 0, refusals = 0;
  // the sessions
  std::uint64_t resumes = 0, resets = 0, voids = 0, full_queues = 0;
  // the applications
  std::uint64_t events = 0, events_again = 0, states = 0, commands = 0, queries = 0, dials = 0, dials_placed = 0,
                dials_not_placed = 0, dials_unknown = 0;
  // the hub
  std::uint64_t snapshots = 0, replaced_tabs = 0, takeovers = 0, refused_tabs = 0, slow_readers = 0, claims_passed = 0,
                offline_answers = 0, process_requests = 0, process_handlers = 0;

  void add(Coverage const& other);
  std::string text() const;
};

}  // namespace flexcrm::test
