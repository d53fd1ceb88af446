// Runs schedules of the simulation, in order of their seeds and on all processors, until the first that
// breaks an invariant. That one is named by its seed, and ends the run with status 1.

#include "broken.hpp"
#include "simulation.hpp"

#include <boost/program_options.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <limits>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

using flexcrm::test::Coverage;
namespace po = boost::program_options;

struct Options {
  std::uint64_t schedules = 0, first = 0;
  double seconds = 0;
  unsigned jobs = 0;
  std::string scene, broken;
  bool trace = false;
};

/// Hands out seeds, and adds up what their schedules met.
class Run {
 public:
  Run(Options const& options, flexcrm::test::Simulate& simulate)
      : options_{options}, simulate_{simulate}, next_{options.first} {}

  void work() {
    for (std::uint64_t seed = 0; take(seed);) {
      try {
        done(seed, simulate_(seed, options_.trace ? &std::cout : nullptr));
      } catch (std::exception const& error) {
        failed(seed, error.what());
      }
    }
  }

  int report() const {
    std::cout << "seeds " << options_.first << " to " << next_ - 1 << ": " << total_.text() << '\n';
    if (failed_seed_ != none) {
      std::cout << "schedule " << failed_seed_ << ": " << failure_ << "\nrun it again: --scene " << options_.scene
                << " --first " << failed_seed_ << " --schedules 1\n";
      return 1;
    }
    std::cout << total_.schedules << " passed, 0 failed\n";
    return 0;
  }

 private:
  static constexpr auto none = std::numeric_limits<std::uint64_t>::max();
  static constexpr std::uint64_t between_reports = 20000;

  bool take(std::uint64_t& seed) {
    std::lock_guard const lock{mutex_};
    bool const is_enough =
        options_.schedules != 0 && next_ - options_.first >= options_.schedules && seconds() >= options_.seconds;
    if (is_enough || failed_seed_ != none) return false;
    seed = next_++;
    return true;
  }

  void done(std::uint64_t seed, Coverage const& coverage) {
    std::lock_guard const lock{mutex_};
    total_.add(coverage);
    if (total_.schedules % between_reports == 0)
      std::cout << "at seed " << seed << " after " << static_cast<int>(seconds()) << " s: " << total_.text()
                << std::endl;
  }

  /// The lowest seed is named: those below it have been handed out before.
  void failed(std::uint64_t seed, std::string what) {
    std::lock_guard const lock{mutex_};
    if (seed >= failed_seed_) return;
    failed_seed_ = seed;
    failure_ = std::move(what);
  }

  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count(); }

  Options options_;
  flexcrm::test::Simulate& simulate_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::mutex mutex_;
  std::uint64_t next_;
  Coverage total_;
  std::uint64_t failed_seed_ = none;
  std::string failure_;
};

}  // namespace

int main(int argc, char** argv) try {
  Options options;
  po::options_description description{"flexcrm_simulation"};
  auto const all = std::max(1u, std::thread::hardware_concurrency());
  description.add_options()                                                               //
      ("help", "says this")                                                               //
      ("scene", po::value(&options.scene)->default_value("sessions"), "sessions or hub")  //
      ("schedules", po::value(&options.schedules)->default_value(20000),
       "how many at least; 0: until stopped")                                                //
      ("seconds", po::value(&options.seconds)->default_value(0), "go on for so long")        //
      ("first", po::value(&options.first)->default_value(1), "the first seed")               //
      ("jobs", po::value(&options.jobs)->default_value(all), "how many at once")             //
      ("broken", po::value(&options.broken), "breaks this rule on purpose (mutants.cmake)")  //
      ("trace", po::bool_switch(&options.trace), "says everything that happens: for one schedule");
  po::variables_map given;
  po::store(po::parse_command_line(argc, argv, description), given);
  po::notify(given);
  if (given.contains("help")) {
    std::cout << description;
    return 0;
  }
  flexcrm::test::broken_rule = options.broken;
  if (options.scene != "sessions" && options.scene != "hub")
    throw po::validation_error{po::validation_error::invalid_option_value, "scene", options.scene};
  Run run{options, options.scene == "hub" ? flexcrm::test::simulate_hub : flexcrm::test::simulate_sessions};
  {
    std::vector<std::jthread> workers;
    for (unsigned i = 0; i < std::max(1u, options.jobs); ++i) workers.emplace_back([&run] { run.work(); });
  }
  return run.report();
} catch (po::error const& error) {
  std::cerr << error.what() << '\n';
  return 2;
}
