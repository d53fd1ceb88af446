#include <flexcrm/outbound_settings.hpp>

namespace flexcrm {

// src/browser/outbound_settings.js has the same sentences, and tests/vectors/settings both.
std::vector<MissingSetting> missing(OutboundSettings const& settings, DialRequest const& dial) {
  std::vector<MissingSetting> found;
  if (!settings.enabled)
    found.push_back({OutboundSetting::enabled, true,
                     "The dialpad is switched off. Enable it in the Console: Flex, Manage, Voice, Flex Dialpad."});
  if (!settings.caller_id && !dial.caller_id)
    found.push_back({OutboundSetting::caller_id, true,
                     "No caller ID is chosen. Choose a number in the Console: Flex, Manage, Voice, Caller ID."});
  if (!settings.queue_sid && !dial.queue_sid)
    found.push_back({OutboundSetting::queue, true,
                     "No TaskQueue is chosen. Choose one in the Console: Flex, Manage, Voice, TaskQueue."});
  if (!settings.workflow_sid)
    found.push_back({OutboundSetting::workflow, true,
                     "No Workflow is chosen. Choose one in the Console: Flex, Manage, Voice, TaskRouter Workflow."});
  if (!settings.location)
    found.push_back(
        {OutboundSetting::location, false,
         "No default country is chosen: Flex's own dialpad takes numbers with a country code alone. Choose one in the Console: Flex, Manage, Voice."});
  return found;
}

}  // namespace flexcrm
