// One call from a coroutine on the program's own io_context.
//
//     5_coroutines NUMBER [URL] [AGENT]
#include <flexcrm/connection.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <iostream>

// [call]
boost::asio::awaitable<void> call(flexcrm::Connection& crm, std::string number) try {
  co_await crm.async_connect(boost::asio::use_awaitable);
  auto answer = crm.request(flexcrm::DialRequest{.destination = std::move(number)});
  auto const result = co_await answer.async_wait(boost::asio::use_awaitable);
  std::cout << "the call is task " << result.task_sid.value_or("?") << '\n';
  co_await crm.async_close(boost::asio::use_awaitable);
} catch (std::exception const& error) {
  std::cout << "no call: " << error.what() << '\n';
}

int main(int argc, char** argv) {
  if (argc < 2) return std::cerr << "usage: 5_coroutines NUMBER [URL] [AGENT]\n", 2;
  boost::asio::io_context context;
  flexcrm::Connection crm{
      context, {.url = argc > 2 ? argv[2] : "ws://127.0.0.1:3000/flexcrm", .agent = argc > 3 ? argv[3] : "alice"}};
  co_spawn(context, call(crm, argv[1]), boost::asio::detached);
  context.run();
}
// [/call]
