#pragma once

#include <flexcrm/message.hpp>

#include <functional>
#include <utility>

namespace flexcrm::detail {

/// The callback of a request: called exactly once, also when what carries it is dropped unrun.
class Once {
 public:
  using Done = std::function<void(Result<Answer> const&)>;

  explicit Once(Done done) : done_{std::move(done)} {}
  ~Once() {
    if (!done_) return;
    try {
      done_(make_error(Errc::not_connected));
    } catch (...) {  // nobody is left to tell
    }
  }
  Once(Once const&) = delete;
  Once& operator=(Once const&) = delete;

  void operator()(Result<Answer> const& outcome) {
    if (auto const done = std::exchange(done_, nullptr)) done(outcome);
  }

 private:
  Done done_;
};

}  // namespace flexcrm::detail
