// DialPolicy::from_json: whatever text arrives, it is a policy or refused with a place in it; and a policy decides as it
// explains.

#include "fuzz.hpp"

#include <flexcrm/dial_policy.hpp>

using namespace flexcrm;
using test::require;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto policy = DialPolicy::from_json({reinterpret_cast<char const*>(data), size});
  if (!policy) {
    require(policy.error().code == Condition::invalid_message, "a text that is no policy is the writer's matter");
    return 0;
  }
  auto const now = std::chrono::seconds{1769598000};
  Moment const moment{std::chrono::steady_clock::time_point{now}, std::chrono::system_clock::time_point{now}};
  for (auto const* destination :
       {"+34612345678", "+34112", "+19002345678", "+881612345678", "sip:1@pbx.example.com", "client:a", ""}) {
    DialRequest const dial{.destination = destination, .caller_id = "+34911234567"};
    Errc first{};
    for (auto const& finding : policy->explain({"ana"}, dial, moment))
      if (first == Errc{} && finding.verdict == DialVerdict::refuses) first = finding.rule;
    auto const decision = policy->decide({"ana"}, dial, moment);
    require(decision ? first == Errc{} : decision.error().code == first, "it decides as it explains");
  }
  return 0;
}
