#include "registry.hpp"

#include "strings.hpp"

#include "tables/agent.hpp"
#include "tables/call.hpp"
#include "tables/crm.hpp"
#include "tables/session.hpp"
#include "tables/task.hpp"

#include <algorithm>
#include <array>

namespace flexcrm {
namespace detail {
namespace {

template <class Variant>
struct Entries;

template <class... Ts>
struct Entries<std::variant<Ts...>> {
  static constexpr auto messages() {
    return std::array{MessageEntry{Ts::type_name, type_of<Ts>, Fields<Ts>::routing, table_of<Ts>,
                                   AlternativeIndex<typename Ts::result, Answer>::value, [](Message& message) -> void* {
                                     auto* const current = std::get_if<Ts>(&message);
                                     return current ? current : &message.emplace<Ts>();
                                   }}...};
  }
  static constexpr auto answers() {
    return std::array{AnswerEntry{Ts::type_name, table_of<Ts>, []() -> Answer { return Ts{}; }}...};
  }
};

constexpr auto messages = Entries<Message>::messages();
constexpr auto answers = Entries<Answer>::answers();

constexpr std::size_t levels_of(Table const& table) {
  std::size_t inside = 0;
  for (auto const& [name, label, required, rule, access, doc] : table.rows) {
    bool const list = rule.kind == Rule::Kind::list;
    Table const* inner = list ? rule.item->table : rule.table;
    inside = std::max(inside, (list ? 1 : 0) + (inner ? levels_of(*inner) : 0));
  }
  return 1 + inside;
}
static_assert(std::all_of(messages.begin(), messages.end(),
                          [](auto const& entry) { return levels_of(entry.table) <= max_levels; }));

}  // namespace

std::span<MessageEntry const> message_entries() { return messages; }
std::span<AnswerEntry const> answer_entries() { return answers; }

namespace {

// Where a name stands in a table in which no two of ours meet.
constexpr std::size_t slots = 128;
constexpr std::size_t slot_of(std::string_view name) {
  if (name.empty()) return 0;
  auto const first = static_cast<unsigned char>(name.front());
  auto const last = static_cast<unsigned char>(name.back());
  return (7 * name.size() + 5u * first + last) % slots;
}
constexpr auto by_slot = [] {
  std::array<std::uint8_t, slots> indexes{};
  for (std::size_t i = 0; i < messages.size(); ++i) indexes[slot_of(messages[i].name)] = static_cast<std::uint8_t>(i);
  return indexes;
}();
static_assert(
    [] {
      for (std::size_t i = 0; i < messages.size(); ++i)
        if (by_slot[slot_of(messages[i].name)] != i) return false;
      return true;
    }(),
    "two names in one slot: choose other factors");

}  // namespace

MessageEntry const* find_message(std::string_view name) noexcept {
  auto const& entry = messages[by_slot[slot_of(name)]];
  return same(entry.name, name) ? &entry : nullptr;
}

}  // namespace detail

std::string_view type_name(MessageType type) noexcept { return detail::entry_of(type).name; }
DeliveryClass delivery_class(MessageType type) noexcept { return detail::entry_of(type).routing.delivery_class; }
Sender sender(MessageType type) noexcept { return detail::entry_of(type).routing.sender; }
std::string_view slot(MessageType type) noexcept { return detail::entry_of(type).routing.slot; }

}  // namespace flexcrm
