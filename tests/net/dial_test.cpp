// Dials: from a CRM endpoint and from the server's own process, through a real Flex endpoint.
#include "support.hpp"

using namespace flexcrm;
using namespace flexcrm::test;

namespace {

constexpr char const* number = "+34911234567";

DialResult placed(std::string const& destination) {
  return {.destination = destination, .task_sid = "WT00000000000000000000000000000001"};
}

/// A Flex that answers dials as the test says.
struct Flex : TestClient {
  explicit Flex(std::uint16_t port) : TestClient{client_options(port, Role::flex)} {
    client.on<DialRequest>([this](DialRequest const& dial, Reply<DialResult> reply) {
      dials.put({dial, std::make_shared<Reply<DialResult>>(std::move(reply))});
    });
  }
  ~Flex() { client.stop(); }  // the inbox goes before the client

  struct Dial {
    DialRequest request;
    std::shared_ptr<Reply<DialResult>> reply;
  };
  Inbox<Dial> dials;
};

}  // namespace

TEST_CASE("a dial of a CRM endpoint reaches Flex once and its result comes back") {
  Inbox<DialRequest> asked;
  Inbox<Result<DialResult>> dialled;
  Server server{server_options()};
  server.on_dial([&](std::string const&, DialRequest const& dial) -> Result<void> {
    asked.put(dial);
    return {};
  });
  server.on_dialled(
      [&](std::string const&, DialRequest const&, Result<DialResult> const& result) { dialled.put(result); });
  REQUIRE(server.start().has_value());
  Flex flex{server.port()};
  flex.open();
  TestClient crm{client_options(server.port(), Role::crm)};
  crm.open();

  auto answer = crm.client.request(DialRequest{.destination = number});
  auto const dial = flex.dials.take("the dial");
  CHECK(dial.request.destination == number);
  CHECK_FALSE(dial.request.dial_id.empty());
  REQUIRE(dial.reply->start_before().has_value());
  auto const limit = *dial.reply->start_before();
  CHECK(limit.steady > std::chrono::steady_clock::now() - std::chrono::seconds{2});
  CHECK(limit.wall > std::chrono::system_clock::now() - std::chrono::seconds{2});
  CHECK((*dial.reply)(placed(number)));
  CHECK_FALSE((*dial.reply)(placed(number)));

  auto const result = await(std::move(answer));
  REQUIRE(result.has_value());
  CHECK(*result == placed(number));
  CHECK(asked.take().dial_id == dial.request.dial_id);
  CHECK(*dialled.take() == placed(number));
}

TEST_CASE("a refusal of Flex comes back as it is") {
  Server server{server_options()};
  REQUIRE(server.start().has_value());
  Flex flex{server.port()};
  flex.open();
  TestClient crm{client_options(server.port(), Role::crm)};
  crm.open();
  auto answer = crm.client.request(DialRequest{.destination = number});
  (*flex.dials.take().reply)(make_error(Errc::misconfigured, {}, "45305"));
  auto const result = await(std::move(answer));
  CHECK(result.error().code == Errc::misconfigured);
  CHECK(result.error().detail == "45305");
  CHECK(outcome_of(result) == DialOutcome::refused);
}

TEST_CASE("a dial without Flex is agent_offline at once, and that is its end") {
  Inbox<std::string> dialled;
  Server server{server_options()};
  server.on_dialled([&](std::string const& agent, DialRequest const& dial, Result<DialResult> const& result) {
    dialled.put(agent + " " + dial.destination + " " + to_string(result.error()));
  });
  REQUIRE(server.start().has_value());
  TestClient crm{client_options(server.port(), Role::crm)};
  crm.open();
  CHECK(await(crm.client.request(DialRequest{.destination = number})).error().code == Errc::agent_offline);

  std::promise<Result<DialResult>> promise;
  server.request("nobody", DialRequest{.destination = number},
                 [&](Result<DialResult> const& result) { promise.set_value(result); });
  CHECK(await(promise.get_future()).error().code == Errc::agent_offline);
  CHECK(dialled.take() == "anna " + std::string{number} + " agent_offline");
  CHECK(dialled.take() == "nobody " + std::string{number} + " agent_offline");
}

TEST_CASE("a dial of the process reaches Flex and its result comes back") {
  Inbox<Result<DialResult>> dialled;
  Inbox<Result<DialResult>> results;
  Server server{server_options()};
  server.on_dialled(
      [&](std::string const&, DialRequest const&, Result<DialResult> const& result) { dialled.put(result); });
  REQUIRE(server.start().has_value());
  Flex flex{server.port()};
  flex.open();
  auto const dial = [&](std::string const& destination) {
    server.request("anna", DialRequest{.destination = destination},
                   [&](Result<DialResult> const& result) { results.put(result); });
  };
  dial(number);
  (*flex.dials.take().reply)(placed(number));
  CHECK(*results.take() == placed(number));
  CHECK(*dialled.take() == placed(number));

  dial("not a number");
  auto const refused = results.take();
  CHECK(refused.error().code == Errc::invalid_destination);
  CHECK(refused.error().pointer == "/destination");
}

TEST_CASE("the dial policy refuses before Flex hears of it") {
  Inbox<Result<DialResult>> dialled;
  Server server{server_options()};
  server.on_dialled(
      [&](std::string const&, DialRequest const&, Result<DialResult> const& result) { dialled.put(result); });
  server.on_dial([](std::string const&, DialRequest const& dial) -> Result<void> {
    if (dial.destination.starts_with("+34")) return {};
    return make_error(Errc::destination_not_allowed);
  });
  REQUIRE(server.start().has_value());
  Flex flex{server.port()};
  flex.open();
  TestClient crm{client_options(server.port(), Role::crm)};
  crm.open();
  CHECK(await(crm.client.request(DialRequest{.destination = "+882991234567"})).error().code ==
        Errc::destination_not_allowed);
  CHECK(flex.dials.empty());
  CHECK(dialled.take().error().code == Errc::destination_not_allowed);
}

TEST_CASE("the dial policy may fill in what goes to Flex, and nothing that names the click") {
  auto options = server_options();
  options.caller_ids_by_on_dial = true;
  Server server{std::move(options)};
  server.on_dial([](std::string const&, DialRequest const& dial) -> Result<DialRequest> {
    auto changed = dial;
    if (!changed.caller_id) changed.caller_id = "+34931234567";
    changed.queue_sid = "WQ0123456789abcdef0123456789abcdef";
    changed.destination = "+34999999999";
    changed.dial_id = "another";
    changed.lifetime_ms = 60000;
    return changed;
  });
  Inbox<DialRequest> ended;
  server.on_dialled([&](std::string const&, DialRequest const& dial, Result<DialResult> const&) { ended.put(dial); });
  REQUIRE(server.start().has_value());
  Flex flex{server.port()};
  flex.open();
  TestClient crm{client_options(server.port(), Role::crm)};
  crm.open();
  for (auto const* caller_id : {"+34931234567", "+34911234567"}) {
    DialRequest click{.destination = number, .dial_id = caller_id, .customer = DialCustomer{.id = "C-1"}};
    if (caller_id != std::string_view{"+34931234567"}) click.caller_id = caller_id;
    auto answer = crm.client.request(click);
    auto const dial = flex.dials.take("the dial");
    click.caller_id = caller_id;
    click.queue_sid = "WQ0123456789abcdef0123456789abcdef";
    CHECK(dial.request == click);
    CHECK((*dial.reply)(placed(number)));
    CHECK(*await(std::move(answer)) == placed(number));
    CHECK(ended.take() == click);
  }
}

TEST_CASE("caller IDs are left to a handler only where there is one") {
  auto options = server_options();
  options.caller_ids_by_on_dial = true;
  Server server{std::move(options)};
  CHECK(server.start().error().code == Errc::invalid_argument);
}

TEST_CASE("a claim is granted once, while the dial is open, and never for an unknown one") {
  Server server{server_options()};
  REQUIRE(server.start().has_value());
  auto const port = server.port();
  RawPeer flex{port};
  flex.upgrade(port);
  flex.hello("flex");
  std::promise<Result<DialResult>> promise;
  server.request("anna", DialRequest{.destination = number, .dial_id = "click-1"},
                 [&](Result<DialResult> const& result) { promise.set_value(result); });
  CHECK(flex.read_text().find(R"("dialId":"click-1")") != std::string::npos);

  auto const claim = [&](int id, std::string const& dial) {
    flex.send_frame(R"({"jsonrpc":"2.0","id":)" + std::to_string(id) +
                    R"(,"method":"DialClaimRequest","params":{"dialId":")" + dial + R"("}})");
    return flex.read_text();
  };
  CHECK(claim(1, "click-0").find(R"("granted":false)") != std::string::npos);
  CHECK(claim(2, "click-1").find(R"("granted":true)") != std::string::npos);
  CHECK(claim(3, "click-1").find(R"("granted":false)") != std::string::npos);

  SUBCASE("an uncertain answer after a grant is unknown") {
    flex.send_frame(R"({"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"x"}})");
    auto const result = await(promise.get_future());
    CHECK(result.error().code == Errc::outcome_unknown);
    CHECK(outcome_of(result) == DialOutcome::unknown);
  }
  SUBCASE("a certain refusal after a grant is one") {
    flex.send_frame(R"({"jsonrpc":"2.0","id":1,"error":{"code":-32011,"message":"x","data":{"reason":"agent_busy"}}})");
    CHECK(await(promise.get_future()).error().code == Errc::agent_busy);
  }
  CHECK(claim(4, "click-1").find(R"("granted":false)") != std::string::npos);
}

TEST_CASE("a granted dial whose Flex is gone for good is unknown, an ungranted one certainly was not dialled") {
  auto options = server_options();
  options.session.times.resume = std::chrono::milliseconds{50};
  Server server{options};
  REQUIRE(server.start().has_value());
  auto const port = server.port();
  for (bool const grant : {true, false}) {
    CAPTURE(grant);
    std::promise<Result<DialResult>> promise;
    {
      RawPeer flex{port};
      flex.upgrade(port);
      flex.hello("flex");
      server.request("anna", DialRequest{.destination = number, .dial_id = "click-1"},
                     [&](Result<DialResult> const& result) { promise.set_value(result); });
      flex.read_text();
      if (grant) {
        flex.send_frame(R"({"jsonrpc":"2.0","id":1,"method":"DialClaimRequest","params":{"dialId":"click-1"}})");
        CHECK(flex.read_text().find(R"("granted":true)") != std::string::npos);
      }
    }
    auto const result = await(promise.get_future());
    CHECK(outcome_of(result) == (grant ? DialOutcome::unknown : DialOutcome::failed));
  }
}

TEST_CASE("a dial of the process that Flex does not take up ends expired, and a late claim is refused") {
  auto options = server_options();
  options.session.times.after_lifetime = std::chrono::milliseconds{10};
  Server server{options};
  REQUIRE(server.start().has_value());
  auto const port = server.port();
  RawPeer flex{port};
  flex.upgrade(port);
  flex.hello("flex");
  std::promise<Result<DialResult>> promise;
  server.request("anna", DialRequest{.destination = number, .dial_id = "click-1", .lifetime_ms = 1000},
                 [&](Result<DialResult> const& result) { promise.set_value(result); });
  flex.read_text();
  auto const result = await(promise.get_future());
  CHECK(result.error().code == Errc::expired);
  flex.send_frame(R"({"jsonrpc":"2.0","id":1,"method":"DialClaimRequest","params":{"dialId":"click-1"}})");
  CHECK(flex.read_text().find(R"("granted":false)") != std::string::npos);
}

TEST_CASE("a claim goes to the CRM endpoint that clicked; when it is gone nobody grants") {
  Server server{server_options()};
  REQUIRE(server.start().has_value());
  auto const port = server.port();
  RawPeer flex{port};
  flex.upgrade(port);
  flex.hello("flex");
  auto const claim = [&](int id) {
    flex.send_frame(R"({"jsonrpc":"2.0","id":)" + std::to_string(id) +
                    R"(,"method":"DialClaimRequest","params":{"dialId":"click-1"}})");
  };
  {
    RawPeer crm{port};
    crm.upgrade(port);
    crm.hello("crm");
    crm.read_text();  // Snapshot
    crm.send_frame(R"({"jsonrpc":"2.0","id":1,"method":"DialRequest","params":{"destination":"+34911234567",)"
                   R"("dialId":"click-1","lifetimeMs":10000}})");
    flex.read_text();
    // A second click of that name could not be told from the first.
    crm.send_frame(R"({"jsonrpc":"2.0","id":2,"method":"DialRequest","params":{"destination":"+34911234567",)"
                   R"("dialId":"click-1","lifetimeMs":10000}})");
    CHECK(crm.read_text().find("-32602") != std::string::npos);
    claim(1);
    CHECK(crm.read_text().find(R"("method":"DialClaimRequest","params":{"dialId":"click-1"})") != std::string::npos);
    crm.send_frame(R"({"jsonrpc":"2.0","id":2,"result":{"granted":false}})");
    CHECK(flex.read_text() == R"({"jsonrpc":"2.0","id":1,"result":{"granted":false}})");
    claim(2);
    crm.read_text();
    // Gone with the question open.
  }
  CHECK(flex.read_text() == R"({"jsonrpc":"2.0","id":2,"result":{"granted":false}})");
  claim(3);
  CHECK(flex.read_text() == R"({"jsonrpc":"2.0","id":3,"result":{"granted":false}})");
}

TEST_CASE("a reply that is dropped answers internal_error; a Flex without a handler answers failed") {
  Server server{server_options()};
  REQUIRE(server.start().has_value());
  TestClient crm{client_options(server.port(), Role::crm)};
  crm.open();
  {
    TestClient flex{client_options(server.port(), Role::flex)};
    flex.client.on<DialRequest>([](DialRequest const&, Reply<DialResult>) {});
    flex.open();
    // Granted, and then an answer that says nothing.
    CHECK(outcome_of(await(crm.client.request(DialRequest{.destination = number}))) == DialOutcome::unknown);
  }
  TestClient flex{client_options(server.port(), Role::flex)};
  flex.open();
  CHECK(await(crm.client.request(DialRequest{.destination = number})).error().code == Errc::failed);
}
