#include "messages/dial_ledger.hpp"

#include <doctest/doctest.h>

using namespace flexcrm;
using detail::OpenDial;
using namespace std::chrono_literals;

namespace {

Moment const click{};
Moment after(std::chrono::milliseconds steady, std::chrono::milliseconds wall) {
  return {click.steady + steady, click.wall + wall};
}
Moment after(std::chrono::milliseconds both) { return after(both, both); }

}  // namespace

TEST_CASE("a dial is granted once, while it is younger than its lifetime") {
  OpenDial young{10s, click};
  CHECK(young.claim(after(9999ms)));
  CHECK_FALSE(young.claim(after(9999ms)));
  OpenDial old{10s, click};
  CHECK_FALSE(old.claim(after(10000ms)));
}

TEST_CASE("the older clock counts: sleep stops the steady one, a step sets the wall clock back") {
  OpenDial slept{10s, click};
  CHECK_FALSE(slept.claim(after(100ms, 10min)));
  OpenDial stepped{10s, click};
  CHECK_FALSE(stepped.claim(after(11s, -1h)));
  OpenDial set_back{10s, click};
  CHECK_FALSE(set_back.overdue(after(1s, 11s), {}));  // older than its lifetime, not yet over
  CHECK_FALSE(set_back.claim(after(2s, 2s)));         // and no younger for the clock being set back
}

TEST_CASE("time ends an ungranted dial certainly and a granted one uncertainly") {
  SessionTimes const times;
  OpenDial ungranted{10s, click};
  CHECK_FALSE(ungranted.overdue(after(11999ms), times));
  CHECK(ungranted.overdue(after(12s), times)->code == Errc::expired);
  OpenDial granted{10s, click};
  REQUIRE(granted.claim(after(1s)));
  CHECK_FALSE(granted.overdue(after(35999ms), times));
  CHECK(granted.overdue(after(36s), times)->code == Errc::outcome_unknown);
}

TEST_CASE("the outcome table") {
  struct Case {
    Errc answer;
    DialOutcome ungranted;
    DialOutcome granted;
  };
  for (auto const& row : {
           Case{Errc::agent_offline, DialOutcome::refused, DialOutcome::refused},
           Case{Errc::agent_busy, DialOutcome::refused, DialOutcome::refused},
           Case{Errc::expired, DialOutcome::expired, DialOutcome::expired},
           Case{Errc::destination_refused, DialOutcome::refused, DialOutcome::refused},
           Case{Errc::outbound_disabled, DialOutcome::refused, DialOutcome::refused},
           Case{Errc::failed, DialOutcome::failed, DialOutcome::failed},
           Case{Errc::session_lost, DialOutcome::failed, DialOutcome::unknown},
           Case{Errc::handler_timeout, DialOutcome::failed, DialOutcome::unknown},
           Case{Errc::internal_error, DialOutcome::failed, DialOutcome::unknown},
           Case{Errc::peer_error, DialOutcome::failed, DialOutcome::unknown},
           Case{Errc::invalid_destination, DialOutcome::refused, DialOutcome::unknown},
       }) {
    CAPTURE(name(row.answer));
    OpenDial dial{10s, click};
    CHECK(outcome_of(dial.settle(make_error(row.answer))) == row.ungranted);
    REQUIRE(dial.claim(after(1s)));
    CHECK(outcome_of(dial.settle(make_error(row.answer))) == row.granted);
  }
  CHECK(outcome_of(DialResult{}) == DialOutcome::placed);
}

TEST_CASE("no task within 3 s of a grant is unknown, and says so") {
  OpenDial dial{10s, click};
  REQUIRE(dial.claim(after(1s)));
  CHECK(dial.settle(make_error(Errc::failed, {}, "no_task")) == make_error(Errc::outcome_unknown, {}, "no_task"));
}
