#include "worker.hpp"

#include <utility>

namespace flexcrm::detail {
namespace {

// Four seconds of a busy node's messages. It fills up only while the socket takes nothing, which is 2 s at most.
constexpr std::size_t most_bytes = 16 * 1024 * 1024;

}  // namespace

void Worker::start(Work round, Work end) {
  running_ = true;
  thread_ = std::thread{[this, round = std::move(round), end = std::move(end)] { run(round, end); }};
}

void Worker::stop() noexcept {
  std::lock_guard const lock{mutex_};
  running_ = false;
  wake_.notify_one();
}

void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

bool Worker::put(Work work, std::size_t bytes) {
  std::lock_guard const lock{mutex_};
  if (!running_ || bytes_ + bytes > most_bytes) return false;
  bytes_ += bytes;
  waiting_.push_back({std::move(work), bytes});
  if (waiting_.size() == 1) wake_.notify_one();
  return true;
}

void Worker::after(std::chrono::milliseconds wait, Work work) { timers_.emplace(Clock::now() + wait, std::move(work)); }

void Worker::run(Work const& round, Work const& end) {
  std::vector<Item> batch;
  for (bool ending = false; !ending;) {
    {
      std::unique_lock lock{mutex_};
      auto const ready = [&] { return !running_ || !waiting_.empty(); };
      if (timers_.empty()) {
        wake_.wait(lock, ready);
      } else {
        wake_.wait_until(lock, timers_.begin()->first, ready);
      }
      ending = !running_;
      batch.swap(waiting_);
      bytes_ = 0;
    }
    for (auto& item : batch) item.work();
    batch.clear();
    for (auto const now = Clock::now(); !ending && !timers_.empty() && timers_.begin()->first <= now;) {
      auto const due = timers_.extract(timers_.begin());
      due.mapped()();
    }
    round();
  }
  timers_.clear();
  end();
}

}  // namespace flexcrm::detail
