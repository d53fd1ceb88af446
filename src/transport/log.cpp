#include "log.hpp"

#include <cstdio>
#include <exception>

namespace flexcrm {
namespace {

constexpr std::size_t longest_line = 512;
constexpr std::size_t longest_text = 256;
constexpr std::size_t longest_number = 4;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

std::string_view word(Level level) noexcept {
  switch (level) {
    case Level::debug: return "debug";
    case Level::info: return "info";
    case Level::warning: return "warning";
    case Level::error: return "error";
    case Level::off: break;
  }
  return "off";
}

}  // namespace

std::string log_text(std::string_view text) {
  bool const cut = text.size() > longest_text;
  text = text.substr(0, longest_text);
  std::string result;
  result.reserve(text.size() + 3);
  for (std::size_t i = 0; i < text.size();) {
    std::size_t digits = 0;
    while (i + digits < text.size() && is_digit(text[i + digits])) ++digits;
    if (digits > longest_number) {
      result += '#';
      i += digits;
    } else if (digits > 0) {
      result.append(text, i, digits);
      i += digits;
    } else {
      auto const c = static_cast<unsigned char>(text[i]);
      result += c < 0x20 || c >= 0x7f ? '?' : text[i];
      ++i;
    }
  }
  if (cut) result += "...";
  return result;
}

namespace detail {

void log(Logger const& logger, Level level, std::initializer_list<std::string_view> parts) noexcept {
  if (level < logger.level || level == Level::off) return;
  try {
    std::string line;
    for (auto const part : parts) line += part;
    if (line.size() > longest_line) line.resize(longest_line);
    for (auto& c : line) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    }
    if (logger.write) return logger.write(level, line);
    line.insert(0, ": ");
    line.insert(0, word(level));
    line.insert(0, "flexcrm ");
    line += '\n';
    std::fwrite(line.data(), 1, line.size(), stderr);
  } catch (...) {  // a log that cannot be written must not end a connection
  }
}

std::string current_exception_text() {
  try {
    throw;
  } catch (std::exception const& e) {
    return log_text(e.what());
  } catch (...) {
    return "an exception that is not derived from std::exception";
  }
}

}  // namespace detail
}  // namespace flexcrm
