#pragma once

#include <flexcrm/logger.hpp>

#include <initializer_list>
#include <string_view>

namespace flexcrm::detail {

/// Writes one line, if the level asks for it, from our own words and text that is already fit for a log.
void log(Logger const& logger, Level level, std::initializer_list<std::string_view> parts) noexcept;

/// What an exception of the user's code says, fit for a log. To be called in a catch block.
std::string current_exception_text();

}  // namespace flexcrm::detail
