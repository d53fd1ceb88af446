#pragma once

#include "options.hpp"

#include <flexcrm/identity.hpp>
#include <flexcrm/options.hpp>
#include <flexcrm/ticket.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace crm {

/// Who is at the other end. An agent chooses her name at /login and is known by a cookie; with a cookie a page gets tickets,
/// and a ticket lets one endpoint connect. Both are tickets of the library, and neither is taken for the other.
///
/// There is no password: this is where a product has its own sign-in. So it is for browsers on this machine, or for those
/// whom a proxy on it lets in (--behind-proxy).
class SignIn {
 public:
  using Clock = std::function<std::chrono::system_clock::time_point()>;

  /// `key`: 32 random bytes or more, which outlive the process. `now`: empty for the system's clock. Throws
  /// std::runtime_error when flexcrm has no tickets.
  SignIn(Options const& options, std::string key, Clock now = {});

  /// Whether the request comes from where sign-in is possible at all.
  bool is_here(flexcrm::HttpRequest const& request) const { return request.local || options_.behind_proxy; }

  /// Whose request it is: the cookie's agent. With one agent there is nothing to choose, and a request without a good cookie
  /// is hers.
  std::optional<std::string> agent_of(flexcrm::HttpRequest const& request) const;

  /// The agent of a good cookie alone.
  std::optional<std::string> signed_in(flexcrm::HttpRequest const& request) const;

  bool knows(std::string_view agent) const;

  /// Whether an agent may see what all of them dialled.
  bool is_supervisor(std::string_view agent) const;

  /// The header Set-Cookie that signs an agent in, and the one that signs out.
  std::string cookie(std::string const& agent, flexcrm::HttpRequest const& request) const;
  std::string no_cookie(flexcrm::HttpRequest const& request) const;

  /// What an endpoint of the agent says in Hello within a minute.
  std::string ticket(std::string const& agent, flexcrm::Role role) const;

  /// Decides on a Hello. A browser, which tells its Origin, needs a ticket of its agent and role. A program on this machine
  /// needs none: it could read the database as well.
  flexcrm::Result<flexcrm::Identity> authorize(flexcrm::Hello const& hello, flexcrm::HttpRequest const& request) const;

 private:
  std::string set_cookie(std::string const& value, std::chrono::seconds age, flexcrm::HttpRequest const& request) const;

  Options const& options_;
  flexcrm::TicketKeys keys_;
  Clock now_;
};

/// The value of a cookie in a header Cookie (RFC 6265 §4.2.1), the first of that name; empty when there is none.
std::string_view cookie_value(std::string_view header, std::string_view name);

}  // namespace crm
