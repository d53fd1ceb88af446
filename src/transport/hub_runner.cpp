#include "hub_runner.hpp"

#include "log.hpp"
#include "random_id.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include <type_traits>

namespace flexcrm::detail {

/// One WebSocket of the server.
class HubRunner::Peer final : public WebSocket::Owner, public std::enable_shared_from_this<Peer> {
 public:
  Peer(HubRunner& owner, PeerId its_id, AnyStream stream, HttpRequest request,
       std::shared_ptr<ConnectionTicket> its_ticket)
      : runner{owner},
        id{its_id},
        http{std::make_unique<HttpRequest const>(std::move(request))},
        ticket{std::move(its_ticket)},
        websocket{
            WebSocket::make(std::move(stream), {owner.options_.session.codec.limits.frame_bytes, owner.options_.queue,
                                                owner.options_.times, owner.options_.rate})} {}
  ~Peer() override { websocket->abort(); }

  void on_websocket_open() override {
    runner.hub_.connected(id, now());
    runner.drain();
  }
  void on_frame(std::string_view text) override {
    runner.hub_.receive(id, text, now());
    runner.drain();
  }
  void on_websocket_closed(error_code, std::uint16_t) override {
    runner.hub_.lost(id, now());
    runner.closed(id);
    runner.drain();
  }

  HubRunner& runner;
  PeerId const id;
  std::unique_ptr<HttpRequest const> http;  // until it is authorized
  std::shared_ptr<ConnectionTicket> const ticket;
  std::shared_ptr<WebSocket> const websocket;
};

HubRunner::HubRunner(std::shared_ptr<asio::io_context> context, ServerOptions const& options,
                     HubHandlers const& handlers, std::shared_ptr<Counters> counters)
    : context_{std::move(context)},
      options_{options},
      handlers_{handlers},
      counters_{std::move(counters)},
      hub_{options_, rules(), counters_},
      timer_{context_->get_executor()} {
  counters_->linked_now.set(options_.backplane ? 0 : 1);
  if (options_.backplane) start_backplane();
}

HubRunner::~HubRunner() { abandon(); }

HubRules HubRunner::rules() const {
  return {&random_id, [this](MessageType type) { return static_cast<bool>(handlers_.messages[type.index()]); },
          [this](std::string const& agent, DialRequest& dial) -> Result<void> {
            if (!handlers_.dial) return {};
            try {
              auto changed = handlers_.dial(agent, dial);
              if (!changed) return changed.error();
              dial.caller_id = std::move(changed->caller_id);
              dial.queue_sid = std::move(changed->queue_sid);
              dial.task_attributes = std::move(changed->task_attributes);
              return {};
            } catch (...) {
              log(options_.logger, Level::error, {"the dial handler threw: ", current_exception_text()});
              return make_error(Errc::internal_error);
            }
          },
          options_.backplane != nullptr, static_cast<bool>(handlers_.frame)};
}

void HubRunner::start_backplane() {
  auto const asked_here = [this](Backplane::Respond respond) {
    responds_.emplace(++last_question_, std::move(respond));
    return last_question_;
  };
  Backplane::Handlers handlers;
  handlers.command = [this, asked_here](AgentKey const& agent, std::string const& from, std::string const& frame,
                                        Backplane::Respond respond) {
    hub_.command(asked_here(std::move(respond)), agent.agent, from, frame, now());
    drain();
  };
  handlers.asked = [this, asked_here](AgentKey const& agent, std::string const& frame, Backplane::Respond respond) {
    hub_.asked(asked_here(std::move(respond)), agent.agent, frame, now());
    drain();
  };
  handlers.news = [this](AgentKey const& agent, std::string const& frame) {
    hub_.news(agent.agent, frame, now());
    drain();
  };
  handlers.claimed = [this](AgentKey const& agent, Ownership const& other) {
    hub_.claimed(agent.agent, other, now());
    drain();
  };
  handlers.link = [this](bool up) {
    bool const first = up && counters_->links_lost.get() == 0;
    log(options_.logger, first ? Level::info : Level::warning, {"backplane: the link is ", up ? "there" : "lost"});
    counters_->linked_now.set(up ? 1 : 0);
    if (!up) counters_->links_lost.add();
    hub_.link(up, now());
    drain();
  };
  options_.backplane->start(hub_.node(), std::move(handlers),
                            [context = std::weak_ptr{context_}](std::function<void()> work) {
                              if (auto const alive = context.lock()) asio::post(*alive, std::move(work));
                            });
}

void HubRunner::admit(AnyStream stream, std::shared_ptr<UpgradeRequest const> request, HttpRequest http,
                      std::shared_ptr<ConnectionTicket> ticket) {
  if (stopping_) return;
  auto const id = ++last_peer_;
  auto const peer = std::make_shared<Peer>(*this, id, std::move(stream), std::move(http), std::move(ticket));
  peers_.emplace(id, peer);
  counters_->connections_now.set(peers_.size());
  peer->websocket->accept(std::move(request), peer);
}

void HubRunner::request(std::string const& agent, Message message, Done done) {
  auto const id = hub_.request(agent, std::move(message), now());
  requests_.emplace(id, std::move(done));
  drain();
}

void HubRunner::shutdown(std::function<void()> done) {
  stopping_ = true;
  when_empty_ = std::move(done);
  hub_.shutdown(now());
  drain();
  if (peers_.empty() && when_empty_) std::exchange(when_empty_, nullptr)();
}

void HubRunner::abandon() {
  if (!std::exchange(stopping_, true)) hub_.shutdown(now());
  when_empty_ = nullptr;
  drain();
  if (options_.backplane) options_.backplane->stop();
  peers_.clear();
  for (auto* const now :
       {&counters_->connections_now, &counters_->sessions_now, &counters_->agents_now, &counters_->linked_now})
    now->set(0);
  for (auto const& request : std::exchange(requests_, {}))
    call("a request's callback", [&] { request.second(make_error(Errc::session_lost)); });
  timer_.cancel();
}

// What a handler causes from inside is carried out after it has returned.
void HubRunner::drain() {
  if (std::exchange(draining_, true)) return;
  while (auto action = hub_.next()) {
    try {
      carry_out(*action);
    } catch (...) {
      log(options_.logger, Level::error, {"server: ", current_exception_text()});
    }
  }
  draining_ = false;
  arm();
}

void HubRunner::carry_out(HubAction& action) {
  auto const peer_of = [this](PeerId id) {
    auto const found = peers_.find(id);
    return found == peers_.end() ? nullptr : found->second;
  };
  std::visit(
      [&](auto& what) {
        using What = std::decay_t<decltype(what)>;
        if constexpr (std::is_same_v<What, ShowFrame>) {
          auto const direction = what.to_client ? FrameDirection::to_client : FrameDirection::from_client;
          call("the frame handler", [&] {
            handlers_.frame({what.identity.agent, what.identity.role, what.session, direction, what.frame});
          });
        } else if constexpr (std::is_same_v<What, ToPeer>) {
          auto const peer = peer_of(what.peer);
          if (!peer) return;
          if (peer->websocket->send(std::move(what.frame), true)) {
            auto const [bytes, frames] = peer->websocket->queued();
            counters_->queue_bytes_highest.raise_to(bytes);
            counters_->queue_frames_highest.raise_to(frames);
            return;
          }
          counters_->slow_peers.add();
          log(options_.logger, Level::warning,
              {"connection ", std::to_string(what.peer), ": the peer does not read; cut"});
          hub_.lost(what.peer, now());
          cut(what.peer);
        } else if constexpr (std::is_same_v<What, ClosePeer>) {
          if (auto const peer = peer_of(what.peer)) peer->websocket->close(what.code);
        } else if constexpr (std::is_same_v<What, CutPeer>) {
          cut(what.peer);
        } else if constexpr (std::is_same_v<What, AuthorizePeer>) {
          authorize(what);
        } else if constexpr (std::is_same_v<What, PeerAccepted>) {
          if (auto const peer = peer_of(what.peer); peer && peer->ticket) peer->ticket->authenticated();
        } else if constexpr (std::is_same_v<What, Handle>) {
          handle(what);
        } else if constexpr (std::is_same_v<What, Finished>) {
          auto const node = requests_.extract(what.id);
          if (!node.empty()) call("a request's callback", [&] { node.mapped()(what.outcome); });
        } else if constexpr (std::is_same_v<What, PresenceChanged>) {
          if (on_change) on_change(what.agent, what.online);
          if (handlers_.presence)
            call("the presence handler", [&] { handlers_.presence(what.agent, {what.online, what.since}); });
        } else if constexpr (std::is_same_v<What, Dialled>) {
          if (handlers_.dialled)
            call("the dialled handler",
                 [&] { handlers_.dialled(what.agent, what.request, answer_as<DialResult>(what.outcome)); });
        } else if constexpr (std::is_same_v<What, Own>) {
          options_.backplane->own(key(what.agent), what.ownership);
        } else if constexpr (std::is_same_v<What, Disown>) {
          options_.backplane->disown(key(what.agent));
        } else if constexpr (std::is_same_v<What, Watch>) {
          options_.backplane->watch(key(what.agent), [this, agent = what.agent] {
            hub_.watching(agent, now());
            drain();
          });
        } else if constexpr (std::is_same_v<What, Unwatch>) {
          options_.backplane->unwatch(key(what.agent));
        } else if constexpr (std::is_same_v<What, Announce>) {
          options_.backplane->announce(key(what.agent), std::move(what.frame));
        } else if constexpr (std::is_same_v<What, Question>) {
          auto done = [this, id = what.id](RequestEnd end, std::string const& frame) {
            hub_.told(id, end, frame, now());
            drain();
          };
          if (what.node) {
            options_.backplane->ask(*what.node, key(what.agent), std::move(what.frame), what.timeout, std::move(done));
          } else {
            options_.backplane->request(key(what.agent), std::move(what.frame), what.timeout, std::move(done));
          }
        } else {
          static_assert(std::is_same_v<What, Respond>);
          auto const respond = responds_.extract(what.id);
          if (!respond.empty()) respond.mapped()(std::move(what.frame));
        }
      },
      action);
}

void HubRunner::call(std::string_view what, std::function<void()> const& handler) {
  try {
    handler();
  } catch (...) {
    log(options_.logger, Level::error, {what, " threw: ", current_exception_text()});
  }
}

void HubRunner::authorize(AuthorizePeer const& asked) {
  auto const peer = peers_.find(asked.peer);
  if (peer == peers_.end()) return;
  Authorization authorization{
      [context = std::weak_ptr{context_}, weak = std::weak_ptr{peer->second}](Result<Identity> const& identity) {
        auto const alive = context.lock();
        if (!alive) return;
        asio::dispatch(*alive, [weak, identity] {
          auto const known = weak.lock();
          if (!known) return;
          known->runner.hub_.authorized(known->id, identity, now());
          known->runner.drain();
        });
      }};
  // Nobody asks for it again, and an idle session must not hold its headers.
  auto const http = std::move(peer->second->http);
  call("the authorize handler", [&] { handlers_.authorize(asked.hello, *http, std::move(authorization)); });
}

void HubRunner::handle(Handle const& what) {
  auto const type = MessageType::of(what.message);
  std::shared_ptr<ReplyState> reply;
  if (what.reply) {
    reply = std::make_shared<ReplyState>(
        [context = std::weak_ptr{context_}, this, to = *what.reply](Result<Answer> const& outcome) {
          auto const alive = context.lock();
          if (!alive) return;
          // Runs while the server's thread does, which this object outlives.
          asio::dispatch(*alive, [this, to, outcome] {
            hub_.answer(to, outcome, now());
            drain();
          });
        });
  } else {
    reply = std::make_shared<ReplyState>([](Result<Answer> const&) {});
  }
  try {
    handlers_.messages[type.index()](Delivery{what.agent, what.message, reply});
  } catch (...) {
    log(options_.logger, Level::error, {"the handler of ", type_name(type), " threw: ", current_exception_text()});
    reply->answer(make_error(Errc::internal_error));
  }
}

void HubRunner::cut(PeerId peer) {
  auto const known = peers_.find(peer);
  if (known != peers_.end()) known->second->websocket->abort();
  closed(peer);
}

void HubRunner::closed(PeerId peer) {
  peers_.erase(peer);
  counters_->connections_now.set(peers_.size());
  if (stopping_ && peers_.empty() && when_empty_) std::exchange(when_empty_, nullptr)();
}

void HubRunner::arm() {
  auto const deadline = hub_.deadline();
  if (stopping_ || !deadline || *deadline >= armed_) return;
  armed_ = *deadline;
  timer_.expires_at(armed_);
  timer_.async_wait([this](error_code ec) {
    if (ec) return;
    armed_ = std::chrono::steady_clock::time_point::max();
    hub_.tick(now());
    drain();
  });
}

}  // namespace flexcrm::detail
