// Click to dial, the other ends: a program in the place of the CRM's page, or in Flex's. Both come back by themselves when
// the server was away.
//
//     4_click_to_dial_client crm  [URL] [AGENT]    dials each number that it reads, shows what the agent selects
//     4_click_to_dial_client flex [URL] [AGENT]    places calls; each line that it reads is a selected task's attributes
//
// FLEXCRM_TOKEN, if it is set, goes into Hello: the ticket of a server that wants one.
#include <flexcrm/client.hpp>

#include <atomic>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <mutex>
#include <sstream>
#include <string>

namespace {

void print(std::string const& line) { std::cout << line + "\n" << std::flush; }  // whole lines, from two threads

/// The SID of a task or a reservation that nobody but this program knows.
std::string sid(std::string_view prefix, unsigned number) {
  std::ostringstream text;
  text << prefix << std::hex << std::setw(32) << std::setfill('0') << number;
  return text.str();
}

void show_state(flexcrm::ClientState const& state) {
  switch (state.phase) {
    case flexcrm::ClientPhase::connecting: return print("connecting");
    case flexcrm::ClientPhase::open: return print(state.resumed ? "open again" : "open");
    case flexcrm::ClientPhase::lost: return print("lost: " + to_string(state.error));
    case flexcrm::ClientPhase::ended: return print("ended: " + to_string(state.error));
  }
}

// [crm]
int be_crm(flexcrm::ClientOptions options) {
  flexcrm::Client client{std::move(options)};
  client.on_state(show_state);
  client.on<flexcrm::TaskSelected>(
      [](flexcrm::TaskSelected const& task) { print("selected " + task.attributes.text()); });
  client.on<flexcrm::TaskDeselected>([](flexcrm::TaskDeselected const&) { print("deselected"); });
  client.on<flexcrm::AgentChanged>([](flexcrm::AgentChanged const& agent) {
    print(agent.connected.value_or(true) ? "Flex is connected" : "Flex is gone");
  });
  client.on<flexcrm::Snapshot>([](flexcrm::Snapshot const& all) {
    print(all.agent.connected.value_or(true) ? "Flex is connected" : "Flex is gone");
    if (all.selected) print("selected " + all.selected->attributes.text());
  });
  if (auto const started = client.start(); !started) return print("cannot start: " + to_string(started.error())), 2;

  for (std::string number; std::getline(std::cin, number);) {
    auto const result = client.request(flexcrm::DialRequest{.destination = number}).get();
    auto const outcome = flexcrm::outcome_of(result);
    print(std::string{enum_words(outcome)[static_cast<std::size_t>(outcome)]} +
          (result ? "" : ": " + to_string(result.error())));
  }
  return 0;
}
// [/crm]

// [flex]
int be_flex(flexcrm::ClientOptions options) {
  std::mutex mutex;  // what is selected is read by the client's thread too
  flexcrm::Snapshot all{.agent = {.availability = flexcrm::Availability::available}};
  std::atomic<unsigned> tasks{0};
  flexcrm::Client client{std::move(options)};  // after what its handlers use

  client.on_state([&](flexcrm::ClientState const& state) {
    show_state(state);
    if (state.phase != flexcrm::ClientPhase::open || state.resumed) return;
    std::lock_guard const lock{mutex};  // a session that begins is told everything
    all.reset = state.reset;
    client.send(all);
  });
  client.on<flexcrm::DialRequest>([&](flexcrm::DialRequest const& dial) -> flexcrm::Result<flexcrm::DialResult> {
    auto const number = ++tasks;
    print("StartOutboundCall " + dial.destination);
    return flexcrm::DialResult{
        .destination = dial.destination, .task_sid = sid("WT", number), .reservation_sid = sid("WR", number)};
  });
  if (auto const started = client.start(); !started) return print("cannot start: " + to_string(started.error())), 2;

  for (std::string line; std::getline(std::cin, line);) {
    auto attributes = flexcrm::Attributes::from_text(line);
    if (!attributes) {
      print("no attributes: " + to_string(attributes.error()));
      continue;
    }
    auto const number = ++tasks;
    std::lock_guard const lock{mutex};
    all.selected = flexcrm::TaskSelected{
        .attributes = *std::move(attributes), .task_sid = sid("WT", number), .reservation_sid = sid("WR", number)};
    if (!client.send(*all.selected)) print("not connected: it is told when a session begins");
  }
  return 0;
}
// [/flex]

}  // namespace

int main(int argc, char** argv) {
  std::string const role = argc > 1 ? argv[1] : "";
  if (role != "crm" && role != "flex") {
    std::cerr << "usage: 4_click_to_dial_client crm|flex [URL] [AGENT]\n";
    return 2;
  }
  flexcrm::ClientOptions options{
      .url = argc > 2 ? argv[2] : "ws://127.0.0.1:3000/flexcrm",
      .role = role == "crm" ? flexcrm::Role::crm : flexcrm::Role::flex,
      .agent = argc > 3 ? argv[3] : "alice",
  };
  if (char const* token = std::getenv("FLEXCRM_TOKEN")) options.token = token;
  return role == "crm" ? be_crm(std::move(options)) : be_flex(std::move(options));
}
