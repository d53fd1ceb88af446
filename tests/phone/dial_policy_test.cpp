#include <flexcrm/dial_policy.hpp>

#include <doctest/doctest.h>
#include <boost/json.hpp>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <thread>

using namespace flexcrm;
namespace json = boost::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

std::string read(std::string const& name) {
  std::ifstream file{FLEXCRM_PHONE_TESTS "/" + name};
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// A moment, `wall` as of ISO 8601. The steady clock goes with it.
Moment at(std::string_view wall, milliseconds later = milliseconds{0}) {
  auto const time = std::chrono::system_clock::time_point{from_iso8601(wall).value()} + later;
  return {std::chrono::steady_clock::time_point{time.time_since_epoch()}, time};
}
// A Wednesday, noon in Madrid.
Moment noon(milliseconds later = milliseconds{0}) { return at("2026-01-28T11:00:00Z", later); }

std::string policy_of(std::string_view members) {
  return R"({"version": 1, "regions": ["ES", "US"])" + (members.empty() ? "" : ", " + std::string{members}) + "}";
}

std::string reason(Result<DialRequest> const& decision) {
  if (decision) return "passes";
  CHECK(decision.error().code == Condition::refused);
  CHECK_FALSE(decision.error().code.message().empty());
  return std::string{name(static_cast<Errc>(decision.error().code.value()))};
}

/// What is decided, and what explain() says, which must be the same.
std::string verdict(DialPolicy& policy, DialRequest const& dial, Moment now, DialCaller const& caller = {"ana"}) {
  auto const findings = policy.explain(caller, dial, now);
  std::string explained = "passes";
  for (auto const& finding : findings) {
    CHECK_FALSE(finding.sentence.empty());
    CHECK(finding.sentence.find(dial.destination) == std::string::npos);
    if (explained == "passes" && finding.verdict == DialVerdict::refuses) explained = name(finding.rule);
  }
  auto const decided = reason(policy.decide(caller, dial, now));
  CHECK(decided == explained);
  return decided;
}
std::string verdict(std::string_view json, DialRequest const& dial, Moment now = noon(), DialHooks hooks = {}) {
  auto policy = DialPolicy::from_json(json, std::move(hooks));
  REQUIRE_MESSAGE(policy.has_value(), to_string(policy ? Error{} : policy.error()));
  return verdict(*policy, dial, now);
}

std::string const mobile = "+34612345678";

}  // namespace

TEST_CASE("policy files are read or refused with the place of their fault") {
  auto const cases = json::parse(read("policies.json"));
  CHECK(cases.as_array().size() >= 45);
  for (auto const& value : cases.as_array()) {
    auto const& one = value.as_object();
    CAPTURE(one.at("about").as_string().c_str());
    auto const text =
        one.contains("text") ? std::string{one.at("text").as_string()} : json::serialize(one.at("policy"));
    auto const policy = DialPolicy::from_json(text);
    if (!one.contains("error")) {
      CHECK_MESSAGE(policy.has_value(), to_string(policy ? Error{} : policy.error()));
      continue;
    }
    REQUIRE(policy.has_error());
    CHECK(name(static_cast<Errc>(policy.error().code.value())) == std::string_view{one.at("error").as_string()});
    CHECK(policy.error().pointer == std::string_view{one.at("pointer").as_string()});
  }
}

TEST_CASE("bounds of a file: its length, its lists, its texts") {
  constexpr std::size_t longest = 1024 * 1024;
  auto const file = policy_of("");
  CHECK(DialPolicy::from_json(file + std::string(longest - file.size(), ' ')).has_value());
  CHECK(DialPolicy::from_json(file + std::string(longest + 1 - file.size(), ' ')).error().code == Errc::too_large);

  std::string list = R"("+1")";
  for (int i = 1; i < 10000; ++i) list += R"(,"+1")";
  CHECK(DialPolicy::from_json(policy_of(R"("prefixes": [)" + list + "]")).has_value());
  auto const refused = DialPolicy::from_json(policy_of(R"("prefixes": [)" + list + R"(,"+1"])"));
  CHECK(refused.error().code == Errc::too_long);
  CHECK(refused.error().pointer == "/prefixes");

  auto const with_host = [](std::size_t size) {
    return DialPolicy::from_json(policy_of(R"("sipHosts": [")" + std::string(size, 'a') + "\"]"));
  };
  CHECK(with_host(255).has_value());
  CHECK(with_host(256).error().code == Errc::too_long);
}

TEST_CASE("the example of the documents is read as it says") {
  auto const policy = DialPolicy::from_json(read("policy.json"));
  REQUIRE(policy.has_value());
  auto const rules = policy->rules();
  CHECK(rules->regions == std::vector<std::string>{"ES", "PT"});
  CHECK(rules->costly == std::vector{CostlyKind::shared_cost});
  CHECK(rules->quiet_hours.size() == 3);
  CHECK(rules->quiet_hours[1].days == std::vector{Weekday::sun});
  CHECK(rules->quiet_hours[1].about == "Sundays");
  CHECK(rules->per_tenant == DialLimit{30, 60});
  CHECK(rules->default_caller_id == "+34911234567");
}

TEST_CASE("an absent member is its default, which is the narrow one") {
  auto const policy = DialPolicy::from_json(R"({"version": 1})");
  CHECK(*policy->rules() == DialRules{});
  CHECK(verdict(R"({"version": 1})", {.destination = mobile}) == "region_not_allowed");
}

TEST_CASE("a number is allowed by its country, its beginning or as an exception") {
  struct Case {
    std::string_view policy, destination, expected;
  };
  constexpr Case cases[] = {
      {R"("numbers": "valid")", "+34612345678", "passes"},
      {"", "+33612345678", "region_not_allowed"},
      {R"("prefixes": ["+336"])", "+33612345678", "passes"},
      {R"("prefixes": ["+337"])", "+33612345678", "region_not_allowed"},
      {R"("exceptions": ["+33612345678"])", "+33612345678", "passes"},
      {"", "+14155552671", "passes"},
      {"", "+14165552671", "region_not_allowed"},                          // Canada has the same code
      {"", "+18765552671", "region_not_allowed"},                          // so has Jamaica
      {"", "+14151552671", "number_not_valid"},                            // a right length alone
      {R"("numbers": "possible")", "+14151552671", "region_not_allowed"},  // nobody knows where
      {R"("numbers": "possible", "prefixes": ["+1415"])", "+14151552671", "passes"},
      {"", "+3461234567", "number_not_valid"},
      {"", "+346123456789", "number_not_valid"},
      {"", "+999123456789", "number_not_valid"},
      {R"("prefixes": ["+44"])", "+4402079460958", "number_not_valid"},  // Flex would dial the 0
      {R"("prefixes": ["+44"])", "+442079460958", "passes"},
      {"", "not a number", "number_not_valid"},
      {"", "+34612345678 x89", "number_not_valid"},
  };
  for (auto const& one : cases) {
    CAPTURE(one.policy);
    CAPTURE(one.destination);
    CHECK(verdict(policy_of(one.policy), {.destination = std::string{one.destination}}) == one.expected);
  }
}

TEST_CASE("what costs more is refused unless it is listed, and listing one kind lists no other") {
  struct Case {
    std::string destination, reason, word;
  };
  Case const cases[] = {
      {"+34806123456", "premium_number", "premium_rate"},    {"+19002345678", "premium_number", "premium_rate"},
      {"+979123456789", "premium_number", "premium_rate"},   {"+447012345678", "premium_number", "personal_number"},
      {"+34902123456", "shared_cost_number", "shared_cost"}, {"+80812345678", "shared_cost_number", "shared_cost"},
      {"+881612345678", "satellite_number", "satellite"},    {"+870773111632", "satellite_number", "satellite"},
      {"+8821612345678", "satellite_number", "satellite"},
  };
  std::string const everywhere = R"({"version": 1, "regions": ["ES", "US", "GB", "001"])";
  for (auto const& one : cases) {
    CAPTURE(one.destination);
    DialRequest const dial{.destination = one.destination};
    CHECK(verdict(everywhere + "}", dial) == one.reason);
    for (auto const word : enum_words(CostlyKind{}))
      CHECK(verdict(everywhere + R"(, "costly": [")" + std::string{word} + "\"]}", dial) ==
            (word == one.word ? "passes" : one.reason));
    CHECK(verdict(R"({"version": 1, "exceptions": [")" + one.destination + "\"]}", dial) == "passes");
    // Its country is asked as well.
    CHECK(verdict(R"({"version": 1, "regions": ["PT"], "costly": [")" + one.word + "\"]}", dial) ==
          "region_not_allowed");
  }
}

TEST_CASE(
    "short and emergency numbers behind a country code are refused, unless they stand in the exceptions "
    "whole") {
  for (auto const* destination : {"+34112", "+1911", "+44999"}) {
    CAPTURE(destination);
    CHECK(verdict(policy_of(R"("prefixes": ["+34", "+1", "+44"], "numbers": "possible")"),
                  {.destination = destination}) == "emergency_number");
    CHECK(verdict(policy_of(R"("exceptions": ["+34", "+1", "+44"])"), {.destination = destination}) ==
          "emergency_number");
    CHECK(verdict(policy_of(R"("exceptions": [")" + std::string{destination} + "\"]"), {.destination = destination}) ==
          "passes");
  }
  CHECK(verdict(policy_of(""), {.destination = "+341004"}) == "short_number");
  CHECK(verdict(policy_of(R"("exceptions": ["+3410"])"), {.destination = "+341004"}) == "short_number");
  CHECK(verdict(policy_of(R"("exceptions": ["+341004"])"), {.destination = "+341004"}) == "passes");
}

TEST_CASE("addresses that are no numbers have a list of their own") {
  auto const json = policy_of(R"("sipHosts": ["pbx.example.com", "[2001:db8::1]"], "clients": ["client:anna"])");
  struct Case {
    std::string_view destination, expected;
  };
  constexpr Case cases[] = {
      {"sip:201@pbx.example.com", "passes"},
      {"sips:201@PBX.example.com:5061", "passes"},
      {"sip:201@[2001:db8::1]:5060", "passes"},
      {"sip:201@evil.example", "destination_not_allowed"},
      {"sip:201@pbx.example.com.evil", "destination_not_allowed"},
      {"client:anna", "passes"},
      {"client:Anna", "destination_not_allowed"},
      {"client:anna2", "destination_not_allowed"},
  };
  for (auto const& one : cases) {
    CAPTURE(one.destination);
    CHECK(verdict(json, {.destination = std::string{one.destination}}) == one.expected);
  }
  CHECK(verdict(policy_of(""), {.destination = "sip:201@pbx.example.com"}) == "destination_not_allowed");
  CHECK(verdict(policy_of(""), {.destination = "client:anna"}) == "destination_not_allowed");
}

TEST_CASE("caller ID and TaskQueue are of the lists, and a default fills what is absent") {
  std::string const queue = "WQ0123456789abcdef0123456789abcdef", other = "WQ00000000000000000000000000000000";
  auto const listed = policy_of(R"("callerIds": ["+34911234567", "+34931234567"], "queues": [")" + queue + "\"]");
  CHECK(verdict(listed, {.destination = mobile, .caller_id = "+34931234567", .queue_sid = queue}) == "passes");
  CHECK(verdict(listed, {.destination = mobile, .caller_id = "+34911234568"}) == "caller_id_not_allowed");
  CHECK(verdict(listed, {.destination = mobile, .queue_sid = other}) == "queue_not_allowed");
  CHECK(verdict(policy_of(""), {.destination = mobile, .caller_id = "+34911234567"}) == "caller_id_not_allowed");
  CHECK(verdict(policy_of(""), {.destination = mobile, .queue_sid = queue}) == "queue_not_allowed");

  auto policy = DialPolicy::from_json(listed);
  DialRequest const bare{.destination = mobile, .dial_id = "d-1", .customer = DialCustomer{.id = "C-1"}};
  CHECK(*policy->decide({"ana"}, bare, noon()) == bare);
  policy = DialPolicy::from_json(
      policy_of(R"("callerIds": ["+34911234567"], "defaultCallerId": "+34911234567", "queues": [")" + queue +
                R"("], "defaultQueue": ")" + queue + "\""));
  auto filled = bare;
  filled.caller_id = "+34911234567";
  filled.queue_sid = queue;
  CHECK(*policy->decide({"ana"}, bare, noon()) == filled);

  auto const refused = policy->decide({"ana"}, {.destination = mobile, .caller_id = "+34000000000"}, noon());
  CHECK(refused.error().pointer == "/callerId");
}

TEST_CASE("quiet hours are those of the number's zones, across midnight, summer time and days") {
  auto const policy = read("policy.json");
  struct Case {
    std::string_view at, destination, expected;
  };
  constexpr Case cases[] = {
      {"2026-01-28T11:00:00Z", "+34612345678", "passes"},
      {"2026-01-28T19:59:59Z", "+34612345678", "passes"},       // 20:59:59 in Madrid
      {"2026-01-28T20:00:00Z", "+34612345678", "quiet_hours"},  // 21:00
      {"2026-01-28T08:30:00Z", "+34612345678", "quiet_hours"},  // 09:30 in Madrid, 08:30 in the Canaries
      {"2026-01-28T09:00:00Z", "+34612345678", "passes"},       // 09:00 in the Canaries
      {"2026-07-29T19:00:00Z", "+34612345678", "quiet_hours"},  // summer: 21:00
      {"2026-07-29T18:59:00Z", "+34612345678", "passes"},
      {"2026-07-29T07:59:00Z", "+34612345678", "quiet_hours"},  // 08:59 in the Canaries
      {"2026-07-29T08:00:00Z", "+34612345678", "passes"},
      {"2026-03-29T11:00:00Z", "+34612345678", "quiet_hours"},  // a Sunday, and the day on which summer time begins
      {"2026-03-30T11:00:00Z", "+34612345678", "passes"},
      {"2026-01-25T23:30:00Z", "+34612345678",
       "quiet_hours"},  // Monday in Madrid, Sunday in the Canaries, night in both
      {"2026-01-28T21:00:00Z", "+351912345678", "quiet_hours"},
      {"2026-01-28T11:00:00Z", "+351912345678", "passes"},
      {"2026-01-28T09:30:00Z", "+351912345678", "quiet_hours"},  // 08:30 on the Azores
      {"2026-01-28T03:00:00Z", "+442079460958", "passes"},       // no rule for London
  };
  for (auto const& one : cases) {
    CAPTURE(one.at);
    CHECK(verdict(policy, {.destination = std::string{one.destination}}, at(one.at)) == one.expected);
  }
}

TEST_CASE("a day of quiet hours is a day on the clocks there") {
  auto const json = policy_of(
      R"("quietHours": [{"regions": ["US"], "zones": ["Pacific/Honolulu"], "from": "22:00", "to": "06:00", "days": ["sat"]}])");
  DialRequest const dial{.destination = "+14155552671"};
  CHECK(verdict(json, dial, at("2026-01-31T15:59:00Z")) == "quiet_hours");  // Saturday 05:59
  CHECK(verdict(json, dial, at("2026-01-31T16:00:00Z")) == "passes");
  CHECK(verdict(json, dial, at("2026-02-01T08:00:00Z")) == "quiet_hours");  // Saturday 22:00
  CHECK(verdict(json, dial, at("2026-02-01T10:00:00Z")) == "passes");       // Sunday 00:00
  CHECK(verdict(json, dial, at("2026-01-31T08:00:00Z")) == "passes");       // Friday 22:00
}

TEST_CASE("hooks are asked for what only a product knows, and only when nothing else refuses") {
  int asked = 0;
  DialHooks const hooks{
      .do_not_call = [&](std::string const& destination) { return ++asked, destination == mobile; },
      .has_budget =
          [&](DialCaller const& caller, DialRequest const& dial, std::chrono::system_clock::time_point now) {
            CHECK(dial.caller_id == "+34911234567");
            CHECK(now == noon().wall);
            return ++asked, caller.agent != "eva";
          }};
  auto policy = DialPolicy::from_json(
      policy_of(R"("callerIds": ["+34911234567"], "defaultCallerId": "+34911234567", "sipHosts": ["pbx.example.com"])"),
      hooks);
  CHECK(reason(policy->decide({"ana"}, {.destination = mobile}, noon())) == "do_not_call");
  CHECK(asked == 1);
  CHECK(reason(policy->decide({"ana"}, {.destination = "+33612345678"}, noon())) == "region_not_allowed");
  CHECK(asked == 1);
  CHECK(reason(policy->decide({"ana"}, {.destination = "+34612345679"}, noon())) == "passes");
  CHECK(reason(policy->decide({"ana"}, {.destination = "sip:1@pbx.example.com"}, noon())) == "passes");
  CHECK(reason(policy->decide({"eva"}, {.destination = "+34612345679"}, noon())) == "budget_used");
  CHECK(asked == 7);
}

TEST_CASE("what a hook throws leaves decide(), and the dial did not count") {
  bool broken = true;
  auto policy = DialPolicy::from_json(
      policy_of(R"("perAgent": {"dials": 1, "seconds": 60})"),
      {.do_not_call = [&](std::string const&) { return broken ? throw std::runtime_error{"no"} : false; }});
  CHECK_THROWS(policy->decide({"ana"}, {.destination = mobile}, noon()));
  broken = false;
  CHECK(reason(policy->decide({"ana"}, {.destination = mobile}, noon())) == "passes");
}

TEST_CASE("a hundred clicks are five dials, and refused ones do not count") {
  auto policy = DialPolicy::from_json(policy_of(R"("perTenant": {"dials": 8, "seconds": 10})"));
  int placed = 0;
  for (int click = 0; click < 100; ++click) {
    CHECK(reason(policy->decide({"ana"}, {.destination = "+33612345678"}, noon(milliseconds{click}))) ==
          "region_not_allowed");
    auto const decision = policy->decide({"ana"}, {.destination = mobile}, noon(milliseconds{click}));
    placed += decision ? 1 : 0;
    if (decision) continue;
    CHECK(decision.error().code == Errc::agent_limit);
    CHECK(decision.error().retry_after == milliseconds{60000 - click});
  }
  CHECK(placed == 5);
  CHECK(reason(policy->decide({"ana"}, {.destination = mobile}, noon(milliseconds{59999}))) == "agent_limit");
  CHECK(reason(policy->decide({"ana"}, {.destination = mobile}, noon(seconds{60}))) == "passes");
  CHECK(reason(policy->decide({"ana"}, {.destination = mobile}, noon(seconds{60}))) == "agent_limit");
  CHECK(reason(policy->decide({"ana"}, {.destination = mobile}, noon(milliseconds{60001}))) == "passes");
}

TEST_CASE("all agents of a tenant together have a limit, and another tenant has its own") {
  auto policy = DialPolicy::from_json(policy_of(R"("perTenant": {"dials": 3, "seconds": 10})"));
  for (auto const* agent : {"ana", "eva", "leo"})
    CHECK(verdict(*policy, {.destination = mobile}, noon(), {agent}) == "passes");
  auto const refused = policy->decide({"pia"}, {.destination = mobile}, noon(seconds{4}));
  CHECK(refused.error().code == Errc::tenant_limit);
  CHECK(refused.error().retry_after == seconds{6});
  CHECK(verdict(*policy, {.destination = mobile}, noon(), {"ana", "other"}) == "passes");
  CHECK(verdict(*policy, {.destination = mobile}, noon(seconds{10}), {"pia"}) == "passes");
}

TEST_CASE("explain says what every rule thinks, counts nothing and names no number") {
  auto policy = DialPolicy::from_json(read("policy.json"));
  DialRequest const dial{.destination = "+33899123456", .caller_id = "+34000000000"};
  auto const findings = policy->explain({"ana"}, dial, at("2026-01-28T23:00:00Z"));
  CHECK(findings == policy->explain({"ana"}, dial, at("2026-01-28T23:00:00Z")));
  std::map<std::string_view, DialVerdict> verdicts;
  for (auto const& finding : findings) CHECK(verdicts.emplace(name(finding.rule), finding.verdict).second);
  CHECK(verdicts == std::map<std::string_view, DialVerdict>{
                        {"number_not_valid", DialVerdict::passes},
                        {"emergency_number", DialVerdict::passes},
                        {"short_number", DialVerdict::passes},
                        {"premium_number", DialVerdict::refuses},
                        {"shared_cost_number", DialVerdict::passes},
                        {"satellite_number", DialVerdict::passes},
                        {"region_not_allowed", DialVerdict::refuses},
                        {"destination_not_allowed", DialVerdict::not_asked},
                        {"caller_id_not_allowed", DialVerdict::refuses},
                        {"queue_not_allowed", DialVerdict::passes},
                        {"quiet_hours", DialVerdict::not_asked},
                        {"do_not_call", DialVerdict::not_asked},
                        {"budget_used", DialVerdict::not_asked},
                        {"agent_limit", DialVerdict::passes},
                        {"tenant_limit", DialVerdict::passes},
                    });
  for (int i = 0; i < 50; ++i) policy->explain({"ana"}, {.destination = mobile}, noon());
  CHECK(reason(policy->decide({"ana"}, {.destination = mobile}, noon())) == "passes");
}

TEST_CASE("a reload takes other rules, keeps what was counted, and a bad file changes nothing") {
  auto policy = DialPolicy::from_json(policy_of(""));
  for (int i = 0; i < 5; ++i) CHECK(policy->decide({"ana"}, {.destination = mobile}, noon()).has_value());
  auto const before = policy->rules();
  auto const bad = policy->reload(R"({"version": 1, "regions": ["es"]})");
  CHECK(bad.error().pointer == "/regions/0");
  CHECK(policy->rules() == before);

  REQUIRE(policy->reload(R"({"version": 1, "regions": ["FR", "ES"]})").has_value());
  CHECK(reason(policy->decide({"ana"}, {.destination = "+33612345678"}, noon())) == "agent_limit");
  CHECK(reason(policy->decide({"eva"}, {.destination = "+33612345678"}, noon())) == "passes");
  CHECK(before->regions == std::vector<std::string>{"ES", "US"});  // whoever holds them keeps them

  // Fewer: as many have to be forgotten as are too many.
  REQUIRE(policy->reload(policy_of(R"("perAgent": {"dials": 2, "seconds": 30})")).has_value());
  CHECK(policy->decide({"ana"}, {.destination = mobile}, noon(seconds{10})).error().retry_after == seconds{20});
  CHECK(reason(policy->decide({"ana"}, {.destination = mobile}, noon(seconds{30}))) == "passes");
}

TEST_CASE("memory is bounded: whoever dialled long ago is forgotten, and then nobody new may dial") {
  auto policy = DialPolicy::from_json(
      policy_of(R"("perAgent": {"dials": 1, "seconds": 60}, "perTenant": {"dials": 10000, "seconds": 1})"));
  auto const dial = [&](std::size_t agent, Moment now) {
    return policy->decide({"agent " + std::to_string(agent), "tenant " + std::to_string(agent % 3)},
                          {.destination = mobile}, now);
  };
  for (std::size_t agent = 0; agent < DialPolicy::most_counted; ++agent) REQUIRE(dial(agent, noon()).has_value());
  auto const refused = dial(DialPolicy::most_counted, noon(seconds{59}));
  CHECK(refused.error().code == Errc::agent_limit);
  CHECK(refused.error().retry_after == seconds{60});
  CHECK(reason(dial(DialPolicy::most_counted, noon(seconds{60}))) == "passes");
}

TEST_CASE("rules change under load, and every decision is by one of them, whole") {
  // By the one France may be called, by the other Spain, each with a caller ID of its own.
  std::string const texts[] = {
      R"({"version": 1, "regions": ["FR"], "callerIds": ["+33123456789"], "defaultCallerId": "+33123456789", "perAgent": {"dials": 10000, "seconds": 1}, "perTenant": {"dials": 10000, "seconds": 1}})",
      R"({"version": 1, "regions": ["ES"], "callerIds": ["+34911234567"], "defaultCallerId": "+34911234567", "perAgent": {"dials": 10000, "seconds": 1}, "perTenant": {"dials": 10000, "seconds": 1}})"};
  auto policy = DialPolicy::from_json(texts[0]);
  constexpr int dials = 400;
  int wrong[2] = {};
  auto const agent = [&](int index) {
    for (int i = 0; i < dials; ++i) {
      bool const spain = i % 2 == 0;
      DialRequest const dial{.destination = spain ? mobile : "+33612345678"};
      DialCaller const caller{"agent " + std::to_string(index)};
      auto const decision = policy->decide(caller, dial, noon(milliseconds{i}));
      wrong[index] += decision ? decision->caller_id != (spain ? "+34911234567" : "+33123456789")
                               : decision.error().code != Errc::region_not_allowed;
      wrong[index] += policy->explain(caller, dial, noon(milliseconds{i})).size() != 15;
    }
  };
  std::thread first{agent, 0}, second{agent, 1};
  for (int i = 0; i < 200; ++i) {
    CHECK(policy->reload(texts[i % 2]).has_value());
    CHECK(policy->reload("{}").has_error());
    CHECK(policy->rules()->regions.size() == 1);
  }
  first.join();
  second.join();
  CHECK(wrong[0] + wrong[1] == 0);
}
