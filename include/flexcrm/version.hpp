#pragma once

/// Version of the library, MAJOR.MINOR.PATCH. Before 1.0 a new MINOR may break source and binary compatibility.
#define FLEXCRM_VERSION_MAJOR 0
#define FLEXCRM_VERSION_MINOR 1
#define FLEXCRM_VERSION_PATCH 0
#define FLEXCRM_VERSION "0.1.0"

/// Types, codec and session of the protocol between Flex and a CRM, and the transport that carries it.
namespace flexcrm {

/// The only protocol version this library speaks (docs/protocol.md); `Hello` negotiates it.
inline constexpr int protocol_version = 1;

}  // namespace flexcrm
