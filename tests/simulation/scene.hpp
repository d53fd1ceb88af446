#pragma once

// What all parts of one schedule share: chance, time, the rules of failing, and the account of what was met.

#include <flexcrm/messages.hpp>

#include "book.hpp"
#include "coverage.hpp"

#include <cstdint>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace flexcrm::test {

struct BrokenInvariant : std::runtime_error {
  explicit BrokenInvariant(std::string const& what) : std::runtime_error{"broken invariant: " + what} {}
};

inline void require(bool holds, char const* invariant) {
  if (!holds) throw BrokenInvariant{invariant};
}

/// The chance of a schedule (SplitMix64). Not the standard's distributions: they differ between libraries,
/// and a seed has to mean one schedule everywhere.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_{seed} {}

  /// Both bounds can come.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(high - low + 1));
  }
  Millis between(Millis low, Millis high) { return Millis{between(low.count(), high.count())}; }
  bool chance(double probability) { return static_cast<double>(next() >> 11) * 0x1p-53 < probability; }

 private:
  std::uint64_t next() {
    auto mixed = state_ += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }

  std::uint64_t state_;
};

struct Scene {
  Random random;
  SessionOptions options{};
  Millis time{0};        ///< the world's own, which no machine can see
  bool is_calm = false;  ///< no more faults
  Book book{};
  Coverage coverage{};
  std::ostream* trace = nullptr;  ///< says what happens, for who looks into one schedule

  template <class... Words>
  void say(Words const&... words) const {
    if (trace) ((*trace << time.count() << " ms:") << ... << words) << '\n';
  }
};

}  // namespace flexcrm::test
