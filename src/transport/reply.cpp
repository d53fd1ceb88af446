#include <flexcrm/identity.hpp>
#include <flexcrm/reply.hpp>

#include <utility>

namespace flexcrm {
namespace detail {

ReplyState::ReplyState(Sink sink, std::optional<Moment> start_before)
    : sink_{std::move(sink)}, start_before_{start_before} {}

ReplyState::~ReplyState() {
  try {
    answer(make_error(Errc::internal_error, {}, "not answered"));
  } catch (...) {  // out of memory: the session's time limit answers
  }
}

bool ReplyState::answer(Result<Answer> const& outcome) {
  if (answered_.exchange(true)) return false;
  sink_(outcome);
  return true;
}

bool ReplyState::acknowledge() {
  // In place: of a moved variant g++ 12 believes at -O1 with sanitizers that it is uninitialized.
  return answer(Result<Answer>{boost::system::in_place_value, NullResult{}});
}

}  // namespace detail

Authorization::Authorization(Sink sink) : sink_{std::move(sink)} {}

Authorization::~Authorization() {
  try {
    (*this)(make_error(Errc::unauthorized));
  } catch (...) {  // out of memory: the time for Hello ends it
  }
}

Authorization::Authorization(Authorization&& other) noexcept : sink_{std::exchange(other.sink_, nullptr)} {}

Authorization& Authorization::operator=(Authorization&& other) noexcept {
  std::swap(sink_, other.sink_);
  return *this;
}

bool Authorization::operator()(Result<Identity> const& identity) {
  auto const sink = std::exchange(sink_, nullptr);
  if (sink) sink(identity);
  return static_cast<bool>(sink);
}

}  // namespace flexcrm
