// A server as it stands behind a proxy that ends TLS and has signed the agent in: tickets, origins, a dial policy, health,
// metrics, a log for journald, an orderly stop. docs/guide.md goes through it. Settings are environment variables:
//
//     CRM_PORT           port on loopback (3000)
//     CRM_HOST           the name in the browser's address, with the port if it is not 443, such as crm.example.com
//     CRM_FLEX_ORIGIN    only when Flex in a tab of its own connects: its origin
//     CRM_PREFIXES       what may be called, such as +34,+1; empty: everything
//     CRM_TICKET_KEYS    file with a key of 32 characters or more a line; the first signs
#include <flexcrm/browser_modules.hpp>
#include <flexcrm/server.hpp>
#include <flexcrm/ticket.hpp>

#include <boost/json.hpp>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

std::string setting(char const* name, std::string otherwise) {
  char const* value = std::getenv(name);
  return value ? value : std::move(otherwise);
}

std::string needed(char const* name) {
  auto value = setting(name, "");
  if (value.empty()) throw std::runtime_error{std::string{name} + " is not set"};
  return value;
}

std::vector<std::string> parts(std::istream&& text, char end) {
  std::vector<std::string> result;
  for (std::string part; std::getline(text, part, end);) result.push_back(part);
  return result;
}

// [options]
flexcrm::ServerOptions options() {
  flexcrm::ServerOptions result{.port = static_cast<std::uint16_t>(std::stoul(setting("CRM_PORT", "3000")))};
  result.allowed_hosts = {needed("CRM_HOST"),
                          "localhost:" + std::to_string(result.port)};  // the proxy's, and a monitor's
  if (auto const flex = setting("CRM_FLEX_ORIGIN", ""); !flex.empty()) result.allowed_origins = {flex};
  result.connections.trusted_proxies = {"127.0.0.1", "::1"};
  result.retry_after = std::chrono::seconds{2};  // about as long as a restart takes
  result.logger.level = flexcrm::Level::info;
  result.logger.write = [](flexcrm::Level level,
                           std::string_view line) {  // the number is what journald calls a priority
    constexpr char const* priorities[] = {"<7>", "<6>", "<4>", "<3>"};
    std::cerr << priorities[static_cast<std::size_t>(level)] + std::string{line} + "\n";
  };
  return result;
}
// [/options]

// [ticket]
/// POST /api/ticket {"role": "crm"}: the proxy has signed the agent in, and says who she is in a header that it always sets.
flexcrm::HttpResponse give_ticket(flexcrm::HttpRequest const& request, flexcrm::TicketKeys const& keys) {
  auto const agent = request.header("x-auth-user");
  if (agent.empty()) return {.status = 401};
  boost::system::error_code fault;
  auto const body = boost::json::parse(request.body, fault);
  auto const* wanted = !fault && body.is_object() ? body.as_object().if_contains("role") : nullptr;
  if (!wanted || (*wanted != "crm" && *wanted != "flex")) return {.status = 400};
  flexcrm::Identity const identity{std::string{agent}, *wanted == "crm" ? flexcrm::Role::crm : flexcrm::Role::flex};
  auto const until = std::chrono::system_clock::now() + std::chrono::seconds{30};
  boost::json::object const answer{{"agent", identity.agent},
                                   {"token", keys.issue({.identity = identity, .expires = until})}};
  return {.content_type = "application/json", .body = serialize(answer), .headers = {{"Cache-Control", "no-store"}}};
}
// [/ticket]

// [metrics]
std::string metrics(flexcrm::ServerMetrics const& now) {
  auto text = "flexcrm_sessions " + std::to_string(now.sessions_now) + "\nflexcrm_agents_online " +
              std::to_string(now.agents_now) + "\nflexcrm_session_resets_total " + std::to_string(now.resets) + "\n";
  for (auto const& [outcome, count] : now.dials)
    text += "flexcrm_dials_total{outcome=\"" + std::string{outcome} + "\"} " + std::to_string(count) + "\n";
  for (auto const& [reason, count] : now.refused)
    text += "flexcrm_refused_total{reason=\"" + std::string{reason} + "\"} " + std::to_string(count) + "\n";
  return text;
}
// [/metrics]

int run() {
  // Blocked before there are threads, so that this one alone takes them.
  sigset_t signals;
  sigemptyset(&signals);
  for (int const signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  auto const keys = flexcrm::TicketKeys::make(parts(std::ifstream{needed("CRM_TICKET_KEYS")}, '\n')).value();
  auto const prefixes = parts(std::istringstream{setting("CRM_PREFIXES", "")}, ',');
  flexcrm::Server server{options()};

  // [server]
  server.on_authorize(flexcrm::authorize_by_ticket(keys));
  server.on_dial([&](std::string const&, flexcrm::DialRequest const& dial) -> flexcrm::Result<void> {
    if (prefixes.empty()) return {};
    for (auto const& prefix : prefixes)
      if (dial.destination.starts_with(prefix)) return {};
    return flexcrm::make_error(flexcrm::Errc::destination_not_allowed);
  });
  server.on_dialled(
      [](std::string const& agent, flexcrm::DialRequest const& dial, flexcrm::Result<flexcrm::DialResult> const& end) {
        auto const words = "dial of " + flexcrm::log_text(agent) + " to " + flexcrm::redact(dial.destination) + ": ";
        std::cerr << "<6>" + words + (end ? "placed" : to_string(end.error())) + "\n";
      });
  server.on_http([&](flexcrm::HttpRequest const& request) -> flexcrm::HttpResponse {
    if (request.target == "/healthz") return {.content_type = "text/plain", .body = "ok\n"};
    if (request.target == "/metrics" && request.local)
      return {.content_type = "text/plain", .body = metrics(server.metrics())};
    if (request.target == "/api/ticket" && request.method == "POST") return give_ticket(request, keys);
    if (auto module = flexcrm::browser_module(request)) return *std::move(module);
    return {.status = 404};  // the pages are the proxy's
  });
  // [/server]
  server.start().value();
  std::cerr << "<6>listening on port " + std::to_string(server.port()) + "\n";

  for (int signal = 0;
       sigwait(&signals, &signal) == 0 && signal == SIGHUP;)  // whoever renewed a certificate of options().tls
    if (auto const reloaded = server.reload_certificate(); !reloaded)
      std::cerr << "<4>" + to_string(reloaded.error()) + "\n";
  server.stop();  // Bye{shutdown, retryAfterMs}; clients come back to the next one
  return 0;
}

}  // namespace

int main() try { return run(); } catch (std::exception const& error) {
  std::cerr << std::string{"<3>cannot start: "} + error.what() + "\n";
  return 1;
}
