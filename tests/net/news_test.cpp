// What an owner says of its agent and a node that watches hears, or misses: two hubs without sockets, and a test between
// them that loses and delays what it likes.
#include "nodes.hpp"
#include "transport/hub.hpp"

#include <doctest/doctest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <deque>
#include <string>

using namespace flexcrm;
using namespace flexcrm::detail;
using flexcrm::test::task;
using namespace std::chrono_literals;

namespace {

Moment const start{std::chrono::steady_clock::time_point{24h}, std::chrono::system_clock::time_point{480000h}};

std::string number(std::string_view task) { return std::string{task.substr(task.find_first_not_of("WT0"))}; }

/// A hub with clients of anna's: Flex, and a CRM page.
struct Node {
  explicit Node(std::string its_name) : name{std::move(its_name)}, hub{quiet(), rules()} {
    hub.link(true, now);
    drain();
  }

  static ServerOptions quiet() {
    ServerOptions options;
    options.logger.level = Level::off;
    return options;
  }
  HubRules rules() {
    return {.random_id = [this] { return name + "-" + std::to_string(++ids); },
            .handles = [](MessageType) { return false; },
            .permit = [](std::string const&, DialRequest&) -> Result<void> { return {}; },
            .has_backplane = true};
  }

  void open_flex() {
    last_id = 0;
    flex = ++last_peer;
    connect(flex, "flex");
  }
  void open_page() {
    page = ++last_peer;
    connect(page, "crm");
    hub.watching("anna", now);
    drain();
  }
  void connect(PeerId peer, std::string const& role) {
    hub.connected(peer, now);
    say(peer, R"({"jsonrpc":"2.0","id":"hello","method":"Hello","params":{"role":")" + role +
                  R"(","protocolMin":1,"protocolMax":1,"agent":"anna","instance":")" + name + "-" +
                  std::to_string(peer) + "\"}}");
  }
  void say(PeerId peer, std::string const& frame) {
    hub.receive(peer, frame, now);
    drain();
  }
  void close(PeerId peer) {
    say(peer, R"({"jsonrpc":"2.0","method":"Bye","params":{"reason":"closing"}})");
    hub.lost(peer, now);
    drain();
  }
  /// Another node took Flex.
  void let_go() {
    hub.claimed("anna", {~0ULL, "s", "n"}, now);
    drain();
  }
  /// Flex tells of a task.
  void change(int n, std::string const& reason = {}) {
    boost::json::object params{{"taskSid", task(n)}, {"status", "accepted"}, {"at", "2026-11-26T10:00:00Z"}};
    if (!reason.empty()) params["reason"] = reason;
    say(flex, boost::json::serialize(boost::json::object{
                  {"jsonrpc", "2.0"}, {"id", ++last_id}, {"method", "TaskChanged"}, {"params", std::move(params)}}));
  }
  void drain() {
    while (auto action = hub.next()) {
      if (auto const* frame = std::get_if<ToPeer>(&*action)) {
        if (frame->peer == page) read(frame->frame);
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
  /// The page takes what it is told: the number of the task of a TaskChanged, "whole" and "reset" for a Snapshot, "off" when
  /// that, or an AgentChanged, says that Flex is not connected.
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
      if (params.at("agent").at("connected") == false) told += "off ";
    }
    if (method->as_string() == "AgentChanged" && params.at("connected") == false) told += "off ";
    answers.push_back(
        boost::json::serialize(boost::json::object{{"jsonrpc", "2.0"}, {"id", *id}, {"result", nullptr}}));
  }
  /// What the page was told since the last time.
  std::string take() {
    while (!answers.empty()) {
      auto const answer = answers.front();
      answers.pop_front();
      say(page, answer);
    }
    return std::exchange(told, {});
  }

  std::string name;
  int ids = 0;
  int last_id = 0;  // of Flex's requests
  PeerId last_peer = 0;
  PeerId flex = 0;
  PeerId page = 0;
  Moment now = start;
  std::string told;
  std::deque<std::string> answers, announced, responses;
  std::deque<Question> questions;
  Hub hub;
};

struct Nodes {
  Node owner{"owner"};
  Node watcher{"watcher"};
  int asked = 0;
  QuestionId at_owner = 0;

  Nodes() {
    owner.open_flex();
    lose();
    watcher.open_page();
    settle();
    CHECK(watcher.take() == "whole off whole ");  // its own, and the owner's
  }

  void change(int n, std::string const& reason = {}) { owner.change(n, reason); }
  /// An announcement arrives.
  void hear(std::string const& text) {
    watcher.hub.news("anna", text, watcher.now);
    watcher.drain();
  }
  /// The oldest one of a node arrives, or does not.
  void deliver(Node& of) {
    REQUIRE_FALSE(of.announced.empty());
    hear(of.announced.front());
    of.announced.pop_front();
  }
  void deliver() { deliver(owner); }
  void lose() {
    REQUIRE_FALSE(owner.announced.empty());
    owner.announced.pop_front();
  }
  /// The oldest question.
  Question question() {
    REQUIRE_FALSE(watcher.questions.empty());
    auto question = watcher.questions.front();
    watcher.questions.pop_front();
    ++asked;
    return question;
  }
  /// It reaches an owner; what that answers.
  std::pair<Question, std::string> ask(Node& of) {
    auto asking = question();
    of.hub.command(++at_owner, "anna", "watcher", asking.frame, of.now);
    of.drain();
    REQUIRE(of.responses.size() == 1);
    auto answer = of.responses.front();
    of.responses.clear();
    return {std::move(asking), std::move(answer)};
  }
  std::pair<Question, std::string> ask() { return ask(owner); }
  void answer(std::pair<Question, std::string> const& exchange) {
    watcher.hub.told(exchange.first.id, RequestEnd::answered, exchange.second, watcher.now);
    watcher.drain();
  }
  void fail(RequestEnd end) {
    watcher.hub.told(question().id, end, {}, watcher.now);
    watcher.drain();
  }
  /// All that is under way arrives.
  void settle() {
    while (!owner.announced.empty() || !watcher.questions.empty()) {
      while (!owner.announced.empty()) deliver();
      while (!watcher.questions.empty()) answer(ask());
    }
  }
  /// What this one says next is told, and nothing else.
  void check_follows(Node& newer) {
    newer.announced.clear();
    newer.change(2);
    deliver(newer);
    CHECK(watcher.take() == "2 ");
  }
  void link(Node& node, bool up) {
    node.hub.link(up, node.now);
    node.drain();
  }
  void lose_all() {
    while (!owner.announced.empty()) lose();
  }
  /// Of all clocks.
  void pass(std::chrono::milliseconds time) {
    for (auto* const node : {&owner, &watcher}) {
      node->now.steady += time;
      node->now.wall += time;
    }
  }
  void tick() {
    for (auto* const node : {&owner, &watcher}) {
      if (auto const deadline = node->hub.deadline(); deadline && *deadline <= node->now.steady)
        node->hub.tick(node->now);
      node->drain();
    }
  }
  /// A minute and more, in which the clients are heard of.
  void pass_a_minute() {
    for (int i = 0; i < 4; ++i) {
      pass(16s);
      owner.say(owner.flex, R"({"jsonrpc":"2.0","id":"ping","method":"Ping","params":{}})");
      watcher.say(watcher.page, R"({"jsonrpc":"2.0","id":"ping","method":"Ping","params":{}})");
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
  SUBCASE("nothing follows, but the link of the page's node was away") {
    nodes.lose_all();
    nodes.link(nodes.watcher, false);
    nodes.link(nodes.watcher, true);
  }
  SUBCASE("nothing follows, but the owner's link was away") {
    nodes.lose_all();
    nodes.link(nodes.owner, false);
    nodes.link(nodes.owner, true);
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
  for (auto* const node : {&nodes.owner, &nodes.watcher}) {
    nodes.link(*node, false);
    nodes.link(*node, true);
    nodes.settle();
  }
  CHECK(nodes.watcher.take() == tasks(1, 1));
}

TEST_CASE("what comes twice is told once") {
  Nodes nodes;
  nodes.change(1);
  nodes.change(2);
  auto const first = nodes.owner.announced.front();
  nodes.settle();
  nodes.hear(first);
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
  SUBCASE("more than 64 KiB") {
    for (; last < 40; ++last) nodes.change(last, std::string(2000, 'x'));
  }
  SUBCASE("older than a minute") {
    nodes.change(last++);
    nodes.pass_a_minute();
  }
  SUBCASE("of another session of Flex") {
    nodes.change(last++);
    nodes.owner.open_flex();
  }
  nodes.lose_all();
  nodes.link(nodes.watcher, true);
  nodes.settle();
  CHECK(nodes.watcher.take() == "1 reset ");
  nodes.change(last);
  nodes.settle();
  CHECK(nodes.watcher.take() == tasks(last, last));
}

TEST_CASE("what is still kept is told, however much it is") {
  Nodes nodes;
  SUBCASE("256") {
    for (int n = 1; n <= 256; ++n) nodes.change(n);
    for (int n = 1; n <= 255; ++n) nodes.lose();
    nodes.settle();
    CHECK(nodes.watcher.take() == tasks(1, 256));
  }
  SUBCASE("60 KiB, most of it in need of an escape") {
    for (int n = 1; n <= 4; ++n) nodes.change(n, std::string(7000, '"'));
    nodes.lose_all();
    nodes.link(nodes.watcher, true);
    nodes.settle();
    CHECK(nodes.watcher.take() == tasks(1, 4));
  }
}

TEST_CASE("what came while a Snapshot was under way is told after it") {
  Nodes nodes;
  nodes.owner.open_flex();  // another session: nothing can be repeated
  nodes.lose_all();
  nodes.change(1);
  nodes.deliver();
  auto const older = nodes.ask();
  nodes.change(2);
  nodes.change(3);
  SUBCASE("as it comes") { nodes.deliver(); }
  SUBCASE("and was lost in part") { nodes.lose(); }
  nodes.deliver();
  nodes.answer(older);
  nodes.settle();
  CHECK(nodes.watcher.take() == "reset 2 3 ");
}

TEST_CASE("while two nodes hold an agent the page hears one of them, and then the one that stays") {
  Nodes nodes;
  Node newer{"newer"};
  newer.open_flex();
  nodes.deliver(newer);
  int times = 0;
  for (; !nodes.watcher.questions.empty(); ++times) {
    REQUIRE(times < 10);
    nodes.answer(nodes.ask());
  }
  CHECK(times == 4);
  nodes.change(1);
  nodes.settle();
  CHECK(nodes.watcher.take() == "1 ");

  nodes.pass(1499ms);
  nodes.tick();
  CHECK(nodes.watcher.questions.empty());
  nodes.pass(1ms);
  nodes.tick();
  nodes.answer(nodes.ask(newer));
  CHECK(nodes.watcher.take() == "reset ");

  // The last words of the other change nothing, and keep nobody from hearing what is new.
  nodes.owner.let_go();
  REQUIRE_FALSE(nodes.owner.announced.empty());
  while (!nodes.owner.announced.empty()) nodes.deliver();
  while (!nodes.watcher.questions.empty()) nodes.answer(nodes.ask(newer));
  nodes.check_follows(newer);
}

TEST_CASE("an owner that lets go without a word of the next one: the page's node looks for that") {
  Nodes nodes;
  Node newer{"newer"};
  newer.open_flex();
  newer.change(1);
  nodes.owner.let_go();
  while (!nodes.owner.announced.empty()) nodes.deliver();
  while (!nodes.watcher.questions.empty()) nodes.answer(nodes.ask(newer));
  CHECK(nodes.watcher.take() == "off reset ");
  nodes.check_follows(newer);
}

TEST_CASE("an agent whose Flex was here and went is asked for where it is now") {
  Nodes nodes;
  nodes.change(1);
  nodes.settle();
  nodes.watcher.take();
  nodes.watcher.open_flex();
  SUBCASE("another node took it") { nodes.watcher.let_go(); }
  SUBCASE("it was closed") { nodes.watcher.close(nodes.watcher.flex); }
  nodes.watcher.take();
  nodes.settle();
  CHECK(nodes.watcher.take() == "whole ");
  nodes.change(2);
  nodes.settle();
  CHECK(nodes.watcher.take() == "2 ");
}

TEST_CASE("an owner who cannot be reached is no owner, until it is heard again") {
  Nodes nodes;
  nodes.change(1);
  nodes.lose_all();
  nodes.link(nodes.watcher, true);
  nodes.fail(RequestEnd::no_owner);
  CHECK(nodes.watcher.take() == "off reset off ");
  nodes.link(nodes.watcher, true);
  nodes.fail(RequestEnd::no_owner);
  CHECK(nodes.watcher.take().empty());
  SUBCASE("when it is back") { nodes.link(nodes.owner, true); }
  SUBCASE("when it has something to say") { nodes.change(2); }
  nodes.settle();
  CHECK(nodes.watcher.take() == "reset ");
}

TEST_CASE("an owner that ended while its last words were under way has left nothing behind") {
  Nodes nodes;
  nodes.change(1);
  nodes.settle();
  CHECK(nodes.watcher.take() == "1 ");
  nodes.owner.close(nodes.owner.flex);
  while (!nodes.owner.announced.empty()) nodes.deliver();
  while (!nodes.watcher.questions.empty()) nodes.fail(RequestEnd::no_owner);
  CHECK(nodes.watcher.take() == "off off reset off ");
}

TEST_CASE("while an owner is asked for its news, that a request found none is not believed") {
  Nodes nodes;
  nodes.link(nodes.watcher, true);
  nodes.watcher.say(nodes.watcher.page, R"({"jsonrpc":"2.0","id":1,"method":"DialRequest","params":{)"
                                        R"("dialId":"d","destination":"+34911234567","lifetimeMs":5000}})");
  REQUIRE(nodes.watcher.questions.size() == 2);
  auto const news = nodes.ask();
  nodes.fail(RequestEnd::no_owner);
  CHECK(nodes.watcher.take().empty());
  nodes.answer(news);
  CHECK(nodes.watcher.take().empty());
  nodes.change(1);
  nodes.settle();
  CHECK(nodes.watcher.take() == "1 ");
}

TEST_CASE("a question that did not go out is asked later") {
  Nodes nodes;
  nodes.change(1);
  nodes.lose();
  nodes.link(nodes.watcher, true);
  SUBCASE("because much else waits") {
    nodes.fail(RequestEnd::not_sent);
    CHECK(nodes.watcher.questions.empty());
    nodes.pass(1500ms);
    nodes.tick();
  }
  SUBCASE("because the link is away") {
    nodes.link(nodes.watcher, false);
    nodes.fail(RequestEnd::not_sent);
    nodes.pass(1500ms);
    nodes.tick();
    CHECK(nodes.watcher.questions.empty());
    nodes.link(nodes.watcher, true);
  }
  SUBCASE("and one whose answer was lost at once") { nodes.fail(RequestEnd::unknown); }
  nodes.settle();
  CHECK(nodes.watcher.take() == "1 ");
}

TEST_CASE("an answer to what was asked for a page that is gone says nothing to the next page") {
  Nodes nodes;
  nodes.change(1);
  nodes.lose();
  nodes.change(2);
  nodes.deliver();
  auto const stale = nodes.ask();
  nodes.watcher.close(nodes.watcher.page);
  nodes.watcher.take();
  nodes.watcher.open_page();
  nodes.answer(stale);
  CHECK(nodes.watcher.take() == "whole off ");
  nodes.settle();
  CHECK(nodes.watcher.take() == "whole ");
}

TEST_CASE("an answer that is none is asked for again, and harms nothing") {
  for (std::string const bad : {"", "[", "[1]", R"(["x"])", R"(["{\"epoch\":\"e\",\"number\":1}\n{}"])", "{}",
                                "{\"epoch\":\"owner-1\",\"number\":2}\nx"}) {
    CAPTURE(bad);
    Nodes nodes;
    nodes.change(1);
    nodes.lose();
    nodes.change(2);
    nodes.deliver();
    auto exchange = nodes.ask();
    exchange.second = bad;
    nodes.answer(exchange);
    nodes.settle();
    auto const told = nodes.watcher.take();
    CHECK((told == "1 2 " || told == "reset "));
  }
}
