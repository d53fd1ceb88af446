#pragma once

#include <string>

/// Calls as alice's CRM at `url`, with coroutines; the task of the call, or why there is none.
std::string call_on_own_context(std::string const& url);
