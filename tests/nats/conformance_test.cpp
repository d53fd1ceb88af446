// What Backplane promises, held by every one of its kinds.
#include <doctest/doctest.h>

#include "nats_server.hpp"
#include "nodes.hpp"
#include "support/scripted_network.hpp"

#include <flexcrm/nats.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

using namespace flexcrm;
using namespace flexcrm::test;
using namespace std::chrono_literals;

namespace {

/// In memory.
struct Scripted {
  ScriptedNetwork network;

  std::shared_ptr<Backplane> node() { return network.node(); }
  void cut() { network.set_link(false); }
  void join() { network.set_link(true); }
  /// It has no time of its own.
  void next_is_not_answered() { network.lose_answers(1); }
  void next_ask_is_not_answered() { network.lose_asks(1); }
};

/// Over a nats-server.
struct Nats {
  NatsServer server;

  std::shared_ptr<Backplane> node() { return nats({.urls = {server.url()}, .logger = {.level = Level::off}}).value(); }
  void cut() { server.kill(); }
  void join() { server.start(); }
  void next_is_not_answered() {}
  void next_ask_is_not_answered() {}
};

template <class Network>
struct World {
  Network network;
  Loop loop;
  int settled = 0;

  /// A node that is connected.
  std::unique_ptr<Node> node(std::string name) {
    auto made = std::make_unique<Node>(loop, network.node(), std::move(name));
    REQUIRE(made->watch({"", "nobody"}));
    made->backplane->unwatch({"", "nobody"});
    return made;
  }
  void until(std::function<bool()> const& so) { REQUIRE(loop.run_until(so)); }
  RequestEnd end_of(std::shared_ptr<End> const& request) {
    until([&] { return request->times > 0; });
    return *request->end;
  }
  /// Whatever was under way when this was called has come when it returns.
  void settle(Node& from, Node& to) {
    AgentKey const probe{"settle", std::to_string(++settled)};
    to.own(probe);
    CHECK(end_of(from.request(probe, "?")) == RequestEnd::answered);
    to.backplane->disown(probe);
  }
};

}  // namespace

#define EACH(name) TEST_CASE_TEMPLATE(name, Network, Scripted, Nats)

EACH("a request reaches the owner, and its answer the one who asked") {
  World<Network> world;
  auto const a = world.node("a"), b = world.node("b"), c = world.node("c");
  a->own(anna);
  c->own({"", "bert"});
  auto const request = b->request(anna, "dial");
  CHECK(world.end_of(request) == RequestEnd::answered);
  CHECK(request->frame == "a: dial");
  REQUIRE(a->commands.size() == 1);
  CHECK(a->commands[0].agent == anna);
  CHECK(a->commands[0].from == "b");
  CHECK(a->commands[0].frame == "dial");
  CHECK(c->commands.empty());
}

EACH("an agent that nobody holds is nobody's") {
  World<Network> world;
  auto const a = world.node("a"), b = world.node("b");
  auto const never = b->request(anna, "dial", 300ms);
  CHECK(world.end_of(never) == RequestEnd::no_owner);
  CHECK(never->frame.empty());
  a->own(anna);
  CHECK(world.end_of(b->request(anna, "dial")) == RequestEnd::answered);
  a->backplane->disown(anna);
  world.settle(*b, *a);
  CHECK(world.end_of(b->request(anna, "dial", 300ms)) == RequestEnd::no_owner);
  CHECK(a->commands.size() == 2);  // the dial, and the one that settled
}

EACH("a node that owns an agent does not hear itself") {
  World<Network> world;
  auto const a = world.node("a");
  a->own(anna);
  REQUIRE(a->watch(anna));
  CHECK(world.end_of(a->request(anna, "dial", 100ms)) == RequestEnd::no_owner);
  a->backplane->announce(anna, "news");
  auto const b = world.node("b");
  world.settle(*a, *b);
  CHECK(a->commands.empty());
  CHECK(a->news.empty());
  CHECK(a->claimed.empty());
}

EACH("a request that is not answered in time may have happened, and is never sent again") {
  World<Network> world;
  auto const a = world.node("a"), b = world.node("b");
  a->own(anna);
  a->answers = 0;
  world.network.next_is_not_answered();
  auto const request = b->request(anna, "dial", 400ms);
  CHECK(world.end_of(request) == RequestEnd::unknown);
  CHECK(request->frame.empty());
  world.until([&] { return !a->commands.empty(); });
  a->answers = 1;
  world.settle(*b, *a);
  CHECK(std::count_if(a->commands.begin(), a->commands.end(), [](auto const& one) { return one.frame == "dial"; }) ==
        1);
  CHECK(request->times == 1);
}

EACH("a question goes to the inbox of one node") {
  World<Network> world;
  auto const a = world.node("a"), b = world.node("b"), c = world.node("c");
  auto const claim = b->ask("a", anna, "claim");
  CHECK(world.end_of(claim) == RequestEnd::answered);
  CHECK(claim->frame == "a: claim");
  REQUIRE(a->asked.size() == 1);
  CHECK(a->asked[0] == std::pair{anna, std::string{"claim"}});
  CHECK(c->asked.empty());
  CHECK(world.end_of(b->ask("nobody", anna, "claim", 200ms)) != RequestEnd::answered);
  a->answers = 0;
  world.network.next_ask_is_not_answered();
  CHECK(world.end_of(b->ask("a", anna, "claim", 200ms)) == RequestEnd::unknown);
}

EACH("two owners learn of each other, and meanwhile a request goes to one of them") {
  World<Network> world;
  auto const a = world.node("a"), b = world.node("b"), c = world.node("c");
  a->own(anna, 1);
  CHECK(world.end_of(c->request(anna, "first")) == RequestEnd::answered);
  b->own(anna, 2);
  world.until([&] { return !a->claimed.empty() && !b->claimed.empty(); });
  CHECK(a->claimed[0] == std::pair{anna, b->ownership(2)});
  CHECK(b->claimed[0] == std::pair{anna, a->ownership(1)});
  CHECK(world.end_of(c->request(anna, "between")) == RequestEnd::answered);
  CHECK(a->commands.size() + b->commands.size() == 2);
  a->backplane->disown(anna);
  world.settle(*c, *a);
  auto const after = c->request(anna, "after");
  CHECK(world.end_of(after) == RequestEnd::answered);
  CHECK(after->frame == "b: after");
}

EACH("news comes to every node that watches, and to no other") {
  World<Network> world;
  auto const a = world.node("a"), b = world.node("b"), c = world.node("c"), d = world.node("d");
  a->own(anna);
  REQUIRE(b->watch(anna));
  REQUIRE(c->watch(anna));
  REQUIRE(d->watch({"", "bert"}));
  a->backplane->announce(anna, "news");
  world.until([&] { return b->news.size() == 1 && c->news.size() == 1; });
  CHECK(b->news[0] == std::pair{anna, std::string{"news"}});
  c->backplane->unwatch(anna);
  world.settle(*a, *c);
  a->backplane->announce(anna, "more");
  world.until([&] { return b->news.size() == 2; });
  world.settle(*a, *c);
  world.settle(*a, *d);
  CHECK(c->news.size() == 1);
  CHECK(d->news.empty());
}

EACH("what an owner announces comes in its order") {
  World<Network> world;
  auto const a = world.node("a"), b = world.node("b");
  AgentKey const bert{"", "bert"};
  REQUIRE(b->watch(anna));
  REQUIRE(b->watch(bert));
  for (int i = 0; i < 500; ++i) {
    a->backplane->announce(anna, std::to_string(i));
    a->backplane->announce(bert, std::to_string(i));
  }
  world.until([&] { return b->news.size() == 1000; });
  for (auto const& agent : {anna, bert}) {
    int next = 0;
    for (auto const& [whose, frame] : b->news)
      if (whose == agent) CHECK(frame == std::to_string(next++));
  }
}

EACH("any id names one agent: no wildcard, no dot, no space reaches another") {
  World<Network> world;
  auto const a = world.node("a"), b = world.node("b");
  std::vector<AgentKey> agents;
  for (std::string const& id :
       {std::string{""}, std::string{"*"}, std::string{">"}, std::string{"a.b"}, std::string{"a"}, std::string{" "},
        std::string{"a b"}, std::string{"_in"}, std::string{"=Kg"}, std::string{"a\r\nPUB x 1"},
        std::string{"\xf0\x9f\x98\x80"}, std::string{"cmd"}, std::string("a\0b", 3), std::string(128, 'x'),
        std::string(129, 'x')}) {
    agents.push_back({"", id});
    agents.push_back({id, "anna"});
  }
  std::sort(agents.begin(), agents.end());
  agents.erase(std::unique(agents.begin(), agents.end()), agents.end());
  for (auto const& agent : agents) {
    a->own(agent);
    REQUIRE(b->watch(agent));
  }
  std::vector<std::shared_ptr<End>> requests;
  for (std::size_t i = 0; i < agents.size(); ++i) {
    requests.push_back(b->request(agents[i], std::to_string(i)));
    a->backplane->announce(agents[i], std::to_string(i));
  }
  for (auto const& request : requests) CHECK(world.end_of(request) == RequestEnd::answered);
  world.until([&] { return b->news.size() >= agents.size(); });
  world.settle(*a, *b);
  CHECK(b->news.size() == agents.size());
  REQUIRE(a->commands.size() == agents.size());
  for (auto const& command : a->commands) CHECK(command.agent == agents[std::stoul(command.frame)]);
  for (auto const& [agent, frame] : b->news) CHECK(agent == agents[std::stoul(frame)]);
}

EACH("the longest frames cross whole") {
  World<Network> world;
  auto const a = world.node("a"), b = world.node("b");
  a->own(anna);
  REQUIRE(b->watch(anna));
  std::string frame(120'000, '\0');
  for (std::size_t i = 0; i < frame.size(); ++i) frame[i] = static_cast<char>(i * 7);
  auto const request = b->request(anna, frame);
  CHECK(world.end_of(request) == RequestEnd::answered);
  CHECK(a->commands[0].frame == frame);
  CHECK(request->frame == "a: " + frame);
  a->backplane->announce(anna, frame);
  world.until([&] { return !b->news.empty(); });
  CHECK(b->news[0].second == frame);
}

EACH("ten thousand agents need no more threads than one, and each is reached") {
  World<Network> world;
  auto const threads = [] {
    return std::distance(std::filesystem::directory_iterator{"/proc/self/task"}, std::filesystem::directory_iterator{});
  };
  auto const a = world.node("a");
  auto const agent = [](int i) { return AgentKey{"", "agent" + std::to_string(i)}; };
  constexpr int count = 10000;
  for (int i = 0; i < count; ++i) {
    a->own(agent(i));
    a->backplane->watch(agent(i), [] {});
  }
  REQUIRE(a->watch({"", "the last"}));
  CHECK(threads() <= 8);
  auto const b = world.node("b");
  std::vector<std::shared_ptr<End>> requests;
  for (int i = 0; i < count; ++i) requests.push_back(b->request(agent(i), std::to_string(i)));
  for (auto const& request : requests) REQUIRE(world.end_of(request) == RequestEnd::answered);
  REQUIRE(a->commands.size() == count);
  for (auto const& command : a->commands) REQUIRE(command.agent == agent(std::stoi(command.frame)));
}

EACH(
    "a link that is down is told, and refuses at once; what was missed meanwhile is gone, and afterwards all is as before") {
  World<Network> world;
  auto const a = world.node("a"), b = world.node("b");
  a->own(anna);
  REQUIRE(b->watch(anna));
  CHECK(a->links == std::vector{true});
  world.network.cut();
  world.until([&] { return a->links.size() == 2 && b->links.size() == 2; });
  CHECK_FALSE(b->links[1]);
  CHECK(world.end_of(b->request(anna, "dial", 60s)) == RequestEnd::not_sent);
  CHECK(world.end_of(b->ask("a", anna, "claim", 60s)) == RequestEnd::not_sent);
  a->backplane->announce(anna, "missed");
  world.network.join();
  world.until([&] { return a->links.size() == 3 && b->links.size() == 3; });
  CHECK(b->links[2]);
  CHECK(world.end_of(b->request(anna, "again")) == RequestEnd::answered);
  a->backplane->announce(anna, "afterwards");
  world.until([&] { return !b->news.empty(); });
  CHECK(b->news[0].second == "afterwards");
  CHECK(a->commands.size() == 1);
}

EACH("what is owned, watched and let go while the link is down counts when it is back") {
  World<Network> world;
  auto const a = world.node("a"), b = world.node("b");
  AgentKey const bert{"", "bert"};
  a->own(anna);
  REQUIRE(b->watch(anna));
  world.network.cut();
  world.until([&] { return a->links.size() == 2 && b->links.size() == 2; });
  a->backplane->disown(anna);
  b->backplane->unwatch(anna);
  a->own(bert);
  bool ready = false;
  b->backplane->watch(bert, [&] { ready = true; });
  world.network.join();
  world.until([&] { return ready && a->links.size() == 3 && b->links.size() == 3; });
  CHECK(world.end_of(b->request(bert, "dial")) == RequestEnd::answered);
  CHECK(world.end_of(b->request(anna, "dial", 100ms)) == RequestEnd::no_owner);
  a->backplane->announce(anna, "not watched");
  a->backplane->announce(bert, "watched");
  world.until([&] { return !b->news.empty(); });
  CHECK(b->news[0] == std::pair{bert, std::string{"watched"}});
}

EACH("two that became owners while the link was down learn of each other when it is back") {
  World<Network> world;
  auto const a = world.node("a"), b = world.node("b");
  world.network.cut();
  world.until([&] { return a->links.size() == 2 && b->links.size() == 2; });
  a->own(anna, 1);
  b->own(anna, 2);
  world.network.join();
  world.until([&] { return !a->claimed.empty() && !b->claimed.empty(); });
  CHECK(a->claimed[0] == std::pair{anna, b->ownership(2)});
  CHECK(b->claimed[0] == std::pair{anna, a->ownership(1)});
}

EACH("what was announced before stop() goes out") {
  World<Network> world;
  auto const a = world.node("a"), b = world.node("b");
  REQUIRE(b->watch(anna));
  for (int i = 0; i < 200; ++i) a->backplane->announce(anna, std::to_string(i));
  a->backplane->stop();
  world.until([&] { return b->news.size() == 200; });
  CHECK(b->news.back().second == "199");
}

EACH("after stop() nothing is called, neither the open requests nor what comes") {
  World<Network> world;
  auto const a = world.node("a"), b = world.node("b");
  a->own(anna);
  REQUIRE(b->watch(anna));
  a->answers = 0;
  world.network.next_is_not_answered();
  auto const open = b->request(anna, "dial", 300ms);
  world.until([&] { return !a->commands.empty(); });
  auto const ended = open->times;  // the scripted network may have lost the answer before the command was carried out
  b->backplane->stop();
  a->backplane->announce(anna, "news");
  a->backplane->stop();
  auto const c = world.node("c"), d = world.node("d");
  auto const posted = a->posts + b->posts;
  // Longer than the open request would have taken.
  c->own(anna);
  c->answers = 0;
  world.network.next_is_not_answered();
  CHECK(world.end_of(d->request(anna, "dial", 400ms)) == RequestEnd::unknown);
  CHECK(open->times == ended);
  CHECK(b->news.empty());
  CHECK(a->posts + b->posts <= posted + 2);  // each may have had something under way
}
