#pragma once

#include <flexcrm/session.hpp>

namespace flexcrm::test {

/// Checks that what a session keeps stays within the bounds of docs/protocol.md §4.2 and §4.3. Looks at its
/// inside.
void require_bounded_memory(Session const& session, SessionOptions const& options);

/// Whether something that came in waits for its turn or runs.
bool is_busy(Session const& session);
/// Whether something waits to go out.
bool is_held_up(Session const& session);

}  // namespace flexcrm::test
