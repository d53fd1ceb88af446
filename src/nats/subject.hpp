#pragma once

#include <flexcrm/backplane.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace flexcrm::detail {

/// Longest id that a subject carries, bytes: two of them encoded leave half of a server's control line (4096 bytes) free.
inline constexpr std::size_t longest_id = 512;

/// Whether subjects can name the agent.
bool fits(AgentKey const& agent) noexcept;

/// One token of a subject, different for different ids: the id itself where it is a plain word, else `=` and base64url of it.
/// None has a dot, a space or a wildcard, or begins with `_`: these are ours.
std::string token(std::string_view id);

/// Where the owner of an agent listens: requests, and word of other owners.
std::string commands_subject(AgentKey const& agent);
/// Where the agent's news goes.
std::string news_subject(AgentKey const& agent);
/// What comes to one node alone: one of the words below, or an answer to a request of its own.
std::string inbox_subject(std::string_view node, std::string_view what);

inline constexpr std::string_view anything = "*";     ///< any word
inline constexpr std::string_view questions = "ask";  ///< what other nodes ask this one
inline constexpr std::string_view owners = "own";     ///< other owners of this node's agents

/// Nobody ever listens here.
inline constexpr char const* nowhere = "flexcrm.v1._nowhere";

/// Whether an answer may go there. The broker brings it from the peer.
bool is_inbox(std::string_view subject) noexcept;

}  // namespace flexcrm::detail
