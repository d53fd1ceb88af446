#pragma once

#include <span>
#include <string_view>

namespace flexcrm::detail {

/// A browser module in this program.
struct EmbeddedModule {
  std::string_view name;  ///< "bridge.js"
  std::string_view etag;  ///< of its text, with quotes
  std::string_view text;
};

/// What embed.cmake has written down: all of src/browser/*.js.
std::span<EmbeddedModule const> embedded_modules() noexcept;

}  // namespace flexcrm::detail
