// Bounds: at the limit and one beyond; peers that are silent, slow or deaf.
#include "support.hpp"

#include <boost/asio/io_context.hpp>

#include <thread>

using namespace flexcrm;
using namespace flexcrm::test;
using std::chrono::milliseconds;

namespace {

std::string ping_of(std::size_t size) {
  std::string const head = R"({"jsonrpc":"2.0","id":"ping","method":"Ping")";
  return head + std::string(size - head.size() - 1, ' ') + '}';
}

std::string padded_get(std::size_t size, std::string const& host) {
  auto const bare = get("/", host, "X-Pad: \r\n");
  return get("/", host, "X-Pad: " + std::string(size - bare.size(), 'x') + "\r\n");
}

}  // namespace

TEST_CASE("a frame of exactly the limit passes, one byte more closes 1009") {
  for (std::size_t const limit : {std::size_t{1024}, std::size_t{64 * 1024}}) {
    CAPTURE(limit);
    auto options = server_options();
    options.session.codec.limits.frame_bytes = limit;
    Server server{options};
    REQUIRE(server.start().has_value());
    RawPeer peer{server.port()};
    peer.upgrade(server.port());
    peer.hello("flex");
    peer.send_frame(ping_of(limit));
    CHECK(peer.read_text() == R"({"jsonrpc":"2.0","id":"ping","result":null})");
    peer.send_frame(ping_of(limit + 1));
    CHECK(peer.read_close() == 1009);
  }
}

TEST_CASE("a burst that is longer than any read is answered whole, and what follows as well") {
  Server server{server_options()};
  REQUIRE(server.start().has_value());
  RawPeer peer{server.port()};
  peer.upgrade(server.port());
  peer.hello("flex");
  std::string burst;
  for (int i = 0; i < 60; ++i) burst += websocket_frame(ping_of(1000 + static_cast<std::size_t>(i)));
  auto const last = websocket_frame(ping_of(5000));
  peer.write(burst + last.substr(0, 3000));
  for (int i = 0; i < 60; ++i) CHECK(peer.read_text() == R"({"jsonrpc":"2.0","id":"ping","result":null})");
  peer.write(last.substr(3000) + websocket_frame({"\x03\xe8", 2}, {.opcode = 8}));
  CHECK(peer.read_text() == R"({"jsonrpc":"2.0","id":"ping","result":null})");
  CHECK(peer.read_close() == 1000);
}

TEST_CASE("fragments count together") {
  auto options = server_options();
  options.session.codec.limits.frame_bytes = 1024;
  Server server{options};
  REQUIRE(server.start().has_value());
  RawPeer peer{server.port()};
  peer.upgrade(server.port());
  peer.hello("flex");
  auto const fits = ping_of(1024);
  peer.send_frame(fits.substr(0, 10), 1, false);
  peer.send_frame(fits.substr(10, 600), 0, false);
  peer.send_frame(fits.substr(610), 0, true);
  CHECK(peer.read_text().find("result") != std::string::npos);
  auto const long_one = ping_of(1025);
  peer.send_frame(long_one.substr(0, 600), 1, false);
  peer.send_frame(long_one.substr(600), 0, true);
  CHECK(peer.read_close() == 1009);
}

TEST_CASE("binary frames and invalid UTF-8 close the connection") {
  Server server{server_options()};
  REQUIRE(server.start().has_value());
  {
    RawPeer peer{server.port()};
    peer.upgrade(server.port());
    peer.hello("flex");
    peer.send_frame("{}", 2);
    CHECK(peer.read_close() == 1003);
  }
  RawPeer peer{server.port()};
  peer.upgrade(server.port());
  peer.hello("flex");
  peer.send_frame("\"\xff\"");
  CHECK(peer.read_close() == 1007);
}

TEST_CASE("an unknown method is answered and the session lives; what has no id ends it") {
  Server server{server_options()};
  REQUIRE(server.start().has_value());
  RawPeer peer{server.port()};
  peer.upgrade(server.port());
  peer.hello("flex");
  peer.send_frame(R"({"jsonrpc":"2.0","id":1,"method":"Nonsense","params":{}})");
  auto const answer = peer.read_text();
  CHECK(answer.find(R"("id":1)") != std::string::npos);
  CHECK(answer.find("-32601") != std::string::npos);
  peer.send_frame(R"({"jsonrpc":"2.0","id":2,"method":"TaskSelected","params":{"attributes":7}})");
  CHECK(peer.read_text().find("-32602") != std::string::npos);
  peer.send_frame(ping_of(100));
  CHECK(peer.read_text().find("result") != std::string::npos);
  peer.send_frame("nonsense");
  CHECK(peer.read_close() == 4400);
}

TEST_CASE("a client that does not say Hello, or says something else, is closed") {
  auto options = server_options();
  options.session.times.hello = milliseconds{100};
  Server server{options};
  REQUIRE(server.start().has_value());
  {
    RawPeer peer{server.port()};
    peer.upgrade(server.port());
    CHECK(peer.read_close() == 4408);
  }
  RawPeer peer{server.port()};
  peer.upgrade(server.port());
  peer.send_frame(ping_of(100));
  CHECK(peer.read_close() == 4400);
}

TEST_CASE("a silent peer is closed") {
  auto options = server_options();
  options.session.times.idle = milliseconds{1000};
  options.times.close = milliseconds{50};
  Server server{options};
  REQUIRE(server.start().has_value());
  RawPeer peer{server.port()};
  peer.upgrade(server.port());
  peer.hello("flex");
  CHECK(peer.read_close() == 4408);
  CHECK(peer.read_all().empty());
}

TEST_CASE("a peer that does not answer the closing handshake is cut") {
  auto options = server_options();
  options.session.times.hello = milliseconds{50};
  options.times.close = milliseconds{100};
  Server server{options};
  REQUIRE(server.start().has_value());
  RawPeer peer{server.port()};
  peer.upgrade(server.port());
  CHECK(peer.read_close() == 4408);
  CHECK(peer.read_all().empty());  // ends, or the test fails
}

TEST_CASE("a header of exactly the limit passes, a longer one does not") {
  auto options = server_options();
  options.http.header_bytes = 1000;
  Server server{options};
  server.on_http([](HttpRequest const&) { return HttpResponse{}; });
  REQUIRE(server.start().has_value());
  auto const host = "127.0.0.1:" + std::to_string(server.port());
  CHECK(status_of(server.port(), padded_get(1000, host)) == 200);
  CHECK(status_of(server.port(), padded_get(1001, host)) == 431);
  CHECK(status_of(server.port(), padded_get(100000, host)) == 431);
}

TEST_CASE("a body of exactly the limit passes, a longer one does not") {
  auto options = server_options();
  options.http.body_bytes = 50000;
  Server server{options};
  server.on_http(
      [](HttpRequest const& request) { return HttpResponse{.status = request.body.size() == 50000 ? 200U : 500U}; });
  REQUIRE(server.start().has_value());
  auto const post = [&](std::size_t size) {
    return "POST / HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
           "\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" + std::string(size, 'x');
  };
  CHECK(status_of(server.port(), post(50000)) == 200);
  CHECK(status_of(server.port(), post(50001)) == 413);
}

TEST_CASE("a request that does not arrive in time is cut") {
  auto options = server_options();
  options.http.request = milliseconds{100};
  options.http.keep_alive = milliseconds{100};
  Server server{options};
  server.on_http([](HttpRequest const&) { return HttpResponse{}; });
  REQUIRE(server.start().has_value());
  auto const host = "127.0.0.1:" + std::to_string(server.port());
  {
    RawPeer peer{server.port()};
    peer.write("GET / HT");
    CHECK(peer.read_all().empty());
  }
  {
    RawPeer peer{server.port()};
    peer.write("POST / HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 9\r\n\r\nx");
    CHECK(peer.read_all().empty());
  }
  RawPeer peer{server.port()};
  peer.write(get("/", host));
  CHECK(peer.read_response().starts_with("HTTP/1.1 200"));
  CHECK(peer.read_all().empty());  // nothing more was asked
}

TEST_CASE("connections that are no sessions are bounded, sessions do not count") {
  auto options = server_options();
  options.connections.unauthenticated = 2;
  Server server{options};
  server.on_http([](HttpRequest const&) { return HttpResponse{}; });
  REQUIRE(server.start().has_value());
  auto const port = server.port();
  auto const host = "127.0.0.1:" + std::to_string(port);
  RawPeer session{port};
  session.upgrade(port);
  session.hello("flex");
  RawPeer first{port};
  first.write(get("/", host));
  CHECK(first.read_response().starts_with("HTTP/1.1 200"));
  RawPeer second{port};
  second.write(get("/", host));
  CHECK(second.read_response().starts_with("HTTP/1.1 200"));
  RawPeer third{port};
  third.write(get("/", host));
  CHECK(third.read_all().empty());
}

TEST_CASE("a flood of connections is told in a line a second, not in a line each") {
  LogLines log;
  auto options = server_options();
  options.logger = log.logger(Level::warning);
  options.connections.total = 1;
  Server server{options};
  REQUIRE(server.start().has_value());
  RawPeer session{server.port()};
  session.upgrade(server.port());
  session.hello("flex");
  for (int i = 0; i < 100; ++i) CHECK(RawPeer{server.port()}.read_all().empty());
  CHECK(log.lines->take() == "too many connections: 1 closed");
  int more = 0;
  for (; !log.lines->empty(); ++more) log.lines->take();
  CHECK(more < 50);
}

TEST_CASE("a trusted proxy that is no numeric address is refused at start") {
  auto options = server_options();
  options.connections.trusted_proxies = {"proxy.example.com"};
  Server server{options};
  auto const started = server.start();
  REQUIRE_FALSE(started.has_value());
  CHECK(started.error().code == Errc::invalid_argument);
}

TEST_CASE("a client that gets no answer to Hello gives up in time") {
  boost::asio::io_context context;
  Listener listener{context, server_options()};
  REQUIRE(listener.listen().has_value());
  auto options = client_options(listener.port(), Role::crm);
  options.session.times.hello = milliseconds{100};
  Connection client{context, options};
  error_code result;
  client.async_connect([&](error_code ec) { result = ec; });
  auto const before = std::chrono::steady_clock::now();
  while (!result) REQUIRE(context.run_one_for(patience) == 1);
  CHECK(result == Errc::timed_out);
  CHECK(std::chrono::steady_clock::now() - before >= milliseconds{100});
}

TEST_CASE("a WebSocket that has not said Hello yet is pinged") {
  auto options = server_options();
  options.times.keep_alive = milliseconds{20};
  Server server{options};
  REQUIRE(server.start().has_value());
  RawPeer peer{server.port()};
  peer.upgrade(server.port());
  auto const frame = peer.read_frame();
  REQUIRE(frame.has_value());
  CHECK(frame->opcode == 9);
  peer.send_frame("", 10);
  peer.hello("flex");
}

TEST_CASE("a listener holds its peers up as a server does") {
  auto options = server_options();
  options.rate = {.interval = std::chrono::hours{1}, .burst = 1};
  options.session.times.hello = milliseconds{100};
  boost::asio::io_context context;
  Listener listener{context, options};
  REQUIRE(listener.listen().has_value());
  std::thread serving{[&] { context.run_for(patience); }};
  {
    RawPeer peer{listener.port()};
    peer.upgrade(listener.port());
    // A frame after Hello and before its answer would close 4400, if it were read.
    peer.send_frame(R"({"jsonrpc":"2.0","id":"hello","method":"Hello","params":{"role":"crm","protocolMin":1,)"
                    R"("protocolMax":1,"agent":"anna","instance":"x"}})");
    peer.send_frame(ping_of(100));
    CHECK(peer.read_close() == 4408);
  }
  context.stop();
  serving.join();
}

TEST_CASE("connections in all are bounded") {
  auto options = server_options();
  options.connections.total = 1;
  Server server{options};
  REQUIRE(server.start().has_value());
  RawPeer session{server.port()};
  session.upgrade(server.port());
  session.hello("flex");
  RawPeer other{server.port()};
  other.write(get("/", "127.0.0.1:" + std::to_string(server.port())));
  CHECK(other.read_all().empty());
}

TEST_CASE(
    "a CRM endpoint that does not answer costs what may be unanswered and no more, and the others get everything") {
  Server server{server_options()};
  REQUIRE(server.start().has_value());
  auto const port = server.port();
  RawPeer deaf{port, "127.0.0.1", 4096};
  deaf.upgrade(port);
  deaf.hello("crm", "anna", "deaf");
  Inbox<std::string> selected;
  TestClient crm{client_options(port, Role::crm)};
  crm.client.on<TaskSelected>([&](TaskSelected const& task) { selected.put(*task.task_sid); });
  crm.open();
  TestClient flex{client_options(port, Role::flex)};
  flex.open();

  TaskSelected task;
  task.attributes = Attributes::from_text("{\"x\":\"" + std::string(60000, 'x') + "\"}").value();
  auto const sid = [](int n) {
    auto const digits = std::to_string(n);
    return "WT" + std::string(32 - digits.size(), '0') + digits;
  };
  constexpr int last = 63;
  for (int n = 0; n <= last; ++n) {
    task.task_sid = sid(n);
    REQUIRE(await(flex.client.request(task)).has_value());
    CHECK(selected.take() == sid(n));
  }
  // Snapshot, AgentChanged, and selections until 128 KiB are unanswered; of those after them only the newest is kept.
  for (int id = 1; id <= 5; ++id) {
    auto const frame = deaf.read_text();
    CHECK(frame.starts_with(R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + ","));
    if (id > 2) CHECK(frame.find(sid(id - 3)) != std::string::npos);
  }
  deaf.send_frame(R"({"jsonrpc":"2.0","id":1,"result":null})");
  deaf.send_frame(R"({"jsonrpc":"2.0","id":2,"result":null})");
  deaf.send_frame(R"({"jsonrpc":"2.0","id":3,"result":null})");
  CHECK(deaf.read_text().find(sid(last)) != std::string::npos);
}
