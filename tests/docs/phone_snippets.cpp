// As snippets.cpp, of what needs flexcrm::phone.

#include <flexcrm/dial_policy.hpp>
#include <flexcrm/phone.hpp>
#include <flexcrm/server.hpp>

#include <chrono>
#include <iostream>
#include <string>

// What a program around the snippets has.
std::string text_of(std::string const& path);
void log(std::string const& line);
struct Customers {
  bool asked_for_silence(std::string const& number);
};
struct Invoices {
  bool is_below_budget(std::chrono::system_clock::time_point month);
};

flexcrm::Moment now() { return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()}; }

void parse(std::string const& typed) {
  // [parse]
  auto const number = flexcrm::parse_phone(typed, "ES");   // where it was typed
  if (!number) return log(number.error().code.message());  // "the area code is missing"
  flexcrm::DialRequest const dial{.destination = number->e164};
  // [/parse]
  (void)dial;
}

void fault(std::string const& typed) {
  // [fault]
  auto const number = flexcrm::parse_phone(typed, "");
  if (!number && number.error().code == flexcrm::PhoneFault::no_region) log("which country?");
  // [/fault]
}

void serve(Customers& customers, Invoices& invoices) {
  // [policy]
  auto policy = flexcrm::DialPolicy::from_json(
      text_of("/etc/crm/dial-policy.json"),
      {
          .do_not_call = [&](std::string const& number) { return customers.asked_for_silence(number); },
          .has_budget = [&](auto const&, auto const&, auto now) { return invoices.is_below_budget(now); },
      });
  if (!policy) return log(to_string(policy.error()));  // unknown_value at /regions/1 (…)

  flexcrm::Server server{{.port = 3000, .caller_ids_by_on_dial = true}};
  server.on_dial(
      [&](std::string const& agent, flexcrm::DialRequest const& dial) { return policy->decide({agent}, dial, now()); });
  // [/policy]
  // [reload]
  if (auto const taken = policy->reload(text_of("/etc/crm/dial-policy.json")); !taken) log(to_string(taken.error()));
  // [/reload]
  // [explain]
  for (auto const& [rule, verdict, sentence] : policy->explain({"anna"}, {.destination = "+34806123457"}, now()))
    std::cout << name(rule) << ": " << enum_words(verdict)[static_cast<std::size_t>(verdict)] << ", " << sentence
              << '\n';
  // [/explain]
}
