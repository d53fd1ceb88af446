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
  CHECK(attempt(options) == Condition::invalid_message);

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
    kept->async_receive(
        [kept](error_code receive_ec, Incoming const&) { CHECK(receive_ec == Errc::closed); });
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
