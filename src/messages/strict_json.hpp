#pragma once

#include <flexcrm/types.hpp>

#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flexcrm::detail {

/// One value of a JSON text, as a view of it.
struct Node {
  enum class Kind : std::uint8_t { object, array, string, number, boolean, null };

  std::string_view key{};   ///< unescaped member name; empty for elements and the root
  std::string_view text{};  ///< unescaped content of a string, otherwise the raw text of the value
  std::string_view raw{};   ///< raw text, quotes and brackets included
  std::uint32_t next = 0;     ///< index of the node behind this one's subtree
  std::uint32_t members = 0;  ///< of an object
  Kind kind = Kind::null;
  bool keyed = false;  ///< a member of an object
};

/// The outline of a JSON text: every value once, in document order, without a DOM. Boost.JSON's parser checks the
/// grammar, UTF-8 and depth; here are added what it lets pass: duplicate keys, numbers that are not finite, and a bound
/// on members. Views are into the text that was read and into this object: both must outlive them.
class Outline {
 public:
  /// Reads a text. On an error of syntax or size the outline is empty; any other error leaves the outline complete, so
  /// that a frame's id can still be read.
  std::optional<Error> read(std::string_view text, Limits const& limits);

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
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> open_;       // containers that are not closed yet
  std::vector<std::string_view> keys_;    // of one object, to find duplicates
  std::string unescaped_;                 // strings with escapes; reserved up front, so views stay valid
};

/// The DOM of a node, doubles read exactly.
boost::json::value to_value(Outline const& outline, Node const& node);

/// Appends one reference token to an RFC 6901 pointer, escaped.
void append_token(std::string& pointer, std::string_view token);

/// Appends a JSON string literal.
void append_string(std::string& out, std::string_view text);

}  // namespace flexcrm::detail
