#include "coverage.hpp"

#include <iterator>
#include <sstream>
#include <utility>

namespace flexcrm::test {
namespace {

struct Counter {
  char const* name;
  std::uint64_t Coverage::*count;
};

constexpr Counter counters[] = {
    {"schedules", &Coverage::schedules},
    {"steps", &Coverage::steps},
    {"frames", &Coverage::frames},
    {"cuts", &Coverage::cuts},
    {"cuts in a frame", &Coverage::cuts_in_a_frame},
    {"half-open", &Coverage::half_open},
    {"one way", &Coverage::one_way},
    {"stalls", &Coverage::stalls},
    {"split frames", &Coverage::split_frames},
    {"late frames", &Coverage::late_frames},
    {"missing frames", &Coverage::missing_frames},
    {"outages", &Coverage::outages},
    {"sleeps", &Coverage::sleeps},
    {"frames slept through", &Coverage::slept_through},
    {"freezes", &Coverage::freezes},
    {"clock steps", &Coverage::clock_steps},
    {"slow timers", &Coverage::slow_timers},
    {"server restarts", &Coverage::server_restarts},
    {"client restarts", &Coverage::client_restarts},
    {"second tabs", &Coverage::second_tabs},
    {"logouts", &Coverage::logouts},
    {"strangers", &Coverage::strangers},
    {"refusals", &Coverage::refusals},
    {"resumes", &Coverage::resumes},
    {"resets", &Coverage::resets},
    {"Voids", &Coverage::voids},
    {"full queues", &Coverage::full_queues},
    {"events", &Coverage::events},
    {"events told again", &Coverage::events_again},
    {"states", &Coverage::states},
    {"commands", &Coverage::commands},
    {"queries", &Coverage::queries},
    {"dials", &Coverage::dials},
    {"placed", &Coverage::dials_placed},
    {"certainly not placed", &Coverage::dials_not_placed},
    {"unknown", &Coverage::dials_unknown},
    {"Snapshots", &Coverage::snapshots},
    {"replaced tabs", &Coverage::replaced_tabs},
    {"takeovers", &Coverage::takeovers},
    {"tabs turned away", &Coverage::refused_tabs},
    {"slow readers", &Coverage::slow_readers},
    {"claims passed on", &Coverage::claims_passed},
    {"answers agent_offline", &Coverage::offline_answers},
    {"requests of the process", &Coverage::process_requests},
    {"handlers of the process", &Coverage::process_handlers},
};
// Every counter has a line.
static_assert(sizeof(Coverage) == std::size(counters) * sizeof(std::uint64_t));

}  // namespace

void Coverage::add(Coverage const& other) {
  for (auto const& [name, count] : counters) this->*count += other.*count;
}

std::string Coverage::text() const {
  std::ostringstream text;
  char const* separator = "";
  for (auto const& [name, count] : counters) text << std::exchange(separator, ", ") << this->*count << ' ' << name;
  return text.str();
}

}  // namespace flexcrm::test
