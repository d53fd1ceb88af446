#pragma once

/// Everything: messages and transport.

#include <flexcrm/messages.hpp>
#include <flexcrm/transport.hpp>
