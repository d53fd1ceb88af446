#pragma once

#include "registry.hpp"
#include "strings.hpp"

#include <flexcrm/codec.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace flexcrm::detail {

/// Reads requests in one pass: what the parser finds goes straight into the message; and the answer that almost every
/// request has, whose result is null. It takes only what is right, and says of nothing what is wrong with it: for that, and
/// for what few peers write, there is the Outline.
class RequestReader {
 public:
  enum class Found {
    nothing,     ///< the frame is something else, or not right; `request` may hold anything
    request,     ///< with its method before its params
    null_answer  ///< to what `request.id` names
  };
  Found read(Request& request, std::string_view frame, CodecOptions const& options);

 private:
  friend class RequestHandler;

  // A struct or a list that the parser is in.
  struct Level {
    Table const* table = nullptr;  // of the struct; null: a list
    void* target = nullptr;        // the struct or the list; null: an element that has not been appended yet
    Row const* row = nullptr;      // of the member that is being read, or of the list; null: a later version's
    Row const* next = nullptr;     // behind that row
    std::uint64_t next_bit = 1;    // bit i: row i
    std::uint64_t left = 0;        // those that have not been seen yet, and may be
    std::uint64_t null = 0;        // of the seen ones
    std::uint64_t others = 0;      // bits of names that have no row
  };
  // A container that has ended, nobody knows yet where: the parser does not tell.
  struct Ending {
    std::string* text = nullptr;  // takes what is written there, if anybody wants it
    char const* begin = nullptr;
  };

  Strings::Memory strings_;
  std::array<Level, max_levels> levels_;  // the envelope, and what is around the innermost one
  std::array<Ending, max_levels + 2> endings_;
};

}  // namespace flexcrm::detail
