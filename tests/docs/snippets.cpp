// The C++ of docs/ that is no example: compiled, and quoted from here. Nothing runs it; what it shows has its own tests.

#include <flexcrm/browser_modules.hpp>
#include <flexcrm/client.hpp>
#include <flexcrm/server.hpp>
#include <flexcrm/ticket.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace http = boost::beast::http;

// What a program around the snippets has.
extern std::string key_from_your_secrets;
void log(std::string const& line);
flexcrm::HttpResponse your_pages(flexcrm::HttpRequest const& request);
struct Sessions {
  std::optional<std::string> agent_of(std::string_view cookies);
};
struct Inspector {
  void add(flexcrm::FrameEvent const& frame);
};
std::shared_ptr<flexcrm::Backplane> your_backplane();

void tls() {
  // [tls]
  flexcrm::Server server{{
      .addresses = {"0.0.0.0", "::"},
      .port = 443,
      .tls = flexcrm::TlsServerOptions{.certificate = "/etc/crm/fullchain.pem", .key = "/etc/crm/key.pem"},
      .allowed_hosts = {"crm.example.com"},
  }};
  // [/tls]
  // [reload]
  if (auto const reloaded = server.reload_certificate(); !reloaded) log(to_string(reloaded.error()));
  // [/reload]
}

void authorities() {
  // [authorities]
  flexcrm::Client client{{
      .url = "wss://crm.internal/flexcrm",
      .agent = "anna",
      .tls = {.authorities = "/etc/crm/ca.pem"},
  }};
  // [/authorities]
}

void tickets(flexcrm::Server& server) {
  // [tickets]
  auto const keys = flexcrm::TicketKeys::make({key_from_your_secrets}).value();  // 32 random bytes or more
  server.on_authorize(flexcrm::authorize_by_ticket(keys));

  // Where the page asks for it, in the session of the logged-in agent:
  auto const ticket = keys.issue({.identity = {"anna", flexcrm::Role::crm},
                                  .expires = std::chrono::system_clock::now() + std::chrono::minutes{1}});
  // [/tickets]
}

void cookie(flexcrm::Server& server, Sessions& sessions) {
  // [cookie]
  server.on_authorize(
      [&](flexcrm::Hello const& hello, flexcrm::HttpRequest const& request) -> flexcrm::Result<flexcrm::Identity> {
        auto const agent = sessions.agent_of(request.header("cookie"));  // names are in lower case
        if (!agent) return flexcrm::make_error(flexcrm::Errc::unauthorized);
        return flexcrm::Identity{*agent, hello.role};
      });
  // [/cookie]
}

void adopt(boost::asio::ip::tcp::socket& socket) {
  // [adopt]
  flexcrm::Server server{{.addresses = {}, .port = 8080, .allowed_hosts = {"crm.example.com:8080"}}};
  server.start().value();

  // Your accept loop, whole connections: pages go to Server::on_http.
  if (auto const adopted = server.adopt({.socket = socket.release()}); !adopted) log(to_string(adopted.error()));
  // [/adopt]
}

void adopt_request(flexcrm::Server& server, boost::asio::ip::tcp::socket& socket) {
  boost::beast::flat_buffer buffer;
  http::request<http::string_body> request;
  // [adopt_request]
  http::read(socket, buffer, request);
  if (request.target() == "/flexcrm") {
    server.adopt({.socket = socket.release(), .received = flexcrm::request_text(request)});
    return;
  }
  // [/adopt_request]
  log("a page");
}

void modules(flexcrm::Server& server) {
  // [modules]
  server.on_http([](flexcrm::HttpRequest const& request) -> flexcrm::HttpResponse {
    if (auto module = flexcrm::browser_module(request)) return *std::move(module);  // /flexcrm/js/bridge.js …
    return your_pages(request);
  });
  // [/modules]
}

void frames(flexcrm::Server& server, Inspector& inspector) {
  // [frames]
  server.on_frame([&](flexcrm::FrameEvent const& frame) { inspector.add(frame); });
  // [/frames]
}

void proxy() {
  // [proxy]
  flexcrm::ServerOptions options{.port = 3000};
  options.allowed_hosts = {"crm.example.com"};  // the Host that the proxy passes on
  // [tab]
  options.allowed_origins = {
      "https://flex.twilio.com"};  // only if Flex in its own tab connects; the CRM's own origin is the same host
  // [/tab]
  // [/proxy]
}

void backplane() {
  // [backplane]
  flexcrm::ServerOptions options{.port = 3000};
  options.backplane = your_backplane();
  flexcrm::Server server{options};
  // [/backplane]
}

void several_cores() {
  // [share_port]
  flexcrm::ServerOptions options{.port = 3000, .share_port = true};
  options.backplane = your_backplane();
  flexcrm::Server first{options};
  options.backplane = your_backplane();  // each server has its own
  flexcrm::Server second{options};
  // [/share_port]
}
