#pragma once

#include <flexcrm/error.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/recycling_allocator.hpp>
#include <boost/beast/core/role.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace flexcrm::detail {

namespace asio = boost::asio;
namespace beast = boost::beast;

/// A connected byte stream, whatever carries it: TCP now, TLS and memory later. One read and one write at a
/// time.
class ByteStream {
 public:
  using executor_type = asio::io_context::executor_type;
  using IoHandler = asio::any_completion_handler<void(error_code, std::size_t)>;
  using DoneHandler = asio::any_completion_handler<void(error_code)>;

  virtual ~ByteStream() = default;
  virtual executor_type get_executor() noexcept = 0;
  virtual void read_some(asio::mutable_buffer buffer, IoHandler handler) = 0;
  /// Whether there is something to read that came with what was read before.
  virtual bool has_pending() noexcept { return false; }
  virtual void write_some(std::span<asio::const_buffer const> buffers, IoHandler handler) = 0;
  /// The end after a closing handshake: half close, then wait for the peer's.
  virtual void teardown(beast::role_type role, DoneHandler handler) = 0;
  /// Cuts the stream; open operations fail. May be called twice.
  virtual void close() noexcept = 0;
  virtual std::string const& remote_address() const noexcept = 0;
  virtual bool is_loopback() const noexcept = 0;
};

/// Sees what the WebSocket layer does with its stream, which is all that it shows of frames that are not
/// whole.
class StreamObserver {
 public:
  /// More bytes are asked for: what came before was looked at, and was not enough.
  virtual void on_more_wanted() = 0;
  /// Nothing is read or written any more; the peer's end is awaited.
  virtual void on_teardown() = 0;

 protected:
  ~StreamObserver() = default;
};

/// The one NextLayer that Beast is instantiated with: two Beast instantiations would cost a minute of
/// compiling each.
class AnyStream {
 public:
  using executor_type = ByteStream::executor_type;

  explicit AnyStream(std::unique_ptr<ByteStream> stream) noexcept : stream_{std::move(stream)} {}

  executor_type get_executor() noexcept { return stream_->get_executor(); }

  /// What carries the bytes; then this object is done.
  std::unique_ptr<ByteStream> release() noexcept { return std::move(stream_); }

  /// The observer must outlive the operations of this stream.
  void observe(StreamObserver* observer) noexcept { observer_ = observer; }

  template <class Buffers, class Token>
  auto async_read_some(Buffers const& buffers, Token&& token) {
    if (observer_) observer_->on_more_wanted();
    return asio::async_initiate<Token, void(error_code, std::size_t)>(
        [](auto&& handler, ByteStream* stream, asio::mutable_buffer buffer) {
          stream->read_some(buffer, erased(std::forward<decltype(handler)>(handler)));
        },
        token, stream_.get(), first_run_of(buffers));
  }

  template <class Buffers, class Token>
  auto async_write_some(Buffers const& buffers, Token&& token) {
    return asio::async_initiate<Token, void(error_code, std::size_t)>(
        [](auto&& handler, ByteStream* stream, Gathered const& gathered) {
          stream->write_some({gathered.buffers.data(), gathered.count},
                             erased(std::forward<decltype(handler)>(handler)));
        },
        token, stream_.get(), gather(buffers));
  }

  void close() noexcept { stream_->close(); }
  std::string const& remote_address() const noexcept { return stream_->remote_address(); }
  bool is_loopback() const noexcept { return stream_->is_loopback(); }

  friend void beast_close_socket(AnyStream& stream) { stream.close(); }

  template <class Handler>
  friend void async_teardown(beast::role_type role, AnyStream& stream, Handler&& handler) {
    if (stream.observer_) stream.observer_->on_teardown();
    stream.stream_->teardown(role, ByteStream::DoneHandler{std::forward<Handler>(handler)});
  }

 private:
  // In memory that Asio keeps for the thread, where Beast's handlers would go to the heap each time.
  template <class Handler>
  static ByteStream::IoHandler erased(Handler&& handler) {
    return ByteStream::IoHandler{
        asio::bind_allocator(asio::recycling_allocator<void>{}, std::forward<Handler>(handler))};
  }

  // Beast writes a frame as its header and the caller's buffer; the answer to an upgrade has nine. A longer sequence is
  // written in parts, as any write_some may.
  struct Gathered {
    std::array<asio::const_buffer, 16> buffers;
    std::size_t count = 0;
  };

  template <class Buffers>
  static Gathered gather(Buffers const& sequence) {
    Gathered gathered;
    auto const end = asio::buffer_sequence_end(sequence);
    for (auto it = asio::buffer_sequence_begin(sequence); it != end && gathered.count < gathered.buffers.size(); ++it) {
      asio::const_buffer const buffer = *it;
      if (buffer.size() != 0) gathered.buffers[gathered.count++] = buffer;
    }
    return gathered;
  }

  // The first buffer, and those that follow it in memory.
  template <class Buffers>
  static asio::mutable_buffer first_run_of(Buffers const& sequence) {
    asio::mutable_buffer run;
    auto const end = asio::buffer_sequence_end(sequence);
    for (auto it = asio::buffer_sequence_begin(sequence); it != end; ++it) {
      asio::mutable_buffer const buffer = *it;
      if (run.size() == 0)
        run = buffer;
      else if (buffer.data() == static_cast<char*>(run.data()) + run.size())
        run = {run.data(), run.size() + buffer.size()};
      else
        break;
    }
    return run;
  }

  std::unique_ptr<ByteStream> stream_;
  StreamObserver* observer_ = nullptr;
};

}  // namespace flexcrm::detail
