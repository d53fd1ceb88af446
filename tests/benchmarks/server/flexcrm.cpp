// The library's server, as an application starts it. Without arguments it relays between the agents' endpoints;
// with `event` it has a handler for TaskSelected.

#include <flexcrm/server.hpp>

#include <csignal>
#include <iostream>
#include <string_view>

int main(int argc, char** argv) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  flexcrm::ServerOptions options{.addresses = {"127.0.0.1"}};
  // One message of a person at a time is what the defaults are made for; here one peer is many.
  options.rate.interval = std::chrono::microseconds{0};
  flexcrm::Server server{std::move(options)};
  std::size_t seen = 0;
  if (argc > 1 && argv[1] == std::string_view{"event"}) {
    server.on<flexcrm::TaskSelected>(
        [&seen](std::string const&, flexcrm::TaskSelected const& task) { seen += task.task_sid.has_value(); });
  }
  if (auto const started = server.start(); !started) {
    std::cerr << to_string(started.error()) << '\n';
    return 1;
  }
  std::cout << server.port() << std::endl;
  int signal = 0;
  sigwait(&signals, &signal);
  server.cut();
}
