#pragma once

#include "database.hpp"

#include <chrono>
#include <cstdint>

namespace crm {

/// What was deleted.
struct Forgotten {
  std::int64_t calls = 0;  ///< of the call log: numbers, notes, whose call it was
  std::int64_t dials = 0;  ///< rows of the audit trail
};

/// Deletes calls and the audit trail from before `now - keep`. The one way in which a row of the trail goes: what is kept from
/// when on is written down first, never goes back, and the table lets go of what is older alone. A little at a time, so
/// that nobody who writes waits for long. Throws std::runtime_error.
Forgotten forget(Database const& database, std::chrono::system_clock::time_point now, std::chrono::days keep);

}  // namespace crm
