#pragma once

#include "age.hpp"

#include <flexcrm/session.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace flexcrm::detail {

/// One click that is not settled yet, as its issuer sees it (docs/protocol.md §5): only the side where the click
/// happened knows how old it is, so it decides, once, at the last moment, whether the call may start.
class FLEXCRM_API OpenDial {
 public:
  OpenDial(std::chrono::milliseconds lifetime, Moment clicked) : lifetime_{lifetime}, age_{clicked} {}

  /// Grants once, while the dial is younger than its lifetime.
  bool claim(Moment now);

  /// Why the dial is over by time alone, or nothing.
  std::optional<Error> overdue(Moment now, SessionTimes const& times);

  /// When overdue() may change.
  std::chrono::steady_clock::time_point deadline(SessionTimes const& times) const;

  /// The certain outcome of an answer: what is not certain after a grant becomes outcome_unknown, and what would be
  /// uncertain is certain without one.
  Error settle(Error error) const;

  /// The outcome when the session is gone.
  Error lost() const;

 private:
  std::chrono::milliseconds lifetime_;
  Age age_;
  std::optional<Age> granted_;
};

/// The open dials of one issuer, by dialId.
using DialLedger = std::map<std::string, OpenDial, std::less<>>;

/// Answers a DialClaimRequest; an unknown or closed dial is never granted.
inline bool claim(DialLedger& ledger, std::string_view dial_id, Moment now) {
  auto const dial = ledger.find(dial_id);
  return dial != ledger.end() && dial->second.claim(now);
}

}  // namespace flexcrm::detail
