#pragma once

#include "../fields.hpp"

#include <array>

namespace flexcrm::detail {

inline constexpr std::int64_t max_integer = (std::int64_t{1} << 53) - 1;
inline constexpr Rule capability = text(1, 64);
inline constexpr Rule lifetime = integer(1000, 60000);

template <>
struct Fields<ResumeOffer> {
  static constexpr std::array rows{
      required<&ResumeOffer::session>("session", text(1, 128), "the session to go on with"),
  };
};

template <>
struct Fields<WireLimits> {
  static constexpr std::array rows{
      required<&WireLimits::frame_bytes>("frameBytes", integer(1024, max_integer), "longest frame, bytes"),
      required<&WireLimits::depth>("depth", integer(4, 1024), "deepest nesting"),
      required<&WireLimits::members>("members", integer(64, max_integer), "most members in a frame"),
      required<&WireLimits::text_bytes>("textBytes", integer(256, max_integer),
                                        "longest string in a typed field, bytes of UTF-8"),
  };
};

template <>
struct Fields<HelloResult> {
  static constexpr std::array rows{
      required<&HelloResult::session>("session", text(1, 128), "random, a new one for each session"),
      required<&HelloResult::protocol>("protocol", integer(1, max_integer), "the version both sides speak"),
      optional<&HelloResult::capabilities>("capabilities", list_of(capability), "beyond version 1"),
      required<&HelloResult::resumed>("resumed", flag(), "true: the old session goes on"),
      required<&HelloResult::idle_ms>("idleMs", integer(1000, max_integer),
                                      "either side closes after this long without a frame, ms"),
      required<&HelloResult::limits>("limits", object(table_of<WireLimits>), "bounds on frames to the server"),
  };
};

template <>
struct Fields<Hello> {
  static constexpr Routing routing{DeliveryClass::session, Sender::client};
  static constexpr std::array rows{
      required<&Hello::role>("role", choice<Role>(), "what the client asks to be"),
      required<&Hello::protocol_min>("protocolMin", integer(1, max_integer), "oldest version the client speaks"),
      required<&Hello::protocol_max>("protocolMax", integer(1, max_integer), "newest version the client speaks"),
      required<&Hello::agent>("agent", text(1, 128), "the agent this endpoint belongs to"),
      required<&Hello::instance>("instance", text(1, 128), "random per page load or process, never stored"),
      optional<&Hello::token>("token", text(), "proof for the authorize step"),
      optional<&Hello::capabilities>("capabilities", list_of(capability), "beyond version 1"),
      optional<&Hello::resume>("resume", object(table_of<ResumeOffer>), "the session to go on with"),
      optional<&Hello::takeover>("takeover", flag(), "true only by a user's act: wins over a newer instance"),
  };
};

template <>
struct Fields<Ping> {
  static constexpr Routing routing{DeliveryClass::session, Sender::both};
  static constexpr std::array<Row, 0> rows{};
};

template <>
struct Fields<Void> {
  static constexpr Routing routing{DeliveryClass::session, Sender::both};
  static constexpr std::array<Row, 0> rows{};
};

template <>
struct Fields<Bye> {
  static constexpr Routing routing{DeliveryClass::session, Sender::both};
  static constexpr std::array rows{
      required<&Bye::reason>("reason", choice<ByeReason>(), "why"),
      optional<&Bye::retry_after_ms>("retryAfterMs", integer(0, max_integer), "come back no sooner, ms"),
  };
};

}  // namespace flexcrm::detail
