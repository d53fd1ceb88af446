// The library's server, as an application starts it. Without arguments it relays between the agents' endpoints;
// with `event` it has a handler for TaskSelected, and with `event 2` there are two servers on one port.

#include <flexcrm/server.hpp>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <list>
#include <string_view>

int main(int argc, char** argv) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  flexcrm::ServerOptions options{.addresses = {"127.0.0.1"}, .share_port = true};
  // One message of a person at a time is what the defaults are made for; here one peer is many.
  options.rate.interval = std::chrono::microseconds{0};
  bool const has_handler = argc > 1 && argv[1] == std::string_view{"event"};
  std::list<flexcrm::Server> servers;
  for (int n = argc > 2 ? std::atoi(argv[2]) : 1; n > 0; --n) {
    auto& server = servers.emplace_back(options);
    if (has_handler) {
      server.on<flexcrm::TaskSelected>(
          [seen = std::size_t{0}](std::string const&, flexcrm::TaskSelected const& task) mutable {
            seen += task.task_sid.has_value();
          });
    }
    if (auto const started = server.start(); !started) {
      std::cerr << to_string(started.error()) << '\n';
      return 1;
    }
    options.port = server.port();
  }
  std::cout << options.port << std::endl;
  int signal = 0;
  sigwait(&signals, &signal);
  for (auto& server : servers) server.cut();
}
