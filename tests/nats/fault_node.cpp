// A node as a process, for faults_test.cpp: fault_node NAME URL. It owns agents as its standard input says, and an effect of a
// command is a line of its report. As Flex does with a dial, it asks the node that wants the effect first.
#include "nodes.hpp"

#include <flexcrm/nats.hpp>

#include <chrono>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <thread>

using namespace flexcrm;
using namespace flexcrm::test;
using namespace std::chrono_literals;

namespace {

/// One clock for all processes of a machine.
std::chrono::milliseconds now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::string const name = argv[1];
  Loop loop;
  std::shared_ptr<Backplane> const backplane =
      nats({.urls = {argv[2]}, .name = name, .allow_plaintext = true, .logger = {.level = Level::off}}).value();
  std::map<AgentKey, Ownership> owned;
  std::ostringstream effects;
  std::size_t count = 0;

  Backplane::Handlers handlers;
  handlers.command = [&](AgentKey const& agent, std::string const& from, std::string const& id,
                         Backplane::Respond const& respond) {
    if (!owned.contains(agent)) return respond("gone");
    auto const asked = now();
    backplane->ask(from, agent, id, 1s, [&, id, asked, respond](RequestEnd end, std::string const& answer) {
      auto const then = now();
      bool const granted = end == RequestEnd::answered && answer == "granted" && then - asked < 1s;
      if (granted) {
        effects << ' ' << id << '=' << then.count();
        ++count;
      }
      respond(granted ? "done" : "denied");
    });
  };
  handlers.asked = [](AgentKey const&, std::string const&, Backplane::Respond const&) {};
  handlers.news = [](AgentKey const&, std::string const&) {};
  handlers.claimed = [&](AgentKey const& agent, Ownership const& other) {
    auto const found = owned.find(agent);
    if (found == owned.end() || other < found->second) return;
    owned.erase(found);
    backplane->disown(agent);
  };
  handlers.link = [](bool) {};
  backplane->start(name, handlers, loop.post());

  bool end = false;
  auto const obey = [&](std::string const& line) {
    std::istringstream words{line};
    std::string verb;
    words >> verb;
    if (verb == "own") {
      std::uint64_t since = 0;
      int agents = 0;
      words >> since >> agents;
      for (int i = 0; i < agents; ++i) {
        AgentKey const agent{"", "a" + std::to_string(i)};
        owned[agent] = {since, "session of " + name, name};
        backplane->own(agent, owned[agent]);
      }
    } else if (verb == "owned") {
      std::cout << "owned " << owned.size() << std::endl;
    } else if (verb == "report") {
      std::cout << "effects " << count << effects.str() << std::endl;
    } else {
      end = true;
    }
  };
  std::thread reader{[&, post = loop.post()] {
    for (std::string line; std::getline(std::cin, line);) post([&, line] { obey(line); });
    post([&] { obey("end"); });
  }};
  // Longer than any test: a node whose parent died ends with its input.
  loop.run_until([&] { return end; }, 10min);
  backplane->stop();
  reader.join();
}
