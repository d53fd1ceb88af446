#pragma once

#include <flexcrm/types.hpp>

#include <boost/json/value.hpp>

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flexcrm::detail {

/// Equality, with the lengths compared first and in place: most names differ in it.
inline bool same(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size()) == 0;
}

/// How much there is in a value.
struct Extent {
  std::uint32_t members = 0;  ///< of all its objects together
  std::uint32_t depth = 0;    ///< nested containers, itself included
};

/// One value of a JSON text, as a view of it.
struct Node {
  enum class Kind : std::uint8_t { object, array, string, number, boolean, null };

  std::string_view key{};   ///< unescaped member name; empty for elements and the root
  std::string_view text{};  ///< unescaped content of a string, otherwise the raw text of the value
  std::string_view raw{};   ///< raw text, quotes and brackets included
  std::uint32_t next = 0;     ///< index of the node behind this one's subtree
  std::uint32_t members = 0;  ///< of an object
  Extent extent{};            ///< of a container, and everything inside it
  std::int64_t integer = 0;   ///< of a number that is written as one
  Kind kind = Kind::null;
  bool keyed = false;       ///< a member of an object
  bool is_integer = false;  ///< `integer` is the number
  bool finite = true;       ///< false: a number beyond the range of a double
};

/// Objects whose inside nobody looks at: they are checked as everything else, but of them the outline has one node.
struct Unread {
  std::span<std::string_view const> members{};  ///< the objects that are members of these names
  bool root = false;                            ///< the whole text
};

/// The outline of a JSON text: every value once, in document order, without a DOM. Boost.JSON's parser checks the
/// grammar, UTF-8 and depth; here are added what it lets pass: duplicate keys, numbers that are not finite, and a bound
/// on members. Views are into the text that was read and into this object: both must outlive them.
class Outline {
 public:
  /// Reads a text. On an error of syntax or size the outline is empty; any other error leaves the outline complete, so
  /// that a frame's id can still be read, and the place of the error inside what is unread can be told.
  std::optional<Error> read(std::string_view text, Limits const& limits, Unread const& unread = {});

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

  // The names of an object so far.
  struct Names {
    std::uint64_t bits = 0;   // of their hashes
    std::uint32_t first = 0;  // in keys_
  };
  // A container that is not closed yet, and what was counted before it.
  struct Open {
    Extent extent{};
    std::uint32_t index = 0;  // of its node
  };

  std::optional<Error> find_fault(Limits const& limits);
  std::optional<Error> find_fault(Node const& node, std::size_t& members, Limits const& limits);

  std::vector<Node> nodes_;
  std::vector<Open> open_;
  std::vector<Names> names_;              // of the objects around the innermost one
  std::vector<std::uint32_t> unended_;    // closed containers whose end is not found yet
  std::vector<std::string_view> keys_;    // of all objects that are not closed yet; as long as it ever was
  std::string unescaped_;                 // strings with escapes; reserved before the first, so views stay valid
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
