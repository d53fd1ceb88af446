#include <flexcrm/dial_policy.hpp>

#include "dial_counter.hpp"
#include "dial_rules.hpp"
#include "zone.hpp"

#include <flexcrm/phone.hpp>

#include <algorithm>
#include <mutex>
#include <span>
#include <utility>

namespace flexcrm {
namespace {

using detail::Zone;

/// Quiet hours, ready to be asked.
struct Quiet {
  QuietHours const* hours;  // of the same policy
  int from;
  int to;
  std::vector<Zone> zones;
};

/// Rules as they are asked. Never changed after it was made, so it is read without a lock.
struct Compiled {
  DialRules rules;
  std::vector<Quiet> quiet;
};

int minute_of(std::string const& text) { return std::stoi(text.substr(0, 2)) * 60 + std::stoi(text.substr(3)); }

Result<std::shared_ptr<Compiled const>> compile(std::string_view json) {
  auto rules = detail::read_dial_rules(json);
  if (!rules) return rules.error();
  auto compiled = std::make_shared<Compiled>();
  compiled->rules = *std::move(rules);
  for (auto const& hours : compiled->rules.quiet_hours) {
    Quiet quiet{&hours, minute_of(hours.from), minute_of(hours.to), {}};
    for (auto const& zone : hours.zones) quiet.zones.push_back(Zone::find(zone).value());
    compiled->quiet.push_back(std::move(quiet));
  }
  return std::shared_ptr<Compiled const>{std::move(compiled)};
}

template <class T>
bool contains(std::vector<T> const& list, T const& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}
bool begins_with_one(std::string const& number, std::vector<std::string> const& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](auto const& prefix) { return number.starts_with(prefix); });
}

/// What is known of a dial before a rule is asked.
struct Facts {
  Compiled const& policy;
  DialRequest const& request;
  std::chrono::system_clock::time_point now;
  std::optional<DestinationKind> kind{};  // nothing: no destination of the protocol
  std::optional<PhoneNumber> number{};    // nothing: it cannot be read as one
  std::optional<PhoneFault> fault{};      // why
  bool excepted = false;

  Facts(Compiled const& of, DialRequest const& asked, std::chrono::system_clock::time_point at)
      : policy{of}, request{asked}, now{at} {
    auto const classified = classify_destination(request.destination, {.sip = true, .client = true});
    if (!classified) return;
    kind = *classified;
    if (kind != DestinationKind::phone_number) return;
    auto parsed = parse_phone(request.destination, {});
    if (parsed)
      number = *std::move(parsed);
    else
      fault = static_cast<PhoneFault>(parsed.error().code.value());
    excepted = begins_with_one(request.destination, policy.rules.exceptions);
  }
};

/// A finding, and what the error says besides.
struct Judgement {
  DialVerdict verdict;
  std::string sentence;
  std::string detail{};  // of the error, and in brackets behind a refusal's sentence
  std::chrono::milliseconds retry_after{0};
};
Judgement passes(std::string sentence) { return {DialVerdict::passes, std::move(sentence)}; }
Judgement refuses(Errc rule, std::string detail = {}, std::string const& more = {}) {
  auto sentence = error_code{rule}.message();
  if (!more.empty()) sentence += " (" + more + ")";
  return {DialVerdict::refuses, std::move(sentence), std::move(detail)};
}
Judgement not_asked(std::string sentence) { return {DialVerdict::not_asked, std::move(sentence)}; }

bool is_phone(Facts const& facts) { return !facts.kind || *facts.kind == DestinationKind::phone_number; }
bool is_fault(Facts const& facts, PhoneFault fault) { return facts.fault == fault; }

Judgement judge_number(Facts const& facts) {
  constexpr auto rule = Errc::number_not_valid;
  if (!is_phone(facts)) return not_asked("it is no telephone number");
  if (!facts.kind) return refuses(rule, {}, "it is not written as + and digits");
  if (is_fault(facts, PhoneFault::emergency_number) || is_fault(facts, PhoneFault::short_number))
    return not_asked("it is a short number");
  if (facts.fault) return refuses(rule, std::string{name(*facts.fault)}, error_code{*facts.fault}.message());
  // What Flex gets is what was judged.
  if (facts.number->e164 != facts.request.destination)
    return refuses(rule, "not_normal", "it has a prefix in it that is not dialled from abroad");
  if (facts.number->valid) return passes("the number is in a range that is in use");
  if (facts.policy.rules.numbers == NumberCheck::possible) return passes("the number has a right length");
  return refuses(rule);
}

Judgement judge_short(Facts const& facts, PhoneFault fault, Errc rule) {
  if (!is_phone(facts) || !facts.kind) return not_asked("it is no telephone number");
  if (!is_fault(facts, fault)) return passes("it is none");
  if (contains(facts.policy.rules.exceptions, facts.request.destination)) return passes("it is one of the exceptions");
  return refuses(rule);
}
Judgement judge_emergency(Facts const& facts) {
  return judge_short(facts, PhoneFault::emergency_number, Errc::emergency_number);
}
Judgement judge_short_number(Facts const& facts) {
  return judge_short(facts, PhoneFault::short_number, Errc::short_number);
}

Judgement judge_cost(Facts const& facts, Errc rule, std::span<std::pair<PhoneType, CostlyKind> const> kinds) {
  if (!facts.number) return not_asked("it is no full telephone number");
  for (auto const& [type, kind] : kinds) {
    if (facts.number->type != type) continue;
    if (contains(facts.policy.rules.costly, kind)) return passes("such numbers are allowed");
    if (facts.excepted) return passes("it is one of the exceptions");
    return refuses(rule);
  }
  return passes("it is none");
}
Judgement judge_premium(Facts const& facts) {
  static constexpr std::pair<PhoneType, CostlyKind> kinds[] = {
      {PhoneType::premium_rate, CostlyKind::premium_rate}, {PhoneType::personal_number, CostlyKind::personal_number}};
  return judge_cost(facts, Errc::premium_number, kinds);
}
Judgement judge_shared_cost(Facts const& facts) {
  static constexpr std::pair<PhoneType, CostlyKind> kinds[] = {{PhoneType::shared_cost, CostlyKind::shared_cost}};
  return judge_cost(facts, Errc::shared_cost_number, kinds);
}
Judgement judge_satellite(Facts const& facts) {
  static constexpr std::pair<PhoneType, CostlyKind> kinds[] = {{PhoneType::satellite, CostlyKind::satellite}};
  return judge_cost(facts, Errc::satellite_number, kinds);
}

Judgement judge_region(Facts const& facts) {
  if (facts.kind != DestinationKind::phone_number) return not_asked("it is no telephone number");
  if (facts.excepted) return passes("it is one of the exceptions");
  auto const& rules = facts.policy.rules;
  if (begins_with_one(facts.request.destination, rules.prefixes)) return passes("numbers that begin so are allowed");
  if (!facts.number) return not_asked("it is no full telephone number");
  auto const& region = facts.number->region;
  if (region.empty()) return refuses(Errc::region_not_allowed, {}, "nobody knows which one");
  if (contains(rules.regions, region)) return passes(region + " is allowed");
  return refuses(Errc::region_not_allowed, region, region);
}

std::string host_of(std::string const& uri) {
  auto host = uri.substr(uri.rfind('@') + 1);
  if (auto const end = host.find(']'); end != std::string::npos)
    host.resize(end + 1);
  else
    host.resize(std::min(host.find(':'), host.size()));
  for (char& c : host)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return host;
}

Judgement judge_address(Facts const& facts) {
  auto const& rules = facts.policy.rules;
  if (is_phone(facts)) return not_asked("it is a telephone number");
  bool const allowed = facts.kind == DestinationKind::sip_uri
                           ? contains(rules.sip_hosts, host_of(facts.request.destination))
                           : contains(rules.clients, facts.request.destination);
  if (allowed) return passes("this address is allowed");
  return refuses(
      Errc::destination_not_allowed, {},
      facts.kind == DestinationKind::sip_uri ? "its host is not in the list" : "the client is not in the list");
}

Judgement judge_caller_id(Facts const& facts) {
  auto const& id = facts.request.caller_id;
  if (!id) return not_asked("none is asked for, so Flex shows its own");
  if (contains(facts.policy.rules.caller_ids, *id)) return passes("it is in the list");
  return refuses(Errc::caller_id_not_allowed);
}
Judgement judge_queue(Facts const& facts) {
  auto const& queue = facts.request.queue_sid;
  if (!queue) return not_asked("none is asked for, so Flex takes its own");
  if (contains(facts.policy.rules.queues, *queue)) return passes("it is in the list");
  return refuses(Errc::queue_not_allowed);
}

Judgement judge_hour(Facts const& facts) {
  if (!facts.number) return not_asked("it is no full telephone number");
  bool asked = false;
  for (auto const& quiet : facts.policy.quiet) {
    if (!contains(quiet.hours->regions, facts.number->region)) continue;
    asked = true;
    for (std::size_t i = 0; i < quiet.zones.size(); ++i) {
      auto const [day, minute] = quiet.zones[i].at(facts.now);
      if (!quiet.hours->days.empty() && !contains(quiet.hours->days, day)) continue;
      bool const is_quiet =
          quiet.from < quiet.to ? minute >= quiet.from && minute < quiet.to : minute >= quiet.from || minute < quiet.to;
      if (is_quiet)
        return refuses(Errc::quiet_hours, facts.number->region,
                       quiet.hours->zones[i] + ", " + quiet.hours->from + " to " + quiet.hours->to);
    }
  }
  return asked ? passes("it is a good time there") : not_asked("there are no quiet hours for its country");
}

struct Rule {
  Errc reason;
  std::string_view pointer;
  Judgement (*judge)(Facts const&);
};
/// Those that need nothing but the policy, in the order in which they are asked. Behind them do_not_call, budget_used,
/// agent_limit and tenant_limit.
constexpr std::array rules_of_a_policy{
    Rule{Errc::number_not_valid, "/destination", &judge_number},
    Rule{Errc::emergency_number, "/destination", &judge_emergency},
    Rule{Errc::short_number, "/destination", &judge_short_number},
    Rule{Errc::premium_number, "/destination", &judge_premium},
    Rule{Errc::shared_cost_number, "/destination", &judge_shared_cost},
    Rule{Errc::satellite_number, "/destination", &judge_satellite},
    Rule{Errc::region_not_allowed, "/destination", &judge_region},
    Rule{Errc::destination_not_allowed, "/destination", &judge_address},
    Rule{Errc::caller_id_not_allowed, "/callerId", &judge_caller_id},
    Rule{Errc::queue_not_allowed, "/queueSid", &judge_queue},
    Rule{Errc::quiet_hours, "/destination", &judge_hour},
};

Error error_of(Errc reason, std::string_view pointer, Judgement judgement) {
  auto error = make_error(reason, std::string{pointer}, std::move(judgement.detail));
  error.retry_after = judgement.retry_after;
  return error;
}

DialRequest with_defaults(DialRequest request, DialRules const& rules) {
  if (!request.caller_id) request.caller_id = rules.default_caller_id;
  if (!request.queue_sid) request.queue_sid = rules.default_queue;
  return request;
}

}  // namespace

struct DialPolicy::State {
  DialHooks const hooks;

  std::mutex mutable mutex{};
  std::shared_ptr<Compiled const> policy;
  detail::DialCounter agents{most_counted};
  detail::DialCounter tenants{most_counted};

  State(std::shared_ptr<Compiled const> first, DialHooks given) : hooks{std::move(given)}, policy{std::move(first)} {}

  std::shared_ptr<Compiled const> current() const {
    std::lock_guard const lock{mutex};
    return policy;
  }

  Judgement do_not_call(Facts const& facts) const {
    if (!hooks.do_not_call) return not_asked("nobody keeps such a list here");
    if (hooks.do_not_call(facts.request.destination)) return refuses(Errc::do_not_call);
    return passes("it is not in the list");
  }
  Judgement budget(DialCaller const& caller, Facts const& facts) const {
    if (!hooks.has_budget) return not_asked("nobody keeps a budget here");
    if (!hooks.has_budget(caller, facts.request, facts.now)) return refuses(Errc::budget_used);
    return passes("there is money left");
  }

  static Judgement limited(Errc rule, std::chrono::milliseconds wait) {
    if (wait.count() == 0) return passes("there were not too many");
    auto judgement = refuses(rule);
    judgement.retry_after = wait;
    return judgement;
  }
  /// \pre the lock is held
  std::array<std::pair<Errc, Judgement>, 2> limits(DialCaller const& caller, DialRules const& rules, Moment now) {
    return {{{Errc::agent_limit,
              limited(Errc::agent_limit, agents.wait({caller.tenant, caller.agent}, rules.per_agent, now.steady))},
             {Errc::tenant_limit,
              limited(Errc::tenant_limit, tenants.wait({caller.tenant, {}}, rules.per_tenant, now.steady))}}};
  }
};

DialPolicy::DialPolicy(std::unique_ptr<State> state) noexcept : state_{std::move(state)} {}
DialPolicy::DialPolicy(DialPolicy&&) noexcept = default;
DialPolicy& DialPolicy::operator=(DialPolicy&&) noexcept = default;
DialPolicy::~DialPolicy() = default;

Result<DialPolicy> DialPolicy::from_json(std::string_view json, DialHooks hooks) {
  auto policy = compile(json);
  if (!policy) return policy.error();
  return DialPolicy{std::make_unique<State>(*std::move(policy), std::move(hooks))};
}

Result<void> DialPolicy::reload(std::string_view json) {
  auto policy = compile(json);
  if (!policy) return policy.error();
  std::lock_guard const lock{state_->mutex};
  state_->policy.swap(*policy);
  return {};
}

std::shared_ptr<DialRules const> DialPolicy::rules() const {
  auto policy = state_->current();
  auto const* const rules = &policy->rules;
  return {std::move(policy), rules};
}

Result<DialRequest> DialPolicy::decide(DialCaller const& caller, DialRequest const& request, Moment now) {
  auto const policy = state_->current();
  auto const dial = with_defaults(request, policy->rules);
  Facts const facts{*policy, dial, now.wall};
  for (auto const& rule : rules_of_a_policy)
    if (auto judgement = rule.judge(facts); judgement.verdict == DialVerdict::refuses)
      return error_of(rule.reason, rule.pointer, std::move(judgement));
  if (auto judgement = state_->do_not_call(facts); judgement.verdict == DialVerdict::refuses)
    return error_of(Errc::do_not_call, "/destination", std::move(judgement));
  if (auto judgement = state_->budget(caller, facts); judgement.verdict == DialVerdict::refuses)
    return error_of(Errc::budget_used, {}, std::move(judgement));

  std::lock_guard const lock{state_->mutex};
  for (auto& [reason, judgement] : state_->limits(caller, policy->rules, now))
    if (judgement.verdict == DialVerdict::refuses) return error_of(reason, {}, std::move(judgement));
  state_->agents.add({caller.tenant, caller.agent}, now.steady);
  state_->tenants.add({caller.tenant, {}}, now.steady);
  return dial;
}

std::vector<DialFinding> DialPolicy::explain(DialCaller const& caller, DialRequest const& request, Moment now) const {
  auto const policy = state_->current();
  auto const dial = with_defaults(request, policy->rules);
  Facts const facts{*policy, dial, now.wall};
  std::vector<DialFinding> findings;
  auto const add = [&](Errc reason, Judgement judgement) {
    findings.push_back({reason, judgement.verdict, std::move(judgement.sentence)});
  };
  for (auto const& rule : rules_of_a_policy) add(rule.reason, rule.judge(facts));
  add(Errc::do_not_call, state_->do_not_call(facts));
  add(Errc::budget_used, state_->budget(caller, facts));
  std::lock_guard const lock{state_->mutex};
  for (auto& [reason, judgement] : state_->limits(caller, policy->rules, now)) add(reason, std::move(judgement));
  return findings;
}

}  // namespace flexcrm
