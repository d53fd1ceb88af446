#pragma once

#include <cstdint>

namespace flexcrm::detail {

/// The WebSocket subprotocol, mandatory on both sides.
inline constexpr char const* subprotocol = "flexcrm.v1";

/// What we call ourselves in HTTP; no version, which would only help those who look for old ones.
inline constexpr char const* server_name = "flexcrm";

/// Close code of our own: the peer took too long.
inline constexpr std::uint16_t close_time_out = 4408;

}  // namespace flexcrm::detail
