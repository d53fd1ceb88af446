#pragma once

/// Everything of flexcrm::transport: Server and Client without Asio, Connection and Listener with it.

#include <flexcrm/client.hpp>
#include <flexcrm/connection.hpp>
#include <flexcrm/identity.hpp>
#include <flexcrm/listener.hpp>
#include <flexcrm/logger.hpp>
#include <flexcrm/metrics.hpp>
#include <flexcrm/options.hpp>
#include <flexcrm/reply.hpp>
#include <flexcrm/server.hpp>
#include <flexcrm/ticket.hpp>
