// The shared scenarios of a session: tests/vectors/session/*.json. What their members mean:
// tests/vectors/README.md.

#include "vectors.hpp"

#include <flexcrm/messages.hpp>

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <stdexcept>

using namespace flexcrm;
using namespace flexcrm::test;
using std::chrono::milliseconds;

namespace {

Moment const beginning{{}, std::chrono::system_clock::time_point{milliseconds{1'700'000'000'000}}};

[[noreturn]] void fail(std::string const& why) { throw std::runtime_error{why}; }

void require_members(json::object const& object, std::set<std::string_view> const& known) {
  for (auto const& [name, value] : object)
    if (!known.contains(name)) fail("unknown member " + std::string{name});
}

/// "$n" alone is the number, inside other text its digits.
json::value substitute(json::value const& value, std::int64_t n) {
  if (auto const* text = value.if_string()) {
    if (*text == "$n") return n;
    std::string changed{*text};
    for (auto at = changed.find("$n"); at != std::string::npos; at = changed.find("$n", at))
      changed.replace(at, 2, std::to_string(n));
    return json::value(changed);
  }
  json::value changed = value;
  if (auto* array = changed.if_array())
    for (auto& item : *array) item = substitute(item, n);
  if (auto* object = changed.if_object())
    for (auto& [name, item] : *object) item = substitute(item, n);
  return changed;
}

std::int64_t number(json::value const& value) { return value.to_number<std::int64_t>(); }
std::string_view text(json::value const& value) { return value.as_string(); }
std::string_view name_of(Error const& error) { return name(static_cast<Errc>(error.code.value())); }

std::string frame(std::string_view id, std::string_view rest) {
  std::string whole = R"({"jsonrpc":"2.0",)";
  if (!id.empty()) whole += "\"id\":" + std::string{id} + ",";
  return whole + std::string{rest} + "}";
}

Message read_message(Codec& codec, std::string_view method, json::value const& params) {
  std::string_view const id = method == "Hello"  ? "\"hello\""
                              : method == "Ping" ? "\"ping\""
                              : method == "Bye"  ? ""
                                                 : "1";
  auto decoded =
      codec.decode(frame(id, "\"method\":\"" + std::string{method} + "\",\"params\":" + json::serialize(params)));
  if (auto const* refusal = std::get_if<Refusal>(&decoded)) throw Exception{refusal->error};
  return std::get<Request>(std::move(decoded)).message;
}

Error read_error(json::object const& given) {
  require_members(given, {"reason", "pointer", "detail", "retryAfterMs"});
  for (auto const code : all_errors()) {
    if (name(code) != text(given.at("reason"))) continue;
    auto error = make_error(code, at(given, "pointer"), at(given, "detail"));
    if (auto const* wait = given.if_contains("retryAfterMs")) error.retry_after = milliseconds{number(*wait)};
    return error;
  }
  fail("unknown reason");
}

/// A frame of ours, without the sentences that are not normative.
json::value told_frame(std::string const& frame) {
  auto value = json::parse(frame);
  if (auto* error = value.as_object().if_contains("error")) {
    static_cast<void>(error->at("message").as_string());
    error->as_object().erase("message");
  }
  return value;
}

class Scenario {
 public:
  explicit Scenario(json::object const& vector)
      : is_server_{at(vector, "side") == "server"},
        role_{at(vector, "role") == "flex" ? Role::flex : Role::crm},
        options_{read_options(vector)},
        hello_{.role = role_, .agent = "ana", .instance = "i-1"},
        session_{make(vector)} {
    if (at(vector, "begin") != "new") {
      session_.opened(now_);
      if (is_server_) {
        session_.receive(standard_hello(), now_);
        session_.accept(other(role_), HelloResult{.session = "s-1"}, now_);
      } else {
        session_.receive(welcome({}), now_);
      }
      while (session_.next()) {
      }
      if (!session_.is_open()) fail("not open");
    }
    for (auto const& step : vector.at("steps").as_array()) {
      auto const* range = step.as_object().if_contains("for");
      if (!range) {
        run(step.as_object());
        continue;
      }
      require_members(step.as_object(), {"for", "steps"});
      for (auto n = number(range->at(0)); n <= number(range->at(1)); ++n)
        for (auto const& inner : step.at("steps").as_array()) run(substitute(inner, n).as_object());
    }
  }

 private:
  static Role other(Role role) { return role == Role::flex ? Role::crm : Role::flex; }

  static SessionOptions read_options(json::object const& vector) {
    SessionOptions options;
    auto const* given = vector.if_contains("options");
    if (!given) return options;
    require_members(given->as_object(), {"resumeMs", "idleMs", "eventBytes", "unansweredBytes", "claims", "limits"});
    options.codec = codec_options(given->as_object());
    if (auto const* value = given->as_object().if_contains("resumeMs"))
      options.times.resume = milliseconds{number(*value)};
    if (auto const* value = given->as_object().if_contains("idleMs")) options.times.idle = milliseconds{number(*value)};
    if (auto const* value = given->as_object().if_contains("eventBytes"))
      options.queues.event_bytes = static_cast<std::size_t>(number(*value));
    if (auto const* value = given->as_object().if_contains("unansweredBytes"))
      options.queues.unanswered_bytes = static_cast<std::size_t>(number(*value));
    if (at(given->as_object(), "claims") == "relay") options.claims = Claims::relay;
    return options;
  }

  Session make(json::object const& vector) {
    require_members(vector, {"about", "rule", "readers", "note", "side", "role", "hello", "options", "begin", "steps"});
    if (is_server_) return Session::server(options_);
    if (auto const* more = vector.if_contains("hello")) {
      require_members(more->as_object(), {"token", "takeover"});
      if (auto const* token = more->as_object().if_contains("token")) hello_.token = std::string{text(*token)};
      if (auto const* takeover = more->as_object().if_contains("takeover")) hello_.takeover = takeover->as_bool();
    }
    return Session::client(hello_, options_);
  }

  std::string standard_hello() {
    return codec_.encode(RequestId::hello(), Hello{.role = other(role_), .agent = "ana", .instance = "i-1"}).value();
  }

  /// The server's answer to Hello, with those members changed.
  static std::string welcome(json::object const& changed) {
    json::object result{{"session", "s-1"},
                        {"protocol", 1},
                        {"resumed", false},
                        {"idleMs", 25000},
                        {"limits", {{"frameBytes", 65536}, {"depth", 32}, {"members", 2048}, {"textBytes", 16384}}}};
    for (auto const& [name, value] : changed) result[name] = value;
    return frame("\"hello\"", "\"result\":" + json::serialize(result));
  }

  void run(json::object const& step) {
    try {
      if (auto const* steady = step.if_contains("at")) steady_ = milliseconds{number(*steady)};
      if (auto const* wall = step.if_contains("wall")) ahead_ = milliseconds{number(*wall)};
      now_ = {beginning.steady + steady_, beginning.wall + steady_ + ahead_};
      bool const ticks = step.contains("tick");
      if (!ticks && is_due()) fail("a time is over and nothing ticked");
      // A jump of the wall clock moves no timer.
      if (ticks && step.contains("expect") && ahead_ == milliseconds{0} && !is_due())
        fail("no timer would have ticked");
      input(step);
      expect(step);
      if (ticks && is_due()) fail("the deadline does not move on");
    } catch (std::exception const& error) {
      fail(json::serialize(step) + ": " + error.what());
    }
  }

  bool is_due() const { return session_.deadline() && *session_.deadline() <= now_.steady; }

  /// Hands the session the step's one input.
  void input(json::object const& step) {
    using Input = void (Scenario::*)(json::value const&, json::object const&);
    static std::map<std::string_view, Input> const inputs{
        {"opened", &Scenario::opened}, {"receive", &Scenario::receive}, {"welcome", &Scenario::receive_welcome},
        {"send", &Scenario::send},     {"answer", &Scenario::answer},   {"lost", &Scenario::lost},
        {"tick", &Scenario::tick},     {"bye", &Scenario::bye},         {"accept", &Scenario::accept},
        {"refuse", &Scenario::refuse}, {"resume", &Scenario::resume}};
    int known = 0;
    for (auto const& [name, value] : step) {
      auto const found = inputs.find(name);
      if (found == inputs.end()) continue;
      if (++known > 1) fail("two inputs");
      (this->*found->second)(value, step);
    }
    if (known == 0) fail("unknown step");
  }

  static void require_step(json::object const& step, std::set<std::string_view> more) {
    more.insert({"at", "wall", "expect"});
    require_members(step, more);
  }

  void opened(json::value const&, json::object const& step) {
    require_step(step, {"opened"});
    session_.opened(now_);
  }
  void receive(json::value const& given, json::object const& step) {
    require_step(step, {"receive"});
    session_.receive(given.is_string() ? std::string{text(given)} : json::serialize(given), now_);
  }
  void receive_welcome(json::value const& changed, json::object const& step) {
    require_step(step, {"welcome"});
    session_.receive(welcome(changed.as_object()), now_);
  }
  void send(json::value const& method, json::object const& step) {
    require_step(step, {"send", "params", "as", "refused", "pointer"});
    auto const key = session_.send(read_message(codec_, text(method), step.at("params")), now_);
    if (key.has_value() == step.contains("refused")) fail(key ? "it was sent" : to_string(key.error()));
    if (key && !keys_.emplace(at(step, "as"), *key).second) fail("a name twice");
    if (!key && (name_of(key.error()) != at(step, "refused") || key.error().pointer != at(step, "pointer")))
      fail(to_string(key.error()));
  }
  void answer(json::value const& name, json::object const& step) {
    require_step(step, {"answer", "result", "error", "late"});
    auto const key = keys_.at(std::string{text(name)});
    Result<Answer> outcome = Answer{NullResult{}};
    if (auto const* error = step.if_contains("error")) {
      outcome = read_error(error->as_object());
    } else {
      auto decoded = codec_.decode(frame("1", "\"result\":" + json::serialize(step.at("result"))),
                                   [&](RequestId) { return std::optional{types_.at(key)}; });
      if (auto const* refusal = std::get_if<Refusal>(&decoded)) throw Exception{refusal->error};
      outcome = std::get<Response>(std::move(decoded)).outcome;
    }
    bool const late = step.contains("late");
    if (session_.answer(key, outcome, now_) == late) fail(late ? "not too late" : "too late");
  }
  void lost(json::value const&, json::object const& step) {
    require_step(step, {"lost"});
    session_.lost(now_);
  }
  void tick(json::value const&, json::object const& step) {
    require_step(step, {"tick"});
    session_.tick(now_);
  }
  void bye(json::value const& params, json::object const& step) {
    require_step(step, {"bye"});
    session_.bye(std::get<Bye>(read_message(codec_, "Bye", params)), now_);
  }
  void accept(json::value const& given, json::object const& step) {
    require_step(step, {"accept"});
    session_.accept(text(given.at("role")) == "flex" ? Role::flex : Role::crm,
                    HelloResult{.session = std::string{text(given.at("session"))}}, now_);
  }
  void refuse(json::value const& error, json::object const& step) {
    require_step(step, {"refuse"});
    session_.refuse(read_error(error.as_object()), now_);
  }
  void resume(json::value const& hello, json::object const& step) {
    require_step(step, {"resume", "taken"});
    auto fresh = Session::server(options_);
    fresh.opened(now_);
    fresh.receive(json::serialize(hello), now_);
    while (fresh.next()) {
    }
    if (session_.resume(fresh, now_) == step.contains("taken")) fail("whether it goes on");
    if (fresh.next()) fail("the fresh session said something");
    if (fresh.deadline().has_value() == !step.contains("taken")) fail("whether the fresh session is over");
  }

  /// What came out is what the step expects, in order, and nothing else.
  void expect(json::object const& step) {
    std::vector<json::object> told;
    while (auto action = session_.next()) told.push_back(tell(*action));
    auto const* given = step.if_contains("expect");
    auto const expected = given ? given->as_array() : json::array{};
    for (std::size_t i = 0; i < std::max(told.size(), expected.size()); ++i) {
      if (i >= told.size()) fail("nothing came for " + json::serialize(expected[i]));
      if (i >= expected.size()) fail("unexpected " + json::serialize(told[i]));
      for (auto const& [member, wanted] : with_keys(expected[i].as_object(), told[i])) {
        auto const* found = told[i].if_contains(member);
        if (!found || *found != wanted) fail("came " + json::serialize(told[i]));
      }
    }
  }

  /// Names become keys: a delivery names its key, an answer uses the name of what was sent.
  json::object with_keys(json::object expected, json::object const& told) {
    if (auto* name = expected.if_contains("deliver")) {
      auto const* key = told.if_contains("deliver");
      if (!key) return expected;
      if (!keys_.emplace(text(*name), key->to_number<RequestKey>()).second) fail("a name twice");
      *name = *key;
    }
    if (auto* name = expected.if_contains("answered"))
      *name = static_cast<std::int64_t>(keys_.at(std::string{text(*name)}));
    return expected;
  }

  json::object tell(SendFrame const& send) { return {{"send", told_frame(send.text)}, {"text", send.text}}; }
  json::object tell(Opened const& opened) {
    return {{"opened", opened.hello.session}, {"resumed", opened.hello.resumed}, {"reset", opened.reset}};
  }
  json::object tell(HelloReceived const& received) {
    return {{"hello", json::parse(codec_.encode_params(received.hello).value())}};
  }
  json::object tell(Deliver const& delivery) {
    auto const type = MessageType::of(delivery.message);
    types_.emplace(delivery.key, type);
    json::object told{{"deliver", static_cast<std::int64_t>(delivery.key)},
                      {"method", type_name(type)},
                      {"params", json::parse(codec_.encode_params(delivery.message).value())},
                      {"startBefore", nullptr}};
    if (auto const& limit = delivery.start_before) {
      auto const since = [](auto duration) { return std::chrono::duration_cast<milliseconds>(duration).count(); };
      told["startBefore"] = since(limit->steady - beginning.steady);
      told["startBeforeWall"] = since(limit->wall - beginning.wall);
    }
    return told;
  }
  json::object tell(Answered const& answered) {
    json::object told{{"answered", static_cast<std::int64_t>(answered.key)}};
    if (answered.outcome) {
      told["result"] = json::parse(codec_.encode_answer(RequestId::number(1), *answered.outcome).value()).at("result");
    } else {
      told["error"] = name_of(answered.outcome.error());
      told["pointer"] = answered.outcome.error().pointer;
      told["detail"] = answered.outcome.error().detail;
    }
    if (answered.type == type_of<DialRequest>) {
      Result<DialResult> const dialled =
          answered.outcome ? Result<DialResult>{DialResult{}} : Result<DialResult>{answered.outcome.error()};
      told["outcome"] = enum_words(DialOutcome{})[static_cast<std::size_t>(outcome_of(dialled))];
    }
    return told;
  }
  json::object tell(Problem const& problem) { return {{"problem", name_of(problem.error)}}; }
  json::object tell(Ended const& ended) {
    auto const reason =
        ended.bye ? enum_words(ByeReason{})[static_cast<std::size_t>(*ended.bye)] : name_of(ended.error);
    return {{"ended", ended.terminal ? "terminal" : "reconnect"},
            {"reason", reason},
            {"retryAfterMs", ended.error.retry_after.count()}};
  }
  json::object tell(CloseTransport const& close) { return {{"close", close.code}}; }
  json::object tell(Action const& action) {
    return std::visit([this](auto const& what) { return tell(what); }, action);
  }

  bool is_server_;
  Role role_;
  SessionOptions options_;
  Hello hello_;
  Codec codec_{};
  milliseconds steady_{0};
  milliseconds ahead_{0};
  Moment now_ = beginning;
  std::map<std::string, RequestKey, std::less<>> keys_;
  std::map<RequestKey, MessageType> types_;
  Session session_;
};

}  // namespace

TEST_CASE("a session does what its vectors say") {
  auto const vectors = read_vectors("session");
  CHECK(vectors.size() >= 150);
  for (auto const& vector : vectors) {
    if (!is_for(vector.second, "cpp")) continue;
    CAPTURE(vector.first);
    CHECK_NOTHROW(Scenario{vector.second});
  }
}
