#include "dial_rules.hpp"

#include "declared.hpp"
#include "zone.hpp"

#include <flexcrm/phone.hpp>

#include <algorithm>

namespace flexcrm::detail {
namespace declared {

constexpr auto region = text("[A-Z]{2}|001", "a country as ISO 3166-1 alpha-2 has it, such as ES, or 001");
constexpr auto number = text(R"(\+[1-9][0-9]{1,14})", "an E.164 number such as +34911234567");
constexpr auto prefix = text(R"(\+[1-9][0-9]{0,14})", "how E.164 numbers begin, such as +3491");
constexpr auto queue = text("WQ[0-9a-fA-F]{32}", "the SID of a TaskQueue");
constexpr auto zone = text("UTC|[A-Za-z_]+(/[A-Za-z0-9_+-]+)+", "an IANA time zone such as Europe/Madrid");
constexpr auto minute = text("([01][0-9]|2[0-3]):[0-5][0-9]", "HH:MM");

template <>
struct Fields<DialLimit> {
  static constexpr std::array rows{
      required<&DialLimit::dials>("dials", integer(1, 10000), "so many"),
      required<&DialLimit::seconds>("seconds", integer(1, 86400), "within any so many seconds"),
  };
};

template <>
struct Fields<QuietHours> {
  static constexpr std::array rows{
      row<&QuietHours::about>("about", text(), "for people"),
      required<&QuietHours::regions>("regions", list_of(region, 1), "where the number is"),
      required<&QuietHours::zones>("zones", list_of(zone, 1),
                                   "the time zones there; it is quiet when it is quiet in any of them"),
      required<&QuietHours::from>("from", minute, "the first quiet minute of local time"),
      required<&QuietHours::to>(
          "to", minute, "the first minute after it; not later than `from`: over midnight, equal: the whole day"),
      row<&QuietHours::days>("days", list_of(word<Weekday>()), "the local days on which this holds; none: all"),
  };
};

template <>
struct Fields<DialRules> {
  static constexpr std::array rows{
      row<&DialRules::schema>("$schema", text(), "for editors"),
      required<&DialRules::version>("version", integer(1, 1), "of this form"),
      row<&DialRules::about>("about", text(), "for people"),
      row<&DialRules::regions>("regions", list_of(region),
                               "countries that may be called; 001 is for networks of no country. None: none"),
      row<&DialRules::prefixes>("prefixes", list_of(prefix), "numbers that begin so may be called, too"),
      row<&DialRules::numbers>(
          "numbers", word<NumberCheck>(),
          "valid, if absent: only numbers in ranges that are known to be in use; possible: all that are "
          "of a right length"),
      row<&DialRules::costly>("costly", list_of(word<CostlyKind>()), "expensive kinds of numbers that may be called"),
      row<&DialRules::exceptions>(
          "exceptions", list_of(prefix),
          "numbers, or how they begin, that may be called whatever their country and kind; a short or "
          "emergency number only when it stands here whole"),
      row<&DialRules::sip_hosts>(
          "sipHosts", list_of(text(R"([a-z0-9.-]+|\[[0-9a-f:.]+\])", "a host name or address in lower case")),
          "SIP URIs at these hosts may be called"),
      row<&DialRules::clients>("clients", list_of(text("client:[!-~]+", "client: and an identity")),
                               "client identities that may be called"),
      row<&DialRules::caller_ids>("callerIds", list_of(number), "numbers that the callee may be shown"),
      row<&DialRules::default_caller_id>("defaultCallerId", number, "one of them, for a request that names none"),
      row<&DialRules::queues>("queues", list_of(queue), "TaskQueues that a request may name"),
      row<&DialRules::default_queue>("defaultQueue", queue, "one of them, for a request that names none"),
      row<&DialRules::quiet_hours>("quietHours", list_of(object<QuietHours>()), "when not to call"),
      row<&DialRules::per_agent>("perAgent", object<DialLimit>(), "dials of one agent; if absent, 5 in 60 seconds"),
      row<&DialRules::per_tenant>("perTenant", object<DialLimit>(),
                                  "dials of all agents of a tenant; if absent, 60 in 60 seconds"),
  };
};

}  // namespace declared

namespace {

std::optional<Error> check_regions(std::vector<std::string> const& regions, std::string const& pointer) {
  for (std::size_t i = 0; i < regions.size(); ++i)
    if (regions[i] != "001" && !is_phone_region(regions[i]))
      return make_error(Errc::unknown_value, pointer + "/" + std::to_string(i), "no country that libphonenumber knows");
  return std::nullopt;
}

std::optional<Error> check_default(std::optional<std::string> const& one, std::vector<std::string> const& list,
                                   std::string pointer) {
  if (!one || std::find(list.begin(), list.end(), *one) != list.end()) return std::nullopt;
  return make_error(Errc::unknown_value, std::move(pointer), "not in its list");
}

/// What a schema cannot say.
std::optional<Error> check(DialRules const& rules) {
  if (auto error = check_regions(rules.regions, "/regions")) return error;
  if (auto error = check_default(rules.default_caller_id, rules.caller_ids, "/defaultCallerId")) return error;
  if (auto error = check_default(rules.default_queue, rules.queues, "/defaultQueue")) return error;
  for (std::size_t i = 0; i < rules.quiet_hours.size(); ++i) {
    auto const pointer = "/quietHours/" + std::to_string(i);
    auto const& hours = rules.quiet_hours[i];
    if (auto error = check_regions(hours.regions, pointer + "/regions")) return error;
    for (std::size_t k = 0; k < hours.zones.size(); ++k)
      if (!Zone::find(hours.zones[k]))
        return make_error(Errc::unknown_value, pointer + "/zones/" + std::to_string(k), "no time zone that ICU knows");
  }
  return std::nullopt;
}

}  // namespace

Result<DialRules> read_dial_rules(std::string_view json) {
  auto rules = declared::read<DialRules>(json);
  if (!rules) return rules;
  if (auto error = check(*rules)) return *std::move(error);
  return rules;
}

}  // namespace flexcrm::detail

namespace flexcrm {

boost::json::object dial_policy_schema() {
  boost::json::object schema{
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"$id", "urn:flexcrm:dial-policy:v1"},
      {"title", "flexcrm dial policy"},
      {"description",
       "Which numbers may be dialled. What a schema cannot say: which countries and time zones exist, "
       "that a default is in its list, two members of one name."}};
  for (auto& [name, value] : detail::declared::schema(detail::declared::rows_of<DialRules>())) schema[name] = value;
  return schema;
}

}  // namespace flexcrm
