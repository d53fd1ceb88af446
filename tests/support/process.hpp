#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace flexcrm::test {

/// A child process whose standard input and output are ours. Killed when it goes out of scope.
class Process {
 public:
  /// Starts a program. Throws std::system_error.
  explicit Process(std::vector<std::string> command);
  ~Process();
  Process(Process const&) = delete;
  Process& operator=(Process const&) = delete;

  /// Writes one line to the child.
  void write(std::string_view line);

  /// Reads lines until one begins with `prefix`; returns the rest of it. Throws std::runtime_error with everything
  /// that was read when it does not come in time.
  std::string wait_for(std::string_view prefix, std::chrono::seconds patience = std::chrono::seconds{15});

  /// Waits for the end; the exit status, or 128 + the signal.
  int wait();

  /// Sends a signal.
  void signal(int number);

  /// SIGKILL, as a crash would end it.
  void kill();

 private:
  int pid_ = -1;
  int in_ = -1;
  int out_ = -1;
  std::string unread_;
  std::string seen_;
};

}  // namespace flexcrm::test
