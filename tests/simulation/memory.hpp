#pragma once

#include <flexcrm/session.hpp>

namespace flexcrm::test {

/// Checks that what a session keeps stays within the bounds of docs/protocol.md §4.2 and §4.3. Looks at its
/// inside.
void require_bounded_memory(Session const& session, SessionOptions const& options);

}  // namespace flexcrm::test
