// The agent of the tests of several nodes.
#pragma once

#include <flexcrm/backplane.hpp>

namespace flexcrm::test {

inline AgentKey const anna{"", "anna"};

}  // namespace flexcrm::test
