#include "parts.hpp"

#include <doctest/doctest.h>

using namespace flexcrm;
using namespace flexcrm::test;
using namespace std::chrono_literals;

namespace {

/// A browser's Hello over an upgrade request from this machine.
Result<Identity> hello(Parts const& parts, std::string const& token, Identity const& asked,
                       std::string instance = "i-1") {
  Hello const message{.role = asked.role, .agent = asked.agent, .instance = std::move(instance), .token = token};
  HttpRequest const request{.origin = "http://localhost:3000", .local = true};
  return parts.sign_in.authorize(message, request);
}

bool is_who_asked(Result<Identity> const& result, Identity const& asked) { return result && *result == asked; }
bool is_unauthorized(Result<Identity> const& result) {
  return !result && result.error() == make_error(Errc::unauthorized);
}

}  // namespace

TEST_CASE("a cookie is found by its exact name, whatever stands beside it") {
  using crm::cookie_value;
  CHECK(cookie_value("flexcrm_session=a.b", "flexcrm_session") == "a.b");
  CHECK(cookie_value("x=1; flexcrm_session=a.b; y=2", "flexcrm_session") == "a.b");
  CHECK(cookie_value("x=1;flexcrm_session=a=b", "flexcrm_session") == "a=b");
  CHECK(cookie_value("  flexcrm_session=a\t ; y", "flexcrm_session") == "a");
  CHECK(cookie_value("flexcrm_session=a; flexcrm_session=b", "flexcrm_session") == "a");
  for (auto const* header :
       {"", ";", ";;=", "flexcrm_session", "flexcrm_session;", "xflexcrm_session=a", "flexcrm_sessio=a",
        "Flexcrm_session=a", "flexcrm_session =a", "flexcrm_session=", "x=flexcrm_session=a"})
    CHECK_MESSAGE(cookie_value(header, "flexcrm_session").empty(), header);
}

TEST_CASE("an agent signs in by name, is known by the cookie for twelve hours, and signs out") {
  DatabaseFile const file;
  Parts parts{file.path()};
  CHECK(json_of(parts.get("/api/agents")) == boost::json::parse(R"({"agents":["alice","bob"]})"));
  CHECK(parts.get("/api/config").status == 401);
  CHECK(parts.get("/api/config").body == R"({"error":"signed_out"})");
  CHECK(Parts::header_of(parts.get("/crm.html"), "Location") == "/login");
  CHECK(parts.get("/login").status == 200);

  auto const signed_in = parts.post("/login", R"({"agent":"bob"})");
  CHECK(signed_in.status == 204);
  auto const cookie = Parts::header_of(signed_in, "Set-Cookie");
  CHECK(cookie.ends_with("; HttpOnly; SameSite=Lax; Path=/; Max-Age=43200"));
  parts.sign_in_as("bob");
  CHECK(json_of(parts.get("/api/config")).at("agent") == "bob");
  CHECK(parts.get("/crm.html").status == 200);
  parts.now += 12h - 1s;
  CHECK(parts.get("/api/config").status == 200);
  parts.now += 1s;
  CHECK(parts.get("/api/config").status == 401);

  auto const out = parts.post("/logout", "{}");
  CHECK(out.status == 204);
  CHECK(Parts::header_of(out, "Set-Cookie") == "flexcrm_session=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0");

  for (auto const* body :
       {R"({"agent":"mallory"})", R"({"agent":""})", R"({"agent":["alice"]})", R"({})", "alice", ""}) {
    CAPTURE(body);
    auto const refused = parts.post("/login", body);
    CHECK(refused.status == 400);
    CHECK(refused.body == R"({"error":"unknown_agent","field":"agent"})");
    CHECK(Parts::header_of(refused, "Set-Cookie").empty());
  }
}

TEST_CASE("a restarted program still knows everybody, and one with another database nobody") {
  DatabaseFile const file;
  std::string cookie;
  {
    Parts parts{file.path()};
    parts.sign_in_as("alice");
    cookie = parts.cookie;
  }
  {
    Parts parts{file.path()};
    parts.cookie = cookie;
    CHECK(json_of(parts.get("/api/config")).at("agent") == "alice");
    // An agent who is on the list no more.
    parts.options.agents = {"bob", "carol"};
    CHECK(parts.get("/api/config").status == 401);
  }
  Parts parts{file.path() + ".other"};
  parts.cookie = cookie;
  CHECK(parts.get("/api/config").status == 401);
}

TEST_CASE("with one agent there is nothing to choose") {
  DatabaseFile const file;
  Parts parts{file.path(), {"alice"}};
  CHECK(json_of(parts.get("/api/config")).at("agent") == "alice");
  auto const page = parts.get("/crm.html");
  CHECK(page.status == 200);
  CHECK(Parts::header_of(page, "Set-Cookie").starts_with("flexcrm_session="));
  parts.sign_in_as("alice");
  CHECK(Parts::header_of(parts.get("/crm.html"), "Set-Cookie").empty());
  CHECK(parts.get("/flex/").status == 200);
}

TEST_CASE("nobody is signed in from elsewhere, unless a proxy on this machine is said to know whom it lets in") {
  DatabaseFile const file;
  Parts parts{file.path(), {"alice"}};
  parts.sign_in_as("alice");
  parts.proxied = true;
  for (auto const* target : {"/api/config", "/api/agents", "/api/contacts"}) CHECK(parts.get(target).status == 401);
  CHECK(parts.post("/login", R"({"agent":"alice"})").status == 401);
  CHECK(parts.post("/api/ticket", R"({"role":"crm"})").status == 401);
  parts.options.behind_proxy = true;
  CHECK(parts.get("/api/config").status == 200);
  CHECK_FALSE(Parts::header_of(parts.post("/login", R"({"agent":"alice"})"), "Set-Cookie").ends_with("; Secure"));
  auto const over_https = parts.answer({.method = "POST",
                                        .target = "/login",
                                        .content_type = "application/json",
                                        .headers = {{"x-forwarded-proto", "https"}},
                                        .body = R"({"agent":"alice"})"});
  CHECK(Parts::header_of(over_https, "Set-Cookie").ends_with("; Secure"));
}

TEST_CASE("Flex in a tab of its own signs in too, and nothing but two pages can come after it") {
  DatabaseFile const file;
  Parts parts{file.path()};
  auto const flex = [&](std::string dest) {
    return parts.answer({.method = "GET",
                         .target = "/flex/",
                         .host = "127.0.0.1:3000",
                         .headers = {{"sec-fetch-dest", std::move(dest)}}});
  };
  CHECK(Parts::header_of(flex("document"), "Location") == "/login?next=/flex/");
  CHECK(flex("iframe").status == 200);
  auto const login = [&](std::string target) {
    return parts.answer({.method = "GET", .target = std::move(target), .host = "127.0.0.1:3000"});
  };
  // Its cookie belongs to 127.0.0.1; the CRM page's to localhost.
  CHECK(login("/login?next=/flex/").status == 200);
  CHECK(login("/login?next=%2Fflex%2F").status == 200);
  for (auto const* target :
       {"/login", "/login?next=/crm.html", "/login?next=https://evil.example/", "/login?next=//evil.example"})
    CHECK(Parts::header_of(login(target), "Location") == "http://localhost:3000/login");

  auto const config = [&] { return parts.get("/flex/appConfig.js").body; };
  CHECK(config().find("\"agent\"") == std::string::npos);
  parts.sign_in_as("bob");
  CHECK(config().find("\"agent\":\"bob\"") != std::string::npos);
  CHECK(flex("document").status == 200);
  // Any page may load it as a script: it has the way to a ticket, and no ticket.
  CHECK(config().find("eyJ") == std::string::npos);
  CHECK(config().find("/api/ticket") != std::string::npos);
}

TEST_CASE("a ticket opens a session of its agent and role, for a minute") {
  DatabaseFile const file;
  Parts parts{file.path()};
  CHECK(parts.post("/api/ticket", R"({"role":"crm"})").status == 401);
  parts.sign_in_as("alice");
  for (auto const role : {Role::crm, Role::flex}) {
    std::string const word{enum_words(role)[static_cast<std::size_t>(role)]};
    auto const other = role == Role::crm ? Role::flex : Role::crm;
    auto const token = boost::json::value_to<std::string>(
        json_of(parts.post("/api/ticket", R"({"role":")" + word + "\"}")).at("token"));
    CHECK(is_who_asked(hello(parts, token, {"alice", role}), {"alice", role}));
    CHECK(is_unauthorized(hello(parts, token, {"alice", other})));
    CHECK(is_unauthorized(hello(parts, token, {"bob", role})));
    CHECK(is_unauthorized(hello(parts, token + "x", {"alice", role})));
    CHECK(is_unauthorized(hello(parts, "", {"alice", role})));
    auto const before = parts.now;
    parts.now += 59s;
    CHECK(hello(parts, token, {"alice", role}).has_value());
    parts.now += 1s;
    CHECK(is_unauthorized(hello(parts, token, {"alice", role})));
    parts.now = before;
  }
  for (auto const* body : {R"({"role":"admin"})", R"({"role":1})", "{}"})
    CHECK(parts.post("/api/ticket", body).status == 400);
}

TEST_CASE("a ticket is no cookie and a cookie is no ticket") {
  DatabaseFile const file;
  Parts parts{file.path()};
  parts.sign_in_as("alice");
  auto const cookie = parts.cookie.substr(parts.cookie.find('=') + 1);
  for (auto const* instance : {"i-1", "sign-in"})
    for (auto const role : {Role::crm, Role::flex})
      CHECK(is_unauthorized(hello(parts, cookie, {"alice", role}, instance)));
  for (auto const role : {Role::crm, Role::flex}) {
    parts.cookie = "flexcrm_session=" + parts.sign_in.ticket("alice", role);
    CHECK(parts.get("/api/config").status == 401);
    CHECK(Parts::header_of(parts.get("/crm.html"), "Location") == "/login");
  }
}

TEST_CASE("a program on this machine needs no ticket; one elsewhere and a browser do") {
  DatabaseFile const file;
  Parts parts{file.path()};
  Hello const message{.role = Role::flex, .agent = "alice", .instance = "i-1"};
  CHECK(is_who_asked(parts.sign_in.authorize(message, {.local = true}), {"alice", Role::flex}));
  CHECK(is_unauthorized(
      parts.sign_in.authorize({.role = Role::flex, .agent = "mallory", .instance = "i-1"}, {.local = true})));
  CHECK(is_unauthorized(parts.sign_in.authorize(message, {.origin = "http://localhost:3000", .local = true})));
  CHECK(is_unauthorized(parts.sign_in.authorize(message, {.local = false})));
  parts.options.behind_proxy = true;
  CHECK(is_unauthorized(parts.sign_in.authorize(message, {.local = false})));
  auto with_ticket = message;
  with_ticket.token = parts.sign_in.ticket("alice", Role::flex);
  CHECK(parts.sign_in.authorize(with_ticket, {.local = false}).has_value());
}
