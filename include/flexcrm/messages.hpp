#pragma once

/// Everything of flexcrm::messages: types, codec, session. No sockets, no threads, no OpenSSL.

#include <flexcrm/codec.hpp>
#include <flexcrm/error.hpp>
#include <flexcrm/message.hpp>
#include <flexcrm/schema.hpp>
#include <flexcrm/session.hpp>
#include <flexcrm/types.hpp>
#include <flexcrm/version.hpp>
