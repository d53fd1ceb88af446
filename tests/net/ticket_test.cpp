// Signed tickets: what is believed, and until when. Tokens of others are made here, by hand.
#include "support.hpp"
#include "support/base64url.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

using namespace flexcrm;
using namespace flexcrm::test;
using namespace std::chrono_literals;
using std::chrono::system_clock;

namespace {

std::string const key = "0123456789abcdef0123456789abcdef";
std::string const header = R"({"alg":"HS256","typ":"JWT"})";
system_clock::time_point const noon{std::chrono::seconds{1769860800}};  // 2026-01-31T12:00:00Z

// The one in docs/protocol.md, made by another implementation.
std::string const known =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
    "eyJhdWQiOiJmbGV4Y3JtIiwic3ViIjoiYW5uYSIsInJvbGUiOiJjcm0iLCJleHAiOjE3Njk4NjA4NjAsImluc3RhbmNlIjoiaS0xIn0."
    "KO0xOCvG2HfqcHCAaKijgHDKdwGTjXdD-fDICikJooY";

Ticket annas(Role role = Role::crm) { return {{"anna", role}, noon + 60s, {}}; }

TicketKeys keys(std::vector<std::string> secrets = {key}) { return TicketKeys::make(std::move(secrets)).value(); }

/// Signs whatever it is given.
std::string sign(std::string const& text, std::string const& secret = key) {
  std::array<unsigned char, 32> mac;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<unsigned char const*>(text.data()), text.size(), mac.data(), nullptr);
  return text + '.' + base64url(std::string{mac.begin(), mac.end()});
}

std::string token(std::string const& claims, std::string const& its_header = header) {
  return sign(base64url(its_header) + '.' + base64url(claims));
}

bool believed(std::string_view text, system_clock::time_point now = noon) {
  auto const ticket = keys().check(text, now);
  if (!ticket) CHECK(ticket.error() == make_error(Errc::unauthorized));  // and nothing more
  return ticket.has_value();
}

}  // namespace

TEST_CASE("a ticket is the same in every implementation") {
  Ticket const ticket{{"anna", Role::crm}, noon + 60s, "i-1"};
  CHECK(keys().issue(ticket) == known);
  auto const read = keys().check(known, noon);
  REQUIRE(read.has_value());
  CHECK(*read == ticket);
}

TEST_CASE("what was issued is read back") {
  for (auto const role : {Role::flex, Role::crm}) {
    for (std::string const agent : {"a", "anna@example.com", "\xc3\xb1\"\\\n", "1234567"}) {
      Ticket const ticket{{agent, role}, noon + 1s, agent};
      auto const read = keys().check(keys().issue(ticket), noon);
      REQUIRE(read.has_value());
      CHECK(*read == ticket);
    }
  }
}

TEST_CASE("a ticket is good until its last moment and not at the next") {
  auto const text = keys().issue(annas());
  CHECK(believed(text, noon + 60s - 1ns));
  CHECK_FALSE(believed(text, noon + 60s));
  CHECK_FALSE(believed(text, noon + 24h));
  // A fraction of a second is never in the holder's favour.
  auto const odd = keys().issue({{"anna", Role::crm}, noon + 60s + 999ms, {}});
  CHECK_FALSE(believed(odd, noon + 60s));
}

TEST_CASE("no byte of a ticket can be changed, left out or added") {
  auto const text = keys().issue(annas());
  REQUIRE(believed(text));
  for (std::size_t i = 0; i < text.size(); ++i) {
    CAPTURE(i);
    auto changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    CHECK_FALSE(believed(changed));
    CHECK_FALSE(believed(text.substr(0, i)));
    CHECK_FALSE(believed(text.substr(i + 1)));
  }
  for (auto const* more : {"=", ".", " ", "\n", "A"}) {
    CHECK_FALSE(believed(text + more));
    CHECK_FALSE(believed(more + text));
  }
}

TEST_CASE("the role of one ticket does not fit the signature of another") {
  auto const crm = keys().issue(annas(Role::crm));
  auto const flex = keys().issue(annas(Role::flex));
  auto const mac_of = [](std::string const& text) { return text.substr(text.rfind('.')); };
  CHECK_FALSE(believed(flex.substr(0, flex.rfind('.')) + mac_of(crm)));
}

TEST_CASE("tokens of another kind are refused, although a key signed them") {
  std::string const rest = R"("sub":"anna","role":"crm","exp":1769860860})";
  std::string const good = R"({"aud":"flexcrm",)" + rest;
  REQUIRE(believed(token(good)));
  REQUIRE(believed(token(R"({"iat":1,"nbf":1769860800,"jti":"x","aud":"flexcrm",)" + rest)));
  REQUIRE(believed(token(good, R"({"typ":"JWT","kid":"1","alg":"HS256"})")));

  for (std::string const bad_header :
       {R"({"alg":"none"})", R"({"alg":"hs256"})", R"({"alg":"HS384"})", R"({"alg":["HS256"]})", R"({"typ":"JWT"})",
        R"({"alg":"HS256","crit":["b64"],"b64":false})", R"(["HS256"])", "", "{"}) {
    CAPTURE(bad_header);
    CHECK_FALSE(believed(token(good, bad_header)));
  }
  for (std::string const& claims : {
           "{" + rest,  // no audience
           R"({"aud":"crm",)" + rest,
           R"({"aud":["flexcrm"],)" + rest,
           R"({"aud":"flexcrm","nbf":1769860801,)" + rest,
           R"({"aud":"flexcrm","nbf":"0",)" + rest,
           R"({"aud":"flexcrm","instance":"",)" + rest,
           R"({"aud":"flexcrm","instance":1,)" + rest,
           std::string{R"({"aud":"flexcrm","role":"crm","exp":1769860860})"},
           std::string{R"({"aud":"flexcrm","sub":"","role":"crm","exp":1769860860})"},
           std::string{R"({"aud":"flexcrm","sub":7,"role":"crm","exp":1769860860})"},
           std::string{R"({"aud":"flexcrm","sub":"anna","exp":1769860860})"},
           std::string{R"({"aud":"flexcrm","sub":"anna","role":"CRM","exp":1769860860})"},
           std::string{R"({"aud":"flexcrm","sub":"anna","role":"admin","exp":1769860860})"},
           std::string{R"({"aud":"flexcrm","sub":"anna","role":"crm"})"},
           std::string{R"({"aud":"flexcrm","sub":"anna","role":"crm","exp":"1769860860"})"},
           std::string{R"({"aud":"flexcrm","sub":"anna","role":"crm","exp":1769860860.5})"},
           std::string{R"({"aud":"flexcrm","sub":"anna","role":"crm","exp":-1})"},
           std::string{R"({"aud":"flexcrm","sub":"anna","role":"crm","exp":9000000001})"},
           std::string{R"({"aud":"flexcrm","sub":"anna","role":"crm","exp":1e300})"},
           std::string{R"([])"},
           std::string{R"(null)"},
           std::string{},
           good + " x",
       }) {
    CAPTURE(claims);
    CHECK_FALSE(believed(token(claims)));
  }
  for (auto const& odd : {
           sign(""),
           sign("."),
           sign(base64url(good)),
           sign(base64url(header) + '.' + base64url(good) + '.' + base64url(good)),
           sign(base64url(header) + "=." + base64url(good)),
           sign(base64url(header) + ". " + base64url(good)),
           sign(base64url(header) + '.' + base64url(good) + '\n'),
           sign(base64url(header) + ".!"),
       }) {
    CAPTURE(odd);
    CHECK_FALSE(believed(odd));
  }
}

TEST_CASE("garbage is no ticket") {
  for (std::string const text : {"", ".", "..", "...", "a.b.c", "null", "{}", "\xff\xfe", "Bearer x"}) {
    CAPTURE(text);
    CHECK_FALSE(believed(text));
  }
  CHECK_FALSE(believed(std::string(1 << 20, '.')));
  CHECK_FALSE(believed(std::string("a\0b.c", 5)));
}

TEST_CASE("a key can be replaced while tickets are out") {
  std::string const next = "fedcba9876543210fedcba9876543210";
  auto const old_ticket = keys().issue(annas());
  auto const rotated = keys({next, key});
  auto const new_ticket = rotated.issue(annas());
  CHECK(new_ticket != old_ticket);
  CHECK(rotated.check(old_ticket, noon).has_value());
  CHECK(rotated.check(new_ticket, noon).has_value());
  CHECK(keys({key, next}).check(new_ticket, noon).has_value());
  CHECK_FALSE(believed(new_ticket));  // the old key alone
  CHECK_FALSE(keys({next}).check(old_ticket, noon).has_value());
}

TEST_CASE("a key has 32 bytes or more") {
  CHECK(TicketKeys::make({std::string(32, 'k')}).has_value());
  CHECK(TicketKeys::make({std::string(1000, 'k')}).has_value());
  CHECK(TicketKeys::make({}).error().code == Errc::invalid_argument);
  CHECK(TicketKeys::make({std::string(31, 'k')}).error().code == Errc::invalid_argument);
  CHECK(TicketKeys::make({std::string(32, 'k'), std::string(31, 'k')}).error().code == Errc::invalid_argument);
}

TEST_CASE("authorize by ticket: agent, role and instance are those of the ticket") {
  auto moment = noon;
  auto const authorize = authorize_by_ticket(keys(), [&moment] { return moment; });
  Hello hello;
  hello.agent = "anna";
  hello.role = Role::crm;
  hello.instance = "i-1";
  HttpRequest const http;
  auto const refused = [&] {
    auto const identity = authorize(hello, http);
    return !identity && identity.error() == make_error(Errc::unauthorized);
  };
  CHECK(refused());  // no token
  hello.token = keys().issue(annas());
  CHECK(authorize(hello, http).value() == Identity{"anna", Role::crm});
  moment = noon + 60s;
  CHECK(refused());
  moment = noon;
  hello.role = Role::flex;
  CHECK(refused());
  hello.role = Role::crm;
  hello.agent = "Anna";
  CHECK(refused());
  hello.agent = "anna";
  hello.token = known;
  CHECK(authorize(hello, http).has_value());
  hello.instance = "i-2";
  CHECK(refused());
}

TEST_CASE("a server lets in whoever holds a ticket, and tells the others nothing") {
  Server server{server_options()};
  server.on_authorize(authorize_by_ticket(keys()));
  REQUIRE(server.start().has_value());
  auto options = client_options(server.port(), Role::flex);
  options.token = keys().issue({{"anna", Role::flex}, system_clock::now() + 1h, {}});
  TestClient flex{options};
  flex.open();

  for (std::string const& bad : {std::string{"x"}, keys().issue({{"anna", Role::flex}, noon, {}}),
                                 keys().issue({{"anna", Role::crm}, system_clock::now() + 1h, {}})}) {
    RawPeer peer{server.port()};
    peer.upgrade(server.port());
    peer.send_frame(R"({"jsonrpc":"2.0","id":"hello","method":"Hello","params":{"role":"flex","protocolMin":1,)"
                    R"("protocolMax":1,"agent":"anna","instance":"x","token":")" +
                    bad + R"("}})");
    CHECK(
        peer.read_text() ==
        R"({"jsonrpc":"2.0","id":"hello","error":{"code":-32001,"message":"unauthorized","data":{"reason":"unauthorized"}}})");
    CHECK(peer.read_close() == 1000);
  }
}

TEST_CASE("authorize locally: what Hello asks, from this machine alone") {
  auto const authorize = authorize_local();
  Hello hello;
  hello.agent = "anna";
  hello.role = Role::flex;
  HttpRequest http;
  CHECK(authorize(hello, http).error() == make_error(Errc::unauthorized));
  http.local = true;
  CHECK(authorize(hello, http).value() == Identity{"anna", Role::flex});
}
