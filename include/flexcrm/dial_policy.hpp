#pragma once

#include <flexcrm/error.hpp>
#include <flexcrm/export.hpp>
#include <flexcrm/messages/call.hpp>
#include <flexcrm/types.hpp>

#include <boost/json/object.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flexcrm {

/// A day of the week, for QuietHours.
enum class Weekday {
  mon,  ///< Monday
  tue,  ///< Tuesday
  wed,  ///< Wednesday
  thu,  ///< Thursday
  fri,  ///< Friday
  sat,  ///< Saturday
  sun   ///< Sunday
};
/// Their words in a policy.
constexpr std::array<std::string_view, 7> enum_words(Weekday) {
  return {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
}

/// Kinds of numbers that cost more than others, and so are refused unless a policy lists them.
enum class CostlyKind {
  premium_rate,     ///< part of the price goes to whoever is called
  personal_number,  ///< follows a person; priced and abused like premium-rate numbers
  shared_cost,      ///< caller and called share the cost
  satellite         ///< Inmarsat, Iridium, Globalstar, Thuraya …
};
/// Their words in a policy.
constexpr std::array<std::string_view, 4> enum_words(CostlyKind) {
  return {"premium_rate", "personal_number", "shared_cost", "satellite"};
}

/// What a policy asks of a number.
enum class NumberCheck {
  valid,    ///< in a range that libphonenumber's metadata knows to be in use
  possible  ///< only the right number of digits: for ranges that are newer than the metadata
};
/// Their words in a policy.
constexpr std::array<std::string_view, 2> enum_words(NumberCheck) { return {"valid", "possible"}; }

/// At most so many dials within any time of this length. A dial that was refused does not count.
struct DialLimit {
  std::int64_t dials = 5;     ///< 1…10,000
  std::int64_t seconds = 60;  ///< 1…86,400

  friend bool operator==(DialLimit const&, DialLimit const&) = default;
};

/// When not to call numbers of some regions.
struct QuietHours {
  std::optional<std::string> about{};  ///< for people
  std::vector<std::string> regions{};  ///< where the number is
  std::vector<std::string> zones{};    ///< IANA names; it is quiet when it is quiet in any of them
  std::string from{};                  ///< HH:MM, the first quiet minute of local time
  std::string to{};                    ///< HH:MM, the first minute after it; not later than `from`: over midnight
  std::vector<Weekday> days{};         ///< local days on which it holds; none: all

  friend bool operator==(QuietHours const&, QuietHours const&) = default;
};

/// What a policy says: docs/dial-policy.md has the members as they are in the file. Whatever is not allowed is refused,
/// so the default allows no number at all.
struct DialRules {
  std::optional<std::string> schema{};             ///< `$schema`, for editors
  std::int64_t version = 1;                        ///< of the form of the file
  std::optional<std::string> about{};              ///< for people
  std::vector<std::string> regions{};              ///< countries that may be called; "001": international networks
  std::vector<std::string> prefixes{};             ///< E.164 numbers that begin so may be called, too
  NumberCheck numbers = NumberCheck::valid;        ///< what a number has to be
  std::vector<CostlyKind> costly{};                ///< expensive kinds that may be called
  std::vector<std::string> exceptions{};           ///< numbers, or how they begin, that may be called whatever they are
  std::vector<std::string> sip_hosts{};            ///< `sip:` destinations at these hosts
  std::vector<std::string> clients{};              ///< `client:` destinations, whole
  std::vector<std::string> caller_ids{};           ///< whom the callee may see
  std::optional<std::string> default_caller_id{};  ///< one of them, for a request without
  std::vector<std::string> queues{};               ///< TaskQueues that a request may name
  std::optional<std::string> default_queue{};      ///< one of them, for a request without
  std::vector<QuietHours> quiet_hours{};           ///< when not to call
  DialLimit per_agent{};                           ///< of one agent
  DialLimit per_tenant{60, 60};                    ///< of all agents of a tenant together

  friend bool operator==(DialRules const&, DialRules const&) = default;
};

/// Who dials.
struct DialCaller {
  std::string agent{};   ///< the agent, as Server::on_dial names it
  std::string tenant{};  ///< whose agent it is, where a process serves several tenants

  friend bool operator==(DialCaller const&, DialCaller const&) = default;
};

/// What one rule says of a dial.
enum class DialVerdict {
  passes,     ///< as far as this rule goes it may be placed
  refuses,    ///< it must not be placed
  not_asked,  ///< the rule is not about such a dial, or there is none
};
/// Their names.
constexpr std::array<std::string_view, 3> enum_words(DialVerdict) { return {"passes", "refuses", "not_asked"}; }

/// One rule's verdict.
struct DialFinding {
  Errc rule{};                                   ///< the rule, by the reason that it refuses with
  DialVerdict verdict = DialVerdict::not_asked;  ///< what it says
  std::string sentence{};                        ///< why, for the agent. Without numbers, names or identities

  friend bool operator==(DialFinding const&, DialFinding const&) = default;
};

/// What a product knows and a file does not. Each may be empty, is asked last, outside of every lock and by the thread
/// that decides, and may be asked by several at once. What one of them throws leaves decide(), which then counted
/// nothing.
struct DialHooks {
  /// Must this destination (as DialRequest has it) not be called?
  std::function<bool(std::string const& destination)> do_not_call{};
  /// Is there money left this month? `now` says which month it is.
  std::function<bool(DialCaller const& caller, DialRequest const& request, std::chrono::system_clock::time_point now)>
      has_budget{};
};

/// Decides which dials may be placed: for Server::on_dial. What it does not allow it refuses, with a reason of its own
/// and a sentence that an agent understands. Rules come from a JSON file; docs/dialling.md explains them.
///
///     auto policy = flexcrm::DialPolicy::from_json(text_of_the_file);
///     server.on_dial([&](std::string const& agent, flexcrm::DialRequest const& dial) {
///       auto const steady = std::chrono::steady_clock::now();
///       return policy->decide({agent}, dial, {steady, std::chrono::system_clock::now()});
///     });
///
/// It counts the dials of agents and tenants in this process alone. Of each it keeps the moments that still count
/// against the limit, and forgets whoever has none: at most `most_counted` of either at once, beyond that nobody new
/// may dial.
///
/// Thread safety: all functions may be called from any thread at the same time; moving and destroying are the owner's.
class FLEXCRM_API DialPolicy {
 public:
  /// Agents, and tenants, that dialled within their limit's time: more than one process serves.
  static constexpr std::size_t most_counted = 20000;

  /// From the text of a policy file. Errors: those of a bad field, with a JSON pointer into the file and a detail in
  /// our own words; syntax, duplicate_key, too_large (1 MiB) … of a bad text.
  static Result<DialPolicy> from_json(std::string_view json, DialHooks hooks = {});

  DialPolicy(DialPolicy&&) noexcept;
  DialPolicy& operator=(DialPolicy&&) noexcept;
  ~DialPolicy();

  /// Takes other rules, from the next decision on. What was counted stays. On an error, as of from_json(), so do the
  /// rules.
  Result<void> reload(std::string_view json);

  /// May this dial be placed? The request as it shall go to Flex, with the default caller ID and TaskQueue where it has
  /// none; then it counts. Or the first rule that refuses, in the order of explain(): error_code::message() is the
  /// sentence for the agent, the pointer says which member; agent_limit and tenant_limit have a retry_after. `now` is
  /// this moment; threads may bring theirs in any order.
  Result<DialRequest> decide(DialCaller const& caller, DialRequest const& request, Moment now);

  /// What every rule says of this dial, whether another refuses or not; always the same rules in the same order. Counts
  /// nothing. Of the request only destination, caller_id and queue_sid matter.
  std::vector<DialFinding> explain(DialCaller const& caller, DialRequest const& request, Moment now) const;

  /// The rules that hold now.
  std::shared_ptr<DialRules const> rules() const;

 private:
  struct FLEXCRM_HIDDEN State;
  explicit DialPolicy(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

/// The form of a policy file as a JSON Schema, draft 2020-12: docs/schema/flexcrm.dial-policy.v1.schema.json. What it
/// cannot say: which regions and time zones exist, and that a default is in its list.
FLEXCRM_API boost::json::object dial_policy_schema();

}  // namespace flexcrm
