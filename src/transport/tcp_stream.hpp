#pragma once

#include "any_stream.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace flexcrm::detail {

using tcp = asio::ip::tcp;
using TcpSocket = asio::basic_stream_socket<tcp, ByteStream::executor_type>;
using TcpAcceptor = asio::basic_socket_acceptor<tcp, ByteStream::executor_type>;

/// A connected socket as a stream.
AnyStream make_tcp_stream(TcpSocket socket);

/// An attempt to connect that can be given up.
class TcpConnect {
 public:
  virtual ~TcpConnect() = default;
  /// `done` is not called any more.
  virtual void cancel() noexcept = 0;
};

/// Looks the name up and connects to one of its addresses. `done` is called once, not from inside this call,
/// unless cancelled.
std::shared_ptr<TcpConnect> connect_tcp(asio::io_context& context, std::string const& host,
                                        std::string const& port, std::chrono::milliseconds timeout,
                                        std::function<void(error_code, std::unique_ptr<AnyStream>)> done);

}  // namespace flexcrm::detail
