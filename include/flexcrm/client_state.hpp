#pragma once

#include <flexcrm/error.hpp>
#include <flexcrm/messages/session.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace flexcrm {

/// Where a Client or a Connection is.
enum class ClientPhase {
  connecting,  ///< a token, name lookup, TCP, WebSocket, Hello
  open,        ///< messages flow
  lost,        ///< no connection; the next attempt comes after ClientState::retry_in
  ended        ///< no connection, and none will be tried: closed, or told not to come back
};

/// A change of the state of a Client or a Connection.
struct ClientState {
  ClientPhase phase = ClientPhase::connecting;  ///< where it is now
  Error error{};                                ///< lost, ended: why
  std::chrono::milliseconds retry_in{0};        ///< lost: until the next attempt
  /// open: HelloResult::session. lost: the session that waits for the next connection; empty when it is over
  /// already.
  std::string session{};
  bool resumed = false;  ///< open: the session of the last connection goes on; nothing was lost, nothing need
                         ///< be told again
  /// open: a session before this one was lost. Events that it had not delivered were sent again, marked
  /// `repeated`; now tell the other side the whole state (Flex: a Snapshot).
  bool reset = false;
  std::optional<ByeReason> bye{};  ///< lost, ended: the reason, when a Bye ended it
};

}  // namespace flexcrm
