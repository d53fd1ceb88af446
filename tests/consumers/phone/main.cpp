// What a program does that has telephone numbers and a switch of its own: reads numbers, asks a policy.
#include <flexcrm/dial_policy.hpp>
#include <flexcrm/phone.hpp>

#include <iostream>

int main() {
  auto const number = flexcrm::parse_phone("612 34 56 78", "ES");
  if (!number || number->e164 != "+34612345678" || number->type != flexcrm::PhoneType::mobile) return 1;
  auto const fault = flexcrm::parse_phone("612 34 56 78", "");
  if (fault || fault.error().code != flexcrm::PhoneFault::no_region ||
      fault.error().code != flexcrm::Condition::invalid_message)
    return 2;

  auto policy = flexcrm::DialPolicy::from_json(R"({"version": 1, "regions": ["ES"]})");
  flexcrm::DialRequest const dial{.destination = "+33612345678"};
  auto const decision =
      policy.value().decide({"anna"}, dial, {std::chrono::steady_clock::now(), std::chrono::system_clock::now()});
  if (decision || decision.error().code != flexcrm::Errc::region_not_allowed) return 3;
  std::cout << number->international << "; France: " << decision.error().code.message() << '\n';
}
