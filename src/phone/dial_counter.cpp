#include "dial_counter.hpp"

#include <algorithm>

namespace flexcrm::detail {

std::chrono::milliseconds DialCounter::wait(Key const& key, DialLimit const& limit, Time now) {
  std::chrono::seconds const window{limit.seconds};
  auto const found = dials_.find(key);
  if (found == dials_.end()) {
    if (dials_.size() >= most_) forget_idle(window, now);
    return dials_.size() < most_ ? std::chrono::milliseconds{0} : window;
  }
  auto& dials = found->second;
  while (!dials.empty() && now - dials.front() >= window) dials.pop_front();
  // Rules that were loaded since may allow fewer than there are.
  auto const allowed = static_cast<std::size_t>(limit.dials);
  if (dials.size() < allowed) return std::chrono::milliseconds{0};
  return std::chrono::ceil<std::chrono::milliseconds>(dials[dials.size() - allowed] + window - now);
}

void DialCounter::add(Key const& key, Time now) {
  auto& dials = dials_[key];
  // Two threads may bring their moments in another order than they took them.
  dials.push_back(dials.empty() ? now : std::max(now, dials.back()));
}

void DialCounter::forget_idle(std::chrono::seconds window, Time now) {
  std::erase_if(dials_, [&](auto const& one) { return one.second.empty() || now - one.second.back() >= window; });
}

}  // namespace flexcrm::detail
