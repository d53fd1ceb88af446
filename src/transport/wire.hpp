#pragma once

namespace flexcrm::detail {

/// The WebSocket subprotocol, mandatory on both sides.
inline constexpr char const* subprotocol = "flexcrm.v1";

/// What we call ourselves in HTTP; no version, which would only help those who look for old ones.
inline constexpr char const* server_name = "flexcrm";

}  // namespace flexcrm::detail
