// In place of tls_stream.cpp and ticket.cpp when FLEXCRM_WITH_TLS is off.
#include "tls_stream.hpp"

namespace flexcrm::detail {

Result<std::shared_ptr<TlsServer>> TlsServer::make(TlsServerOptions const&) {
  return make_error(Errc::tls_unavailable);
}

Result<std::shared_ptr<TlsClient>> TlsClient::make(TlsClientOptions const&) {
  return make_error(Errc::tls_unavailable);
}

}  // namespace flexcrm::detail
