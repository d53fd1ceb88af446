#include "tcp_stream.hpp"

#include "clock.hpp"
#include "tls_stream.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/post.hpp>

#include <sys/socket.h>

namespace flexcrm::detail {
namespace {

// What a peer can make us hold before it is looked at; a fourth of the longest frame.
constexpr std::size_t most_rest = 16 * 1024;

}  // namespace

TcpStream::TcpStream(TcpPeer peer)
    : socket_{std::move(peer.socket)},
      spares_{asio::use_service<Spares<std::string>>(socket_.get_executor().context())} {
  error_code ignored;
  // A frame is a message: it must not wait for the acknowledgement of the one before.
  socket_.set_option(tcp::no_delay{true}, ignored);
  if (peer.remote.port() != 0) {
    auto const address = peer.remote.address();
    address_ = address.to_string();
    loopback_ =
        address.is_loopback() || (address.is_v6() && address.to_v6().is_v4_mapped() &&
                                  asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback());
  }
}

void TcpStream::read_some(asio::mutable_buffer buffer, IoHandler handler) {
  if (!rest_.empty()) {
    auto const size = asio::buffer_copy(buffer, asio::buffer(rest_) + rest_begin_);
    rest_begin_ += size;
    if (rest_begin_ == rest_.size()) {
      spares_.give(std::exchange(rest_, {}));
      rest_begin_ = 0;
    }
    return asio::post(get_executor(), [h = std::move(handler), size]() mutable { std::move(h)(error_code{}, size); });
  }
  // Beast asks for 1536 bytes at a time, and a burst is longer.
  socket_.async_read_some(
      buffer, [this, asked = buffer.size(), h = std::move(handler)](error_code ec, std::size_t size) mutable {
        if (!ec && size == asked && size != 0) read_rest();
        std::move(h)(ec, size);
      });
}

// Takes what else has arrived, into a buffer of the thread, so that only who has a rest pays for it. An end or an error is
// met again by the next read.
void TcpStream::read_rest() {
  thread_local std::array<char, most_rest> arrived;
  auto const size = ::recv(socket_.native_handle(), arrived.data(), arrived.size(), MSG_DONTWAIT);
  if (size <= 0) return;
  rest_ = spares_.take();
  rest_.assign(arrived.data(), static_cast<std::size_t>(size));
}

void TcpStream::write_some(std::span<asio::const_buffer const> buffers, IoHandler handler) {
  if (buffers.size() == 1) {
    socket_.async_write_some(buffers.front(), std::move(handler));
  } else {
    socket_.async_write_some(copy_of(buffers), std::move(handler));
  }
}

void TcpStream::teardown(beast::role_type role, DoneHandler handler) {
  // As RFC 6455 §7.1.1 has it: the server ends first, so that TIME_WAIT stays with it. Then what still
  // arrives is read and dropped until the peer ends too; who limits the time is the caller, by close().
  error_code ignored;
  if (role == beast::role_type::server) socket_.shutdown(tcp::socket::shutdown_send, ignored);
  drain(role, std::move(handler));
}

void TcpStream::close() noexcept {
  error_code ignored;
  socket_.close(ignored);
}

TcpStream::Buffers TcpStream::copy_of(std::span<asio::const_buffer const> buffers) {
  Buffers copy;
  std::copy_n(buffers.begin(), std::min(buffers.size(), copy.size()), copy.begin());
  return copy;
}

void TcpStream::drain(beast::role_type role, DoneHandler handler) {
  socket_.async_read_some(asio::buffer(scrap_),
                          [this, role, h = std::move(handler)](error_code ec, std::size_t) mutable {
                            if (!ec) return drain(role, std::move(h));
                            error_code ignored;
                            if (role == beast::role_type::client) socket_.shutdown(tcp::socket::shutdown_send, ignored);
                            if (ec == asio::error::eof) ec = {};
                            std::move(h)(ec);
                          });
}

AnyStream make_tcp_stream(TcpPeer peer) { return AnyStream{std::make_unique<TcpStream>(std::move(peer))}; }

Result<Remote> Remote::of(ClientOptions const& options) {
  auto url = parse_url(options.url);
  if (!url) return url.error();
  Remote remote;
  remote.url = std::move(*url);
  if (remote.url.tls) {
    auto tls = TlsClient::make(options.tls);
    if (!tls) return tls.error();
    remote.tls = std::move(*tls);
    return remote;
  }
  error_code not_an_address;
  auto const address = asio::ip::make_address(remote.url.host, not_an_address);
  bool const here = not_an_address ? remote.url.host == "localhost" : address.is_loopback();
  if (!here && !options.allow_plaintext) {
    return make_error(Errc::invalid_argument, {},
                      "ClientOptions::url: ws:// to another machine can be read and changed on the way; "
                      "use wss://, or set allow_plaintext");
  }
  return remote;
}

namespace {

using Resolver = asio::ip::basic_resolver<tcp, ByteStream::executor_type>;

class Connecting final : public TcpConnect, public std::enable_shared_from_this<Connecting> {
 public:
  using Done = std::function<void(Result<AnyStream>)>;

  Connecting(asio::io_context& context, Remote const& remote, Done done)
      : remote_{remote},
        resolver_{context.get_executor()},
        socket_{context.get_executor()},
        timer_{context.get_executor()},
        done_{std::move(done)} {}

  void start(std::chrono::milliseconds timeout) {
    timer_.expires_after(timeout);
    timer_.async_wait([self = shared_from_this()](error_code ec) {
      if (!ec) self->finish(make_error(Errc::timed_out));
    });
    resolver_.async_resolve(remote_.url.host, remote_.url.port,
                            [self = shared_from_this()](error_code ec, Resolver::results_type const& results) {
                              if (!self->done_) return;
                              if (ec) return self->finish(make_error(Errc::connect_failed, {}, ec.message()));
                              asio::async_connect(
                                  self->socket_, results, [self](error_code connect_ec, tcp::endpoint const& remote) {
                                    if (connect_ec)
                                      return self->finish(make_error(Errc::connect_failed, {}, connect_ec.message()));
                                    self->finish(self->stream(remote));
                                  });
                            });
  }

  void cancel() noexcept override {
    done_ = nullptr;
    release();
  }

 private:
  Result<AnyStream> stream(tcp::endpoint const& remote) {
    if (!done_) return make_error(Errc::closed);
    TcpPeer peer{std::move(socket_), remote};
    if (!remote_.tls) return make_tcp_stream(std::move(peer));
    return remote_.tls->connect(std::move(peer), remote_.url.host);
  }

  void release() noexcept {
    try {
      resolver_.cancel();
      timer_.cancel();
    } catch (...) {  // both may throw by their signature alone
    }
    error_code ignored;
    socket_.close(ignored);
  }

  void finish(Result<AnyStream> stream) {
    if (!done_) return;
    auto const done = std::exchange(done_, nullptr);
    release();
    done(std::move(stream));
  }

  Remote remote_;
  Resolver resolver_;
  TcpSocket socket_;
  Timer timer_;
  Done done_;
};

}  // namespace

std::shared_ptr<TcpConnect> connect_tcp(asio::io_context& context, Remote const& remote,
                                        std::chrono::milliseconds timeout, Connecting::Done done) {
  auto connecting = std::make_shared<Connecting>(context, remote, std::move(done));
  connecting->start(timeout);
  return connecting;
}

}  // namespace flexcrm::detail
