// The adapter for NATS and what a broker may do to it.
#include <doctest/doctest.h>

#include "nats_server.hpp"
#include "nodes.hpp"

#include <nats/nats.h>
#include <flexcrm/nats.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

using namespace flexcrm;
using namespace flexcrm::test;
using namespace std::chrono_literals;

namespace {

std::unique_ptr<Node> connected(Loop& loop, NatsOptions options, std::string name) {
  options.logger.level = Level::off;
  auto node = std::make_unique<Node>(loop, nats(std::move(options)).value(), std::move(name));
  REQUIRE(node->settle());
  return node;
}

/// Somebody else who may use the broker.
struct Stranger {
  explicit Stranger(NatsServer const& server) {
    REQUIRE(natsConnection_ConnectTo(&connection, server.url().c_str()) == NATS_OK);
  }
  ~Stranger() { natsConnection_Destroy(connection); }
  void send(std::string const& subject, std::string const& data, std::string const& reply = {}) {
    auto const size = static_cast<int>(data.size());
    REQUIRE((reply.empty() ? natsConnection_Publish(connection, subject.c_str(), data.data(), size)
                           : natsConnection_PublishRequest(connection, subject.c_str(), reply.c_str(), data.data(),
                                                           size)) == NATS_OK);
  }
  void flush() { REQUIRE(natsConnection_FlushTimeout(connection, 10000) == NATS_OK); }

  natsConnection* connection = nullptr;
};

}  // namespace

TEST_CASE("a frame that the broker does not take is not sent, and harms nothing else") {
  NatsServer server{"max_payload: 70000"};
  Loop loop;
  auto const a = connected(loop, {.urls = {server.url()}}, "a"), b = connected(loop, {.urls = {server.url()}}, "b");
  a->own(anna);
  REQUIRE(a->settle());
  REQUIRE(b->watch(anna));
  std::string const large(70000, 'x');
  auto const request = b->request(anna, large);
  a->backplane->announce(anna, large + large);
  a->backplane->announce(anna, "small");
  REQUIRE(loop.run_until([&] { return request->times == 1 && !b->news.empty(); }));
  CHECK(request->end == RequestEnd::not_sent);
  CHECK(b->news[0].second == "small");
  auto const small = b->request(anna, "small");
  REQUIRE(loop.run_until([&] { return small->times == 1; }));
  CHECK(small->end == RequestEnd::answered);
  CHECK(b->links == std::vector{true});
}

TEST_CASE("an id that is longer than subjects may be is nobody's, and harms nothing else") {
  NatsServer server;
  Loop loop;
  auto const a = connected(loop, {.urls = {server.url()}}, "a"), b = connected(loop, {.urls = {server.url()}}, "b");
  AgentKey const longest{std::string(512, '\xff'), std::string(512, '\xfe')}, longer{"", std::string(5000, 'x')};
  for (auto const& agent : {longest, longer, anna}) {
    a->own(agent);
    a->backplane->announce(agent, "news");
  }
  b->backplane->watch(longer, [] { FAIL("watches what cannot be"); });
  auto const no = b->request(longer, "dial"), yes = b->request(longest, "dial"), ask = b->ask("a", longer, "claim");
  REQUIRE(loop.run_until([&] { return no->times == 1 && yes->times == 1 && ask->times == 1; }));
  CHECK(no->end == RequestEnd::no_owner);
  CHECK(yes->end == RequestEnd::answered);
  CHECK(ask->end == RequestEnd::no_owner);
  CHECK(b->links == std::vector{true});
}

TEST_CASE("what others write into the subjects is dropped, and harms nothing else") {
  NatsServer server;
  Loop loop;
  auto const a = connected(loop, {.urls = {server.url()}}, "a"), b = connected(loop, {.urls = {server.url()}}, "b");
  a->own(anna);
  REQUIRE(a->settle());
  REQUIRE(b->watch(anna));
  Stranger stranger{server};
  for (std::string const& data :
       {std::string{}, std::string{"\n"}, std::string{"{}\n"}, std::string{"[\n"}, std::string{"{\"from\":\"x\"}\n"},
        std::string("\0\0\n", 3), std::string(100000, '{') + "\n", std::string{"{\"from\":\"x\",\"owner\":{}}\n"},
        "{\"from\":\"" + std::string(600, 'x') + "\",\"owner\":{\"since\":1,\"session\":\"\",\"node\":\"\"}}\n"}) {
    for (auto const* subject : {"flexcrm.v1.=.anna.cmd", "flexcrm.v1._in.a.ask", "flexcrm.v1._in.a.own",
                                "flexcrm.v1._in.a.1", "flexcrm.v1._nowhere", "flexcrm.v1._in.a.18446744073709551616"}) {
      stranger.send(subject, data);
      stranger.send(subject, data, "flexcrm.v1.=.anna.cmd");
      stranger.send(subject, data, "not.an.inbox");
    }
  }
  stranger.flush();
  auto const request = b->request(anna, "dial");
  REQUIRE(loop.run_until([&] { return request->times == 1; }));
  CHECK(request->end == RequestEnd::answered);
  CHECK(a->commands.size() == 1);  // the stranger's were no requests: nobody could be answered
  CHECK(a->asked.empty());
  CHECK(a->links == std::vector{true});
}

TEST_CASE("a node that the agent has just left did nothing, and the request looks for the next one") {
  NatsServer server;
  Loop loop;
  auto const b = connected(loop, {.urls = {server.url()}}, "b");
  Stranger left{server};
  natsSubscription* subscription = nullptr;
  REQUIRE(natsConnection_QueueSubscribeSync(&subscription, left.connection, "flexcrm.v1.=.anna.cmd", "own") == NATS_OK);
  left.flush();
  auto const request = b->request(anna, "dial");
  for (auto const* answer : {"-", "-", "+done"}) {
    natsMsg* message = nullptr;
    REQUIRE(natsSubscription_NextMsg(&message, subscription, 10000) == NATS_OK);
    std::string const reply = natsMsg_GetReply(message);
    natsMsg_Destroy(message);
    left.send(reply, "what is no answer is ignored");
    left.send(reply, answer);
  }
  REQUIRE(loop.run_until([&] { return request->times == 1; }));
  CHECK(request->end == RequestEnd::answered);
  CHECK(request->frame == "done");
  natsSubscription_Destroy(subscription);
}

TEST_CASE("what a cluster hands back to the node that sent it is not for it") {
  NatsServer server;
  Loop loop;
  auto const a = connected(loop, {.urls = {server.url()}}, "a"), b = connected(loop, {.urls = {server.url()}}, "b");
  a->own(anna);
  REQUIRE(a->settle());
  Stranger cluster{server};
  natsSubscription* inbox = nullptr;
  REQUIRE(natsConnection_SubscribeSync(&inbox, cluster.connection, "flexcrm.v1._in.a.back") == NATS_OK);
  cluster.send("flexcrm.v1.=.anna.cmd", R"({"from":"a","owner":{"since":1,"session":"session of a","node":"a"}})"
                                        "\n");
  cluster.send("flexcrm.v1.=.anna.cmd", "{\"from\":\"a\"}\ndial", "flexcrm.v1._in.a.back");
  natsMsg* message = nullptr;
  REQUIRE(natsSubscription_NextMsg(&message, inbox, 10000) == NATS_OK);
  CHECK(std::string{natsMsg_GetData(message)} == "-");
  natsMsg_Destroy(message);
  natsSubscription_Destroy(inbox);
  auto const request = b->request(anna, "dial");
  REQUIRE(loop.run_until([&] { return request->times == 1; }));
  CHECK(request->end == RequestEnd::answered);
  CHECK(a->commands.size() == 1);
  CHECK(a->claimed.empty());
}

TEST_CASE("an owner that answers twice is heard once") {
  NatsServer server;
  Loop loop;
  auto const a = connected(loop, {.urls = {server.url()}}, "a"), b = connected(loop, {.urls = {server.url()}}, "b");
  a->own(anna);
  REQUIRE(a->settle());
  a->answers = 3;
  auto const first = b->request(anna, "1");
  REQUIRE(loop.run_until([&] { return first->times == 1; }));
  auto const second = b->request(anna, "2");
  REQUIRE(loop.run_until([&] { return second->times == 1; }));
  CHECK(first->times == 1);
  CHECK(second->frame == "a: 2");
}

TEST_CASE("a node waits for a broker that is not there yet, and its server does not wait for the node") {
  NatsServer server;
  server.kill();
  Loop loop;
  Node a{loop, nats({.urls = {server.url()}, .logger = {.level = Level::off}}).value(), "a"};
  a.own(anna);
  auto const early = a.request({"", "bert"}, "dial");
  REQUIRE(loop.run_until([&] { return early->times == 1; }));
  CHECK(early->end == RequestEnd::not_sent);
  CHECK(a.links.empty());
  server.start();
  REQUIRE(loop.run_until([&] { return a.links == std::vector{true}; }));
  auto const b = connected(loop, {.urls = {server.url()}}, "b");
  auto const request = b->request(anna, "dial");
  REQUIRE(loop.run_until([&] { return request->times == 1; }));
  CHECK(request->end == RequestEnd::answered);
}

TEST_CASE("a connection that is lost leaves what was sent unknown at once, and what reached nobody not sent") {
  NatsServer server;
  Loop loop;
  auto const a = connected(loop, {.urls = {server.url()}}, "a"), b = connected(loop, {.urls = {server.url()}}, "b");
  a->own(anna);
  REQUIRE(a->settle());
  a->answers = 0;
  auto const sent = b->request(anna, "dial", 10min), question = b->ask("a", anna, "claim", 10min);
  REQUIRE(loop.run_until([&] { return a->commands.size() == 1 && a->asked.size() == 1; }));
  auto const nobodys = b->request({"", "bert"}, "dial", 10min);
  server.kill();
  REQUIRE(loop.run_until([&] { return sent->times == 1 && question->times == 1 && nobodys->times == 1; }));
  CHECK(sent->end == RequestEnd::unknown);
  CHECK(question->end == RequestEnd::unknown);
  // Whether it was on its way in that moment is the machine's matter.
  CHECK(nobodys->end != RequestEnd::answered);
  server.start();
  REQUIRE(loop.run_until([&] { return b->links.size() == 3; }));
  CHECK(sent->times == 1);
}

TEST_CASE("of several URLs one is enough") {
  NatsServer gone;
  gone.kill();
  NatsServer server;
  Loop loop;
  connected(loop, {.urls = {gone.url(), server.url()}}, "a");
}

TEST_CASE("who a node is: user and password, token") {
  auto const refused = [](NatsServer const& server, NatsOptions options) {
    Loop loop;
    options.urls = {server.url()};
    std::vector<std::string> lines;
    std::mutex mutex;
    options.logger.write = [&](Level, std::string_view line) {
      std::lock_guard const lock{mutex};
      lines.emplace_back(line);
    };
    Node node{loop, nats(std::move(options)).value(), "a"};
    auto const request = node.request(anna, "dial");  // waits for the first attempt
    REQUIRE(loop.run_until([&] { return request->times == 1; }));
    CHECK(request->end == RequestEnd::not_sent);
    CHECK(node.links.empty());
    std::lock_guard const lock{mutex};
    REQUIRE_FALSE(lines.empty());
    for (auto const& line : lines) CHECK(line.find("secret") == std::string::npos);
  };
  Loop loop;
  {
    NatsServer server{"authorization { user: crm, password: secret }"};
    connected(loop, {.urls = {server.url()}, .user = "crm", .password = "secret"}, "a");
    refused(server, {.user = "crm", .password = "secret2"});
    refused(server, {});
  }
  {
    NatsServer server{"authorization { token: secret }"};
    connected(loop, {.urls = {server.url()}, .token = "secret"}, "a");
    refused(server, {.token = "secret2"});
  }
}

TEST_CASE("a node that may use flexcrm's subjects alone needs no other") {
  NatsServer server{
      R"(authorization { users: [{ user: crm, password: secret, permissions: { publish: "flexcrm.v1.>", subscribe: "flexcrm.v1.>" } }] })"};
  Loop loop;
  NatsOptions const options{.urls = {server.url()}, .user = "crm", .password = "secret"};
  auto const a = connected(loop, options, "a"), b = connected(loop, options, "b");
  a->own(anna);
  REQUIRE(a->settle());
  REQUIRE(b->watch(anna));
  auto const request = b->request(anna, "dial");
  a->backplane->announce(anna, "news");
  REQUIRE(loop.run_until([&] { return request->times == 1 && !b->news.empty(); }));
  CHECK(request->end == RequestEnd::answered);
}
