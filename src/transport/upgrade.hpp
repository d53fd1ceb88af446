#pragma once

#include "any_stream.hpp"

#include <flexcrm/adopt.hpp>
#include <flexcrm/options.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flexcrm::detail {

struct UpgradeRequest;

/// Who may open a WebSocket. Built once per server; every comparison is of whole strings, as bytes.
struct UpgradePolicy {
  std::string path;
  std::vector<std::string> hosts;
  std::vector<std::string> origins;
  bool allow_same_host = true;
  bool allow_no_origin = true;

  /// Errors: invalid_argument: a path without '/', an origin that no browser sends.
  static Result<UpgradePolicy> make(ServerOptions const& options, std::uint16_t port);

  bool accepts_host(std::string_view host) const noexcept;
  bool accepts_origin(std::string_view origin, std::string_view host) const noexcept;
};

/// An origin as browsers serialise it: scheme://host[:port], lower case, no default port. Nothing for
/// anything else.
std::optional<std::string> canonical_origin(std::string_view text);

/// Serves HTTP on one accepted stream until it closes or becomes a WebSocket.
class HttpServing {
 public:
  struct Callbacks {
    std::function<HttpResponse(HttpRequest const&)> http;  ///< may be empty; may throw
    /// The stream is the caller's now; `this` object is done.
    std::function<void(AnyStream, std::shared_ptr<UpgradeRequest const>, HttpRequest)> upgraded;
    std::function<void()> refused;  ///< answered 4xx by this side; may be empty
    std::function<void()> closed;   ///< called once, also after `upgraded`
  };

  /// Of `adoption` it needs what was received before; at most HttpLimits::header_bytes.
  static std::shared_ptr<HttpServing> start(AnyStream stream, std::shared_ptr<UpgradePolicy const> policy,
                                            HttpLimits const& limits, Logger const& logger, Callbacks callbacks,
                                            Adoption const& adoption = {});

  virtual ~HttpServing() = default;

  /// Cuts the stream; no callback is called any more.
  virtual void abort() noexcept = 0;
};

}  // namespace flexcrm::detail
