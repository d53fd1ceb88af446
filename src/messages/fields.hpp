#pragma once

// The table machinery: a message type is declared once, one row per member, and decode, encode, validation, the JSON
// Schema, the browser's tables and the docs are loops over its rows. Rows are erased (plain function pointers), because
// one loop at run time costs half the compile time and a third of the code of folding over each type.

#include <flexcrm/message.hpp>

#include <boost/pfr/tuple_size.hpp>

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace flexcrm::detail {

struct Row;

/// The rows of one struct.
struct Table {
  std::string_view name{};  ///< T::type_name
  std::span<Row const> rows{};
  std::span<std::string_view const> exactly_one{};   ///< of these members
  std::span<std::string_view const> at_least_one{};  ///< of these members
  std::uint64_t required = 0;                        ///< bit i: row i
  std::uint64_t optional = 0;                        ///< the other rows

  constexpr std::uint64_t all() const noexcept { return required | optional; }
};

/// What a field accepts. Plain data, so that it can be checked here, in JavaScript, and written as a schema.
struct Rule {
  enum class Kind : std::uint8_t {
    text,
    sid,
    destination,
    digits,
    choice,
    flag,
    integer,
    time,
    attributes,
    object,
    list
  };

  Kind kind = Kind::text;
  std::int64_t min = 0;  ///< text: bytes; integer: value
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  std::string_view prefix{};                  ///< sid: its two letters; several are parted by |
  std::span<std::string_view const> words{};  ///< choice: the words; attributes: reserved keys
  bool open = false;                          ///< choice: unknown words are kept
  bool nullable = false;                      ///< null means absent
  Table const* table = nullptr;               ///< object, and list of objects
  Rule const* item = nullptr;                 ///< list: of what

  // choice: the erased enumeration
  bool (*assign)(void* member, std::string_view word) = nullptr;
  std::string_view (*word)(void const* member) = nullptr;
};
std::string_view constexpr kind_names[] = {"text",    "sid",  "destination", "digits", "choice", "flag",
                                           "integer", "time", "attributes",  "object", "list"};

/// How a member is reached without knowing its type.
struct Access {
  void const* (*look)(void const* owner) = nullptr;  ///< the value, or null when it is absent
  void* (*make)(void* owner) = nullptr;              ///< the value, engaged; a list is empty
  void (*clear)(void* owner) = nullptr;              ///< makes it absent; of optional members and lists
  std::size_t (*size)(void const* list) = nullptr;
  void const* (*item)(void const* list, std::size_t index) = nullptr;
  void* (*append)(void* list) = nullptr;
};

/// A member's name as it is written: `,"name":`
class Label {
 public:
  constexpr Label() = default;
  consteval explicit Label(std::string_view name) {
    append(",\"");
    append(name);
    append("\":");
  }
  constexpr std::string_view text(bool first) const noexcept {
    return std::string_view{text_.data(), size_}.substr(first ? 1 : 0);
  }

 private:
  consteval void append(std::string_view part) {
    for (char const c : part) text_.at(size_++) = c;
  }
  std::array<char, 31> text_{};
  std::uint8_t size_ = 0;
};

struct Row {
  std::string_view name{};  ///< on the wire
  Label label{};
  bool required = false;
  Rule rule{};
  Access access{};
  std::string_view doc{};
};

// -- which C++ type holds which kind

template <class T>
struct Bare {
  using type = T;
};
template <class T>
struct Bare<std::optional<T>> {
  using type = T;
};
template <class T>
inline constexpr bool is_optional = !std::is_same_v<T, typename Bare<T>::type>;

template <class T>
inline constexpr bool is_list = false;
template <class T>
inline constexpr bool is_list<std::vector<T>> = true;

template <class T>
inline constexpr bool is_open_enum = false;
template <class E>
inline constexpr bool is_open_enum<OpenEnum<E>> = true;

template <class T>
constexpr bool holds(Rule::Kind kind) {
  switch (kind) {
    case Rule::Kind::text:
    case Rule::Kind::sid:
    case Rule::Kind::destination:
    case Rule::Kind::digits: return std::is_same_v<T, std::string>;
    case Rule::Kind::choice: return std::is_enum_v<T> || is_open_enum<T>;
    case Rule::Kind::flag: return std::is_same_v<T, bool>;
    case Rule::Kind::integer: return std::is_same_v<T, std::int64_t>;
    case Rule::Kind::time: return std::is_same_v<T, Timestamp>;
    case Rule::Kind::attributes: return std::is_same_v<T, Attributes>;
    case Rule::Kind::object: return std::is_aggregate_v<T>;
    case Rule::Kind::list: return is_list<T>;
  }
  return false;
}

template <class T>
struct Member;
template <class Owner, class T>
struct Member<T Owner::*> {
  using owner = Owner;
  using type = T;
};

template <auto member>
constexpr Access access_to() {
  using Owner = typename Member<decltype(member)>::owner;
  using T = typename Member<decltype(member)>::type;
  Access access{};
  access.look = [](void const* owner) -> void const* {
    auto const& value = static_cast<Owner const*>(owner)->*member;
    if constexpr (is_optional<T>)
      return value ? &*value : nullptr;
    else if constexpr (is_list<T>)
      return value.empty() ? nullptr : &value;
    else
      return &value;
  };
  access.make = [](void* owner) -> void* {
    auto& value = static_cast<Owner*>(owner)->*member;
    if constexpr (is_optional<T>)
      return value ? &*value : &value.emplace();
    else if constexpr (is_list<T>)
      return value.clear(), &value;
    else
      return &value;
  };
  if constexpr (is_optional<T>) access.clear = [](void* owner) { (static_cast<Owner*>(owner)->*member).reset(); };
  if constexpr (is_list<T>) {
    access.clear = [](void* owner) { (static_cast<Owner*>(owner)->*member).clear(); };
    access.size = [](void const* list) { return static_cast<T const*>(list)->size(); };
    access.item = [](void const* list, std::size_t index) -> void const* {
      return &(*static_cast<T const*>(list))[index];
    };
    access.append = [](void* list) -> void* { return &static_cast<T*>(list)->emplace_back(); };
  }
  return access;
}

// -- rules, as the tables spell them

inline constexpr Rule text(std::int64_t min = 0, std::int64_t max = std::numeric_limits<std::int64_t>::max()) {
  return {.kind = Rule::Kind::text, .min = min, .max = max};
}
inline constexpr Rule sid(std::string_view prefix) { return {.kind = Rule::Kind::sid, .prefix = prefix}; }
inline constexpr Rule destination() { return {.kind = Rule::Kind::destination}; }
inline constexpr Rule digits() { return {.kind = Rule::Kind::digits, .min = 1, .max = 32}; }
inline constexpr Rule time() { return {.kind = Rule::Kind::time}; }
inline constexpr Rule flag() { return {.kind = Rule::Kind::flag}; }
inline constexpr Rule integer(std::int64_t min, std::int64_t max) {
  return {.kind = Rule::Kind::integer, .min = min, .max = max};
}
inline constexpr Rule attributes(std::span<std::string_view const> reserved = {}) {
  return {.kind = Rule::Kind::attributes, .words = reserved};
}
inline constexpr Rule object(Table const& table) { return {.kind = Rule::Kind::object, .table = &table}; }
inline constexpr Rule nullable(Rule rule) {
  rule.nullable = true;
  return rule;
}
inline constexpr Rule list_of(Rule const& item) { return {.kind = Rule::Kind::list, .item = &item}; }

template <class E>
inline constexpr auto words_of = enum_words(E{});

template <class E>
constexpr Rule choice() {
  Rule rule{.kind = Rule::Kind::choice, .words = words_of<E>};
  rule.assign = [](void* member, std::string_view word) {
    for (std::size_t i = 0; i < words_of<E>.size(); ++i) {
      if (words_of<E>[i] != word) continue;
      *static_cast<E*>(member) = static_cast<E>(i);
      return true;
    }
    return false;
  };
  rule.word = [](void const* member) {
    auto const index = static_cast<std::size_t>(*static_cast<E const*>(member));
    return index < words_of<E>.size() ? words_of<E>[index] : std::string_view{};
  };
  return rule;
}

template <class E>
constexpr Rule open_choice() {
  Rule rule{.kind = Rule::Kind::choice, .words = words_of<E>, .open = true};
  rule.assign = [](void* member, std::string_view word) {
    *static_cast<OpenEnum<E>*>(member) = OpenEnum<E>{std::string{word}};
    return !word.empty();
  };
  rule.word = [](void const* member) -> std::string_view { return static_cast<OpenEnum<E> const*>(member)->word(); };
  return rule;
}

/// Rows: `required<&DialRequest::destination>("destination", destination(), "…")`.
/// A rule for another C++ type does not compile.
template <auto member>
consteval Row required(std::string_view name, Rule rule, std::string_view doc) {
  using T = typename Member<decltype(member)>::type;
  static_assert(!is_optional<T>, "a required member is not std::optional");
  if (!holds<T>(rule.kind)) throw "the rule is for another type";
  return {name, Label{name}, true, rule, access_to<member>(), doc};
}
template <auto member>
consteval Row optional(std::string_view name, Rule rule, std::string_view doc) {
  using T = typename Member<decltype(member)>::type;
  static_assert(is_optional<T> || is_list<T>, "a member that may be absent is std::optional or a list");
  if (!holds<typename Bare<T>::type>(rule.kind)) throw "the rule is for another type";
  return {name, Label{name}, false, rule, access_to<member>(), doc};
}

/// How a message travels.
struct Routing {
  DeliveryClass delivery_class;
  Sender sender;
  std::string_view slot{};
};

/// The declaration of `T`: specialised in tables/, with `static constexpr std::array rows` (and for a message
/// `static constexpr Routing routing`).
template <class T>
struct Fields;

template <class T>
constexpr Table make_table() {
  static_assert(Fields<T>::rows.size() == boost::pfr::tuple_size_v<T>, "every member has a row");
  static_assert(Fields<T>::rows.size() <= 64, "every row has a bit");
  Table table{.name = T::type_name, .rows = Fields<T>::rows};
  for (std::size_t i = 0; i < Fields<T>::rows.size(); ++i)
    (Fields<T>::rows[i].required ? table.required : table.optional) |= std::uint64_t{1} << i;
  if constexpr (requires { Fields<T>::exactly_one; }) table.exactly_one = Fields<T>::exactly_one;
  if constexpr (requires { Fields<T>::at_least_one; }) table.at_least_one = Fields<T>::at_least_one;
  return table;
}
template <>
constexpr Table make_table<NullResult>() {
  return {};
}

template <class T>
inline constexpr Table table_of = make_table<T>();

}  // namespace flexcrm::detail
