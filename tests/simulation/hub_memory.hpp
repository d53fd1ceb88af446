#pragma once

#include "transport/hub.hpp"

#include <cstddef>
#include <string>

namespace flexcrm::test {

/// Checks that what a hub keeps stays within the bounds of docs/protocol.md §4.8. Looks at its inside.
void require_bounded_memory(detail::Hub const& hub, SessionOptions const& options, HubLimits const& limits,
                            std::size_t connections, std::size_t requests);

/// The session of this name at the hub; null: it is over.
Session const* find_session(detail::Hub const& hub, std::string const& name);

}  // namespace flexcrm::test
