#include "own_context.hpp"

#include <flexcrm/connection.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <future>

namespace {

boost::asio::awaitable<std::string> call(flexcrm::Connection& crm) {
  using boost::asio::use_awaitable;
  co_await crm.async_connect(use_awaitable);
  auto answer = crm.request(flexcrm::DialRequest{.destination = "+34911234567"});
  auto const result = co_await answer.async_wait(use_awaitable);
  co_await crm.async_close(use_awaitable);
  co_return result.task_sid.value_or("?");
}

}  // namespace

std::string call_on_own_context(std::string const& url) try {
  boost::asio::io_context context;
  flexcrm::Connection crm{context, {.url = url, .agent = "alice"}};
  auto task = co_spawn(context, call(crm), boost::asio::use_future);
  context.run_for(std::chrono::seconds{30});
  return task.wait_for(std::chrono::seconds{0}) == std::future_status::ready ? task.get() : "no answer in time";
} catch (std::exception const& error) {
  return error.what();
}
