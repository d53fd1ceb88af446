#pragma once

#include <flexcrm/codec.hpp>
#include <flexcrm/error.hpp>
#include <flexcrm/export.hpp>
#include <flexcrm/message.hpp>
#include <flexcrm/messages/session.hpp>
#include <flexcrm/types.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace flexcrm {

/// Times of a session. Reasons: docs/protocol.md §4.5 and §5.
struct SessionTimes {
  std::chrono::milliseconds hello{5000};            ///< for Hello and its answer
  std::chrono::milliseconds ping_after{10000};      ///< silence of ours after which we ping
  std::chrono::milliseconds idle{25000};            ///< silence of the peer after which we close
  std::chrono::milliseconds handle_state{10000};    ///< for the handler of an event or state
  std::chrono::milliseconds handle_command{30000};  ///< for the handler of a command or query
  std::chrono::milliseconds handle_dial{40000};     ///< for the handler of a DialRequest
  std::chrono::milliseconds grant{2000};  ///< a claim's answer that took longer is dropped; a dial starts within
  std::chrono::milliseconds after_lifetime{2000};  ///< an ungranted dial ends this long after its lifetime
  std::chrono::milliseconds after_grant{35000};    ///< a granted dial without an answer ends unknown
  std::chrono::milliseconds query{30000};          ///< for the answer to a query of ours
  std::chrono::milliseconds resume{120000};        ///< a session outlives its connection for so long; 0: not at all
  std::chrono::milliseconds sleep{5000};           ///< the wall clock ran so far ahead of the steady one: it slept
};

/// Who answers a DialClaimRequest, and who makes one.
enum class Claims {
  endpoint,  ///< this session: as CRM it grants its own dials, as Flex it claims before it delivers one
  relay      ///< the application: a hub passes dials and claims on and never grants
};

/// Bounds of what a session keeps for the peer, in bytes.
struct SessionQueues {
  /// Requests that were written and are not answered. Beyond it events and state wait, and commands and queries are
  /// refused: what a resumed session repeats at once is bounded.
  std::size_t unanswered_bytes = 128 * 1024;
  std::size_t event_bytes = 256 * 1024;  ///< events that wait for a connection or the window; more end the session
  std::size_t answer_bytes = 1024;       ///< a longer answer is not kept for a repeated request: session_lost then
};

/// Options of a Session. The defaults are those of docs/protocol.md.
struct SessionOptions {
  CodecOptions codec{};              ///< what is read: limits, kinds of destination
  SessionQueues queues{};            ///< bounds of what is kept
  SessionTimes times{};              ///< every time of the session
  Claims claims = Claims::endpoint;  ///< who answers the claims of dials
};

/// Names a request towards one Session object, for its whole life: unlike the numbers on the wire, which begin anew with
/// each session, a key is never used twice.
using RequestKey = std::uint64_t;

/// A frame to write to the transport.
struct SendFrame {
  std::string text{};  ///< one text frame, UTF-8, at most Limits::frame_bytes
};

/// The session is open: Hello was answered (client), or accept() or resume() was called (server).
struct Opened {
  HelloResult hello{};  ///< the answer to Hello: session, limits, whether it was resumed
  /// A session before this one was lost. Events that the peer had not acknowledged were sent again, marked `repeated`;
  /// now tell the peer the whole state (Flex: a Snapshot).
  bool reset = false;
};

/// A Hello arrived (server): authorize it, then call accept(), refuse(), or resume() of the session that it names.
struct HelloReceived {
  Hello hello{};  ///< as the client sent it; its role is a wish
};

/// A request for the application: call answer() with its key, once.
struct Deliver {
  RequestKey key{};      ///< for answer()
  Message message;       ///< typed and valid
  std::string params{};  ///< received text of `params`, for forwarding
  /// DialRequest at a Flex endpoint only: granted, and to be started before this moment or answered `expired`.
  std::optional<Moment> start_before{};
};

/// One of our requests ended: exactly one Answered for each key that send() gave.
struct Answered {
  RequestKey key{};        ///< what send() or forward() gave
  MessageType type;        ///< of the request
  Result<Answer> outcome;  ///< the peer's answer, or why there is none
};

/// Something was refused or ignored. For counters and logs: what follows from it is said by other actions.
struct Problem {
  Error error;  ///< what, and where in the frame
};

/// The session is over: what it still waited for is answered, what it still handled will not be. A server's object is
/// done with; a client's may be opened() again and begins a new session, unless `terminal`. (After `unauthorized` it
/// may, with another token.)
struct Ended {
  Error error;            ///< why: not_connected, closed, wrong_role, protocol_version, unauthorized, timed_out …
  bool terminal = false;  ///< do not reconnect by yourself (docs/protocol.md §4)
  std::optional<ByeReason> bye{};  ///< the reason in the Bye that ended it, ours or the peer's
};

/// Write what was sent before, then close the WebSocket; frames that still arrive are not for this session.
struct CloseTransport {
  std::uint16_t code{};  ///< RFC 6455 close code: 1000, 1001, 4400 (protocol error), 4408 (silence, sleep)
};

/// What a session wants done, one by one, in this order: see Session::next().
using Action = std::variant<SendFrame, Opened, HelloReceived, Deliver, Answered, Problem, Ended, CloseTransport>;

/// One conversation, sans-io: frames and moments come in, actions come out. Reads no clock, starts no thread, holds no
/// socket. A session outlives its connections: what was not answered when one was lost goes on with the next.
///
/// After every input drain next(); call tick() at deadline().
///
/// Input     can cause
/// opened    SendFrame, Ended
/// receive   any
/// send      SendFrame, Answered (a state that a newer one replaced), Ended (the queue of events is full)
/// answer    SendFrame, Deliver (the next in line)
/// tick      SendFrame, Deliver, Answered, Problem, Ended, CloseTransport
/// lost      Answered, Ended
///
/// Distinct objects are safe; one object is for one thread at a time.
class FLEXCRM_API Session {
 public:
  /// The side that connects and says Hello.
  static Session client(Hello hello, SessionOptions options = {});
  /// The side that accepts and awaits Hello. The sessions of one thread may share a codec, made from the same options: its
  /// buffers grow to the longest frame, and each session would keep its own.
  static Session server(SessionOptions options = {}, std::shared_ptr<Codec> codec = {});

  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  /// A transport is connected: the first one, or another after lost() or CloseTransport. What still came over an older
  /// one must not be fed in any more.
  void opened(Moment now);

  /// Client: the token of the next Hello; empty: none.
  void identify(std::string token);

  /// A text frame arrived.
  void receive(std::string_view frame, Moment now);

  /// Sends a request. State and events wait while there is no connection and the session can be resumed, or while the
  /// window is full; commands and queries do not: not_connected or backpressure, and nothing is queued. Other errors:
  /// wrong_role, those of a bad field, too_large …
  Result<RequestKey> send(Message const& message, Moment now);

  /// Sends a request around received `params` (a hub). Errors as send(), but the params are not looked at.
  Result<RequestKey> forward(Message const& message, std::string_view params, Moment now);

  /// Answers a delivered request. Ignored when its time was over or its session ended: returns false then.
  bool answer(RequestKey key, Result<Answer> const& outcome, Moment now);

  /// Server: opens a new session for the client whose Hello was received; `role` is what authorize decided. The caller
  /// gives `session` (random) and `capabilities`; version, times and limits are this session's own.
  void accept(Role role, HelloResult result, Moment now);

  /// Server: goes on with this session for the client whose Hello `fresh` has received, if that Hello names this
  /// session and comes from the same agent, role and instance in time. False otherwise: then accept() a new one. On
  /// success `fresh` is over without a word and its transport belongs to this session; an older one is fenced off.
  bool resume(Session& fresh, Moment now);

  /// Server: refuses the Hello and closes. The wire says the error's name and nothing more.
  void refuse(Error const& error, Moment now);

  /// Says Bye and closes. The session is over.
  void bye(Bye const& bye, Moment now);

  /// The transport is gone. The session waits SessionTimes::resume for another one.
  void lost(Moment now);

  /// Time passed.
  void tick(Moment now);

  /// The next action, or nothing: then wait for the next input.
  std::optional<Action> next();

  /// When tick() is due at the latest; nothing when the session is over.
  std::optional<std::chrono::steady_clock::time_point> deadline() const;

  /// Between Opened and the loss of the connection or Ended.
  bool is_open() const noexcept;

  /// The role of this side: own role (client), or the peer's opposite (server, after accept).
  Role role() const noexcept;

 private:
  struct FLEXCRM_HIDDEN State;
  explicit Session(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace flexcrm
