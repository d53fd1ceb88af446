// The C++ of docs/scaling.md that needs NATS.
#include <flexcrm/flexcrm.hpp>
#include <flexcrm/nats.hpp>

flexcrm::Result<void> start(std::unique_ptr<flexcrm::Server>& server);

flexcrm::Result<void> start(std::unique_ptr<flexcrm::Server>& server) {
  // [nats]
  auto backplane = flexcrm::nats({
      .urls = {"tls://nats-1.example.com", "tls://nats-2.example.com", "tls://nats-3.example.com"},
      .credentials = "/etc/crm/nats.creds",
  });
  if (!backplane) return backplane.error();  // an option that cannot work; that no server is there is no error
  flexcrm::ServerOptions options{.port = 3000};
  options.backplane = *std::move(backplane);
  server = std::make_unique<flexcrm::Server>(options);
  // [/nats]
  return {};
}
