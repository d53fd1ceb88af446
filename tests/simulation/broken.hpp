#pragma once

#include <string_view>

namespace flexcrm::test {

/// The rule that this run breaks on purpose (--broken), so that an invariant can be seen to notice.
inline std::string_view broken_rule;

inline bool broken(std::string_view rule) { return rule == broken_rule; }

}  // namespace flexcrm::test
