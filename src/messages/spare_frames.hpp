#pragma once

#include <flexcrm/export.hpp>

#include <string>

namespace flexcrm::detail {

// Frames that the sessions and the transport of a thread use in turn; one pool for both, in shared libraries too.

/// An empty one, with memory if there is some.
FLEXCRM_API std::string spare_frame();

/// Takes one that nobody needs any more.
FLEXCRM_API void give_spare_frame(std::string frame);

}  // namespace flexcrm::detail
