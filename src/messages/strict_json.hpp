#pragma once

#include "strings.hpp"

#include <flexcrm/types.hpp>

#include <boost/json/value.hpp>

#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flexcrm::detail {

/// White space as JSON has it.
constexpr bool is_space(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// What a handler of Boost.JSON's parser needs besides values: our limits are for the whole text, which comes in one piece.
struct ParserHandler {
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_number_part(std::string_view, error_code&) { return true; }
  bool on_comment_part(std::string_view, error_code&) { return true; }
  bool on_comment(std::string_view, error_code&) { return true; }
};

/// Boost.JSON's doubles are an ulp or two off, and wrong for 0e400: near the edge only an exact reader tells which numbers
/// are finite.
inline bool may_be_infinite(double value) noexcept { return !(std::abs(value) < 1e308); }

/// How much there is in a value.
struct Extent {
  std::uint32_t members = 0;  ///< of all its objects together
  std::uint32_t depth = 0;    ///< nested containers, itself included
};

/// One value of a JSON text, as a view of it.
struct Node {
  enum class Kind : std::uint8_t { object, array, string, number, boolean, null };

  std::string_view key{};                 ///< unescaped member name; empty for elements and the root
  std::string_view text{};                ///< unescaped content of a string, otherwise the raw text of the value
  std::string_view raw{};                 ///< raw text, quotes and brackets included
  std::uint32_t next = 0;                 ///< index of the node behind this one's subtree
  std::uint32_t members = 0;              ///< of an object
  Extent extent{};                        ///< of a container, and everything inside it
  std::optional<std::int64_t> integer{};  ///< of a number that is written as one
  Kind kind = Kind::null;
  bool keyed = false;  ///< a member of an object
  bool finite = true;  ///< false: a number beyond the range of a double
};

/// The outline of a JSON text: every value once, in document order, without a DOM. Boost.JSON's parser checks the
/// grammar, UTF-8 and depth; here are added what it lets pass: duplicate keys, numbers that are not finite, and a bound
/// on members. Views are into the text that was read and into this object: both must outlive them.
class Outline {
 public:
  /// Reads a text. On an error of syntax or size the outline is empty; any other error leaves the outline complete, so
  /// that a frame's id can still be read.
  std::optional<Error> read(std::string_view text, Limits const& limits);

  /// The same when nobody looks inside a text that is an object: all is checked, but without an error the outline has
  /// its root alone.
  std::optional<Error> read_root(std::string_view text, Limits const& limits);

  std::span<Node const> nodes() const noexcept { return nodes_; }
  bool empty() const noexcept { return nodes_.empty(); }
  Node const& root() const noexcept { return nodes_.front(); }

  /// The member of an object node, or null.
  Node const* member(Node const& object, std::string_view name) const noexcept;

  /// The first member of an object node that has the name of one before it, or null.
  Node const* doubled(Node const& object);

  /// The first child of a container and the one after a child; `end(container)` when there is none.
  Node const* begin(Node const& container) const noexcept { return &container + 1; }
  Node const* after(Node const& child) const noexcept { return nodes_.data() + child.next; }
  Node const* end(Node const& container) const noexcept { return nodes_.data() + container.next; }

  /// RFC 6901 pointer to a node from one of its ancestors.
  std::string pointer(Node const& from, Node const& to) const;

 private:
  friend class OutlineHandler;

  // A container that is not closed yet, and what was counted before it.
  struct Open {
    Extent extent{};
    std::uint32_t index = 0;  // of its node
  };

  // `everything`: with nodes for all that is inside the root.
  std::optional<Error> read(std::string_view text, Limits const& limits, bool everything);
  std::optional<Error> find_fault(Limits const& limits);
  std::optional<Error> find_fault(Node const& node, std::size_t& members, Limits const& limits);

  std::vector<Node> nodes_;
  std::vector<Open> open_;
  std::vector<std::string_view> keys_;  // of one object, to be sorted
  Strings::Memory strings_;
};

/// The DOM of a node, doubles read exactly.
boost::json::value to_value(Outline const& outline, Node const& node);

/// Appends one reference token to an RFC 6901 pointer, escaped.
void append_token(std::string& pointer, std::string_view token);

/// Appends a JSON string literal. True when it is certainly one, false when the text may not be UTF-8.
bool append_string(std::string& out, std::string_view text);

/// Appends an integer.
void append_integer(std::string& out, std::int64_t value);

}  // namespace flexcrm::detail
