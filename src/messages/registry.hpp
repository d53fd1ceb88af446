#pragma once

#include "fields.hpp"

#include <flexcrm/codec.hpp>

#include <span>

namespace flexcrm::detail {

/// One alternative of Message, erased.
struct MessageEntry {
  std::string_view name{};
  MessageType type;
  Routing routing;
  Table table;
  std::size_t result{};                ///< index in Answer
  void* (*emplace)(Message& message);  ///< makes it the current one, or leaves it alone if it is already; its address
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

/// A message has no more structs and lists inside each other, itself included.
inline constexpr std::size_t max_levels = 8;

/// How long a request with params of a length is at most, whatever its number.
std::size_t longest_request(MessageType type, std::size_t params) noexcept;

/// The entry of a wire name, or null.
MessageEntry const* find_message(std::string_view name) noexcept;

/// Hello and Ping have ids of their own, Bye has none, everything else is numbered.
constexpr bool fits(MessageType type, std::optional<RequestId> id) noexcept {
  if (type == type_of<Hello>) return id == RequestId::hello();
  if (type == type_of<Ping>) return id == RequestId::ping();
  if (type == type_of<Bye>) return !id;
  return id && id->is_number();
}

/// The struct inside a variant, for the erased rows.
template <class Variant>
auto* address_of(Variant& variant) {
  using Void = std::conditional_t<std::is_const_v<Variant>, void const, void>;
  return std::visit([](auto& alternative) -> Void* { return &alternative; }, variant);
}

}  // namespace flexcrm::detail
