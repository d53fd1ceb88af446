#include "parts.hpp"

#include <doctest/doctest.h>

using namespace flexcrm;
using namespace flexcrm::test;

namespace {

constexpr auto task_sid = "WT00000000000000000000000000000001";

void ring(Parts& parts, std::string const& agent) {
  parts.calls.heard(
      agent,
      TaskChanged{.task_sid = task_sid,
                  .status = TaskStatus::offered,
                  .at = std::chrono::sys_days{std::chrono::January / 31 / 2026},
                  .channel = Channel::voice,
                  .attributes = Attributes::from_text(R"({"direction":"inbound","from":"+34600000017"})").value()});
}

}  // namespace

TEST_CASE("every route of the API needs sign-in, its method and JSON") {
  DatabaseFile const file;
  Parts parts{file.path()};
  ring(parts, "alice");
  auto const call = std::string{"/api/calls/"} + task_sid;
  struct Route {
    std::string method, target, body;
    unsigned good;
  };
  std::vector<Route> const routes{
      {"GET", "/api/config", "", 200},
      {"GET", "/api/contacts", "", 200},
      {"GET", "/api/contacts?search=ana", "", 200},
      {"GET", "/api/contacts/C-1001", "", 200},
      {"GET", "/api/contacts/C-9", "", 404},
      {"GET", "/api/contacts/", "", 404},
      {"GET", "/api/contacts/C-1001/x", "", 404},
      {"POST", "/api/contacts", R"({"firstName":"Zoe","lastName":"Ng","phone":"+442079460999"})", 201},
      {"POST", "/api/contacts", R"({"firstName":"Zoe","lastName":"Ng","phone":"0999"})", 400},
      {"POST", "/api/contacts", "[]", 400},
      {"POST", "/api/contacts/C-1001", "{}", 404},
      {"POST", "/api/number", R"({"text":"600 00 00 17","region":"ES"})", 200},
      {"POST", "/api/number", R"({"text":"600 00 00 17","region":"Spain"})", 400},
      {"POST", "/api/number", R"({"text":7})", 400},
      {"GET", "/api/number", "", 405},
      {"POST", "/api/numbers", R"({"numbers":["+34600000017"]})", 200},
      {"POST", "/api/numbers", R"({"numbers":"+34600000017"})", 400},
      {"GET", "/api/numbers", "", 405},
      {"POST", "/api/customer", R"({"attributes":{}})", 200},
      {"POST", "/api/customer", "null", 400},
      {"GET", "/api/customer", "", 405},
      {"POST", "/api/ticket", R"({"role":"flex"})", 200},
      {"POST", "/api/ticket", "{", 400},
      {"GET", "/api/ticket", "", 405},
      {"GET", "/api/calls", "", 200},
      {"POST", "/api/calls", "{}", 405},
      {"GET", call, "", 200},
      {"GET", "/api/calls/WT9", "", 404},
      {"POST", call, R"({"revision":1})", 200},
      {"POST", call, R"({"revision":1})", 409},
      {"POST", call, R"({"revision":0})", 400},
      {"POST", "/api/calls/WT9", R"({"revision":1})", 404},
      {"POST", "/api/config", "{}", 405},
      {"GET", "/api/", "", 404},
      {"POST", "/api/nothing", "{}", 404},
  };
  for (auto const& route : routes) {
    CAPTURE(route.method);
    CAPTURE(route.target);
    auto const ask = [&](std::string const& method, std::string type) {
      return parts
          .answer({.method = method, .target = route.target, .content_type = std::move(type), .body = route.body})
          .status;
    };
    parts.cookie.clear();
    CHECK(ask(route.method, "application/json") == 401);
    parts.sign_in_as("alice");
    for (auto const* type : {"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
                             "application/jsonp", "text/json"})
      if (route.method == "POST") CHECK(ask("POST", type) == 415);
    for (auto const* method : {"PUT", "DELETE", "OPTIONS", "PATCH"}) CHECK(ask(method, "application/json") == 405);
    CHECK(ask(route.method, route.method == "POST" ? "Application/JSON ; charset=utf-8" : "") == route.good);
  }
}

TEST_CASE("every answer forbids to store, to sniff and to frame") {
  DatabaseFile const file;
  Parts parts{file.path(), {"alice"}};
  parts.options.framed_by = {"https://desk.example"};
  for (auto const* target :
       {"/crm.html", "/login", "/api/contacts", "/nothing", "/flex/index.html", "/flexcrm/js/codec.js"}) {
    CAPTURE(target);
    auto const response = parts.get(target);
    CHECK(Parts::header_of(response, "Cache-Control") == "no-store");
    CHECK(Parts::header_of(response, "X-Content-Type-Options") == "nosniff");
    CHECK(Parts::header_of(response, "Referrer-Policy") == "no-referrer");
    auto const policy = Parts::header_of(response, "Content-Security-Policy");
    auto const ancestors = std::string_view{target}.starts_with("/flex/")
                               ? "frame-ancestors 'self' http://localhost:3000 https://desk.example"
                               : "frame-ancestors 'self' https://desk.example;";
    CHECK(policy.find(ancestors) != std::string::npos);
  }
}

TEST_CASE("with a certificate every address is https or wss") {
  DatabaseFile const file;
  Parts parts{file.path(), {"alice"}};
  parts.options.certificate = "crm.pem";
  for (auto const* target : {"/", "/api/config", "/flex/appConfig.js", "/crm.html"}) {
    auto const response = parts.get(target);
    std::string all = response.body;
    if (std::string_view{target} == "/crm.html") all.clear();
    for (auto const& [name, value] : response.headers) all += name + ": " + value + "\n";
    CHECK_MESSAGE(all.find("http://") == std::string::npos, all);
    CHECK_MESSAGE(all.find("ws://") == std::string::npos, all);
  }
  CHECK(Parts::header_of(parts.get("/"), "Location") == "https://localhost:3000/crm.html");
  CHECK(Parts::header_of(parts.get("/crm.html"), "Set-Cookie").ends_with("; Secure"));
}

TEST_CASE("the page is told where Flex is and what there is") {
  DatabaseFile const file;
  Parts parts{file.path()};
  parts.sign_in_as("alice");
  parts.options.region = "ES";
  auto config = json_of(parts.get("/api/config")).as_object();
  CHECK(config.at("regions").as_array().size() > 200);
  config.erase("regions");
  CHECK(
      config ==
      boost::json::parse(
          R"({"agent":"alice","agents":["alice","bob"],"flexUrl":"http://127.0.0.1:3000/flex/","flexOrigin":"http://127.0.0.1:3000",
                               "flexTab":false,"bare":false,"dialDefaults":{},"region":"ES","supervisor":false,"inspector":false})"));
}

TEST_CASE("contacts are searched, opened with their calls, and added") {
  DatabaseFile const file;
  Parts parts{file.path()};
  parts.sign_in_as("alice");
  ring(parts, "bob");
  auto const all = json_of(parts.get("/api/contacts"));
  CHECK(all.at("contacts").as_array().size() == 15);
  CHECK(all.at("total") == 15);
  auto const found = json_of(parts.get("/api/contacts?x=1&search=Sof%C3%ADa+hern"));
  CHECK(found.at("total") == 1);
  CHECK(found.at("contacts").at(0).at("id") == "C-1005");
  CHECK(json_of(parts.get("/api/contacts?search=%25")).at("total") == 0);
  CHECK(json_of(parts.get("/api/contacts?search")).at("total") == 15);
  CHECK(json_of(parts.get("/api/contacts?search=%ff%00")).at("total") == 0);

  // Everybody sees with whom a customer spoke.
  auto const ana = json_of(parts.get("/api/contacts/C-1001"));
  CHECK(ana.at("contact").at("firstName") == "Ana");
  REQUIRE(ana.at("calls").as_array().size() == 1);
  CHECK(ana.at("calls").at(0).at("agent") == "bob");

  crm::Contact person;
  person.phone = "+442079460998";
  for (int i = 0; i < 250; ++i) parts.contacts.add(person);
  auto const many = json_of(parts.get("/api/contacts"));
  CHECK(many.at("contacts").as_array().size() == 200);
  CHECK(many.at("total") == 265);
  auto const refused = parts.post("/api/contacts", R"({"firstName":"<b>","lastName":"Ng","phone":"<script>"})");
  CHECK(refused.body == R"({"error":"letters","field":"phone"})");
}

TEST_CASE("who a task is about: one, several, nobody, or what the task itself says") {
  DatabaseFile const file;
  Parts parts{file.path(), {"alice"}};
  auto const ask = [&](std::string task) { return json_of(parts.post("/api/customer", std::move(task))); };
  CHECK(ask(R"({"attributes":{"from":"+34600000017"}})").at("customer").at("firstName") == "Ana");
  CHECK(ask(R"({"attributes":{"from":"+34600000017","customer_id":"C-1002"}})").at("customer").at("firstName") ==
        "James");
  CHECK(ask(R"({"attributes":{"direction":"outbound","from":"+34600000017","outbound_to":"whatsapp:+14155550134"}})")
            .at("customer")
            .at("firstName") == "Priya");
  auto const several = ask(R"({"attributes":{"from":"+442079460123"}})");
  CHECK(several.at("kind") == "several");
  CHECK(several.at("number") == "+442079460123");
  CHECK(several.at("customers").as_array().size() == 3);
  CHECK(ask(R"({"customer":{"id":"C-1014"},"attributes":{"from":"+442079460123"}})").at("customer").at("firstName") ==
        "Harriet");
  CHECK(ask(R"({"attributes":{"from":"+34999999999"}})") ==
        boost::json::parse(R"({"kind":"unknown","number":"+34999999999"})"));
  CHECK(ask("{}") == boost::json::parse(R"({"kind":"unknown","number":null})"));
  CHECK(ask(R"({"attributes":{"account_data":{"first_name":"A","img_src":"/x.png"}}})") ==
        boost::json::parse(R"({"kind":"account","firstName":"A","lastName":"","portrait":"/x.png"})"));
  parts.options.bare = true;
  CHECK(ask("{}") == boost::json::parse(R"({"kind":"none"})"));
}

TEST_CASE("an agent writes about calls of her own, each time with a greater revision") {
  DatabaseFile const file;
  Parts parts{file.path()};
  ring(parts, "alice");
  auto const target = std::string{"/api/calls/"} + task_sid;
  parts.sign_in_as("bob");
  CHECK(parts.get(target).status == 404);
  CHECK(parts.post(target, R"({"revision":1,"notes":"not mine"})").status == 404);
  CHECK(json_of(parts.get("/api/calls")).at("calls").as_array().empty());

  parts.sign_in_as("alice");
  CHECK(json_of(parts.get("/api/calls")).at("calls").as_array().size() == 1);
  auto const written = parts.post(
      target, R"({"revision":1,"notes":"calls back on Monday","disposition":"follow-up","contactId":"C-1002"})");
  CHECK(written.status == 200);
  auto const call = json_of(written).at("call");
  CHECK(call.at("contactName") == "James Whitfield");
  CHECK(call.at("disposition") == "follow-up");
  CHECK(call.at("revision") == 1);
  auto const conflict = parts.post(target, R"({"revision":1,"notes":"another"})");
  CHECK(conflict.status == 409);
  CHECK(json_of(conflict).at("call") == call);
  // What is not said stays, and null empties it.
  CHECK(json_of(parts.post(target, R"({"revision":2,"disposition":null})")).at("call").at("notes") ==
        "calls back on Monday");
  CHECK(json_of(parts.get(target)).at("call").at("disposition").is_null());

  auto const longest = [](std::size_t bytes) { return '"' + std::string(bytes, 'x') + '"'; };
  CHECK(parts.post(target, R"({"revision":3,"notes":)" + longest(8192) + R"(,"disposition":)" + longest(64) + "}")
            .status == 200);
  struct Case {
    std::string member, value;
  };
  for (auto const& [member, value] : {Case{"notes", longest(8193)}, Case{"disposition", longest(65)},
                                      Case{"notes", "1"}, Case{"contactId", "\"C-9\""}, Case{"contactId", "{}"}}) {
    auto const refused = parts.post(target, R"({"revision":9,")" + member + "\":" + value + "}");
    CHECK(refused.status == 400);
    CHECK(json_of(refused).at("field") == boost::json::string{member});
  }
  for (auto const* revision : {"-1", "1.5", "\"4\"", "null", "9007199254740992", "1e300"})
    CHECK(json_of(parts.post(target, R"({"revision":)" + std::string{revision} + "}")).at("field") == "revision");
  CHECK(json_of(parts.get(target)).at("call").at("revision") == 3);
}

TEST_CASE("what somebody types is read as her country writes it, and only a press of the button is written down") {
  DatabaseFile const file;
  Parts parts{file.path(), {"alice"}};
  auto const ask = [&](std::string body) { return json_of(parts.post("/api/number", std::move(body))); };
  auto const read = ask(R"({"text":" 612 34.56-78 ","region":"ES"})").at("number");
  CHECK(read.at("e164") == "+34612345678");
  CHECK(read.at("international") == "+34 612 34 56 78");
  CHECK(read.at("national") == "612 34 56 78");
  CHECK(read.at("region") == "ES");
  CHECK(read.at("type") == "mobile");
  CHECK(ask(R"({"text":"(415) 555-2671","region":"US"})").at("number").at("e164") == "+14155552671");
  CHECK(ask(R"({"text":"612345678"})") == boost::json::parse(R"({"problem":"no_region"})"));
  CHECK(ask(R"({"text":"","region":"ES"})") == boost::json::parse(R"({"problem":"empty"})"));
  CHECK(parts.audit.csv({}, 10).csv.find("no_region") == std::string::npos);
  CHECK(ask(R"({"text":"612345678","dial":true,"contactId":"C-1001"})").at("problem") == "no_region");
  auto const csv = parts.audit.csv({}, 10).csv;
  CHECK(csv.find(",alice,api,612345678,C-1001,refused,refused,no_region,") != std::string::npos);
}

TEST_CASE("how numbers are shown: what is none is left out") {
  DatabaseFile const file;
  Parts parts{file.path(), {"alice"}};
  CHECK(json_of(parts.post(
            "/api/numbers",
            R"({"numbers":["+34600000017","+14155550134","600000017","anonymous",7,null,"+34 600 000 017"]})")) ==
        boost::json::parse(
            R"({"numbers":{"+34600000017":{"national":"600 00 00 17","international":"+34 600 00 00 17","region":"ES"},
                               "+14155550134":{"national":"(415) 555-0134","international":"+1 415-555-0134","region":"US"}}})"));
  boost::json::array many;
  for (int i = 0; i < 401; ++i) many.emplace_back("+34600000017");
  CHECK(parts.post("/api/numbers", boost::json::serialize(boost::json::object{{"numbers", many}})).status == 400);
}

TEST_CASE("before anybody dials the page knows which rule refuses, and what every rule says") {
  DatabaseFile const file;
  Parts parts{file.path(), {"alice"}};
  auto const ask = [&](std::string text) {
    return json_of(
        parts.post("/api/number", boost::json::serialize(boost::json::object{{"text", text}, {"region", "ES"}})));
  };
  auto const good = ask("612 34 56 78");
  CHECK(good.at("refusal").is_null());
  REQUIRE(good.at("rules").as_array().size() > 5);
  for (auto const& rule : good.at("rules").as_array()) {
    CHECK(rule.at("verdict") != "refuses");
    CHECK_FALSE(rule.at("sentence").as_string().empty());
  }
  CHECK(ask("803 11 11 11").at("refusal").at("reason") == "premium_number");
  CHECK(ask("+55 11 91234 5678").at("refusal").at("reason") == "region_not_allowed");
  CHECK(ask("+44 7700 900142").at("refusal").is_null());  // kept for films, and among the prefixes
  // To look is not to dial: the limits of an agent are not used up by it.
  for (int i = 0; i < 100; ++i) CHECK(ask("612 34 56 78").at("refusal").is_null());
}

TEST_CASE("every contact of the example may be called by its policy") {
  DatabaseFile const file;
  Parts parts{file.path(), {"alice"}};
  for (auto const& contact : parts.contacts.search({}, 100)) {
    CAPTURE(contact.phone);
    auto const answer = parts.post("/api/number", boost::json::serialize(boost::json::object{{"text", contact.phone}}));
    CHECK(json_of(answer).at("refusal").is_null());
    CHECK(is_phone_region(contact.region));
  }
}

TEST_CASE("what the policy fills in is told, since it is not missing in Flex") {
  DatabaseFile const file;
  Parts parts{file.path(), {"alice"}};
  auto const queue = "WQ" + std::string(32, '1');
  REQUIRE(parts.policy
              .reload(R"({"version":1,"callerIds":["+34600000001"],"defaultCallerId":"+34600000001","queues":[")" +
                      queue + R"("],"defaultQueue":")" + queue + "\"}")
              .has_value());
  CHECK(json_of(parts.get("/api/config")).at("dialDefaults") ==
        boost::json::value{{"callerId", "+34600000001"}, {"queueSid", queue}});
}
