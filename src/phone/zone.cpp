#include "zone.hpp"

#include <unicode/timezone.h>
#include <unicode/unistr.h>

namespace flexcrm::detail {

struct Zone::Rules {
  std::unique_ptr<icu::TimeZone> zone;
};

std::optional<Zone> Zone::find(std::string const& name) {
  std::unique_ptr<icu::TimeZone> zone{icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(name))};
  if (!zone || *zone == icu::TimeZone::getUnknown()) return std::nullopt;
  return Zone{std::make_shared<Rules const>(Rules{std::move(zone)})};
}

LocalTime Zone::at(std::chrono::system_clock::time_point now) const {
  using namespace std::chrono;
  auto const utc = floor<milliseconds>(now);
  std::int32_t offset = 0, summer = 0;
  auto error = U_ZERO_ERROR;
  rules_->zone->getOffset(static_cast<UDate>(utc.time_since_epoch().count()), false, offset, summer, error);
  auto const local = utc + milliseconds{offset} + milliseconds{summer};
  auto const day = floor<days>(local);
  // ISO: Monday is 1.
  return {static_cast<Weekday>(weekday{day}.iso_encoding() - 1), static_cast<int>(floor<minutes>(local - day).count())};
}

}  // namespace flexcrm::detail
