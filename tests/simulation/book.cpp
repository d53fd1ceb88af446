#include "book.hpp"

#include <algorithm>
#include <charconv>

namespace flexcrm::test {

namespace {

constexpr std::string_view sid_begin = "WT0";

std::optional<std::size_t> number(std::string_view text) {
  std::size_t result = 0;
  auto const read = std::from_chars(text.data(), text.data() + text.size(), result);
  return read.ec == std::errc{} ? std::optional{result} : std::nullopt;
}

}  // namespace

std::size_t Book::new_sender() {
  senders_.emplace_back();
  return senders_.size() - 1;
}

std::size_t Book::add(Item item) {
  auto const index = items_.size();
  if (item.kind == Item::Kind::event) senders_[item.sender].events.push_back(index);
  items_.push_back(std::move(item));
  return index;
}

std::string Book::mark(std::size_t index) { return '#' + std::to_string(index); }

std::string Book::sid(std::size_t index) {
  auto const digits = std::to_string(index);
  return "WT" + std::string(32 - digits.size(), '0') + digits;
}

std::optional<std::size_t> Book::marked(std::string_view text) {
  if (auto const mark = text.find('#'); mark != std::string_view::npos) return number(text.substr(mark + 1));
  if (auto const sid = text.find(sid_begin); sid != std::string_view::npos) return number(text.substr(sid + 2));
  return std::nullopt;
}

void Book::state_taken(std::size_t index) {
  auto const& item = items_[index];
  senders_[item.sender].newest_state[item.slot] = index;
}

std::optional<std::size_t> Book::newest_state(std::size_t sender, std::size_t slot) const {
  return senders_[sender].newest_state[slot];
}

template <class Holds>
bool Book::all_events_between(std::size_t sender, std::optional<std::size_t> last, std::size_t index,
                              Holds holds) const {
  auto const& events = senders_[sender].events;
  // Backwards, since what lies long ago is settled: a receiver has checked it before.
  auto event = std::lower_bound(events.begin(), events.end(), index);
  while (event != events.begin()) {
    --event;
    if (last && *event <= *last) break;
    if (!holds(items_[*event])) return false;
  }
  return true;
}

bool Book::are_events_settled_between(std::size_t sender, std::optional<std::size_t> last, std::size_t index) const {
  return all_events_between(sender, last, index, [](Item const& item) { return item.is_told; });
}

bool Book::did_events_fail_between(std::size_t sender, std::size_t last, std::size_t index) const {
  return all_events_between(sender, last, index, [](Item const& item) { return item.is_failed; });
}

void Book::abandon(std::size_t sender) {
  for (auto& item : items_)
    if (item.sender == sender && !item.is_told) item.is_abandoned = true;
}

}  // namespace flexcrm::test
