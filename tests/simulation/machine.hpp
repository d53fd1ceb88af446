#pragma once

#include <flexcrm/types.hpp>

#include <algorithm>
#include <chrono>
#include <vector>

namespace flexcrm::test {

using Millis = std::chrono::milliseconds;

/// The larger of what both clocks say, and never negative (docs/protocol.md §5.1).
inline Millis age(Moment from, Moment to) {
  return std::max({std::chrono::duration_cast<Millis>(to.steady - from.steady),
                   std::chrono::duration_cast<Millis>(to.wall - from.wall), Millis{0}});
}

/// A machine: two clocks, and a process that does not always run. A sleep (a laptop's lid, a paused virtual
/// machine) stops the steady clock as well; a frozen process (a tab in the background, SIGSTOP) keeps its
/// memory while both clocks go on.
class Machine {
 public:
  Moment now(Millis time) const {
    return {std::chrono::steady_clock::time_point{time - slept_ + begin},
            std::chrono::system_clock::time_point{time + set_by_ + begin}};
  }

  /// When a timer for this moment goes off.
  Millis rings(std::chrono::steady_clock::time_point deadline) const {
    return std::max(std::chrono::ceil<Millis>(deadline.time_since_epoch()) - begin + slept_ + timer_lag_, awake_at_);
  }

  bool is_awake(Millis time) const { return time >= awake_at_; }
  Millis awake_at() const { return awake_at_; }

  /// A clock that is set back in the very minute in which its machine sleeps hides the sleep from both
  /// clocks: no rule can see that, and docs/protocol.md §5.1 says so. Here the two stay apart.
  bool may_sleep(Millis time) const { return is_awake(time) && time >= set_back_at_ + apart; }
  bool may_be_set_back(Millis time) const { return time >= slept_until_ + apart; }

  void sleep(Millis time, Millis length) {
    slept_ += length;
    slept_from_ = time;
    slept_until_ = awake_at_ = restored_at_ = time + length;
  }
  void freeze(Millis time, Millis length) {
    awake_at_ = restored_at_ = time + length;
    set_back_at_ += length;
  }
  void set_wall(Millis time, Millis by) {
    if (by < Millis{0}) {
      set_back_at_ = time;
      set_back_from_.push_back(now(time));
    }
    set_by_ += by;
  }
  /// The most that something of then may have seemed old at any time until now.
  Millis most_age(Moment then, Millis time) const {
    auto most = age(then, now(time));
    for (auto const& late : set_back_from_)
      if (late.steady >= then.steady) most = std::max(most, age(then, late));
    return most;
  }
  /// Timers go off so late, as in a tab in the background.
  void throttle(Millis time, Millis lag) {
    timer_lag_ = lag;
    restored_at_ = std::max(restored_at_, time);
  }

  /// Was something that came at `sent`, over a connection of `connected`, in a buffer while this machine
  /// slept for longer than `length`?
  bool slept_through(Millis sent, Millis connected, Millis length) const {
    return connected < slept_from_ && sent < slept_until_ && slept_until_ - slept_from_ > length;
  }

  /// A moment from which something is waited for.
  struct Since {
    Millis time{0};
    Millis slept{0};
  };
  Since since(Millis time) const { return {time, slept_}; }

  /// Can a timer of `limit` that was set then be still on its way?
  bool may_still_wait(Since since, Millis limit, Millis time) const {
    return time <= std::max(since.time + limit + slept_ - since.slept, restored_at_) + timer_lag_;
  }

 private:
  static constexpr std::chrono::hours begin{24};
  static constexpr std::chrono::seconds apart{90};

  Millis slept_{0}, set_by_{0}, timer_lag_{0};
  Millis awake_at_{0}, restored_at_{0};
  std::vector<Moment> set_back_from_;  // what the clocks said before each time
  Millis slept_from_{-1}, slept_until_ = -apart, set_back_at_ = -apart;
};

}  // namespace flexcrm::test
