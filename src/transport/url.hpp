#pragma once

#include <flexcrm/error.hpp>

#include <string>
#include <string_view>

namespace flexcrm::detail {

/// A WebSocket URL in the parts that connecting needs.
struct Url {
  bool tls = false;           ///< wss://
  std::string host{};         ///< name or numeric address, without brackets
  std::string port{};         ///< decimal
  std::string host_header{};  ///< as the header Host has it
  std::string target{};       ///< path, at least "/"
};

/// Reads ws://host[:port][/path] and wss://…. Errors: invalid_argument.
Result<Url> parse_url(std::string_view text);

}  // namespace flexcrm::detail
