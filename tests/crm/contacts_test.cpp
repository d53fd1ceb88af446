#include "parts.hpp"

#include <doctest/doctest.h>

#include <sqlite3.h>

#include <sys/stat.h>

using namespace flexcrm::test;

namespace {

std::vector<std::string> names(std::vector<crm::Contact> const& contacts) {
  std::vector<std::string> found;
  for (auto const& contact : contacts) found.push_back(contact.name());
  return found;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("folding: lower case, Latin letters without accents, and the rest as it is") {
  using crm::folded;
  CHECK(folded("José NÚÑEZ-Łukasz") == "jose nunez-lukasz");
  CHECK(folded("Straße, Œuvre, Ægir, Þór, ĳ") == "strasse, oeuvre, aegir, thor, ij");
  CHECK(folded("ŠŽČćđ ŐŰ ğİı") == "szccd ou gii");
  CHECK(folded("a\u0301E\u0308\u036f") == "ae");  // accents of their own
  CHECK(folded("田中 Ω Б ×÷ \U0001f4de") == "田中 Ω Б ×÷ \U0001f4de");
  CHECK(folded("\xff\xc3") == "\xff\xc3");  // no UTF-8: whatever it is, it stays
  CHECK(folded("") == "");
}

TEST_CASE("a search finds names, companies, cities, addresses and numbers, whatever the case and the accents") {
  DatabaseFile const file;
  Parts parts{file.path()};
  auto const search = [&](std::string_view text) { return names(parts.contacts.search(text, 200)); };
  CHECK(search("hernandez") == Names{"Sofía Hernández"});
  CHECK(search("  FÍA hern ") == Names{"Sofía Hernández"});
  CHECK(search("GOTEBORG") == Names{"Ingrid Lindqvist"});
  CHECK(search("libreria") == Names{"Ana Torres"});
  CHECK(search("@northgate.") == Names{"Priya Raman"});
  CHECK(search("marsh") == Names{"Eleanor Marsh", "Harriet Marsh", "Rosalind Marsh"});
  CHECK(search("+34 600-000 017") == Names{"Ana Torres"});
  CHECK(search("0142") == Names{"James Whitfield"});
  CHECK(search("14") == Names{});  // two digits are in half of all numbers
  CHECK(search("600 Ana") == Names{});
  CHECK(search("").size() == 15);
  CHECK(parts.contacts.search("", 4).size() == 4);
  CHECK(parts.contacts.count() == 15);
  CHECK(parts.contacts.count("marsh") == 3);
}

TEST_CASE("what SQL and LIKE mean by a character is nothing to a search") {
  DatabaseFile const file;
  Parts parts{file.path()};
  for (auto const* text : {"%", "_", "a%a", "\\", "' OR 1=1 --", "\"; DROP TABLE contacts; --", "*", "[a-z]", "\xff"}) {
    CAPTURE(text);
    CHECK(parts.contacts.search(text, 200).empty());
  }
  CHECK(parts.contacts.search(std::string_view{"\0", 1}, 200).empty());
  CHECK(parts.contacts.count() == 15);
}

TEST_CASE("a contact is added with the next id and today's date, and what cannot be one is refused with its field") {
  DatabaseFile const file;
  Parts parts{file.path()};
  auto const given = boost::json::parse(
      R"({"firstName":" Zoë ","lastName":"Ng","phone":"+442079460999","id":"C-1","since":"1999-01-01","portrait":"x"})");
  auto const read = crm::read_contact(given.as_object());
  REQUIRE(std::holds_alternative<crm::Contact>(read));
  auto const added = parts.contacts.add(std::get<crm::Contact>(read));
  CHECK(added.id == "C-1016");
  CHECK(added.first_name == "Zoë");
  CHECK(added.since.size() == 10);
  CHECK(added.since >= "2026-01-01");
  CHECK(added.portrait == "/portraits/unknown.svg");
  CHECK(parts.contacts.find_by_id("C-1016")->phone == "+442079460999");
  CHECK(parts.contacts.add(std::get<crm::Contact>(read)).id == "C-1017");
  CHECK(parts.contacts.find_by_phone("+442079460999").size() == 2);

  struct Case {
    std::string member, value, error;
  };
  for (auto const& [member, value, error] :
       {Case{"firstName", "null", "missing"}, Case{"firstName", "\"  \"", "missing"},
        Case{"lastName", "7", "wrong_type"}, Case{"lastName", "\"" + std::string(101, 'x') + "\"", "too_long"},
        Case{"phone", "\"\"", "missing"}, Case{"phone", "\"020 7946 0999\"", "no_region"},
        Case{"phone", "\"client:ana\"", "other_scheme"}, Case{"phone", "\"+44 20 7946 0999 ext. 12\"", "extension"},
        Case{"phone", "\"" + std::string(129, '4') + "\"", "too_long"}, Case{"region", "\"es\"", "unknown_region"},
        Case{"region", "\"ZZ\"", "unknown_region"}, Case{"region", "\"ESP\"", "too_long"},
        Case{"phone", "\"+44207946099912345\"", "too_long"}, Case{"company", "[]", "wrong_type"},
        Case{"note", "\"" + std::string(2001, 'x') + "\"", "too_long"}}) {
    auto object = given.as_object();
    object[member] = boost::json::parse(value);
    auto const result = crm::read_contact(object);
    REQUIRE(std::holds_alternative<crm::BadField>(result));
    CHECK(std::get<crm::BadField>(result).field == member);
    CHECK(std::get<crm::BadField>(result).error == error);
  }
}

TEST_CASE("a number is written as in the contact's country, and kept as E.164") {
  auto const read = [](std::string phone, std::string region) {
    return std::get<crm::Contact>(
        crm::read_contact({{"firstName", "A"}, {"lastName", "B"}, {"phone", phone}, {"region", region}}));
  };
  CHECK(read("612 34 56 78", "ES").phone == "+34612345678");
  CHECK(read("(415) 555-2671", "US").phone == "+14155552671");
  CHECK(read("(415) 555-2671", "US").region == "US");
  // Somebody in Spain with a number of another country: what she says stands.
  CHECK(read("+44 20 7946 0999", "ES").phone == "+442079460999");
  CHECK(read("+44 20 7946 0999", "ES").region == "ES");
  CHECK(read("+44 20 7946 0999", "").region == "GB");
}

TEST_CASE("numbers are found as they are written in their country") {
  DatabaseFile const file;
  Parts parts{file.path()};
  CHECK(names(parts.contacts.search("07700 900142", 200)) == Names{"James Whitfield"});
  CHECK(names(parts.contacts.search("(415) 555-0134", 200)) == Names{"Priya Raman"});
  CHECK(names(parts.contacts.search("0034 600 00 00 17", 200)) == Names{"Ana Torres"});
}

TEST_CASE("a database of the first version opens, keeps its contacts and gets what is new") {
  DatabaseFile const file;
  sqlite3* old = nullptr;
  REQUIRE(sqlite3_open(file.path().c_str(), &old) == SQLITE_OK);
  // As flexcrm-crm made it when it had one table.
  REQUIRE(
      sqlite3_exec(
          old,
          "CREATE TABLE contacts (id, first_name, last_name, company, title, email, phone, city, since, note, portrait, "
          "PRIMARY KEY (id));"
          "CREATE INDEX contacts_by_phone ON contacts (phone);"
          "INSERT INTO contacts VALUES ('C-7', 'Grace', 'Old', '', '', '', '+442079460007', '', '2019-01-01', '', '')",
          nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(old);
  Parts parts{file.path()};
  CHECK(names(parts.contacts.search("", 200)) == Names{"Grace Old"});
  CHECK(parts.calls.of_agent("alice").empty());
  CHECK(parts.contacts.find_by_id("C-7")->region == "GB");
  CHECK(parts.contacts.add(*parts.contacts.find_by_id("C-7")).id == "C-8");
}

TEST_CASE("a database is its owner's, keeps its secret, and one of a newer version is left alone") {
  DatabaseFile const file;
  std::string first;
  {
    crm::Database const database{file.path()};
    first = database.secret("sign-in");
    CHECK(first.size() == 32);
    CHECK(database.secret("other") != first);
    struct stat status {};
    REQUIRE(::stat(file.path().c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600U);
  }
  {
    crm::Database const database{file.path()};
    CHECK(database.secret("sign-in") == first);
    database.run("PRAGMA user_version = 99");
  }
  CHECK_THROWS_WITH(crm::Database{file.path()}, "the database was written by a newer flexcrm-crm");
}
