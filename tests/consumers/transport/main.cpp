// A server with an agent's Flex and a CRM page, all in this program: once without Asio, once on an io_context of its own.
#include "own_context.hpp"

#include <flexcrm/browser_modules.hpp>
#include <flexcrm/client.hpp>
#include <flexcrm/server.hpp>

#include <chrono>
#include <future>
#include <iostream>

int main() {
  flexcrm::Server server{{.port = 0}};
  server.on_http([](flexcrm::HttpRequest const& request) {
    return flexcrm::browser_module(request).value_or(flexcrm::HttpResponse{.status = 404});
  });
  std::promise<void> online;
  server.on_presence([&](std::string const&, flexcrm::Presence const& flex) {
    if (flex.online) online.set_value();
  });
  if (auto const started = server.start(); !started) return std::cerr << to_string(started.error()) << '\n', 1;
  auto const url = "ws://127.0.0.1:" + std::to_string(server.port()) + "/flexcrm";

  flexcrm::Client flex{{.url = url, .role = flexcrm::Role::flex, .agent = "alice"}};
  flex.on<flexcrm::DialRequest>([](flexcrm::DialRequest const& dial) -> flexcrm::Result<flexcrm::DialResult> {
    return flexcrm::DialResult{.destination = dial.destination, .task_sid = "WT00000000000000000000000000000001"};
  });
  if (auto const started = flex.start(); !started) return std::cerr << to_string(started.error()) << '\n', 2;
  auto const limit = std::chrono::seconds{30};
  if (online.get_future().wait_for(limit) != std::future_status::ready) return std::cerr << "Flex did not come\n", 3;

  std::promise<flexcrm::Result<flexcrm::DialResult>> called;
  server.request("alice", flexcrm::DialRequest{.destination = "+34911234567"},
                 [&](flexcrm::Result<flexcrm::DialResult> const& result) { called.set_value(result); });
  auto answer = called.get_future();
  if (answer.wait_for(limit) != std::future_status::ready) return std::cerr << "no answer\n", 4;
  auto const result = answer.get();
  if (!result || !result->task_sid) return std::cerr << "no call: " << to_string(result.error()) << '\n', 5;
  std::cout << "called without Asio: task " << *result->task_sid << '\n';
  auto const task = call_on_own_context(url);
  std::cout << "called with Asio: task " << task << '\n';
  flex.stop();
  server.stop();
  return task == *result->task_sid ? 0 : 6;
}
