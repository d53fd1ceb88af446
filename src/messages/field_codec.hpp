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

/// Which member is missing, or that a constraint on several does not hold. Bit i of `present` is row i.
std::optional<Error> check_presence(Table const& table, std::uint64_t present);

/// Fills a struct from an object node; stops at the first fault.
std::optional<Error> read_fields(Table const& table, Node const& object, void* target, ReadContext const& context);

/// Appends a struct as a JSON object, members in table order, absent ones left out.
void write_fields(Table const& table, void const* source, std::string& out);

/// Collects the faults of a struct, at most `max_faults`.
inline constexpr std::size_t max_faults = 32;
void check_fields(Table const& table, void const* source, CodecOptions const& options, std::string const& pointer,
                  std::vector<Error>& faults);

}  // namespace flexcrm::detail
