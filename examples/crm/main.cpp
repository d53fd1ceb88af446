// A CRM with Twilio Flex inside it: contacts in SQLite, the customer of the selected task on screen, calls by a click.

#include "contacts.hpp"
#include "options.hpp"
#include "pages.hpp"
#include "prometheus.hpp"

#include "journal/journal.hpp"

#include <flexcrm/server.hpp>

#include <algorithm>
#include <csignal>
#include <exception>
#include <iostream>
#include <thread>

#include <unistd.h>

namespace {

using flexcrm::Errc;

/// Blocks the signals that end the program, for all its threads; wait() returns when one has come, or raise() was called.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }
  void wait() const {
    int signal = 0;
    sigwait(&signals_, &signal);
  }
  static void raise() { ::kill(::getpid(), SIGTERM); }

 private:
  sigset_t signals_{};
};

/// Takes leave of everybody, for some seconds at most. Who signals again does not want to wait for that.
void stop(flexcrm::Server& server, StopSignals const& signals) {
  std::thread polite{[&server] {
    server.stop();
    StopSignals::raise();
  }};
  signals.wait();
  server.cut();
  polite.join();
}

/// Writes down every message of Flex that reaches this process.
template <class... Messages>
void keep(flexcrm::Server& server, examples::Journal const& journal) {
  (server.on<Messages>([&journal](std::string const& agent, Messages const& message) { journal.handled(agent, message); }), ...);
}

int run(crm::Options const& options) {
  StopSignals const stop_signals;
  crm::Contacts const contacts{options.database, FLEXCRM_CRM_DIR "/contacts.json"};
  crm::Pages pages{options, contacts};
  examples::Journal const journal{options.journal, options.journal_full, "flexcrm-crm"};

  flexcrm::ServerOptions server_options;
  server_options.port = options.port;
  server_options.allowed_origins = options.origins;
  if (auto const flex_origin = options.flex_origin()) server_options.allowed_origins.push_back(*flex_origin);
  if (!options.hosts.empty()) {
    server_options.allowed_hosts = options.hosts;
    for (auto const* own : {"localhost:", "127.0.0.1:", "[::1]:"})
      server_options.allowed_hosts.push_back(own + std::to_string(options.port));
  }
  server_options.hub.dials_per_minute = options.dials_per_minute;
  server_options.session.times.idle = std::chrono::milliseconds{options.idle_ms};
  // Twice within that time, so that one may be lost.
  server_options.session.times.ping_after = server_options.session.times.idle * 2 / 5;
  if (options.verbose) server_options.logger.level = flexcrm::Level::debug;
  flexcrm::Server server{std::move(server_options)};

  server.on_http([&](flexcrm::HttpRequest const& request) -> flexcrm::HttpResponse {
    // For a Prometheus on this machine.
    if (request.target == "/metrics" && request.method == "GET" && request.local)
      return {.content_type = "text/plain; version=0.0.4; charset=utf-8", .body = crm::prometheus(server.metrics())};
    return pages.answer(request);
  });

  // For one machine: whoever is on it may be any of the agents. A product checks Hello's token here.
  server.on_authorize([&options](flexcrm::Hello const& hello,
                                 flexcrm::HttpRequest const& request) -> flexcrm::Result<flexcrm::Identity> {
    bool const known = std::find(options.agents.begin(), options.agents.end(), hello.agent) != options.agents.end();
    if (!known || !(request.local || options.behind_proxy)) return flexcrm::make_error(Errc::unauthorized);
    return flexcrm::Identity{hello.agent, hello.role};
  });
  server.on_presence([](std::string const& agent, flexcrm::Presence const& flex) {
    std::cout << "flexcrm-crm: Flex of " << agent << (flex.online ? " connected" : " gone") << std::endl;
  });
  server.on_dialled([&journal](std::string const& agent, flexcrm::DialRequest const& dial,
                       flexcrm::Result<flexcrm::DialResult> const& result) {
    journal.ended(examples::Way::in, agent, dial, result ? std::nullopt : std::optional{result.error()});
    auto const outcome = flexcrm::outcome_of(result);
    std::cout << "flexcrm-crm: " << agent << " dialled " << flexcrm::redact(dial.destination) << ": "
              << enum_words(outcome)[static_cast<std::size_t>(outcome)]
              << (result ? "" : ", " + flexcrm::to_string(result.error())) << std::endl;
  });

  if (journal.is_open()) {
    keep<flexcrm::AgentChanged, flexcrm::TaskSelected, flexcrm::TaskDeselected, flexcrm::TaskChanged, flexcrm::CallChanged,
         flexcrm::Snapshot>(server, journal);
    server.on_dial([&journal](std::string const& agent, flexcrm::DialRequest const& dial) -> flexcrm::Result<void> {
      journal.handled(agent, dial);
      return {};
    });
  }

  if (auto const started = server.start(); !started) {
    std::cerr << "flexcrm-crm: cannot start: " << flexcrm::to_string(started.error()) << '\n';
    return 1;
  }
  pages.set_port(server.port());
  std::cout << "flexcrm-crm: open http://localhost:" << server.port() << "/crm.html" << std::endl;
  stop_signals.wait();
  stop(server, stop_signals);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    int exit_code = 0;
    auto const options = crm::read_options(argc, argv, exit_code);
    return options ? run(*options) : exit_code;
  } catch (std::exception const& error) {
    std::cerr << "flexcrm-crm: " << error.what() << '\n';
    return 1;
  }
}
