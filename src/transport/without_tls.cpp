// In place of tls_stream.cpp and ticket.cpp when FLEXCRM_WITH_TLS is off.
#include "tls_stream.hpp"

#include <flexcrm/ticket.hpp>

namespace flexcrm {
namespace detail {

Result<std::shared_ptr<TlsServer>> TlsServer::make(TlsServerOptions const&) {
  return make_error(Errc::tls_unavailable);
}

Result<std::shared_ptr<TlsClient>> TlsClient::make(TlsClientOptions const&) {
  return make_error(Errc::tls_unavailable);
}

}  // namespace detail

// Without keys the rest is never reached.
Result<TicketKeys> TicketKeys::make(std::vector<std::string>) { return make_error(Errc::tls_unavailable); }

std::string TicketKeys::issue(Ticket const&) const { return {}; }

Result<Ticket> TicketKeys::check(std::string_view, std::chrono::system_clock::time_point) const {
  return make_error(Errc::unauthorized);
}

Authorize authorize_by_ticket(TicketKeys, std::function<std::chrono::system_clock::time_point()>) {
  return [](Hello const&, HttpRequest const&) -> Result<Identity> { return make_error(Errc::unauthorized); };
}

}  // namespace flexcrm
