#include "parts.hpp"

#include "retention.hpp"

#include <doctest/doctest.h>

using namespace flexcrm;
using namespace flexcrm::test;
using namespace std::chrono_literals;

namespace {

DialRequest dial(std::string id, std::string number = "+34600000017") {
  return {.destination = std::move(number), .dial_id = std::move(id), .customer = DialCustomer{.id = "C-1001"}};
}

/// The lines of a CSV without its header; none of its cells here has a line break.
std::vector<std::string> lines(std::string const& csv) {
  std::vector<std::string> found;
  for (std::size_t from = csv.find("\r\n") + 2; from < csv.size();) {
    auto const to = csv.find("\r\n", from);
    found.push_back(csv.substr(from, to - from));
    from = to + 2;
  }
  return found;
}

std::int64_t count(crm::Database const& database, std::string const& table) {
  auto query = database.prepare("SELECT count(*) FROM " + table);
  query.step();
  return query.integer(0);
}

}  // namespace

TEST_CASE("a dial that was placed: who, when, whom, what became of it, and its call") {
  DatabaseFile const file;
  Parts parts{file.path()};
  parts.audit.allowed("alice", dial("d-1"));
  CHECK(
      lines(parts.audit.csv({}, 10).csv) ==
      std::vector<std::string>{"1,2026-01-31T00:00:00.000Z,alice,session,tel:+34600000017,C-1001,allowed,open,,,,,,"});
  parts.now += 1500ms;
  parts.audit.dialled("alice", dial("d-1"), DialResult{.destination = "+34600000017", .task_sid = sid("WT", 1)});
  CallChanged call{.task_sid = sid("WT", 1), .state = CallState::dialing, .at = Timestamp{1s}, .dial_id = "d-1"};
  parts.audit.heard("alice", call);  // it has no SID yet
  call.call_sid = sid("CA", 2);
  parts.audit.heard("alice", call);
  call.call_sid = sid("CA", 3);
  parts.audit.heard("alice", call);
  parts.audit.heard("bob", call);
  auto const csv = parts.audit.csv({}, 10).csv;
  CHECK(csv.starts_with(
      "id,at,agent,issuer,number,contact,verdict,outcome,reason,detail,ended,task_sid,call_sid,skipped\r\n"));
  CHECK(
      lines(csv) ==
      std::vector<std::string>{
          "1,2026-01-31T00:00:00.000Z,alice,session,tel:+34600000017,C-1001,allowed,placed,,,2026-01-31T00:00:01.500Z," +
          sid("WT", 1) + "," + sid("CA", 2) + ","});
}

TEST_CASE("every way in which a dial comes to nothing has a row") {
  DatabaseFile const file;
  Parts parts{file.path()};
  auto& audit = parts.audit;
  audit.dialled("alice", dial("d-1"), make_error(Errc::agent_offline));  // it never came to on_dial
  audit.allowed("alice", dial("d-2"));
  audit.dialled("alice", dial("d-2"), make_error(Errc::misconfigured, {}, "48421"));  // Flex said no
  audit.allowed("bob", dial("d-2"));
  audit.dialled("bob", dial("d-2"), make_error(Errc::outcome_unknown));
  audit.refused("alice", "600 123", "no_region", "C-1001");
  std::vector<std::string> seen;
  for (auto const& line : lines(audit.csv({}, 10).csv)) seen.push_back(line.substr(line.find(',', 3) + 1));
  CHECK(seen ==
        std::vector<std::string>{
            "alice,api,600 123,C-1001,refused,refused,no_region,,,,,0",
            "bob,session,tel:+34600000017,C-1001,allowed,unknown,outcome_unknown,,2026-01-31T00:00:00.000Z,,,",
            "alice,session,tel:+34600000017,C-1001,allowed,refused,misconfigured,48421,2026-01-31T00:00:00.000Z,,,",
            "alice,session,tel:+34600000017,C-1001,refused,refused,agent_offline,,,,,0",
        });
}

TEST_CASE("a dial whose process ended before it heard is unknown, not open for ever") {
  DatabaseFile const file;
  { Parts{file.path()}.audit.allowed("alice", dial("d-1")); }
  Parts parts{file.path()};
  auto const rows = lines(parts.audit.csv({}, 10).csv);
  REQUIRE(rows.size() == 1);
  CHECK(rows.front().find(",allowed,unknown,session_lost,") != std::string::npos);
  Parts again{file.path()};
  CHECK(lines(again.audit.csv({}, 10).csv) == rows);
}

TEST_CASE("a node that starts leaves alone what is open at another") {
  DatabaseFile const file;
  Parts parts{file.path()};
  crm::DialAudit other{parts.database, "another"};
  other.allowed("alice", dial("d-1"));
  crm::DialAudit const started{parts.database, "one"};
  CHECK(lines(parts.audit.csv({}, 10).csv).front().find(",allowed,open,") != std::string::npos);
  crm::DialAudit const again{parts.database, "another"};
  CHECK(lines(parts.audit.csv({}, 10).csv).front().find(",allowed,unknown,session_lost,") != std::string::npos);
}

TEST_CASE("the table refuses to have a row changed, replaced or deleted") {
  DatabaseFile const file;
  Parts parts{file.path()};
  auto& audit = parts.audit;
  audit.allowed("alice", dial("d-1"));
  audit.dialled("alice", dial("d-1"), DialResult{.destination = "+34600000017"});
  auto const before = audit.csv({}, 10).csv;
  for (auto const* sql : {
           "UPDATE audit SET number = '+1'",
           "UPDATE audit SET at = 0 WHERE id = 1",
           "DELETE FROM audit",
           "DELETE FROM audit WHERE id = 2",
           "INSERT OR REPLACE INTO audit (id, at, agent, step) VALUES (1, 0, 'bob', 'request')",
           "REPLACE INTO audit (at, agent, step, request, outcome) VALUES (0, 'bob', 'end', 1, 'refused')",
           "INSERT INTO audit (at, agent, step, request, outcome) VALUES (0, 'bob', 'end', 1, 'refused')",
           "INSERT OR IGNORE INTO audit (id, at, agent, step) VALUES (1, 0, 'bob', 'request')",
       }) {
    CAPTURE(sql);
    CHECK_THROWS(parts.database.run(sql));
    CHECK(audit.csv({}, 10).csv == before);
  }
  CHECK(count(parts.database, "audit") == 2);
}

TEST_CASE("CSV: quotes, line breaks and what a spreadsheet would take for a formula") {
  using crm::csv_cell;
  CHECK(csv_cell("") == "");
  CHECK(csv_cell("Ana Torres") == "Ana Torres");
  CHECK(csv_cell("a,b") == "\"a,b\"");
  CHECK(csv_cell("say \"no\"") == "\"say \"\"no\"\"\"");
  CHECK(csv_cell("one\r\ntwo") == "\"one\r\ntwo\"");
  CHECK(csv_cell("tel:+34600000017") == "tel:+34600000017");
  CHECK(csv_cell("-") == "'-");
  CHECK(csv_cell("=1+1") == "'=1+1");
  CHECK(csv_cell("+34 600") == "'+34 600");
  CHECK(csv_cell("@SUM(1,2)") == "\"'@SUM(1,2)\"");
  CHECK(csv_cell("  =HYPERLINK(\"http://x\")") == "\"'  =HYPERLINK(\"\"http://x\"\")\"");
  CHECK(csv_cell("\t=1") == "'\t=1");
  CHECK(csv_cell("\r=1") == "\"'\r=1\"");
  CHECK(csv_cell("\uff1d1") == "'\uff1d1");
  CHECK(csv_cell("\u2212"
                 "1") ==
        "'\u2212"
        "1");
}

TEST_CASE("what somebody typed is kept as far as it is fit for a line") {
  DatabaseFile const file;
  Parts parts{file.path(), {"-alice"}};
  parts.audit.refused("-alice", "=cmd|' /C calc'!A0", "letters", std::nullopt);
  parts.audit.refused("-alice", std::string("a\0b\nc", 5), "letters", std::nullopt);
  parts.audit.refused("-alice", std::string(63, 'x') + "é", "letters", std::nullopt);
  auto const rows = lines(parts.audit.csv({}, 10).csv);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].find(",'-alice,api," + std::string(63, 'x') + ",,") != std::string::npos);
  CHECK(rows[1].find(",a b c,,") != std::string::npos);
  CHECK(rows[2].find(",'=cmd|' /C calc'!A0,,") != std::string::npos);
}

TEST_CASE("an agent who is refused without end fills no disk, and how often is known") {
  DatabaseFile const file;
  Parts parts{file.path()};
  for (int i = 0; i < 100; ++i) parts.audit.dialled("alice", dial("d"), make_error(Errc::rate_limited));
  parts.audit.dialled("bob", dial("d"), make_error(Errc::rate_limited));
  CHECK(count(parts.database, "audit") == 61);
  parts.now += 61s;
  parts.audit.dialled("alice", dial("d"), make_error(Errc::rate_limited));
  CHECK(lines(parts.audit.csv({}, 1).csv).front().ends_with(",40"));
  // What is allowed is always written.
  for (int i = 0; i < 100; ++i) parts.audit.allowed("alice", dial("e-" + std::to_string(i)));
  CHECK(count(parts.database, "audit") == 162);
}

TEST_CASE("the trail is told in parts, newest first") {
  DatabaseFile const file;
  Parts parts{file.path()};
  for (int i = 0; i < 5; ++i) parts.audit.allowed("alice", dial("d-" + std::to_string(i)));
  auto const first = parts.audit.csv({}, 2);
  CHECK(lines(first.csv).size() == 2);
  REQUIRE(first.before == 4);
  auto const second = parts.audit.csv(first.before, 2);
  CHECK(lines(second.csv).front().starts_with("3,"));
  auto const last = parts.audit.csv(second.before, 2);
  CHECK(lines(last.csv).size() == 1);
  CHECK_FALSE(last.before);
  CHECK(lines(parts.audit.csv({}, 5).csv).size() == 5);
  CHECK_FALSE(parts.audit.csv({}, 5).before);
}

TEST_CASE("what is older than it is kept goes, and nothing else does") {
  DatabaseFile const file;
  Parts parts{file.path()};
  auto const ring = [&](int n) {
    auto const at = std::chrono::floor<std::chrono::milliseconds>(parts.now);
    parts.calls.heard(
        "alice",
        TaskChanged{.task_sid = sid("WT", n), .status = TaskStatus::completed, .at = at, .channel = Channel::voice});
  };
  auto const begin = parts.now;
  for (int i = 0; i < 1200; ++i) parts.audit.allowed("alice", dial("old"));
  ring(1);
  parts.now += 24h;
  parts.audit.allowed("alice", dial("new"));
  ring(2);

  auto const nothing = crm::forget(parts.database, begin + 24h * 30, std::chrono::days{30});
  CHECK(nothing.calls == 0);
  CHECK(nothing.dials == 0);
  auto const gone = crm::forget(parts.database, begin + 24h * 30 + 1ms, std::chrono::days{30});
  CHECK(gone.calls == 1);
  CHECK(gone.dials == 1200);
  CHECK(count(parts.database, "audit") == 1);
  CHECK(parts.calls.find("alice", sid("WT", 2)).has_value());
  CHECK_FALSE(parts.calls.find("alice", sid("WT", 1)).has_value());
  // An id is never given twice: that rows are gone can be seen.
  CHECK(lines(parts.audit.csv({}, 10).csv).front().starts_with("1201,"));
  // What is kept stays kept, and a clock that was set back brings nothing under the old limit.
  CHECK_THROWS(parts.database.run("DELETE FROM audit"));
  CHECK_THROWS(parts.database.run("UPDATE retention SET kept_from = 0"));
  CHECK_THROWS(parts.database.run("DELETE FROM retention"));
  CHECK(crm::forget(parts.database, begin, std::chrono::days{30}).dials == 0);
}

TEST_CASE("the trail of all agents is for supervisors") {
  DatabaseFile const file;
  Parts parts{file.path()};
  parts.options.supervisors = {"bob"};
  parts.audit.allowed("alice", dial("d-1"));
  CHECK(parts.get("/api/audit.csv").status == 401);
  parts.sign_in_as("alice");
  CHECK(parts.get("/api/audit.csv").status == 403);
  CHECK(json_of(parts.get("/api/config")).at("supervisor") == false);
  parts.sign_in_as("bob");
  CHECK(json_of(parts.get("/api/config")).at("supervisor") == true);
  auto const response = parts.get("/api/audit.csv");
  CHECK(response.status == 200);
  CHECK(response.content_type == "text/csv; charset=utf-8; header=present");
  CHECK(Parts::header_of(response, "Content-Disposition") == "attachment; filename=\"dials.csv\"");
  CHECK(Parts::header_of(response, "Link") == "");
  CHECK(lines(response.body).size() == 1);
  CHECK(lines(parts.get("/api/audit.csv?before=1").body).empty());
  for (auto const* before : {"x", "1x", "99999999999999999999", "%201"})
    CHECK(parts.get(std::string{"/api/audit.csv?before="} + before).status == 400);
  CHECK(parts.post("/api/audit.csv", "{}").status == 405);
}
