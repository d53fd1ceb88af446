// Loads one server over loopback and tells, as one line of JSON, what the server's process spent. Raw epoll, one thread and
// prepared frames, so that it is never the limit. Speaks the protocol to flexcrm; other servers pass the same frames on, and
// here is who answers them.

#include <boost/program_options.hpp>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace po = boost::program_options;
using Clock = std::chrono::steady_clock;
using std::chrono::duration;

constexpr std::size_t opening_at_once = 64;  // a server bounds connections that are no sessions yet
constexpr std::chrono::seconds longest_run{120};

[[noreturn]] void fail(std::string const& what) { throw std::runtime_error{what}; }

struct Options {
  std::string mode = "relay";
  std::uint16_t port = 0;
  pid_t pid = 0;
  bool raw = false;
  std::size_t pairs = 16;
  std::size_t depth = 1;
  std::size_t bytes = 1024;
  double seconds = 1;
  double warm_up = 0.25;
  std::size_t messages = 0;  // instead of a time
  std::size_t rate = 5000;
};

// -- the server's process

double cpu_of(pid_t process) {
  clockid_t clock;
  timespec time{};
  if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &time) != 0) fail("no clock of the server");
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double kibibytes_of(pid_t process) {
  std::ifstream status{"/proc/" + std::to_string(process) + "/status"};
  for (std::string word; status >> word;) {
    double kibibytes = 0;
    if (word == "RssAnon:" && status >> kibibytes) return kibibytes;
  }
  fail("no RssAnon of the server");
}

// -- frames

std::string frame_of(std::string_view text) {
  std::string frame{'\x81'};
  if (text.size() < 126) {
    frame += static_cast<char>(0x80 | text.size());
  } else {
    frame += '\xfe';
    frame += static_cast<char>(text.size() >> 8);
    frame += static_cast<char>(text.size() & 0xff);
  }
  frame.append(4, '\0');  // a mask that leaves the text as it is; a server unmasks it all the same
  frame += text;
  return frame;
}

/// A TaskSelected of a length, but for its number.
class Selection {
 public:
  explicit Selection(std::size_t bytes) {
    tail_ =
        R"(,"method":"TaskSelected","params":{"taskSid":"WT0123456789abcdef0123456789abcdef","attributes":{"type":"inbound",)"
        R"("direction":"inbound","from":"+34911234567","to":"+34917654321","name":"Jos\u00e9 Mart\u00edn","accountNumber":"A-77120",)"
        R"("customers":{"external_id":"c-42","email":"jose@example.com"},"skills":["billing","es"],"queueTime":12.5,"vip":false,)"
        R"("conversations":{"conversation_id":"CA0123456789abcdef0123456789abcdef","conversation_attribute_1":"billing",)"
        R"("queue":"Facturación","hang_up_by":null},"history":[{"at":1764115200000,"what":"call","length":184},)"
        R"({"at":1764201600000,"what":"chat","length":32}],"note":")";
    auto const end = std::string{R"("}}})"};
    auto const head = std::string_view{R"({"jsonrpc":"2.0","id":1000)"}.size();
    if (bytes > head + tail_.size() + end.size()) {
      for (std::size_t n = bytes - head - tail_.size() - end.size(), i = 0; i < n; ++i)
        tail_ += "the quick brown fox "[i % 20];
    }
    tail_ += end;
  }
  std::string text(std::uint64_t id) const { return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + tail_; }

 private:
  std::string tail_;
};

std::string answer_to(std::string_view id) {
  return frame_of(R"({"jsonrpc":"2.0","id":)" + std::string{id} + R"(,"result":null})");
}

// -- connections

struct Connection {
  int socket = -1;
  std::uint64_t number = 0;  // never used twice, as descriptors are
  std::size_t index = 0;
  bool is_flex = true;
  enum class Step { connecting, upgrading, greeting, open } step = Step::connecting;
  std::string in;
  std::string out;
  bool dirty = false;
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;          // of Flex
  std::uint64_t received = 0;          // of CRM
  std::vector<Clock::time_point> due;  // of the last messages, for the latency
};

class Generator {
 public:
  explicit Generator(Options options) : options_{std::move(options)}, selection_{options_.bytes} {
    rlimit descriptors{};
    ::getrlimit(RLIMIT_NOFILE, &descriptors);
    descriptors.rlim_cur = descriptors.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &descriptors);
    epoll_ = ::epoll_create1(0);
    end_ = Clock::now() + longest_run;
  }

  void run() {
    if (options_.mode == "relay") return relay();
    if (options_.mode == "event") return event();
    if (options_.mode == "rate") return rate();
    if (options_.mode == "handshakes") return handshakes();
    if (options_.mode == "memory") return memory();
    fail("unknown mode " + options_.mode);
  }

 private:
  bool has_crm() const { return options_.mode == "relay" || options_.mode == "rate"; }

  // -- opening

  void begin(Connection& connection) {
    connection.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (connection.socket < 0) fail(std::string{"socket: "} + std::strerror(errno));
    int const on = 1;
    ::setsockopt(connection.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(connection.socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    // Many addresses: closed connections keep their ports for a minute.
    sockaddr_in from{};
    from.sin_family = AF_INET;
    from.sin_addr.s_addr = htonl(0x7f000002u + static_cast<std::uint32_t>(begun_++ % 200));
    ::bind(connection.socket, reinterpret_cast<sockaddr*>(&from), sizeof from);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(options_.port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(connection.socket, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0 && errno != EINPROGRESS)
      fail(std::string{"connect: "} + std::strerror(errno));
    connection.number = begun_;
    connection.step = Connection::Step::upgrading;
    auto const pair = std::to_string(connection.index / 2);
    auto const target = !options_.raw ? std::string{"/flexcrm"} : has_crm() ? "/relay/" + pair : std::string{"/echo"};
    auto const host = "127.0.0.1:" + std::to_string(options_.port);
    connection.out = "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\nOrigin: http://" + host +
                     "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: flexcrm.v1\r\n\r\n";
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLET;
    event.data.ptr = &connection;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.socket, &event);
  }

  void greet(Connection& connection) {
    connection.step = Connection::Step::greeting;
    auto const agent = "agent-" + std::to_string(has_crm() ? connection.index / 2 : connection.index);
    auto const* const role = connection.is_flex ? "flex" : "crm";
    connection.out += frame_of(std::string{R"({"jsonrpc":"2.0","id":"hello","method":"Hello","params":{"role":")"} +
                               role + R"(","protocolMin":1,"protocolMax":1,"agent":")" + agent + R"(","instance":")" +
                               role + "-" + agent + R"("}})");
    // A relay has nobody to greet.
    if (options_.raw && has_crm()) {
      connection.out.clear();
      opened(connection);
    }
    touch(connection);
  }

  void opened(Connection& connection) {
    connection.step = Connection::Step::open;
    ++opened_;
    if (options_.mode != "handshakes") return open_next();
    ::close(connection.socket);
    auto const index = ++last_index_;
    connection = Connection{};
    connection.index = index;
    if (begun_ < options_.messages) begin(connection);
  }

  void open_next() {
    if (next_ < connections_.size()) begin(*connections_[next_++]);
  }

  void open_all(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      auto connection = std::make_unique<Connection>();
      connection->index = i;
      connection->is_flex = !has_crm() || i % 2 == 0;
      connections_.push_back(std::move(connection));
    }
    for (std::size_t i = 0; i < opening_at_once; ++i) open_next();
    run_until([&] { return opened_ == count; });
    // What a hub tells at the beginning.
    auto const quiet = Clock::now() + std::chrono::milliseconds{200};
    run_until([&] { return Clock::now() > quiet; }, 10);
    for (auto const& connection : connections_) connection->received = 0;
  }

  // -- input and output

  void touch(Connection& connection) {
    if (std::exchange(connection.dirty, true)) return;
    dirty_.push_back(&connection);
  }

  void flush() {
    for (std::size_t i = 0; i < dirty_.size(); ++i) {
      auto& connection = *dirty_[i];
      connection.dirty = false;
      if (connection.socket < 0 || connection.out.empty()) continue;
      auto const size = ::send(connection.socket, connection.out.data(), connection.out.size(), MSG_NOSIGNAL);
      if (size < 0 && errno != EAGAIN && errno != ENOTCONN) fail(std::string{"send: "} + std::strerror(errno));
      if (size > 0) connection.out.erase(0, static_cast<std::size_t>(size));
    }
    dirty_.clear();
  }

  void read(Connection& connection) {
    for (;;) {
      auto const size = ::recv(connection.socket, buffer_.data(), buffer_.size(), 0);
      if (size < 0 && errno == EAGAIN) return;
      if (size <= 0) fail(size == 0 ? "the server closed a connection" : std::string{"recv: "} + std::strerror(errno));
      connection.in.append(buffer_.data(), static_cast<std::size_t>(size));
      auto const number = connection.number;
      take(connection);
      if (connection.number != number || static_cast<std::size_t>(size) < buffer_.size()) return;
    }
  }

  void take(Connection& connection) {
    auto& in = connection.in;
    std::size_t at = 0;
    if (connection.step == Connection::Step::upgrading) {
      auto const end = in.find("\r\n\r\n");
      if (end == std::string::npos) return;
      if (!in.starts_with("HTTP/1.1 101")) fail("not upgraded: " + in.substr(0, 60));
      at = end + 4;
      greet(connection);
    }
    while (in.size() - at >= 2) {
      auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(in[at + i]); };
      auto const opcode = byte(0) & 0x0f;
      std::size_t size = byte(1);
      std::size_t header = 2;
      if (size == 126) {
        if (in.size() - at < 4) break;
        size = byte(2) * 256u + byte(3);
        header = 4;
      }
      if (in.size() - at < header + size) break;
      std::string_view const text{in.data() + at + header, size};
      at += header + size;
      if (opcode == 8) fail("the server closed a WebSocket");
      if (opcode != 1) continue;
      auto const number = connection.number;
      on_text(connection, text);
      if (connection.number != number) return;  // a handshake that is done
    }
    in.erase(0, at);
  }

  void on_text(Connection& connection, std::string_view text) {
    if (connection.step == Connection::Step::greeting) return opened(connection);
    constexpr std::string_view head = R"({"jsonrpc":"2.0","id":)";
    if (!text.starts_with(head)) fail("not understood: " + std::string{text.substr(0, 100)});
    text.remove_prefix(head.size());
    auto const id = text.substr(0, text.find(','));
    text.remove_prefix(id.size());
    if (text.starts_with(R"(,"error")")) fail("refused: " + std::string{text.substr(0, 100)});
    if (text.starts_with(R"(,"result")")) {
      if (id.front() != '"') ++connection.answered;
      if (id.front() != '"') follow_up(connection);
      return;
    }
    if (options_.raw && !has_crm()) {  // an echo is the answer
      ++connection.answered;
      return follow_up(connection);
    }
    connection.out += answer_to(id);
    touch(connection);
    if (id.front() == '"') return;
    auto& flex = has_crm() ? *connections_[connection.index - 1] : connection;
    if (!flex.due.empty() && text.starts_with(R"(,"method":"TaskSelected")"))
      latencies_.push_back(Clock::now() - flex.due[connection.received % flex.due.size()]);
    ++connection.received;
    follow_up(flex);
  }

  // -- messages

  std::uint64_t in_flight(Connection const& flex) const {
    auto const done = has_crm() ? std::min(flex.answered, connections_[flex.index + 1]->received) : flex.answered;
    return flex.sent - done;
  }

  void follow_up(Connection& flex) {
    while (sending_ && in_flight(flex) < options_.depth && (options_.messages == 0 || total_sent_ < options_.messages))
      say(flex);
  }

  void say(Connection& flex) {
    flex.out += frame_of(selection_.text(++flex.sent));
    ++total_sent_;
    touch(flex);
  }

  template <class Predicate>
  void run_until(Predicate is_so, int wait_ms = 100) {
    epoll_event events[256];
    while (!is_so()) {
      if (Clock::now() > end_) fail("took too long");
      flush();
      auto const count = ::epoll_wait(epoll_, events, 256, wait_ms);
      for (int i = 0; i < count; ++i) {
        auto& connection = *static_cast<Connection*>(events[i].data.ptr);
        if (events[i].events & EPOLLOUT) touch(connection);
        if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read(connection);
      }
      flush();
    }
  }

  std::uint64_t done() const {
    std::uint64_t all = 0;
    for (auto const& connection : connections_)
      if (connection->is_flex) all += connection->sent - in_flight(*connection);
    return all;
  }

  void closed_loop() {
    sending_ = true;
    auto begin_cpu = cpu_of(options_.pid);
    auto begin_mine = cpu_of(::getpid());
    auto begin_time = Clock::now();
    std::uint64_t begin_done = 0;
    for (auto const& connection : connections_)
      if (connection->is_flex) follow_up(*connection);
    if (options_.messages != 0) {
      run_until([&] { return total_sent_ == options_.messages && done() == total_sent_; });
    } else {
      auto const warm = begin_time + std::chrono::duration_cast<Clock::duration>(duration<double>{options_.warm_up});
      run_until([&] { return Clock::now() > warm; }, 1);
      begin_cpu = cpu_of(options_.pid);
      begin_mine = cpu_of(::getpid());
      begin_time = Clock::now();
      begin_done = done();
      auto const end = begin_time + std::chrono::duration_cast<Clock::duration>(duration<double>{options_.seconds});
      run_until([&] { return Clock::now() > end; }, 1);
    }
    auto const messages = static_cast<double>(done() - begin_done);
    auto const time = duration<double>{Clock::now() - begin_time}.count();
    report({{"messages", messages},
            {"cpu_us", (cpu_of(options_.pid) - begin_cpu) * 1e6 / messages},
            {"per_second", messages / time},
            {"generator_cpu", (cpu_of(::getpid()) - begin_mine) / time}});
  }

  void relay() {
    open_all(2 * options_.pairs);
    closed_loop();
  }

  void event() {
    open_all(options_.pairs);
    closed_loop();
  }

  // Open loop: each message has its moment, whatever became of those before.
  void rate() {
    open_all(2 * options_.pairs);
    for (auto const& connection : connections_) connection->due.resize(256);
    auto const interval = std::chrono::nanoseconds{std::chrono::seconds{1}} / options_.rate;
    auto const begin = Clock::now();
    auto const before = cpu_of(options_.pid);
    auto const all = static_cast<std::uint64_t>(options_.seconds * static_cast<double>(options_.rate));
    std::uint64_t next = 0;
    run_until(
        [&] {
          for (auto const now = Clock::now(); next < all && begin + interval * next <= now; ++next) {
            auto& flex = *connections_[2 * (next % options_.pairs)];
            if (in_flight(flex) >= 48) break;  // a session lets no more out
            flex.due[flex.sent % flex.due.size()] = begin + interval * next;
            say(flex);
          }
          flush();
          return next == all && done() == total_sent_;
        },
        0);
    std::sort(latencies_.begin(), latencies_.end());
    auto const at = [&](double quantile) {
      return duration<double, std::micro>{
          latencies_[static_cast<std::size_t>(quantile * static_cast<double>(latencies_.size() - 1))]}
          .count();
    };
    auto const messages = static_cast<double>(latencies_.size());
    report({{"messages", messages},
            {"p50_us", at(0.5)},
            {"p99_us", at(0.99)},
            {"cpu_us", (cpu_of(options_.pid) - before) * 1e6 / messages}});
  }

  void handshakes() {
    auto const before = cpu_of(options_.pid);
    auto const began = Clock::now();
    if (options_.messages == 0) options_.messages = 1000;
    for (std::size_t i = 0; i < std::min(std::size_t{16}, options_.messages); ++i) {
      connections_.push_back(std::make_unique<Connection>());
      connections_.back()->index = last_index_ = i;
    }
    for (auto const& connection : connections_) begin(*connection);
    run_until([&] { return opened_ == options_.messages; });
    auto const messages = static_cast<double>(opened_);
    report({{"messages", messages},
            {"cpu_us", (cpu_of(options_.pid) - before) * 1e6 / messages},
            {"per_second", messages / duration<double>{Clock::now() - began}.count()}});
  }

  void memory() {
    auto const before = kibibytes_of(options_.pid);
    open_all(options_.pairs);
    auto const idle = kibibytes_of(options_.pid);
    options_.depth = 1;
    for (auto const& connection : connections_) {
      say(*connection);
      // A few at a time, as people do.
      run_until([&] { return connection->answered == connection->sent; });
    }
    auto const used = kibibytes_of(options_.pid);
    auto const count = static_cast<double>(options_.pairs);
    report({{"before_kib", before}, {"idle_kib", (idle - before) / count}, {"used_kib", (used - before) / count}});
  }

  void report(std::vector<std::pair<char const*, double>> const& values) {
    std::cout << '{';
    for (std::size_t i = 0; i < values.size(); ++i)
      std::cout << (i == 0 ? "" : ", ") << '"' << values[i].first << "\": " << values[i].second;
    std::cout << '}' << std::endl;
  }

  Options options_;
  Selection selection_;
  int epoll_ = -1;
  Clock::time_point end_;
  std::string buffer_ = std::string(256 * 1024, '\0');
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> dirty_;
  std::vector<Clock::duration> latencies_;
  std::size_t next_ = 0;        // connection to open
  std::size_t last_index_ = 0;  // handshakes
  std::uint64_t begun_ = 0;
  std::uint64_t opened_ = 0;
  std::uint64_t total_sent_ = 0;
  bool sending_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  po::options_description description{"flexcrm_benchmark_generator: loads one server on this machine"};
  description.add_options()("mode", po::value(&options.mode), "relay, event, rate, handshakes or memory")(
      "port", po::value(&options.port)->required(), "of the server")(
      "pid", po::value(&options.pid)->required(), "of the server")("raw", po::bool_switch(&options.raw),
                                                                   "the server passes frames on and answers none")(
      "pairs", po::value(&options.pairs), "of connections; or connections, where there are no pairs")(
      "depth", po::value(&options.depth), "messages in flight of each pair")(
      "bytes", po::value(&options.bytes), "of a message")("seconds", po::value(&options.seconds), "to measure")(
      "warm-up", po::value(&options.warm_up), "seconds before")(
      "messages", po::value(&options.messages), "so many instead of a time")("rate", po::value(&options.rate),
                                                                             "messages a second")("help", "says this");
  try {
    po::variables_map values;
    po::store(po::parse_command_line(argc, argv, description), values);
    if (values.contains("help")) return std::cout << description, 0;
    po::notify(values);
    Generator{std::move(options)}.run();
    return 0;
  } catch (std::exception const& error) {
    std::cerr << "generator: " << error.what() << '\n';
    return 1;
  }
}
