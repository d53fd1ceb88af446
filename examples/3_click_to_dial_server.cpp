// Click to dial, the server: one page with a field and a button, and whatever is typed here is dialled as well.
//
//     3_click_to_dial_server [PORT] [AGENT]    then open http://localhost:PORT/
//
// Flex is examples/flex_plugin in a real Flex, or: 4_click_to_dial_client flex ws://127.0.0.1:PORT/flexcrm
#include <flexcrm/browser_modules.hpp>
#include <flexcrm/server.hpp>

#include <boost/json/serialize.hpp>

#include <iostream>
#include <string>

namespace {

constexpr auto page = R"html(<!doctype html>
<html lang="en">
<title>Click to dial</title>
<link rel="icon" href="data:,">
<h1>Click to dial</h1>
<form><label>Number <input name="number" type="tel" placeholder="+34911234567"></label> <button>Call</button></form>
<p role="status">connecting</p>
<h2>Selected task</h2>
<pre>none</pre>
<script type="module" src="/page.js"></script>
)html";

// The agent's name goes in front: `const agent = "alice";`
constexpr auto script = R"js(
// [page]
import { Endpoint } from '/flexcrm/js/endpoint.js';
import { SocketTransport } from '/flexcrm/js/socket.js';

const url = `${location.origin.replace('http', 'ws')}/flexcrm`;
const crm = new Endpoint({ transport: new SocketTransport({ url }), role: 'crm', agent });
const say = (words) => { document.querySelector('[role=status]').textContent = words; };
const show = (task) => {
  document.querySelector('pre').textContent = task ? JSON.stringify(task.attributes, null, 2) : 'none';
};

crm.on('Snapshot', ({ selected }) => show(selected));
crm.on('TaskSelected', show);
crm.on('TaskDeselected', () => show());
crm.onState((state) => say(state === 'open' ? 'ready' : state));
crm.start();

document.querySelector('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  say('dialling');
  const { outcome, error } = await crm.dial({ destination: event.target.number.value });
  say(error ? `${outcome}: ${error.reason}` : outcome);
});
// [/page]
)js";

flexcrm::HttpResponse serve(flexcrm::HttpRequest const& request, std::string const& agent) {
  if (request.method == "GET" && request.target == "/")
    return {.content_type = "text/html; charset=utf-8",
            .body = page,
            .headers = {{"Content-Security-Policy", "default-src 'self'; img-src data:"}}};
  if (request.method == "GET" && request.target == "/page.js")
    return {.content_type = "text/javascript; charset=utf-8",
            .body = "const agent = " + boost::json::serialize(agent) + ";" + script};
  if (auto module = flexcrm::browser_module(request)) return *std::move(module);
  return {.status = 404, .content_type = "text/plain", .body = "no such page\n"};
}

void print(std::string const& line) { std::cout << line + "\n" << std::flush; }  // whole lines, from two threads

void tell(std::string const& agent, flexcrm::Presence const& flex) {
  print(agent + (flex.online ? " has Flex" : " has no Flex any more"));
}

}  // namespace

int main(int argc, char** argv) try {
  auto const port = static_cast<std::uint16_t>(argc > 1 ? std::stoul(argv[1]) : 3000);
  std::string const agent = argc > 2 ? argv[2] : "alice";

  // [tour]
  // [server]
  flexcrm::Server server{{.port = port}};
  server.on_http([&](flexcrm::HttpRequest const& request) { return serve(request, agent); });
  server.on_presence(tell);
  server.on<flexcrm::TaskSelected>([](std::string const& who, flexcrm::TaskSelected const& task) {
    auto const name = task.attributes.find("/account_data/first_name");
    print(who + " talks to " + (name ? serialize(*name) : "somebody"));
  });
  if (auto const started = server.start(); !started) return print("cannot start: " + to_string(started.error())), 1;
  // [/server]
  print("open http://localhost:" + std::to_string(server.port()) + "/");
  // [dial]
  for (std::string number; std::getline(std::cin, number);) {
    flexcrm::DialRequest const click{.destination = number};
    server.request(agent, click, [](flexcrm::Result<flexcrm::DialResult> const& result) {
      print(result ? "the call is placed" : "no call: " + to_string(result.error()));
    });
  }
  // [/dial]
  // [/tour]
} catch (std::exception const& error) {
  std::cerr << "usage: 3_click_to_dial_server [PORT] [AGENT]: " << error.what() << '\n';
  return 2;
}
