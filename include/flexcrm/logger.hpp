#pragma once

#include <flexcrm/export.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace flexcrm {

/// How much a line of the log matters.
enum class Level {
  debug,    ///< every connection and refusal: for finding out why
  info,     ///< what an operator wants to see on a normal day
  warning,  ///< something is wrong outside: a peer, the network, a limit that was met
  error,    ///< something is wrong here: a handler threw, no descriptor is left
  off       ///< nothing is logged at this level; as a threshold it silences the log
};

/// Where log lines go. One line per event, at most 512 bytes, no control characters; never a phone number, a
/// token, an attribute or another text of the peer.
struct Logger {
  Level level = Level::warning;  ///< the least that is written
  /// Called with each line from the thread that logs it; must not throw. Empty: standard error.
  std::function<void(Level, std::string_view)> write{};
};

/// Makes a text that is not ours fit for a log: control characters become `?`, runs of five and more digits
/// become
/// `#`, and after 256 bytes it is cut.
FLEXCRM_API std::string log_text(std::string_view text);

}  // namespace flexcrm
