#include "tcp_stream.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/steady_timer.hpp>

namespace flexcrm::detail {
namespace {

class TcpStream final : public ByteStream {
 public:
  explicit TcpStream(TcpSocket socket) : socket_{std::move(socket)} {
    error_code ignored;
    // A frame is a message: it must not wait for the acknowledgement of the one before.
    socket_.set_option(tcp::no_delay{true}, ignored);
    if (auto const endpoint = socket_.remote_endpoint(ignored); !ignored) {
      auto const address = endpoint.address();
      address_ = address.to_string();
      loopback_ = address.is_loopback() ||
                  (address.is_v6() && address.to_v6().is_v4_mapped() &&
                   asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback());
    }
  }

  executor_type get_executor() noexcept override { return socket_.get_executor(); }

  void read_some(asio::mutable_buffer buffer, IoHandler handler) override {
    socket_.async_read_some(buffer, std::move(handler));
  }

  void write_some(std::span<asio::const_buffer const> buffers, IoHandler handler) override {
    if (buffers.size() == 1) {
      socket_.async_write_some(buffers.front(), std::move(handler));
      return;
    }
    // The operation copies the sequence, and a span would dangle.
    std::array<asio::const_buffer, 8> copy;
    std::copy_n(buffers.begin(), std::min(buffers.size(), copy.size()), copy.begin());
    socket_.async_write_some(copy, std::move(handler));
  }

  void teardown(beast::role_type role, DoneHandler handler) override {
    // As RFC 6455 §7.1.1 has it: the server ends first, so that TIME_WAIT stays with it. Then what still
    // arrives is read and dropped until the peer ends too; who limits the time is the caller, by close().
    error_code ignored;
    if (role == beast::role_type::server) socket_.shutdown(tcp::socket::shutdown_send, ignored);
    drain(role, std::move(handler));
  }

  void close() noexcept override {
    error_code ignored;
    socket_.close(ignored);
  }

  std::string const& remote_address() const noexcept override { return address_; }
  bool is_loopback() const noexcept override { return loopback_; }

 private:
  void drain(beast::role_type role, DoneHandler handler) {
    socket_.async_read_some(asio::buffer(scrap_),
                            [this, role, h = std::move(handler)](error_code ec, std::size_t) mutable {
                              if (!ec) return drain(role, std::move(h));
                              error_code ignored;
                              if (role == beast::role_type::client)
                                socket_.shutdown(tcp::socket::shutdown_send, ignored);
                              if (ec == asio::error::eof) ec = {};
                              std::move(h)(ec);
                            });
  }

  TcpSocket socket_;
  std::array<char, 256> scrap_;
  std::string address_;
  bool loopback_ = false;
};

using Resolver = asio::ip::basic_resolver<tcp, ByteStream::executor_type>;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                               ByteStream::executor_type>;

class Connecting final : public TcpConnect, public std::enable_shared_from_this<Connecting> {
 public:
  using Done = std::function<void(error_code, std::unique_ptr<AnyStream>)>;

  Connecting(asio::io_context& context, Done done)
      : resolver_{context.get_executor()},
        socket_{context.get_executor()},
        timer_{context.get_executor()},
        done_{std::move(done)} {}

  void start(std::string const& host, std::string const& port, std::chrono::milliseconds timeout) {
    timer_.expires_after(timeout);
    timer_.async_wait([self = shared_from_this()](error_code ec) {
      if (!ec) self->finish(make_error_code(Errc::timed_out));
    });
    resolver_.async_resolve(
        host, port, [self = shared_from_this()](error_code ec, Resolver::results_type results) {
          if (!self->done_) return;
          if (ec) return self->finish(ec);
          asio::async_connect(self->socket_, results, [self](error_code connect_ec, tcp::endpoint const&) {
            self->finish(connect_ec);
          });
        });
  }

  void cancel() noexcept override {
    done_ = nullptr;
    release();
  }

 private:
  void release() noexcept {
    try {
      resolver_.cancel();
      timer_.cancel();
    } catch (...) {  // both may throw by their signature alone
    }
    error_code ignored;
    socket_.close(ignored);
  }

  void finish(error_code ec) {
    if (!done_) return;
    auto const done = std::exchange(done_, nullptr);
    if (ec) {
      release();
      return done(ec, nullptr);
    }
    auto stream = std::make_unique<AnyStream>(make_tcp_stream(std::move(socket_)));
    release();
    done({}, std::move(stream));
  }

  Resolver resolver_;
  TcpSocket socket_;
  Timer timer_;
  Done done_;
};

}  // namespace

AnyStream make_tcp_stream(TcpSocket socket) {
  return AnyStream{std::make_unique<TcpStream>(std::move(socket))};
}

std::shared_ptr<TcpConnect> connect_tcp(asio::io_context& context, std::string const& host,
                                        std::string const& port, std::chrono::milliseconds timeout,
                                        Connecting::Done done) {
  auto connecting = std::make_shared<Connecting>(context, std::move(done));
  connecting->start(host, port, timeout);
  return connecting;
}

}  // namespace flexcrm::detail
