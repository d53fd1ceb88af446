#pragma once

#include "transport/any_stream.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace flexcrm::test {

/// A connection in memory: the library has one end, this is the other. Everything happens in the io_context's
/// thread.
class MemoryPeer {
 public:
  explicit MemoryPeer(boost::asio::io_context& context, std::string address = "127.0.0.1", bool loopback = true)
      : wire_{std::make_shared<Wire>(context, std::move(address), loopback)} {}

  /// Cuts the stream and forgets who waits: what waits owns the stream, which owns what waits.
  ~MemoryPeer() {
    wire_->closed = true;
    auto const read = std::move(wire_->read);
    auto const write = std::move(wire_->write);
    auto const teardown = std::move(wire_->teardown);
    wire_->read.reset();
    wire_->write.reset();
    wire_->teardown.reset();
  }
  MemoryPeer(MemoryPeer const&) = delete;
  MemoryPeer& operator=(MemoryPeer const&) = delete;

  /// The library's end. Once.
  detail::AnyStream stream() { return detail::AnyStream{std::make_unique<End>(wire_)}; }

  /// Bytes arrive.
  void say(std::string_view bytes) {
    wire_->arriving += bytes;
    wire_->serve();
  }
  /// The end arrives, after what was said.
  void leave() {
    wire_->left = true;
    wire_->serve();
  }
  /// Takes what was written so far.
  std::string heard() { return std::exchange(wire_->written, {}); }
  /// From now on a write waits, as when the network's buffers are full.
  void stop_hearing() { wire_->deaf = true; }
  /// Now they are taken again.
  void hear_again() {
    wire_->deaf = false;
    wire_->serve();
  }
  /// Bytes that one read brings at most.
  void trickle(std::size_t bytes) { wire_->most_at_once = bytes; }
  /// Bytes that one write takes at most.
  void swallow(std::size_t bytes) { wire_->most_taken = bytes; }
  /// Every write fails from now on.
  void refuse() { wire_->refuses = true; }
  /// How many writes there were, each a system call of a real stream.
  std::size_t writes() const { return wire_->writes; }

  bool is_read_from() const { return wire_->read.has_value(); }
  bool is_closed() const { return wire_->closed; }
  std::size_t unread() const { return wire_->arriving.size(); }

 private:
  using ByteStream = detail::ByteStream;

  struct Wire {
    struct Read {
      boost::asio::mutable_buffer buffer;
      ByteStream::IoHandler handler;
    };
    struct Write {
      std::string bytes;
      ByteStream::IoHandler handler;
    };

    Wire(boost::asio::io_context& context, std::string remote, bool is_local)
        : executor{context.get_executor()}, address{std::move(remote)}, loopback{is_local} {}

    // A handler is never called from inside: Beast's operations rely on it.
    template <class Handler, class... Args>
    void complete(Handler handler, Args... args) {
      boost::asio::post(executor, [h = std::move(handler), args...]() mutable { std::move(h)(args...); });
    }

    void serve() {
      if (write && (closed || !deaf)) {
        error_code ec;
        if (closed) ec = boost::asio::error::operation_aborted;
        if (refuses) ec = boost::asio::error::connection_reset;
        auto const size = ec ? 0 : std::min(write->bytes.size(), most_taken);
        written.append(write->bytes, 0, size);
        auto handler = std::move(write->handler);
        write.reset();
        complete(std::move(handler), ec, size);
      }
      if (read && (closed || left || !arriving.empty())) {
        error_code ec;
        auto const size = closed ? 0 : std::min({read->buffer.size(), arriving.size(), most_at_once});
        if (closed) {
          ec = boost::asio::error::operation_aborted;
        } else if (arriving.empty()) {
          ec = boost::asio::error::eof;
        }
        if (size != 0) std::memcpy(read->buffer.data(), arriving.data(), size);
        arriving.erase(0, size);
        auto handler = std::move(read->handler);
        read.reset();
        complete(std::move(handler), ec, size);
      }
      if (!teardown) return;
      arriving.clear();
      if (!closed && !left) return;
      auto handler = std::move(*teardown);
      teardown.reset();
      complete(std::move(handler), closed ? error_code{boost::asio::error::operation_aborted} : error_code{});
    }

    boost::asio::io_context::executor_type executor;
    std::string address;
    bool loopback;
    std::string arriving;
    std::string written;
    std::size_t most_at_once = std::numeric_limits<std::size_t>::max();
    std::size_t most_taken = std::numeric_limits<std::size_t>::max();
    std::size_t writes = 0;
    bool refuses = false;
    bool left = false;
    bool deaf = false;
    bool closed = false;
    std::optional<Read> read;
    std::optional<Write> write;
    std::optional<ByteStream::DoneHandler> teardown;
  };

  class End final : public ByteStream {
   public:
    explicit End(std::shared_ptr<Wire> wire) : wire_{std::move(wire)} {}
    ~End() override { End::close(); }
    End(End const&) = delete;
    End& operator=(End const&) = delete;

    executor_type get_executor() noexcept override { return wire_->executor; }
    void read_some(boost::asio::mutable_buffer buffer, IoHandler handler) override {
      if (buffer.size() == 0) return wire_->complete(std::move(handler), error_code{}, std::size_t{0});
      wire_->read.emplace(Wire::Read{buffer, std::move(handler)});
      wire_->serve();
    }
    void write_some(std::span<boost::asio::const_buffer const> buffers, IoHandler handler) override {
      std::string bytes;
      for (auto const& buffer : buffers) bytes.append(static_cast<char const*>(buffer.data()), buffer.size());
      ++wire_->writes;
      wire_->write.emplace(Wire::Write{std::move(bytes), std::move(handler)});
      wire_->serve();
    }
    void teardown(boost::beast::role_type, DoneHandler handler) override {
      wire_->teardown.emplace(std::move(handler));
      wire_->serve();
    }
    void close() noexcept override {
      wire_->closed = true;
      wire_->serve();
    }
    std::string const& remote_address() const noexcept override { return wire_->address; }
    bool is_loopback() const noexcept override { return wire_->loopback; }

   private:
    std::shared_ptr<Wire> wire_;
  };

  std::shared_ptr<Wire> wire_;
};

}  // namespace flexcrm::test
