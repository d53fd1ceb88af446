// The hub without sockets: frames by hand, a clock by hand.
#include "transport/hub.hpp"

#include <flexcrm/reply.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

using namespace flexcrm;
using namespace flexcrm::detail;
using namespace std::chrono_literals;

namespace {

constexpr char const* task_1 = "WT00000000000000000000000000000001";

/// A hub, and what it wanted done.
struct Office {
  explicit Office(ServerOptions options = quiet()) : hub{options, rules()} {}

  static ServerOptions quiet() {
    ServerOptions options;
    options.logger.level = Level::off;
    return options;
  }

  HubRules rules() {
    return {[this] { return "id-" + std::to_string(++ids); }, [this](MessageType type) { return type == handled; },
            [this](std::string const&, DialRequest const&) -> Result<void> {
              if (refusal) return *refusal;
              return {};
            }};
  }

  /// Carries out what the hub wants; every Hello is who it says.
  void drain() {
    while (auto action = hub.next()) {
      if (auto* frame = std::get_if<ToPeer>(&*action)) {
        frames[frame->peer].push_back(std::move(frame->frame));
      } else if (auto const* close = std::get_if<ClosePeer>(&*action)) {
        closed[close->peer] = close->code;
      } else if (auto const* cut = std::get_if<CutPeer>(&*action)) {
        closed[cut->peer] = 0;
      } else if (auto const* asked = std::get_if<AuthorizePeer>(&*action)) {
        asking.push_back(*asked);
        if (authorize) answer_hello(*asked);
      } else if (auto* finish = std::get_if<Finished>(&*action)) {
        finished.push_back(std::move(*finish));
      } else if (auto const* presence = std::get_if<PresenceChanged>(&*action)) {
        online.push_back(presence->online);
      } else if (auto* handle = std::get_if<Handle>(&*action)) {
        handles.push_back(std::move(*handle));
      }
    }
  }
  void answer_hello(AuthorizePeer const& asked) {
    hub.authorized(asked.peer, Identity{asked.hello.agent, asked.hello.role}, now);
  }

  PeerId begin(std::string const& role, std::string const& instance, std::string const& resume = {}) {
    auto const peer = ++peers;
    hub.connected(peer, now);
    auto const offer = resume.empty() ? std::string{} : R"(,"resume":{"session":")" + resume + "\"}";
    say(peer, R"({"jsonrpc":"2.0","id":"hello","method":"Hello","params":{"role":")" + role +
                  R"(","protocolMin":1,"protocolMax":1,"agent":"anna","instance":")" + instance + "\"" + offer + "}}");
    return peer;
  }
  void say(PeerId peer, std::string const& frame) {
    hub.receive(peer, frame, now);
    drain();
  }
  void ask(PeerId peer, int id, std::string const& method, std::string const& params) {
    say(peer,
        R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":")" + method + R"(","params":)" + params + "}");
  }
  void acknowledge(PeerId peer, int id) {
    say(peer, R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"result":null})");
  }
  void lose(PeerId peer) {
    hub.lost(peer, now);
    drain();
  }
  void pass(std::chrono::milliseconds time) {
    now.steady += time;
    now.wall += time;
    hub.tick(now);
    drain();
  }
  std::vector<std::string> take(PeerId peer) { return std::exchange(frames[peer], {}); }
  /// A frame of this peer that contains the text, or the empty text.
  std::string find(PeerId peer, std::string_view text) {
    for (auto const& frame : frames[peer])
      if (frame.find(text) != std::string::npos) return frame;
    return {};
  }

  int ids = 0;
  PeerId peers = 0;
  MessageType handled = type_of<Ping>;
  std::optional<Error> refusal;
  bool authorize = true;
  Moment now{std::chrono::steady_clock::time_point{24h}, std::chrono::system_clock::time_point{480000h}};
  std::map<PeerId, std::vector<std::string>> frames;
  std::map<PeerId, int> closed;
  std::vector<AuthorizePeer> asking;
  std::vector<Finished> finished;
  std::vector<bool> online;
  std::vector<Handle> handles;
  Hub hub;
};

std::string dial(std::string const& id) {
  return R"({"destination":"+34911234567","dialId":")" + id + R"(","lifetimeMs":10000})";
}
std::string selection() {
  return std::string{R"({"taskSid":")"} + task_1 + R"(","attributes":{"n":12345678901234567890}})";
}

}  // namespace

TEST_CASE("a new CRM session gets a Snapshot first, and one that resumes does not") {
  Office office;
  auto const flex = office.begin("flex", "f");
  office.ask(flex, 1, "TaskSelected", selection());
  office.ask(flex, 2, "TaskChanged",
             std::string{R"({"taskSid":")"} + task_1 + R"(","status":"accepted","at":"2026-01-31T12:00:00Z"})");
  office.ask(flex, 3, "CallChanged",
             std::string{R"({"taskSid":")"} + task_1 + R"(","state":"connected","at":"2026-01-31T12:00:00Z"})");
  auto const crm = office.begin("crm", "c");
  auto const greeting = office.take(crm);
  REQUIRE(greeting.size() == 2);
  CHECK(greeting[0].find(R"("session":"id-2","protocol":1,"resumed":false)") != std::string::npos);
  auto const& whole = greeting[1];
  CHECK(whole.find(R"("method":"Snapshot")") != std::string::npos);
  CHECK(whole.find(R"("connected":true)") != std::string::npos);
  CHECK(whole.find(R"({"n":12345678901234567890})") != std::string::npos);
  CHECK(whole.find(R"("status":"accepted")") != std::string::npos);
  CHECK(whole.find(R"("state":"connected")") != std::string::npos);
  office.acknowledge(crm, 1);

  office.lose(crm);
  auto const back = office.begin("crm", "c", "id-2");
  CHECK(office.find(back, R"("resumed":true)") != "");
  CHECK(office.find(back, "Snapshot") == "");
}

TEST_CASE("an ended task and an ended call are not in the Snapshot") {
  Office office;
  auto const flex = office.begin("flex", "f");
  office.ask(flex, 1, "TaskChanged",
             std::string{R"({"taskSid":")"} + task_1 + R"(","status":"accepted","at":"2026-01-31T12:00:00Z"})");
  office.ask(flex, 2, "CallChanged",
             std::string{R"({"taskSid":")"} + task_1 + R"(","state":"connected","at":"2026-01-31T12:00:00Z"})");
  office.ask(flex, 3, "CallChanged",
             std::string{R"({"taskSid":")"} + task_1 + R"(","state":"ended","at":"2026-01-31T12:00:05Z"})");
  office.ask(flex, 4, "TaskChanged",
             std::string{R"({"taskSid":")"} + task_1 + R"(","status":"completed","at":"2026-01-31T12:00:06Z"})");
  auto const crm = office.begin("crm", "c");
  CHECK(office.find(crm, "Snapshot") != "");
  CHECK(office.find(crm, task_1) == "");
}

TEST_CASE("a Snapshot that does not fit into a frame leaves out attributes first") {
  Office office;
  auto const flex = office.begin("flex", "f");
  std::string const long_text(30'000, 'x');
  for (int i = 1; i <= 3; ++i) {
    auto sid = std::string{task_1};
    sid.back() = static_cast<char>('0' + i);
    office.ask(flex, i, "TaskChanged",
               R"({"taskSid":")" + sid + R"(","status":"accepted","at":"2026-01-31T12:00:00Z","attributes":{"t":")" +
                   long_text + "\"}}");
  }
  auto const crm = office.begin("crm", "c");
  auto const whole = office.find(crm, "Snapshot");
  CHECK(whole.find("WT00000000000000000000000000000003") != std::string::npos);
  CHECK(whole.find("xxx") == std::string::npos);
}

TEST_CASE("the loss of Flex's connection is told at once, the end of its session two minutes later") {
  Office office;
  auto const crm = office.begin("crm", "c");
  auto const flex = office.begin("flex", "f");
  office.ask(flex, 1, "TaskSelected", selection());
  office.take(crm);
  for (int i = 1; i <= 3; ++i) office.acknowledge(crm, i);
  office.lose(flex);
  CHECK(office.find(crm, R"("availability":"offline","connected":false)") != "");
  CHECK(office.find(crm, "TaskDeselected") == "");
  CHECK(office.online == std::vector<bool>{true, false});
  office.take(crm);
  for (int i = 0; i < 12; ++i) {  // the CRM stays awake meanwhile
    office.pass(10s);
    office.say(crm, R"({"jsonrpc":"2.0","id":"ping","method":"Ping"})");
  }
  CHECK(office.find(crm, "TaskDeselected") != "");
  CHECK(office.find(crm, R"("reset":true)") != "");
}

TEST_CASE("a Flex that resumes goes on: what was asked of it meanwhile open is repeated and answered") {
  Office office;
  auto const crm = office.begin("crm", "c");
  auto const flex = office.begin("flex", "f");
  for (int i = 1; i <= 2; ++i) office.acknowledge(crm, i);
  office.ask(crm, 1, "TaskControlRequest",
             std::string{R"({"taskSid":")"} + task_1 + R"(","action":"select","lifetimeMs":10000})");
  auto const asked = office.find(flex, "TaskControlRequest");
  CHECK(asked != "");
  office.lose(flex);
  auto const back = office.begin("flex", "f", "id-2");
  CHECK(office.find(back, R"("resumed":true)") != "");
  CHECK(office.find(back, "TaskControlRequest") == asked);
  office.take(crm);
  office.acknowledge(back, 1);
  CHECK(office.find(crm, R"("id":1,"result":null)") != "");
  CHECK(office.online == std::vector<bool>{true, false, true});
}

TEST_CASE("a session is resumed by its own agent, role and instance alone") {
  Office office;
  auto const flex = office.begin("flex", "f");
  office.lose(flex);
  SUBCASE("another instance") {
    auto const other = office.begin("flex", "g", "id-1");
    CHECK(office.find(other, R"("resumed":false)") != "");
  }
  SUBCASE("another role") {
    auto const other = office.begin("crm", "f", "id-1");
    CHECK(office.find(other, R"("resumed":false)") != "");
  }
  SUBCASE("another agent by the authorize step") {
    office.authorize = false;
    auto const other = office.begin("flex", "f", "id-1");
    office.hub.authorized(other, Identity{"bert", Role::flex}, office.now);
    office.drain();
    CHECK(office.find(other, R"("resumed":false)") != "");
  }
}

TEST_CASE("a client that returns fences its older connection, with or without its session") {
  Office office;
  auto const older = office.begin("crm", "c");
  auto const newer = office.begin("crm", "c", "id-1");
  CHECK(office.find(newer, R"("resumed":true)") != "");
  CHECK(office.closed.at(older) == 0);
  office.take(newer);
  office.say(older, R"({"jsonrpc":"2.0","id":"ping","method":"Ping"})");
  CHECK(office.take(newer).empty());

  auto const third = office.begin("crm", "c");
  CHECK(office.find(third, R"("resumed":false)") != "");
  CHECK(office.closed.at(newer) == 0);
}

TEST_CASE("a Hello that was overtaken, or whose connection closed, while it was authorized changes nothing") {
  Office office;
  office.authorize = false;
  auto const older = office.begin("flex", "f");
  auto const newer = office.begin("flex", "f");
  CHECK(office.closed.at(older) == 0);
  office.hub.authorized(newer, Identity{"anna", Role::flex}, office.now);
  office.hub.authorized(older, Identity{"anna", Role::flex}, office.now);
  office.drain();
  CHECK(office.frames[older].empty());
  CHECK(office.find(newer, R"("resumed":false)") != "");

  auto const gone = office.begin("flex", "g");
  office.lose(gone);
  office.hub.authorized(gone, Identity{"anna", Role::flex}, office.now);
  office.drain();
  CHECK(office.frames[gone].empty());
  CHECK_FALSE(office.closed.contains(newer));
}

TEST_CASE("of two Flex instances the one that came later wins, whoever was authorized first") {
  Office office;
  office.authorize = false;
  auto const first = office.begin("flex", "f");
  auto const second = office.begin("flex", "g");
  office.hub.authorized(second, Identity{"anna", Role::flex}, office.now);
  office.hub.authorized(first, Identity{"anna", Role::flex}, office.now);
  office.drain();
  CHECK(office.find(first, R"("reason":"replaced")") != "");
  CHECK(office.closed.at(first) == 1000);
  CHECK_FALSE(office.closed.contains(second));
}

TEST_CASE("a ninth CRM session replaces one that has no connection, and is refused when all have one") {
  Office office;
  std::vector<PeerId> peers;
  for (int i = 0; i < 8; ++i) peers.push_back(office.begin("crm", "c" + std::to_string(i)));
  auto const refused = office.begin("crm", "c8");
  CHECK(office.find(refused, "-32004") != "");
  office.lose(peers[3]);
  auto const taken = office.begin("crm", "c9");
  CHECK(office.find(taken, R"("resumed":false)") != "");
  auto const late = office.begin("crm", "c3", "id-4");
  CHECK(office.find(late, "-32004") != "");
}

TEST_CASE("a query of Flex goes to the CRM endpoint where a person last did something") {
  Office office;
  auto const flex = office.begin("flex", "f");
  auto const first = office.begin("crm", "a");
  auto const second = office.begin("crm", "b");
  office.ask(flex, 1, "ContactLookupRequest", R"({"phone":"+34911234567"})");
  CHECK(office.find(second, "ContactLookupRequest") != "");
  office.ask(first, 1, "SetAgentRequest", R"({"availability":"busy","lifetimeMs":10000})");
  office.ask(flex, 2, "ContactLookupRequest", R"({"phone":"+34911234568"})");
  CHECK(office.find(first, "ContactLookupRequest") != "");
  office.lose(first);
  office.ask(flex, 3, "ContactLookupRequest", R"({"phone":"+34911234569"})");
  CHECK(office.find(second, "+34911234569") != "");
  office.lose(second);
  office.take(flex);
  office.ask(flex, 4, "ContactLookupRequest", R"({"phone":"+34911234560"})");
  CHECK(office.find(flex, "-32020") != "");
}

TEST_CASE("Flex is answered when the process's handler returned and each CRM outbox took the message") {
  Office office;
  office.handled = type_of<TaskSelected>;
  auto const flex = office.begin("flex", "f");
  auto const crm = office.begin("crm", "c");
  office.take(flex);
  office.ask(flex, 1, "TaskSelected", selection());
  CHECK(office.find(crm, "TaskSelected") != "");
  CHECK(office.take(flex).empty());
  REQUIRE(office.handles.size() == 1);
  office.hub.answer(*office.handles[0].reply, Answer{NullResult{}}, office.now);
  office.drain();
  CHECK(office.find(flex, R"("id":1,"result":null)") != "");
}

TEST_CASE("a claim goes to the issuer and is denied at once when the issuer is gone") {
  Office office;
  auto const flex = office.begin("flex", "f");
  auto const crm = office.begin("crm", "c");
  office.ask(crm, 1, "DialRequest", dial("d-1"));
  CHECK(office.find(flex, "DialRequest") != "");
  office.take(crm);
  SUBCASE("granted by the issuer") {
    office.ask(flex, 1, "DialClaimRequest", R"({"dialId":"d-1"})");
    auto const claim = office.find(crm, "DialClaimRequest");
    REQUIRE(claim != "");
    office.say(crm, R"({"jsonrpc":"2.0","id":2,"result":{"granted":true}})");
    CHECK(office.find(flex, R"({"granted":true})") != "");
  }
  SUBCASE("of a dial that nobody knows") {
    office.ask(flex, 1, "DialClaimRequest", R"({"dialId":"d-2"})");
    CHECK(office.find(flex, R"({"granted":false})") != "");
  }
  SUBCASE("after the issuer's connection was lost") {
    office.lose(crm);
    office.ask(flex, 1, "DialClaimRequest", R"({"dialId":"d-1"})");
    CHECK(office.find(flex, R"({"granted":false})") != "");
  }
  SUBCASE("while the issuer's connection is lost") {
    office.ask(flex, 1, "DialClaimRequest", R"({"dialId":"d-1"})");
    office.lose(crm);
    CHECK(office.find(flex, R"({"granted":false})") != "");
  }
  SUBCASE("by another Flex") {
    auto const other = office.begin("flex", "g");
    office.ask(other, 1, "DialClaimRequest", R"({"dialId":"d-1"})");
    CHECK(office.find(other, R"({"granted":false})") != "");
  }
}

TEST_CASE("an agent has one open dial and five dials a minute") {
  Office office;
  auto const flex = office.begin("flex", "f");
  auto const crm = office.begin("crm", "c");
  office.acknowledge(crm, 1);
  for (int i = 1; i <= 5; ++i) {
    office.ask(crm, 2 * i - 1, "DialRequest", dial("d-" + std::to_string(i)));
    office.ask(crm, 2 * i, "DialRequest", dial("e-" + std::to_string(i)));
    CHECK(office.find(crm, R"("id":)" + std::to_string(2 * i) + R"(,"error":{"code":-32011)") != "");
    office.say(flex, R"({"jsonrpc":"2.0","id":)" + std::to_string(i) + R"(,"error":{"code":-32016,"message":"off"}})");
  }
  office.ask(crm, 11, "DialRequest", dial("d-6"));
  CHECK(office.find(crm, R"("id":11,"error":{"code":-32004)") != "");
  CHECK(office.find(crm, R"("retryAfterMs":60000)") != "");
  for (int i = 0; i < 6; ++i) {
    office.pass(10s);
    office.say(crm, R"({"jsonrpc":"2.0","id":"ping","method":"Ping"})");
    office.say(flex, R"({"jsonrpc":"2.0","id":"ping","method":"Ping"})");
  }
  office.take(crm);
  office.ask(crm, 12, "DialRequest", dial("d-7"));
  CHECK(office.find(flex, "d-7") != "");
}

TEST_CASE("a caller ID is one of the server's list or refused") {
  auto options = Office::quiet();
  options.caller_ids = {"+14155550100"};
  Office office{options};
  auto const flex = office.begin("flex", "f");
  auto const crm = office.begin("crm", "c");
  office.ask(crm, 1, "DialRequest",
             R"({"destination":"+34911234567","dialId":"d","lifetimeMs":10000,"callerId":"+14155550199"})");
  CHECK(office.find(crm, "-32015") != "");
  office.ask(crm, 2, "DialRequest",
             R"({"destination":"+34911234567","dialId":"e","lifetimeMs":10000,"callerId":"+14155550100"})");
  CHECK(office.find(flex, "+14155550100") != "");
}

TEST_CASE("a dial of the process is granted by the process, once, and ends by time") {
  Office office;
  auto const flex = office.begin("flex", "f");
  auto const id = office.hub.request("anna", DialRequest{.destination = "+34911234567"}, office.now);
  office.drain();
  CHECK(office.find(flex, R"("dialId":"id-2")") != "");
  office.ask(flex, 1, "DialClaimRequest", R"({"dialId":"id-2"})");
  CHECK(office.find(flex, R"({"granted":true})") != "");
  office.take(flex);
  office.ask(flex, 2, "DialClaimRequest", R"({"dialId":"id-2"})");
  CHECK(office.find(flex, R"({"granted":false})") != "");
  for (int i = 0; i < 4; ++i) {
    office.pass(10s);
    office.say(flex, R"({"jsonrpc":"2.0","id":"ping","method":"Ping"})");
  }
  REQUIRE(office.finished.size() == 1);
  CHECK(office.finished[0].id == id);
  CHECK(office.finished[0].outcome.error().code == Errc::outcome_unknown);
}

TEST_CASE("a shutdown says Bye to all and ends what this process asked") {
  Office office;
  auto const flex = office.begin("flex", "f");
  auto const crm = office.begin("crm", "c");
  office.hub.request("anna", DialRequest{.destination = "+34911234567"}, office.now);
  office.hub.shutdown(office.now);
  office.drain();
  for (auto const peer : {flex, crm}) {
    CHECK(office.find(peer, R"("method":"Bye","params":{"reason":"shutdown","retryAfterMs":1000})") != "");
    CHECK(office.closed.at(peer) == 1001);
  }
  REQUIRE(office.finished.size() == 1);
  CHECK(outcome_of(answer_as<DialResult>(office.finished[0].outcome)) == DialOutcome::failed);
}

TEST_CASE("state and events wait for a CRM endpoint that is away, and only the newest state") {
  Office office;
  auto const flex = office.begin("flex", "f");
  auto const crm = office.begin("crm", "c");
  office.acknowledge(crm, 1);
  office.lose(crm);
  for (int i = 1; i <= 3; ++i) office.ask(flex, i, "TaskSelected", R"({"attributes":{"n":)" + std::to_string(i) + "}}");
  office.ask(flex, 4, "TaskChanged",
             std::string{R"({"taskSid":")"} + task_1 + R"(","status":"accepted","at":"2026-01-31T12:00:00Z"})");
  CHECK(office.find(flex, R"("id":4,"result":null)") != "");
  auto const back = office.begin("crm", "c", "id-2");
  CHECK(office.find(back, R"({"n":3})") != "");
  CHECK(office.find(back, R"({"n":2})") == "");
  CHECK(office.find(back, "TaskChanged") != "");
}

TEST_CASE("a reset is told though a newer Snapshot replaces the one that tells it") {
  Office office;
  auto const flex = office.begin("flex", "f");
  auto const crm = office.begin("crm", "c");
  office.acknowledge(crm, 1);
  office.lose(crm);
  office.say(flex, R"({"jsonrpc":"2.0","method":"Bye","params":{"reason":"logout"}})");
  auto const next = office.begin("flex", "g");
  office.ask(next, 1, "Snapshot", R"({"agent":{"availability":"busy"},"reset":false})");
  auto back = office.begin("crm", "c", "id-2");
  auto const whole = office.find(back, R"("method":"Snapshot")");
  CHECK(whole.find(R"("busy")") != std::string::npos);
  CHECK(whole.find(R"("reset":true)") != std::string::npos);

  SUBCASE("also when it was sent, but not read") {
    office.lose(back);
    office.ask(next, 2, "Snapshot", R"({"agent":{"availability":"available"},"reset":false})");
    back = office.begin("crm", "c", "id-2");
    CHECK(office.find(back, R"("reset":true)") != "");
  }
  SUBCASE("and not again when it was read") {
    for (int i = 2; i <= 4; ++i) office.acknowledge(back, i);
    office.take(back);
    office.ask(next, 2, "Snapshot", R"({"agent":{"availability":"available"},"reset":false})");
    CHECK(office.find(back, R"("method":"Snapshot")") != "");
    CHECK(office.find(back, R"("reset":true)") == "");
  }
}

TEST_CASE("a state of Flex whose turn comes when Flex is away does not say that it is connected") {
  Office office;
  office.handled = type_of<TaskSelected>;
  auto const flex = office.begin("flex", "f");
  auto const crm = office.begin("crm", "c");
  office.ask(flex, 1, "TaskSelected", selection());
  office.ask(flex, 2, "AgentChanged", R"({"availability":"busy","activityName":"Lunch"})");
  office.lose(flex);
  office.take(crm);
  REQUIRE(office.handles.size() == 1);
  office.hub.answer(*office.handles[0].reply, Answer{NullResult{}}, office.now);
  office.drain();
  auto const told = office.find(crm, "AgentChanged");
  CHECK(told.find(R"("availability":"offline","connected":false,"activityName":"Lunch")") != std::string::npos);

  auto const back = office.begin("flex", "f", "id-1");
  CHECK(office.find(back, R"("resumed":true)") != "");
  CHECK(office.find(crm, R"("availability":"busy","connected":true,"activityName":"Lunch")") != "");
}
