#pragma once

#include <flexcrm/error.hpp>
#include <flexcrm/export.hpp>
#include <flexcrm/message.hpp>
#include <flexcrm/messages/session.hpp>
#include <flexcrm/types.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>  // IWYU pragma: keep
#include <utility>
#include <variant>

namespace flexcrm {

namespace detail {

/// The one answer of one delivered request.
class FLEXCRM_API ReplyState {
 public:
  using Sink = std::function<void(Result<Answer> const&)>;

  explicit ReplyState(Sink sink, std::optional<Moment> start_before = {});
  ~ReplyState();
  ReplyState(ReplyState const&) = delete;
  ReplyState& operator=(ReplyState const&) = delete;

  bool answer(Result<Answer> const& outcome);
  /// Answers null: the handler of a state or event has returned.
  bool acknowledge();

  std::optional<Moment> start_before() const noexcept { return start_before_; }

 private:
  Sink sink_;
  std::optional<Moment> start_before_;
  std::atomic<bool> answered_{false};
};

/// A request on its way to a handler.
struct Delivery {
  std::string const& agent;
  Message const& message;
  std::shared_ptr<ReplyState> reply;
};

/// Every handler, of whatever message: the type is gone.
using Handler = std::function<void(Delivery const&)>;

}  // namespace detail

/// Answers one command or query, now or later, from any thread. The first answer counts; a Reply that dies
/// unanswered answers `internal_error`. An answer after the handler's time (SessionTimes) or after the
/// session is dropped.
///
/// Distinct objects are safe; one object is for one thread at a time.
template <class R>
class Reply {
 public:
  /// Made for the handler.
  explicit Reply(std::shared_ptr<detail::ReplyState> state) noexcept : state_{std::move(state)} {}
  Reply(Reply&&) noexcept = default;
  Reply& operator=(Reply&&) noexcept = default;
  Reply(Reply const&) = delete;
  Reply& operator=(Reply const&) = delete;
  ~Reply() = default;

  /// Answers. Returns false when it was answered before.
  bool operator()(Result<R> const& outcome) {
    if (!state_) return false;
    auto const state = std::move(state_);
    state_.reset();
    return state->answer(outcome ? Result<Answer>{Answer{*outcome}} : Result<Answer>{outcome.error()});
  }

  /// DialRequest at a Flex endpoint: start the call before this moment or answer `expired`.
  std::optional<Moment> start_before() const noexcept { return state_ ? state_->start_before() : std::nullopt; }

 private:
  std::shared_ptr<detail::ReplyState> state_;
};

namespace detail {

template <class T, class F, class... Agent>
void run_handler(F& handler, Delivery const& delivery, Agent const&... agent) {
  using R = typename T::result;
  T const& message = std::get<T>(delivery.message);
  if constexpr (std::is_invocable_v<F&, Agent const&..., T const&, Reply<R>>) {
    handler(agent..., message, Reply<R>{delivery.reply});
  } else if constexpr (std::is_same_v<R, NullResult>) {
    static_assert(std::is_invocable_v<F&, Agent const&..., T const&>,
                  "the handler of a state or event takes the message (at a Server: agent and message)");
    handler(agent..., message);
    delivery.reply->acknowledge();
  } else {
    static_assert(std::is_invocable_r_v<Result<R>, F&, Agent const&..., T const&>,
                  "the handler of a command or query returns Result<T::result>, or takes a Reply<T::result> as well");
    Result<R> const outcome = handler(agent..., message);
    delivery.reply->answer(outcome ? Result<Answer>{Answer{*outcome}} : Result<Answer>{outcome.error()});
  }
}

/// Turns the answer of any type into that of one type.
template <class R>
Result<R> answer_as(Result<Answer> const& answer) {
  if (!answer) return answer.error();
  if (auto const* result = std::get_if<R>(&*answer)) return *result;
  return make_error(Errc::internal_error, {}, "answer of another type");
}

}  // namespace detail
}  // namespace flexcrm
