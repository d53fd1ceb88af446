#include <flexcrm/session.hpp>

#include "dial_ledger.hpp"
#include "kept_answers.hpp"
#include "leaf_codec.hpp"
#include "registry.hpp"
#include "spare_buffers.hpp"
#include "spare_frames.hpp"

#include <flexcrm/version.hpp>

#include <algorithm>
#include <list>
#include <map>

namespace flexcrm {

using detail::Age;
using Steady = std::chrono::steady_clock::time_point;

namespace {

constexpr std::uint16_t close_normal = 1000;
constexpr std::uint16_t close_going_away = 1001;
constexpr std::uint16_t close_protocol_error = 4400;
constexpr std::uint16_t close_time_out = 4408;

// Request n is not sent before n - window is answered, so that the receiver keeps that many answers and no more. Some
// places are left for claims: they must get through when everything else waits.
constexpr std::int64_t window = 64;
constexpr std::size_t window_for_all_but_claims = 60;

Role opposite(Role role) { return role == Role::flex ? Role::crm : Role::flex; }

bool may_send(Role role, MessageType type) {
  auto const from = sender(type);
  return from == Sender::both || from == (role == Role::flex ? Sender::flex : Sender::crm);
}

bool is_state(MessageType type) { return delivery_class(type) == DeliveryClass::state; }
bool is_event(MessageType type) { return delivery_class(type) == DeliveryClass::event; }
bool is_ordered(MessageType type) { return is_state(type) || is_event(type); }
bool is_claim(MessageType type) { return type == type_of<DialClaimRequest>; }

bool is_terminal(Error const& error) {
  return error.code == Errc::unauthorized || error.code == Errc::wrong_role || error.code == Errc::protocol_version;
}
bool is_terminal(ByeReason reason) { return reason != ByeReason::shutdown; }

/// A command's or query's own time, after which a repeat is not worth doing.
std::chrono::milliseconds lifetime_of(Message const& message, SessionTimes const& times) {
  return std::visit(
      [&](auto const& what) {
        if constexpr (requires { what.lifetime_ms; })
          return std::chrono::milliseconds{what.lifetime_ms};
        else
          return is_claim(type_of<std::decay_t<decltype(what)>>) ? times.grant : times.query;
      },
      message);
}

// Most actions are carried out at once: their places go round. What was moved out of leaves nothing behind.
using SpareActions = detail::SpareNodes<Action>;
static_assert(std::is_nothrow_move_constructible_v<Action> && std::is_nothrow_move_assignable_v<Action>);

std::string copy_of(std::string const& frame) {
  auto copy = detail::spare_frame();
  copy = frame;
  return copy;
}

/// Marks an event as told before.
void mark_repeated(Message& message) {
  std::visit(
      [](auto& event) {
        if constexpr (requires { event.repeated = true; }) event.repeated = true;
      },
      message);
}

}  // namespace

struct Session::State {
  State(SessionOptions given, bool client, std::shared_ptr<Codec> its_codec)
      : options{std::move(given)},
        is_client{client},
        shared_codec{its_codec ? std::move(its_codec) : std::make_shared<Codec>(options.codec)} {}

  enum class Phase {
    detached,     // no transport
    greeting,     // Hello sent, or awaited
    authorizing,  // server: Hello is with the application
    open,
    over
  };

  // A request of ours that the peer has not answered. Its frame is kept to be repeated, byte for byte.
  struct Sent {
    RequestKey key = 0;
    MessageType type{0};
    std::string frame;
    std::chrono::milliseconds lifetime{};  // command, query
    Age age;
    std::optional<std::chrono::milliseconds> limit;  // for its answer; events, state and an issuer's dials have none
    std::string dial_id;                             // a DialRequest that this side issued
    RequestKey claims_for = 0;                       // a claim of ours: the DialRequest that it is about
    std::unique_ptr<Message const> event;            // a client's, to be sent anew if the session is lost
    bool done = false;  // the application was told an outcome; only the window still counts it
  };

  // State or an event that no number was given to yet.
  struct Waiting {
    RequestKey key;
    Message message;
    std::string params;
  };

  // A request of the peer that the application handles.
  struct Handling {
    std::int64_t id;
    MessageType type;
    Age age;
    std::chrono::milliseconds limit;
  };

  // A request in the line, with its number on the wire.
  struct InLine {
    std::int64_t id;
    Deliver delivery;
  };

  // What ends with the session: numbers and everything that they name. Lists, because an idle session shall hold nothing:
  // a deque has half a kilobyte before its first element.
  struct Conversation {
    std::string session;  // HelloResult::session; empty: there is none
    std::int64_t last_sent = 0;
    std::map<std::int64_t, Sent> sent;
    std::size_t sent_bytes = 0;    // of the frames in `sent`
    std::size_t sent_in_time = 0;  // of `sent`: commands and queries, which are over after a time
    std::list<Waiting> waiting;
    std::size_t waiting_event_bytes = 0;
    detail::KeptAnswers received{window};
    std::list<InLine> line;  // requests whose turn has not come
    std::map<RequestKey, Handling> handling;
    std::optional<RequestKey> in_order;    // the event or state whose handler runs: it holds the line
    std::unique_ptr<InLine> claimed_dial;  // Flex: waits for its grant
    detail::DialLedger dials;              // that this side issued
  };

  SessionOptions options;
  bool is_client;
  std::shared_ptr<Codec> shared_codec;
  Codec& codec{*shared_codec};
  Hello hello;
  Role role = Role::crm;
  Phase phase = Phase::detached;
  std::optional<Codec> narrower;  // client: for what this server would not read though we would
  std::chrono::milliseconds idle{options.times.idle};
  Age connected;
  Age spoken;
  Age heard;
  std::optional<Age> lost;
  std::optional<Moment> last_seen;

  RequestKey last_key = 0;
  Conversation conversation;
  std::list<Waiting> unacknowledged;  // events of a lost session, for the next one
  bool had_session = false;
  std::optional<RequestKey> open_dial;  // Flex: from the claim until the handler answered, whatever becomes of sessions

  std::list<Action> actions;

  /// Writes what the peer reads: a server tells its limits.
  Codec& writer() { return narrower ? *narrower : codec; }

  template <class What>
  void act(What&& what) {
    if (auto* const spares = detail::of_this_thread<SpareActions>())
      spares->append(actions) = std::forward<What>(what);
    else
      actions.emplace_back(std::forward<What>(what));
  }

  bool is_attached() const { return phase == Phase::greeting || phase == Phase::authorizing || phase == Phase::open; }

  void transmit(std::string text, Moment now) {
    if (!is_attached()) return;
    spoken = Age{now};
    act(SendFrame{std::move(text)});
  }

  // Answers a numbered request and keeps the answer, in case that it gets lost and the request is repeated.
  void reply(std::int64_t id, std::string text, Moment now) {
    bool const is_short = text.size() <= options.queues.answer_bytes;
    conversation.received.keep(
        id, is_short ? text : codec.encode_error(RequestId::number(id), make_error(Errc::session_lost)));
    if (phase == Phase::open) transmit(std::move(text), now);
  }
  void reply_null(std::int64_t id, Moment now) {
    conversation.received.keep(id, {});
    if (phase == Phase::open) transmit(null_answer(RequestId::number(id)), now);
  }
  std::string null_answer(RequestId id) { return codec.encode_answer(id, NullResult{}).value(); }
  void reply_error(std::int64_t id, Error const& error, Moment now) {
    reply(id, codec.encode_error(RequestId::number(id), error), now);
  }

  // -- ending

  /// The session is over. A client's events that were not acknowledged go on with the next session.
  void end(Error error, bool terminal, std::optional<ByeReason> bye, std::optional<std::uint16_t> close_code) {
    if (phase == Phase::over) return;
    if (close_code && is_attached()) act(CloseTransport{*close_code});
    auto old = std::move(conversation);
    conversation = {};
    // A dial that waited for its grant never started.
    if (old.claimed_dial) open_dial.reset();

    bool const keep_events = is_client && !terminal && error.code != Errc::backpressure;
    auto const lose = [&](RequestKey key, MessageType type) {
      act(Answered{key, type, make_error(Errc::session_lost)});
    };
    if (!keep_events)
      for (auto const& event : unacknowledged) lose(event.key, MessageType::of(event.message));
    if (!keep_events) unacknowledged.clear();
    for (auto& [id, request] : old.sent) {
      if (request.done || request.claims_for != 0) continue;
      if (request.event && keep_events) {
        unacknowledged.push_back({request.key, *request.event, {}});
      } else if (auto const dial = old.dials.find(request.dial_id); dial != old.dials.end()) {
        act(Answered{request.key, request.type, dial->second.lost()});
      } else {
        lose(request.key, request.type);
      }
    }
    for (auto& waiting : old.waiting) {
      auto const type = MessageType::of(waiting.message);
      if (is_event(type) && keep_events)
        unacknowledged.push_back(std::move(waiting));
      else
        lose(waiting.key, type);
    }

    // Another token may be accepted.
    bool const may_return = !terminal || error.code == Errc::unauthorized;
    phase = is_client && may_return ? Phase::detached : Phase::over;
    lost.reset();
    act(Ended{std::move(error), terminal, bye});
  }

  void protocol_error(Error error) {
    act(Problem{error});
    end(std::move(error), false, std::nullopt, close_protocol_error);
  }

  /// The transport is gone, the session may go on with another one.
  void detach(Error error, Moment now) {
    if (phase == Phase::over) return;
    bool const resumable = !conversation.session.empty() && options.times.resume.count() > 0;
    if (!resumable) return end(std::move(error), false, std::nullopt, std::nullopt);
    phase = Phase::detached;
    if (!lost) lost = Age{now};
  }

  /// Did the machine sleep since the last input? Bytes that waited in buffers meanwhile must not be believed.
  void notice_sleep(Moment now) {
    auto const before = std::exchange(last_seen, now);
    if (!before || !is_attached()) return;
    if ((now.wall - before->wall) - (now.steady - before->steady) <= options.times.sleep) return;
    act(Problem{make_error(Errc::timed_out, {}, "slept")});
    act(CloseTransport{close_time_out});
    detach(make_error(Errc::timed_out, {}, "slept"), now);
  }

  // -- requests of ours

  bool window_allows(MessageType type) const {
    auto const& sent = conversation.sent;
    if (!sent.empty() && conversation.last_sent + 1 - sent.begin()->first >= window) return false;
    if (is_claim(type)) return true;
    // At least one is under way, however long it is.
    if (!sent.empty() && conversation.sent_bytes >= options.queues.unanswered_bytes) return false;
    if (sent.size() < window_for_all_but_claims) return true;
    auto const claims =
        std::count_if(sent.begin(), sent.end(), [](auto const& entry) { return is_claim(entry.second.type); });
    return sent.size() - static_cast<std::size_t>(claims) < window_for_all_but_claims;
  }

  /// Gives a request its number, for good, and writes it.
  void write(Sent&& request, std::string_view params, Moment now) {
    auto const id = ++conversation.last_sent;
    request.frame = detail::spare_frame();
    codec.encode_forwarded_to(request.frame, RequestId::number(id), request.type, params).value();
    request.age = Age{now};
    // While there is no open connection it goes out with the repetition of what is unanswered.
    if (phase == Phase::open) transmit(copy_of(request.frame), now);
    conversation.sent_bytes += request.frame.size();
    if (!is_ordered(request.type)) ++conversation.sent_in_time;
    conversation.sent.emplace(id, std::move(request));
  }

  /// A client keeps an event for a session after this one.
  void write_ordered(RequestKey key, Message const& message, std::string_view params, Moment now) {
    Sent request;
    request.key = key;
    request.type = MessageType::of(message);
    if (is_client && is_event(request.type)) request.event = std::make_unique<Message const>(message);
    write(std::move(request), params, now);
  }

  void write_waiting(Moment now) {
    auto& waiting = conversation.waiting;
    while (phase == Phase::open && !waiting.empty() && window_allows(MessageType::of(waiting.front().message))) {
      auto const next = std::move(waiting.front());
      waiting.pop_front();
      if (is_event(MessageType::of(next.message))) conversation.waiting_event_bytes -= next.params.size();
      write_ordered(next.key, next.message, next.params, now);
    }
  }

  /// State is replaced by newer state of its slot, and so moves to the tail; events wait in order, bounded.
  void wait(Waiting next) {
    auto const type = MessageType::of(next.message);
    auto& waiting = conversation.waiting;
    if (is_state(type)) {
      auto const older = std::find_if(waiting.begin(), waiting.end(), [&](Waiting const& other) {
        auto const other_type = MessageType::of(other.message);
        return is_state(other_type) && slot(other_type) == slot(type);
      });
      if (older != waiting.end()) {
        act(Answered{older->key, MessageType::of(older->message), make_error(Errc::superseded)});
        waiting.erase(older);
      }
    } else {
      conversation.waiting_event_bytes += next.params.size();
    }
    waiting.push_back(std::move(next));
  }

  /// Writes what the window allows; events that nobody takes end the session before they fill the memory.
  void push_out(Moment now) {
    write_waiting(now);
    if (conversation.waiting_event_bytes > options.queues.event_bytes)
      end(make_error(Errc::backpressure, {}, "events"), false, std::nullopt, close_protocol_error);
  }

  std::optional<Error> check_sendable(Message const& message) const {
    auto const type = MessageType::of(message);
    if (conversation.session.empty() || (phase != Phase::open && !is_ordered(type)))
      return make_error(Errc::not_connected);
    if (delivery_class(type) == DeliveryClass::session) return make_error(Errc::invalid_argument);
    if (!may_send(role, type)) return make_error(Errc::wrong_role);
    if (is_claim(type) && options.claims == Claims::endpoint)
      return make_error(Errc::invalid_argument, {}, "sessions claim by themselves");
    if (!is_ordered(type) && !window_allows(type)) return make_error(Errc::backpressure);
    return std::nullopt;
  }

  /// The params of a request that fits into a frame whatever number it gets.
  Result<std::string> compose(Message const& message) {
    if (auto const frame = writer().encode(RequestId::number(RequestId::max_number), message); !frame)
      return frame.error();
    return writer().encode_params(message);
  }

  Result<RequestKey> send(Message const& message, std::optional<std::string_view> given, Moment now) {
    if (auto error = check_sendable(message)) return *std::move(error);
    auto const type = MessageType::of(message);
    std::string composed;
    if (!given) {
      auto params = compose(message);
      if (!params) return params.error();
      composed = *std::move(params);
      given = composed;
    } else if (detail::longest_request(type, given->size()) > writer().options().limits.frame_bytes) {
      // What is forwarded was checked when it came: its length alone is open.
      return make_error(Errc::too_large);
    }
    if (is_ordered(type)) {
      auto const key = ++last_key;
      if (phase == Phase::open && conversation.waiting.empty() && window_allows(type)) {
        write_ordered(key, message, *given, now);
      } else {
        wait({key, message, std::string{*given}});
        push_out(now);
      }
      return key;
    }
    Sent request;
    request.type = type;
    request.lifetime = lifetime_of(message, options.times);
    if (auto const* dial = std::get_if<DialRequest>(&message); dial && options.claims == Claims::endpoint) {
      // An issuer's own dials end by the ledger.
      detail::OpenDial const open{request.lifetime, now};
      if (!conversation.dials.emplace(dial->dial_id, open).second)
        return make_error(Errc::invalid_argument, "/dialId", "already open");
      request.dial_id = dial->dial_id;
    } else {
      // A relay only has to forget what nobody will answer any more.
      request.limit = request.lifetime;
      if (type == type_of<DialRequest>) *request.limit += options.times.after_lifetime + options.times.after_grant;
    }
    request.key = ++last_key;
    auto const key = request.key;
    write(std::move(request), *given, now);
    return key;
  }

  /// Tells the application how a request of ours ended. Its number stays taken until the peer answers.
  void conclude(Sent& request, Result<Answer>&& outcome, Moment now) {
    if (request.done) return;
    request.done = true;
    if (request.claims_for != 0) {
      auto const* claim = outcome ? std::get_if<DialClaimResult>(&*outcome) : nullptr;
      return claimed(request, claim && claim->granted, now);
    }
    if (auto const dial = conversation.dials.find(request.dial_id); dial != conversation.dials.end()) {
      if (!outcome) outcome = dial->second.settle(std::move(outcome).error());
      conversation.dials.erase(dial);
    }
    act(Answered{request.key, request.type, std::move(outcome)});
  }

  void receive_answer(std::int64_t id, Result<Answer>&& outcome, Moment now) {
    auto node = conversation.sent.extract(id);
    auto& request = node.mapped();
    conversation.sent_bytes -= request.frame.size();
    if (!is_ordered(request.type)) --conversation.sent_in_time;
    conclude(request, std::move(outcome), now);
    detail::give_spare_frame(std::move(request.frame));
    write_waiting(now);
  }

  /// After a resume: everything unanswered again, with its number. What is no longer worth doing goes as Void, for good:
  /// the newer state that replaced it may be answered before it.
  void repeat(Moment now) {
    auto& sent = conversation.sent;
    auto const superseded = [&](std::int64_t id, MessageType type) {
      auto const same_slot = [&](MessageType other) { return is_state(other) && slot(other) == slot(type); };
      return is_state(type) &&
             (std::any_of(sent.upper_bound(id), sent.end(),
                          [&](auto const& entry) { return same_slot(entry.second.type); }) ||
              std::any_of(conversation.waiting.begin(), conversation.waiting.end(),
                          [&](Waiting const& waiting) { return same_slot(MessageType::of(waiting.message)); }));
    };
    for (auto& [id, request] : sent) {
      bool const late = !is_ordered(request.type) && request.age.at(now) >= request.lifetime;
      if (request.done || late || superseded(id, request.type)) {
        conversation.sent_bytes -= request.frame.size();
        request.frame = codec.encode(RequestId::number(id), Void{}).value();
        conversation.sent_bytes += request.frame.size();
      }
      transmit(request.frame, now);
    }
  }

  // -- requests of the peer

  void deliver(InLine&& next, std::chrono::milliseconds limit, Moment now) {
    auto const type = MessageType::of(next.delivery.message);
    conversation.handling.emplace(next.delivery.key, Handling{next.id, type, Age{now}, limit});
    act(std::move(next.delivery));
  }

  // Flex, before it dials: does the issuer still want it?
  void begin_dial(InLine&& next, Moment now) {
    if (open_dial || !window_allows(type_of<DialClaimRequest>))
      return reply_error(next.id, make_error(Errc::agent_busy), now);
    DialClaimRequest const claim{.dial_id = std::get<DialRequest>(next.delivery.message).dial_id};
    Sent request;
    request.key = ++last_key;
    request.type = type_of<DialClaimRequest>;
    request.lifetime = options.times.grant;
    request.limit = options.times.grant;
    request.claims_for = next.delivery.key;
    open_dial = next.delivery.key;
    conversation.claimed_dial = std::make_unique<InLine>(std::move(next));
    write(std::move(request), codec.encode_params(claim).value(), now);
  }

  // A claim that had no answer in time is over: no grant gets here later.
  void claimed(Sent const& claim, bool granted, Moment now) {
    auto const dial = std::exchange(conversation.claimed_dial, nullptr);
    auto& next = *dial;
    if (granted) {
      next.delivery.start_before = claim.age.reaches(options.times.grant);
      return deliver(std::move(next), options.times.handle_dial, now);
    }
    open_dial.reset();
    reply_error(next.id, make_error(Errc::expired), now);
  }

  // Starts what stands at the head of the line.
  void advance(Moment now) {
    auto& line = conversation.line;
    while (!line.empty() && !conversation.in_order) {
      auto next = std::move(line.front());
      line.pop_front();
      start(std::move(next), now);
    }
  }

  void start(InLine&& next, Moment now) {
    auto const type = MessageType::of(next.delivery.message);
    bool const is_dial = type == type_of<DialRequest>;
    if (is_dial && options.claims == Claims::endpoint) return begin_dial(std::move(next), now);
    auto const& times = options.times;
    if (is_ordered(type)) conversation.in_order = next.delivery.key;
    deliver(std::move(next),
            is_dial            ? times.handle_dial
            : is_ordered(type) ? times.handle_state
                               : times.handle_command,
            now);
  }

  void release(RequestKey key, Moment now) {
    if (conversation.in_order != key) return;
    conversation.in_order.reset();
    advance(now);
  }

  /// True when a number is new. A repeated one is answered again if it was answered, and left alone if its handler
  /// still runs; any other ends the session.
  bool take_number(RequestId given, Moment now) {
    auto const id = given.number();
    auto& received = conversation.received;
    if (id == received.last() + 1) {
      if (received.take_next()) return true;
      protocol_error(make_error(Errc::invalid_id, {}, "beyond the window"));
      return false;
    }
    auto const* const known = received.find(id);
    if (!known)
      protocol_error(make_error(Errc::invalid_id, {}, "out of order"));
    else if (*known)
      transmit((*known)->empty() ? null_answer(given) : **known, now);
    return false;
  }

  void receive_request(Request&& request, Moment now) {
    auto const type = MessageType::of(request.message);
    if (type == type_of<Ping>) return transmit(null_answer(RequestId::ping()), now);
    if (auto const* bye = std::get_if<Bye>(&request.message)) {
      auto error =
          make_error(Errc::closed, {}, std::string{enum_words(ByeReason{})[static_cast<std::size_t>(bye->reason)]});
      error.retry_after = detail::bounded_time(bye->retry_after_ms.value_or(0));
      return end(std::move(error), is_terminal(bye->reason), bye->reason, close_normal);
    }
    if (type == type_of<Hello>) return protocol_error(make_error(Errc::invalid_request, {}, "second Hello"));
    if (!take_number(*request.id, now)) return;

    auto const id = request.id->number();
    // Not worth doing any more, and never begun.
    if (type == type_of<Void>) return reply_error(id, make_error(Errc::expired), now);
    if (!may_send(opposite(role), type)) {
      act(Problem{make_error(Errc::wrong_role)});
      return reply_error(id, make_error(Errc::wrong_role), now);
    }
    if (auto const* claim = std::get_if<DialClaimRequest>(&request.message);
        claim && options.claims == Claims::endpoint) {
      DialClaimResult const answer{.granted = detail::claim(conversation.dials, claim->dial_id, now)};
      return reply(id, codec.encode_answer(*request.id, answer).value(), now);
    }
    InLine next{id, Deliver{++last_key, std::move(request.message), std::move(request.params), std::nullopt}};
    if (!conversation.in_order) return start(std::move(next), now);  // then the line is empty
    conversation.line.push_back(std::move(next));
  }

  void receive_refusal(Refusal&& refusal, Moment now) {
    if (!refusal.id) return protocol_error(std::move(refusal.error));
    act(Problem{refusal.error});
    if (refusal.is_response) {
      // The answer to a request of ours makes no sense: that is all there will be.
      if (refusal.id->is_number() && conversation.sent.contains(refusal.id->number()))
        receive_answer(refusal.id->number(), make_error(Errc::peer_error), now);
      return;
    }
    if (!refusal.id->is_number()) return transmit(codec.encode_error(refusal.id, refusal.error), now);
    if (take_number(*refusal.id, now)) reply_error(refusal.id->number(), refusal.error, now);
  }

  // -- opening

  void begin(HelloResult result, bool reset) {
    phase = Phase::open;
    lost.reset();
    had_session = true;
    conversation.session = result.session;
    act(Opened{std::move(result), reset});
  }

  void keep_within(WireLimits const& server) {
    auto options_there = options.codec;
    auto& limits = options_there.limits;
    auto const keep = [](std::size_t& ours, std::int64_t theirs) {
      ours = std::min(ours, static_cast<std::size_t>(theirs));
    };
    keep(limits.frame_bytes, server.frame_bytes);
    keep(limits.depth, server.depth);
    keep(limits.members, server.members);
    keep(limits.text_bytes, server.text_bytes);
    narrower.reset();
    if (limits != options.codec.limits) narrower.emplace(options_there);
  }

  void greeted(HelloResult const& result, Moment now) {
    if (result.protocol != protocol_version)
      return end(make_error(Errc::protocol_version), true, std::nullopt, close_normal);
    bool const resumed = result.resumed && result.session == conversation.session;
    if (result.resumed && !resumed)
      return protocol_error(make_error(Errc::invalid_request, {}, "resumed another session"));
    hello.takeover.reset();  // a person said it once; a reconnect says nothing of the kind
    idle = detail::bounded_time(result.idle_ms);
    keep_within(result.limits);
    if (resumed) {
      begin(result, false);
      repeat(now);
      return write_waiting(now);
    }
    if (!conversation.session.empty()) end(make_error(Errc::session_lost), false, std::nullopt, std::nullopt);
    begin(result, had_session);
    auto const events = std::exchange(unacknowledged, {});
    for (auto event : events) {
      mark_repeated(event.message);
      auto params = compose(event.message);
      if (!params) {
        act(Answered{event.key, MessageType::of(event.message), params.error()});
        continue;
      }
      event.params = *std::move(params);
      wait(std::move(event));
    }
    push_out(now);
  }

  // Before the session is open only Hello and its answer are allowed.
  void greet(Frame frame, Moment now) {
    if (is_client) {
      auto* response = std::get_if<Response>(&frame);
      if (auto* refusal = std::get_if<Refusal>(&frame)) return protocol_error(std::move(refusal->error));
      if (!response || response->id != RequestId::hello())
        return protocol_error(make_error(Errc::invalid_request, {}, "expected the answer to Hello"));
      if (response->outcome) return greeted(std::get<HelloResult>(*response->outcome), now);
      auto error = std::move(response->outcome).error();
      bool const terminal = is_terminal(error);
      return end(std::move(error), terminal, std::nullopt, close_normal);
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
    hello = *greeting;
    role = opposite(hello.role);
    act(HelloReceived{std::move(*greeting)});
  }

  void refuse(Error const& error, Moment now) {
    transmit(codec.encode_error(RequestId::hello(), Error{error.code, {}, {}, error.retry_after}), now);
    end(error, is_terminal(error), std::nullopt, close_normal);
  }

  // Server: answers Hello; version, times and limits are this session's own.
  void welcome(HelloResult result, Moment now) {
    auto const& limits = options.codec.limits;
    result.protocol = protocol_version;
    result.idle_ms = options.times.idle.count();
    result.limits = {static_cast<std::int64_t>(limits.frame_bytes), static_cast<std::int64_t>(limits.depth),
                     static_cast<std::int64_t>(limits.members), static_cast<std::int64_t>(limits.text_bytes)};
    auto frame = codec.encode_answer(RequestId::hello(), result);
    if (!frame) return refuse(make_error(Errc::internal_error), now);
    transmit(*std::move(frame), now);
    begin(std::move(result), false);
  }

  void attach(Moment now) {
    phase = Phase::greeting;
    last_seen = now;
    connected = spoken = heard = Age{now};
  }

  void receive(std::string_view text, Moment now) {
    if (!is_attached()) return;
    // After a sleep or a silence the connection ends before another frame is looked at.
    tick(now);
    if (!is_attached()) return;
    heard = Age{now};
    auto frame = codec.decode(text, [this](RequestId id) -> std::optional<MessageType> {
      if (id == RequestId::hello()) return type_of<Hello>;
      if (!id.is_number()) return std::nullopt;
      auto const found = conversation.sent.find(id.number());
      return found == conversation.sent.end() ? std::nullopt : std::optional{found->second.type};
    });
    if (phase == Phase::greeting) return greet(std::move(frame), now);
    if (phase == Phase::authorizing)
      return protocol_error(make_error(Errc::invalid_request, {}, "sent before Hello was answered"));

    if (auto* request = std::get_if<Request>(&frame)) return receive_request(std::move(*request), now);
    if (auto* refusal = std::get_if<Refusal>(&frame)) return receive_refusal(std::move(*refusal), now);
    auto& response = std::get<Response>(frame);
    if (response.id == RequestId::ping()) return;
    if (!response.id) return act(Problem{std::move(response.outcome).error()});
    if (!response.id->is_number() || !conversation.sent.contains(response.id->number()))
      return act(Problem{make_error(Errc::invalid_id, {}, "answer to nothing")});
    receive_answer(response.id->number(), std::move(response.outcome), now);
  }

  // -- time

  void time_out_handlers(Moment now) {
    std::vector<std::pair<RequestKey, std::int64_t>> late;
    for (auto& [key, request] : conversation.handling)
      if (request.age.at(now) >= request.limit) late.emplace_back(key, request.id);
    for (auto const& [key, id] : late) {
      conversation.handling.erase(key);
      reply_error(id, make_error(Errc::handler_timeout), now);
      release(key, now);
    }
  }

  void time_out_answers(Moment now) {
    if (conversation.sent_in_time == 0) return;
    for (auto& [id, request] : conversation.sent) {
      if (request.done) continue;
      if (auto const dial = conversation.dials.find(request.dial_id); dial != conversation.dials.end()) {
        if (auto error = dial->second.overdue(now, options.times)) conclude(request, *std::move(error), now);
      } else if (request.limit && request.age.at(now) >= *request.limit) {
        conclude(request, make_error(Errc::timed_out), now);
      }
    }
  }

  void tick(Moment now) {
    if (phase == Phase::over) return;
    notice_sleep(now);
    if ((phase == Phase::greeting || phase == Phase::authorizing) && connected.at(now) >= options.times.hello) {
      act(CloseTransport{close_time_out});
      detach(make_error(Errc::timed_out, {}, "Hello"), now);
    } else if (phase == Phase::open && heard.at(now) >= idle) {
      act(CloseTransport{close_time_out});
      detach(make_error(Errc::timed_out, {}, "silence"), now);
    }
    time_out_handlers(now);
    time_out_answers(now);
    if (phase == Phase::detached && lost && lost->at(now) >= options.times.resume)
      end(make_error(Errc::session_lost), false, std::nullopt, std::nullopt);
    if (phase == Phase::open && spoken.at(now) >= options.times.ping_after)
      transmit(codec.encode(RequestId::ping(), Ping{}).value(), now);
  }

  std::optional<Steady> deadline() const {
    if (phase == Phase::over) return std::nullopt;
    std::optional<Steady> first;
    auto const consider = [&](Steady deadline) { first = first ? std::min(*first, deadline) : deadline; };
    auto const reaching = [&](Age const& age, std::chrono::milliseconds limit) { consider(age.reaches(limit).steady); };
    if (phase == Phase::greeting || phase == Phase::authorizing) reaching(connected, options.times.hello);
    if (phase == Phase::open) {
      reaching(heard, idle);
      reaching(spoken, options.times.ping_after);
    }
    if (lost && phase == Phase::detached) reaching(*lost, options.times.resume);
    for (auto const& [key, request] : conversation.handling) reaching(request.age, request.limit);
    if (conversation.sent_in_time == 0) return first;
    for (auto const& [id, request] : conversation.sent) {
      if (request.done) continue;
      if (request.limit) reaching(request.age, *request.limit);
      if (auto const dial = conversation.dials.find(request.dial_id); dial != conversation.dials.end())
        consider(dial->second.deadline(options.times));
    }
    return first;
  }
};

Session::Session(std::unique_ptr<State> state) : state_{std::move(state)} {}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

Session Session::client(Hello hello, SessionOptions options) {
  auto state = std::make_unique<State>(std::move(options), true, nullptr);
  state->role = hello.role;
  state->hello = std::move(hello);
  return Session{std::move(state)};
}

Session Session::server(SessionOptions options, std::shared_ptr<Codec> codec) {
  return Session{std::make_unique<State>(std::move(options), false, std::move(codec))};
}

void Session::opened(Moment now) {
  auto& state = *state_;
  if (state.phase == State::Phase::over) return;
  if (state.is_attached()) state.detach(make_error(Errc::not_connected), now);
  if (state.phase == State::Phase::over) return;
  state.attach(now);
  if (!state.is_client) return;
  state.hello.resume.reset();
  if (!state.conversation.session.empty()) state.hello.resume = ResumeOffer{state.conversation.session};
  auto frame = state.codec.encode(RequestId::hello(), state.hello);
  if (!frame) return state.end(std::move(frame).error(), true, std::nullopt, close_normal);
  state.transmit(*std::move(frame), now);
}

void Session::identify(std::string token) {
  state_->hello.token.reset();
  if (!token.empty()) state_->hello.token = std::move(token);
}

void Session::receive(std::string_view frame, Moment now) { state_->receive(frame, now); }

Result<RequestKey> Session::send(Message const& message, Moment now) {
  return state_->send(message, std::nullopt, now);
}

Result<RequestKey> Session::forward(Message const& message, std::string_view params, Moment now) {
  return state_->send(message, params, now);
}

bool Session::answer(RequestKey key, Result<Answer> const& outcome, Moment now) {
  auto& state = *state_;
  // The agent is free for the next dial even when this answer comes too late.
  if (state.open_dial == key) state.open_dial.reset();
  auto const found = state.conversation.handling.extract(key);
  if (found.empty()) return false;
  auto const [id, type, age, limit] = found.mapped();
  auto const wire_id = RequestId::number(id);
  bool const is_result = outcome && outcome->index() == detail::entry_of(type).result;
  if (is_result && std::holds_alternative<NullResult>(*outcome)) {
    state.reply_null(id, now);
  } else if (is_result) {
    if (auto frame = state.writer().encode_answer(wire_id, *outcome)) {
      state.reply(id, *std::move(frame), now);
    } else {
      state.act(Problem{frame.error()});
      state.reply_error(id, make_error(Errc::internal_error), now);
    }
  } else {
    state.reply_error(id, outcome ? make_error(Errc::internal_error) : outcome.error(), now);
  }
  state.release(key, now);
  return true;
}

void Session::accept(Role role, HelloResult result, Moment now) {
  auto& state = *state_;
  if (state.phase != State::Phase::authorizing) return;
  state.role = opposite(role);
  result.resumed = false;
  state.welcome(std::move(result), now);
}

bool Session::resume(Session& fresh, Moment now) {
  auto& state = *state_;
  auto& newcomer = *fresh.state_;
  auto const& offer = newcomer.hello.resume;
  bool const same = newcomer.phase == State::Phase::authorizing && offer && !state.is_client &&
                    state.phase != State::Phase::over && !state.conversation.session.empty() &&
                    offer->session == state.conversation.session && newcomer.hello.agent == state.hello.agent &&
                    newcomer.hello.role == state.hello.role && newcomer.hello.instance == state.hello.instance;
  bool const in_time = !state.lost || state.lost->at(now) < state.options.times.resume;
  if (!same || !in_time) return false;
  newcomer.phase = State::Phase::over;
  state.attach(now);
  state.welcome(HelloResult{.session = state.conversation.session, .resumed = true}, now);
  state.repeat(now);
  state.write_waiting(now);
  return true;
}

void Session::refuse(Error const& error, Moment now) {
  if (state_->phase == State::Phase::authorizing) state_->refuse(error, now);
}

void Session::bye(Bye const& bye, Moment now) {
  auto& state = *state_;
  if (state.phase == State::Phase::open)
    if (auto frame = state.codec.encode(std::nullopt, bye)) state.transmit(*std::move(frame), now);
  bool const going_away = !state.is_client && bye.reason == ByeReason::shutdown;
  state.end(make_error(Errc::closed), is_terminal(bye.reason), bye.reason,
            going_away ? close_going_away : close_normal);
}

void Session::lost(Moment now) {
  if (state_->is_attached()) state_->detach(make_error(Errc::not_connected), now);
}

void Session::tick(Moment now) { state_->tick(now); }

std::optional<Action> Session::next() {
  auto& actions = state_->actions;
  if (actions.empty()) return std::nullopt;
  std::optional<Action> action{std::move(actions.front())};
  if (auto* const spares = detail::of_this_thread<SpareActions>())
    spares->take_first(actions);
  else
    actions.pop_front();
  return action;
}

std::optional<Steady> Session::deadline() const { return state_->deadline(); }
bool Session::is_open() const noexcept { return state_->phase == State::Phase::open; }
Role Session::role() const noexcept { return state_->role; }

}  // namespace flexcrm
