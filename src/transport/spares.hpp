#pragma once

#include <boost/asio/execution_context.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace flexcrm::detail {

/// Buffers that the streams of one io_context use in turn, while something is under way: an idle stream holds none, and
/// what was used a moment ago is still in the processor's cache.
template <class Buffer>
class Spares final : public boost::asio::execution_context::service {
 public:
  using key_type = Spares;
  static inline boost::asio::execution_context::id id;

  explicit Spares(boost::asio::execution_context& context) : service{context} {}

  /// An empty one.
  Buffer take() {
    if (spares_.empty()) return {};
    auto buffer = std::move(spares_.back());
    spares_.pop_back();
    return buffer;
  }

  void give(Buffer buffer) {
    if (spares_.size() == most_spares || buffer.capacity() > most_bytes) return;
    buffer.clear();
    spares_.push_back(std::move(buffer));
  }

 private:
  static constexpr std::size_t most_spares = 256;
  static constexpr std::size_t most_bytes = 32 * 1024;

  void shutdown() noexcept override { spares_.clear(); }

  std::vector<Buffer> spares_;
};

}  // namespace flexcrm::detail
