#pragma once

#include <flexcrm/dial_policy.hpp>

#include <string>

namespace crm {

/// The text of a policy file. Throws std::runtime_error.
std::string policy_text(std::string const& file);

/// The policy in a file. Throws std::runtime_error, which says what is wrong and where in the file.
flexcrm::DialPolicy read_policy(std::string const& file);

}  // namespace crm
