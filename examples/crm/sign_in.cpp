#include "sign_in.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace crm {
namespace {

using flexcrm::HttpRequest;
using flexcrm::Identity;
using std::chrono::seconds;

constexpr auto cookie_name = "flexcrm_session";
constexpr auto cookie_life = std::chrono::hours{12};
constexpr auto ticket_life = seconds{60};
/// Of the cookie's ticket. Tickets for Hello have no instance here, and authorize() takes no other.
constexpr auto sign_in_instance = "sign-in";

flexcrm::TicketKeys keys_of(std::string key) {
  auto keys = flexcrm::TicketKeys::make({std::move(key)});
  if (!keys) throw std::runtime_error{flexcrm::to_string(keys.error())};
  return std::move(*keys);
}

}  // namespace

std::string_view cookie_value(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    auto const end = std::min(header.find(';'), header.size());
    auto pair = header.substr(0, end);
    header.remove_prefix(std::min(end + 1, header.size()));
    pair.remove_prefix(std::min(pair.find_first_not_of(" \t"), pair.size()));
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=') {
      auto const value = pair.substr(name.size() + 1);
      return value.substr(0, value.find_last_not_of(" \t") + 1);
    }
  }
  return {};
}

SignIn::SignIn(Options const& options, std::string key, Clock now)
    : options_{options}, keys_{keys_of(std::move(key))}, now_{now ? std::move(now) : std::chrono::system_clock::now} {}

bool SignIn::knows(std::string_view agent) const {
  return std::find(options_.agents.begin(), options_.agents.end(), agent) != options_.agents.end();
}

bool SignIn::is_supervisor(std::string_view agent) const {
  return std::find(options_.supervisors.begin(), options_.supervisors.end(), agent) != options_.supervisors.end();
}

std::optional<std::string> SignIn::signed_in(HttpRequest const& request) const {
  if (!is_here(request)) return std::nullopt;
  auto const ticket = keys_.check(cookie_value(request.header("cookie"), cookie_name), now_());
  if (!ticket || ticket->instance != sign_in_instance || !knows(ticket->identity.agent)) return std::nullopt;
  return ticket->identity.agent;
}

std::optional<std::string> SignIn::agent_of(HttpRequest const& request) const {
  if (auto agent = signed_in(request)) return agent;
  if (options_.agents.size() == 1 && is_here(request)) return options_.agents.front();
  return std::nullopt;
}

std::string SignIn::cookie(std::string const& agent, HttpRequest const& request) const {
  auto const value = keys_.issue({{agent, flexcrm::Role::crm}, now_() + cookie_life, sign_in_instance});
  return set_cookie(value, cookie_life, request);
}

std::string SignIn::no_cookie(HttpRequest const& request) const { return set_cookie({}, seconds{0}, request); }

std::string SignIn::set_cookie(std::string const& value, seconds age, HttpRequest const& request) const {
  bool const https = options_.tls() || (options_.behind_proxy && request.header("x-forwarded-proto") == "https");
  return std::string{cookie_name} + "=" + value +
         "; HttpOnly; SameSite=Lax; Path=/; Max-Age=" + std::to_string(age.count()) + (https ? "; Secure" : "");
}

std::string SignIn::ticket(std::string const& agent, flexcrm::Role role) const {
  return keys_.issue({{agent, role}, now_() + ticket_life, {}});
}

flexcrm::Result<Identity> SignIn::authorize(flexcrm::Hello const& hello, HttpRequest const& request) const {
  auto const refused = flexcrm::make_error(flexcrm::Errc::unauthorized);
  Identity const asked{hello.agent, hello.role};
  if (!is_here(request) || !knows(asked.agent)) return refused;
  if (request.origin.empty() && request.local) return asked;
  auto const ticket = keys_.check(hello.token.value_or(""), now_());
  // A ticket with an instance is somebody's cookie.
  if (!ticket || ticket->identity != asked || !ticket->instance.empty()) return refused;
  return asked;
}

}  // namespace crm
