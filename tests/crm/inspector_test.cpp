// What the inspector keeps: each agent's newest frames, and no more than there is room for.
#include "parts.hpp"

#include <doctest/doctest.h>

using namespace flexcrm;
using namespace flexcrm::test;

namespace {

void add(crm::Inspector& inspector, std::string const& agent, std::string_view text) {
  inspector.add({agent, Role::flex, 7, FrameDirection::from_client, text});
}

/// The numbers of the frames that a page is told.
std::vector<std::int64_t> numbers(boost::json::object const& told) {
  std::vector<std::int64_t> found;
  for (auto const& frame : told.at("frames").as_array()) found.push_back(frame.at("number").to_number<std::int64_t>());
  return found;
}

}  // namespace

TEST_CASE("a page is told what it has not seen, of its own agent") {
  crm::Inspector inspector;
  for (auto const* text : {"{\"a\":1}", "{\"a\":2}", "{\"a\":3}"}) add(inspector, "alice", text);
  inspector.add({"bob", Role::crm, 8, FrameDirection::to_client, "{\"b\":1}"});

  auto const all = inspector.after("alice", "0");
  CHECK(numbers(all) == std::vector<std::int64_t>{1, 2, 3});
  CHECK(all.at("agent") == "alice");
  auto const& frame = all.at("frames").at(0).as_object();
  CHECK(frame.at("text") == "{\"a\":1}");
  CHECK(frame.at("role") == "flex");
  CHECK(frame.at("direction") == "in");
  CHECK(frame.at("session") == 7);
  CHECK(numbers(inspector.after("alice", "2")) == std::vector<std::int64_t>{3});
  // Of another run of the server, or no number at all.
  CHECK(numbers(inspector.after("alice", "3")).empty());
  CHECK(numbers(inspector.after("alice", "18446744073709551615")).empty());
  for (auto const* nonsense : {"", "-1", "x", "99999999999999999999999"})
    CHECK(numbers(inspector.after("alice", nonsense)).size() == 3);

  auto const bobs = inspector.after("bob", "");
  CHECK(numbers(bobs) == std::vector<std::int64_t>{1});
  CHECK(bobs.at("frames").at(0).at("role") == "crm");
  CHECK(bobs.at("frames").at(0).at("direction") == "out");
  CHECK(numbers(inspector.after("carol", "0")).empty());
}

TEST_CASE("the oldest frames make room, by their number and by their bytes") {
  crm::Inspector inspector;
  for (int i = 0; i < 501; ++i) add(inspector, "alice", "{}");
  auto told = inspector.after("alice", "0");
  CHECK(told.at("first") == 2);
  CHECK(numbers(told).size() == 500);
  CHECK(numbers(told).front() == 2);

  std::string const large(64 * 1024, 'x');
  for (int i = 0; i < 32; ++i) add(inspector, "alice", large);  // exactly 2 MiB
  told = inspector.after("alice", "0");
  CHECK(numbers(told).size() == 32);
  add(inspector, "alice", "y");
  CHECK(numbers(inspector.after("alice", "0")).size() == 32);
  CHECK(inspector.after("alice", "0").at("first") == 503);
}

TEST_CASE("without --inspector there is nothing, and with it only for who is signed in") {
  DatabaseFile const file;
  Parts parts{file.path()};
  parts.sign_in_as("alice");
  add(parts.inspector, "alice", "{\"a\":1}");
  add(parts.inspector, "bob", "{\"b\":1}");
  for (auto const* target : {"/inspector.html", "/inspector.js", "/inspector.css", "/inspector_frames.js",
                             "/api/inspector", "/api/inspector?after=0"}) {
    CAPTURE(target);
    parts.options.inspector = false;
    CHECK(parts.get(target).status == 404);
    parts.options.inspector = true;
    CHECK(parts.get(target).status == 200);
  }
  auto const told = parts.get("/api/inspector?after=0").body;
  CHECK(told.find(R"(\"a\")") != std::string::npos);
  CHECK(told.find(R"(\"b\")") == std::string::npos);
  parts.cookie.clear();
  CHECK(parts.get("/api/inspector?after=0").status == 401);
}
