#pragma once

#include <cstddef>
#include <list>
#include <string>
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

/// For the frames of this thread.
inline SpareBuffers<std::string>& spare_frames() {
  thread_local SpareBuffers<std::string> frames;
  return frames;
}

/// Places in lists, likewise.
template <class T>
class SpareNodes {
 public:
  template <class Value>
  void append(std::list<T>& to, Value&& value) {
    if (spares_.empty()) spares_.emplace_back();
    spares_.front() = std::forward<Value>(value);
    to.splice(to.end(), spares_, spares_.begin());
  }

  /// What was in it should have been moved from: it stays for a while.
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
