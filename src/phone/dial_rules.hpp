#pragma once

#include <flexcrm/dial_policy.hpp>

namespace flexcrm::detail {

/// The rules of a policy file; also what a schema cannot check is right.
Result<DialRules> read_dial_rules(std::string_view json);

}  // namespace flexcrm::detail
