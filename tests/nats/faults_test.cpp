// Faults with real processes: servers and nodes are killed and frozen while requests go, and in the end what the asker was told and what
// the owners did are counted against each other.
#include <doctest/doctest.h>

#include "nats_server.hpp"
#include "nodes.hpp"
#include "support/process.hpp"

#include <flexcrm/nats.hpp>

#include <signal.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

using namespace flexcrm;
using namespace flexcrm::test;
using namespace std::chrono_literals;

namespace {

using std::chrono::milliseconds;

constexpr milliseconds lifetime{1000};

AgentKey agent(int n) { return {"", "a" + std::to_string(n)}; }

milliseconds now() {
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

/// A node in a process of its own.
struct Owner {
  Owner(std::string const& name, NatsServer const& broker) : process{{FLEXCRM_FAULT_NODE, name, broker.url()}} {}

  void own(std::uint64_t since, int agents) {
    process.write("own " + std::to_string(since) + ' ' + std::to_string(agents));
  }
  int owned() {
    process.write("owned");
    return std::stoi(process.wait_for("owned "));
  }
  /// The moments of all its effects.
  std::multimap<std::string, milliseconds> effects() {
    process.write("report");
    std::istringstream words{process.wait_for("effects ")};
    std::size_t count = 0;
    words >> count;
    std::multimap<std::string, milliseconds> all;
    for (std::string word; words >> word;) {
      auto const sign = word.find('=');
      all.emplace(word.substr(0, sign), std::stoll(word.substr(sign + 1)));
    }
    REQUIRE(all.size() == count);
    return all;
  }

  Process process;
};

/// The node that asks, and knows of each request what became of it.
class Asker {
 public:
  explicit Asker(NatsServer const& broker)
      : backplane_{
            nats({.urls = {broker.url()}, .name = "asker", .allow_plaintext = true, .logger = {.level = Level::off}})
                .value()} {
    Backplane::Handlers handlers;
    handlers.command = [](AgentKey const&, std::string const&, std::string const&, Backplane::Respond const&) {};
    handlers.asked = [this](AgentKey const&, std::string const& id, Backplane::Respond const& respond) {
      auto const found = requests_.find(id);
      bool const grants = found != requests_.end() && found->second.times == 0 && !found->second.granted &&
                          now() - found->second.sent < lifetime;
      if (grants) found->second.granted = true;
      respond(grants ? "granted" : "denied");
    };
    handlers.news = [](AgentKey const&, std::string const&) {};
    handlers.claimed = [](AgentKey const&, Ownership const&) {};
    handlers.link = [](bool) {};
    backplane_->start("asker", handlers, loop_.post());
  }
  ~Asker() { backplane_->stop(); }
  Asker(Asker const&) = delete;
  Asker& operator=(Asker const&) = delete;

  /// Requests to one agent after another, one each 2 ms.
  void work(milliseconds duration, int agents) {
    auto next = std::chrono::steady_clock::now();
    for (auto const end = next + duration; next < end; next += 2ms) {
      send(static_cast<int>(requests_.size()) % agents);
      loop_.run_until([] { return false; },
                      std::chrono::duration_cast<milliseconds>(next + 2ms - std::chrono::steady_clock::now()));
    }
  }

  /// Waits until one agent is reached, then asks each once, a few at a time: how many are there.
  int reachable(int agents) {
    auto const deadline = now() + 30s;
    while (send_and_wait(0) != "done")
      if (now() > deadline) return 0;
    std::vector<Request const*> sent;
    for (int i = 0; i < agents; ++i) {
      REQUIRE(loop_.run_until([&] { return requests_.size() - ended_ < 50; }));
      sent.push_back(&send(i));
    }
    REQUIRE(loop_.run_until([&] { return ended_ == requests_.size(); }));
    return static_cast<int>(
        std::count_if(sent.begin(), sent.end(), [](auto const* request) { return request->answer == "done"; }));
  }

  /// What was told against what was done.
  void judge(std::vector<Owner*> const& owners) {
    REQUIRE(loop_.run_until([&] { return ended_ >= requests_.size(); }));
    std::multimap<std::string, milliseconds> effects;
    for (auto* const owner : owners) effects.merge(owner->effects());
    std::size_t done = 0, unknown = 0, unknown_done = 0, nothing = 0;
    for (auto const& one : requests_) {
      auto const& id = one.first;
      auto const& request = one.second;
      CAPTURE(id);
      auto const [first, last] = effects.equal_range(id);
      auto const count = std::distance(first, last);
      REQUIRE(request.times == 1);
      REQUIRE(count <= 1);
      if (count == 1) REQUIRE(first->second - request.sent <= lifetime + 2s);
      if (request.end == RequestEnd::answered && request.answer == "done") {
        REQUIRE(count == 1);
        ++done;
      } else if (request.end == RequestEnd::unknown) {
        ++unknown;
        unknown_done += static_cast<std::size_t>(count);
      } else {
        REQUIRE(count == 0);
        ++nothing;
      }
    }
    CHECK(effects.size() == done + unknown_done);
    MESSAGE(requests_.size(), " requests: ", done, " done, ", nothing, " certainly not, ", unknown,
            " unknown, of which ", unknown_done, " were done");
    CHECK(done > 0);
    unanswered = unknown + nothing;
  }

  std::size_t unanswered = 0;  ///< after judge()

 private:
  struct Request {
    milliseconds sent{};
    bool granted = false;
    int times = 0;
    RequestEnd end = RequestEnd::unknown;
    std::string answer{};
  };

  Request const& send(int n) {
    auto const id = std::to_string(requests_.size());
    auto& request = requests_[id];
    request.sent = now();
    backplane_->request(agent(n), id, 2 * lifetime, [this, &request](RequestEnd end, std::string answer) {
      ++request.times;
      ++ended_;
      request.end = end;
      request.answer = std::move(answer);
    });
    return request;
  }
  std::string send_and_wait(int n) {
    auto const& request = send(n);
    REQUIRE(loop_.run_until([&] { return request.times > 0; }));
    return request.answer;
  }

  Loop loop_;
  std::unique_ptr<Backplane> const backplane_;
  std::map<std::string, Request> requests_;
  std::size_t ended_ = 0;
};

constexpr int agents = 500;

/// A server, a node that has agents, and one that asks for them.
struct Served {
  Served() {
    owner.own(1, agents);
    REQUIRE(asker.reachable(agents) == agents);
  }
  /// After a fault that not all requests came through.
  void judge() {
    CHECK(asker.reachable(agents) == agents);
    asker.judge({&owner});
    CHECK(asker.unanswered > 0);
  }

  NatsServer broker;
  Owner owner{"owner", broker};
  Asker asker{broker};
};

/// Three servers that know each other, and a node at each.
struct Cluster {
  explicit Cluster(std::string its_configuration = {}) : configuration{std::move(its_configuration)} {}

  std::string const configuration;
  NatsServer first{configuration, true}, second{configuration, true, first.route()},
      third{configuration, true, first.route()};
};

/// One server after the other goes, is gone, and is started again, while requests go.
void check_each_in_turn(std::string configuration, void (*go)(NatsServer&), void (*gone)(NatsServer&)) {
  Cluster cluster{std::move(configuration)};
  Owner owner{"owner", cluster.first};
  owner.own(1, agents);
  Asker asker{cluster.second};
  REQUIRE(asker.reachable(agents) == agents);
  for (auto* const server : {&cluster.first, &cluster.second, &cluster.third}) {
    asker.work(300ms, agents);
    go(*server);
    asker.work(1500ms, agents);
    gone(*server);
    server->start();
    asker.work(1000ms, agents);
    CHECK(asker.reachable(agents) == agents);
  }
  asker.judge({&owner});
}

}  // namespace

TEST_CASE("a server is killed and comes back, twice") {
  Served on;
  for (int i = 0; i < 2; ++i) {
    on.asker.work(500ms, agents);
    on.broker.kill();
    on.asker.work(500ms, agents);
    on.broker.start();
    on.asker.work(1000ms, agents);
  }
  on.judge();
}

TEST_CASE("a server hangs until both nodes have given it up, and wakes up with what it had read") {
  Served on;
  on.asker.work(300ms, agents);
  on.broker.freeze();
  on.asker.work(8s, agents);
  on.broker.thaw();
  on.asker.work(500ms, agents);
  on.judge();
}

TEST_CASE("a node hangs, and wakes up with what it had not read") {
  Served on;
  on.asker.work(300ms, agents);
  on.owner.process.signal(SIGSTOP);
  on.asker.work(4s, agents);
  on.owner.process.signal(SIGCONT);
  on.asker.work(500ms, agents);
  on.judge();
}

TEST_CASE("a server that refuses a node's credentials for a while has it back, with its agents, when it does not") {
  std::string const right = "authorization { user: crm, password: right }";
  NatsServer broker{right};
  Loop loop;
  NatsOptions const options{
      .urls = {broker.url()}, .user = "crm", .password = "right", .logger = {.level = Level::off}};
  Node owner{loop, nats(options).value(), "owner"};
  owner.own(agent(0));
  REQUIRE(owner.watch(agent(1)));
  broker.kill();
  broker.configure("authorization { user: crm, password: wrong }");
  broker.start();
  REQUIRE(loop.run_until([&] { return owner.links == std::vector{true, false}; }));
  loop.run_until([] { return false; }, 2s);  // it is refused again and again, until the library gives up
  broker.kill();
  broker.configure(right);
  broker.start();
  REQUIRE(loop.run_until([&] { return owner.links == std::vector{true, false, true}; }));
  Node asker{loop, nats(options).value(), "asker"};
  REQUIRE(asker.watch(agent(2)));
  auto const request = asker.request(agent(0), "dial");
  asker.backplane->announce(agent(1), "news");
  REQUIRE(loop.run_until([&] { return request->times == 1 && !owner.news.empty(); }));
  CHECK(request->end == RequestEnd::answered);
}

TEST_CASE("each of three servers is killed in turn and comes back") {
  check_each_in_turn(
      {}, [](NatsServer& server) { server.kill(); }, [](NatsServer&) {});
}

TEST_CASE("each of three servers is restarted in turn, as for an upgrade") {
  check_each_in_turn(
      "lame_duck_grace_period: \"100ms\"", [](NatsServer& server) { server.retire(); },
      [](NatsServer& server) { CHECK(server.wait() == 0); });
}

TEST_CASE("five thousand agents move between two nodes ten times, and all are reached") {
  constexpr int many = 5000;
  Cluster cluster;
  Owner first{"first", cluster.first}, second{"second", cluster.second};
  Asker asker{cluster.third};
  std::array<Owner*, 2> const owners{&first, &second};
  for (std::uint64_t move = 1; move <= 10; ++move) {
    auto* const to = owners[move % 2];
    auto* const from = owners[(move + 1) % 2];
    to->own(move, many);
    auto const deadline = now() + 20s;
    while (from->owned() > 0) REQUIRE(now() < deadline);
    REQUIRE(to->owned() == many);
  }
  // What was on its way to a node in the moment in which the agent left it is lost; afterwards nothing is.
  int reached = 0;
  for (int i = 0; i < 5 && reached < many; ++i) reached = asker.reachable(many);
  CHECK(reached == many);
  asker.judge({&first, &second});
}
