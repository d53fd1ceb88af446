#pragma once

#include <flexcrm/export.hpp>
#include <flexcrm/messages/agent.hpp>
#include <flexcrm/messages/call.hpp>

#include <array>
#include <string_view>
#include <vector>

namespace flexcrm {

/// A part of Flex's set-up for outgoing calls.
enum class OutboundSetting {
  enabled,    ///< OutboundSettings::enabled
  caller_id,  ///< OutboundSettings::caller_id
  queue,      ///< OutboundSettings::queue_sid
  workflow,   ///< OutboundSettings::workflow_sid
  location    ///< OutboundSettings::location
};
constexpr std::array<std::string_view, 5> enum_words(OutboundSetting) {
  return {"enabled", "caller_id", "queue", "workflow", "location"};
}

/// Something that is not set up in Flex.
struct MissingSetting {
  OutboundSetting setting = OutboundSetting::enabled;  ///< what it is
  bool stops_calls = true;                             ///< Flex refuses every call; false: it can do without
  std::string_view sentence{};  ///< says what is missing and where it is chosen; English, never freed

  friend bool operator==(MissingSetting const&, MissingSetting const&) = default;
};

/// What is missing for the dial, in the order in which Flex asks for it; empty: nothing that Flex tells of. What the dial brings
/// itself, a caller ID or a TaskQueue, is not missing. `missing(settings)` is about a dial that brings nothing.
///
/// Voice geographic permissions are not among them, since Flex does not tell them; a call to a country without
/// permission ends with 13227 or 21215. Any thread.
FLEXCRM_API std::vector<MissingSetting> missing(OutboundSettings const& settings, DialRequest const& dial = {});

}  // namespace flexcrm
