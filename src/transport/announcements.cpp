#include "announcements.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <iterator>
#include <utility>

namespace flexcrm::detail {
namespace {

constexpr std::size_t most_bytes = std::size_t{64} * 1024;
constexpr std::size_t longest_answer = 120'000;  // a broker takes 128 kB (docs/scaling.md)
constexpr std::size_t most_announcements = 256;
// A broker's failure and restart; what is older would cost every agent more memory than her connections.
constexpr std::chrono::seconds kept_for{60};

}  // namespace

std::string with_place(Place const& place, std::string_view frame) {
  boost::json::object const line{{"epoch", place.epoch}, {"number", place.number}};
  return boost::json::serialize(line) + '\n' + std::string{frame};
}

std::optional<Placed> read_place(std::string_view text) {
  auto const end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  boost::json::error_code ec;
  auto const line = boost::json::parse(text.substr(0, end), ec);
  auto const* const place = ec ? nullptr : line.if_object();
  auto const* const epoch = place ? place->if_contains("epoch") : nullptr;
  auto const* const number = place ? place->if_contains("number") : nullptr;
  if (!epoch || !epoch->is_string() || !number) return std::nullopt;
  auto const count = number->to_number<std::uint64_t>(ec);
  if (ec) return std::nullopt;
  return Placed{{std::string{epoch->get_string()}, count}, text.substr(end + 1)};
}

void Announcements::begin(std::string epoch) {
  place_ = {std::move(epoch), 0};
  kept_.clear();
  bytes_ = 0;
}

std::string const& Announcements::add(std::string_view frame, Steady now) {
  ++place_.number;
  kept_.push_back({now, with_place(place_, frame)});
  bytes_ += kept_.back().text.size();
  while (kept_.size() > 1 && (kept_.size() > most_announcements || bytes_ > most_bytes)) forget();
  expire(now);
  return kept_.back().text;
}

void Announcements::skip() {
  ++place_.number;
  kept_.clear();
  bytes_ = 0;
}

std::optional<std::string> Announcements::since(Place const& asker) const {
  if (asker.epoch != place_.epoch || asker.number > place_.number) return std::nullopt;
  auto const missed = place_.number - asker.number;
  if (missed > kept_.size()) return std::nullopt;
  boost::json::array texts;
  for (auto one = std::prev(kept_.end(), static_cast<std::ptrdiff_t>(missed)); one != kept_.end(); ++one)
    texts.emplace_back(one->text);
  auto text = boost::json::serialize(texts);
  return text.size() > longest_answer ? std::nullopt : std::optional{std::move(text)};
}

void Announcements::expire(Steady now) {
  while (!kept_.empty() && now - kept_.front().at > kept_for) forget();
}

void Announcements::forget() {
  bytes_ -= kept_.front().text.size();
  kept_.pop_front();
}

std::optional<std::vector<std::string>> read_announcements(std::string_view text) {
  boost::json::error_code ec;
  auto const value = boost::json::parse(text, ec);
  auto const* const array = ec ? nullptr : value.if_array();
  if (!array) return std::nullopt;
  std::vector<std::string> texts;
  for (auto const& one : *array) {
    if (!one.is_string()) return std::nullopt;
    texts.emplace_back(one.get_string());
  }
  return texts;
}

}  // namespace flexcrm::detail
