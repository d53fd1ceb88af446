// Two sessions and a script. The script is text, a line is one input, its first character says which; small
// letters are the client's and capitals the server's:
//
//   o       a new connection; a side that had one already learns of its loss by the new one, or never
//   a A     the next frame under way arrives
//   *       all frames arrive, until none is under way
//   f F x   the text x arrives as a frame
//   s S n   the application sends message n of a list, or the one in the frame n; p P n: as a hub does
//   r R n   the application answers the request that was delivered first, in the way n
//   h n     the server's application decides about Hello: 0 accepts, 1 refuses, 2 resumes if it can
//   b B n   the application says Bye
//   l L     the connection is lost
//   t T n   n ms pass; d D: the time until the deadline passes
//   w W n   somebody sets the wall clock on (or back) by n ms
//
// Only the first line differs: a number whose bits choose the options.

#include "fuzz.hpp"

#include "messages/registry.hpp"

#include <flexcrm/session.hpp>

#include <algorithm>
#include <charconv>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

using namespace flexcrm;
using namespace std::chrono_literals;
using test::require;

namespace {

using Millis = std::chrono::milliseconds;

/// Short frames reach the same rules sooner.
constexpr Limits limits{.frame_bytes = 4096};

std::string sid(std::string const& prefix) { return prefix + std::string(32, '1'); }

std::vector<Message> const messages = [] {
  auto const task = sid("WT");
  Timestamp const at{1s};
  auto const attributes = [](std::size_t bytes) {
    return Attributes::from_object({{"a", std::string(bytes, 'x')}}).value();
  };
  TaskChanged longest{.task_sid = task, .status = TaskStatus::wrapup, .at = at, .attributes = attributes(0)};
  auto const shortest = Codec{}.encode(RequestId::number(RequestId::max_number), longest).value();
  longest.attributes = attributes(limits.frame_bytes - shortest.size());
  return std::vector<Message>{
      TaskSelected{.attributes = attributes(1)},
      TaskDeselected{},
      AgentChanged{.availability = Availability::available},
      TaskChanged{.task_sid = task, .status = TaskStatus::accepted, .at = at},
      CallChanged{.task_sid = task, .at = at},
      Snapshot{},
      DialRequest{.destination = "+34911234567", .dial_id = "d-1"},
      DialRequest{.destination = "+34911234567", .dial_id = "d-2", .lifetime_ms = 1000},
      DialRequest{.destination = "+34911234567", .dial_id = "d-3", .lifetime_ms = 60000},
      DialClaimRequest{.dial_id = "d-1"},
      TaskControlRequest{.task_sid = task},
      SetAgentRequest{.availability = Availability::busy, .lifetime_ms = 1000},
      CallControlRequest{.task_sid = task},
      ContactLookupRequest{.text = "ana"},
      OpenRecordRequest{.record = {.id = "C-1"}, .lifetime_ms = 60000},
      LogActivityRequest{.task_sid = task},
      TaskChanged{.task_sid = task, .status = TaskStatus::wrapup, .at = at, .attributes = attributes(900)},
      TaskSelected{.attributes = attributes(limits.frame_bytes)},
      longest,
      TaskSelected{.attributes = Attributes::from_text(R"({"a":{"b":{"c":{}}}})").value()},
      DialRequest{},
      Hello{.agent = "ana", .instance = "i-1"},
      Ping{},
      Bye{},
      Void{},
  };
}();

/// The answer to a request, in the way that a script says: right, an error, or one that makes no sense.
Result<Answer> answer_to(Message const& request, std::int64_t way) {
  auto const type = MessageType::of(request);
  switch (way) {
    case 0:
      if (type == type_of<DialRequest>) return Answer{DialResult{.destination = "+34911234567"}};
      if (type == type_of<DialClaimRequest>) return Answer{DialClaimResult{.granted = true}};
      return detail::answer_entries()[detail::entry_of(type).result].make();
    case 1: return make_error(Errc::agent_busy, {}, "48427");
    case 2: return make_error(Errc::failed, {}, "no_task");
    case 3: return make_error(Errc::internal_error);
    case 4: return make_error(Errc::invalid_params, "/" + std::string(255, '\x01'));
    case 5: return make_error(Errc::not_connected);
    case 6: {
      ContactLookupResult result;
      result.matches.resize(40, ContactMatch{.id = "C-1", .name = std::string(50, 'n')});
      return Answer{result};
    }
    default: return Answer{DialResult{.destination = "nobody"}};
  }
}

/// One side: a session, its application, and its end of the connection. It checks what the session promises.
class Side {
 public:
  Side(Session given, SessionOptions const& options, bool is_client)
      : session_{std::move(given)}, options_{options}, is_client_{is_client} {}

  std::optional<Hello> const& hello() const { return hello_; }

  std::optional<std::string> take_frame() {
    if (outgoing_.empty()) return std::nullopt;
    auto frame = std::move(outgoing_.front());
    outgoing_.pop_front();
    return frame;
  }

  // -- inputs

  void open() {
    outgoing_.clear();
    is_attached_ = true;
    is_open_ = false;
    session_.opened(now_);
    drain();
  }
  /// The transport of `fresh` becomes this session's.
  bool resume(Side& fresh) {
    if (!session_.resume(fresh.session_, now_)) return false;
    outgoing_.clear();
    is_attached_ = true;
    is_open_ = false;  // over the older connection, if it still was
    fresh.is_attached_ = false;
    drain();
    fresh.drain();
    return true;
  }
  void accept(std::string session) {
    session_.accept(hello_->role, HelloResult{.session = std::move(session)}, now_);
    drain();
  }
  void refuse() {
    session_.refuse(make_error(Errc::unauthorized, "/token"), now_);
    drain();
  }
  void receive(std::string_view frame) {
    session_.receive(frame, now_);
    drain();
  }
  void lose() {
    outgoing_.clear();
    is_attached_ = is_open_ = false;
    session_.lost(now_);
    drain();
  }
  void bye(std::int64_t reason) {
    session_.bye(Bye{.reason = static_cast<ByeReason>(reason % 3)}, now_);
    drain();
  }
  void send(std::string_view frame) {
    auto const read = Codec{}.decode(frame);
    if (auto const* request = std::get_if<Request>(&read)) send(request->message, false);
  }
  void send(Message const& message, bool forwarded) {
    auto const params = forwarded ? peer_.encode_params(message) : Result<std::string>{""};
    if (!params) return;
    auto const key = forwarded ? session_.forward(message, *params, now_) : session_.send(message, now_);
    if (key) take_key(*key);
    if (key) sent_.emplace(*key, MessageType::of(message));
    drain();
  }
  void reply(std::int64_t way) {
    if (delivered_.empty()) return;
    auto const [key, message] = *delivered_.begin();
    delivered_.erase(delivered_.begin());
    session_.answer(key, answer_to(message, way), now_);
    require(!session_.answer(key, make_error(Errc::failed), now_), "a request is answered once");
    drain();
  }
  void set_wall(Millis change) { now_.wall += change; }
  void pass(Millis time) {
    now_.steady += time;
    now_.wall += time;
    // One tick may not do everything that is due, but a few do.
    for (int i = 0; i < 4; ++i) {
      session_.tick(now_);
      drain();
    }
    auto const deadline = session_.deadline();
    require(!deadline || *deadline > now_.steady, "after a tick the deadline is in the future");
  }
  void pass_until_deadline() {
    if (auto const deadline = session_.deadline())
      pass(std::max(0ms, std::chrono::ceil<Millis>(*deadline - now_.steady)));
  }

  /// The application leaves: everything that it sent has had an end.
  void finish() {
    session_.bye(Bye{}, now_);
    drain();
    require(sent_.empty(), "each request has an outcome in the end");
    require(!session_.deadline(), "a session that is over has no deadline");
    session_.opened(now_);
    session_.receive("{}", now_);
    session_.tick(now_);
    require(session_.send(messages.front(), now_).has_error() && !session_.next(), "what is over says nothing");
  }

 private:
  void drain() {
    auto const bound = 300 + 2 * sent_.size();
    std::size_t actions = 0;
    while (auto action = session_.next()) {
      require(++actions <= bound, "an input causes a bounded number of actions");
      std::visit([this](auto& what) { on(what); }, *action);
    }
    require(session_.is_open() == is_open_, "is_open() follows the actions");
  }

  void take_key(RequestKey key) { require(keys_.insert(key).second, "a key is never given twice"); }

  void on(SendFrame& frame) {
    require(is_attached_, "nothing is sent without a connection");
    auto const read = peer_.decode(frame.text);
    require(!std::holds_alternative<Refusal>(read), "the peer can read what is sent");
    outgoing_.push_back(std::move(frame.text));
  }
  void on(Opened& opened) {
    require(is_attached_ && !is_open_, "only a connection opens");
    is_open_ = true;
    if (!is_client_) return;
    is_over_ = false;  // tried again after `unauthorized`
    auto const& told = opened.hello.limits;
    auto read_there = options_.codec;
    read_there.limits = {static_cast<std::size_t>(told.frame_bytes), static_cast<std::size_t>(told.depth),
                         static_cast<std::size_t>(told.members), static_cast<std::size_t>(told.text_bytes)};
    peer_ = Codec{read_there};
  }
  void on(HelloReceived& received) {
    require(!is_client_ && is_attached_, "a server awaits Hello");
    hello_ = std::move(received.hello);
  }
  void on(Deliver& delivery) {
    auto const type = MessageType::of(delivery.message);
    take_key(delivery.key);
    auto const from = sender(type);
    require(from == Sender::both || from == (session_.role() == Role::flex ? Sender::crm : Sender::flex),
            "only what the peer may send is delivered");
    require(delivery_class(type) != DeliveryClass::session, "the session's own messages are not delivered");
    if (options_.claims == Claims::endpoint) {
      require(type != type_of<DialClaimRequest>, "an endpoint's session answers claims");
      if (type == type_of<DialRequest>) {
        require(delivery.start_before && delivery.start_before->steady <= now_.steady + options_.times.grant,
                "a dial is delivered with its grant");
        auto const is_dial = [](auto const& entry) { return std::holds_alternative<DialRequest>(entry.second); };
        require(std::none_of(delivered_.begin(), delivered_.end(), is_dial), "one open dial at a time");
      }
    }
    delivered_.emplace(delivery.key, std::move(delivery.message));
  }
  void on(Answered& answered) {
    auto const request = sent_.find(answered.key);
    require(request != sent_.end(), "an outcome is for a request without one");
    require(request->second == answered.type, "an outcome is for the type that was sent");
    require(!answered.outcome || answered.outcome->index() == detail::entry_of(answered.type).result,
            "a request has its own kind of answer");
    sent_.erase(request);
  }
  void on(Problem&) {}
  void on(Ended& ended) {
    is_open_ = false;
    is_over_ = is_over_ || !is_client_ || ended.terminal;
    for (auto const& [key, type] : sent_)
      require(!is_over_ && delivery_class(type) == DeliveryClass::event,
              "an end tells all outcomes, but of events that go on");
  }
  void on(CloseTransport&) {
    is_attached_ = is_open_ = false;  // what was written before still arrives
  }

  Session session_;
  SessionOptions options_;
  bool is_client_;
  Codec peer_{options_.codec};  // reads what is sent
  Moment now_{std::chrono::steady_clock::time_point{1h}, std::chrono::system_clock::time_point{24h}};
  std::deque<std::string> outgoing_;
  std::optional<Hello> hello_;
  bool is_attached_ = false;
  bool is_open_ = false;
  bool is_over_ = false;
  std::set<RequestKey> keys_;
  std::map<RequestKey, MessageType> sent_;   // without an outcome
  std::map<RequestKey, Message> delivered_;  // without an answer
};

class World {
 public:
  explicit World(std::int64_t bits) {
    SessionOptions client;
    client.codec.limits = server_options_.codec.limits = limits;
    if ((bits & 4) != 0) client.times.resume = server_options_.times.resume = 0ms;
    if ((bits & 8) != 0) client.queues.event_bytes = server_options_.queues.event_bytes = 2000;
    if ((bits & 32) != 0) client.queues.unanswered_bytes = server_options_.queues.unanswered_bytes = 500;
    if ((bits & 2) != 0) server_options_.claims = Claims::relay;
    if ((bits & 16) != 0) server_options_.codec.limits = test::least_limits;
    auto const role = (bits & 1) != 0 ? Role::flex : Role::crm;
    client_ = std::make_unique<Side>(Session::client(Hello{.role = role, .agent = "ana", .instance = "i-1"}, client),
                                     client, true);
  }

  void line(char input, std::string_view text) {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    number = std::clamp<std::int64_t>(number, -3'600'000, 3'600'000);
    auto const count = std::abs(number);
    Side* const side = input >= 'a' ? client_.get() : server_;
    Side* const peer = input >= 'a' ? server_ : client_.get();
    auto const& message = messages[static_cast<std::size_t>(count) % messages.size()];
    if (input == 'o') return connect();
    if (input == '*') return carry_all();
    if (input == 'h') return decide(number);
    if (!side) return;
    switch (input | 0x20) {
      case 'a': carry(peer, side); break;
      case 'f': side->receive(text); break;
      case 's': text.starts_with('{') ? side->send(text) : side->send(message, false); break;
      case 'p': side->send(message, true); break;
      case 'r': side->reply(count); break;
      case 'b': side->bye(count); break;
      case 'l': side->lose(); break;
      case 't': side->pass(Millis{count}); break;
      case 'd': side->pass_until_deadline(); break;
      case 'w': side->set_wall(Millis{number}); break;
    }
  }

  void finish() {
    client_->finish();
    for (auto& server : servers_) server->finish();
  }

 private:
  void connect() {
    if (servers_.size() == 16) return;
    servers_.push_back(std::make_unique<Side>(Session::server(server_options_), server_options_, false));
    server_ = servers_.back().get();
    server_->open();
    client_->open();
  }
  bool carry(Side* from, Side* to) {
    auto const frame = from && to ? from->take_frame() : std::nullopt;
    if (frame) to->receive(*frame);
    return frame.has_value();
  }
  void carry_all() {
    for (int i = 0; i < 1000; ++i) {
      bool const up = carry(client_.get(), server_);
      bool const down = carry(server_, client_.get());
      if (!up && !down) return;
    }
    require(false, "two sessions do not talk for ever");
  }
  void decide(std::int64_t how) {
    if (!server_ || !server_->hello()) return;
    if (how == 1) return server_->refuse();
    if (how == 2)
      for (auto& older : servers_)
        if (older.get() != server_ && older->resume(*server_)) {
          server_ = older.get();
          return;
        }
    server_->accept("s-" + std::to_string(servers_.size()));
  }

  SessionOptions server_options_;
  std::unique_ptr<Side> client_;
  std::vector<std::unique_ptr<Side>> servers_;
  Side* server_ = nullptr;  // of the newest connection
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto script = test::text_of(data, size);
  auto const next_line = [&] {
    auto const end = std::min(script.find('\n'), script.size());
    auto const line = script.substr(0, end);
    script.remove_prefix(std::min(end + 1, script.size()));
    return line;
  };
  std::int64_t bits = 0;
  auto const first = next_line();
  std::from_chars(first.data(), first.data() + first.size(), bits);
  World world{bits};
  for (int lines = 0; lines < 1000 && !script.empty(); ++lines)
    if (auto const line = next_line(); !line.empty()) world.line(line.front(), line.substr(1));
  world.finish();
  return 0;
}
