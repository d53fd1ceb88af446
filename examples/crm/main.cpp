// A CRM with Twilio Flex inside it: contacts in SQLite, the customer of the selected task on screen, calls by a click, and a
// log of every call.

#include "api.hpp"
#include "call_log.hpp"
#include "contacts.hpp"
#include "database.hpp"
#include "dial_audit.hpp"
#include "http.hpp"
#include "inspector.hpp"
#include "lookup.hpp"
#include "options.hpp"
#include "pages.hpp"
#include "policy.hpp"
#include "prometheus.hpp"
#include "retention.hpp"
#include "sign_in.hpp"
#include "site.hpp"

#include "journal/journal.hpp"

#include <flexcrm/browser_modules.hpp>
#include <flexcrm/nats.hpp>
#include <flexcrm/server.hpp>

#include <chrono>
#include <csignal>
#include <ctime>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

#include <unistd.h>

namespace {

/// Blocks the signals that mean something here, for all its threads: SIGINT and SIGTERM end the program, SIGHUP lets it read
/// its files again. wait() returns one that has come.
class Signals {
 public:
  Signals() {
    sigemptyset(&signals_);
    for (int const signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals_, signal);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }
  /// Nothing when none has come in time.
  std::optional<int> wait(std::chrono::seconds longest) const {
    timespec const time{.tv_sec = longest.count(), .tv_nsec = 0};
    int const signal = sigtimedwait(&signals_, nullptr, &time);
    return signal < 0 ? std::nullopt : std::optional{signal};
  }
  static void raise() { ::kill(::getpid(), SIGTERM); }

 private:
  sigset_t signals_{};
};

/// Takes leave of everybody, for some seconds at most. Who signals again does not want to wait for that.
void stop(flexcrm::Server& server, Signals const& signals) {
  std::thread polite{[&server] {
    server.stop();
    Signals::raise();
  }};
  while (signals.wait(std::chrono::hours{1}) == SIGHUP) {
  }
  server.cut();
  polite.join();
}

/// Other rules from the next dial on; what cannot be read changes nothing.
void reload(flexcrm::DialPolicy& policy, std::string const& file) {
  try {
    if (auto const read = policy.reload(crm::policy_text(file)); !read)
      throw std::runtime_error{flexcrm::to_string(read.error())};
    std::cout << "flexcrm-crm: the dial policy is read again" << std::endl;
  } catch (std::exception const& error) {
    std::cerr << "flexcrm-crm: the dial policy stays: " << error.what() << std::endl;
  }
}

/// Deletes what is too old, when the program starts and once a day, over a connection of its own to the database.
class Forgetting {
 public:
  explicit Forgetting(crm::Options const& options) : database_{options.database}, keep_{options.keep_calls} {}

  /// Does it, if it is time to.
  void look(std::chrono::steady_clock::time_point now) {
    if (keep_.count() == 0 || now < next_) return;
    next_ = now + std::chrono::hours{24};
    try {
      auto const gone = crm::forget(database_, std::chrono::system_clock::now(), keep_);
      if (gone.calls + gone.dials > 0)
        std::cout << "flexcrm-crm: deleted " << gone.calls << " calls and " << gone.dials
                  << " rows of the audit trail, older than " << keep_.count() << " days" << std::endl;
    } catch (std::exception const& error) {
      std::cerr << "flexcrm-crm: what is too old could not be deleted: " << error.what() << std::endl;
      next_ = now + std::chrono::hours{1};
    }
  }

 private:
  crm::Database const database_;
  std::chrono::days const keep_;
  std::chrono::steady_clock::time_point next_{};
};

/// Writes a message of Flex into the journal, and wherever there is use for it. A message has one handler.
template <class T>
void keep(flexcrm::Server& server, examples::Journal const& journal, crm::CallLog& calls, crm::DialAudit& audit) {
  server.on<T>([&](std::string const& agent, T const& message) {
    journal.handled(agent, message);
    if constexpr (requires { calls.heard(agent, message); }) calls.heard(agent, message);
    if constexpr (requires { audit.heard(agent, message); }) audit.heard(agent, message);
  });
}

/// What whoever looks after the server asks: whether it runs, whether it should be given agents, and what it has counted.
std::optional<flexcrm::HttpResponse> look_after(flexcrm::Server const& server, flexcrm::HttpRequest const& request) {
  if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
  if (request.target == "/livez") return crm::text_response(200, "alive");
  if (request.target == "/readyz")
    return server.linked() ? crm::text_response(200, "ready") : crm::text_response(503, "no link to the other nodes");
  // For a Prometheus on this machine.
  if (request.target == "/metrics" && request.local)
    return flexcrm::HttpResponse{.content_type = "text/plain; version=0.0.4; charset=utf-8",
                                 .body = crm::prometheus(server.metrics())};
  return std::nullopt;
}

/// Of several nodes, one.
std::shared_ptr<flexcrm::Backplane> backplane(crm::Options const& options, flexcrm::Logger const& logger) {
  if (options.nats.empty()) return nullptr;
  auto joined = flexcrm::nats({.urls = options.nats, .name = options.node, .logger = logger});
  if (!joined) throw std::runtime_error{"--nats: " + flexcrm::to_string(joined.error())};
  return *std::move(joined);
}

flexcrm::ServerOptions server_options(crm::Options const& options) {
  flexcrm::ServerOptions result;
  result.port = options.port;
  if (options.tls()) result.tls = {.certificate = options.certificate, .key = options.key};
  result.allowed_origins = options.origins;
  if (auto const flex_origin = options.flex_origin()) result.allowed_origins.push_back(*flex_origin);
  if (!options.hosts.empty()) {
    result.allowed_hosts = options.hosts;
    for (auto const* own : {"localhost:", "127.0.0.1:", "[::1]:"})
      result.allowed_hosts.push_back(own + std::to_string(options.port));
  }
  result.caller_ids_by_on_dial = true;
  result.hub.dials_per_minute = options.dials_per_minute;
  result.session.times.idle = std::chrono::milliseconds{options.idle_ms};
  // Twice within that time, so that one may be lost.
  result.session.times.ping_after = result.session.times.idle * 2 / 5;
  if (options.verbose) result.logger.level = flexcrm::Level::debug;
  result.backplane = backplane(options, result.logger);
  return result;
}

int run(crm::Options const& options) {
  Signals const signals;
  // Everything but the forgetting runs on the server's one thread, so none of it locks.
  crm::Database const database{options.database};
  crm::Contacts contacts{database, options.files + "/crm/contacts.json"};
  crm::CallLog calls{database, contacts};
  auto policy = crm::read_policy(options.policy_file());
  crm::DialAudit audit{database, options.node};
  Forgetting forgetting{options};
  forgetting.look(std::chrono::steady_clock::now());
  crm::SignIn const sign_in{options, database.secret("sign-in")};
  crm::Site site{options};
  crm::Inspector inspector;
  crm::Api api{options, site, sign_in, contacts, calls, audit, policy, inspector};
  crm::Pages const pages{options, site, sign_in};
  examples::Journal const journal{options.journal, options.journal_full, "flexcrm-crm"};
  flexcrm::Server server{server_options(options)};

  server.on_http([&](flexcrm::HttpRequest const& request) -> flexcrm::HttpResponse {
    if (auto health = look_after(server, request)) return *std::move(health);
    if (auto module = flexcrm::browser_module(request)) return *std::move(module);
    auto response = crm::Api::is_asked(request) ? api.answer(request) : pages.answer(request);
    pages.protect(request, response);
    return response;
  });
  server.on_authorize([&](flexcrm::Hello const& hello, flexcrm::HttpRequest const& request) {
    return sign_in.authorize(hello, request);
  });
  if (options.inspector) server.on_frame([&](flexcrm::FrameEvent const& frame) { inspector.add(frame); });
  server.on_presence([](std::string const& agent, flexcrm::Presence const& flex) {
    std::cout << "flexcrm-crm: Flex of " << agent << (flex.online ? " connected" : " gone") << std::endl;
  });

  server.on_dial(
      [&](std::string const& agent, flexcrm::DialRequest const& dial) -> flexcrm::Result<flexcrm::DialRequest> {
        auto decided =
            policy.decide({.agent = agent}, dial, {std::chrono::steady_clock::now(), std::chrono::system_clock::now()});
        if (!decided) return decided;
        audit.allowed(agent, *decided);
        journal.handled(agent, *decided);
        calls.dialling(agent, *decided);
        return decided;
      });
  server.on_dialled([&](std::string const& agent, flexcrm::DialRequest const& dial,
                        flexcrm::Result<flexcrm::DialResult> const& result) {
    if (!audit.dialled(agent, dial, result)) return;  // it never went to Flex
    journal.ended(examples::Way::in, agent, dial, result ? std::nullopt : std::optional{result.error()});
    auto const outcome = flexcrm::outcome_of(result);
    std::cout << "flexcrm-crm: " << agent << " dialled " << flexcrm::redact(dial.destination) << ": "
              << enum_words(outcome)[static_cast<std::size_t>(outcome)]
              << (result ? "" : ", " + flexcrm::to_string(result.error())) << std::endl;
    calls.dialled(agent, dial, result);
  });
  keep<flexcrm::TaskChanged>(server, journal, calls, audit);
  keep<flexcrm::CallChanged>(server, journal, calls, audit);
  keep<flexcrm::Snapshot>(server, journal, calls, audit);
  if (journal.is_open()) {
    keep<flexcrm::AgentChanged>(server, journal, calls, audit);
    keep<flexcrm::TaskSelected>(server, journal, calls, audit);
    keep<flexcrm::TaskDeselected>(server, journal, calls, audit);
  }
  // What Flex asks of the CRM. An OpenRecordRequest has no handler here: the page where the agent works answers it.
  server.on<flexcrm::ContactLookupRequest>([&](std::string const&, flexcrm::ContactLookupRequest const& request) {
    return crm::look_up(contacts, request);
  });
  server.on<flexcrm::LogActivityRequest>(
      [&](std::string const& agent, flexcrm::LogActivityRequest const& request) { return calls.log(agent, request); });

  if (auto const started = server.start(); !started) {
    std::cerr << "flexcrm-crm: cannot start: " << flexcrm::to_string(started.error()) << '\n';
    return 1;
  }
  site.set_port(server.port());
  std::cout << "flexcrm-crm: open " << site.page_origin() << "/crm.html" << std::endl;
  if (options.inspector) std::cout << "flexcrm-crm: inspector " << site.page_origin() << "/inspector.html" << std::endl;
  for (;;) {
    auto const signal = signals.wait(std::chrono::hours{1});
    if (signal && *signal != SIGHUP) break;
    if (signal) reload(policy, options.policy_file());
    if (signal && options.tls())
      if (auto const reloaded = server.reload_certificate(); !reloaded)
        std::cerr << "flexcrm-crm: the certificate stays: " << flexcrm::to_string(reloaded.error()) << std::endl;
    forgetting.look(std::chrono::steady_clock::now());
  }
  stop(server, signals);
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
