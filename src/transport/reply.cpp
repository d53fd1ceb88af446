#include <flexcrm/reply.hpp>

namespace flexcrm::detail {

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

}  // namespace flexcrm::detail
