#pragma once

#include <flexcrm/error.hpp>
#include <flexcrm/export.hpp>
#include <flexcrm/identity.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flexcrm {

/// What a ticket says: this client may be this agent in this role, for a short time.
struct Ticket {
  Identity identity{};  ///< the agent and the role that it lets in
  /// From this moment on it is refused. Whole seconds: a fraction is cut off.
  std::chrono::system_clock::time_point expires{};
  std::string instance{};  ///< the only Hello::instance that may use it; empty: any

  friend bool operator==(Ticket const&, Ticket const&) = default;
};

/// The secrets that sign tickets for Hello::token: JSON Web Tokens of one kind, HS256 (docs/protocol.md §6),
/// so that a web application in any language can issue them too.
///
/// Thread safety: const functions may be called from any thread at the same time.
class FLEXCRM_API TicketKeys {
 public:
  static constexpr std::size_t least_bytes = 32;  ///< of a key: what SHA-256 gives

  /// The first key signs, all are accepted. To replace a key: {old, new} on every server, then {new, old},
  /// and {new} when the last old ticket has expired. Keys are bytes, from a random source. Errors:
  /// invalid_argument (no key, or one shorter than `least_bytes`), tls_unavailable.
  static Result<TicketKeys> make(std::vector<std::string> keys);

  /// A signed ticket. A minute is a good time for it: it is used once, when the page connects.
  std::string issue(Ticket const& ticket) const;

  /// What a token says, if one of the keys signed it and it has not expired. Error: unauthorized, and nothing
  /// more.
  Result<Ticket> check(std::string_view token, std::chrono::system_clock::time_point now) const;

 private:
  explicit TicketKeys(std::vector<std::string> keys) noexcept : keys_{std::move(keys)} {}
  std::vector<std::string> keys_;
};

/// For Server::on_authorize: believes a Hello whose token is a ticket for its agent, role and instance. `now`
/// is the clock; empty: the system's. Error: unauthorized, and nothing more.
FLEXCRM_API Authorize authorize_by_ticket(TicketKeys keys,
                                          std::function<std::chrono::system_clock::time_point()> now = {});

}  // namespace flexcrm
