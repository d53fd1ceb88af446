// Connection and Listener on an io_context of one's own, with every kind of completion token.
#include "support.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

using namespace flexcrm;
using namespace flexcrm::test;
namespace asio = boost::asio;

namespace {

/// Runs what is given to its end; fails when it does not end.
void run(asio::io_context& context) {
  context.restart();
  context.run_for(patience);
  REQUIRE(context.stopped());
}

template <class F>
void run_coroutine(asio::io_context& context, F coroutine) {
  std::exception_ptr error;
  bool done = false;
  asio::co_spawn(context, std::move(coroutine), [&](std::exception_ptr e) {
    error = e;
    done = true;
  });
  run(context);
  CHECK(done);
  if (error) std::rethrow_exception(error);
}

}  // namespace

TEST_CASE("coroutines: a listener and a connection talk to each other") {
  asio::io_context context;
  Listener listener{context, server_options()};
  REQUIRE(listener.listen().has_value());
  Connection flex{context, client_options(listener.port(), Role::flex)};

  auto server_side = [&]() -> asio::awaitable<void> {
    Connection peer = co_await listener.async_accept(asio::use_awaitable);
    CHECK(peer.hello().agent == "anna");
    CHECK(peer.hello().role == Role::flex);
    CHECK(peer.http_request().target == "/flexcrm");
    peer.accept(Role::flex);
    Incoming incoming = co_await peer.async_receive(asio::use_awaitable);
    CHECK(std::holds_alternative<TaskSelected>(incoming.message()));
    CHECK(peer.answer(incoming, Answer{NullResult{}}));
    CHECK_FALSE(peer.answer(incoming, Answer{NullResult{}}));

    DialRequest const dial{.destination = "+34911234567"};
    auto answer = peer.request(dial);
    DialResult result = co_await answer.async_wait(asio::use_awaitable);
    CHECK(result.destination == "+34911234567");
    co_await peer.async_close(asio::use_awaitable);
    listener.close();
  };
  auto client_side = [&]() -> asio::awaitable<void> {
    co_await flex.async_connect(asio::use_awaitable);
    CHECK(flex.is_open());
    auto acknowledged = flex.request(TaskSelected{});
    (void)co_await acknowledged.async_wait();  // the default token
    Incoming incoming = co_await flex.async_receive();
    auto const& dial = std::get<DialRequest>(incoming.message());
    CHECK(incoming.start_before().has_value());
    CHECK(flex.answer(incoming, Answer{DialResult{.destination = dial.destination}}));
    auto const after = co_await flex.async_receive(asio::as_tuple(asio::use_awaitable));
    CHECK(std::get<0>(after) == Errc::closed);
    CHECK(flex.error().code == Errc::closed);
    CHECK_FALSE(flex.is_open());
  };
  using namespace asio::experimental::awaitable_operators;
  run_coroutine(context, [&]() -> asio::awaitable<void> {
    auto both = server_side() && client_side();
    co_await std::move(both);
  });
}

TEST_CASE("callbacks are posted, never called from inside") {
  Server server{server_options()};
  REQUIRE(server.start().has_value());
  asio::io_context context;
  Connection crm{context, client_options(server.port(), Role::crm)};
  bool inside = true;
  bool answered = false;
  std::optional<Pending<DialResult>> pending;
  crm.async_connect([&](error_code ec) {
    CHECK_FALSE(inside);
    CHECK_FALSE(ec);
    pending.emplace(crm.request(DialRequest{.destination = "+34911234567"}));
    inside = true;
    pending->async_wait([&](error_code wait_ec, DialResult const&) {
      CHECK_FALSE(inside);
      CHECK(wait_ec == Errc::agent_offline);
      CHECK(pending->error().code == Errc::agent_offline);
      // The answer is still there.
      pending->async_wait([&](error_code again_ec, DialResult const&) {
        CHECK_FALSE(inside);
        CHECK(again_ec == Errc::agent_offline);
        answered = true;
        crm.async_close([](error_code) {});
      });
      inside = false;
    });
    inside = false;
  });
  inside = false;
  run(context);
  CHECK(answered);
}

TEST_CASE("futures, with the io_context on another thread") {
  Server server{server_options()};
  REQUIRE(server.start().has_value());
  asio::io_context context;
  Connection crm{context, client_options(server.port(), Role::crm)};
  auto connected = crm.async_connect(asio::use_future);
  std::thread thread{[&] { context.run(); }};
  await(std::move(connected));
  auto closed = asio::post(context, asio::use_future([&] { return crm.async_close(asio::use_future); }));
  await(await(std::move(closed)));
  thread.join();
}

TEST_CASE("a cancelled receive loses nothing") {
  Server server{server_options()};
  REQUIRE(server.start().has_value());
  asio::io_context context;
  Connection crm{context, client_options(server.port(), Role::crm)};
  run_coroutine(context, [&]() -> asio::awaitable<void> {
    co_await crm.async_connect(asio::use_awaitable);
    asio::cancellation_signal signal;
    bool cancelled = false;
    Incoming first = co_await crm.async_receive(asio::use_awaitable);  // AgentChanged
    crm.async_receive(asio::bind_cancellation_slot(signal.slot(), [&](error_code ec, Incoming const&) {
      CHECK(ec == asio::error::operation_aborted);
      cancelled = true;
    }));
    auto const second = co_await crm.async_receive(asio::as_tuple(asio::use_awaitable));
    CHECK(std::get<0>(second) == Errc::invalid_argument);  // one at a time
    signal.emit(asio::cancellation_type::total);
    crm.answer(first, Answer{NullResult{}});

    TestClient flex{client_options(server.port(), Role::flex)};
    flex.open();
    Incoming came = co_await crm.async_receive(asio::use_awaitable);
    CHECK(std::get<AgentChanged>(came.message()).connected == true);
    CHECK(cancelled);

    // The same by operator, which cancels the loser.
    using namespace asio::experimental::awaitable_operators;
    asio::steady_timer soon{context, std::chrono::milliseconds{1}};
    auto race = crm.async_receive(asio::use_awaitable) || soon.async_wait(asio::use_awaitable);
    auto const winner = co_await std::move(race);
    CHECK(winner.index() == 1);
    CHECK(crm.is_open());
    co_await crm.async_close(asio::use_awaitable);
  });
}

TEST_CASE("a cancelled wait leaves the request alone") {
  Server server{server_options()};
  REQUIRE(server.start().has_value());
  Inbox<std::shared_ptr<Reply<DialResult>>> dials;
  TestClient flex{client_options(server.port(), Role::flex)};
  flex.client.on<DialRequest>([&](DialRequest const&, Reply<DialResult> reply) {
    dials.put(std::make_shared<Reply<DialResult>>(std::move(reply)));
  });
  flex.open();
  asio::io_context context;
  Connection crm{context, client_options(server.port(), Role::crm)};
  run_coroutine(context, [&]() -> asio::awaitable<void> {
    co_await crm.async_connect(asio::use_awaitable);
    DialRequest const dial{.destination = "+34911234567"};
    auto answer = crm.request(dial);
    asio::cancellation_signal signal;
    answer.async_wait(asio::bind_cancellation_slot(signal.slot(), [&](error_code ec, DialResult const&) {
      CHECK(ec == asio::error::operation_aborted);
      // Granting the claim needs this thread, so the answer is given from here only after it.
    }));
    signal.emit(asio::cancellation_type::total);
    auto answering =
        std::async(std::launch::async, [&] { (*dials.take())(DialResult{.destination = "+34911234567"}); });
    DialResult result = co_await answer.async_wait(asio::use_awaitable);
    CHECK(result.destination == "+34911234567");
    co_await crm.async_close(asio::use_awaitable);
    answering.get();
  });
}

TEST_CASE("connecting fails with what happened, and only once can be tried") {
  Server server{server_options()};
  REQUIRE(server.start().has_value());
  asio::io_context context;
  auto const attempt = [&](ClientOptions options) {
    Connection connection{context, std::move(options)};
    error_code result;
    connection.async_connect([&](error_code ec) { result = ec; });
    run(context);
    CHECK(connection.error().code == result);
    return result;
  };
  auto options = client_options(server.port(), Role::crm);
  options.url += "x";
  CHECK(attempt(options) == Errc::connect_failed);
  options.url = "http://127.0.0.1/";
  CHECK(attempt(options) == Errc::invalid_argument);
  options.url = "ws://203.0.113.7/flexcrm";
  CHECK(attempt(options) == Errc::invalid_argument);  // in the clear to another machine
  options = client_options(server.port(), Role::crm);
  options.agent.clear();
  CHECK(attempt(options) == Errc::invalid_argument);

  Connection twice{context, client_options(server.port(), Role::crm)};
  error_code first;
  error_code second;
  twice.async_connect([&](error_code ec) {
    first = ec;
    twice.async_close([](error_code) {});
  });
  twice.async_connect([&](error_code ec) { second = ec; });
  run(context);
  CHECK_FALSE(first);
  CHECK(second == Errc::invalid_argument);
}

TEST_CASE("a first attempt that fails is the end, a later one is not") {
  RawServer server;
  asio::io_context context;
  Connection crm{context, client_options(server.port(), Role::crm)};
  auto connected = crm.async_connect(asio::use_future);
  std::vector<ClientPhase> phases;
  std::function<void(error_code, ClientState const&)> const read = [&](error_code ec, ClientState const& state) {
    CHECK((!ec || ec == Errc::closed));
    if (ec) return;
    phases.push_back(state.phase);
    crm.async_state(read);
  };
  crm.async_state(read);
  SUBCASE("the first") {
    auto refusing = std::async(std::launch::async, [&] { server.accept()->read_request(); });
    run(context);
    refusing.get();
    CHECK(phases == std::vector{ClientPhase::connecting, ClientPhase::ended});
    CHECK_THROWS_AS(connected.get(), boost::system::system_error);
    CHECK(crm.error().code == Errc::connect_failed);
    bool closed = false;
    crm.async_close([&](error_code ec) { closed = !ec; });
    run(context);
    CHECK(closed);
  }
  SUBCASE("a later one") {
    auto script = std::async(std::launch::async, [&] {
      server.accept_session("s-1");
      server.accept()->read_request();
      auto const peer = server.accept_session("s-1", true);
      peer->send_frame(R"({"jsonrpc":"2.0","method":"Bye","params":{"reason":"replaced"}})");
      peer->read_close();
    });
    run(context);
    script.get();
    using enum ClientPhase;
    CHECK(phases == std::vector{connecting, open, lost, connecting, lost, connecting, open, ended});
    connected.get();
    CHECK(crm.error().code == Errc::closed);
  }
}

TEST_CASE("a first attempt with a token that grew old is made once more") {
  RawServer server;
  asio::io_context context;
  auto options = client_options(server.port(), Role::crm);
  options.fresh_token = [count = 0](auto const& give) mutable { give("t-" + std::to_string(++count)); };
  Connection crm{context, options};
  auto script = std::async(std::launch::async, [&] {
    server.accept_websocket()->refuse(-32001, R"({"reason":"unauthorized"})");
    auto const peer = server.accept_websocket();
    CHECK(peer->welcome("s-1").find(R"("token":"t-2")") != std::string::npos);
    CHECK(peer->read_close() == 1000);
  });
  run_coroutine(context, [&]() -> asio::awaitable<void> {
    co_await crm.async_connect(asio::use_awaitable);
    CHECK(crm.is_open());
    co_await crm.async_close(asio::use_awaitable);
  });
  script.get();
}

TEST_CASE("coroutines go on over a lost connection: what is awaited comes over the next") {
  RawServer server;
  asio::io_context context;
  auto options = client_options(server.port(), Role::crm);
  options.instance = "i-1";
  Connection crm{context, options};
  constexpr auto selected = R"({"jsonrpc":"2.0","id":1,"method":"TaskSelected","params":{"attributes":{}}})";
  auto script = std::async(std::launch::async, [&] {
    auto peer = server.accept_session("s-1");
    auto const dial = peer->read_text();
    peer->cut();
    peer = server.accept_websocket();
    CHECK(peer->welcome("s-1", true).find(R"("resume":{"session":"s-1"})") != std::string::npos);
    CHECK(peer->read_text() == dial);
    peer->send_frame(selected);
    CHECK(peer->read_text() == R"({"jsonrpc":"2.0","id":1,"result":null})");
    peer->send_frame(R"({"jsonrpc":"2.0","id":1,"result":{"destination":"+34911234567"}})");
    CHECK(peer->read_text() == R"({"jsonrpc":"2.0","method":"Bye","params":{"reason":"logout"}})");
    CHECK(peer->read_close() == 1000);
  });
  run_coroutine(context, [&]() -> asio::awaitable<void> {
    co_await crm.async_connect(asio::use_awaitable);
    auto answer = crm.request(DialRequest{.destination = "+34911234567"});
    Incoming incoming = co_await crm.async_receive(asio::use_awaitable);
    CHECK(std::holds_alternative<TaskSelected>(incoming.message()));
    CHECK(crm.answer(incoming, Answer{NullResult{}}));
    DialResult result = co_await answer.async_wait(asio::use_awaitable);
    CHECK(result.destination == "+34911234567");
    co_await crm.async_close(asio::use_awaitable);
    auto const after = co_await crm.async_receive(asio::as_tuple(asio::use_awaitable));
    CHECK(std::get<0>(after) == Errc::closed);
  });
  script.get();
}

TEST_CASE("a session that is gone ends what waits, drops what nobody read, and is told even to who reads late") {
  RawServer server;
  asio::io_context context;
  Connection flex{context, client_options(server.port(), Role::flex)};
  auto script = std::async(std::launch::async, [&] {
    auto peer = server.accept_session("s-1");
    peer->send_frame(
        R"({"jsonrpc":"2.0","id":1,"method":"SetAgentRequest","params":{"availability":"busy","lifetimeMs":10000}})");
    peer->read_text();  // OpenRecordRequest
    peer->cut();
    peer = server.accept_session("s-2");
    // Then more states than are kept, all of that session.
    for (int i = 0; i < 8; ++i) {
      peer->cut();
      peer = server.accept_session("s-2", true);
    }
    peer->send_frame(
        R"({"jsonrpc":"2.0","id":1,"method":"SetAgentRequest","params":{"availability":"offline","lifetimeMs":10000}})");
    CHECK(peer->read_close() == 1000);
  });
  run_coroutine(context, [&]() -> asio::awaitable<void> {
    co_await flex.async_connect(asio::use_awaitable);
    OpenRecordRequest const record{.record = {.id = "C-1"}};
    auto answer = flex.request(record);
    error_code lost;
    co_await answer.async_wait(asio::redirect_error(asio::use_awaitable, lost));
    CHECK(lost == Errc::session_lost);
    Incoming incoming = co_await flex.async_receive(asio::use_awaitable);
    CHECK(std::get<SetAgentRequest>(incoming.message()).availability == Availability::offline);

    bool reset = false;
    int states = 0;
    for (ClientState state; state.phase != ClientPhase::ended; ++states) {
      if (states == 16) co_await flex.async_close(asio::use_awaitable);
      state = co_await flex.async_state(asio::use_awaitable);
      reset = reset || state.reset;
    }
    CHECK(reset);
    CHECK(states == 17);
    auto const after = co_await flex.async_state(asio::as_tuple(asio::use_awaitable));
    CHECK(std::get<0>(after) == Errc::closed);
  });
  script.get();
}

TEST_CASE("futures over a lost connection") {
  RawServer server;
  asio::io_context context;
  Connection crm{context, client_options(server.port(), Role::crm)};
  auto connected = crm.async_connect(asio::use_future);
  std::thread thread{[&] { context.run(); }};
  auto peer = server.accept_session("s-1");
  await(std::move(connected));
  auto const on_thread = [&](auto function) { return await(asio::post(context, asio::use_future(function))); };
  auto received = on_thread([&] { return crm.async_receive(asio::use_future); });
  peer->cut();
  peer = server.accept_session("s-1", true);
  peer->send_frame(R"({"jsonrpc":"2.0","id":1,"method":"TaskSelected","params":{"attributes":{}}})");
  CHECK(std::holds_alternative<TaskSelected>(await(std::move(received)).message()));
  await(on_thread([&] { return crm.async_close(asio::use_future); }));
  thread.join();
}

TEST_CASE("cancellation: total where nothing is lost, terminal where something ends") {
  RawServer server;
  asio::io_context context;
  auto options = client_options(server.port(), Role::crm);
  options.times.close = std::chrono::hours{1};
  Connection crm{context, options};
  std::unique_ptr<RawPeer> peer;
  auto accepting = std::async(std::launch::async, [&] { peer = server.accept_session("s-1"); });
  run_coroutine(context, [&]() -> asio::awaitable<void> {
    asio::cancellation_signal signal;
    std::vector<error_code> results;
    auto const note = [&](error_code ec, auto const&...) { results.push_back(ec); };
    auto const settle = [&]() -> asio::awaitable<void> {
      // What was posted before this has run after it.
      for (int i = 0; i < 4; ++i) co_await asio::post(context, asio::use_awaitable);
    };
    bool connected = false;
    crm.async_connect(asio::bind_cancellation_slot(signal.slot(), [&](error_code ec) { connected = !ec; }));
    signal.emit(asio::cancellation_type::total);  // asks for more than can be promised
    ClientState state;
    while (state.phase != ClientPhase::open) state = co_await crm.async_state(asio::use_awaitable);
    accepting.get();
    co_await settle();
    CHECK(connected);

    crm.async_state(asio::bind_cancellation_slot(signal.slot(), note));
    signal.emit(asio::cancellation_type::total);
    crm.async_receive(asio::bind_cancellation_slot(signal.slot(), note));
    signal.emit(asio::cancellation_type::total);
    co_await settle();
    CHECK(results == std::vector<error_code>{asio::error::operation_aborted, asio::error::operation_aborted});
    CHECK(crm.is_open());

    results.clear();
    crm.async_receive([&](error_code ec, Incoming const&) { CHECK(ec == Errc::closed); });
    crm.async_close(asio::bind_cancellation_slot(signal.slot(), note));
    signal.emit(asio::cancellation_type::total);
    auto reading = std::async(std::launch::async, [&] { return peer->read_close(); });
    while (reading.wait_for(std::chrono::seconds{0}) != std::future_status::ready) co_await settle();
    CHECK(reading.get() == 1000);
    CHECK(results.empty());  // the peer does not answer
    signal.emit(asio::cancellation_type::terminal);
    co_await settle();
    CHECK(results == std::vector<error_code>{asio::error::operation_aborted});
  });
  CHECK_FALSE(peer->read_frame().has_value());
}

TEST_CASE("a connection may be destroyed in every phase") {
  RawServer server;
  std::unique_ptr<RawPeer> peer;
  asio::io_context context;
  auto options = client_options(server.port(), Role::crm);
  options.reconnect.base = options.reconnect.cap = std::chrono::hours{1};
  std::vector<error_code> results;
  auto const note = [&](error_code ec, auto const&...) { results.push_back(ec); };
  std::optional<Connection> crm;
  auto const poll_until = [&](ClientPhase phase) {
    std::optional<ClientPhase> seen;
    while (seen != phase) {
      crm->async_state([&](error_code ec, ClientState const& state) {
        CHECK_FALSE(ec);
        seen = state.phase;
      });
      context.restart();
      auto const deadline = std::chrono::steady_clock::now() + patience;
      for (auto const before = seen; seen == before;) REQUIRE(context.run_one_until(deadline) == 1);
    }
  };
  auto const serve_until = [&](ClientPhase phase, auto script) {
    auto serving = std::async(std::launch::async, script);
    poll_until(phase);
    serving.get();
  };
  crm.emplace(context, options);
  bool connects = true;
  SUBCASE("before anything") { connects = false; }
  SUBCASE("asked to connect") { crm->async_connect(note); }
  SUBCASE("connecting") {
    crm->async_connect(note);
    poll_until(ClientPhase::connecting);
  }
  SUBCASE("in the upgrade") {
    crm->async_connect(note);
    serve_until(ClientPhase::connecting, [] {});
    auto reading = std::async(std::launch::async, [&] { (peer = server.accept())->read_request(); });
    while (reading.wait_for(std::chrono::seconds{0}) != std::future_status::ready)
      context.run_for(std::chrono::milliseconds{1});
  }
  SUBCASE("open") {
    crm->async_connect(note);
    serve_until(ClientPhase::open, [&] { peer = server.accept_session("s-1"); });
    crm->async_receive(note);
    crm->async_state(note);
  }
  SUBCASE("waiting for the next attempt") {
    crm->async_connect(note);
    serve_until(ClientPhase::lost, [&] { server.accept_session("s-1"); });
    crm->async_receive(note);
    crm->async_state(note);
  }
  SUBCASE("ended") {
    crm->async_connect(note);
    serve_until(ClientPhase::ended, [&] {
      peer = server.accept_websocket();
      peer->refuse(-32002, R"({"reason":"wrong_role"})");
    });
  }
  crm.reset();
  run(context);
  CHECK((!results.empty() || !connects));
}

TEST_CASE("a cancelled connect closes") {
  asio::io_context context;
  auto options = client_options(1, Role::crm);
  options.url = "ws://203.0.113.7/flexcrm";
  options.allow_plaintext = true;
  Connection connection{context, options};
  asio::cancellation_signal signal;
  error_code result;
  connection.async_connect(asio::bind_cancellation_slot(signal.slot(), [&](error_code ec) { result = ec; }));
  signal.emit(asio::cancellation_type::terminal);
  run(context);
  CHECK(result == asio::error::operation_aborted);
}

TEST_CASE("a listener refuses a client by name and nothing more") {
  asio::io_context context;
  Listener listener{context, server_options()};
  REQUIRE(listener.listen().has_value());
  Connection client{context, client_options(listener.port(), Role::crm)};
  error_code result;
  listener.async_accept([&](error_code ec, Connection peer) {
    CHECK_FALSE(ec);
    peer.refuse(Errc::unauthorized);
    // Dies when the client has left; until then it is kept alive by this handler.
    auto kept = std::make_shared<Connection>(std::move(peer));
    kept->async_receive([kept](error_code receive_ec, Incoming const&) { CHECK(receive_ec == Errc::closed); });
  });
  client.async_connect([&](error_code ec) {
    result = ec;
    listener.close();
  });
  run(context);
  CHECK(result == Errc::unauthorized);
}

TEST_CASE("destroying while operations are open completes them") {
  Server server{server_options()};
  REQUIRE(server.start().has_value());
  asio::io_context context;
  int completed = 0;
  std::optional<Pending<DialResult>> pending;
  {
    auto crm = std::make_unique<Connection>(context, client_options(server.port(), Role::crm));
    auto* const raw = crm.get();
    raw->async_connect([&, keep = std::move(crm)](error_code ec) mutable {
      CHECK_FALSE(ec);
      keep->async_receive([&](error_code receive_ec, Incoming const&) {
        CHECK(receive_ec == Errc::closed);
        ++completed;
      });
      pending.emplace(keep->request(DialRequest{.destination = "+34911234567"}));
      pending->async_wait([&](error_code wait_ec, DialResult const&) {
        CHECK(wait_ec == Errc::session_lost);
        ++completed;
      });
      keep.reset();
    });
  }
  run(context);
  CHECK(completed == 2);

  Listener listener{context, server_options()};
  REQUIRE(listener.listen().has_value());
  bool closed = false;
  listener.async_accept([&](error_code ec, Connection const&) { closed = ec == Errc::closed; });
  { Listener const dies{std::move(listener)}; }
  run(context);
  CHECK(closed);
}

TEST_CASE("a client that returns to a listener goes on with its connection, if the application lets it") {
  asio::io_context context;
  Listener listener{context, server_options()};
  std::vector<std::string> asked;
  listener.on_resume([&](Hello const& hello, HttpRequest const& http) {
    CHECK(http.target == "/flexcrm");
    asked.push_back(hello.instance);
    return hello.token != "stolen";
  });
  REQUIRE(listener.listen().has_value());
  auto const port = listener.port();
  constexpr auto selected = R"({"jsonrpc":"2.0","id":1,"method":"TaskSelected","params":{"attributes":{}}})";
  constexpr auto dial =
      R"({"jsonrpc":"2.0","id":1,"method":"DialRequest","params":{"destination":"+34911234567","dialId":"d-1","lifetimeMs":10000}})";

  auto script = std::async(std::launch::async, [&] {
    auto peer = std::make_unique<RawPeer>(port);
    peer->upgrade(port);
    auto const session = peer->hello("flex", "anna", "i-1");
    CHECK(peer->read_text() == dial);
    peer->send_frame(selected);
    peer->cut();
    peer = std::make_unique<RawPeer>(port);
    peer->upgrade(port);
    CHECK(peer->hello("flex", "anna", "i-1", session) == session);
    CHECK(peer->read_text() == dial);
    peer->send_frame(selected);
    CHECK(peer->read_text() == R"({"jsonrpc":"2.0","id":1,"result":null})");

    // Neither another agent nor another instance nor an unknown session goes on.
    for (auto const* words : {"bert i-1", "anna i-2"}) {
      std::string const agent{words, 4};
      RawPeer other{port};
      other.upgrade(port);
      CHECK(other.hello("flex", agent, words + 5, session) != session);
    }
    RawPeer other{port};
    other.upgrade(port);
    CHECK(other.hello("flex", "anna", "i-1", "s-0") != session);

    // The newest connection fences the one before, which is still open.
    RawPeer newest{port};
    newest.upgrade(port);
    CHECK(newest.hello("flex", "anna", "i-1", session) == session);
    CHECK(newest.read_text() == dial);
    // Nothing more but, if the first selection was answered late, its answer once again.
    while (auto const more = peer->read_frame()) CHECK(more->payload == R"({"jsonrpc":"2.0","id":1,"result":null})");
    newest.send_frame(R"({"jsonrpc":"2.0","id":1,"result":{"destination":"+34911234567"}})");
    CHECK(newest.read_close() == 1000);
  });

  std::vector<Connection> others;
  run_coroutine(context, [&]() -> asio::awaitable<void> {
    Connection flex = co_await listener.async_accept(asio::use_awaitable);
    flex.accept(Role::flex);
    auto answer = flex.request(DialRequest{.destination = "+34911234567", .dial_id = "d-1"});
    Incoming incoming = co_await flex.async_receive(asio::use_awaitable);
    ClientState state;
    while (!state.resumed) state = co_await flex.async_state(asio::use_awaitable);
    CHECK(flex.is_open());
    // Its first connection is gone, and the answer goes over the second.
    CHECK(flex.answer(incoming, Answer{NullResult{}}));
    for (int i = 0; i < 3; ++i) {
      Connection other = co_await listener.async_accept(asio::use_awaitable);
      other.accept(Role::flex);
      others.push_back(std::move(other));
    }
    DialResult result = co_await answer.async_wait(asio::use_awaitable);
    CHECK(result.destination == "+34911234567");
    co_await flex.async_close(asio::use_awaitable);
    others.clear();
    listener.close();
  });
  script.get();
  CHECK(asked == std::vector<std::string>{"i-1", "i-1", "i-2", "i-1"});
}

TEST_CASE("a listener's connection waits as long as its session may, and without leave not at all") {
  asio::io_context context;
  auto options = server_options();
  options.session.times.resume = std::chrono::milliseconds{50};
  Listener listener{context, options};
  bool leave = false;
  SUBCASE("with") { leave = true; }
  SUBCASE("without") {}
  if (leave) listener.on_resume([](Hello const&, HttpRequest const&) { return true; });
  REQUIRE(listener.listen().has_value());
  auto const port = listener.port();
  auto script = std::async(std::launch::async, [port] {
    RawPeer peer{port};
    peer.upgrade(port);
    peer.hello("flex");
  });
  run_coroutine(context, [&]() -> asio::awaitable<void> {
    Connection flex = co_await listener.async_accept(asio::use_awaitable);
    flex.accept(Role::flex);
    std::vector<ClientPhase> phases;
    for (ClientState state; state.phase != ClientPhase::ended;) {
      state = co_await flex.async_state(asio::use_awaitable);
      phases.push_back(state.phase);
    }
    using enum ClientPhase;
    CHECK(phases == (leave ? std::vector{open, lost, ended} : std::vector{open, ended}));
    CHECK(flex.error().code == (leave ? Errc::session_lost : Errc::not_connected));
    auto const after = co_await flex.async_receive(asio::as_tuple(asio::use_awaitable));
    CHECK(std::get<0>(after) == Errc::closed);
    co_await flex.async_close(asio::use_awaitable);
    listener.close();
  });
  script.get();
}
