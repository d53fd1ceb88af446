#include <flexcrm/connection.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <iostream>

boost::asio::awaitable<void> call(flexcrm::Connection& crm) try {
  co_await crm.async_connect(boost::asio::use_awaitable);
  auto answer = crm.request(flexcrm::DialRequest{.destination = "+34911234567"});
  auto const result = co_await answer.async_wait(boost::asio::use_awaitable);
  std::cout << "the call is task " << result.task_sid.value_or("?") << '\n';
} catch (std::exception const& error) {
  std::cout << "no call: " << error.what() << '\n';
}

int main() {
  boost::asio::io_context context;
  flexcrm::Connection crm{context, {.url = "ws://127.0.0.1:3000/flexcrm", .agent = "alice"}};
  co_spawn(context, call(crm), boost::asio::detached);
  context.run();
}
