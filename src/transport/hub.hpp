#pragma once

#include "acceptor.hpp"
#include "link.hpp"

#include "../messages/dial_ledger.hpp"

#include <flexcrm/options.hpp>
#include <flexcrm/reply.hpp>
#include <flexcrm/server.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace flexcrm::detail {

/// What the server's owner has set.
struct HubHandlers {
  std::array<Handler, std::variant_size_v<Message>> messages{};
  std::function<Result<Identity>(Hello const&, HttpRequest const&)> authorize{};
  std::function<void(std::string const&, bool)> presence{};
  std::function<Result<void>(std::string const&, DialRequest const&)> dial{};
  std::function<void(std::string const&, DialRequest const&, Result<DialResult> const&)> dialled{};
};

/// Routes between each agent's Flex endpoint, its CRM endpoints and this process (docs/protocol.md §4, hop by
/// hop). Runs in the thread of its io_context; never calls a handler of the user's while one of its own
/// containers is walked.
class Hub {
 public:
  using Done = std::function<void(Result<Answer> const&)>;

  Hub(std::shared_ptr<asio::io_context> context, ServerOptions const& options, HubHandlers const& handlers);
  ~Hub();
  Hub(Hub const&) = delete;
  Hub& operator=(Hub const&) = delete;

  /// A WebSocket request that was let in.
  void admit(AnyStream stream, std::shared_ptr<UpgradeRequest const> request, HttpRequest http,
             std::shared_ptr<ConnectionTicket> ticket);

  /// A request issued in this process. `done` is called once.
  void request(std::string const& agent, Message message, Done done);

  /// Called when the agents with a Flex have changed.
  std::function<void(std::string const& agent, bool connected)> on_change;

  /// Says Bye{shutdown} to all; `done` is called when all are closed.
  void shutdown(std::function<void()> done);

  /// Cuts what is left and answers every open request of this process.
  void abandon();

 private:
  class Endpoint;
  struct Agent;
  struct LocalRequest;
  using EndpointPtr = std::shared_ptr<Endpoint>;
  using LocalId = std::uint64_t;

  // Whoever asked: a CRM (or Flex) endpoint, or this process.
  struct Asker {
    std::weak_ptr<Endpoint> endpoint{};
    RequestKey key = 0;
    LocalId local = 0;
  };

  // A click that Flex has not answered yet.
  struct Dial {
    Asker issuer{};
    std::weak_ptr<Endpoint> flex{};
    DialRequest request{};
  };

  // A request that was passed on, by its id on the link it went to.
  struct Forwarded {
    Asker asker{};
    std::string dial_id{};
    bool is_claim = false;
  };

  struct Kept {
    Message message;
    std::string params{};  // empty: the hub's own
  };

  struct Instance {
    std::string name{};
    std::uint64_t order = 0;  // of the first Hello
    std::chrono::steady_clock::time_point seen{};
    bool replaced = false;
  };

  struct Agent {
    std::string name{};
    EndpointPtr flex{};
    std::vector<EndpointPtr> crms{};
    std::map<std::string_view, Kept> states{};  // newest of each slot
    std::map<std::string, Dial, std::less<>> dials{};
    std::vector<Instance> instances{};
    bool announced = false;  // what the presence handler was told last
  };

  struct LocalRequest {
    std::string agent{};
    Done done{};
    std::optional<OpenDial> dial{};
    std::optional<DialRequest> sent{};
  };

  Result<Identity> authorize(Hello const& hello, HttpRequest const& http);
  void greet(EndpointPtr const& endpoint, Hello const& hello);
  bool greet_flex(Agent& agent, EndpointPtr const& endpoint, Hello const& hello);
  void welcome(Agent& agent, EndpointPtr const& crm);
  void gone(EndpointPtr const& endpoint);
  void lose_flex(Agent& agent, bool replaced);
  void closed(Endpoint* endpoint);

  void from_flex(EndpointPtr const& endpoint, Deliver delivery);
  void from_crm(EndpointPtr const& endpoint, Deliver delivery);
  void publish(Agent& agent, Message const& message, std::string const& params);
  void publish_own(Agent& agent, Message const& message);
  void send_to(EndpointPtr const& crm, Message const& message, std::string const& params);
  bool handle(std::string const& agent, Message const& message, std::shared_ptr<ReplyState> reply);
  void claim(EndpointPtr const& flex, RequestKey key, DialClaimRequest const& claim);
  Result<void> ask_flex(Agent* agent, Asker asker, Message const& message, std::string const& params);
  Result<void> permit(std::string const& agent, DialRequest const& dial);
  void answered(EndpointPtr const& endpoint, Answered answered);
  void answer(Asker const& asker, Result<Answer> const& outcome);
  void finish_local(LocalId id, Result<Answer> outcome);
  void dialled(std::string const& agent, DialRequest const& dial, Result<Answer> const& outcome);
  void announce(Agent& agent, bool connected);
  std::shared_ptr<ReplyState> reply_to(EndpointPtr const& endpoint, RequestKey key);
  Agent* find(std::string const& agent);
  Agent& get(std::string const& agent);
  void sweep();
  void arm();
  void tick();

  std::shared_ptr<asio::io_context> context_;
  ServerOptions options_;
  HubHandlers handlers_;
  Timer timer_;
  std::unordered_map<Endpoint*, EndpointPtr> endpoints_;
  std::unordered_map<std::string, std::unique_ptr<Agent>> agents_;
  std::map<LocalId, LocalRequest> locals_;
  LocalId last_local_ = 0;
  std::uint64_t last_order_ = 0;
  std::uint64_t last_label_ = 0;
  std::chrono::steady_clock::time_point next_sweep_{};
  std::function<void()> when_empty_;
  bool stopping_ = false;
};

}  // namespace flexcrm::detail
