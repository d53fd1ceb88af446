#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace crm {

/// A prepared statement. Values are bound to its `?`, never spliced into the text. Every fault of SQLite is a
/// std::runtime_error that tells SQLite's words and no value.
class Statement {
 public:
  Statement(sqlite3* database, std::string const& sql);
  ~Statement();
  Statement(Statement const&) = delete;
  Statement& operator=(Statement const&) = delete;

  /// Binds values to the places that have none yet, in order. An empty optional is NULL.
  template <class... Values>
  Statement& bind(Values const&... values) {
    (add(values), ...);
    return *this;
  }

  /// The next row; false when there is none.
  bool step();

  /// A column of the row, from 0 on. NULL reads as an empty text or as 0, unless the optional is asked for.
  std::string text(int column) const;
  std::int64_t integer(int column) const;
  std::optional<std::string> text_or_null(int column) const;
  std::optional<std::int64_t> integer_or_null(int column) const;

 private:
  void add(std::string_view value);
  void add(std::string const& value) { add(std::string_view{value}); }
  void add(char const* value) { add(std::string_view{value}); }
  void add(std::integral auto value) { add_integer(static_cast<std::int64_t>(value)); }
  template <class T>
  void add(std::optional<T> const& value) {
    value ? add(*value) : add_null();
  }
  void add_integer(std::int64_t value);
  void add_null();
  void check(int status) const;

  sqlite3* database_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
};

/// The CRM's SQLite file, of the newest schema: an older file is brought up to it when it is opened. For one thread.
///
/// SQL may use `folded(text)`: lower case, and Latin letters without their accents.
class Database {
 public:
  /// Opens the file, and makes it when it is missing: for its owner alone, since it holds the key of the sign-in. Throws
  /// std::runtime_error, also for a file of a newer version of this program.
  explicit Database(std::string const& path);

  Statement prepare(std::string const& sql) const { return Statement{handle_.get(), sql}; }

  /// Runs a statement to its end.
  template <class... Values>
  void run(std::string const& sql, Values const&... values) const {
    Statement statement{handle_.get(), sql};
    statement.bind(values...);
    while (statement.step()) {
    }
  }

  /// How many rows the newest INSERT, UPDATE or DELETE has touched.
  std::int64_t changed() const;

  /// The secret of this name, made when it is asked for first: random bytes that stay the same with the file.
  std::string secret(std::string const& name) const;

 private:
  void migrate() const;

  struct Close {
    void operator()(sqlite3* handle) const;
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

/// All that happens until commit() happens, or nothing of it.
class Transaction {
 public:
  explicit Transaction(Database const& database);
  ~Transaction();
  Transaction(Transaction const&) = delete;
  Transaction& operator=(Transaction const&) = delete;

  void commit();

 private:
  Database const& database_;
  bool open_ = true;
};

/// As `folded` in SQL. What is neither ASCII nor a Latin letter stays as it is.
std::string folded(std::string_view text);

}  // namespace crm
