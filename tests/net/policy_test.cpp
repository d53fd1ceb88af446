// What the sockets' tests cannot reach: the text rules by themselves.
#include "support.hpp"

#include "transport/upgrade.hpp"

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
  for (auto const* host :
       {"localhost:3000", "127.0.0.1:3000", "[::1]:3000", "192.0.2.1:3000", "[2001:db8::1]:3000"}) {
    CAPTURE(host);
    CHECK(policy->accepts_host(host));
  }
  for (auto const* host :
       {"", "localhost", "localhost:300", "localhost:30000", "LOCALHOST:3000", "evil.test:3000"}) {
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
