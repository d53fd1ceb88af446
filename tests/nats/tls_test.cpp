// TLS to the broker: who is believed.
#include <doctest/doctest.h>

#include "nats_server.hpp"
#include "net/certificates.hpp"
#include "nodes.hpp"

#include <nats/nats.h>
#include <flexcrm/nats.hpp>

#include <fstream>
#include <string>
#include <vector>

using namespace flexcrm;
using namespace flexcrm::test;

namespace {

/// Its certificate in files, which the broker reads.
struct Files {
  explicit Files(Certificate const& certificate, std::string const& authority = {}) {
    std::ofstream{directory.path / "certificate.pem"} << certificate.pem;
    std::ofstream{directory.path / "key.pem"} << certificate.key;
    std::ofstream{directory.path / "authority.pem"} << authority;
  }
  std::string path(char const* name) const { return (directory.path / name).string(); }
  std::string configuration(bool verify = false) const {
    return "tls { cert_file: \"" + path("certificate.pem") + "\", key_file: \"" + path("key.pem") + "\"" +
           (verify ? ", ca_file: \"" + path("authority.pem") + "\", verify: true" : std::string{}) + " }";
  }
  TemporaryDirectory directory;
};

/// Whether a node with these options gets its connection.
bool connects(NatsOptions options) {
  options.logger.level = Level::off;
  Loop loop;
  Node node{loop, nats(std::move(options)).value(), "a"};
  bool ready = false;
  node.backplane->watch({"", "anna"}, [&] { ready = true; });
  auto const request = node.request({"", "anna"}, "dial");  // waits for the first attempt
  REQUIRE(loop.run_until([&] { return ready || request->times == 1; }));
  CHECK((ready || request->end == RequestEnd::not_sent));
  return ready;
}

}  // namespace

TEST_CASE("the broker's certificate is believed when its authority is, and its name fits") {
  Authority const ours, others;
  Files const files{ours.issue()}, named{ours.issue({.names = "DNS:other.example.com"})};
  NatsServer const server{files.configuration()}, other_name{named.configuration()};
  Files const authority{{}, ours.pem()};
  CHECK(connects({.urls = {server.url("tls")}, .authorities = ours.pem()}));
  CHECK(connects({.urls = {server.url("tls")}, .authorities = authority.path("authority.pem")}));
  CHECK(connects({.urls = {server.url()}, .authorities = ours.pem()}));
  CHECK_FALSE(connects({.urls = {server.url("tls")}}));
  CHECK_FALSE(connects({.urls = {server.url("tls")}, .authorities = others.pem()}));
  CHECK_FALSE(connects({.urls = {other_name.url("tls")}, .authorities = ours.pem()}));
}

TEST_CASE("a client library whose TLS is not safe is told of, once") {
  std::vector<std::string> lines;
  NatsOptions options{.urls = {"tls://127.0.0.1"},
                      .logger = {.write = [&](Level, std::string_view line) { lines.emplace_back(line); }}};
  CHECK(nats(options).has_value());
  CHECK(lines.size() == (nats_GetVersionNumber() < 0x030B00 ? 1 : 0));
  options.urls = {"nats://127.0.0.1"};
  lines.clear();
  CHECK(nats(options).has_value());
  CHECK(lines.empty());
}

TEST_CASE("a broker without TLS gets nothing from a node that asks for it") {
  Authority const ours;
  NatsServer const server;
  CHECK_FALSE(connects({.urls = {server.url("tls")}, .authorities = ours.pem()}));
}

TEST_CASE("a node shows its certificate to a broker that asks for one") {
  Authority const ours, others;
  Files const files{ours.issue(), ours.pem()};
  NatsServer const server{files.configuration(true)};
  auto const mine = ours.issue({.names = "DNS:node"}), foreign = others.issue({.names = "DNS:node"});
  Files const mine_files{mine};
  NatsOptions const trusting{.urls = {server.url("tls")}, .authorities = ours.pem()};
  auto options = trusting;
  CHECK_FALSE(connects(options));
  options.certificate = mine.pem;
  options.key = mine.key;
  CHECK(connects(options));
  options.certificate = mine_files.path("certificate.pem");
  options.key = mine_files.path("key.pem");
  CHECK(connects(options));
  options.certificate = foreign.pem;
  options.key = foreign.key;
  CHECK_FALSE(connects(options));
}
