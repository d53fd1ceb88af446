#pragma once

#include "database.hpp"

#include <flexcrm/message.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace crm {

/// Who asked for which call, what was said to that, and what became of it. Rows are appended; the table itself refuses to have
/// one changed, or deleted before its time (retention.hpp). For one thread.
class DialAudit {
 public:
  using Clock = std::function<std::chrono::system_clock::time_point()>;

  /// Dials that this node left open are ended as unknown: its process ended before it heard. `node`: its name, where
  /// several write into one database. `now`: empty for the system's clock. Throws std::runtime_error, as all of them.
  explicit DialAudit(Database const& database, std::string node = {}, Clock now = {});

  /// A dial is about to go to Flex.
  void allowed(std::string const& agent, flexcrm::DialRequest const& dial);

  /// A dial has ended, or was refused before it could go to Flex: then it was not allowed(), and the answer is false.
  bool dialled(std::string const& agent, flexcrm::DialRequest const& dial,
               flexcrm::Result<flexcrm::DialResult> const& result);

  /// Somebody pressed Dial on a text of which no dial could be made.
  void refused(std::string const& agent, std::string_view text, std::string_view reason,
               std::optional<std::string> const& contact_id);

  /// The call of a dial has a SID.
  void heard(std::string const& agent, flexcrm::CallChanged const& call);
  void heard(std::string const& agent, flexcrm::Snapshot const& whole);

  /// A part of the trail as CSV (RFC 4180), newest first. It can be opened by a spreadsheet: a number is a `tel:` URI, and
  /// any other text that could begin a formula has a `'` before it.
  struct Export {
    std::string csv;
    std::optional<std::int64_t> before{};  ///< there is more: ask for what is before this id
  };
  /// At most `limit` requests, those with an id below `before`.
  Export csv(std::optional<std::int64_t> before, std::size_t limit) const;

 private:
  /// Of one agent's refusals: a page that asks without end must not fill the disk.
  struct Refusals {
    std::int64_t since = 0;    ///< when this minute began, ms
    std::int64_t written = 0;  ///< in it
    std::int64_t skipped = 0;  ///< not written since the newest row
  };

  std::int64_t now() const;
  void refuse(std::string const& agent, std::string_view issuer, std::string_view dial_id, std::string_view number,
              std::optional<std::string> const& contact_id, std::string_view reason, std::string_view detail);
  std::optional<std::int64_t> request_of(std::string const& agent, std::string const& dial_id,
                                         std::string const& without) const;

  Database const& database_;
  std::string const node_;
  Clock now_;
  std::map<std::string, Refusals> refusals_;  // agents are those of the command line
};

/// A cell of CSV as a spreadsheet may safely open it.
std::string csv_cell(std::string_view text);

}  // namespace crm
