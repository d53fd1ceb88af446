#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace flexcrm::detail {

/// The answers to the peer's last requests, in case that one gets lost and its request is repeated (docs/protocol.md §4.2).
/// Numbers follow each other, so that a number says where its answer is.
class KeptAnswers {
 public:
  /// Nothing: not answered yet. Empty: the result is null, as that of almost every request.
  using Kept = std::optional<std::string>;

  explicit KeptAnswers(std::size_t window) noexcept : window_{window} {}

  /// The newest number.
  std::int64_t last() const noexcept { return last_; }

  /// Takes the next number. The one that leaves for it must be answered: false otherwise.
  bool take_next() {
    if (kept_.size() < window_) {
      kept_.emplace_back();
    } else {
      auto& oldest = kept_[place(last_ + 1)];
      if (!oldest) return false;
      oldest.reset();
    }
    ++last_;
    return true;
  }

  /// Null: not one of the last.
  Kept const* find(std::int64_t id) const noexcept { return is_kept(id) ? &kept_[place(id)] : nullptr; }

  /// The answer to one of the last; of any other, nobody asks for it again.
  void keep(std::int64_t id, std::string answer) {
    if (is_kept(id)) kept_[place(id)] = std::move(answer);
  }

  /// All, in no order.
  std::span<Kept const> all() const noexcept { return kept_; }

 private:
  bool is_kept(std::int64_t id) const noexcept {
    return id <= last_ && id > last_ - static_cast<std::int64_t>(kept_.size());
  }
  std::size_t place(std::int64_t id) const noexcept { return static_cast<std::size_t>(id - 1) % window_; }

  std::size_t window_;
  std::int64_t last_ = 0;
  std::vector<Kept> kept_;
};

}  // namespace flexcrm::detail
