#pragma once

#include <flexcrm/message.hpp>

#include <map>
#include <optional>
#include <string>

namespace flexcrm::test {

/// What is so at an agent's Flex, as far as somebody was told: each thing by the mark of what said it.
/// Everybody who is told the same comes to the same view.
struct View {
  bool is_connected = false;
  Availability availability = Availability::offline;
  std::optional<std::size_t> agent{};
  std::optional<std::size_t> selected{};
  std::map<std::string, std::size_t, std::less<>> tasks{}, calls{};  // that are not over

  /// State or an event.
  void apply(Message const& message);

  std::string text() const;
  friend bool operator==(View const&, View const&) = default;
};

}  // namespace flexcrm::test
