#pragma once

#include "support/process.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace flexcrm::test {

/// A directory that goes away with the object.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(TemporaryDirectory const&) = delete;
  TemporaryDirectory& operator=(TemporaryDirectory const&) = delete;

  std::filesystem::path const path;
};

/// A nats-server with the configuration of docs/scaling.md, on a free port of the loopback interface, which keeps its port when it is started again.
class NatsServer {
 public:
  /// Starts it. `configuration`: more of it, in its own language. `cluster`: it is one of several; `route` is another's.
  explicit NatsServer(std::string configuration = {}, bool cluster = false, std::uint16_t route = 0);

  std::uint16_t port() const noexcept { return port_; }
  std::uint16_t route() const noexcept { return route_port_; }
  std::string url(std::string const& scheme = "nats") const { return scheme + "://127.0.0.1:" + std::to_string(port_); }

  /// SIGKILL.
  void kill();
  /// Asks it to go, as `nats-server --signal ldm` does: it takes nobody in and closes one connection after the other.
  void retire();
  /// Waits until it has ended by itself; its exit status.
  int wait();
  /// Once more, on the same port.
  void start();
  /// Changes what it is configured with when it starts next.
  void configure(std::string configuration) { configuration_ = std::move(configuration); }
  /// Neither dead nor alive: SIGSTOP, until SIGCONT.
  void freeze();
  void thaw();

 private:
  std::string configuration_;
  bool const cluster_;
  std::uint16_t const route_;
  TemporaryDirectory directory_;
  std::uint16_t port_ = 0;
  std::uint16_t route_port_ = 0;
  std::unique_ptr<Process> process_;
};

}  // namespace flexcrm::test
