#include "database.hpp"

#include <sqlite3.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <stdexcept>

namespace crm {
namespace {

/// Each step makes the schema of one version newer; `user_version` of the file says how many it has had. A step that has
/// been published is never changed. The first is IF NOT EXISTS: files from before there were versions have its table.
constexpr std::array steps{
    R"(CREATE TABLE IF NOT EXISTS contacts (id, first_name, last_name, company, title, email, phone, city, since, note,
                                            portrait, PRIMARY KEY (id));
       CREATE INDEX IF NOT EXISTS contacts_by_phone ON contacts (phone))",

    // Times are milliseconds since 1970. What the columns mean: call_log.cpp.
    R"(CREATE TABLE settings (name TEXT PRIMARY KEY, value BLOB NOT NULL);
       CREATE TABLE calls (
         agent TEXT NOT NULL, task_sid TEXT NOT NULL,
         contact_id TEXT, contact_source INTEGER NOT NULL, number TEXT, direction TEXT,
         task_status TEXT, task_at INTEGER, call_state TEXT, call_at INTEGER,
         started_at INTEGER NOT NULL, answered_at INTEGER, ended_at INTEGER, duration_seconds INTEGER,
         lost INTEGER NOT NULL, cause TEXT, cause_code INTEGER,
         revision INTEGER NOT NULL, disposition TEXT, notes TEXT,
         PRIMARY KEY (agent, task_sid));
       CREATE INDEX calls_by_agent ON calls (agent, started_at);
       CREATE INDEX calls_by_contact ON calls (contact_id, started_at))",

    // The audit trail is appended to and never changed: what becomes of a request is a row of its own, with the request's id.
    // Rows go when they are older than what the retention says is kept, and not before. REPLACE would delete without
    // asking the trigger of DELETE. What the columns mean: dial_audit.cpp.
    R"(ALTER TABLE contacts ADD COLUMN region TEXT NOT NULL DEFAULT '';
       CREATE TABLE retention (one INTEGER PRIMARY KEY CHECK (one = 1), kept_from INTEGER NOT NULL);
       INSERT INTO retention VALUES (1, 0);
       CREATE TABLE audit (
         id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, agent TEXT NOT NULL, step TEXT NOT NULL, request INTEGER,
         issuer TEXT, dial_id TEXT, number TEXT, contact_id TEXT, verdict TEXT, skipped INTEGER,
         outcome TEXT, reason TEXT, detail TEXT, task_sid TEXT, call_sid TEXT);
       CREATE INDEX audit_by_time ON audit (at);
       CREATE INDEX audit_by_dial ON audit (agent, dial_id) WHERE step = 'request';
       CREATE UNIQUE INDEX audit_by_request ON audit (request, step) WHERE request IS NOT NULL;
       CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
         BEGIN SELECT RAISE(ABORT, 'the audit trail is append only'); END;
       CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit WHEN old.at >= (SELECT kept_from FROM retention)
         BEGIN SELECT RAISE(ABORT, 'the audit trail is append only'); END;
       CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit
         WHEN EXISTS (SELECT 1 FROM audit WHERE id = new.id OR (request = new.request AND step = new.step))
         BEGIN SELECT RAISE(ABORT, 'the audit trail is append only'); END;
       CREATE TRIGGER retention_goes_on BEFORE UPDATE ON retention WHEN new.kept_from < old.kept_from
         BEGIN SELECT RAISE(ABORT, 'what is forgotten stays so'); END;
       CREATE TRIGGER retention_stays BEFORE DELETE ON retention
         BEGIN SELECT RAISE(ABORT, 'the retention is one row'); END;
       CREATE INDEX calls_by_time ON calls (started_at))",

    // Several processes may write into one file.
    "ALTER TABLE audit ADD COLUMN node TEXT NOT NULL DEFAULT ''",
};

constexpr std::size_t secret_bytes = 32;

/// What each letter from U+00C0 to U+017F is without its accent.
constexpr std::array<std::string_view, 192> latin{
    "a", "a", "a",  "a",  "a", "a", "ae", "c",      "e", "e", "e", "e", "i", "i", "i",  "i",   // U+00C0
    "d", "n", "o",  "o",  "o", "o", "o",  "\u00d7", "o", "u", "u", "u", "u", "y", "th", "ss",  // U+00D0
    "a", "a", "a",  "a",  "a", "a", "ae", "c",      "e", "e", "e", "e", "i", "i", "i",  "i",   // U+00E0
    "d", "n", "o",  "o",  "o", "o", "o",  "\u00f7", "o", "u", "u", "u", "u", "y", "th", "y",   // U+00F0
    "a", "a", "a",  "a",  "a", "a", "c",  "c",      "c", "c", "c", "c", "c", "c", "d",  "d",   // U+0100
    "d", "d", "e",  "e",  "e", "e", "e",  "e",      "e", "e", "e", "e", "g", "g", "g",  "g",   // U+0110
    "g", "g", "g",  "g",  "h", "h", "h",  "h",      "i", "i", "i", "i", "i", "i", "i",  "i",   // U+0120
    "i", "i", "ij", "ij", "j", "j", "k",  "k",      "k", "l", "l", "l", "l", "l", "l",  "l",   // U+0130
    "l", "l", "l",  "n",  "n", "n", "n",  "n",      "n", "n", "n", "n", "o", "o", "o",  "o",   // U+0140
    "o", "o", "oe", "oe", "r", "r", "r",  "r",      "r", "r", "s", "s", "s", "s", "s",  "s",   // U+0150
    "s", "s", "t",  "t",  "t", "t", "t",  "t",      "u", "u", "u", "u", "u", "u", "u",  "u",   // U+0160
    "u", "u", "u",  "u",  "w", "w", "y",  "y",      "y", "z", "z", "z", "z", "z", "z",  "s",   // U+0170
};

void fold_for_sql(sqlite3_context* context, int, sqlite3_value** values) {
  auto const* bytes = sqlite3_value_text(values[0]);
  if (!bytes) return sqlite3_result_null(context);
  auto const size = static_cast<std::size_t>(sqlite3_value_bytes(values[0]));
  auto const text = folded({reinterpret_cast<char const*>(bytes), size});
  sqlite3_result_text(context, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
}

}  // namespace

std::string folded(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto const byte = static_cast<unsigned char>(text[i]);
    auto const next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    if (byte < 0x80) {
      result += static_cast<char>(byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte);
      continue;
    }
    bool const pair = (next & 0xC0U) == 0x80;
    auto const letter = ((byte & 0x1FU) << 6U) | (next & 0x3FU);
    if (pair && byte >= 0xC3 && byte <= 0xC5) {
      result += latin[letter - 0xC0];
      ++i;
    } else if (pair && (byte == 0xCC || byte == 0xCD) && letter < 0x370) {
      ++i;  // an accent of its own, after its letter
    } else {
      result += text[i];
    }
  }
  return result;
}

Statement::Statement(sqlite3* database, std::string const& sql) : database_{database} {
  check(sqlite3_prepare_v2(database, sql.c_str(), -1, &statement_, nullptr));
}

Statement::~Statement() { sqlite3_finalize(statement_); }

void Statement::add(std::string_view value) {
  // A null pointer would be NULL.
  check(sqlite3_bind_text64(statement_, ++bound_, value.empty() ? "" : value.data(), value.size(), SQLITE_TRANSIENT,
                            SQLITE_UTF8));
}

void Statement::add_integer(std::int64_t value) { check(sqlite3_bind_int64(statement_, ++bound_, value)); }

void Statement::add_null() { check(sqlite3_bind_null(statement_, ++bound_)); }

bool Statement::step() {
  int const status = sqlite3_step(statement_);
  if (status != SQLITE_DONE && status != SQLITE_ROW) check(status);
  return status == SQLITE_ROW;
}

std::string Statement::text(int column) const {
  auto const* bytes = sqlite3_column_text(statement_, column);
  auto const size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return bytes ? std::string{reinterpret_cast<char const*>(bytes), size} : std::string{};
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::optional<std::string> Statement::text_or_null(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
  return text(column);
}

std::optional<std::int64_t> Statement::integer_or_null(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
  return integer(column);
}

std::int64_t Database::changed() const { return sqlite3_changes64(handle_.get()); }

void Statement::check(int status) const {
  if (status != SQLITE_OK) throw std::runtime_error{std::string{"SQLite: "} + sqlite3_errmsg(database_)};
}

void Database::Close::operator()(sqlite3* handle) const { sqlite3_close(handle); }

Database::Database(std::string const& path) {
  // SQLite would make it readable for everybody; what it makes beside it has the rights of the file.
  if (int const made = ::open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600); made >= 0) ::close(made);
  sqlite3* opened = nullptr;
  int const status = sqlite3_open(path.c_str(), &opened);
  handle_.reset(opened);
  if (status != SQLITE_OK) throw std::runtime_error{"SQLite: cannot open " + path + ": " + sqlite3_errmsg(opened)};
  sqlite3_busy_timeout(opened, 1000);
  sqlite3_create_function(opened, "folded", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nullptr, fold_for_sql, nullptr,
                          nullptr);
  // A write is appended to the log beside the file and not waited for until it is on the disk, since whoever waits is the
  // thread that serves everybody. A crash of the machine may lose the last of them; it never breaks the file.
  run("PRAGMA journal_mode = WAL");
  run("PRAGMA synchronous = NORMAL");
  // What is deleted is somebody's number: it does not stay in the file's free pages.
  run("PRAGMA secure_delete = ON");
  migrate();
}

void Database::migrate() const {
  Transaction transaction{*this};
  std::size_t version = 0;
  {
    auto asked = prepare("PRAGMA user_version");
    asked.step();
    version = static_cast<std::size_t>(asked.integer(0));
  }
  if (version > steps.size()) throw std::runtime_error{"the database was written by a newer flexcrm-crm"};
  for (; version < steps.size(); ++version) {
    char* fault = nullptr;
    if (sqlite3_exec(handle_.get(), steps[version], nullptr, nullptr, &fault) != SQLITE_OK) {
      std::string const words = fault ? fault : "";
      sqlite3_free(fault);
      throw std::runtime_error{"SQLite: " + words};
    }
  }
  // A pragma takes no bound value; this one is ours.
  run("PRAGMA user_version = " + std::to_string(steps.size()));
  transaction.commit();
}

std::string Database::secret(std::string const& name) const {
  std::array<char, secret_bytes> fresh{};
  if (::getentropy(fresh.data(), fresh.size()) != 0) throw std::runtime_error{"no random bytes"};
  run("INSERT OR IGNORE INTO settings (name, value) VALUES (?, ?)", name, std::string_view{fresh.data(), fresh.size()});
  auto found = prepare("SELECT value FROM settings WHERE name = ?");
  found.bind(name).step();
  return found.text(0);
}

Transaction::Transaction(Database const& database) : database_{database} { database.run("BEGIN IMMEDIATE"); }

Transaction::~Transaction() {
  if (!open_) return;
  try {
    database_.run("ROLLBACK");
  } catch (std::exception const&) {
    // SQLite has rolled back by itself.
  }
}

void Transaction::commit() {
  database_.run("COMMIT");
  open_ = false;
}

}  // namespace crm
