#pragma once

#include "admission.hpp"
#include "counters.hpp"
#include "tcp_stream.hpp"

#include <flexcrm/adopt.hpp>
#include <flexcrm/options.hpp>

#include <cstdint>
#include <functional>
#include <memory>

namespace flexcrm::detail {

struct UpgradeRequest;

/// Listens on all addresses, serves HTTP there and on adopted connections, and hands WebSocket requests that
/// the policy lets in on. Goes on when there are no descriptors: it waits a little and tries again.
class Acceptor {
 public:
  using Http = std::function<HttpResponse(HttpRequest const&)>;
  using Upgraded = std::function<void(AnyStream, std::shared_ptr<UpgradeRequest const>, HttpRequest,
                                      std::shared_ptr<ConnectionTicket>)>;

  static std::shared_ptr<Acceptor> make(asio::io_context& context, ServerOptions const& options,
                                        std::shared_ptr<Counters> counters = std::make_shared<Counters>());

  virtual ~Acceptor() = default;

  /// Errors: invalid_argument, connect_failed, tls_unavailable. Runs no handler; accepting begins when the
  /// io_context runs.
  virtual Result<void> listen(Http http, Upgraded upgraded) = 0;
  /// After listen(), from any thread. Errors: invalid_argument.
  virtual Result<void> reload_certificate() = 0;
  /// After listen(), from any thread; served when the io_context runs. Errors: invalid_argument; the socket is
  /// the caller's then.
  virtual Result<void> adopt(Adoption adoption) = 0;
  virtual std::uint16_t port() const noexcept = 0;
  /// Stops listening and cuts every connection that has not become a WebSocket. The callbacks are dropped.
  virtual void close() noexcept = 0;
};

}  // namespace flexcrm::detail
