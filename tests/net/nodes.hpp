// What tests of several servers have: servers joined by a backplane, and clients of them.
#pragma once

#include "support.hpp"
#include "support/anna.hpp"

#include <flexcrm/backplane.hpp>

#include <future>
#include <memory>
#include <string>
#include <utility>

namespace flexcrm::test {

inline constexpr char const* number = "+34911234567";

inline TaskSelected selection(int n) {
  TaskSelected task;
  task.attributes = Attributes::from_text("{\"n\":" + std::to_string(n) + "}").value();
  return task;
}

inline std::string task(int n) {
  auto const digits = std::to_string(n);
  return "WT" + std::string(32 - digits.size(), '0') + digits;
}

/// A server of several.
struct ServerNode {
  explicit ServerNode(std::shared_ptr<Backplane> its_backplane)
      : backplane{std::move(its_backplane)}, server{options()} {
    REQUIRE(server.start().has_value());
  }
  ServerOptions options() const {
    auto options = server_options();
    options.backplane = backplane;
    options.session.times.resume = std::chrono::milliseconds{50};
    return options;
  }

  std::shared_ptr<Backplane> backplane;
  Server server;
};

/// A CRM page of anna's.
struct Crm : TestClient {
  explicit Crm(ServerNode& node) : TestClient{client_options(node.server.port(), Role::crm)} {
    client.on<TaskSelected>([this](TaskSelected const& task) { selected.put(task); });
    client.on<AgentChanged>([this](AgentChanged const& agent) { agents.put(agent); });
    client.on<TaskChanged>([this](TaskChanged const& task) { changed.put(task.task_sid); });
    client.on<Snapshot>([this](Snapshot const& whole) { snapshots.put(whole); });
    open();
  }
  ~Crm() { client.stop(); }  // the inboxes go before the client

  /// Waits for the Snapshot that says whether Flex is there.
  Snapshot wait(bool connected) {
    return snapshots.take_until([&](Snapshot const& whole) { return whole.agent.connected == connected; },
                                "a Snapshot");
  }

  Inbox<TaskSelected> selected;
  Inbox<std::string> changed;
  Inbox<AgentChanged> agents;
  Inbox<Snapshot> snapshots;
};

/// Anna's Flex, which takes every dial.
struct Flex : TestClient {
  explicit Flex(ServerNode& node) : TestClient{client_options(node.server.port(), Role::flex)} {
    client.on<DialRequest>([this](DialRequest const& dial) -> Result<DialResult> {
      dialled.put(dial.destination);
      return DialResult{.destination = dial.destination};
    });
    open();
  }
  ~Flex() { client.stop(); }

  void change(int n) {
    REQUIRE(await(client.request(TaskChanged{.task_sid = task(n), .status = TaskStatus::accepted})).has_value());
  }
  void select(int n) { REQUIRE(await(client.request(selection(n))).has_value()); }

  Inbox<std::string> dialled;
};

/// A page at the second sees what Flex does at the first, as if it were here.
inline void check_page_elsewhere(ServerNode& first, ServerNode& second) {
  Flex flex{first};
  flex.select(1);
  Crm crm{second};
  CHECK(crm.wait(true).selected == selection(1));
  flex.select(2);
  CHECK(crm.selected.take() == selection(2));
  flex.client.stop();
  CHECK(crm.agents.take().connected == false);
  CHECK(crm.wait(false).reset);
  CHECK(await(crm.client.request(DialRequest{.destination = number})).error().code == Errc::agent_offline);
}

/// What Flex says while the nodes cannot hear each other is told afterwards: all of it, once, in order, without a reset.
template <class Cut, class Join>
void check_outage(ServerNode& first, ServerNode& second, Cut cut, Join join) {
  Flex flex{first};
  Crm crm{second};
  CHECK_FALSE(crm.wait(true).reset);
  flex.change(1);
  CHECK(crm.changed.take() == task(1));
  cut();
  for (int n = 2; n <= 20; ++n) flex.change(n);
  join();
  for (int n = 2; n <= 20; ++n) CHECK(crm.changed.take() == task(n));
  flex.change(21);
  CHECK(crm.changed.take() == task(21));
  CHECK(crm.changed.empty());
  CHECK(crm.snapshots.empty());
}

/// By the server's process.
inline std::future<Result<DialResult>> dial(Server& server) {
  auto promise = std::make_shared<std::promise<Result<DialResult>>>();
  server.request("anna", DialRequest{.destination = number},
                 [promise](Result<DialResult> const& result) { promise->set_value(result); });
  return promise->get_future();
}

}  // namespace flexcrm::test
