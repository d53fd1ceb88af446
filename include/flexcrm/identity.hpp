#pragma once

#include <flexcrm/export.hpp>
#include <flexcrm/message.hpp>
#include <flexcrm/options.hpp>

#include <functional>
#include <string>

namespace flexcrm {

/// Who a client is, as the authorize step found.
struct Identity {
  std::string agent{};    ///< the agent it belongs to
  Role role = Role::crm;  ///< what it may send

  friend bool operator==(Identity const&, Identity const&) = default;
};

/// An authorize step that needs no time: who a client is, from its Hello and its upgrade request.
using Authorize = std::function<Result<Identity>(Hello const&, HttpRequest const&)>;

/// Believes what Hello asks, from local peers only (HttpRequest::local): for development, and for programs of
/// one machine with one user. What a Server does when nothing else is set. Error: unauthorized.
FLEXCRM_API Authorize authorize_local();

}  // namespace flexcrm
