#pragma once

#include <flexcrm/error.hpp>
#include <flexcrm/export.hpp>
#include <flexcrm/messages/agent.hpp>
#include <flexcrm/messages/call.hpp>
#include <flexcrm/messages/crm.hpp>
#include <flexcrm/messages/session.hpp>
#include <flexcrm/messages/task.hpp>

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>  // IWYU pragma: keep
#include <variant>

namespace flexcrm {

/// Every message of the protocol. How one is added: docs/adding-a-message.md.
using Message = std::variant<Hello, Ping, Bye, Void, AgentChanged, TaskSelected, TaskDeselected, TaskChanged,
                             CallChanged, Snapshot, DialRequest, DialClaimRequest, TaskControlRequest, SetAgentRequest,
                             CallControlRequest, ContactLookupRequest, OpenRecordRequest, LogActivityRequest>;

/// Every answer a message can have.
using Answer = std::variant<NullResult, HelloResult, DialResult, DialClaimResult, ContactLookupResult>;

/// The delivery guarantee of a message type (docs/protocol.md §3).
enum class DeliveryClass {
  session,  ///< the session's own
  state,    ///< only the newest of its slot matters
  event,    ///< once, handlers start in order
  command,  ///< one effect, one answer, a lifetime
  query     ///< an answer or a time out
};
constexpr std::array<std::string_view, 5> enum_words(DeliveryClass) {
  return {"session", "state", "event", "command", "query"};
}

/// Which role may send a message type.
enum class Sender {
  flex,    ///< Flex alone
  crm,     ///< the CRM alone
  client,  ///< whoever connects, to the server (Hello)
  both     ///< either side
};
constexpr std::array<std::string_view, 4> enum_words(Sender) { return {"flex", "crm", "client", "both"}; }

namespace detail {
template <class T, class Variant>
struct AlternativeIndex;
template <class T, class... Ts>
struct AlternativeIndex<T, std::variant<Ts...>> {
  static_assert((std::is_same_v<T, Ts> || ...), "this type is no message of the protocol, or no answer");
  static constexpr std::size_t value = [] {
    std::size_t index = 0;
    (void)((std::is_same_v<T, Ts> ? true : (++index, false)) || ...);
    return index;
  }();
};
}  // namespace detail

/// One of the alternatives of Message, at run time.
class MessageType {
 public:
  /// \pre index < std::variant_size_v<Message>; `type_of<T>` needs none.
  constexpr explicit MessageType(std::size_t index) noexcept : index_{index} {}

  /// The type of a message at hand.
  static MessageType of(Message const& message) noexcept { return MessageType{message.index()}; }

  /// The alternative's place in Message.
  constexpr std::size_t index() const noexcept { return index_; }

  friend constexpr bool operator==(MessageType, MessageType) = default;

 private:
  std::size_t index_;
};

/// `type_of<DialRequest>`.
template <class T>
inline constexpr MessageType type_of{detail::AlternativeIndex<T, Message>::value};

/// What a type is called on the wire: its `method`.
FLEXCRM_API std::string_view type_name(MessageType) noexcept;
/// How a type is delivered.
FLEXCRM_API DeliveryClass delivery_class(MessageType) noexcept;
/// Who may send a type.
FLEXCRM_API Sender sender(MessageType) noexcept;

/// State messages of one slot replace each other ("selection"); empty for the other classes.
FLEXCRM_API std::string_view slot(MessageType) noexcept;

/// How a dial ended, for the person who clicked.
enum class DialOutcome {
  placed,   ///< Flex started the call
  refused,  ///< certainly not called, and the reason is known
  expired,  ///< certainly not called: too late
  failed,   ///< certainly not called: the link or the session was lost, or Flex failed
  unknown   ///< may have been called: look before dialling again
};
constexpr std::array<std::string_view, 5> enum_words(DialOutcome) {
  return {"placed", "refused", "expired", "failed", "unknown"};
}

/// The outcome that an answered DialRequest means.
FLEXCRM_API DialOutcome outcome_of(Result<DialResult> const& answer) noexcept;

}  // namespace flexcrm
