#pragma once

#include <flexcrm/codec.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace flexcrm {

/// Times of a session. Reasons: docs/protocol.md §4.5 and §5.
struct SessionTimes {
  std::chrono::milliseconds hello{5000};             ///< for Hello and its answer
  std::chrono::milliseconds ping_after{10000};       ///< silence of ours after which we ping
  std::chrono::milliseconds idle{25000};             ///< silence of the peer after which we close
  std::chrono::milliseconds handle_state{10000};     ///< for the handler of an event or state
  std::chrono::milliseconds handle_command{30000};   ///< for the handler of a command or query
  std::chrono::milliseconds handle_dial{40000};      ///< for the handler of a DialRequest
  std::chrono::milliseconds grant{2000};             ///< a claim's answer that took longer is dropped; a dial starts within
  std::chrono::milliseconds after_lifetime{2000};    ///< an ungranted dial ends this long after its lifetime
  std::chrono::milliseconds after_grant{35000};      ///< a granted dial without an answer ends unknown
  std::chrono::milliseconds query{30000};            ///< for the answer to a query of ours
};

/// Who answers a DialClaimRequest, and who makes one.
enum class Claims {
  endpoint,  ///< this session: as CRM it grants its own dials, as Flex it claims before it delivers one
  relay      ///< the application: a hub passes dials and claims on and never grants
};

struct SessionOptions {
  CodecOptions codec{};
  SessionTimes times{};
  Claims claims = Claims::endpoint;
};

/// A frame to write to the transport.
struct SendFrame {
  std::string text{};
};

/// The session is open: Hello was answered (client), or accept() was called (server).
struct Opened {
  HelloResult hello;
};

/// A Hello arrived (server): authorize it, then call accept() or refuse().
struct HelloReceived {
  Hello hello;
};

/// A request for the application: call answer() with its id, once.
struct Deliver {
  RequestId id;
  Message message;
  std::string params{};  ///< received text of `params`, for forwarding
  /// DialRequest at a Flex endpoint only: granted, and to be started before this moment or answered `expired`.
  std::optional<std::chrono::steady_clock::time_point> start_before{};
};

/// One of our requests ended: exactly one Answered for each id that send() gave.
struct Answered {
  RequestId id;
  MessageType type;
  Result<Answer> outcome;
};

/// Something was refused or ignored; the session lives. For counters and logs.
struct Problem {
  Error error;
};

/// The session is over. No further action but CloseTransport follows; a new connection needs a new Session.
struct Ended {
  Error error;            ///< why: not_connected, closed, wrong_role, protocol_version, unauthorized, timed_out …
  bool terminal = false;  ///< do not reconnect by yourself (docs/protocol.md §4)
  std::optional<ByeReason> bye{};  ///< the reason in the Bye that ended it, ours or the peer's
};

/// Write what was sent before, then close the WebSocket.
struct CloseTransport {
  std::uint16_t code{};  ///< RFC 6455 close code: 1000, 1001, 4400 (protocol error) …
};

using Action = std::variant<SendFrame, Opened, HelloReceived, Deliver, Answered, Problem, Ended, CloseTransport>;

/// One conversation over one connection, sans-io: frames and moments come in, actions come out. Reads no clock, starts
/// no thread, holds no socket. After every input drain next(); call tick() at deadline().
///
/// Input     can cause
/// opened    SendFrame
/// receive   any
/// send      SendFrame
/// answer    SendFrame, Deliver (the next in line)
/// tick      SendFrame, Deliver, Answered, Problem, Ended, CloseTransport
/// lost      Answered, Ended
///
/// Distinct objects are safe; one object is for one thread at a time.
class FLEXCRM_API Session {
 public:
  /// The side that connects and says Hello.
  static Session client(Hello hello, SessionOptions options = {});
  /// The side that accepts and awaits Hello.
  static Session server(SessionOptions options = {});

  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  /// The transport is connected.
  void opened(Moment now);

  /// A text frame arrived.
  void receive(std::string_view frame, Moment now);

  /// Sends a request. Errors: not_connected (nothing is queued), wrong_role, those of a bad field, too_large …
  Result<RequestId> send(Message const& message, Moment now);

  /// Sends a request around received `params` (a hub). Errors: not_connected, wrong_role, too_large.
  Result<RequestId> forward(Message const& message, std::string_view params, Moment now);

  /// Answers a delivered request. Ignored when its time was over or the session ended: returns false then.
  bool answer(RequestId id, Result<Answer> const& outcome, Moment now);

  /// Server: opens the session for the client whose Hello was received; `role` is what authorize decided. The caller
  /// gives `session` (random), `capabilities` and `resumed`; version, times and limits are this session's own.
  void accept(Role role, HelloResult result, Moment now);

  /// Server: refuses the Hello and closes. The wire says the error's name and nothing more.
  void refuse(Error const& error, Moment now);

  /// Says Bye and closes.
  void bye(Bye const& bye, Moment now);

  /// The transport is gone. Every open request of ours is answered.
  void lost(Moment now);

  /// Time passed.
  void tick(Moment now);

  /// The next action, or nothing: then wait for the next input.
  std::optional<Action> next();

  /// When tick() is due at the latest; nothing when the session is over.
  std::optional<std::chrono::steady_clock::time_point> deadline() const;

  /// Between Opened and Ended.
  bool is_open() const noexcept;

  /// The role of this side: own role (client), or the peer's opposite (server, after accept).
  Role role() const noexcept;

 private:
  struct State;
  explicit Session(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace flexcrm
