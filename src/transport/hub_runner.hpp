#pragma once

#include "acceptor.hpp"
#include "clock.hpp"
#include "hub.hpp"
#include "websocket.hpp"

#include <flexcrm/identity.hpp>
#include <flexcrm/reply.hpp>
#include <flexcrm/server.hpp>

#include <array>
#include <functional>
#include <memory>
#include <unordered_map>

namespace flexcrm::detail {

/// What the server's owner has set.
struct HubHandlers {
  std::array<Handler, std::variant_size_v<Message>> messages{};
  std::function<void(Hello const&, HttpRequest const&, Authorization)> authorize{};
  std::function<void(std::string const&, Presence const&)> presence{};
  std::function<Result<DialRequest>(std::string const&, DialRequest const&)> dial{};
  std::function<void(std::string const&, DialRequest const&, Result<DialResult> const&)> dialled{};
  std::function<void(FrameEvent const&)> frame{};
};

/// Gives a Hub its WebSockets, its clocks and its timer, and calls the user's handlers. Runs in the thread of its
/// io_context.
class HubRunner {
 public:
  using Done = std::function<void(Result<Answer> const&)>;

  HubRunner(std::shared_ptr<asio::io_context> context, ServerOptions const& options, HubHandlers const& handlers,
            std::shared_ptr<Counters> counters = std::make_shared<Counters>());
  ~HubRunner();
  HubRunner(HubRunner const&) = delete;
  HubRunner& operator=(HubRunner const&) = delete;

  /// A WebSocket request that was let in.
  void admit(AnyStream stream, std::shared_ptr<UpgradeRequest const> request, HttpRequest http,
             std::shared_ptr<ConnectionTicket> ticket);

  /// A request issued in this process. `done` is called once.
  void request(std::string const& agent, Message message, Done done);

  /// Called when an agent's Flex has connected or is gone.
  std::function<void(std::string const& agent, bool online)> on_change;

  /// Says Bye{shutdown} to all; `done` is called when all are closed.
  void shutdown(std::function<void()> done);

  /// Cuts what is left and ends every open request of this process.
  void abandon();

 private:
  class Peer;

  void drain();
  void carry_out(HubAction& action);
  void call(std::string_view what, std::function<void()> const& handler);
  void authorize(AuthorizePeer const& asked);
  void handle(Handle const& what);
  void cut(PeerId peer);
  void closed(PeerId peer);
  void arm();
  HubRules rules() const;
  void start_backplane();
  AgentKey key(std::string const& agent) const { return {options_.tenant, agent}; }

  std::shared_ptr<asio::io_context> context_;
  ServerOptions options_;
  HubHandlers const& handlers_;
  std::shared_ptr<Counters> counters_;
  Hub hub_;
  Timer timer_;
  std::chrono::steady_clock::time_point armed_ = std::chrono::steady_clock::time_point::max();
  std::unordered_map<PeerId, std::shared_ptr<Peer>> peers_;
  std::unordered_map<LocalId, Done> requests_;
  std::unordered_map<QuestionId, Backplane::Respond> responds_;
  PeerId last_peer_ = 0;
  QuestionId last_question_ = 0;
  std::function<void()> when_empty_;
  bool draining_ = false;
  bool stopping_ = false;
};

}  // namespace flexcrm::detail
