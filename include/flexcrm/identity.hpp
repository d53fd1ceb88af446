#pragma once

#include <flexcrm/error.hpp>
#include <flexcrm/export.hpp>
#include <flexcrm/messages/session.hpp>
#include <flexcrm/options.hpp>

#include <functional>
#include <string>

namespace flexcrm {

/// Who a client is, as the authorize step found.
struct Identity {
  std::string agent{};    ///< the agent it belongs to, 1…128 bytes
  Role role = Role::crm;  ///< what it may send

  friend bool operator==(Identity const&, Identity const&) = default;
};

/// Answers who a client is, now or later, from any thread. The first answer counts; an Authorization that dies
/// unanswered refuses with `unauthorized`. An answer after the time for Hello (SessionTimes::hello), or for a
/// connection that is gone, is dropped.
///
/// Distinct objects are safe; one object is for one thread at a time.
class FLEXCRM_API Authorization {
 public:
  /// Takes the one answer, in the thread that gives it.
  using Sink = std::function<void(Result<Identity> const&)>;

  /// Made by the Server; by a program only for tests of its own authorize step.
  explicit Authorization(Sink sink);
  ~Authorization();
  Authorization(Authorization&&) noexcept;
  Authorization& operator=(Authorization&&) noexcept;
  Authorization(Authorization const&) = delete;
  Authorization& operator=(Authorization const&) = delete;

  /// Answers. Returns false when it was answered before.
  bool operator()(Result<Identity> const& identity);

 private:
  Sink sink_;
};

/// An authorize step that answers at once: who a client is, from its Hello and its upgrade request.
using Authorize = std::function<Result<Identity>(Hello const&, HttpRequest const&)>;

/// Believes what Hello asks, from local peers only (HttpRequest::local): for development, and for programs of
/// one machine with one user. Error: unauthorized.
FLEXCRM_API Authorize authorize_local();

}  // namespace flexcrm
