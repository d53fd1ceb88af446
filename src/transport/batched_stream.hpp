#pragma once

#include "any_stream.hpp"

#include <cstdint>
#include <memory>

namespace flexcrm::detail {

/// Is told what became of what a BatchedStream took.
class BatchObserver {
 public:
  /// More of it is on its way; or the stream failed, and takes nothing any more.
  virtual void on_taken(error_code ec) = 0;

 protected:
  ~BatchObserver() = default;
};

/// A stream that takes what is written at once and sends a burst of writes as one: a system call, and over
/// TLS a record, for many frames instead of each. A burst ends when all streams of the io_context have looked
/// at what came.
class BatchedStream final : public ByteStream {
 public:
  explicit BatchedStream(std::unique_ptr<ByteStream> inner);
  ~BatchedStream() override;
  BatchedStream(BatchedStream const&) = delete;
  BatchedStream& operator=(BatchedStream const&) = delete;

  /// From here on; before, a write is done when its bytes are on their way. The observer is called until this
  /// object or the observer's stream is closed, and never from inside a call into this object.
  void begin(BatchObserver* observer) noexcept;

  /// Bytes that were written to this stream so far, and how many of them are on their way.
  std::uint64_t written() const noexcept;
  std::uint64_t taken() const noexcept;

  executor_type get_executor() noexcept override;
  void read_some(asio::mutable_buffer buffer, IoHandler handler) override;
  bool has_pending() noexcept override;
  void write_some(std::span<asio::const_buffer const> buffers, IoHandler handler) override;
  /// After what was written is on its way.
  void teardown(beast::role_type role, DoneHandler handler) override;
  /// What was written and fits into the network's buffers still goes out.
  void close() noexcept override;
  std::string const& remote_address() const noexcept override;
  bool is_loopback() const noexcept override;

 private:
  class Batches;
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace flexcrm::detail
