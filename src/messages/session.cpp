#include <flexcrm/session.hpp>

#include "dial_ledger.hpp"
#include "registry.hpp"

#include <flexcrm/version.hpp>

#include <algorithm>
#include <deque>
#include <map>

namespace flexcrm {

using Steady = std::chrono::steady_clock::time_point;

namespace {

constexpr std::uint16_t close_normal = 1000;
constexpr std::uint16_t close_going_away = 1001;
constexpr std::uint16_t close_protocol_error = 4400;
constexpr std::uint16_t close_time_out = 4408;

Role opposite(Role role) { return role == Role::flex ? Role::crm : Role::flex; }

bool may_send(Role role, MessageType type) {
  switch (sender(type)) {
    case Sender::flex: return role == Role::flex;
    case Sender::crm: return role == Role::crm;
    case Sender::client: return false;  // Hello is the session's own
    case Sender::both: return true;
  }
  return false;
}

bool is_ordered(MessageType type) {
  return delivery_class(type) == DeliveryClass::state || delivery_class(type) == DeliveryClass::event;
}

bool is_terminal(Error const& error) {
  return error.code == Errc::unauthorized || error.code == Errc::wrong_role || error.code == Errc::protocol_version;
}

bool is_terminal(ByeReason reason) { return reason != ByeReason::shutdown; }

}  // namespace

struct Session::State {
  State(SessionOptions given, bool client) : options{std::move(given)}, is_client{client}, codec{options.codec} {}

  enum class Phase {
    unopened,     // no transport yet
    greeting,     // Hello sent, or awaited
    authorizing,  // server: Hello is with the application
    open,
    over
  };

  // A request of ours that waits for its answer.
  struct Sent {
    MessageType type;
    std::optional<Steady> deadline;  // none for events and state: the session itself notices a dead peer
    std::string dial_id = {};        // a DialRequest that this side issued
    std::int64_t claims_for = 0;     // a claim of ours: the DialRequest that it is about
    Moment sent_at = {};
  };

  // A request of the peer that the application handles.
  struct Handling {
    MessageType type;
    Steady deadline;
  };

  SessionOptions options;
  bool is_client;
  Codec codec;
  Hello hello;
  Role role = Role::crm;
  Phase phase = Phase::unopened;
  std::size_t peer_frame_bytes = static_cast<std::size_t>(-1);
  std::chrono::milliseconds idle{options.times.idle};
  Steady opened_at;
  Steady last_sent;
  Steady last_received;

  std::int64_t last_sent_id = 0;
  std::int64_t last_received_id = 0;
  std::map<std::int64_t, Sent> sent;
  std::map<std::int64_t, Handling> handling;
  std::deque<Deliver> line;                // requests whose turn has not come
  std::optional<std::int64_t> in_order;    // the event or state whose handler runs: it holds the line
  detail::DialLedger dials;                // that this side issued
  std::optional<std::int64_t> open_dial;   // Flex: from the claim until the handler answered

  std::deque<Action> actions;

  void act(Action action) { actions.push_back(std::move(action)); }
  void transmit(std::string text, Moment now) {
    last_sent = now.steady;
    act(SendFrame{std::move(text)});
  }
  void answer_error(std::int64_t id, Error const& error, Moment now) {
    transmit(codec.encode_error(RequestId::number(id), error), now);
  }

  // -- ending

  void end(Error error, bool terminal, std::optional<ByeReason> bye, std::optional<std::uint16_t> close_code) {
    if (phase == Phase::over) return;
    phase = Phase::over;
    line.clear();
    handling.clear();
    auto unanswered = std::move(sent);
    sent.clear();
    for (auto& [id, request] : unanswered) {
      if (request.claims_for != 0) continue;
      auto outcome = make_error(Errc::session_lost);
      if (auto const dial = dials.find(request.dial_id); dial != dials.end()) outcome = dial->second.lost();
      act(Answered{RequestId::number(id), request.type, std::move(outcome)});
    }
    dials.clear();
    act(Ended{std::move(error), terminal, bye});
    if (close_code) act(CloseTransport{*close_code});
  }

  void protocol_error(Error error) {
    act(Problem{error});
    end(std::move(error), false, std::nullopt, close_protocol_error);
  }

  // -- requests of ours

  Result<RequestId> transmit_request(Result<std::string> frame, Sent request, Moment now) {
    if (!frame) return std::move(frame).error();
    if (frame->size() > peer_frame_bytes) return make_error(Errc::too_large);
    auto const id = ++last_sent_id;
    request.sent_at = now;
    sent.emplace(id, std::move(request));
    transmit(*std::move(frame), now);
    return RequestId::number(id);
  }

  std::optional<Steady> answer_deadline(Message const& message, Moment now) const {
    auto const& times = options.times;
    if (auto const* dial = std::get_if<DialRequest>(&message)) {
      // An issuer's own dials end by the ledger; a relay only has to forget what nobody will answer any more.
      if (options.claims == Claims::endpoint) return std::nullopt;
      return now.steady + std::chrono::milliseconds{dial->lifetime_ms} + times.after_lifetime + times.after_grant;
    }
    if (std::holds_alternative<DialClaimRequest>(message)) return now.steady + times.grant;
    switch (delivery_class(MessageType::of(message))) {
      case DeliveryClass::query:
      case DeliveryClass::command: return now.steady + times.query;
      default: return std::nullopt;
    }
  }

  std::optional<Error> check_sendable(Message const& message) const {
    auto const type = MessageType::of(message);
    if (phase != Phase::open) return make_error(Errc::not_connected);
    if (delivery_class(type) == DeliveryClass::session) return make_error(Errc::invalid_argument);
    if (!may_send(role, type)) return make_error(Errc::wrong_role);
    bool const own_claim = type == type_of<DialClaimRequest> && options.claims == Claims::endpoint;
    if (own_claim) return make_error(Errc::invalid_argument, {}, "sessions claim by themselves");
    return std::nullopt;
  }

  Result<RequestId> send(Message const& message, std::optional<std::string_view> params, Moment now) {
    if (auto error = check_sendable(message)) return *std::move(error);
    auto const type = MessageType::of(message);
    auto const id = RequestId::number(last_sent_id + 1);
    Sent request{type, answer_deadline(message, now)};
    auto const* dial = std::get_if<DialRequest>(&message);
    bool const issued_here = dial && options.claims == Claims::endpoint;
    if (issued_here) {
      if (dials.contains(dial->dial_id)) return make_error(Errc::invalid_argument, "/dialId", "already open");
      request.dial_id = dial->dial_id;
    }
    auto const given = transmit_request(
        params ? codec.encode_forwarded(id, type, *params) : codec.encode(id, message), std::move(request), now);
    if (given && issued_here)
      dials.emplace(dial->dial_id, detail::OpenDial{std::chrono::milliseconds{dial->lifetime_ms}, now});
    return given;
  }

  void settle(std::int64_t id, Result<Answer> outcome, Moment now) {
    auto const found = sent.find(id);
    auto const request = std::move(found->second);
    sent.erase(found);
    if (request.claims_for != 0) {
      auto const* claim = outcome ? std::get_if<DialClaimResult>(&*outcome) : nullptr;
      claimed(request, claim && claim->granted, now);
      return;
    }
    if (auto const dial = dials.find(request.dial_id); dial != dials.end()) {
      if (!outcome) outcome = dial->second.settle(std::move(outcome).error());
      dials.erase(dial);
    }
    act(Answered{RequestId::number(id), request.type, std::move(outcome)});
  }

  // -- requests of the peer

  // Flex, before it dials: does the issuer still want it?
  void begin_dial(Deliver delivery, Moment now) {
    auto const id = delivery.id.number();
    if (open_dial) return answer_error(id, make_error(Errc::agent_busy), now);
    auto const& dial = std::get<DialRequest>(delivery.message);
    DialClaimRequest const claim{.dial_id = dial.dial_id};
    auto const type = type_of<DialClaimRequest>;
    auto const given = transmit_request(codec.encode(RequestId::number(last_sent_id + 1), claim),
                                        Sent{type, now.steady + options.times.grant, {}, id}, now);
    if (!given) return answer_error(id, make_error(Errc::internal_error), now);
    open_dial = id;
    claimed_dial = std::move(delivery);
  }

  std::optional<Deliver> claimed_dial;  // waits for its grant

  void claimed(Sent const& claim, bool granted, Moment now) {
    auto delivery = std::move(*claimed_dial);
    claimed_dial.reset();
    if (granted && detail::elapsed(claim.sent_at, now) <= options.times.grant) {
      delivery.start_before = claim.sent_at.steady + options.times.grant;
      handling.emplace(claim.claims_for, Handling{type_of<DialRequest>, now.steady + options.times.handle_dial});
      act(std::move(delivery));
      return;
    }
    open_dial.reset();
    answer_error(claim.claims_for, make_error(Errc::expired), now);
  }

  // Starts what stands at the head of the line.
  void advance(Moment now) {
    while (!line.empty() && !in_order && phase == Phase::open) {
      auto delivery = std::move(line.front());
      line.pop_front();
      auto const type = MessageType::of(delivery.message);
      if (type == type_of<DialRequest> && options.claims == Claims::endpoint) {
        begin_dial(std::move(delivery), now);
        continue;
      }
      auto const& times = options.times;
      auto const id = delivery.id.number();
      auto const limit = type == type_of<DialRequest> ? times.handle_dial
                         : is_ordered(type)           ? times.handle_state
                                                      : times.handle_command;
      handling.emplace(id, Handling{type, now.steady + limit});
      if (is_ordered(type)) in_order = id;
      act(std::move(delivery));
    }
  }

  void release(std::int64_t id, Moment now) {
    if (in_order == id) {
      in_order.reset();
      advance(now);
    }
  }

  bool take_id(RequestId id) {
    if (id.number() != last_received_id + 1) {
      protocol_error(make_error(Errc::invalid_id, {}, "out of order"));
      return false;
    }
    ++last_received_id;
    return true;
  }

  void receive_request(Request request, Moment now) {
    auto const type = MessageType::of(request.message);
    if (type == type_of<Ping>) {
      if (auto frame = codec.encode_answer(RequestId::ping(), NullResult{})) transmit(*std::move(frame), now);
      return;
    }
    if (auto const* bye = std::get_if<Bye>(&request.message)) {
      auto error = make_error(Errc::closed, {}, std::string{enum_words(ByeReason{})[static_cast<std::size_t>(bye->reason)]});
      error.retry_after = std::chrono::milliseconds{bye->retry_after_ms.value_or(0)};
      return end(std::move(error), is_terminal(bye->reason), bye->reason, close_normal);
    }
    if (type == type_of<Hello>) return protocol_error(make_error(Errc::invalid_request, {}, "second Hello"));
    if (!take_id(*request.id)) return;

    auto const id = request.id->number();
    if (type == type_of<Void>) {
      // Stands where a request of the peer stood that is no longer worth doing.
      if (auto frame = codec.encode_answer(*request.id, NullResult{})) transmit(*std::move(frame), now);
      return;
    }
    if (!may_send(opposite(role), type)) {
      act(Problem{make_error(Errc::wrong_role)});
      return answer_error(id, make_error(Errc::wrong_role), now);
    }
    if (auto const* claim = std::get_if<DialClaimRequest>(&request.message);
        claim && options.claims == Claims::endpoint) {
      DialClaimResult const answer{.granted = detail::claim(dials, claim->dial_id, now)};
      if (auto frame = codec.encode_answer(*request.id, answer)) transmit(*std::move(frame), now);
      return;
    }
    line.push_back(Deliver{*request.id, std::move(request.message), std::move(request.params), std::nullopt});
    advance(now);
  }

  void receive_refusal(Refusal refusal, Moment now) {
    if (refusal.is_response) {
      // The answer to a request of ours makes no sense: that is all there will be.
      act(Problem{refusal.error});
      if (refusal.id && refusal.id->is_number() && sent.contains(refusal.id->number()))
        settle(refusal.id->number(), make_error(Errc::peer_error), now);
      return;
    }
    if (!refusal.id) return protocol_error(std::move(refusal.error));
    if (refusal.id->is_number() && !take_id(*refusal.id)) return;
    transmit(codec.encode_error(refusal.id, refusal.error), now);
    act(Problem{std::move(refusal.error)});
  }

  // Before the session is open only Hello and its answer are allowed.
  void greet(Frame frame, Moment now) {
    if (is_client) {
      auto* response = std::get_if<Response>(&frame);
      if (!response || response->id != RequestId::hello())
        return protocol_error(make_error(Errc::invalid_request, {}, "expected the answer to Hello"));
      if (!response->outcome) {
        auto error = std::move(response->outcome).error();
        bool const terminal = is_terminal(error);
        return end(std::move(error), terminal, std::nullopt, close_normal);
      }
      auto const result = std::get<HelloResult>(*response->outcome);
      if (result.protocol != protocol_version)
        return end(make_error(Errc::protocol_version), true, std::nullopt, close_normal);
      idle = std::chrono::milliseconds{result.idle_ms};
      peer_frame_bytes = static_cast<std::size_t>(result.limits.frame_bytes);
      phase = Phase::open;
      act(Opened{result});
      return;
    }
    auto* request = std::get_if<Request>(&frame);
    auto* greeting = request ? std::get_if<Hello>(&request->message) : nullptr;
    if (!greeting) {
      auto* refusal = std::get_if<Refusal>(&frame);
      auto error = refusal ? std::move(refusal->error) : make_error(Errc::invalid_request, {}, "expected Hello");
      if (refusal && refusal->id) transmit(codec.encode_error(refusal->id, error), now);
      return protocol_error(std::move(error));
    }
    if (greeting->protocol_min > protocol_version || greeting->protocol_max < protocol_version)
      return refuse(make_error(Errc::protocol_version), now);
    phase = Phase::authorizing;
    role = opposite(greeting->role);
    act(HelloReceived{std::move(*greeting)});
  }

  void refuse(Error const& error, Moment now) {
    transmit(codec.encode_error(RequestId::hello(), make_error(static_cast<Errc>(error.code.value()))), now);
    end(error, is_terminal(error), std::nullopt, close_normal);
  }

  void receive(std::string_view text, Moment now) {
    if (phase == Phase::unopened || phase == Phase::over) return;
    last_received = now.steady;
    auto frame = codec.decode(text, [this](RequestId id) -> std::optional<MessageType> {
      if (id == RequestId::hello()) return type_of<Hello>;
      if (!id.is_number()) return std::nullopt;
      auto const found = sent.find(id.number());
      return found == sent.end() ? std::nullopt : std::optional{found->second.type};
    });
    if (phase == Phase::greeting) return greet(std::move(frame), now);
    if (phase == Phase::authorizing)
      return protocol_error(make_error(Errc::invalid_request, {}, "sent before Hello was answered"));

    if (auto* request = std::get_if<Request>(&frame)) return receive_request(std::move(*request), now);
    if (auto* refusal = std::get_if<Refusal>(&frame)) return receive_refusal(std::move(*refusal), now);
    auto& response = std::get<Response>(frame);
    if (response.id == RequestId::ping()) return;
    if (!response.id || !response.id->is_number() || !sent.contains(response.id->number()))
      return act(Problem{make_error(Errc::invalid_id, {}, "answer to nothing")});
    settle(response.id->number(), std::move(response.outcome), now);
  }

  // -- time

  Steady greeting_deadline() const { return opened_at + options.times.hello; }
  Steady ping_deadline() const { return last_sent + options.times.ping_after; }
  Steady idle_deadline() const { return last_received + idle; }

  void time_out_handlers(Moment now) {
    std::vector<std::int64_t> late;
    for (auto const& [id, request] : handling)
      if (request.deadline <= now.steady) late.push_back(id);
    for (auto const id : late) {
      handling.erase(id);
      answer_error(id, make_error(Errc::handler_timeout), now);
      release(id, now);
    }
  }

  void time_out_answers(Moment now) {
    std::vector<std::pair<std::int64_t, Error>> ended;
    for (auto const& [id, request] : sent) {
      if (auto const dial = dials.find(request.dial_id); dial != dials.end()) {
        if (auto error = dial->second.overdue(now, options.times)) ended.emplace_back(id, *std::move(error));
      } else if (request.deadline && *request.deadline <= now.steady) {
        ended.emplace_back(id, make_error(Errc::timed_out));
      }
    }
    for (auto& [id, error] : ended) settle(id, std::move(error), now);
  }

  void tick(Moment now) {
    if (phase == Phase::greeting || phase == Phase::authorizing) {
      if (greeting_deadline() <= now.steady)
        end(make_error(Errc::timed_out, {}, "Hello"), false, std::nullopt, close_time_out);
      return;
    }
    if (phase != Phase::open) return;
    if (idle_deadline() <= now.steady)
      return end(make_error(Errc::timed_out, {}, "silence"), false, std::nullopt, close_time_out);
    time_out_handlers(now);
    time_out_answers(now);
    if (phase == Phase::open && ping_deadline() <= now.steady)
      if (auto frame = codec.encode(RequestId::ping(), Ping{})) transmit(*std::move(frame), now);
  }

  std::optional<Steady> deadline() const {
    switch (phase) {
      case Phase::unopened:
      case Phase::over: return std::nullopt;
      case Phase::greeting:
      case Phase::authorizing: return greeting_deadline();
      case Phase::open: break;
    }
    auto first = std::min(idle_deadline(), ping_deadline());
    for (auto const& [id, request] : handling) first = std::min(first, request.deadline);
    for (auto const& [id, request] : sent) {
      if (request.deadline) first = std::min(first, *request.deadline);
      if (auto const dial = dials.find(request.dial_id); dial != dials.end())
        first = std::min(first, dial->second.deadline(options.times));
    }
    return first;
  }
};

Session::Session(std::unique_ptr<State> state) : state_{std::move(state)} {}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

Session Session::client(Hello hello, SessionOptions options) {
  auto state = std::make_unique<State>(std::move(options), true);
  state->role = hello.role;
  state->hello = std::move(hello);
  return Session{std::move(state)};
}

Session Session::server(SessionOptions options) {
  return Session{std::make_unique<State>(std::move(options), false)};
}

void Session::opened(Moment now) {
  auto& state = *state_;
  if (state.phase != State::Phase::unopened) return;
  state.phase = State::Phase::greeting;
  state.opened_at = state.last_sent = state.last_received = now.steady;
  if (!state.is_client) return;
  auto frame = state.codec.encode(RequestId::hello(), state.hello);
  if (!frame) return state.end(std::move(frame).error(), true, std::nullopt, close_normal);
  state.transmit(*std::move(frame), now);
}

void Session::receive(std::string_view frame, Moment now) { state_->receive(frame, now); }

Result<RequestId> Session::send(Message const& message, Moment now) {
  return state_->send(message, std::nullopt, now);
}

Result<RequestId> Session::forward(Message const& message, std::string_view params, Moment now) {
  return state_->send(message, params, now);
}

bool Session::answer(RequestId id, Result<Answer> const& outcome, Moment now) {
  auto& state = *state_;
  if (!id.is_number()) return false;
  // The agent is free for the next dial even when this answer comes too late.
  if (state.open_dial == id.number()) state.open_dial.reset();
  auto const found = state.handling.find(id.number());
  if (found == state.handling.end()) return false;
  auto const expected = detail::entry_of(found->second.type).result;
  state.handling.erase(found);
  if (outcome && outcome->index() == expected) {
    if (auto frame = state.codec.encode_answer(id, *outcome)) {
      state.transmit(*std::move(frame), now);
    } else {
      state.act(Problem{frame.error()});
      state.answer_error(id.number(), make_error(Errc::internal_error), now);
    }
  } else {
    state.answer_error(id.number(), outcome ? make_error(Errc::internal_error) : outcome.error(), now);
  }
  state.release(id.number(), now);
  return true;
}

void Session::accept(Role role, HelloResult result, Moment now) {
  auto& state = *state_;
  if (state.phase != State::Phase::authorizing) return;
  state.role = opposite(role);
  auto const& limits = state.options.codec.limits;
  result.protocol = protocol_version;
  result.idle_ms = state.options.times.idle.count();
  result.limits = {static_cast<std::int64_t>(limits.frame_bytes), static_cast<std::int64_t>(limits.depth),
                   static_cast<std::int64_t>(limits.members), static_cast<std::int64_t>(limits.text_bytes)};
  auto frame = state.codec.encode_answer(RequestId::hello(), result);
  if (!frame) return state.refuse(make_error(Errc::internal_error), now);
  state.phase = State::Phase::open;
  state.transmit(*std::move(frame), now);
  state.act(Opened{std::move(result)});
}

void Session::refuse(Error const& error, Moment now) {
  if (state_->phase == State::Phase::authorizing) state_->refuse(error, now);
}

void Session::bye(Bye const& bye, Moment now) {
  auto& state = *state_;
  if (state.phase == State::Phase::open)
    if (auto frame = state.codec.encode(std::nullopt, bye)) state.transmit(*std::move(frame), now);
  auto const code = bye.reason == ByeReason::shutdown ? close_going_away : close_normal;
  state.end(make_error(Errc::closed), is_terminal(bye.reason), bye.reason, code);
}

void Session::lost(Moment) { state_->end(make_error(Errc::not_connected), false, std::nullopt, std::nullopt); }

void Session::tick(Moment now) { state_->tick(now); }

std::optional<Action> Session::next() {
  auto& actions = state_->actions;
  if (actions.empty()) return std::nullopt;
  std::optional<Action> action{std::move(actions.front())};
  actions.pop_front();
  return action;
}

std::optional<Steady> Session::deadline() const { return state_->deadline(); }
bool Session::is_open() const noexcept { return state_->phase == State::Phase::open; }
Role Session::role() const noexcept { return state_->role; }

}  // namespace flexcrm
