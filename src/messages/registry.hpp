#pragma once

#include "fields.hpp"

#include <span>

namespace flexcrm::detail {

/// One alternative of Message, erased.
struct MessageEntry {
  std::string_view name{};
  Delivery delivery;
  Table table;
  std::size_t result{};  ///< index in Answer
  void (*emplace)(Message& message);  ///< makes it the current one; leaves it alone if it is already
};

/// One alternative of Answer, erased.
struct AnswerEntry {
  std::string_view name{};  ///< "null" for NullResult
  Table table;
  Answer (*make)();
};

/// In the order of the variants.
std::span<MessageEntry const> message_entries();
std::span<AnswerEntry const> answer_entries();

inline MessageEntry const& entry_of(MessageType type) { return message_entries()[type.index()]; }

/// The members whose values are kept as text, and looked into by nobody.
std::span<std::string_view const> unread_members();

/// How long a request with params of a length is at most, whatever its number.
std::size_t longest_request(MessageType type, std::size_t params) noexcept;

/// The entry of a wire name, or nothing.
std::optional<MessageType> find_message(std::string_view name);

/// The struct inside a variant, for the erased rows.
template <class Variant>
auto* address_of(Variant& variant) {
  using Void = std::conditional_t<std::is_const_v<Variant>, void const, void>;
  return std::visit([](auto& alternative) -> Void* { return &alternative; }, variant);
}

}  // namespace flexcrm::detail
