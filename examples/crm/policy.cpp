#include "policy.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace crm {

std::string policy_text(std::string const& file) {
  std::ifstream stream{file, std::ios::binary};
  std::string text{std::istreambuf_iterator<char>{stream}, {}};
  if (!stream) throw std::runtime_error{"cannot read " + file};
  return text;
}

flexcrm::DialPolicy read_policy(std::string const& file) {
  auto policy = flexcrm::DialPolicy::from_json(policy_text(file));
  if (!policy) throw std::runtime_error{file + ": " + flexcrm::to_string(policy.error())};
  return std::move(*policy);
}

}  // namespace crm
