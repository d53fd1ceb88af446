#pragma once

/// Everything of flexcrm::transport: Server and Client without Asio, Connection and Listener with it.

#include <flexcrm/client.hpp>      // IWYU pragma: export
#include <flexcrm/connection.hpp>  // IWYU pragma: export
#include <flexcrm/identity.hpp>    // IWYU pragma: export
#include <flexcrm/listener.hpp>    // IWYU pragma: export
#include <flexcrm/logger.hpp>      // IWYU pragma: export
#include <flexcrm/metrics.hpp>     // IWYU pragma: export
#include <flexcrm/options.hpp>     // IWYU pragma: export
#include <flexcrm/reply.hpp>       // IWYU pragma: export
#include <flexcrm/server.hpp>      // IWYU pragma: export
#include <flexcrm/ticket.hpp>      // IWYU pragma: export
