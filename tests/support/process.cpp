#include "process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

extern char** environ;

namespace flexcrm::test {
namespace {

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error{errno, std::system_category(), "pipe"};
  return ends;
}

}  // namespace

Process::Process(std::vector<std::string> command) {
  // A child that died must not take the test with it.
  ::signal(SIGPIPE, SIG_IGN);
  auto const input = make_pipe();
  auto const output = make_pipe();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output[1], STDERR_FILENO);
  std::vector<char*> arguments;
  for (auto& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  int const error = posix_spawn(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(input[0]);
  ::close(output[1]);
  in_ = input[1];
  out_ = output[0];
  if (error != 0) throw std::system_error{error, std::system_category(), command.front()};
}

Process::~Process() {
  kill();
  ::close(in_);
  ::close(out_);
}

void Process::write(std::string_view line) {
  std::string const text = std::string{line} + "\n";
  if (::write(in_, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw std::system_error{errno, std::system_category(), "write to child"};
}

std::string Process::wait_for(std::string_view prefix, std::chrono::seconds patience) {
  auto const deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    for (auto end = unread_.find('\n'); end != std::string::npos; end = unread_.find('\n')) {
      auto const line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      seen_ += line + "\n";
      if (line.starts_with(prefix)) return line.substr(prefix.size());
    }
    auto const left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd readable{out_, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&readable, 1, static_cast<int>(left.count())) <= 0)
      throw std::runtime_error{"no line \"" + std::string{prefix} + "\" came; seen:\n" + seen_ + unread_};
    std::array<char, 4096> bytes{};
    auto const size = ::read(out_, bytes.data(), bytes.size());
    if (size <= 0)
      throw std::runtime_error{"the child ended before \"" + std::string{prefix} + "\"; seen:\n" + seen_ + unread_};
    unread_.append(bytes.data(), static_cast<std::size_t>(size));
  }
}

int Process::wait() {
  if (pid_ < 0) return 0;
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void Process::signal(int number) {
  if (pid_ >= 0) ::kill(pid_, number);
}

void Process::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  wait();
}

}  // namespace flexcrm::test
