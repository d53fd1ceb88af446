// Many agents at one server: their Flex endpoints connect and say nothing, then some of them always tell of a task. The
// server is a process of its own, so that its memory is its own too. Ends with 0 when nothing was lost or out of order.

#include <flexcrm/connection.hpp>
#include <flexcrm/server.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/program_options.hpp>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace po = boost::program_options;
using namespace flexcrm;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// The pipes between the two processes, line by line.
struct Pipe {
  Pipe() {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error{"no pipe"};
    read = ::fdopen(ends[0], "r");
    write = ::fdopen(ends[1], "w");
  }
  std::FILE* read;
  std::FILE* write;
};

void say(Pipe const& pipe, std::string const& line) {
  std::fputs((line + "\n").c_str(), pipe.write);
  std::fflush(pipe.write);
}

std::string hear(Pipe const& pipe) {
  std::string line;
  for (int c; (c = std::fgetc(pipe.read)) != EOF && c != '\n';) line += static_cast<char>(c);
  return line;
}

/// KiB of a process that no file backs.
long memory_of(pid_t process) {
  std::ifstream status{"/proc/" + std::to_string(process) + "/status"};
  for (std::string word; status >> word;) {
    long kibibytes = 0;
    if (word == "RssAnon:" && status >> kibibytes) return kibibytes;
  }
  throw std::runtime_error{"no RssAnon in /proc"};
}

// ---- the server's process

int serve(Pipe const& orders, Pipe const& reports) {
  ServerOptions options;
  options.logger.level = Level::warning;
  Server server{std::move(options)};
  // Both on the server's thread.
  std::uint64_t handled = 0;
  std::uint64_t misplaced = 0;
  std::map<std::string, std::uint64_t> last;
  server.on<TaskChanged>([&](std::string const& agent, TaskChanged const& task) {
    ++handled;
    if (std::stoull(task.reason.value()) != ++last[agent]) ++misplaced;
  });
  if (auto const started = server.start(); !started) {
    std::cerr << "load: " << to_string(started.error()) << '\n';
    return 1;
  }
  say(reports, std::to_string(server.port()));
  hear(orders);  // the end
  auto const metrics = server.metrics();
  server.stop();
  say(reports, std::to_string(handled) + " handled, " + std::to_string(misplaced) + " misplaced, " +
                   std::to_string(metrics.sessions_now) + " sessions, " + std::to_string(metrics.resumes) + " resumes");
  return 0;
}

// ---- the agents' process

class Agents {
 public:
  Agents(std::uint16_t port, std::size_t count) : port_{port} {
    for (std::size_t i = 0; i < count; ++i) {
      ClientOptions options;
      options.url = "ws://127.0.0.1:" + std::to_string(port_) + "/flexcrm";
      options.role = Role::flex;
      options.agent = "agent-" + std::to_string(i);
      options.reconnect.enabled = false;
      agents_.push_back(std::make_unique<Connection>(context_, std::move(options)));
    }
    told_.resize(count);
  }

  bool connect() {
    // Half of what a server takes unauthenticated at a time.
    for (int i = 0; i < 128; ++i) connect_next();
    context_.run();
    context_.restart();
    return failures_ == 0;
  }

  void idle(std::chrono::seconds time) { context_.run_for(time); }

  /// Tells of `rate` tasks a second.
  void tell(std::size_t rate, std::chrono::seconds time) {
    tick_ = Clock::now();
    end_ = tick_ + time;
    interval_ = std::chrono::nanoseconds{1s} / rate;
    next();
    context_.run_for(time + 10s);
  }

  std::size_t sent() const { return sent_; }
  std::size_t answered() const { return latencies_.size(); }
  std::size_t failures() const { return failures_; }
  std::chrono::microseconds latency(double quantile) {
    std::sort(latencies_.begin(), latencies_.end());
    return latencies_.empty()
               ? 0us
               : latencies_[static_cast<std::size_t>(quantile * static_cast<double>(latencies_.size() - 1))];
  }

 private:
  void connect_next() {
    if (connecting_ == agents_.size()) return;
    auto& agent = *agents_[connecting_++];
    agent.async_connect([this](error_code ec) {
      if (ec) ++failures_, std::cerr << "load: " << ec.message() << '\n';
      connect_next();
      // A connection that is open keeps the context busy.
      if (++connected_ == agents_.size()) context_.stop();
    });
  }

  void next() {
    for (auto const now = Clock::now(); tick_ <= now && tick_ < end_; tick_ += interval_) tell_one();
    if (tick_ >= end_) return;
    timer_.expires_at(tick_);
    timer_.async_wait([this](error_code) { next(); });
  }

  void tell_one() {
    auto const i = sent_++ % agents_.size();
    TaskChanged task{.task_sid = "WT" + std::string(32, '0'), .status = TaskStatus::accepted};
    task.reason = std::to_string(++told_[i]);
    auto const began = Clock::now();
    auto pending = std::make_shared<Pending<NullResult>>(agents_[i]->request(task));
    pending->async_wait([this, pending, began](error_code ec, NullResult) {
      if (ec)
        ++failures_;
      else
        latencies_.push_back(std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - began));
      if (latencies_.size() + failures_ == sent_ && tick_ >= end_) context_.stop();
    });
  }

  std::uint16_t port_;
  asio::io_context context_;
  asio::steady_timer timer_{context_};
  std::vector<std::unique_ptr<Connection>> agents_;
  std::vector<std::uint64_t> told_;
  std::size_t connecting_ = 0, connected_ = 0, sent_ = 0, failures_ = 0;
  Clock::time_point tick_, end_;
  Clock::duration interval_{};
  std::vector<std::chrono::microseconds> latencies_;
};

int run(std::size_t agents_wanted, std::size_t rate, std::chrono::seconds time) {
  rlimit descriptors{};
  ::getrlimit(RLIMIT_NOFILE, &descriptors);
  descriptors.rlim_cur = descriptors.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &descriptors);
  if (descriptors.rlim_cur < agents_wanted + 100) throw std::runtime_error{"not enough descriptors for so many agents"};

  Pipe const orders;
  Pipe const reports;
  auto const server = ::fork();
  if (server == 0) std::_Exit(serve(orders, reports));
  auto const port = static_cast<std::uint16_t>(std::stoi(hear(reports)));
  auto const before = memory_of(server);

  Agents agents{port, agents_wanted};
  auto const began = Clock::now();
  bool const all = agents.connect();
  std::cout << "load: " << agents_wanted << " agents connected in "
            << std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began).count() << " ms\n";
  agents.idle(12s);  // each of them has said Ping
  auto const idle = memory_of(server);
  std::cout << "load: " << static_cast<double>(idle - before) / static_cast<double>(agents_wanted)
            << " KiB an idle session (" << before << " KiB before, " << idle << " KiB after)\n";
  agents.tell(rate, time);
  std::cout << "load: " << agents.sent() << " events in " << time.count() << " s, " << agents.answered()
            << " answered, " << agents.failures() << " failures; answers after " << agents.latency(0.5).count()
            << " us (median), " << agents.latency(0.99).count() << " us (99 %); " << memory_of(server) << " KiB\n";
  say(orders, "end");
  auto const report = hear(reports);
  int status = 0;
  ::waitpid(server, &status, 0);
  std::cout << "load: the server: " << report << std::endl;
  auto const expected = std::to_string(agents.sent()) + " handled, 0 misplaced, " + std::to_string(agents_wanted) +
                        " sessions, 0 resumes";
  bool const good =
      all && agents.failures() == 0 && agents.answered() == agents.sent() && report == expected && status == 0;
  std::cout << "load: " << (good ? "passed" : "FAILED") << std::endl;
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t agents = 10000;
  std::size_t rate = 2000;
  unsigned seconds = 20;
  po::options_description description{"flexcrm_load: many agents at one server"};
  description.add_options()("agents", po::value(&agents)->default_value(agents), "how many connect")(
      "rate", po::value(&rate)->default_value(rate), "events a second, of all of them")(
      "seconds", po::value(&seconds)->default_value(seconds), "for so long")("help", "says this");
  try {
    po::variables_map values;
    po::store(po::parse_command_line(argc, argv, description), values);
    po::notify(values);
    if (values.contains("help")) return std::cout << description, 0;
    if (agents == 0 || rate == 0) throw std::invalid_argument{"--agents and --rate must be more than 0"};
    return run(agents, rate, std::chrono::seconds{seconds});
  } catch (std::exception const& error) {
    std::cerr << "load: " << error.what() << '\n';
    return 2;
  }
}
