// The seed's two flows between real processes: flexcrm-crm, flexcrm-plugin-stub, and a CRM client in this process.

#include "nats/nats_server.hpp"
#include "net/certificates.hpp"
#include "support/process.hpp"

#include <flexcrm/client.hpp>
#include <flexcrm/outbound_settings.hpp>

#include <doctest/doctest.h>

#include <boost/json.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>
#include <variant>

using namespace flexcrm;
using namespace std::chrono_literals;
using flexcrm::test::Process;

namespace {

/// A directory of this test's own.
class Folder {
 public:
  Folder() : path_{std::filesystem::temp_directory_path() / ("flexcrm-process-" + std::to_string(::getpid()))} {
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string file(std::string const& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

struct Crm {
  explicit Crm(std::string const& database, std::uint16_t wanted_port = 0, std::vector<std::string> const& more = {})
      : process{command(database, wanted_port, more)} {
    auto const rest = process.wait_for("flexcrm-crm: open http");
    port = static_cast<std::uint16_t>(std::stoi(rest.substr(rest.rfind(':') + 1)));
  }
  static std::vector<std::string> command(std::string const& database, std::uint16_t port,
                                          std::vector<std::string> const& more) {
    std::vector<std::string> words{FLEXCRM_CRM,          "--port", std::to_string(port), "--database",       database,
                                   "--dials-per-minute", "100",    "--policy",           FLEXCRM_TEST_POLICY};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  std::string url() const { return "ws://127.0.0.1:" + std::to_string(port) + "/flexcrm"; }

  Process process;
  std::uint16_t port = 0;
};

/// One HTTP request over a plain socket: status line, headers and body as they came.
std::string http(std::uint16_t port, std::string const& request) {
  int const socket = ::socket(AF_INET, SOCK_STREAM, 0);
  timeval const patience{10, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string response;
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      ::send(socket, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size())) {
    char bytes[4096];
    for (ssize_t size; (size = ::recv(socket, bytes, sizeof bytes, 0)) > 0;)
      response.append(bytes, static_cast<std::size_t>(size));
  }
  ::close(socket);
  return response;
}

std::string get(std::uint16_t port, std::string const& target, std::string const& more = {}) {
  return http(port, "GET " + target + " HTTP/1.1\r\nHost: localhost:" + std::to_string(port) +
                        "\r\nConnection: close\r\n" + more + "\r\n");
}

std::string post(std::uint16_t port, std::string const& target, std::string const& body, std::string const& more = {}) {
  return http(port, "POST " + target + " HTTP/1.1\r\nHost: localhost:" + std::to_string(port) +
                        "\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: " +
                        std::to_string(body.size()) + "\r\n" + more + "\r\n" + body);
}

/// The JSON of an answer that is good.
boost::json::value json_of(std::string const& response) {
  REQUIRE_MESSAGE(response.starts_with("HTTP/1.1 200"), response);
  return boost::json::parse(response.substr(response.find("\r\n\r\n") + 4));
}

boost::json::value ask_customer(std::uint16_t port, std::string const& task) {
  return json_of(post(port, "/api/customer", task));
}

/// Signs an agent in; the header of her next requests.
std::string sign_in(std::uint16_t port, std::string const& agent) {
  auto const response = post(port, "/login", "{\"agent\":\"" + agent + "\"}");
  auto const cookie = response.find("flexcrm_session=");
  REQUIRE_MESSAGE(cookie != std::string::npos, response);
  return "Cookie: " + response.substr(cookie, response.find(';', cookie) - cookie) + "\r\n";
}

/// What became of a client's first connection: "open", or why not.
std::string first_connection(ClientOptions options) {
  std::promise<std::string> ended;
  auto future = ended.get_future();
  Client client{std::move(options)};
  client.on_state([&, told = false](ClientState const& state) mutable {
    if (told || state.phase == ClientPhase::connecting) return;
    told = true;
    ended.set_value(state.phase == ClientPhase::open ? "open" : to_string(state.error));
  });
  REQUIRE(client.start().has_value());
  REQUIRE(future.wait_for(15s) == std::future_status::ready);
  return future.get();
}

/// A journal's lines; each must be a JSON object.
std::vector<boost::json::object> read_journal(std::string const& path) {
  std::ifstream file{path};
  std::vector<boost::json::object> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(boost::json::parse(line).as_object());
  return lines;
}

/// "step type id" of the lines of some steps and of one type.
std::vector<std::string> steps(std::vector<boost::json::object> const& journal, std::vector<std::string> const& wanted,
                               std::string const& type) {
  std::vector<std::string> found;
  for (auto const& line : journal) {
    auto const step = boost::json::value_to<std::string>(line.at("step"));
    if (!line.contains("type") || line.at("type") != boost::json::string{type}) continue;
    if (std::find(wanted.begin(), wanted.end(), step) == wanted.end()) continue;
    found.push_back(step + " " + boost::json::value_to<std::string>(line.at("id")) +
                    (step == "ended" ? " " + boost::json::value_to<std::string>(line.at("outcome")) : ""));
  }
  return found;
}

std::string read_text(std::string const& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

/// The CRM page's endpoint: what it was told, in order.
class Page {
 public:
  explicit Page(std::string url) : client_{{.url = std::move(url), .role = Role::crm, .agent = "alice"}} {
    client_.on<TaskSelected>([this](TaskSelected const& task) { add(task); });
    client_.on<TaskDeselected>([this](TaskDeselected const& task) { add(task); });
    client_.on<AgentChanged>([this](AgentChanged const& agent) { add(agent); });
    client_.on<Snapshot>([this](Snapshot const& whole) {
      add(whole.agent);
      if (whole.selected) add(*whole.selected);
    });
    client_.on_state([this](ClientState const& state) {
      if (state.phase == ClientPhase::open) add(Hello{});
    });
    REQUIRE(client_.start().has_value());
  }

  /// The next message of this type; others before it are passed over.
  template <class T>
  T next() {
    std::unique_lock lock{mutex_};
    for (;;) {
      REQUIRE_MESSAGE(arrived_.wait_for(lock, 15s, [this] { return !messages_.empty(); }), "no ", T::type_name,
                      " came");
      auto message = std::move(messages_.front());
      messages_.pop_front();
      if (auto* wanted = std::get_if<T>(&message)) return std::move(*wanted);
    }
  }

  void wait_for_flex() {
    while (!next<AgentChanged>().connected.value_or(false)) {
    }
  }

  Result<DialResult> dial(std::string destination) {
    auto answer = client_.request(DialRequest{.destination = std::move(destination)});
    REQUIRE(answer.wait_for(15s) == std::future_status::ready);
    return answer.get();
  }

 private:
  void add(Message message) {
    std::lock_guard const lock{mutex_};
    messages_.push_back(std::move(message));
    arrived_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Message> messages_;
  Client client_;
};

}  // namespace

TEST_CASE("an incoming call brings its customer; a click places a call; refusals say why") {
  Folder const folder;
  Crm crm{folder.file("crm.sqlite")};
  Page page{crm.url()};
  CHECK_FALSE(page.next<AgentChanged>().connected.value_or(true));
  CHECK(page.dial("+34600000017").error().code == Errc::agent_offline);

  Process flex{{FLEXCRM_PLUGIN_STUB, "--url", crm.url(), "--agent", "alice"}};
  flex.wait_for("open");
  page.wait_for_flex();

  // Inbound: the caller's number leads to the customer.
  flex.write("inbound +34600000017");
  flex.wait_for("ringing +34600000017");
  flex.write("accept");
  flex.wait_for("selected");
  auto const task = page.next<TaskSelected>();
  CHECK(task.attributes.find("/from") == boost::json::value("+34600000017"));
  auto const customer = ask_customer(crm.port, "{\"attributes\":" + task.attributes.text() + "}");
  CHECK(customer.at("kind") == "customer");
  CHECK(customer.at("customer").at("firstName") == "Ana");

  // An id in the attributes goes before the number.
  CHECK(ask_customer(crm.port, R"({"attributes":{"from":"+34600000017","customer_id":"C-1002"}})")
            .at("customer")
            .at("firstName") == "James");
  CHECK(ask_customer(crm.port, R"({"attributes":{"from":"+34999999999"}})") ==
        boost::json::parse(R"({"kind":"unknown","number":"+34999999999"})"));
  CHECK(
      ask_customer(
          crm.port,
          R"({"attributes":{"from":"anonymous","account_data":{"first_name":"A","last_name":"B","img_src":"/x.png"}}})") ==
      boost::json::parse(R"({"kind":"account","firstName":"A","lastName":"B","portrait":"/x.png"})"));
  CHECK(ask_customer(crm.port, R"({"attributes":{}})") == boost::json::parse(R"({"kind":"unknown","number":null})"));

  // While the agent talks, Flex refuses.
  CHECK(page.dial("+14155550134").error() == make_error(Errc::agent_busy, {}, "48427"));
  flex.wait_for("refused +14155550134 agent_busy (48427)");
  flex.write("complete");
  CHECK(page.next<TaskDeselected>().task_sid == task.task_sid);

  // Outbound.
  auto const placed = page.dial("+14155550134");
  auto const line = flex.wait_for("StartOutboundCall +14155550134 task=");
  REQUIRE(placed.has_value());
  CHECK(line.starts_with(*placed->task_sid));
  CHECK(page.next<TaskSelected>().direction == Direction::outbound);
  crm.process.wait_for("flexcrm-crm: alice dialled +14*****34: placed");
  flex.write("complete");
  flex.wait_for("completed");

  // The outbound set-up, one thing missing at a time.
  struct Missing {
    char const* setting;
    char const* restore;
    Errc code;
    char const* detail;
  };
  for (auto const& missing : {
           Missing{"dialpad off", "dialpad on", Errc::outbound_disabled, "48425"},
           Missing{"caller-id none", "caller-id +14155550100", Errc::misconfigured, "48421"},
           Missing{"queue none", "queue WQ1", Errc::misconfigured, "48422"},
           Missing{"workflow none", "workflow WW1", Errc::misconfigured, "48423"},
           Missing{"allow +1", "allow +", Errc::destination_not_allowed, "13227"},
           Missing{"activity offline", "activity available", Errc::agent_offline, "48424"},
       }) {
    CAPTURE(missing.setting);
    flex.write(std::string{"settings "} + missing.setting);
    flex.wait_for(std::string{"settings "} + missing.setting);
    CHECK(page.dial("+34600000017").error() == make_error(missing.code, {}, missing.detail));
    flex.write(std::string{"settings "} + missing.restore);
    flex.wait_for(std::string{"settings "} + missing.restore);
  }

  // What is no destination does not even leave this process.
  CHECK(page.dial("").error() == make_error(Errc::invalid_destination, "/destination"));
  CHECK(page.dial("600 000 017").error() == make_error(Errc::invalid_destination, "/destination"));

  flex.write("inbound +447700900142");
  flex.wait_for("ringing");
  CHECK(page.dial("+34600000017").error() == make_error(Errc::inbound_pending, {}, "48426"));

  flex.write("quit");
  CHECK(flex.wait() == 0);
  while (page.next<AgentChanged>().connected.value_or(true)) {
  }
  CHECK(page.dial("+34600000017").error().code == Errc::agent_offline);
}

TEST_CASE("Flex says what it lacks before anybody dials, and every request for a call is in the audit trail") {
  Folder const folder;
  Crm crm{folder.file("crm.sqlite"), 0, {"--supervisor", "alice"}};
  Page page{crm.url()};
  page.next<AgentChanged>();
  CHECK(page.dial("+34600000017").error().code == Errc::agent_offline);

  Process flex{{FLEXCRM_PLUGIN_STUB, "--url", crm.url(), "--without", "caller-id", "--without", "workflow"}};
  flex.wait_for("open");
  // Also to a page that comes later: the hub begins with the newest.
  Page late{crm.url()};
  auto const lacks = [](Page& one) {
    for (;;) {
      auto const agent = one.next<AgentChanged>();
      if (!agent.outbound) continue;
      std::string found;
      for (auto const& gap : missing(*agent.outbound))
        found += std::string{enum_words(gap.setting)[static_cast<std::size_t>(gap.setting)]} + " ";
      return found;
    }
  };
  CHECK(lacks(page) == "caller_id workflow ");
  CHECK(lacks(late) == "caller_id workflow ");
  CHECK(page.dial("+34600000017").error() == make_error(Errc::misconfigured, {}, "48421"));
  CHECK(page.dial("+34803111111").error().code == Errc::premium_number);
  for (auto const* change : {"caller-id +14155550100", "workflow WW22222222222222222222222222222222"}) {
    flex.write(std::string{"settings "} + change);
    flex.wait_for(std::string{"settings "} + change);
  }
  while (!lacks(page).empty()) {
  }
  REQUIRE(page.dial("+34600000017").has_value());
  flex.wait_for("StartOutboundCall +34600000017");

  auto const csv = get(crm.port, "/api/audit.csv");
  std::vector<std::string> rows;
  for (std::size_t from = csv.find("\r\n\r\n") + 4; from < csv.size(); from = csv.find("\r\n", from) + 2) {
    auto const row = csv.substr(from, csv.find("\r\n", from) - from);
    std::vector<std::string> cells{""};
    for (char const c : row) c == ',' ? cells.emplace_back() : cells.back() += c;
    REQUIRE(cells.size() == 14);
    rows.push_back(cells[2] + " " + cells[4] + " " + cells[6] + " " + cells[7] + " " + cells[8] + " " + cells[9]);
  }
  CHECK(rows == std::vector<std::string>{"agent number verdict outcome reason detail",
                                         "alice tel:+34600000017 allowed placed  ",
                                         "alice tel:+34803111111 refused refused premium_number ",
                                         "alice tel:+34600000017 allowed refused misconfigured 48421",
                                         "alice tel:+34600000017 refused refused agent_offline "});
}

TEST_CASE("what is too old is deleted when the CRM starts") {
  Folder const folder;
  std::string const file = folder.file("crm.sqlite");
  std::string const task = "WT" + std::string(32, '1');
  {
    Crm crm{file};
    Client flex{{.url = crm.url(), .role = Role::flex, .agent = "alice"}};
    std::promise<void> opened;
    flex.on_state([&](ClientState const& state) {
      if (state.phase == ClientPhase::open) opened.set_value();
    });
    REQUIRE(flex.start().has_value());
    REQUIRE(opened.get_future().wait_for(15s) == std::future_status::ready);
    Timestamp const long_ago{std::chrono::sys_days{std::chrono::January / 31 / 2020}};
    auto told = flex.request(
        TaskChanged{.task_sid = task, .status = TaskStatus::completed, .at = long_ago, .channel = Channel::voice});
    REQUIRE(told.wait_for(15s) == std::future_status::ready);
    REQUIRE(told.get().has_value());
    CHECK(get(crm.port, "/api/calls/" + task).starts_with("HTTP/1.1 200"));
  }
  {
    Crm crm{file, 0, {"--keep-calls", "0"}};
    CHECK(get(crm.port, "/api/calls/" + task).starts_with("HTTP/1.1 200"));
  }
  Crm crm{file, 0, {"--keep-calls", "365"}};
  CHECK(get(crm.port, "/api/calls/" + task).starts_with("HTTP/1.1 404"));
}

TEST_CASE("a CRM that was killed and started again is found by both sides, and the selection is told again") {
  Folder const folder;
  auto crm = std::make_unique<Crm>(folder.file("crm.sqlite"));
  auto const port = crm->port;
  Page page{crm->url()};
  Process flex{{FLEXCRM_PLUGIN_STUB, "--url", crm->url()}};
  flex.wait_for("open");
  page.wait_for_flex();
  flex.write("inbound +34600000017");
  flex.write("accept");
  auto const before = page.next<TaskSelected>();

  crm->process.kill();
  flex.wait_for("lost");
  crm = std::make_unique<Crm>(folder.file("crm.sqlite"), port);
  flex.wait_for("open", 40s);
  auto const after = page.next<TaskSelected>();
  CHECK(after.task_sid == before.task_sid);
  flex.write("complete");
  flex.wait_for("completed");
  page.next<TaskDeselected>();
  CHECK(page.dial("+34600000017").has_value());
  flex.wait_for("StartOutboundCall +34600000017");
}

TEST_CASE(
    "what Flex tells becomes a log, agents see their own, and a restart keeps both the log and who is signed in") {
  Folder const folder;
  std::vector<std::string> const agents{"--agent", "alice", "--agent", "bob"};
  auto crm = std::make_unique<Crm>(folder.file("crm.sqlite"), 0, agents);
  auto const port = crm->port;
  auto const alice = sign_in(port, "alice");
  auto const bob = sign_in(port, "bob");
  CHECK(get(port, "/api/calls").starts_with("HTTP/1.1 401"));

  std::string const task = "WT" + std::string(32, '1');
  Timestamp const noon{std::chrono::sys_days{std::chrono::January / 31 / 2026} + 12h};
  Client flex{{.url = crm->url(), .role = Role::flex, .agent = "alice"}};
  std::promise<void> opened;
  flex.on_state([&, told = false](ClientState const& state) mutable {
    if (!told && state.phase == ClientPhase::open) opened.set_value(), told = true;
  });
  REQUIRE(flex.start().has_value());
  REQUIRE(opened.get_future().wait_for(15s) == std::future_status::ready);
  auto const tell = [&](auto message) {
    auto answer = flex.request(std::move(message));
    REQUIRE(answer.wait_for(15s) == std::future_status::ready);
    REQUIRE(answer.get().has_value());
  };
  auto const from_ana = Attributes::from_text(R"({"direction":"inbound","from":"+34600000017"})").value();
  tell(TaskChanged{
      .task_sid = task, .status = TaskStatus::offered, .at = noon, .channel = Channel::voice, .attributes = from_ana});
  tell(CallChanged{.task_sid = task, .state = CallState::connected, .at = noon + 5s});
  auto lookup = flex.request(ContactLookupRequest{.phone = "+34600000017"});
  REQUIRE(lookup.wait_for(15s) == std::future_status::ready);
  CHECK(lookup.get()->matches.at(0).name == "Ana Torres");
  tell(LogActivityRequest{.task_sid = task, .revision = 1, .notes = "wants an invoice"});

  auto const call = [&] { return json_of(get(port, "/api/calls", alice)).at("calls").at(0); };
  CHECK(call().at("contactName") == "Ana Torres");
  CHECK(call().at("outcome") == "live");
  CHECK(call().at("notes") == "wants an invoice");
  CHECK(json_of(get(port, "/api/calls", bob)).at("calls").as_array().empty());

  crm->process.kill();
  crm = std::make_unique<Crm>(folder.file("crm.sqlite"), port, agents);
  CHECK(call().at("notes") == "wants an invoice");
  // Flex comes back by itself; what it says meanwhile waits, and is of the same call.
  tell(CallChanged{.task_sid = task, .state = CallState::ended, .at = noon + 65s, .duration_seconds = 60});
  CHECK(call().at("outcome") == "answered");
  CHECK(call().at("durationSeconds") == 60);
  CHECK(json_of(post(port, "/api/calls/" + task, R"({"revision":2,"disposition":"sold"})", alice))
            .at("call")
            .at("disposition") == "sold");
  CHECK(post(port, "/api/calls/" + task, R"({"revision":3})", bob).starts_with("HTTP/1.1 404"));
}

TEST_CASE("a browser's session needs a ticket of its agent and role; a program on this machine needs none") {
  Folder const folder;
  Crm const crm{folder.file("crm.sqlite"), 0, {"--agent", "alice", "--agent", "bob"}};
  auto const alice = sign_in(crm.port, "alice");
  auto const ticket = [&](std::string const& role) {
    return boost::json::value_to<std::string>(
        json_of(post(crm.port, "/api/ticket", "{\"role\":\"" + role + "\"}", alice)).at("token"));
  };
  auto const browser = [&](Role role, std::string const& agent, std::string token) {
    return first_connection({.url = crm.url(),
                             .role = role,
                             .agent = agent,
                             .token = std::move(token),
                             .origin = "http://127.0.0.1:" + std::to_string(crm.port)});
  };
  CHECK(browser(Role::crm, "alice", ticket("crm")) == "open");
  CHECK(browser(Role::flex, "alice", ticket("flex")) == "open");
  CHECK(browser(Role::crm, "alice", {}) == "unauthorized");
  CHECK(browser(Role::flex, "alice", ticket("crm")) == "unauthorized");
  CHECK(browser(Role::crm, "bob", ticket("crm")) == "unauthorized");
  auto const cookie = alice.substr(alice.find('=') + 1);
  CHECK(browser(Role::crm, "alice", cookie.substr(0, cookie.find('\r'))) == "unauthorized");
  CHECK(first_connection({.url = crm.url(), .role = Role::flex, .agent = "bob"}) == "open");
  CHECK(first_connection({.url = crm.url(), .role = Role::flex, .agent = "mallory"}) == "unauthorized");
}

TEST_CASE("with a certificate the CRM speaks TLS, and nothing else") {
  Folder const folder;
  test::Authority const authority;
  auto const own = authority.issue();
  std::ofstream{folder.file("crm.pem")} << own.pem;
  std::ofstream{folder.file("crm.key")} << own.key;
  Crm const crm{
      folder.file("crm.sqlite"), 0, {"--certificate", folder.file("crm.pem"), "--key", folder.file("crm.key")}};
  auto const host = "localhost:" + std::to_string(crm.port);
  CHECK(first_connection({.url = "wss://" + host + "/flexcrm",
                          .role = Role::flex,
                          .agent = "alice",
                          .tls = {.authorities = authority.pem()}}) == "open");
  CHECK(first_connection({.url = "wss://" + host + "/flexcrm", .role = Role::flex, .agent = "alice"})
            .starts_with("certificate_untrusted"));
  CHECK_FALSE(get(crm.port, "/crm.html").starts_with("HTTP/1.1 200"));
}

TEST_CASE("two journals tell one story, with telephone numbers only when asked to") {
  for (bool const full : {false, true}) {
    CAPTURE(full);
    Folder const folder;
    auto const crm_file = folder.file("crm.jsonl");
    auto const flex_file = folder.file("flex.jsonl");
    auto const options = [&](std::string const& file) {
      return full ? std::vector<std::string>{"--journal", file, "--journal-full"}
                  : std::vector<std::string>{"--journal", file};
    };
    Crm crm{folder.file("crm.sqlite"), 0, options(crm_file)};
    Page page{crm.url()};
    std::vector<std::string> command{FLEXCRM_PLUGIN_STUB, "--url", crm.url()};
    for (auto const& option : options(flex_file)) command.push_back(option);
    Process flex{command};
    flex.wait_for("open");
    page.wait_for_flex();
    flex.write("inbound +447700900142");
    flex.write("accept");
    flex.write("complete");
    page.next<TaskDeselected>();
    REQUIRE(page.dial("+34600000017").has_value());
    CHECK_FALSE(page.dial("+34600000017").has_value());
    flex.write("quit");
    REQUIRE(flex.wait() == 0);
    while (page.next<AgentChanged>().connected.value_or(true)) {
    }
    crm.process.kill();

    auto const at_crm = read_journal(crm_file);
    auto const at_flex = read_journal(flex_file);
    auto const sent = steps(at_flex, {"issued"}, "TaskChanged");
    auto received = steps(at_crm, {"handled"}, "TaskChanged");
    for (auto& line : received) line.replace(0, std::string_view{"handled"}.size(), "issued");
    CHECK(sent.size() == 4);
    CHECK(received == sent);

    auto const passed = steps(at_crm, {"handled", "ended"}, "DialRequest");
    auto const dials = steps(at_flex, {"handled", "dialled", "ended"}, "DialRequest");
    REQUIRE(passed.size() == 4);
    auto const first = passed[0].substr(std::string_view{"handled "}.size());
    auto const second = passed[2].substr(std::string_view{"handled "}.size());
    CHECK(passed == std::vector{"handled " + first, "ended " + first + " placed", "handled " + second,
                                "ended " + second + " refused"});
    CHECK(dials == std::vector{"handled " + first, "dialled " + first, "ended " + first + " placed",
                               "handled " + second, "ended " + second + " refused"});

    for (auto const& file : {crm_file, flex_file}) {
      auto const text = read_text(file);
      CHECK((text.find("600000017") != std::string::npos) == full);
      CHECK((text.find("7700900142") != std::string::npos) == full);
      CHECK((text.find("\"params\":{") != std::string::npos) == full);
    }
  }
}

TEST_CASE("a journal is appended to, also after half a line") {
  Folder const folder;
  auto const file = folder.file("flex.jsonl");
  std::ofstream{file} << R"({"at":1,"step":"open","agent":"alice"})"
                         "\n"
                         R"({"at":2,"ste)";
  for (int i = 0; i < 2; ++i) {
    Process flex{{FLEXCRM_PLUGIN_STUB, "--url", "ws://127.0.0.1:1/flexcrm", "--journal", file}};
    flex.write("quit");
    CHECK(flex.wait() == 0);
  }
  auto const text = read_text(file);
  auto const half = text.find(R"({"at":2,"ste)"
                              "\n{\"at\":");
  REQUIRE(half != std::string::npos);
  std::ofstream{file} << text.substr(text.find('\n', half) + 1);
  auto const lines = read_journal(file);
  CHECK(std::count_if(lines.begin(), lines.end(), [](auto const& line) { return line.at("step") == "start"; }) == 2);

  Process nowhere{{FLEXCRM_PLUGIN_STUB, "--journal", folder.file("")}};
  nowhere.wait_for("flexcrm-plugin-stub: journal");
  CHECK(nowhere.wait() == 1);
}

TEST_CASE("pages are served from their folders and from nowhere else") {
  Folder const folder;
  Crm const crm{folder.file("crm.sqlite")};
  CHECK(get(crm.port, "/crm.html").find("id=\"profile-container\"") != std::string::npos);
  CHECK(get(crm.port, "/").starts_with("HTTP/1.1 302"));
  CHECK(get(crm.port, "/flexcrm/js/messages.js").find("export const messages") != std::string::npos);
  CHECK(get(crm.port, "/flex/appConfig.js").find("http://localhost:" + std::to_string(crm.port)) != std::string::npos);
  CHECK(get(crm.port, "/api/contacts").find("Librer") != std::string::npos);
  for (auto const* target :
       {"/../main.cpp", "/../contacts.json", "/portraits/../../contacts.json", "/%2e%2e/contacts.json",
        "/flex/../../../options.cpp", "//etc/passwd", "/.git/config", "/portraits", "/nothing.html"})
    CHECK_MESSAGE(get(crm.port, target).starts_with("HTTP/1.1 4"), target);
  CHECK(http(crm.port, "GET /crm.html HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
            .starts_with("HTTP/1.1 4"));
}

TEST_CASE("what cannot work is said at the start") {
  Folder const folder;
  Process bare{{FLEXCRM_CRM, "--bare", "--flex-url", "https://flex.twilio.com/"}};
  bare.wait_for("flexcrm-crm: --bare needs the Flex page on the CRM page's own origin");
  CHECK(bare.wait() == 2);
  Process tab{{FLEXCRM_CRM, "--bare", "--flex-tab"}};
  tab.wait_for("flexcrm-crm: --bare needs Flex in the CRM page's frame");
  CHECK(tab.wait() == 2);
  Process origin{{FLEXCRM_CRM, "--allow-origin", "https://crm.example.com/"}};
  origin.wait_for("flexcrm-crm: --allow-origin must be an origin");
  CHECK(origin.wait() == 2);
  Process host{{FLEXCRM_CRM, "--port", "0", "--allow-host", "crm.example.com"}};
  host.wait_for("flexcrm-crm: --allow-host needs a --port");
  CHECK(host.wait() == 2);
  Process framer{{FLEXCRM_CRM, "--framed-by", "https://crm.example.com/page"}};
  framer.wait_for("flexcrm-crm: --framed-by must be an origin");
  CHECK(framer.wait() == 2);
  Process half{{FLEXCRM_CRM, "--certificate", "crm.pem"}};
  half.wait_for("flexcrm-crm: --certificate and --key belong together");
  CHECK(half.wait() == 2);
  Process nameless{{FLEXCRM_CRM, "--agent", ""}};
  nameless.wait_for("flexcrm-crm: --agent must be a name");
  for (auto const& [option, value, words] :
       {std::array{"--supervisor", "mallory", "--supervisor must be one of --agent"},
        std::array{"--region", "Spain", "--region must be a country's two letters"},
        std::array{"--flex-without", "luck", "--flex-without knows no luck"},
        std::array{"--keep-calls", "40000", "--keep-calls must be at most 36500 days"},
        std::array{"--policy", "/nothing.json", "cannot read /nothing.json"}}) {
    Process wrong{{FLEXCRM_CRM, "--port", "0", "--database", folder.file("wrong.sqlite"), option, value}};
    wrong.wait_for(std::string{"flexcrm-crm: "} + words);
  }
  CHECK(nameless.wait() == 2);
  Process idle{{FLEXCRM_CRM, "--idle-ms", "999"}};
  idle.wait_for("flexcrm-crm: --idle-ms must be 1000 or more");
  CHECK(idle.wait() == 2);
  Process option{{FLEXCRM_CRM, "--prot", "1"}};
  CHECK(option.wait() == 2);
  Process stub{{FLEXCRM_PLUGIN_STUB, "--url", "http://localhost/"}};
  CHECK(stub.wait() == 2);
}

TEST_CASE("three CRMs are one: Flex at the first, a dial from the second, the screen at the third") {
  Folder const folder;
  test::NatsServer broker;
  auto const node = [&](std::string const& name) {
    return std::make_unique<Crm>(
        folder.file("crm.sqlite"), 0,
        std::vector<std::string>{"--nats", broker.url(), "--node", name, "--supervisor", "alice"});
  };
  // All at once, with a database that one of them has to make.
  auto const first = node("one"), second = node("two"), third = node("three");
  auto const wait_for = [](Crm const& crm, std::string const& status) {
    for (auto const end = std::chrono::steady_clock::now() + 15s;
         !get(crm.port, "/readyz").starts_with("HTTP/1.1 " + status);)
      REQUIRE(std::chrono::steady_clock::now() < end);
  };
  for (auto const* crm : {&first, &second, &third}) wait_for(**crm, "200");

  Process flex{{FLEXCRM_PLUGIN_STUB, "--url", first->url()}};
  Page clicker{second->url()}, screen{third->url()};
  clicker.wait_for_flex();
  screen.wait_for_flex();
  REQUIRE(clicker.dial("+34600000017").has_value());
  flex.wait_for("StartOutboundCall +34600000017");
  CHECK(screen.next<TaskSelected>().attributes.find("/outbound_to") == boost::json::value("+34600000017"));
  // Whoever is asked has the row, and no node that starts takes the dials of another for its own.
  auto const trail = get(third->port, "/api/audit.csv");
  CHECK(trail.find("tel:+34600000017,,allowed,placed,") != std::string::npos);

  broker.kill();
  wait_for(*second, "503");
  CHECK(get(second->port, "/livez").starts_with("HTTP/1.1 200"));
  CHECK(get(second->port, "/metrics").find("flexcrm_linked 0\n") != std::string::npos);
  CHECK(clicker.dial("+34600000017").error().code == Errc::agent_offline);
  broker.start();
  wait_for(*first, "200");
  wait_for(*second, "200");
  // It is Flex that says so.
  CHECK(clicker.dial("+34600000025").error().code == Errc::agent_busy);
}

TEST_CASE("the CRM counts for Prometheus, and nothing of what people say or dial is in it") {
  Folder const folder;
  Crm const crm{folder.file("crm.sqlite")};
  Page page{crm.url()};
  Process flex{{FLEXCRM_PLUGIN_STUB, "--url", crm.url()}};
  page.wait_for_flex();
  REQUIRE(page.dial("+34600000017").has_value());
  get(crm.port, "/", "Host: evil.example\r\n");

  auto const response = get(crm.port, "/metrics");
  CHECK(response.find("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n") != std::string::npos);
  auto const text = response.substr(response.find("\r\n\r\n") + 4);
  for (auto const* line :
       {"# TYPE flexcrm_sessions gauge", "flexcrm_sessions 2", "flexcrm_agents_online 1",
        "flexcrm_dials_total{outcome=\"placed\"} 1", "flexcrm_messages_received_total{type=\"DialRequest\"} 1",
        "flexcrm_messages_sent_total{type=\"DialRequest\"} 1", "flexcrm_http_refused_total 1"}) {
    CAPTURE(line);
    CHECK(text.find(std::string{line} + "\n") != std::string::npos);
  }
  CHECK(text.find("34600000017") == std::string::npos);
  CHECK(get(crm.port, "/livez").starts_with("HTTP/1.1 200"));
  CHECK(get(crm.port, "/readyz").starts_with("HTTP/1.1 200"));
  CHECK(get(crm.port, "/metrics", "X-Forwarded-For: 203.0.113.7\r\n").starts_with("HTTP/1.1 404"));
}

TEST_CASE("the CRM takes leave when it is told to end, and is gone at once when it is told twice") {
  Folder const folder;
  Crm crm{folder.file("crm.sqlite")};
  Process flex{{FLEXCRM_PLUGIN_STUB, "--url", crm.url()}};
  flex.wait_for("open");
  SUBCASE("once") {
    crm.process.signal(SIGTERM);
    flex.wait_for("lost closed");
  }
  SUBCASE("twice") {
    crm.process.signal(SIGTERM);
    crm.process.signal(SIGINT);
    flex.wait_for("lost");
  }
  CHECK(crm.process.wait() == 0);
}
