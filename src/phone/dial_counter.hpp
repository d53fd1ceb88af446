#pragma once

#include <flexcrm/dial_policy.hpp>

#include <chrono>
#include <deque>
#include <map>
#include <string>
#include <utility>

namespace flexcrm::detail {

/// Counts dials by who placed them: the moments of the latest, as far back as the limit goes.
class DialCounter {
 public:
  using Key = std::pair<std::string, std::string>;
  using Time = std::chrono::steady_clock::time_point;

  explicit DialCounter(std::size_t most) noexcept : most_{most} {}

  /// How long until one more is within the limit; zero: now.
  std::chrono::milliseconds wait(Key const& key, DialLimit const& limit, Time now);
  /// \pre wait() said zero
  void add(Key const& key, Time now);

 private:
  void forget_idle(std::chrono::seconds window, Time now);

  std::size_t most_;
  std::map<Key, std::deque<Time>> dials_;
};

}  // namespace flexcrm::detail
