// Two servers as one: an agent's Flex at the first, CRM endpoints at the second, a scripted network between them.
#include "nodes.hpp"
#include "../support/scripted_network.hpp"

using namespace flexcrm;
using namespace flexcrm::test;

namespace {

struct Node : ServerNode {
  explicit Node(ScriptedNetwork& network) : ServerNode{network.node()} {}
};

}  // namespace

TEST_CASE("a CRM endpoint at another node sees the agent as if it were here") {
  ScriptedNetwork network;
  Node first{network}, second{network};
  check_page_elsewhere(first, second);
}

TEST_CASE("a dial crosses the nodes, its claim comes back to the issuer, and it rings once") {
  ScriptedNetwork network;
  Node first{network}, second{network};
  Flex flex{first};
  Crm crm{second};
  crm.wait(true);
  SUBCASE("of a CRM endpoint") {
    CHECK(await(crm.client.request(DialRequest{.destination = number})).has_value());
    CHECK(flex.dialled.take() == number);
  }
  SUBCASE("of a server's process") {
    CHECK(await(dial(second.server)).has_value());
    CHECK(flex.dialled.take() == number);
  }
  SUBCASE("a claim that is not answered is a denial") {
    network.lose_asks(1);
    CHECK(await(crm.client.request(DialRequest{.destination = number})).error().code == Errc::expired);
  }
  SUBCASE("an answer that is lost leaves a granted dial unknown, at once, and nobody sends it again") {
    network.lose_answers(1);
    auto const result = await(dial(second.server));
    // Whether the claim or the loss came first decides how certain it is; what is certain is at most one call.
    CHECK((outcome_of(result) == DialOutcome::failed || outcome_of(result) == DialOutcome::unknown));
    return;
  }
  CHECK(flex.dialled.empty());
}

TEST_CASE("an agent that no node holds is offline at once") {
  ScriptedNetwork network;
  Node first{network}, second{network};
  CHECK(await(dial(second.server)).error().code == Errc::agent_offline);
  Flex flex{first};
  network.set_link(false);
  CHECK(await(dial(second.server)).error().code == Errc::agent_offline);
  CHECK(flex.dialled.empty());
}

TEST_CASE("an announcement that was lost is noticed at the next one, and told before it") {
  ScriptedNetwork network;
  Node first{network}, second{network};
  Flex flex{first};
  Crm crm{second};
  CHECK_FALSE(crm.wait(true).reset);
  network.lose_announcements(1);
  SUBCASE("by the owner at once") {}
  SUBCASE("after nodes that have just let go") { network.refuse_requests(3); }
  flex.change(1);
  flex.change(2);
  CHECK(crm.changed.take() == task(1));
  CHECK(crm.changed.take() == task(2));
  CHECK(crm.snapshots.empty());
}

TEST_CASE("what was announced while the link between the nodes was down is told when it is back") {
  ScriptedNetwork network;
  Node first{network}, second{network};
  check_outage(
      first, second, [&] { network.set_link(false); }, [&] { network.set_link(true); });
}

TEST_CASE("a server says whether it can reach the others, and counts what it asked them") {
  ScriptedNetwork network;
  network.set_link(false);
  Node first{network}, second{network};
  Flex flex{first};
  CHECK_FALSE(second.server.linked());
  CHECK(await(dial(second.server)).error().code == Errc::agent_offline);
  CHECK(second.server.metrics().nodes_asked.at("not_sent") == 1);
  network.set_link(true);
  wait_until([&] { return second.server.linked(); });
  CHECK(second.server.metrics().links_lost == 0);
  CHECK(await(dial(second.server)).has_value());
  network.set_link(false);
  wait_until([&] { return !second.server.linked(); });
  auto const metrics = second.server.metrics();
  CHECK(metrics.links_lost == 1);
  CHECK(metrics.linked_now == 0);
  // The claim of the dial was asked by the other.
  CHECK(metrics.nodes_asked.at("answered") == 1);
  second.server.stop();
  CHECK_FALSE(second.server.linked());
  Server alone{server_options()};
  CHECK_FALSE(alone.linked());
  REQUIRE(alone.start().has_value());
  CHECK(alone.linked());
}

TEST_CASE("when the link is back a node asks for the news of its agents some at a time, and of all of them") {
  constexpr int many = 150;
  ScriptedNetwork network;
  Node first{network}, second{network};
  std::deque<TestClient> flexes, crms;
  std::deque<Inbox<Snapshot>> snapshots;
  std::deque<Inbox<TaskSelected>> selected;
  auto const name = [](int i) { return "agent " + std::to_string(i); };
  for (int i = 0; i < many; ++i) {
    flexes.emplace_back(client_options(first.server.port(), Role::flex, name(i))).open();
    auto& inbox = snapshots.emplace_back();
    auto& crm = crms.emplace_back(client_options(second.server.port(), Role::crm, name(i)));
    crm.client.on<Snapshot>([&inbox](Snapshot const& whole) { inbox.put(whole); });
    crm.client.on<TaskSelected>([&news = selected.emplace_back()](TaskSelected const& task) { news.put(task); });
    crm.open();
    inbox.take_until([](Snapshot const& whole) { return whole.agent.connected == true; }, "the first Snapshot");
  }
  network.set_link(false);
  for (auto& flex : flexes) REQUIRE(await(flex.client.request(selection(1))).has_value());
  network.set_link(true);
  for (auto& inbox : selected) CHECK(inbox.take() == selection(1));
  CHECK(network.most_open_requests() <= 64);
  CHECK(network.most_open_requests() > 1);
  for (auto& client : crms) client.client.stop();
}

TEST_CASE("of two nodes that hold an agent the older lets go") {
  ScriptedNetwork network;
  Node first{network}, second{network};
  Flex older{first};
  Flex newer{second};
  CHECK(older.wait(ClientPhase::ended).error.code == Errc::closed);
  newer.select(3);
  Crm crm{first};
  crm.snapshots.take_until([](Snapshot const& whole) { return whole.selected == selection(3); },
                           "the newer one's state");
  CHECK(network.owners(anna) == 1);
}

TEST_CASE("a node that ended without a word is noticed when somebody asks for its agent") {
  ScriptedNetwork network;
  Node first{network}, second{network};
  Flex flex{first};
  Crm crm{second};
  crm.wait(true);
  network.forget(first.backplane);
  CHECK(await(crm.client.request(DialRequest{.destination = number})).error().code == Errc::agent_offline);
  CHECK(crm.wait(false).reset);
}
