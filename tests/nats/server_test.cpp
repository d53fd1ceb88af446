// Servers joined by NATS: an agent's Flex at the first, CRM endpoints at others.
#include "nats_server.hpp"
#include "net/nodes.hpp"

#include <flexcrm/nats.hpp>

#include <memory>

using namespace flexcrm;
using namespace flexcrm::test;

namespace {

struct NatsNode : ServerNode {
  explicit NatsNode(NatsServer const& broker)
      : ServerNode{nats({.urls = {broker.url()}, .allow_plaintext = true, .logger = swept()}).value()} {}
};

}  // namespace

TEST_CASE("over NATS a CRM endpoint at another node sees the agent as if it were here") {
  NatsServer broker;
  NatsNode first{broker}, second{broker};
  check_page_elsewhere(first, second);
}

TEST_CASE(
    "over NATS Flex is at one node, the dial at another, the screen at a third; it rings once, and the claim comes back") {
  NatsServer broker;
  NatsNode first{broker}, second{broker}, third{broker};
  Flex flex{first};
  Crm screen{third};
  screen.wait(true);
  CHECK(await(dial(second.server)).has_value());
  CHECK(flex.dialled.take() == number);
  CHECK(await(screen.client.request(DialRequest{.destination = number})).has_value());
  CHECK(flex.dialled.take() == number);
  flex.select(1);
  CHECK(screen.selected.take() == selection(1));
  CHECK(flex.dialled.empty());
}

TEST_CASE("over NATS of two nodes that hold an agent the older lets go") {
  NatsServer broker;
  NatsNode first{broker}, second{broker}, third{broker};
  Flex older{first};
  Crm open_before{third};
  open_before.wait(true);
  Flex newer{second};
  CHECK(older.wait(ClientPhase::ended).error.code == Errc::closed);
  newer.select(3);
  // As news or in a Snapshot, as it falls out.
  bool seen = false;
  wait_until([&] {
    while (!open_before.selected.empty()) seen = open_before.selected.take() == selection(3) || seen;
    while (!open_before.snapshots.empty()) seen = open_before.snapshots.take().selected == selection(3) || seen;
    return seen;
  });
  Crm crm{third};
  crm.snapshots.take_until([](Snapshot const& whole) { return whole.selected == selection(3); },
                           "the newer one's state");
  CHECK(await(dial(third.server)).has_value());
  CHECK(newer.dialled.take() == number);
  CHECK(older.dialled.empty());
}

TEST_CASE("over NATS a node that ends is noticed, and another takes its agent") {
  NatsServer broker;
  NatsNode second{broker};
  auto first = std::make_unique<NatsNode>(broker);
  Flex flex{*first};
  Crm crm{second};
  crm.wait(true);
  first.reset();
  CHECK(await(dial(second.server)).error().code == Errc::agent_offline);
  crm.wait(false);
  NatsNode third{broker};
  Flex other{third};
  crm.wait(true);
  CHECK(await(dial(second.server)).has_value());
  CHECK(other.dialled.take() == number);
}

TEST_CASE("over NATS a link that is down refuses at once, and nothing is dialled when it is back") {
  NatsServer broker;
  NatsNode first{broker}, second{broker};
  Flex flex{first};
  Crm crm{second};
  crm.wait(true);
  broker.kill();
  wait_until([&] { return !first.server.linked() && !second.server.linked(); });
  auto const begin = std::chrono::steady_clock::now();
  CHECK(await(dial(second.server)).error().code == Errc::agent_offline);
  CHECK(std::chrono::steady_clock::now() - begin <
        std::chrono::seconds{2});  // not for as long as an owner would be looked for
  broker.start();
  wait_until([&] { return first.server.linked() && second.server.linked(); });
  CHECK(await(dial(second.server)).has_value());
  CHECK(flex.dialled.take() == number);
  CHECK(flex.dialled.empty());
}

TEST_CASE("over NATS what was announced while the broker was away is told when it is back") {
  NatsServer broker;
  NatsNode first{broker}, second{broker};
  check_outage(
      first, second,
      [&] {
        broker.kill();
        wait_until([&] { return !first.server.linked() && !second.server.linked(); });
      },
      [&] { broker.start(); });
}

TEST_CASE("over NATS what was announced while the owner changed to another server of the cluster is told") {
  NatsServer failing{"", true}, other{"", true, failing.route()};
  NatsNode first{failing}, second{other};  // the first learns of the other from its server
  wait_until([&] { return first.server.linked() && second.server.linked(); });
  check_outage(
      first, second,
      [&] {
        failing.kill();
        wait_until([&] { return first.server.metrics().links_lost == 1; });
      },
      [&] { wait_until([&] { return first.server.linked(); }); });
}
