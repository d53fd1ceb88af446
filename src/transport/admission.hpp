#pragma once

#include <flexcrm/error.hpp>
#include <flexcrm/options.hpp>

#include <boost/asio/ip/address.hpp>

#include <memory>

namespace flexcrm::detail {

/// The place that one connection takes. Destroying it gives the place back.
class ConnectionTicket {
 public:
  virtual ~ConnectionTicket() = default;
  /// The connection is a session now.
  virtual void authenticated() noexcept = 0;
};

/// Counts a server's connections against ConnectionLimits.
class Admission {
 public:
  /// Errors: invalid_argument: a trusted proxy that is no numeric address.
  static Result<std::shared_ptr<Admission>> make(ConnectionLimits const& limits);

  virtual ~Admission() = default;

  /// A place for a connection from this address, or null. Tickets may outlive the Admission.
  virtual std::shared_ptr<ConnectionTicket> admit(boost::asio::ip::address const& from) = 0;
};

}  // namespace flexcrm::detail
