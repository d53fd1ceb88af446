#pragma once

#include <flexcrm/types.hpp>

#include <algorithm>
#include <chrono>

namespace flexcrm::detail {

/// How long ago something was, by whichever clock says more: a steady clock stands still while its machine
/// sleeps, a wall clock may be set. It never becomes smaller, however the clocks are set (docs/protocol.md
/// §4.5).
class Age {
 public:
  Age() = default;
  explicit Age(Moment since) : since_{since} {}

  std::chrono::milliseconds at(Moment now) {
    using std::chrono::duration_cast;
    using std::chrono::milliseconds;
    oldest_ = std::max({oldest_, duration_cast<milliseconds>(now.steady - since_.steady),
                        duration_cast<milliseconds>(now.wall - since_.wall)});
    return oldest_;
  }

  /// When it will be `age` old, if no clock jumps.
  Moment reaches(std::chrono::milliseconds age) const { return {since_.steady + age, since_.wall + age}; }

 private:
  Moment since_{};
  std::chrono::milliseconds oldest_{0};
};

}  // namespace flexcrm::detail
