// What an owner says of its agent and a node that watches hears, or misses: two hubs without sockets, and a test between
// them that loses and delays what it likes.
#include "transport/hub.hpp"

#include <doctest/doctest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <deque>
#include <string>

using namespace flexcrm;
using namespace flexcrm::detail;
using namespace std::chrono_literals;

namespace {

Moment const start{std::chrono::steady_clock::time_point{24h}, std::chrono::system_clock::time_point{480000h}};

std::string task(int n) {
  auto const digits = std::to_string(n);
  return "WT" + std::string(32 - digits.size(), '0') + digits;
}
std::string number(std::string_view task) { return std::string{task.substr(task.find_first_not_of("WT0"))}; }

/// A hub with one client: Flex, or a CRM page, of anna.
struct Node {
  explicit Node(std::string its_role) : role{std::move(its_role)}, hub{quiet(), rules()} { connect(); }

  static ServerOptions quiet() {
    ServerOptions options;
    options.logger.level = Level::off;
    return options;
  }
  HubRules rules() {
    return {.random_id = [this] { return role + "-" + std::to_string(++ids); },
            .handles = [](MessageType) { return false; },
            .permit = [](std::string const&, DialRequest&) -> Result<void> { return {}; },
            .has_backplane = true};
  }

  void connect() {
    hub.connected(++peer, now);
    last_id = 0;
    say(R"({"jsonrpc":"2.0","id":"hello","method":"Hello","params":{"role":")" + role +
        R"(","protocolMin":1,"protocolMax":1,"agent":"anna","instance":"i)" + std::to_string(peer) + "\"}}");
  }
  void say(std::string const& frame) {
    hub.receive(peer, frame, now);
    drain();
  }
  void drain() {
    while (auto action = hub.next()) {
      if (auto const* frame = std::get_if<ToPeer>(&*action)) {
        read(frame->frame);
      } else if (auto const* asked = std::get_if<AuthorizePeer>(&*action)) {
        hub.authorized(asked->peer, Identity{asked->hello.agent, asked->hello.role}, now);
      } else if (auto* announce = std::get_if<Announce>(&*action)) {
        announced.push_back(std::move(announce->frame));
      } else if (auto* question = std::get_if<Question>(&*action)) {
        questions.push_back(std::move(*question));
      } else if (auto* response = std::get_if<Respond>(&*action)) {
        responses.push_back(std::move(response->frame));
      }
    }
  }
  /// The page takes what it is told: the number of the task of a TaskChanged, or "whole" and "reset" for a Snapshot.
  void read(std::string const& text) {
    auto const frame = boost::json::parse(text).as_object();
    auto const* const id = frame.if_contains("id");
    auto const* const method = frame.if_contains("method");
    if (!id || !method) return;
    auto const& params = frame.at("params").as_object();
    if (method->as_string() == "TaskChanged") told += number(params.at("taskSid").as_string()) + ' ';
    if (method->as_string() == "Snapshot") {
      auto const* const reset = params.if_contains("reset");
      told += reset && reset->as_bool() ? "reset " : "whole ";
    }
    answers.push_back(
        boost::json::serialize(boost::json::object{{"jsonrpc", "2.0"}, {"id", *id}, {"result", nullptr}}));
  }
  /// What the page was told since the last time.
  std::string take() {
    while (!answers.empty()) {
      auto const answer = answers.front();
      answers.pop_front();
      say(answer);
    }
    return std::exchange(told, {});
  }

  std::string role;
  int ids = 0;
  int last_id = 0;  // of the client's requests
  PeerId peer = 0;
  Moment now = start;
  std::string told;
  std::deque<std::string> answers, announced, responses;
  std::deque<Question> questions;
  Hub hub;
};

struct Nodes {
  Node owner{"flex"};
  Node watcher{"crm"};
  int asked = 0;
  QuestionId at_owner = 0;

  Nodes() {
    watcher.hub.watching("anna", watcher.now);
    watcher.drain();
    settle();
    CHECK(watcher.take() == "whole whole ");  // its own, and the owner's
  }

  /// Flex tells of a task.
  void change(int n, std::string const& reason = {}) {
    boost::json::object params{{"taskSid", task(n)}, {"status", "accepted"}, {"at", "2026-11-26T10:00:00Z"}};
    if (!reason.empty()) params["reason"] = reason;
    owner.say(boost::json::serialize(boost::json::object{
        {"jsonrpc", "2.0"}, {"id", ++owner.last_id}, {"method", "TaskChanged"}, {"params", std::move(params)}}));
  }
  /// The oldest announcement arrives, or does not.
  void deliver() {
    REQUIRE_FALSE(owner.announced.empty());
    watcher.hub.news("anna", owner.announced.front(), watcher.now);
    owner.announced.pop_front();
    watcher.drain();
  }
  void lose() {
    REQUIRE_FALSE(owner.announced.empty());
    owner.announced.pop_front();
  }
  /// The oldest question reaches the owner; what it answers.
  std::pair<Question, std::string> ask() {
    REQUIRE_FALSE(watcher.questions.empty());
    auto question = watcher.questions.front();
    watcher.questions.pop_front();
    ++asked;
    owner.hub.command(++at_owner, "anna", "watcher", question.frame, owner.now);
    owner.drain();
    REQUIRE(owner.responses.size() == 1);
    auto answer = owner.responses.front();
    owner.responses.clear();
    return {std::move(question), std::move(answer)};
  }
  void answer(std::pair<Question, std::string> const& exchange) {
    watcher.hub.told(exchange.first.id, RequestEnd::answered, exchange.second, watcher.now);
    watcher.drain();
  }
  /// All that is under way arrives.
  void settle() {
    while (!owner.announced.empty() || !watcher.questions.empty()) {
      while (!owner.announced.empty()) deliver();
      while (!watcher.questions.empty()) answer(ask());
    }
  }
  void link(bool up) {
    watcher.hub.link(up, watcher.now);
    watcher.drain();
  }
  /// A minute and more, in which the clients are heard of.
  void pass_a_minute() {
    for (int i = 0; i < 4; ++i) {
      for (auto* const node : {&owner, &watcher}) {
        node->now.steady += 16s;
        node->now.wall += 16s;
        node->say(R"({"jsonrpc":"2.0","id":"ping","method":"Ping","params":{}})");
      }
    }
  }
};

std::string tasks(int from, int to) {
  std::string numbers;
  for (int n = from; n <= to; ++n) numbers += std::to_string(n) + ' ';
  return numbers;
}

}  // namespace

TEST_CASE("what was lost between nodes is told afterwards: all of it, once, in order") {
  Nodes nodes;
  nodes.change(1);
  nodes.deliver();
  for (int n = 2; n <= 5; ++n) nodes.change(n);
  SUBCASE("the next one tells that some are missing") {
    for (int n = 2; n <= 4; ++n) nodes.lose();
  }
  SUBCASE("nothing follows, but the link was away") {
    for (int n = 2; n <= 5; ++n) nodes.lose();
    nodes.link(false);
    nodes.link(true);
  }
  SUBCASE("news overtakes the answer") {
    nodes.lose();
    nodes.deliver();
    auto const answer = nodes.ask();
    nodes.change(6);
    nodes.change(7);
    nodes.lose();
    nodes.deliver();
    nodes.deliver();
    nodes.deliver();
    nodes.answer(answer);
    nodes.settle();
    CHECK(nodes.watcher.take() == tasks(1, 7));
    nodes.change(8);
    nodes.settle();
    CHECK(nodes.watcher.take() == tasks(8, 8));
    return;
  }
  nodes.settle();
  CHECK(nodes.watcher.take() == tasks(1, 5));
  auto const before = nodes.asked;
  nodes.change(6);
  nodes.settle();
  CHECK(nodes.watcher.take() == tasks(6, 6));
  CHECK(nodes.asked == before);
}

TEST_CASE("a link that was away when nothing was said changes nothing") {
  Nodes nodes;
  nodes.change(1);
  nodes.settle();
  nodes.link(false);
  nodes.link(true);
  nodes.settle();
  CHECK(nodes.watcher.take() == tasks(1, 1));
}

TEST_CASE("what comes twice is told once") {
  Nodes nodes;
  nodes.change(1);
  nodes.change(2);
  auto const first = nodes.owner.announced.front();
  nodes.settle();
  nodes.watcher.hub.news("anna", first, nodes.watcher.now);
  nodes.watcher.drain();
  nodes.settle();
  CHECK(nodes.watcher.take() == tasks(1, 2));
}

TEST_CASE("what the owner has no more is a Snapshot that tells of the gap, and then all is as before") {
  Nodes nodes;
  nodes.change(1);
  nodes.settle();
  int last = 2;
  SUBCASE("more than 256") {
    for (; last < 260; ++last) nodes.change(last);
  }
  SUBCASE("more text than a frame has") {
    for (; last < 10; ++last) nodes.change(last, std::string(2000, 'x'));
    for (; last < 50; ++last) nodes.change(last, std::string(2000, 'y'));
  }
  SUBCASE("older than a minute") {
    nodes.change(last++);
    nodes.pass_a_minute();
    nodes.change(last++);
  }
  SUBCASE("of another session of Flex") {
    nodes.change(last++);
    nodes.owner.connect();
  }
  while (!nodes.owner.announced.empty()) nodes.lose();
  nodes.link(false);
  nodes.link(true);
  nodes.settle();
  CHECK(nodes.watcher.take() == "1 reset ");
  nodes.change(last);
  nodes.settle();
  CHECK(nodes.watcher.take() == tasks(last, last));
}

TEST_CASE("255 that were lost are told") {
  Nodes nodes;
  for (int n = 1; n <= 256; ++n) nodes.change(n);
  for (int n = 1; n <= 255; ++n) nodes.lose();
  nodes.settle();
  CHECK(nodes.watcher.take() == tasks(1, 256));
}

TEST_CASE("a Snapshot that is older than what came meanwhile is asked for once more, but not for ever") {
  Nodes nodes;
  nodes.owner.connect();  // another session: nothing can be repeated
  while (!nodes.owner.announced.empty()) nodes.lose();
  nodes.change(1);
  nodes.deliver();
  auto const older = nodes.ask();
  nodes.change(2);
  SUBCASE("once") {
    nodes.deliver();
    nodes.answer(older);
    nodes.settle();
    CHECK(nodes.watcher.take() == "reset ");
    nodes.change(3);
    nodes.settle();
    CHECK(nodes.watcher.take() == tasks(3, 3));
  }
  SUBCASE("an owner that never gets to the end") {
    auto const newest = nodes.owner.announced.front();
    auto exchange = older;
    int times = 0;
    for (; times < 100; ++times) {
      nodes.watcher.hub.news("anna", newest, nodes.watcher.now);
      nodes.answer(exchange);
      if (nodes.watcher.questions.empty()) break;
      exchange.first = nodes.watcher.questions.front();
      nodes.watcher.questions.clear();
    }
    CHECK(times == 15);
    CHECK(nodes.watcher.take() == "reset ");
    // The next gap begins to count anew.
    nodes.settle();
    CHECK(nodes.watcher.take() == tasks(2, 2));
  }
}

TEST_CASE("an answer to what was asked for a page that is gone says nothing to the next page") {
  Nodes nodes;
  nodes.change(1);
  nodes.lose();
  nodes.change(2);
  nodes.deliver();
  auto const stale = nodes.ask();
  nodes.watcher.say(R"({"jsonrpc":"2.0","method":"Bye","params":{"reason":"closing"}})");
  nodes.watcher.hub.lost(nodes.watcher.peer, nodes.watcher.now);
  nodes.watcher.drain();
  nodes.watcher.take();
  nodes.watcher.connect();
  nodes.watcher.hub.watching("anna", nodes.watcher.now);
  nodes.watcher.drain();
  nodes.answer(stale);
  CHECK(nodes.watcher.take() == "whole ");
  nodes.settle();
  CHECK(nodes.watcher.take() == "whole ");
}

TEST_CASE("an answer that is none is asked for again, and harms nothing") {
  Nodes nodes;
  nodes.change(1);
  nodes.lose();
  nodes.change(2);
  nodes.deliver();
  for (std::string const bad : {"", "[", "[1]", R"(["x"])", R"(["{\"epoch\":\"e\",\"number\":1}\n{}"])", "{}",
                                "{\"epoch\":\"flex-1\",\"number\":2}\nx"}) {
    CAPTURE(bad);
    auto exchange = nodes.ask();
    exchange.second = bad;
    nodes.answer(exchange);
  }
  nodes.settle();
  CHECK(nodes.watcher.take() == "reset ");
}
