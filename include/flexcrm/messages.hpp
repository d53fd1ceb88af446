#pragma once

/// Everything of flexcrm::messages: types, codec, session. No sockets, no threads, no OpenSSL.

#include <flexcrm/codec.hpp>              // IWYU pragma: export
#include <flexcrm/error.hpp>              // IWYU pragma: export
#include <flexcrm/message.hpp>            // IWYU pragma: export
#include <flexcrm/outbound_settings.hpp>  // IWYU pragma: export
#include <flexcrm/schema.hpp>             // IWYU pragma: export
#include <flexcrm/session.hpp>            // IWYU pragma: export
#include <flexcrm/types.hpp>              // IWYU pragma: export
#include <flexcrm/version.hpp>            // IWYU pragma: export
