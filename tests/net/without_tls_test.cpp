// A build without OpenSSL says so; the rest is the same.
#include "support.hpp"

using namespace flexcrm;
using namespace flexcrm::test;

TEST_CASE("without TLS in the build, what needs it is refused by name") {
  auto options = server_options();
  options.tls = TlsServerOptions{};
  Server server{options};
  CHECK(server.start().error().code == Errc::tls_unavailable);

  auto secure = client_options(1, Role::crm);
  secure.url = "wss://localhost/flexcrm";
  Client client{secure};
  CHECK(client.start().error().code == Errc::tls_unavailable);

  CHECK(TicketKeys::make({std::string(32, 'k')}).error().code == Errc::tls_unavailable);
}
