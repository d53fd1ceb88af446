#pragma once

#include "tcp_stream.hpp"

#include <flexcrm/options.hpp>

#include <memory>
#include <string>

namespace flexcrm::detail {

/// The server's certificate, and TLS on the sockets that it accepts.
class TlsServer {
 public:
  /// Errors: invalid_argument (a file that cannot be read, a key that does not fit), tls_unavailable.
  static Result<std::shared_ptr<TlsServer>> make(TlsServerOptions const& options);

  virtual ~TlsServer() = default;

  /// Reads certificate and key again, for the streams to come; on an error the old ones stay. From any
  /// thread.
  virtual Result<void> reload() = 0;

  /// TLS on an accepted socket. The handshake happens with the first read, and whoever limits that limits it.
  virtual AnyStream accept(TcpPeer peer) = 0;
};

/// The authorities that a client trusts, and TLS on the sockets that it connects.
class TlsClient {
 public:
  /// Errors: invalid_argument (authorities that cannot be read), tls_unavailable.
  static Result<std::shared_ptr<TlsClient>> make(TlsClientOptions const& options);

  virtual ~TlsClient() = default;

  /// TLS on a connected socket, to a server whose certificate is for `host`, a name or a numeric address. The
  /// handshake happens with the first write, and whoever limits that limits it. Its errors are Errc's. Error:
  /// tls_failed (no memory).
  virtual Result<AnyStream> connect(TcpPeer peer, std::string const& host) = 0;
};

}  // namespace flexcrm::detail
