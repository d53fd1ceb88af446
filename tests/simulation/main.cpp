// flexcrm_simulation [--schedules N] [--seconds S] [--first SEED]: runs schedules until N are done and S seconds passed
// (N 0: without end). The first that breaks an invariant is named by its seed, and ends the run with status 1.

#include "simulation.hpp"

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string_view>

int main(int argc, char** argv) {
  std::uint64_t schedules = 20000;
  std::uint64_t first = 1;
  double seconds = 0;
  for (int i = 1; i + 1 < argc; i += 2) {
    std::string_view const name{argv[i]};
    if (name == "--schedules") schedules = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--first") first = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--seconds") seconds = std::strtod(argv[i + 1], nullptr);
  }
  auto const begin = std::chrono::steady_clock::now();
  auto const passed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(); };
  flexcrm::test::Coverage total;
  for (std::uint64_t seed = first; schedules == 0 || total.schedules < schedules || passed() < seconds; ++seed) {
    try {
      total.add(flexcrm::test::simulate(seed));
    } catch (std::exception const& error) {
      std::cout << "schedule " << seed << ": " << error.what() << "\nrun it again: --first " << seed
                << " --schedules 1\n";
      return 1;
    }
    if (total.schedules % 100000 == 0) std::cout << total.text() << std::endl;
  }
  std::cout << total.text() << "\n" << total.schedules << " passed, 0 failed\n";
  return 0;
}
