#pragma once

#include <flexcrm/adopt.hpp>
#include <flexcrm/error.hpp>
#include <flexcrm/export.hpp>
#include <flexcrm/identity.hpp>
#include <flexcrm/message.hpp>
#include <flexcrm/messages/call.hpp>
#include <flexcrm/messages/session.hpp>
#include <flexcrm/metrics.hpp>
#include <flexcrm/options.hpp>
#include <flexcrm/reply.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>  // IWYU pragma: keep
#include <utility>
#include <vector>

namespace flexcrm {

/// Whether an agent's Flex is connected.
struct Presence {
  bool online = false;                            ///< a Flex is connected
  std::chrono::system_clock::time_point since{};  ///< when it came or went, by the server's clock

  friend bool operator==(Presence const&, Presence const&) = default;
};

/// Which way a frame goes.
enum class FrameDirection {
  from_client,  ///< it was received
  to_client     ///< it is written to the connection
};

/// A text frame of a session, for Server::on_frame. It is valid during the call.
struct FrameEvent {
  std::string const& agent;  ///< whose session it is
  Role role;                 ///< what the client is
  std::uint64_t session;     ///< names the session in this process, over all of its connections; never used twice
  FrameDirection direction;  ///< which way it goes
  std::string_view text;     ///< the frame as it is on the wire, readable or not
};

/// A WebSocket and HTTP server on a thread of its own that routes between each agent's Flex and CRM
/// endpoints, and to handlers in this process. No Asio in sight.
///
///     flexcrm::Server server{{.port = 3000}};
///     server.on<flexcrm::TaskSelected>([](std::string const& agent, flexcrm::TaskSelected const& task) { … });
///     if (auto started = server.start(); !started) …
///     flexcrm::DialRequest const dial{.destination = "+34911234567"};
///     server.request("anna", dial, [](flexcrm::Result<flexcrm::DialResult> const& result) { … });
///
/// Handlers run on the server's thread, one at a time, and must not block: to answer later take a Reply. An
/// exception that leaves a handler is logged, the request is answered `internal_error`, and nothing else
/// suffers.
///
/// Thread safety: all functions may be called from any thread, handlers included; the `on…` functions only
/// before start(). The destructor stops and waits, and must not run on the server's own thread.
class FLEXCRM_API Server {
 public:
  /// Does nothing yet; wrong options are an error of start().
  explicit Server(ServerOptions options = {});
  ~Server();
  Server(Server const&) = delete;
  Server& operator=(Server const&) = delete;

  /// Sets the handler of a message that Flex sends. State and event: `void(std::string const& agent, T
  /// const&)`; Flex is answered when it returned, and the agent's CRM endpoints get the message as well.
  /// Query and command: `Result<T::result>(std::string const& agent, T const&)`, or `void(agent, T const&,
  /// Reply<T::result>)` to answer later; with a handler the CRM endpoints do not get it. The hub's own
  /// AgentChanged, TaskDeselected and Snapshot (Flex came, is gone, its session ended) are handed over too.
  template <class T, class F>
  void on(F handler) {
    set_handler(type_of<T>, [f = std::move(handler)](detail::Delivery const& delivery) mutable {
      detail::run_handler<T>(f, delivery, delivery.agent);
    });
  }

  /// Called with every plain HTTP request. Without it they are answered 404.
  void on_http(std::function<HttpResponse(HttpRequest const&)> handler);

  /// Decides who a client is from its Hello and its upgrade request: `Result<Identity>(Hello const&, HttpRequest
  /// const&)`, or `void(Hello const&, HttpRequest const&, Authorization)` to answer later, within SessionTimes::hello of
  /// the connection's beginning. An error refuses it; the wire says `unauthorized` (or the other error's name) and
  /// nothing more. Default: authorize_local().
  template <class F>
  void on_authorize(F handler) {
    if constexpr (std::is_invocable_v<F&, Hello const&, HttpRequest const&, Authorization>) {
      set_authorize(std::move(handler));
    } else {
      set_authorize(
          [f = std::move(handler)](Hello const& hello, HttpRequest const& request,
                                   Authorization authorization) mutable { authorization(f(hello, request)); });
    }
  }

  /// Called when an agent's Flex has connected or is gone. A Flex that comes back to its session within two minutes
  /// goes and comes too; one that another instance replaces does not.
  void on_presence(std::function<void(std::string const& agent, Presence const&)> handler);

  /// Called before a dial of any issuer, in process or not, goes to Flex: the place for a dial policy and a
  /// log. An error refuses it (`destination_not_allowed`, `rate_limited` …). Without it every valid dial
  /// passes. `Result<void>(std::string const& agent, DialRequest const&)`, or `Result<DialRequest>(agent,
  /// DialRequest const&)`, which returns the request as it shall go to Flex: with its own caller_id, queue_sid and
  /// task_attributes; whatever else it returns, the rest stays the click's. Of a request that it changed, members
  /// that this version does not know are not passed on.
  template <class F>
  void on_dial(F handler) {
    if constexpr (std::is_same_v<std::invoke_result_t<F&, std::string const&, DialRequest const&>,
                                 Result<DialRequest>>) {
      set_dial(std::move(handler));
    } else {
      set_dial(
          [f = std::move(handler)](std::string const& agent, DialRequest const& dial) mutable -> Result<DialRequest> {
            Result<void> const permitted = f(agent, dial);
            if (!permitted) return permitted.error();
            return dial;
          });
    }
  }

  /// Called with each dial's end, when its answer goes back to the issuer; `outcome_of` says what it means. Dials that were
  /// refused before they went to Flex are told too, whether by on_dial or by the server itself (agent_offline, agent_busy,
  /// rate_limited, a caller ID that is not listed). A request under the DialRequest::dial_id of an open dial is none of its
  /// own, and is refused without being told. With a Backplane the process that holds the agent's Flex is told.
  void on_dialled(std::function<void(std::string const& agent, DialRequest const&, Result<DialResult> const&)> handler);

  /// Called with every text frame of accepted sessions in the order of the wire, those that a resumed session repeats
  /// included: for an inspector, or for finding a fault. It never sees a Hello, which holds the token, nor anything of a
  /// client that was refused. Frames hold names, numbers and whatever a task has of a person, and nothing is redacted:
  /// keep them for as long as somebody looks, and show an agent only her own. Costs nothing when it is not set.
  void on_frame(std::function<void(FrameEvent const&)> handler);

  /// Listens and starts the thread. Errors: invalid_argument (an option; a handler for a message that Flex
  /// does not send; started already), connect_failed (no address could be listened on; the detail says why),
  /// tls_unavailable.
  Result<void> start();

  /// Says Bye{shutdown} to every client, closes, and waits until the thread has ended: TransportTimes::close
  /// at most. From a handler it only asks, and the thread ends later. A stopped server can be started again.
  void stop();

  /// As stop(), but without a word to the clients and at once: after stop() has been too slow for somebody, from another
  /// thread while it waits (stop() then returns), or in its place.
  void cut();

  /// Reads ServerOptions::tls again. New connections get the new certificate, open ones go on; on an error the
  /// old one stays. Errors: invalid_argument (a file; no TLS), not_connected (not running).
  Result<void> reload_certificate();

  /// Serves a connection that a listener of the vendor's own accepted, as if this server had: its HTTP, TLS,
  /// limits, checks. The socket is the server's from success on. Errors: invalid_argument (see Adoption),
  /// not_connected (not running).
  Result<void> adopt(Adoption adoption);

  /// The port it listens on; 0 before start().
  std::uint16_t port() const noexcept;

  /// Sends a message of the CRM's to the agent's Flex. `done` is called exactly once, on the server's thread
  /// (in this very call when the server is not running). Errors: agent_offline (no Flex is connected; nothing
  /// was queued), not_connected (not running), wrong_role (not the CRM's to send), those of a bad field, what
  /// on_dial says, what Flex answers; and for a dial outcome_unknown, expired: `outcome_of` tells. An empty
  /// DialRequest::dial_id is filled in.
  template <class T>
  void request(std::string agent, T message, std::function<void(Result<typename T::result>)> done) {
    request_any(std::move(agent), Message{std::move(message)}, [f = std::move(done)](Result<Answer> const& answer) {
      if (f) f(detail::answer_as<typename T::result>(answer));
    });
  }

  /// What it has counted so far, from any thread; cheap enough for every scrape of a monitoring system.
  ServerMetrics metrics() const;

  /// Whether agents at other nodes can be reached: false while the Backplane has no link to them, or the server does not
  /// run. Without a Backplane true while it runs. For a health check; requests find out by themselves. Any thread.
  bool linked() const noexcept;

  /// The agents whose Flex is connected, sorted.
  std::vector<std::string> agents() const;

 private:
  void set_handler(MessageType type, detail::Handler handler);
  void set_dial(std::function<Result<DialRequest>(std::string const& agent, DialRequest const&)> handler);
  void set_authorize(std::function<void(Hello const&, HttpRequest const&, Authorization)> handler);
  void end(bool politely);
  void request_any(std::string agent, Message message, std::function<void(Result<Answer> const&)> done);

  class FLEXCRM_HIDDEN Core;
  std::unique_ptr<Core> core_;
};

}  // namespace flexcrm
