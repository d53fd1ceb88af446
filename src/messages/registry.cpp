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
                                   []() -> Message { return Ts{}; }}...};
  }
  static constexpr auto answers() {
    return std::array{AnswerEntry{Ts::type_name, table_of<Ts>, []() -> Answer { return Ts{}; }}...};
  }
};

constexpr auto messages = Entries<Message>::messages();
constexpr auto answers = Entries<Answer>::answers();

}  // namespace

std::span<MessageEntry const> message_entries() { return messages; }
std::span<AnswerEntry const> answer_entries() { return answers; }

std::optional<MessageType> find_message(std::string_view name) {
  for (std::size_t i = 0; i < messages.size(); ++i)
    if (messages[i].name == name) return MessageType{i};
  return std::nullopt;
}

}  // namespace detail

std::string_view type_name(MessageType type) noexcept { return detail::entry_of(type).name; }
DeliveryClass delivery_class(MessageType type) noexcept { return detail::entry_of(type).delivery.delivery_class; }
Sender sender(MessageType type) noexcept { return detail::entry_of(type).delivery.sender; }
std::string_view slot(MessageType type) noexcept { return detail::entry_of(type).delivery.slot; }

}  // namespace flexcrm
