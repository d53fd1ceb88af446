// Nodes that come with credentials files.
#include <doctest/doctest.h>

#include "credentials.hpp"
#include "nats_server.hpp"
#include "nodes.hpp"

#include <flexcrm/nats.hpp>

#include <filesystem>
#include <fstream>
#include <string>

using namespace flexcrm;
using namespace flexcrm::test;

namespace {

void write(std::filesystem::path const& file, std::string const& text) { std::ofstream{file} << text; }

}  // namespace

TEST_CASE("a credentials file is who a node is, and is read again for each connection") {
  NatsOperator const vendor, somebody_else;
  NatsServer server{vendor.configuration()};
  TemporaryDirectory const directory;
  auto const file = directory.path / "nats.creds";
  NatsOptions const options{.urls = {server.url()}, .credentials = file.string(), .logger = {.level = Level::off}};
  Loop loop;
  auto const refused = [&](std::string const& text) {
    write(file, text);
    Node node{loop, nats(options).value(), "refused"};
    auto const request = node.request(anna, "dial");  // waits for the first attempt
    REQUIRE(loop.run_until([&] { return request->times == 1; }));
    CHECK(request->end == RequestEnd::not_sent);
    CHECK(node.links.empty());
  };
  SUBCASE("of somebody else's account") { refused(somebody_else.credentials()); }
  SUBCASE("that has nothing in it") { refused(""); }
  SUBCASE("the node's own") {
    write(file, vendor.credentials());
    Node a{loop, nats(options).value(), "a"}, b{loop, nats(options).value(), "b"};
    a.own(anna);
    REQUIRE(a.settle());
    REQUIRE(b.watch(anna));
    auto const request = b.request(anna, "dial");
    a.backplane->announce(anna, "news");
    REQUIRE(loop.run_until([&] { return request->times == 1 && !b.news.empty(); }));
    CHECK(request->end == RequestEnd::answered);

    // They are replaced, and with the next connection the new ones count.
    write(file, somebody_else.credentials());
    server.kill();
    REQUIRE(loop.run_until([&] { return a.links.size() == 2 && b.links.size() == 2; }));
    server.configure(somebody_else.configuration());
    server.start();
    REQUIRE(loop.run_until([&] { return a.links.size() == 3 && b.links.size() == 3; }));
    auto const again = b.request(anna, "dial");
    REQUIRE(loop.run_until([&] { return again->times == 1; }));
    CHECK(again->end == RequestEnd::answered);
  }
}
