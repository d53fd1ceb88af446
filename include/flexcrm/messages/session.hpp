#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flexcrm {

/// Which end of the conversation a client is.
enum class Role {
  flex,  ///< the agent's Flex: its plugin, or a program in its place
  crm    ///< the CRM: its page, or vendor code
};
constexpr std::array<std::string_view, 2> enum_words(Role) { return {"flex", "crm"}; }

/// The session that a returning client wants back.
struct ResumeOffer {
  static constexpr std::string_view type_name = "ResumeOffer";

  std::string session{};  ///< HelloResult::session of the session to resume

  friend bool operator==(ResumeOffer const&, ResumeOffer const&) = default;
};

/// What the server lets a client send (Limits, as told on the wire).
struct WireLimits {
  static constexpr std::string_view type_name = "WireLimits";

  std::int64_t frame_bytes = 64 * 1024;  ///< longest frame, bytes
  std::int64_t depth = 32;               ///< deepest nesting
  std::int64_t members = 2048;           ///< most members in a frame
  std::int64_t text_bytes = 16 * 1024;   ///< longest string in a typed field, bytes

  friend bool operator==(WireLimits const&, WireLimits const&) = default;
};

/// Result of Hello: the session is open.
struct HelloResult {
  static constexpr std::string_view type_name = "HelloResult";

  std::string session{};                    ///< random, a new one for each session
  std::int64_t protocol = 1;                ///< the version both sides speak
  std::vector<std::string> capabilities{};  ///< what the server can do beyond version 1
  bool resumed = false;                     ///< true: the old session goes on; false: a new one begins
  std::int64_t idle_ms = 25000;             ///< either side closes after this long without a frame, ms
  WireLimits limits{};                      ///< bounds on frames to the server

  friend bool operator==(HelloResult const&, HelloResult const&) = default;
};

/// First frame of a connection, from the client, within 5 s.
struct Hello {
  static constexpr std::string_view type_name = "Hello";
  using result = HelloResult;

  Role role = Role::crm;                    ///< what the client asks to be; the server's authorize step decides
  std::int64_t protocol_min = 1;            ///< oldest protocol version the client speaks
  std::int64_t protocol_max = 1;            ///< newest protocol version the client speaks
  std::string agent{};                      ///< the agent this endpoint belongs to, 1…128 bytes
  std::string instance{};                   ///< random per page load or process, never stored, 1…128 bytes
  std::optional<std::string> token{};       ///< proof for the authorize step; never in a URL
  std::vector<std::string> capabilities{};  ///< what the client can do beyond version 1
  std::optional<ResumeOffer> resume{};      ///< the session to go on with
  std::optional<bool> takeover{};           ///< true only by a user's act: wins over a newer Flex instance

  friend bool operator==(Hello const&, Hello const&) = default;
};

/// An answer that carries nothing: JSON null.
struct NullResult {
  static constexpr std::string_view type_name = "null";

  friend bool operator==(NullResult const&, NullResult const&) = default;
};

/// Keeps a silent connection alive; answered by the session itself.
struct Ping {
  static constexpr std::string_view type_name = "Ping";
  using result = NullResult;

  friend bool operator==(Ping const&, Ping const&) = default;
};

/// Stands in for a numbered request that is no longer worth doing; answered by the session itself (docs/protocol.md §4).
struct Void {
  static constexpr std::string_view type_name = "Void";
  using result = NullResult;

  friend bool operator==(Void const&, Void const&) = default;
};

/// Why a side says goodbye.
enum class ByeReason {
  logout,    ///< the user left; do not come back by yourself
  replaced,  ///< a newer Flex instance took over; do not come back by yourself
  shutdown   ///< the server stops; come back after retryAfterMs
};
constexpr std::array<std::string_view, 3> enum_words(ByeReason) { return {"logout", "replaced", "shutdown"}; }

/// Last frame of an orderly end; a notification, never answered.
struct Bye {
  static constexpr std::string_view type_name = "Bye";
  using result = NullResult;

  ByeReason reason = ByeReason::logout;          ///< why
  std::optional<std::int64_t> retry_after_ms{};  ///< come back no sooner, ms

  friend bool operator==(Bye const&, Bye const&) = default;
};

}  // namespace flexcrm
