// Connections that somebody else accepted: by a plain accept loop, and by an HTTP server made with Beast.
#include "support.hpp"

#include <flexcrm/adopt.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>

using namespace flexcrm;
using namespace flexcrm::test;
namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

/// A listener of the vendor's own, on a thread of its own.
class VendorListener {
 public:
  template <class Accepted>
  void start(Accepted accepted) {
    thread_ = std::thread{[this, accepted] {
      for (;;) {
        boost::system::error_code ec;
        auto socket = acceptor_.accept(ec);
        if (ec || ending_) return;
        accepted(std::move(socket));
      }
    }};
  }
  ~VendorListener() {
    ending_ = true;
    RawPeer const wakes{port()};
    thread_.join();
  }
  VendorListener() = default;
  VendorListener(VendorListener const&) = delete;
  VendorListener& operator=(VendorListener const&) = delete;

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  std::string host() const { return "127.0.0.1:" + std::to_string(port()); }

 private:
  asio::io_context context_;
  tcp::acceptor acceptor_{context_, {asio::ip::address_v4::loopback(), 0}};
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

/// A server that listens nowhere, for connections of this port.
ServerOptions adopting(std::uint16_t port) {
  auto options = server_options();
  options.addresses.clear();
  options.port = port;
  return options;
}

void talk(std::uint16_t port) {
  TestClient flex{client_options(port, Role::flex)};
  flex.client.on<DialRequest>(
      [](DialRequest const& dial) -> Result<DialResult> { return DialResult{.destination = dial.destination}; });
  flex.open();
  TestClient crm{client_options(port, Role::crm)};
  crm.open();
  CHECK(await(crm.client.request(DialRequest{.destination = "+34911234567"})).has_value());
}

/// Two ends of one connection; the test's own speaks as it is told.
struct Pair {
  VendorListener listener;
  Inbox<int> accepted;
  Pair() {
    listener.start([this](tcp::socket socket) { accepted.put(socket.release()); });
  }
};

}  // namespace

TEST_CASE("a server adopts what a plain accept loop accepted, pages and WebSockets") {
  VendorListener listener;
  Server server{adopting(listener.port())};
  server.on_http([](HttpRequest const& request) -> HttpResponse {
    return {200, "text/plain", request.target + (request.local ? " local" : ""), {}};
  });
  REQUIRE(server.start().has_value());
  listener.start([&](tcp::socket socket) {
    auto const adopted = server.adopt({.socket = socket.release()});
    CHECK(adopted.has_value());
  });
  talk(listener.port());
  RawPeer browser{listener.port()};
  browser.write(get("/page", listener.host()));
  CHECK(browser.read_response().ends_with("\r\n\r\n/page local"));
}

TEST_CASE("a server adopts the upgrade request that an HTTP server made with Beast has read") {
  VendorListener listener;
  Server server{adopting(listener.port())};
  REQUIRE(server.start().has_value());
  listener.start([&](tcp::socket socket) {
    boost::beast::flat_buffer buffer;
    http::request<http::empty_body> request;
    http::read(socket, buffer, request);
    if (request.target() == "/flexcrm") {
      auto const adopted = server.adopt({.socket = socket.release(), .received = request_text(request)});
      CHECK(adopted.has_value());
      return;
    }
    http::response<http::string_body> response{http::status::ok, 11};
    response.body() = "the vendor's page";
    response.prepare_payload();
    http::write(socket, response);
  });
  talk(listener.port());
  RawPeer browser{listener.port()};
  browser.write(get("/", listener.host()));
  CHECK(browser.read_response().ends_with("\r\n\r\nthe vendor's page"));
}

TEST_CASE("an adopted request is judged like any other, unless the vendor has judged it") {
  Pair pair;
  Server server{adopting(pair.listener.port())};
  REQUIRE(server.start().has_value());
  auto const host = pair.listener.host();
  struct Case {
    char const* name;
    std::string request;
    std::string status;
    std::string when_checked;
  };
  for (auto const& row : {
           Case{"all right", upgrade_request({.host = host}), "101", "101"},
           Case{"its own origin", upgrade_request({.host = host, .origin = "https://" + host}), "101", "101"},
           Case{"another origin", upgrade_request({.host = host, .origin = "https://evil.test"}), "403", "101"},
           Case{"an empty origin", upgrade_request({.host = host, .more = "Origin: \r\n"}), "403", "101"},
           Case{"another host", upgrade_request({.host = "crm.example.com"}), "403", "101"},
           Case{"another path", upgrade_request({.target = "/ws?x=1", .host = host}), "404", "101"},
           Case{"no subprotocol", upgrade_request({.host = host, .protocol = ""}), "400", "400"},
           Case{"two hosts", upgrade_request({.host = host, .more = "Host: x\r\n"}), "400", "400"},
           Case{"no upgrade", get("/flexcrm", host), "426", "426"},
           Case{"bytes before the answer", upgrade_request({.host = host}) + "x", "400", "400"},
           Case{"a page", get("/", host), "404", "404"},
       }) {
    for (bool const checked : {false, true}) {
      CAPTURE(row.name);
      CAPTURE(checked);
      RawPeer peer{pair.listener.port()};
      auto const adopted = server.adopt({.socket = pair.accepted.take(), .received = row.request, .checked = checked});
      REQUIRE(adopted.has_value());
      CHECK(peer.read_response().substr(9, 3) == (checked ? row.when_checked : row.status));
    }
  }
}

TEST_CASE("the vendor's word is for the request it has read, not for the next") {
  Pair pair;
  Server server{adopting(pair.listener.port())};
  REQUIRE(server.start().has_value());
  RawPeer peer{pair.listener.port()};
  REQUIRE(server.adopt({.socket = pair.accepted.take(), .received = get("/", "crm.example.com"), .checked = true})
              .has_value());
  CHECK(peer.read_response().starts_with("HTTP/1.1 404"));
  peer.write(upgrade_request({.host = "crm.example.com"}));
  CHECK(peer.read_response().starts_with("HTTP/1.1 403"));
}

TEST_CASE("what the vendor read may end anywhere in the header") {
  Pair pair;
  Server server{adopting(pair.listener.port())};
  REQUIRE(server.start().has_value());
  auto const request = upgrade_request({.host = pair.listener.host()});
  for (std::size_t const read : {std::size_t{1}, std::size_t{3}, request.size() / 2, request.size() - 1}) {
    CAPTURE(read);
    RawPeer peer{pair.listener.port()};
    REQUIRE(server.adopt({.socket = pair.accepted.take(), .received = request.substr(0, read)}).has_value());
    peer.write(request.substr(read));
    CHECK(peer.read_response().starts_with("HTTP/1.1 101"));
  }
}

TEST_CASE("what cannot be adopted stays the caller's") {
  Pair pair;
  auto options = adopting(pair.listener.port());
  options.http.header_bytes = 1000;
  Server server{options};
  RawPeer peer{pair.listener.port()};
  int const socket = pair.accepted.take();
  CHECK(server.adopt({.socket = socket}).error().code == Errc::not_connected);
  REQUIRE(server.start().has_value());

  auto const refused = [&](Adoption adoption) {
    auto const adopted = server.adopt(std::move(adoption));
    return !adopted && adopted.error().code == Errc::invalid_argument;
  };
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  std::array<int, 2> local{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, local.data()) == 0);
  int const datagrams = ::socket(AF_INET, SOCK_DGRAM, 0);
  CHECK(refused({.socket = -1}));
  for (int const other : {pipe[0], local[0], datagrams}) CHECK(refused({.socket = other}));
  auto const half = get("/", "x").substr(0, 10);
  CHECK(refused({.socket = socket, .received = half, .checked = true}));
  CHECK(refused({.socket = socket, .received = "", .checked = true}));
  CHECK(refused({.socket = socket, .received = std::string(1001, 'x')}));
  for (int const open : {pipe[0], pipe[1], local[0], local[1], datagrams, socket}) {
    CHECK(::fcntl(open, F_GETFD) >= 0);
    if (open != socket) ::close(open);
  }
  auto const host = pair.listener.host();
  auto const bare = get("/", host, "X-Pad: \r\n");
  auto const longest = get("/", host, "X-Pad: " + std::string(1000 - bare.size(), 'x') + "\r\n");
  CHECK(server.adopt({.socket = socket, .received = longest}).has_value());
  CHECK(peer.read_response().starts_with("HTTP/1.1 404"));
  server.stop();
  CHECK(server.adopt({.socket = socket}).error().code == Errc::not_connected);
  CHECK(peer.read_all().empty());
}

TEST_CASE("adopted connections count and are bounded") {
  Pair pair;
  auto options = adopting(pair.listener.port());
  options.connections.unauthenticated = 1;
  options.http.request = std::chrono::milliseconds{300};
  Server server{options};
  REQUIRE(server.start().has_value());
  RawPeer first{pair.listener.port()};
  REQUIRE(server.adopt({.socket = pair.accepted.take()}).has_value());
  RawPeer second{pair.listener.port()};
  REQUIRE(server.adopt({.socket = pair.accepted.take()}).has_value());
  CHECK(second.read_all().empty());
  CHECK(first.read_all().empty());  // when its time was over
}

TEST_CASE("a listener adopts too") {
  VendorListener vendor;
  asio::io_context context;
  Listener listener{context, adopting(vendor.port())};
  CHECK(listener.adopt({.socket = -1}).error().code == Errc::invalid_argument);  // does not listen yet
  REQUIRE(listener.listen().has_value());
  vendor.start([&](tcp::socket socket) {
    asio::post(context, [&, handle = socket.release()] {
      auto const adopted = listener.adopt({.socket = handle});
      CHECK(adopted.has_value());
    });
  });
  Connection client{context, client_options(vendor.port(), Role::crm)};
  error_code result;
  listener.async_accept([&](error_code ec, Connection peer) {
    REQUIRE_FALSE(ec);
    CHECK(peer.hello().agent == "anna");
    peer.refuse(Errc::unauthorized);
    auto kept = std::make_shared<Connection>(std::move(peer));
    kept->async_receive([kept](error_code, Incoming const&) {});
  });
  client.async_connect([&](error_code ec) {
    result = ec;
    listener.close();
  });
  context.run_for(patience);
  REQUIRE(context.stopped());
  CHECK(result == Errc::unauthorized);
}
