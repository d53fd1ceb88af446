#pragma once

#include <cstddef>
#include <list>
#include <utility>
#include <vector>

namespace flexcrm::detail {

/// Buffers that are used in turn, while something is under way: whoever is idle holds none, and what was used a moment ago
/// is still in the processor's cache. For one thread.
template <class Buffer>
class SpareBuffers {
 public:
  /// An empty one.
  Buffer take() {
    if (spares_.empty()) return {};
    auto buffer = std::move(spares_.back());
    spares_.pop_back();
    return buffer;
  }

  void give(Buffer buffer) {
    if (spares_.size() == most_spares || buffer.capacity() > most_bytes || buffer.capacity() < least_bytes) return;
    buffer.clear();
    spares_.push_back(std::move(buffer));
  }

  void clear() noexcept { spares_.clear(); }

 private:
  static constexpr std::size_t most_spares = 256;
  static constexpr std::size_t most_bytes = 32 * 1024;
  static constexpr std::size_t least_bytes = 256;  // the heap does less as well

  std::vector<Buffer> spares_;
};

/// What the sessions of a thread share, for one library: each has its own where they are shared. Null at the thread's end: what is static may outlive it.
template <class Spares>
Spares* of_this_thread() {
  thread_local bool over = false;  // not destroyed, so that it can be read to the last
  struct Held {
    Spares spares;
    ~Held() { over = true; }
  };
  if (over) return nullptr;
  thread_local Held held;
  return &held.spares;
}

/// Places in lists, likewise.
template <class T>
class SpareNodes {
 public:
  /// The new place has what somebody left there.
  T& append(std::list<T>& to) {
    if (spares_.empty()) spares_.emplace_back();
    to.splice(to.end(), spares_, spares_.begin());
    return to.back();
  }

  void take_first(std::list<T>& from) noexcept {
    if (spares_.size() == most_spares) return from.pop_front();
    spares_.splice(spares_.begin(), from, from.begin());
  }

  void clear() noexcept { spares_.clear(); }

 private:
  static constexpr std::size_t most_spares = 256;

  std::list<T> spares_;
};

}  // namespace flexcrm::detail
