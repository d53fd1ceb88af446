#include "registry.hpp"

#include "tables/agent.hpp"
#include "tables/call.hpp"
#include "tables/crm.hpp"
#include "tables/session.hpp"
#include "tables/task.hpp"

#include <array>

namespace flexcrm {
namespace detail {
namespace {

template <class Variant>
struct Entries;

template <class... Ts>
struct Entries<std::variant<Ts...>> {
  static constexpr auto messages() {
    return std::array{MessageEntry{Ts::type_name, Fields<Ts>::delivery, table_of<Ts>,
                                   AlternativeIndex<typename Ts::result, Answer>::value,
                                   [](Message& message) {
                                     if (!std::holds_alternative<Ts>(message)) message.emplace<Ts>();
                                   }}...};
  }
  static constexpr auto answers() {
    return std::array{AnswerEntry{Ts::type_name, table_of<Ts>, []() -> Answer { return Ts{}; }}...};
  }
};

constexpr auto messages = Entries<Message>::messages();
constexpr auto answers = Entries<Answer>::answers();

constexpr std::array<std::string_view, 1> unread{"attributes"};

// Whatever has such a name, in a message or inside one, is kept as text.
constexpr bool is_unread_everywhere(Table const& table, std::string_view name) {
  for (Row const& row : table.rows) {
    Rule const& rule = row.rule.kind == Rule::Kind::list ? *row.rule.item : row.rule;
    if (row.name == name && !(row.rule.kind == Rule::Kind::attributes && rule.words.empty())) return false;
    if (rule.kind == Rule::Kind::object && !is_unread_everywhere(*rule.table, name)) return false;
  }
  return true;
}
static_assert([] {
  for (auto const name : unread) {
    for (auto const& entry : messages)
      if (!is_unread_everywhere(entry.table, name)) return false;
    for (auto const& entry : answers)
      if (!is_unread_everywhere(entry.table, name)) return false;
  }
  return true;
}());

}  // namespace

std::span<std::string_view const> unread_members() { return unread; }

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
static_assert([] {
  for (std::size_t i = 0; i < messages.size(); ++i)
    if (by_slot[slot_of(messages[i].name)] != i) return false;
  return true;
}(), "two names in one slot: choose other factors");

}  // namespace

std::optional<MessageType> find_message(std::string_view name) {
  std::size_t const index = by_slot[slot_of(name)];
  if (messages[index].name != name) return std::nullopt;
  return MessageType{index};
}

}  // namespace detail

std::string_view type_name(MessageType type) noexcept { return detail::entry_of(type).name; }
DeliveryClass delivery_class(MessageType type) noexcept { return detail::entry_of(type).delivery.delivery_class; }
Sender sender(MessageType type) noexcept { return detail::entry_of(type).delivery.sender; }
std::string_view slot(MessageType type) noexcept { return detail::entry_of(type).delivery.slot; }

}  // namespace flexcrm
