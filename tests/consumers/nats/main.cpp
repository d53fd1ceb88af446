// What a program does whose servers are several nodes: an option that cannot work is told, and a server begins without a broker.
#include <flexcrm/flexcrm.hpp>
#include <flexcrm/nats.hpp>

#include <future>
#include <iostream>

int main() {
  auto const refused = flexcrm::nats({.urls = {"nats://broker.example.com"}});
  if (refused || refused.error().detail != "allow_plaintext") return 1;

  // Nobody listens on port 1.
  auto backplane = flexcrm::nats({.urls = {"nats://127.0.0.1:1"}, .logger = {.level = flexcrm::Level::off}});
  if (!backplane) return 2;
  flexcrm::ServerOptions options;
  options.logger.level = flexcrm::Level::off;
  options.backplane = *std::move(backplane);
  flexcrm::Server server{options};
  if (!server.start()) return 3;
  std::promise<flexcrm::error_code> code;
  server.request("anna", flexcrm::DialRequest{.destination = "+34911234567"},
                 [&](flexcrm::Result<flexcrm::DialResult> const& result) {
                   code.set_value(result ? flexcrm::error_code{} : result.error().code);
                 });
  if (code.get_future().get() != flexcrm::Errc::agent_offline) return 4;
  std::cout << "without a broker the agent is offline\n";
}
