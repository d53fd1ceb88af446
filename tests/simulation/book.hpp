#pragma once

#include "machine.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flexcrm::test {

/// The place of the server's own process, which is no client's.
constexpr unsigned process_place = 31;

/// A message that an application sent, and the truth of what became of it, wherever that happened.
struct Item {
  enum class Kind : std::uint8_t { event, state, command, query, dial };

  Kind kind;
  std::size_t sender = 0;        ///< which application
  std::size_t slot = 0;          ///< of a state
  Millis lifetime{0};            ///< of a command, query or dial
  Moment at{};                   ///< when it was sent, by the sender's clocks
  Machine::Since since{};        ///< and by the world's
  int handled = 0;               ///< how often an application got it
  std::uint32_t handled_at = 0;  ///< and at which places, one bit each
  bool is_answered = false;      ///< a handler returned
  int effects = 0;               ///< of a dial: calls started
  std::optional<Millis> granted{};
  bool is_failed = false;       ///< its sender was told an error
  bool is_told = false;         ///< its sender was told how it ended
  bool is_certain_not = false;  ///< and that it certainly took no effect
  bool is_abandoned = false;    ///< its sender's process is gone, and nobody will be told
};

/// Every message of a schedule. Each carries its place here as a mark, so that it is known again on the wire.
class Book {
 public:
  static constexpr std::size_t slots = 3;

  std::size_t new_sender();
  std::size_t add(Item item);
  Item& operator[](std::size_t index) { return items_[index]; }
  Item const& operator[](std::size_t index) const { return items_[index]; }
  std::vector<Item> const& items() const { return items_; }

  /// The mark as a text, and as a SID for messages that hold no other text.
  static std::string mark(std::size_t index);
  static std::string sid(std::size_t index);
  /// The item whose mark is in a text, if there is one.
  static std::optional<std::size_t> marked(std::string_view text);

  /// A session took the state: it is the newest of its slot.
  void state_taken(std::size_t index);
  std::optional<std::size_t> newest_state(std::size_t sender, std::size_t slot) const;

  /// Was the sender told the end of all its events after `last` and before `index`?
  bool are_events_settled_between(std::size_t sender, std::optional<std::size_t> last, std::size_t index) const;

  /// Did all of them fail?
  bool did_events_fail_between(std::size_t sender, std::size_t last, std::size_t index) const;

  /// The sender's process is gone.
  void abandon(std::size_t sender);

 private:
  template <class Holds>
  bool all_events_between(std::size_t sender, std::optional<std::size_t> last, std::size_t index, Holds holds) const;

  struct Sender {
    std::array<std::optional<std::size_t>, slots> newest_state{};
    std::vector<std::size_t> events{};
  };

  std::vector<Item> items_;
  std::vector<Sender> senders_;
};

}  // namespace flexcrm::test
