#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace flexcrm::detail {

/// One thread that does one thing after another: what other threads put, and what is due. put() may be called from any thread;
/// after() from the worker's own only.
class Worker {
 public:
  using Work = std::function<void()>;
  using Clock = std::chrono::steady_clock;

  Worker() = default;
  Worker(Worker const&) = delete;
  Worker& operator=(Worker const&) = delete;

  /// Begins. `round` is called after each batch of work, `end` once, after the last.
  void start(Work round, Work end);
  /// Takes no more, drops what is due later, and ends after what was put before: the last news of a server that stops.
  /// Does not wait.
  void stop() noexcept;
  /// Waits for the end.
  void join();

  /// Has it done, in order. False: it is dropped, because this has ended or `bytes` more would be too many waiting.
  bool put(Work work, std::size_t bytes = 0);
  /// Has it done later.
  void after(std::chrono::milliseconds wait, Work work);

 private:
  struct Item {
    Work work;
    std::size_t bytes;
  };
  void run(Work const& round, Work const& end);

  std::mutex mutex_;  // guards the next five
  std::condition_variable wake_;
  std::vector<Item> waiting_;
  std::size_t bytes_ = 0;
  bool running_ = false;
  std::multimap<Clock::time_point, Work> timers_;  // the thread's own
  std::thread thread_;
};

}  // namespace flexcrm::detail
