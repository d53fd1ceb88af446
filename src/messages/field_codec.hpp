#pragma once

// The loops over a table's rows: read, write, check.

#include "fields.hpp"
#include "strict_json.hpp"

#include <flexcrm/codec.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace flexcrm::detail {

struct ReadContext {
  Outline const& outline;
  Node const& base;  ///< pointers of errors begin here
  CodecOptions const& options;
};

/// Which row has a name, or how many rows there are: none has it. Peers write members in the order of the table: the search
/// begins at `next`, behind the one before.
inline std::size_t find_row(Table const& table, std::string_view name, std::size_t next) noexcept {
  auto const count = table.rows.size();
  for (std::size_t i = next; i < count; ++i)
    if (same(table.rows[i].name, name)) return i;
  for (std::size_t i = 0; i < next; ++i)
    if (same(table.rows[i].name, name)) return i;
  return count;
}

/// Are as many of some members there as must be? Bit i of `present` is row i.
bool is_right_number(Table const& table, std::uint64_t present) noexcept;

/// Are all the members there that must be?
inline bool is_complete(Table const& table, std::uint64_t present) noexcept {
  bool const any_number = table.exactly_one.empty() && table.at_least_one.empty();
  return (table.required & ~present) == 0 && (any_number || is_right_number(table, present));
}

/// Which member is missing, or that a constraint on several does not hold.
std::optional<Error> check_presence(Table const& table, std::uint64_t present);

/// Fills a struct from an object node, whatever is in it; stops at the first fault. What a string in it has allocated is
/// used again.
std::optional<Error> read_fields(Table const& table, Node const& object, void* target, ReadContext const& context);

/// Empties the members that are not present: the optional ones and the lists.
void clear_absent(Table const& table, std::uint64_t present, void* target);

/// Where a JSON text is written, and what a reader will find there.
struct Writer {
  std::string& out;
  Outline& outline;         ///< reads strings that may not be UTF-8
  Extent extent{};          ///< no less than what was written
  std::uint32_t depth = 0;  ///< open containers
  bool is_certain = true;   ///< every string is certainly one
};

/// Makes room for a usual frame with a struct: one allocation instead of several.
void reserve_for(Table const& table, void const* source, std::string& out);

/// Appends a struct as a JSON object, members in table order, absent ones left out.
void write_fields(Table const& table, void const* source, Writer& writer);

/// A member on the way to a fault; a pointer is made of it when there is one.
struct Place {
  Place const* owner = nullptr;
  std::string_view name{};  ///< empty: an element
  std::size_t index = 0;
};

/// Collects the faults of a struct, at most `max_faults`.
inline constexpr std::size_t max_faults = 32;
void check_fields(Table const& table, void const* source, CodecOptions const& options, std::vector<Error>& faults,
                  Place const* place = nullptr);

}  // namespace flexcrm::detail
