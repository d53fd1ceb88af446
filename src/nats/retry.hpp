#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

namespace flexcrm::detail {

/// When to ask again after nobody was there: a new owner's subscription takes some milliseconds to spread among the servers, and
/// the owners of a server that failed are back after 0.2 s, as a rule. Nobody was reached, so that asking again doubles nothing.
class Retry {
 public:
  using Clock = std::chrono::steady_clock;

  Retry(Clock::time_point now, std::chrono::milliseconds timeout) : end_{now + std::min(timeout, longest)} {}

  /// For what is settled by the first answer.
  static Retry never() { return Retry{Clock::time_point::min(), std::chrono::milliseconds{0}}; }

  /// How long to wait now; nothing: it is settled.
  std::optional<std::chrono::milliseconds> next(Clock::time_point now) {
    auto const wait = waits[std::min(tries_++, waits.size() - 1)];
    if (now + wait >= end_) return std::nullopt;
    return wait;
  }

 private:
  static constexpr std::chrono::milliseconds longest{2000};
  static constexpr std::array<std::chrono::milliseconds, 4> waits{
      std::chrono::milliseconds{5}, std::chrono::milliseconds{20}, std::chrono::milliseconds{80},
      std::chrono::milliseconds{250}};

  Clock::time_point end_;
  std::size_t tries_ = 0;
};

}  // namespace flexcrm::detail
