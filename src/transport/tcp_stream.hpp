#pragma once

#include "any_stream.hpp"
#include "spares.hpp"
#include "url.hpp"

#include <flexcrm/options.hpp>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace flexcrm::detail {

class TlsClient;

using tcp = asio::ip::tcp;
using TcpSocket = asio::basic_stream_socket<tcp, ByteStream::executor_type>;
using TcpAcceptor = asio::basic_socket_acceptor<tcp, ByteStream::executor_type>;

/// A connected socket, and what is at its other end: to ask the socket for that is a system call. Without a port: unknown.
struct TcpPeer {
  TcpSocket socket;
  tcp::endpoint remote;
};

/// A connected socket as a stream.
class TcpStream : public ByteStream {
 public:
  explicit TcpStream(TcpPeer peer);

  executor_type get_executor() noexcept override { return socket_.get_executor(); }
  void read_some(asio::mutable_buffer buffer, IoHandler handler) override;
  bool has_pending() noexcept override { return !rest_.empty(); }
  void write_some(std::span<asio::const_buffer const> buffers, IoHandler handler) override;
  void teardown(beast::role_type role, DoneHandler handler) override;
  void close() noexcept override;
  std::string const& remote_address() const noexcept override { return address_; }
  bool is_loopback() const noexcept override { return loopback_; }

 protected:
  using Buffers = std::array<asio::const_buffer, 16>;
  // An operation copies the sequence that it is given, and a span would dangle.
  static Buffers copy_of(std::span<asio::const_buffer const> buffers);

  TcpSocket socket_;

 private:
  void read_rest();
  void drain(beast::role_type role, DoneHandler handler);

  Spares<std::string>& spares_;
  std::string rest_;  // arrived with what was asked for, from rest_begin_ on
  std::size_t rest_begin_ = 0;
  std::array<char, 256> scrap_;
  std::string address_;
  bool loopback_ = false;
};

AnyStream make_tcp_stream(TcpPeer peer);

/// The server that a client connects to.
struct Remote {
  Url url{};
  std::shared_ptr<TlsClient> tls{};  ///< null: ws://

  /// Errors: invalid_argument (the URL, the authorities; ws:// to another machine without leave),
  /// tls_unavailable.
  static Result<Remote> of(ClientOptions const& options);
};

/// An attempt to connect that can be given up.
class TcpConnect {
 public:
  virtual ~TcpConnect() = default;
  /// `done` is not called any more.
  virtual void cancel() noexcept = 0;
};

/// Looks the name up and connects to one of its addresses; the TLS handshake comes with the first bytes that
/// are written. `done` is called once, not from inside this call, unless cancelled. Errors: timed_out,
/// connect_failed, tls_failed.
std::shared_ptr<TcpConnect> connect_tcp(asio::io_context& context, Remote const& remote,
                                        std::chrono::milliseconds timeout, std::function<void(Result<AnyStream>)> done);

}  // namespace flexcrm::detail
