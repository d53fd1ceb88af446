#include "nats_server.hpp"

#include <signal.h>
#include <stdlib.h>

#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace flexcrm::test {
namespace {

std::filesystem::path make_directory() {
  auto name = (std::filesystem::temp_directory_path() / "flexcrm_nats_XXXXXX").string();
  if (!::mkdtemp(name.data())) throw std::system_error{errno, std::system_category(), "mkdtemp"};
  return name;
}

std::string port_or_any(std::uint16_t port) { return port == 0 ? "-1" : std::to_string(port); }

/// The port of the line that speaks of it.
std::uint16_t read_port(Process& process, std::string_view what) {
  for (;;) {
    auto const line = process.wait_for("");
    if (line.find(what) == std::string::npos) continue;
    return static_cast<std::uint16_t>(std::stoul(line.substr(line.rfind(':') + 1)));
  }
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() : path{make_directory()} {}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

NatsServer::NatsServer(std::string configuration, bool cluster, std::uint16_t route)
    : configuration_{std::move(configuration)}, cluster_{cluster}, route_{route} {
  start();
}

void NatsServer::kill() { process_->kill(); }

void NatsServer::retire() { process_->signal(SIGUSR2); }

int NatsServer::wait() { return process_->wait(); }

void NatsServer::start() {
  auto const file = directory_.path / "nats.conf";
  std::ofstream out{file};
  out << std::ifstream{FLEXCRM_NATS_CONF}.rdbuf() << "host: 127.0.0.1\nport: " << port_or_any(port_) << "\n";
  if (cluster_) {
    out << "cluster {\n  name: flexcrm\n  host: 127.0.0.1\n  port: " << port_or_any(route_port_) << "\n";
    if (route_ != 0) out << "  routes: [\"nats://127.0.0.1:" << route_ << "\"]\n";
    out << "}\n";
  }
  out << configuration_ << '\n';
  out.close();
  if (std::string_view{FLEXCRM_NATS_SERVER}.ends_with("NOTFOUND"))
    throw std::runtime_error{"nats-server is not installed"};
  process_ = std::make_unique<Process>(std::vector<std::string>{FLEXCRM_NATS_SERVER, "-c", file.string(), "-T=false"});
  port_ = read_port(*process_, "Listening for client connections on");
  if (cluster_) route_port_ = read_port(*process_, "Listening for route connections on");
}

void NatsServer::freeze() { process_->signal(SIGSTOP); }

void NatsServer::thaw() { process_->signal(SIGCONT); }

}  // namespace flexcrm::test
