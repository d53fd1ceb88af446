#include "dial_ledger.hpp"

namespace flexcrm::detail {

bool OpenDial::claim(Moment now) {
  if (granted_ || age_.at(now) >= lifetime_) return false;
  granted_ = Age{now};
  return true;
}

std::optional<Error> OpenDial::overdue(Moment now, SessionTimes const& times) {
  if (granted_) {
    if (granted_->at(now) < times.after_grant) return std::nullopt;
    return make_error(Errc::outcome_unknown, {}, std::string{name(Errc::timed_out)});
  }
  if (age_.at(now) < lifetime_ + times.after_lifetime) return std::nullopt;
  return make_error(Errc::expired);
}

std::chrono::steady_clock::time_point OpenDial::deadline(SessionTimes const& times) const {
  return (granted_ ? granted_->reaches(times.after_grant) : age_.reaches(lifetime_ + times.after_lifetime)).steady;
}

Error OpenDial::settle(Error error) const {
  auto const code = error.code.category() == category() ? static_cast<Errc>(error.code.value()) : Errc::peer_error;
  if (!granted_) {
    if (error.code == Condition::uncertain)
      return make_error(Errc::failed, {}, error.detail.empty() ? std::string{name(code)} : error.detail);
    return error;
  }
  // After a grant only what Flex itself says about its action is certain (docs/protocol.md §5).
  bool const no_task = code == Errc::failed && error.detail == "no_task";
  bool const certain = rpc_code(code) <= rpc_code(Errc::agent_offline) && rpc_code(code) >= rpc_code(Errc::failed) &&
                       code != Errc::session_lost && !no_task;
  if (certain) return error;
  return make_error(Errc::outcome_unknown, {}, error.detail.empty() ? std::string{name(code)} : error.detail);
}

Error OpenDial::lost() const { return settle(make_error(Errc::session_lost)); }

}  // namespace flexcrm::detail
