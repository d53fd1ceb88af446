#pragma once

#include <flexcrm/backplane.hpp>
#include <flexcrm/error.hpp>
#include <flexcrm/message.hpp>
#include <flexcrm/metrics.hpp>

#include <array>
#include <atomic>
#include <cstdint>

namespace flexcrm::detail {

/// A number that one thread changes and any may read.
class Count {
 public:
  void add(std::uint64_t more = 1) noexcept { set(get() + more); }
  void set(std::uint64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
  void raise_to(std::uint64_t value) noexcept {
    if (value > get()) set(value);
  }
  std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// ServerMetrics as the server's thread counts them.
struct Counters {
  using ByType = std::array<Count, std::variant_size_v<Message>>;

  Count connections, connections_now, turned_away, http_refused;
  Count sessions, sessions_now, resumes, resets, replaced, agents_now;
  Count slow_peers, queue_bytes_highest, queue_frames_highest;
  Count linked_now, links_lost;
  ByType received, sent;
  std::array<Count, static_cast<std::size_t>(Errc::invalid_argument) + 1> refused;
  std::array<Count, enum_words(DialOutcome{}).size()> dials;
  std::array<Count, enum_words(RequestEnd{}).size()> nodes_asked;

  void refuse(Error const& error) noexcept;
  ServerMetrics read() const;
};

}  // namespace flexcrm::detail
