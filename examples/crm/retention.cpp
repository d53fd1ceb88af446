#include "retention.hpp"

#include <string>

namespace crm {
namespace {

constexpr int rows_at_once = 500;

std::int64_t delete_before(Database const& database, std::string const& table, std::string const& time,
                           std::int64_t limit) {
  std::int64_t all = 0;
  for (std::int64_t some = 1; some > 0; all += some) {
    database.run("DELETE FROM " + table + " WHERE rowid IN (SELECT rowid FROM " + table + " WHERE " + time +
                     " < ? ORDER BY " + time + " LIMIT ?)",
                 limit, rows_at_once);
    some = database.changed();
  }
  return all;
}

}  // namespace

Forgotten forget(Database const& database, std::chrono::system_clock::time_point now, std::chrono::days keep) {
  auto const limit = std::chrono::floor<std::chrono::milliseconds>(now - keep).time_since_epoch().count();
  database.run("UPDATE retention SET kept_from = ?1 WHERE kept_from < ?1", limit);
  Forgotten const gone{.calls = delete_before(database, "calls", "started_at", limit),
                       .dials = delete_before(database, "audit", "at", limit)};
  // The log beside the file has what the rows were.
  if (gone.calls + gone.dials > 0) database.run("PRAGMA wal_checkpoint(TRUNCATE)");
  return gone;
}

}  // namespace crm
