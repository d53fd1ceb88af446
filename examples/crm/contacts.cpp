#include "contacts.hpp"

#include <boost/json.hpp>

#include <sqlite3.h>

#include <array>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace crm {
namespace {

namespace json = boost::json;

struct Column {
  char const* name;      // in the table
  char const* json_name;  // in contacts.json and for the page
  std::string Contact::*member;
};

constexpr std::array columns{
    Column{"id", "id", &Contact::id},
    Column{"first_name", "firstName", &Contact::first_name},
    Column{"last_name", "lastName", &Contact::last_name},
    Column{"company", "company", &Contact::company},
    Column{"title", "title", &Contact::title},
    Column{"email", "email", &Contact::email},
    Column{"phone", "phone", &Contact::phone},
    Column{"city", "city", &Contact::city},
    Column{"since", "since", &Contact::since},
    Column{"note", "note", &Contact::note},
    Column{"portrait", "portrait", &Contact::portrait},
};

std::string column_names() {
  std::string names;
  for (auto const& column : columns) names += (names.empty() ? "" : ", ") + std::string{column.name};
  return names;
}

/// A prepared statement; values are bound, never spliced into the text.
class Statement {
 public:
  Statement(sqlite3* database, std::string const& sql) : database_{database} {
    if (sqlite3_prepare_v2(database, sql.c_str(), -1, &statement_, nullptr) != SQLITE_OK) fail();
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(Statement const&) = delete;
  Statement& operator=(Statement const&) = delete;

  void bind(int place, std::string const& value) {
    if (sqlite3_bind_text(statement_, place, value.data(), static_cast<int>(value.size()), SQLITE_TRANSIENT) != SQLITE_OK)
      fail();
  }
  bool step() {
    int const status = sqlite3_step(statement_);
    if (status != SQLITE_ROW && status != SQLITE_DONE) fail();
    return status == SQLITE_ROW;
  }
  void reset() { sqlite3_reset(statement_); }
  std::string text(int column) const {
    auto const* bytes = sqlite3_column_text(statement_, column);
    auto const size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return bytes ? std::string{reinterpret_cast<char const*>(bytes), size} : std::string{};
  }
  int integer(int column) const { return sqlite3_column_int(statement_, column); }

 private:
  [[noreturn]] void fail() const { throw std::runtime_error{std::string{"SQLite: "} + sqlite3_errmsg(database_)}; }

  sqlite3* database_;
  sqlite3_stmt* statement_ = nullptr;
};

std::string read_file(std::string const& path) {
  std::ifstream file{path, std::ios::binary};
  std::stringstream text;
  text << file.rdbuf();
  if (!file) throw std::runtime_error{"cannot read " + path};
  return std::move(text).str();
}

}  // namespace

json::object to_json(Contact const& contact) {
  json::object object;
  for (auto const& column : columns) object[column.json_name] = contact.*column.member;
  return object;
}

void Contacts::Close::operator()(sqlite3* database) const { sqlite3_close(database); }

Contacts::Contacts(std::string const& database, std::string const& initial_contacts) {
  sqlite3* opened = nullptr;
  int const status = sqlite3_open(database.c_str(), &opened);
  database_.reset(opened);
  if (status != SQLITE_OK) throw std::runtime_error{"SQLite: cannot open " + database + ": " + sqlite3_errmsg(opened)};
  sqlite3_busy_timeout(opened, 1000);

  std::string const table = "CREATE TABLE IF NOT EXISTS contacts (" + column_names() + ", PRIMARY KEY (id))";
  Statement{opened, table}.step();
  Statement{opened, "CREATE INDEX IF NOT EXISTS contacts_by_phone ON contacts (phone)"}.step();
  Statement count{opened, "SELECT count(*) FROM contacts"};
  count.step();
  if (count.integer(0) == 0) fill(initial_contacts);
}

void Contacts::fill(std::string const& initial_contacts) {
  auto* database = database_.get();
  std::string places;
  for (std::size_t i = 0; i < columns.size(); ++i) places += i == 0 ? "?" : ", ?";
  Statement{database, "BEGIN"}.step();
  Statement insert{database, "INSERT INTO contacts (" + column_names() + ") VALUES (" + places + ")"};
  auto const contacts = json::parse(read_file(initial_contacts));
  for (auto const& contact : contacts.as_array()) {
    for (std::size_t i = 0; i < columns.size(); ++i)
      insert.bind(static_cast<int>(i) + 1, json::value_to<std::string>(contact.at(columns[i].json_name)));
    insert.step();
    insert.reset();
  }
  Statement{database, "COMMIT"}.step();
}

std::vector<Contact> Contacts::select(std::string const& condition, std::string const& value) const {
  Statement query{database_.get(), "SELECT " + column_names() + " FROM contacts " + condition};
  if (!value.empty()) query.bind(1, value);
  std::vector<Contact> found;
  while (query.step()) {
    Contact contact;
    for (std::size_t i = 0; i < columns.size(); ++i) contact.*columns[i].member = query.text(static_cast<int>(i));
    found.push_back(std::move(contact));
  }
  return found;
}

std::vector<Contact> Contacts::all() const { return select("ORDER BY last_name, first_name", {}); }

std::optional<Contact> Contacts::find_by_id(std::string const& id) const {
  auto found = select("WHERE id = ?", id);
  return found.empty() || id.empty() ? std::nullopt : std::optional{std::move(found.front())};
}

std::optional<Contact> Contacts::find_by_phone(std::string const& e164) const {
  auto found = select("WHERE phone = ? ORDER BY id", e164);
  return found.empty() || e164.empty() ? std::nullopt : std::optional{std::move(found.front())};
}

}  // namespace crm
