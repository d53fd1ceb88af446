// The agent's Flex without a browser: what the Flex plugin does, over flexcrm::Client. Commands come from standard
// input, one line of output per event goes to standard output.

#include "desktop.hpp"

#include "journal/journal.hpp"

#include <flexcrm/client.hpp>

#include <boost/json/parse.hpp>
#include <boost/program_options.hpp>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <mutex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace po = boost::program_options;
using examples::Way;
using flexcrm::TaskStatus;

constexpr auto help = R"(commands:
  inbound NUMBER [JSON]   a call arrives; JSON: more attributes, e.g. {"customer_id":"C-1001"}
  accept                  takes the newest ringing call and selects it
  select | deselect       selects the newest accepted task, or nothing
  complete                ends the selected task, else the newest accepted one
  settings NAME VALUE     dialpad on|off, caller-id N|none, queue SID|none, workflow SID|none, country CC,
                          allow +34,+1|none, activity available|offline
  logout | login          leaves the CRM, comes back as a new Flex
  quit)";

/// A desktop that tells the CRM what happens on it, as the plugin in Flex does.
class Agent {
 public:
  Agent(flexcrm::ClientOptions options, stub::Settings settings, examples::Journal const& journal)
      : desktop_{std::move(settings)}, name_{options.agent}, journal_{journal}, client_{std::move(options)} {
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
    if (command == "quit") return false;
    if (command == "logout") return client_.stop(), true;
    if (command == "login") return login();
    std::lock_guard const lock{mutex_};
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

  bool login() {
    if (auto const started = start(); !started) print("error login: " + flexcrm::to_string(started.error()));
    return true;
  }

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
    auto const& task = desktop_.ring(number, more);
    print("ringing " + number + " " + describe(task));
    send(changed(task));
    return true;
  }

  bool accept() {
    auto* task = desktop_.newest(TaskStatus::offered);
    if (!task) return print("error accept: nothing rings"), true;
    task->enter(TaskStatus::accepted);
    print("accepted " + describe(*task));
    send(changed(*task));
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
    send(changed(completed));
    if (was_selected) tell_deselected(completed);
    return true;
  }

  bool set(std::istringstream& words) {
    std::string name;
    std::string value;
    words >> name >> value;
    if (!desktop_.settings.set(name, value)) return print("error settings: try help"), true;
    print("settings " + name + " " + value);
    send(agent());
    return true;
  }

  // -- what the CRM is told

  template <class T>
  void send(T message) {
    journal_.issued(name_, message);
    client_.request(message, [this, message](flexcrm::Result<flexcrm::NullResult> const& result) {
      auto const error = result ? std::nullopt : std::optional{result.error()};
      journal_.ended(Way::out, name_, message, error);
      // That newer state takes the place of older is what state is for.
      if (error && error->code != flexcrm::Errc::superseded) print("not-sent " + flexcrm::to_string(*error));
    });
  }

  flexcrm::AgentChanged agent() const {
    auto const availability =
        desktop_.settings.available ? flexcrm::Availability::available : flexcrm::Availability::offline;
    return {.availability = availability,
            .activity_name = desktop_.settings.available ? "Available" : "Offline",
            .outbound = desktop_.settings.told()};
  }

  static flexcrm::TaskChanged changed(stub::Task const& task) {
    // The attributes come with the news of the task; afterwards they are the same.
    auto const attributes = task.status == TaskStatus::offered ? std::optional{task.attributes} : std::nullopt;
    return {.task_sid = task.task_sid,
            .reservation_sid = task.reservation_sid,
            .status = task.status,
            .at = task.since,
            .channel = flexcrm::Channel::voice,
            .attributes = attributes};
  }

  static flexcrm::TaskSelected selected(stub::Task const& task, flexcrm::SelectionCause cause) {
    return {.attributes = task.attributes,
            .task_sid = task.task_sid,
            .reservation_sid = task.reservation_sid,
            .channel = flexcrm::Channel::voice,
            .direction = task.direction,
            .status = task.status,
            .cause = cause};
  }

  void tell_selection(flexcrm::SelectionCause cause) {
    auto const& task = *desktop_.selected();
    print("selected " + describe(task));
    send(selected(task, cause));
  }

  /// Everything that is so.
  void tell_all(bool reset) {
    flexcrm::Snapshot whole;
    whole.reset = reset;
    whole.agent = agent();
    for (auto const& task : desktop_.tasks()) whole.tasks.push_back(changed(task));
    if (auto const* task = desktop_.selected()) whole.selected = selected(*task, flexcrm::SelectionCause::resync);
    send(std::move(whole));
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
        journal_.lost(name_, state.error);
        return print("lost " + flexcrm::to_string(state.error) + " retry_ms=" + std::to_string(state.retry_in.count()));
      case Phase::ended: journal_.over(name_, state.error); return print("ended " + flexcrm::to_string(state.error));
      case Phase::open: break;
    }
    journal_.opened(name_, state.session, state.resumed, state.reset);
    // What a resumed session has not delivered is repeated by itself; a new one must be told everything.
    if (state.resumed) return print("resumed");
    std::lock_guard const lock{mutex_};
    tell_all(state.reset);
    print("open");
  }

  void dial(flexcrm::DialRequest const& request, flexcrm::Reply<flexcrm::DialResult> reply) {
    std::lock_guard const lock{mutex_};
    journal_.handled(name_, request);
    auto const refuse = [&](std::string const& line, flexcrm::Error const& error) {
      print(line);
      journal_.ended(Way::in, name_, request, error);
      reply(error);
    };
    flexcrm::Moment const now{std::chrono::steady_clock::now(), std::chrono::system_clock::now()};
    if (auto const limit = reply.start_before(); limit && !now.is_before(*limit))
      return refuse("expired " + request.destination, flexcrm::make_error(flexcrm::Errc::expired));
    auto const task = desktop_.dial(request);
    if (!task) return refuse("refused " + request.destination + " " + flexcrm::to_string(task.error()), task.error());
    journal_.dialled(name_, request);
    print("StartOutboundCall " + request.destination + " " + describe(*task));
    journal_.ended(Way::in, name_, request);
    reply(flexcrm::DialResult{
        .destination = request.destination, .task_sid = task->task_sid, .reservation_sid = task->reservation_sid});
    send(changed(*task));
    tell_selection(flexcrm::SelectionCause::automatic);
  }

  std::mutex mutex_;  // the desktop is used from standard input and from the client's thread
  stub::Desktop desktop_;
  std::string const name_;
  examples::Journal const& journal_;
  flexcrm::Client client_;  // the last: what it still calls uses the others
};

}  // namespace

int main(int argc, char** argv) {
  flexcrm::ClientOptions options{.role = flexcrm::Role::flex};
  std::vector<std::string> without;
  std::string journal_file;
  bool journal_full = false;
  auto reconnect_cap = options.reconnect.cap.count();
  po::options_description description{"flexcrm-plugin-stub: an agent's Flex without a browser"};
  description.add_options()("url",
                            po::value(&options.url)->default_value("ws://127.0.0.1:3000/flexcrm")->value_name("URL"),
                            "the CRM's WebSocket")(
      "agent", po::value(&options.agent)->default_value("alice")->value_name("NAME"), "whose Flex this is")(
      "reconnect-cap-ms", po::value(&reconnect_cap)->default_value(reconnect_cap)->value_name("N"),
      "wait at most so long before connecting again")(
      "without", po::value(&without)->value_name("NAME"),
      "begin with a gap in the outbound set-up: dialpad, caller-id, queue, workflow, country or permissions; repeatable")(
      "journal", po::value(&journal_file)->value_name("FILE"),
      "append what happens to this file, a JSON object a line")(
      "journal-full", po::bool_switch(&journal_full), "with telephone numbers and whole messages")("help",
                                                                                                   "show this and end");
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

  stub::Settings settings;
  for (auto const& name : without) {
    if (settings.leave_out(name)) continue;
    std::cerr << "flexcrm-plugin-stub: --without " << name << ": try --help\n";
    return 2;
  }

  options.reconnect.cap = std::chrono::milliseconds{reconnect_cap};
  options.reconnect.base = std::min(options.reconnect.base, options.reconnect.cap);

  try {
    examples::Journal const journal{journal_file, journal_full, "flexcrm-plugin-stub"};
    Agent agent{std::move(options), std::move(settings), journal};
    if (auto const started = agent.start(); !started) {
      std::cerr << "flexcrm-plugin-stub: " << flexcrm::to_string(started.error()) << '\n';
      return 2;
    }
    for (std::string line; std::getline(std::cin, line) && agent.run(line);) {
    }
    agent.stop();
  } catch (std::exception const& error) {
    std::cerr << "flexcrm-plugin-stub: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
