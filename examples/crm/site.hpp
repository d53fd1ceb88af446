#pragma once

#include "options.hpp"

#include <atomic>
#include <cstdint>
#include <string>

namespace crm {

/// Where everything is, for a browser.
class Site {
 public:
  explicit Site(Options const& options) : options_{options} {}

  /// The server's port, known once it listens.
  void set_port(std::uint16_t port) { port_ = port; }

  /// The one origin of the CRM page, whichever name of this machine was typed.
  std::string page_origin() const { return scheme() + "://localhost:" + port(); }
  std::string page_socket() const { return (options_.tls() ? "wss://localhost:" : "ws://localhost:") + port(); }

  /// Flex lives on another origin, as it does in the world; only the bare dialect cannot cross one.
  std::string flex_origin() const {
    if (auto const origin = options_.flex_origin()) return *origin;
    return options_.bare ? page_origin() : scheme() + "://127.0.0.1:" + port();
  }
  std::string flex_url() const { return options_.flex_url.empty() ? flex_origin() + "/flex/" : options_.flex_url; }
  /// The WebSocket for Flex in a tab of its own.
  std::string flex_socket() const {
    return (options_.tls() ? "wss://127.0.0.1:" : "ws://127.0.0.1:") + port() + "/flexcrm";
  }

 private:
  std::string scheme() const { return options_.tls() ? "https" : "http"; }
  std::string port() const { return std::to_string(port_); }

  Options const& options_;
  std::atomic<std::uint16_t> port_ = 0;  // requests may come before main has said it
};

}  // namespace crm
