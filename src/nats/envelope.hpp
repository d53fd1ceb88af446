#pragma once

#include <flexcrm/backplane.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace flexcrm::detail {

/// What one node sends to another: a line of JSON, then the frame. News is a frame alone, an answer is a frame after a `+`.
struct Envelope {
  std::string from{};                ///< the node that sent it
  std::optional<AgentKey> agent{};   ///< in an inbox, whose subject does not say it
  std::optional<Ownership> owner{};  ///< word of an owner, not a request; there is no frame
  std::string frame{};

  friend bool operator==(Envelope const&, Envelope const&) = default;
};

std::string write(Envelope const& envelope);

/// In place of an answer: the agent has just left, nothing was done.
inline constexpr std::string_view moved = "-";

/// Nothing when the text is none. Members that are not known are ignored.
std::optional<Envelope> read_envelope(std::string_view text);

}  // namespace flexcrm::detail
