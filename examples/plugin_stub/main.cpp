// The agent's Flex without a browser: what the Flex plugin does, over flexcrm::Client. Commands come from standard
// input, one line of output per event goes to standard output.

#include "desktop.hpp"

#include <flexcrm/client.hpp>

#include <boost/json/parse.hpp>
#include <boost/program_options.hpp>

#include <chrono>
#include <iostream>
#include <mutex>
#include <sstream>
#include <string>

namespace {

namespace po = boost::program_options;
using flexcrm::TaskStatus;

constexpr auto help = R"(commands:
  inbound NUMBER [JSON]   a call arrives; JSON: more attributes, e.g. {"customer_id":"C-1001"}
  accept                  takes the newest ringing call and selects it
  select | deselect       selects the newest accepted task, or nothing
  complete                ends the selected task, else the newest accepted one
  settings NAME VALUE     dialpad on|off, caller-id N|none, queue SID|none, workflow SID|none, country CC,
                          allow +34,+1|none, activity available|offline
  quit)";

/// A desktop that tells the CRM what happens on it, as the plugin in Flex does.
class Agent {
 public:
  explicit Agent(flexcrm::ClientOptions options) : client_{std::move(options)} {
    client_.on_state([this](flexcrm::ClientState const& state) { show(state); });
    client_.on<flexcrm::DialRequest>(
        [this](flexcrm::DialRequest const& request, flexcrm::Reply<flexcrm::DialResult> reply) {
          dial(request, std::move(reply));
        });
  }

  flexcrm::Result<void> start() { return client_.start(); }
  void stop() { client_.stop(); }

  /// Runs one line; false when it says quit.
  bool run(std::string const& line) {
    std::istringstream words{line};
    std::string command;
    words >> command;
    std::lock_guard const lock{mutex_};
    if (command == "quit") return false;
    if (command == "inbound") return inbound(words);
    if (command == "accept") return accept();
    if (command == "select") return select(desktop_.newest(TaskStatus::accepted), "select: no accepted task");
    if (command == "deselect") return deselect();
    if (command == "complete") return complete();
    if (command == "settings") return set(words);
    if (!command.empty()) print(command == "help" ? help : "error unknown command: try help");
    return true;
  }

 private:
  static void print(std::string const& line) { std::cout << line << std::endl; }

  static std::string describe(stub::Task const& task) {
    return "task=" + task.task_sid + " reservation=" + task.reservation_sid;
  }

  // -- commands; all return true to go on

  bool inbound(std::istringstream& words) {
    std::string number;
    words >> number;
    std::string rest;
    std::getline(words, rest);
    boost::json::object more;
    if (rest.find_first_not_of(' ') != std::string::npos) {
      boost::system::error_code ec;
      auto const parsed = boost::json::parse(rest, ec);
      if (ec || !parsed.is_object()) return print("error inbound: the attributes are no JSON object"), true;
      more = parsed.as_object();
    }
    if (number.empty()) return print("error inbound: which number?"), true;
    print("ringing " + number + " " + describe(desktop_.ring(number, more)));
    return true;
  }

  bool accept() {
    auto* task = desktop_.newest(TaskStatus::offered);
    if (!task) return print("error accept: nothing rings"), true;
    task->status = TaskStatus::accepted;
    print("accepted " + describe(*task));
    return select(task, {});
  }

  bool select(stub::Task const* task, std::string const& fault) {
    if (!task) return print("error " + fault), true;
    if (desktop_.select(task)) tell_selection(flexcrm::SelectionCause::agent);
    return true;
  }

  bool deselect() {
    auto const* task = desktop_.selected();
    if (!task) return print("error deselect: nothing is selected"), true;
    auto const deselected = *task;
    desktop_.select(nullptr);
    tell_deselected(deselected);
    return true;
  }

  bool complete() {
    auto const* task = desktop_.selected() ? desktop_.selected() : desktop_.newest(TaskStatus::accepted);
    if (!task) return print("error complete: no task"), true;
    bool const was_selected = task == desktop_.selected();
    auto const completed = desktop_.complete(*task);
    print("completed " + describe(completed));
    if (was_selected) tell_deselected(completed);
    return true;
  }

  bool set(std::istringstream& words) {
    std::string name;
    std::string value;
    words >> name >> value;
    if (!desktop_.settings.set(name, value)) return print("error settings: try help"), true;
    print("settings " + name + " " + value);
    if (name == "activity") tell_agent();
    return true;
  }

  // -- what the CRM is told

  void send(flexcrm::Message message) {
    if (auto const sent = client_.send(std::move(message)); !sent) print("not-sent " + flexcrm::to_string(sent.error()));
  }

  void tell_agent() {
    auto const availability =
        desktop_.settings.available ? flexcrm::Availability::available : flexcrm::Availability::offline;
    send(flexcrm::AgentChanged{.availability = availability,
                               .activity_name = desktop_.settings.available ? "Available" : "Offline"});
  }

  void tell_selection(flexcrm::SelectionCause cause) {
    auto const& task = *desktop_.selected();
    print("selected " + describe(task));
    send(flexcrm::TaskSelected{.attributes = task.attributes,
                               .task_sid = task.task_sid,
                               .reservation_sid = task.reservation_sid,
                               .channel = flexcrm::Channel::voice,
                               .direction = task.direction,
                               .status = task.status,
                               .cause = cause});
  }

  void tell_deselected(stub::Task const& task) {
    print("deselected " + describe(task));
    send(flexcrm::TaskDeselected{.task_sid = task.task_sid, .reservation_sid = task.reservation_sid});
  }

  // -- on the client's thread

  void show(flexcrm::ClientState const& state) {
    using Phase = flexcrm::ClientPhase;
    switch (state.phase) {
      case Phase::connecting: return print("connecting");
      case Phase::lost:
        return print("lost " + flexcrm::to_string(state.error) + " retry_ms=" + std::to_string(state.retry_in.count()));
      case Phase::ended: return print("ended " + flexcrm::to_string(state.error));
      case Phase::open: break;
    }
    print("open");
    std::lock_guard const lock{mutex_};
    tell_agent();
    if (desktop_.selected()) tell_selection(flexcrm::SelectionCause::resync);
  }

  void dial(flexcrm::DialRequest const& request, flexcrm::Reply<flexcrm::DialResult> reply) {
    std::lock_guard const lock{mutex_};
    flexcrm::Moment const now{std::chrono::steady_clock::now(), std::chrono::system_clock::now()};
    if (auto const limit = reply.start_before(); limit && !now.is_before(*limit)) {
      print("expired " + request.destination);
      reply(flexcrm::make_error(flexcrm::Errc::expired));
      return;
    }
    auto const task = desktop_.dial(request);
    if (!task) {
      print("refused " + request.destination + " " + flexcrm::to_string(task.error()));
      reply(task.error());
      return;
    }
    print("StartOutboundCall " + request.destination + " " + describe(*task));
    reply(flexcrm::DialResult{
        .destination = request.destination, .task_sid = task->task_sid, .reservation_sid = task->reservation_sid});
    tell_selection(flexcrm::SelectionCause::automatic);
  }

  std::mutex mutex_;  // the desktop is used from standard input and from the client's thread
  stub::Desktop desktop_;
  flexcrm::Client client_;
};

}  // namespace

int main(int argc, char** argv) {
  flexcrm::ClientOptions options{.role = flexcrm::Role::flex};
  po::options_description description{"flexcrm-plugin-stub: an agent's Flex without a browser"};
  description.add_options()(
      "url", po::value(&options.url)->default_value("ws://127.0.0.1:3000/flexcrm")->value_name("URL"), "the CRM's WebSocket")(
      "agent", po::value(&options.agent)->default_value("alice")->value_name("NAME"), "whose Flex this is")(
      "help", "show this and end");
  try {
    po::variables_map values;
    po::store(po::command_line_parser(argc, argv).options(description).positional({}).run(), values);
    po::notify(values);
    if (values.contains("help")) {
      std::cout << description << help << '\n';
      return 0;
    }
  } catch (po::error const& error) {
    std::cerr << "flexcrm-plugin-stub: " << error.what() << '\n';
    return 2;
  }

  Agent agent{std::move(options)};
  if (auto const started = agent.start(); !started) {
    std::cerr << "flexcrm-plugin-stub: " << flexcrm::to_string(started.error()) << '\n';
    return 2;
  }
  for (std::string line; std::getline(std::cin, line) && agent.run(line);) {
  }
  agent.stop();
  return 0;
}
