#pragma once

#include <flexcrm/error.hpp>

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

#include <functional>
#include <tuple>
#include <utility>

namespace flexcrm::detail {

/// One handler that waits. Completing posts it to its own executor, which is kept busy until then.
template <class... Args>
class Waiter {
 public:
  using Handler = boost::asio::any_completion_handler<void(error_code, Args...)>;

  bool waiting() const noexcept { return static_cast<bool>(handler_); }

  /// `cancelled` is called when the operation's slot asks for one of these cancellations; it may call cancel().
  void start(Handler handler, boost::asio::io_context& context, std::function<void()> cancelled,
             boost::asio::cancellation_type possible = boost::asio::cancellation_type::all) {
    context_ = &context;
    executor_ = executor_of(handler, context);
    slot_ = boost::asio::get_associated_cancellation_slot(handler);
    handler_.swap(handler);  // not assigned: Boost 1.81's assignment calls itself for ever
    if (slot_.is_connected()) {
      slot_.assign([cancelled = std::move(cancelled), possible](boost::asio::cancellation_type type) {
        if ((type & possible) != boost::asio::cancellation_type::none) cancelled();
      });
    }
  }

  void complete(error_code ec, Args... args) {
    if (!handler_) return;
    slot_.clear();
    finish(ec, std::move(args)...);
  }

  /// From inside `cancelled`, which the slot still runs.
  void cancel(Args... args) {
    if (handler_) finish(boost::asio::error::operation_aborted, std::move(args)...);
  }

  /// For what fails before it waits.
  static void refuse(Handler handler, boost::asio::io_context& context, error_code ec, Args... args) {
    auto executor = executor_of(handler, context);
    post(context, std::move(executor), std::move(handler), ec, std::move(args)...);
  }

 private:
  using Executor = boost::asio::any_completion_executor;

  static Executor executor_of(Handler const& handler, boost::asio::io_context& context) {
    return boost::asio::prefer(
        Executor{boost::asio::get_associated_executor(handler, Executor{context.get_executor()})},
        boost::asio::execution::outstanding_work_t::tracked);
  }

  // By way of the io_context, because an any_completion_executor cannot be asked not to run what it gets at
  // once.
  static void post(boost::asio::io_context& context, Executor executor, Handler handler, error_code ec, Args... args) {
    boost::asio::post(context, [executor = std::move(executor), handler = std::move(handler), ec,
                                values = std::tuple<Args...>{std::move(args)...}]() mutable {
      executor.execute([handler = std::move(handler), ec, values = std::move(values)]() mutable {
        std::apply([&](Args&... value) { std::move(handler)(ec, std::move(value)...); }, values);
      });
    });
  }

  void finish(error_code ec, Args... args) {
    slot_ = {};
    Handler handler;
    handler.swap(handler_);
    post(*context_, std::exchange(executor_, {}), std::move(handler), ec, std::move(args)...);
  }

  Handler handler_;
  Executor executor_;
  boost::asio::io_context* context_ = nullptr;
  boost::asio::cancellation_slot slot_;
};

}  // namespace flexcrm::detail
