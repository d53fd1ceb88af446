#include "parts.hpp"

#include "lookup.hpp"

#include <doctest/doctest.h>

using namespace flexcrm;
using namespace flexcrm::test;
using namespace std::chrono_literals;

namespace {

constexpr Timestamp noon{std::chrono::sys_days{std::chrono::January / 31 / 2026} + 12h};

/// An agent's Flex and the log that it tells.
class Desk {
 public:
  Desk() : parts{file_.path()} {}

  void task(int n, TaskStatus status, std::chrono::seconds at, std::string const& attributes = {},
            std::optional<std::int64_t> reason = {}) {
    parts.calls.heard(agent, changed(n, status, at, attributes, reason));
  }
  static TaskChanged changed(int n, TaskStatus status, std::chrono::seconds at, std::string const& attributes = {},
                             std::optional<std::int64_t> reason = {}) {
    TaskChanged message{
        .task_sid = sid("WT", n), .status = status, .at = noon + at, .reason_code = reason, .channel = Channel::voice};
    if (!attributes.empty()) message.attributes = Attributes::from_text(attributes).value();
    return message;
  }
  void call(int n, CallState state, std::chrono::seconds at, CallChanged more = {}) {
    more.task_sid = sid("WT", n);
    more.state = state;
    more.at = noon + at;
    parts.calls.heard(agent, more);
  }
  /// The row as the API tells it.
  boost::json::object row(int n) { return crm::to_json(parts.calls.find(agent, sid("WT", n)).value()); }
  std::string outcome(int n) { return boost::json::value_to<std::string>(row(n).at("outcome")); }

  std::string agent = "alice";

 private:
  DatabaseFile file_;

 public:
  Parts parts;
};

constexpr auto from_ana = R"({"direction":"inbound","from":"+34600000017"})";

}  // namespace

TEST_CASE("an incoming call that is taken: one row, with its customer, its times and its length") {
  Desk desk;
  desk.task(1, TaskStatus::offered, 0s, from_ana);
  desk.call(1, CallState::ringing, 0s);
  CHECK(desk.outcome(1) == "live");
  desk.task(1, TaskStatus::accepted, 4s);
  desk.call(1, CallState::connected, 5s);
  desk.call(1, CallState::held, 20s);
  desk.task(1, TaskStatus::wrapup, 65s);
  desk.call(1, CallState::ended, 66s, {.duration_seconds = 60});
  desk.task(1, TaskStatus::completed, 90s);
  CHECK(
      desk.row(1) ==
      boost::json::parse(
          R"({"taskSid":"WT00000000000000000000000000000011","agent":"alice","contactId":"C-1001","contactName":"Ana Torres",
    "number":"+34600000017","direction":"inbound","startedAt":"2026-01-31T12:00:00.000Z","answeredAt":"2026-01-31T12:00:04.000Z",
    "endedAt":"2026-01-31T12:01:05.000Z","durationSeconds":60,"outcome":"answered","cause":null,"causeCode":null,"disposition":null,"notes":null,
    "revision":0})"));
}

TEST_CASE("how a call ended follows from what was told of it") {
  Desk desk;
  SUBCASE("nobody took it") {
    for (auto const status : {TaskStatus::canceled, TaskStatus::rejected, TaskStatus::timeout, TaskStatus::rescinded}) {
      desk.task(1, TaskStatus::offered, 0s, from_ana);
      desk.task(1, status, 9s);
      CHECK(desk.outcome(1) == "missed");
    }
  }
  SUBCASE("the line was busy") {
    desk.task(1, TaskStatus::accepted, 0s,
              R"({"direction":"outbound","from":"+442079460000","outbound_to":"+442079460100"})");
    desk.call(1, CallState::dialing, 1s);
    CHECK(desk.row(1).at("number") == "+442079460100");
    CHECK(desk.row(1).at("answeredAt").is_null());
    desk.task(1, TaskStatus::canceled, 3s, {}, 45303);
    CHECK(desk.outcome(1) == "failed");
    desk.call(1, CallState::ended, 3s, {.cause = "failed", .cause_code = 45303});
    CHECK(desk.outcome(1) == "failed");
    CHECK(desk.row(1).at("cause") == "failed");
    CHECK(desk.row(1).at("causeCode") == 45303);
  }
  SUBCASE("the agent hung up before anybody answered") {
    desk.call(1, CallState::dialing, 0s,
              {.direction = Direction::outbound, .from = "+442079460000", .to = "+442079460100"});
    desk.call(1, CallState::ended, 5s);
    CHECK(desk.outcome(1) == "canceled");
    CHECK(desk.row(1).at("number") == "+442079460100");
  }
  SUBCASE("without CallChanged, the length is that between the answer and the end") {
    desk.task(1, TaskStatus::offered, 0s, from_ana);
    desk.task(1, TaskStatus::accepted, 2s);
    desk.task(1, TaskStatus::completed, 32s);
    CHECK(desk.outcome(1) == "answered");
    CHECK(desk.row(1).at("durationSeconds") == 30);
  }
  SUBCASE("words of a later Flex are kept and mean nothing") {
    desk.task(1, TaskStatus::offered, 0s, from_ana);
    CallChanged parked{.task_sid = sid("WT", 1), .state = OpenEnum<CallState>{"parked"}, .at = noon + 1s};
    desk.parts.calls.heard("alice", parked);
    CHECK(desk.outcome(1) == "live");
    CHECK(desk.parts.calls.find("alice", sid("WT", 1))->call_state == "parked");
  }
}

TEST_CASE("messages that are told again change nothing") {
  Desk desk;
  auto const tell = [&] {
    desk.task(1, TaskStatus::offered, 0s, from_ana);
    desk.call(1, CallState::ringing, 0s);
    desk.task(1, TaskStatus::accepted, 4s);
    desk.call(1, CallState::connected, 5s);
    desk.task(1, TaskStatus::wrapup, 65s);
    desk.call(1, CallState::ended, 66s, {.duration_seconds = 60});
  };
  tell();
  auto const before = desk.row(1);
  SUBCASE("all") { tell(); }
  SUBCASE("the first alone") { desk.task(1, TaskStatus::offered, 0s, from_ana); }
  SUBCASE("one in the middle") { desk.call(1, CallState::connected, 5s, {.repeated = true}); }
  SUBCASE("the last") { desk.call(1, CallState::ended, 66s, {.duration_seconds = 61, .repeated = true}); }
  CHECK(desk.row(1) == before);
  CHECK(desk.parts.calls.of_agent("alice").size() == 1);
}

TEST_CASE("a task that is offered once more is live again, and each agent has a row of her own") {
  Desk desk;
  desk.task(1, TaskStatus::offered, 0s, from_ana);
  desk.task(1, TaskStatus::timeout, 20s);
  desk.agent = "bob";
  desk.task(1, TaskStatus::offered, 21s, from_ana);
  desk.task(1, TaskStatus::accepted, 25s);
  CHECK(desk.outcome(1) == "live");
  desk.agent = "alice";
  CHECK(desk.outcome(1) == "missed");
  desk.task(1, TaskStatus::offered, 60s);
  CHECK(desk.outcome(1) == "live");
  CHECK(desk.row(1).at("endedAt").is_null());
  CHECK(desk.row(1).at("startedAt") == "2026-01-31T12:00:00.000Z");
  CHECK(desk.parts.calls.of_contact("C-1001").size() == 2);
}

TEST_CASE("other channels than voice are no calls") {
  Desk desk;
  auto chat = Desk::changed(1, TaskStatus::offered, 0s, from_ana);
  chat.channel = Channel::chat;
  desk.parts.calls.heard("alice", chat);
  chat.channel.reset();
  desk.parts.calls.heard("alice", chat);
  CHECK(desk.parts.calls.of_agent("alice").empty());
}

TEST_CASE("a Snapshot tells what nobody heard: calls that go on, and calls that are over") {
  Desk desk;
  desk.task(1, TaskStatus::offered, 0s, from_ana);
  desk.call(2, CallState::connected, 0s, {.direction = Direction::outbound, .to = "+442079460100"});
  desk.task(3, TaskStatus::offered, 1s, from_ana);
  desk.agent = "bob";
  desk.call(4, CallState::ringing, 0s);

  // Flex is away: its calls may go on.
  desk.parts.calls.heard("alice", Snapshot{.agent = {.connected = false}, .reset = true});
  desk.agent = "alice";
  CHECK(desk.outcome(1) == "live");

  Snapshot whole{.agent = {.availability = Availability::available, .connected = true}, .reset = true};
  whole.tasks = {Desk::changed(3, TaskStatus::accepted, 9s), Desk::changed(5, TaskStatus::accepted, 8s, from_ana)};
  CallChanged live{.task_sid = sid("WT", 5), .state = CallState::connected, .at = noon + 9s};
  whole.calls = {live};
  for (int i = 0; i < 2; ++i) {
    desk.parts.calls.heard("alice", whole);
    CHECK(desk.outcome(1) == "unknown");
    CHECK(desk.row(1).at("endedAt").is_null());
    CHECK(desk.outcome(2) == "answered");
    CHECK(desk.outcome(3) == "live");
    CHECK(desk.row(5).at("contactName") == "Ana Torres");
    CHECK(desk.outcome(5) == "live");
    desk.agent = "bob";
    CHECK(desk.outcome(4) == "live");
    desk.agent = "alice";
  }
  // Its end is heard after all.
  desk.task(1, TaskStatus::canceled, 30s);
  CHECK(desk.outcome(1) == "missed");
}

TEST_CASE("whose call it is: who was clicked, else the id in the task, else the one who has the number") {
  Desk desk;
  auto const contact = [&](int n) { return desk.row(n).at("contactId"); };
  desk.task(1, TaskStatus::offered, 0s, R"({"direction":"inbound","from":"+34600000017","customer_id":"C-1002"})");
  CHECK(contact(1) == "C-1002");
  desk.task(2, TaskStatus::offered, 0s, R"({"direction":"inbound","from":"+442079460123"})");
  CHECK(contact(2).is_null());  // three have this number
  CHECK(desk.row(2).at("number") == "+442079460123");
  desk.task(3, TaskStatus::offered, 0s,
            R"({"direction":"inbound","from":"+442079460123","customers":{"external_id":"C-1014"}})");
  CHECK(contact(3) == "C-1014");
  desk.task(4, TaskStatus::offered, 0s, R"({"direction":"inbound","from":"anonymous","customer_id":"nobody"})");
  CHECK(contact(4).is_null());

  auto const dial = [](std::string id, std::string customer) {
    return DialRequest{
        .destination = "+442079460123", .dial_id = std::move(id), .customer = DialCustomer{.id = std::move(customer)}};
  };
  // The plugin puts the click into the task and into the call.
  desk.parts.calls.dialling("alice", dial("d-1", "C-1015"));
  desk.task(5, TaskStatus::accepted, 0s,
            R"({"direction":"outbound","outbound_to":"+442079460123","flexcrm_dial_id":"d-1"})");
  CHECK(contact(5) == "C-1015");
  desk.call(6, CallState::dialing, 0s, {.dial_id = "d-1"});
  CHECK(contact(6) == "C-1015");
  // Another program in Flex's place may only say which task it became, before or after the first news of it.
  desk.parts.calls.dialling("alice", dial("d-2", "C-1013"));
  desk.task(7, TaskStatus::accepted, 0s);
  CHECK(desk.row(7).at("direction").is_null());
  desk.parts.calls.dialled("alice", dial("d-2", "C-1013"),
                           DialResult{.destination = "+442079460123", .task_sid = sid("WT", 7)});
  CHECK(contact(7) == "C-1013");
  CHECK(desk.row(7).at("direction") == "outbound");
  CHECK(desk.row(7).at("number") == "+442079460123");
  desk.parts.calls.dialled("alice", dial("d-2", "C-1013"),
                           DialResult{.destination = "+442079460123", .task_sid = sid("WT", 8)});
  desk.task(8, TaskStatus::accepted, 0s);
  CHECK(contact(8) == "C-1013");
  // A dial of another agent is another dial.
  desk.agent = "bob";
  desk.call(5, CallState::dialing, 0s, {.dial_id = "d-1"});
  CHECK(contact(5).is_null());
}

TEST_CASE("a person's word on a call stands: a greater revision replaces a smaller one") {
  Desk desk;
  desk.task(1, TaskStatus::offered, 0s, from_ana);
  auto& calls = desk.parts.calls;
  CHECK(calls.write("alice", sid("WT", 1),
                    {.revision = 5, .disposition = "sold", .notes = "two of them", .contact_id = "C-1002"}));
  CHECK_FALSE(calls.write("alice", sid("WT", 1), {.revision = 5, .notes = "again"}));
  CHECK_FALSE(calls.write("alice", sid("WT", 1), {.revision = 4}));
  CHECK_FALSE(calls.write("bob", sid("WT", 1), {.revision = 9}));
  CHECK(desk.row(1).at("notes") == "two of them");
  // News of the call leave what a person said.
  desk.task(1, TaskStatus::accepted, 3s, R"({"direction":"inbound","from":"+34600000017","customer_id":"C-1003"})");
  CHECK(desk.row(1).at("contactId") == "C-1002");
  CHECK(desk.row(1).at("disposition") == "sold");
  CHECK(calls.write("alice", sid("WT", 1), {.revision = 6, .notes = ""}));
  CHECK(desk.row(1).at("contactId") == "C-1002");
  CHECK(desk.row(1).at("disposition").is_null());
}

TEST_CASE("code in Flex logs into the same row, and what is no call nowhere") {
  Desk desk;
  desk.task(1, TaskStatus::offered, 0s, from_ana);
  LogActivityRequest activity{.task_sid = sid("WT", 1), .revision = 2, .disposition = "sold", .notes = "by the plugin"};
  CHECK(desk.parts.calls.log("alice", activity).has_value());
  CHECK(desk.row(1).at("notes") == "by the plugin");
  CHECK(desk.outcome(1) == "live");
  activity.revision = 1;
  activity.notes = "late";
  CHECK(desk.parts.calls.log("alice", activity).has_value());
  CHECK(desk.row(1).at("notes") == "by the plugin");

  activity.task_sid = sid("WT", 2);
  activity.channel = Channel::email;
  CHECK(desk.parts.calls.log("alice", activity).error() == make_error(Errc::failed, {}, "not_a_call"));
  activity.channel = Channel::voice;
  activity.direction = Direction::outbound;
  activity.to = "+14155550134";
  activity.started_at = noon;
  activity.ended_at = noon + 60s;
  activity.customer = TaskCustomer{.id = "C-1002"};
  CHECK(desk.parts.calls.log("alice", activity).has_value());
  CHECK(desk.outcome(2) == "unknown");  // Flex told nothing of it
  CHECK(desk.row(2).at("contactId") == "C-1002");
  CHECK(desk.row(2).at("number") == "+14155550134");
  CHECK(desk.row(2).at("endedAt") == "2026-01-31T12:01:00.000Z");
}

TEST_CASE("the newest fifty calls are told, newest first") {
  Desk desk;
  for (int n = 0; n < 60; ++n) desk.task(n, TaskStatus::offered, std::chrono::seconds{n}, from_ana);
  for (auto const& calls : {desk.parts.calls.of_agent("alice"), desk.parts.calls.of_contact("C-1001")}) {
    REQUIRE(calls.size() == 50);
    CHECK(calls.front().task_sid == sid("WT", 59));
    CHECK(calls.back().task_sid == sid("WT", 10));
  }
  CHECK(desk.parts.calls.of_agent("bob").empty());
}

TEST_CASE("Flex is told who somebody is: by number, address, id or text") {
  Desk desk;
  auto const ids = [&](ContactLookupRequest const& request) {
    auto const result = crm::look_up(desk.parts.contacts, request).value();
    std::vector<std::string> found;
    for (auto const& match : result.matches) found.push_back(match.id);
    return found;
  };
  using Ids = std::vector<std::string>;
  CHECK(ids({.phone = "whatsapp:+34600000017"}) == Ids{"C-1001"});
  CHECK(ids({.phone = "+442079460123"}) == Ids{"C-1013", "C-1014", "C-1015"});
  CHECK(ids({.phone = "anonymous"}) == Ids{});
  CHECK(ids({.email = "PRIYA@northgate.example"}) == Ids{"C-1003"});
  CHECK(ids({.id = "C-1002"}) == Ids{"C-1002"});
  CHECK(ids({.id = "C-9"}) == Ids{});
  CHECK(ids({.text = "sofia"}) == Ids{"C-1005"});
  auto const two = crm::look_up(desk.parts.contacts, {.text = "marsh", .limit = 2});
  CHECK(two->matches.size() == 2);
  CHECK(two->truncated == true);
  CHECK(two->matches[0] ==
        ContactMatch{
            .id = "C-1013", .name = "Eleanor Marsh", .phones = {"+442079460123"}, .url = "/crm.html#contact=C-1013"});
  CHECK_FALSE(crm::look_up(desk.parts.contacts, {.text = "marsh", .limit = 3})->truncated.has_value());
  CHECK(crm::look_up(desk.parts.contacts, {.text = ""})->matches.size() == 10);
}
