#pragma once

/// Everything: messages and transport.

#include <flexcrm/messages.hpp>   // IWYU pragma: export
#include <flexcrm/transport.hpp>  // IWYU pragma: export
