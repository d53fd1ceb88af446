// What the sockets' tests cannot reach: the text rules by themselves.
#include "support.hpp"

#include "transport/admission.hpp"
#include "transport/upgrade.hpp"

#include <vector>

using namespace flexcrm;
using namespace flexcrm::test;

TEST_CASE("origins are written as browsers write them") {
  struct Case {
    char const* text;
    char const* canonical;  // null: refused
  };
  for (auto const& row : {
           Case{"https://crm.example.com", "https://crm.example.com"},
           Case{"HTTPS://CRM.Example.com", "https://crm.example.com"},
           Case{"https://crm.example.com:443", "https://crm.example.com"},
           Case{"http://crm.example.com:80", "http://crm.example.com"},
           Case{"http://crm.example.com:443", "http://crm.example.com:443"},
           Case{"http://localhost:3000", "http://localhost:3000"},
           Case{"http://[::1]:3000", "http://[::1]:3000"},
           Case{"https://a_b.example.com", "https://a_b.example.com"},
           Case{"", nullptr},
           Case{"null", nullptr},
           Case{"*", nullptr},
           Case{"crm.example.com", nullptr},
           Case{"ftp://crm.example.com", nullptr},
           Case{"https://", nullptr},
           Case{"https://crm.example.com/", nullptr},
           Case{"https://*.example.com", nullptr},
           Case{"https://u@crm.example.com", nullptr},
           Case{"https://crm.example.com:", nullptr},
           Case{"https://crm.example.com:0", nullptr},
           Case{"https://crm.example.com:65536", nullptr},
           Case{"https://crm.example.com:4 4", nullptr},
           Case{"https://[::1", nullptr},
           Case{"https://[]", nullptr},
           Case{"https://[x]:1", nullptr},
           Case{"https://[::1]x", nullptr},
       }) {
    CAPTURE(row.text);
    auto const result = detail::canonical_origin(row.text);
    CHECK(result.has_value() == (row.canonical != nullptr));
    if (result && row.canonical) CHECK(*result == row.canonical);
  }
}

TEST_CASE("the default hosts are the loopback names and the listen addresses") {
  ServerOptions options;
  options.addresses = {"127.0.0.1", "192.0.2.1", "2001:db8::1"};
  auto const policy = detail::UpgradePolicy::make(options, 3000);
  REQUIRE(policy.has_value());
  for (auto const* host : {"localhost:3000", "127.0.0.1:3000", "[::1]:3000", "192.0.2.1:3000", "[2001:db8::1]:3000"}) {
    CAPTURE(host);
    CHECK(policy->accepts_host(host));
  }
  for (auto const* host : {"", "localhost", "localhost:300", "localhost:30000", "LOCALHOST:3000", "evil.test:3000"}) {
    CAPTURE(host);
    CHECK_FALSE(policy->accepts_host(host));
  }
  auto const on_80 = detail::UpgradePolicy::make(options, 80);
  REQUIRE(on_80.has_value());
  CHECK(on_80->accepts_host("localhost"));
  CHECK_FALSE(on_80->accepts_host("localhost:80"));
}

TEST_CASE("text of others is made fit for a log") {
  CHECK(log_text("plain 1234 text") == "plain 1234 text");
  CHECK(log_text("+34911234567!") == "+#!");
  CHECK(log_text("a\r\nb\x1b[31m\x7f") == "a??b?[31m?");
  CHECK(log_text("\xc3\xb1") == "??");
  CHECK(log_text(std::string(256, 'a')) == std::string(256, 'a'));
  CHECK(log_text(std::string(257, 'a')) == std::string(256, 'a') + "...");
}

namespace {

using Tickets = std::vector<std::shared_ptr<detail::ConnectionTicket>>;

// How many of `count` connections from the address find a place.
std::size_t admitted(detail::Admission& admission, char const* address, std::size_t count, Tickets& tickets) {
  std::size_t taken = 0;
  for (std::size_t i = 0; i < count; ++i) {
    auto ticket = admission.admit(boost::asio::ip::make_address(address));
    if (!ticket) continue;
    tickets.push_back(std::move(ticket));
    ++taken;
  }
  return taken;
}

}  // namespace

TEST_CASE("one address has so many connections that are no sessions, and no more") {
  auto const admission = detail::Admission::make({.per_address = 3}).value();
  Tickets tickets;
  CHECK(admitted(*admission, "203.0.113.7", 4, tickets) == 3);
  CHECK(admitted(*admission, "::ffff:203.0.113.7", 1, tickets) == 0);
  CHECK(admitted(*admission, "203.0.113.8", 4, tickets) == 3);
  // Sessions do not count, nor does what was closed.
  tickets[0]->authenticated();
  tickets[0]->authenticated();
  CHECK(admitted(*admission, "203.0.113.7", 2, tickets) == 1);
  tickets.erase(tickets.begin());
  CHECK(admitted(*admission, "203.0.113.7", 2, tickets) == 0);
  tickets.erase(tickets.begin());
  CHECK(admitted(*admission, "203.0.113.7", 2, tickets) == 1);
}

TEST_CASE("an IPv6 /64 is one address") {
  auto const admission = detail::Admission::make({.per_address = 2}).value();
  Tickets tickets;
  CHECK(admitted(*admission, "2001:db8:1:2::1", 1, tickets) == 1);
  CHECK(admitted(*admission, "2001:db8:1:2:ffff::1", 1, tickets) == 1);
  CHECK(admitted(*admission, "2001:db8:1:2::2", 1, tickets) == 0);
  CHECK(admitted(*admission, "2001:db8:1:3::1", 3, tickets) == 2);
}

TEST_CASE("loopback peers and trusted proxies are not bounded per address") {
  auto const admission =
      detail::Admission::make({.per_address = 1, .trusted_proxies = {"203.0.113.7", "2001:db8::7"}}).value();
  for (auto const* address :
       {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "203.0.113.7", "::ffff:203.0.113.7", "2001:db8::7"}) {
    CAPTURE(address);
    Tickets tickets;
    CHECK(admitted(*admission, address, 5, tickets) == 5);
  }
  for (auto const* address : {"203.0.113.8", "2001:db8::8"}) {
    CAPTURE(address);
    Tickets tickets;
    CHECK(admitted(*admission, address, 5, tickets) == 1);
  }
  CHECK(detail::Admission::make({.trusted_proxies = {"proxy.example.com"}}).error().code == Errc::invalid_argument);
  CHECK(detail::Admission::make({.trusted_proxies = {"10.0.0.0/8"}}).error().code == Errc::invalid_argument);
}

TEST_CASE("connections in all and those that are no sessions are bounded, whoever they are from") {
  auto const admission = detail::Admission::make({.total = 5, .unauthenticated = 3}).value();
  Tickets tickets;
  CHECK(admitted(*admission, "127.0.0.1", 2, tickets) == 2);
  CHECK(admitted(*admission, "203.0.113.7", 2, tickets) == 1);
  for (auto const& ticket : tickets) ticket->authenticated();
  CHECK(admitted(*admission, "203.0.113.7", 3, tickets) == 2);
  for (auto const& ticket : tickets) ticket->authenticated();
  CHECK(admitted(*admission, "203.0.113.8", 1, tickets) == 0);
  tickets.pop_back();
  CHECK(admitted(*admission, "203.0.113.8", 2, tickets) == 1);
}

TEST_CASE("tickets outlive the admission") {
  Tickets tickets;
  auto admission = detail::Admission::make({}).value();
  CHECK(admitted(*admission, "203.0.113.7", 2, tickets) == 2);
  admission.reset();
  tickets.front()->authenticated();
  tickets.clear();
}
