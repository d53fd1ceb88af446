#pragma once

// A file of settings, declared once: reading it with JSON pointers in its errors, its JSON Schema and its documentation
// follow from the rows of its structs. The tables of messages (src/messages/fields.hpp) are for frames: they keep what
// they do not know and have no patterns; a file of settings refuses what it does not know, since that is a mistake in
// writing.

#include <flexcrm/error.hpp>
#include <flexcrm/export.hpp>

#include <boost/json.hpp>
#include <boost/pfr/tuple_size.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <regex>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace flexcrm::detail::declared {

namespace json = boost::json;

struct Row;

/// What a value is.
struct Shape {
  enum class Kind : std::uint8_t { text, word, integer, object };

  Kind kind = Kind::text;
  bool list = false;           ///< an array of them
  std::size_t least = 0;       ///< list: how many
  std::string_view pattern{};  ///< text: ECMAScript; ASCII alone, so that characters are bytes
  std::string_view says{};     ///< text: what the pattern wants, in words
  std::int64_t min = 0;        ///< integer
  std::int64_t max = 0;        ///< integer
  std::span<std::string_view const> words{};
  std::span<Row const> rows{};  ///< object
};

/// A member: its name, what it may be, and how it gets into the struct once it was checked.
struct Row {
  std::string_view name;
  bool required;
  Shape shape;
  std::string_view doc;
  void (*put)(void* owner, json::value const& value);
};

/// The most elements of a list.
inline constexpr std::size_t longest_list = 10000;
/// The most characters of a text with a pattern: of a SIP URI or client identity.
inline constexpr std::size_t longest_text = 255;

/// The rows of `T`: specialised where it is declared, with `static constexpr std::array rows`.
template <class T>
struct Fields;
template <class T>
constexpr std::span<Row const> rows_of() {
  static_assert(Fields<T>::rows.size() == boost::pfr::tuple_size_v<T>, "every member has a row");
  return Fields<T>::rows;
}

// -- shapes, as the tables spell them

constexpr Shape text() { return {}; }
constexpr Shape text(std::string_view pattern, std::string_view says) { return {.pattern = pattern, .says = says}; }
constexpr Shape integer(std::int64_t min, std::int64_t max) {
  return {.kind = Shape::Kind::integer, .min = min, .max = max};
}
template <class E>
FLEXCRM_HIDDEN inline constexpr auto words_of = enum_words(E{});
template <class E>
constexpr Shape word() {
  return {.kind = Shape::Kind::word, .words = words_of<E>};
}
template <class T>
constexpr Shape object() {
  return {.kind = Shape::Kind::object, .rows = rows_of<T>()};
}
constexpr Shape list_of(Shape shape, std::size_t least = 0) {
  shape.list = true;
  shape.least = least;
  return shape;
}

// -- from a value that was checked

inline void assign(std::string& to, json::value const& value) { to = std::string_view{value.as_string()}; }
inline void assign(std::int64_t& to, json::value const& value) { to = value.to_number<std::int64_t>(); }
template <class E>
requires std::is_enum_v<E>
void assign(E& to, json::value const& value) {
  for (std::size_t i = 0; i < words_of<E>.size(); ++i)
    if (words_of<E>[i] == std::string_view{value.as_string()}) to = static_cast<E>(i);
}
template <class T>
requires requires { Fields<T>::rows; }
void assign(T& to, json::value const& value) {
  for (auto const& row : rows_of<T>())
    if (auto const* member = value.as_object().if_contains(row.name)) row.put(&to, *member);
}
template <class T>
void assign(std::optional<T>& to, json::value const& value) {
  assign(to.emplace(), value);
}
template <class T>
void assign(std::vector<T>& to, json::value const& value) {
  to.clear();
  for (auto const& element : value.as_array()) assign(to.emplace_back(), element);
}

template <class Owner, class T>
Owner owner_of(T Owner::*);

template <auto member>
constexpr Row row(std::string_view name, Shape shape, std::string_view doc) {
  using Owner = decltype(owner_of(member));
  return {name, false, shape, doc,
          [](void* owner, json::value const& value) { assign(static_cast<Owner*>(owner)->*member, value); }};
}
template <auto member>
constexpr Row required(std::string_view name, Shape shape, std::string_view doc) {
  auto one = row<member>(name, shape, doc);
  one.required = true;
  return one;
}

// -- what follows from the rows

/// The first fault of an object, or nothing.
std::optional<Error> check(std::span<Row const> rows, json::value const& value, std::string const& pointer);

/// The schema of an object.
json::object schema(std::span<Row const> rows);

/// From the text of a file. Errors: those of Attributes::from_text() with limits of a file, and of check().
template <class T>
Result<T> read(std::string_view text);

/// The text as an object without doubled members.
Result<json::value> parse(std::string_view text);

template <class T>
Result<T> read(std::string_view text) {
  auto const value = parse(text);
  if (!value) return value.error();
  if (auto error = check(rows_of<T>(), *value, {})) return *std::move(error);
  T result;
  assign(result, *value);
  return result;
}

}  // namespace flexcrm::detail::declared
