#pragma once

#include <flexcrm/dial_policy.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace flexcrm::detail {

/// A minute of a week, as a clock on a wall shows it.
struct LocalTime {
  Weekday day;
  int minute;  ///< of the day
};

/// A time zone of the IANA's database, as ICU has it. Thread safety: const functions may be called from any thread.
class Zone {
 public:
  static std::optional<Zone> find(std::string const& name);
  LocalTime at(std::chrono::system_clock::time_point now) const;

 private:
  struct Rules;
  explicit Zone(std::shared_ptr<Rules const> rules) : rules_{std::move(rules)} {}
  std::shared_ptr<Rules const> rules_;
};

}  // namespace flexcrm::detail
