#include <flexcrm/server.hpp>

#include <boost/json/serialize.hpp>

#include <iostream>

int main() {
  flexcrm::Server server{{.port = 3000}};
  server.on<flexcrm::TaskSelected>([](std::string const& agent, flexcrm::TaskSelected const& task) {
    auto const name = task.attributes.find("/account_data/first_name");
    std::cout << agent << " talks to " << (name ? serialize(*name) : "somebody") << '\n';
  });
  server.on_presence([&server](std::string const& agent, flexcrm::Presence const& flex) {
    if (!flex.online) return;
    flexcrm::DialRequest const click{.destination = "+34911234567"};
    server.request(agent, click, [](flexcrm::Result<flexcrm::DialResult> const& result) {
      std::cout << (result ? "the call is placed" : to_string(result.error())) << '\n';
    });
  });
  if (auto const started = server.start(); !started) return std::cerr << to_string(started.error()) << '\n', 1;
  std::cin.get();  // the server runs on a thread of its own
}
