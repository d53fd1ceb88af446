#include "strict_json.hpp"

#include "number.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>
#include <boost/json/serializer.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <set>

namespace flexcrm::detail {
namespace json = boost::json;

// Receives the parser's events and follows them with a cursor through the text, because the events of containers and
// literals carry no position. The cursor steps only over what the parser has accepted: white space, punctuation and
// literals. Inside an object that stays unread it stands still, and nothing is kept but names, to find duplicates.
class OutlineHandler : public ParserHandler {
 public:
  OutlineHandler(Outline& target, std::string_view all, bool is_everything_read)
      : outline{target}, text{all}, everything{is_everything_read}, strings_{target.strings_, all} {}

  /// The text has something that the parser lets pass and we do not.
  bool is_in_doubt() const noexcept { return in_doubt_ || strings_.has_doubled_name(); }

  /// How many members and levels there were.
  Extent const& extent() const noexcept { return extent_; }

  bool on_object_begin(error_code&) {
    strings_.begin_object();
    return is_unread_ ? descend() : open(Node::Kind::object);
  }
  bool on_array_begin(error_code&) { return is_unread_ ? descend() : open(Node::Kind::array); }

  bool on_object_end(std::size_t count, error_code&) {
    strings_.end_object(count);
    extent_.members += static_cast<std::uint32_t>(count);
    return ascend(count);
  }
  bool on_array_end(std::size_t, error_code&) { return ascend(0); }

  bool on_key_part(std::string_view part, std::size_t, error_code&) { return keep(part); }
  bool on_key(std::string_view part, std::size_t size, error_code&) {
    if (is_unread_) {
      strings_.add_name(strings_.whole(part, size));
      return true;
    }
    key_ = string(part, size);
    has_key_ = true;
    strings_.add_name(key_);
    return true;
  }
  bool on_string_part(std::string_view part, std::size_t, error_code&) { return is_unread_ || keep(part); }
  bool on_string(std::string_view part, std::size_t size, error_code&) {
    if (is_unread_) return true;
    auto const content = string(part, size);
    Node& node = add(Node::Kind::string);
    node.text = content;
    node.raw = {text.data() + string_begin_, cursor_ - string_begin_};
    return true;
  }

  bool on_int64(std::int64_t value, std::string_view part, error_code&) {
    if (is_unread_) return true;
    number(part).integer = value;
    return true;
  }
  bool on_uint64(std::uint64_t, std::string_view part, error_code&) {
    if (!is_unread_) number(part);
    return true;
  }
  bool on_double(double value, std::string_view part, error_code&) {
    bool const at_the_edge = may_be_infinite(value);
    if (at_the_edge) in_doubt_ = true;
    if (is_unread_) return true;
    Node& node = number(part);
    if (at_the_edge) node.finite = is_finite(part, value);
    return true;
  }
  bool on_bool(bool value, error_code&) { return literal(Node::Kind::boolean, value ? 4 : 5); }
  bool on_null(error_code&) { return literal(Node::Kind::null, 4); }

 private:
  static bool is_space_or_punctuation(char c) noexcept { return is_space(c) || c == ',' || c == ':'; }
  void skip() noexcept {
    while (is_space_or_punctuation(text[cursor_])) ++cursor_;
  }

  Node& add(Node::Kind kind) {
    Node& node = outline.nodes_.emplace_back();
    node.kind = kind;
    if (has_key_) {
      node.key = key_;
      node.keyed = true;
    }
    has_key_ = false;
    node.next = static_cast<std::uint32_t>(outline.nodes_.size());
    return node;
  }

  bool descend() noexcept {
    if (extent_.depth < ++depth_) extent_.depth = depth_;
    return true;
  }
  bool ascend(std::size_t count) {
    if (--depth_ == 0 || !is_unread_) close(count);
    return true;
  }

  [[gnu::noinline]] bool open(Node::Kind kind) {
    ++depth_;
    skip();
    Node& node = add(kind);
    node.raw = {text.data() + cursor_, 1};  // grows when its end is seen
    outline.open_.push_back({extent_, node.next - 1});
    extent_ = {0, depth_};
    is_unread_ = !everything && kind == Node::Kind::object;  // of an array all is read
    everything |= !is_unread_;
    ++cursor_;
    return true;
  }
  [[gnu::noinline]] void close(std::size_t count) {
    auto const before = outline.open_.back();
    outline.open_.pop_back();
    Node& node = outline.nodes_[before.index];
    node.members = static_cast<std::uint32_t>(count);
    node.next = static_cast<std::uint32_t>(outline.nodes_.size());
    node.extent = {extent_.members, extent_.depth - depth_};
    extent_ = {before.extent.members + extent_.members, std::max(before.extent.depth, extent_.depth)};
    if (is_unread_)
      cursor_ = text.find_last_of('}');  // nothing but white space is behind the root
    else
      skip();
    ++cursor_;
    auto const begin = static_cast<std::size_t>(node.raw.data() - text.data());
    node.raw = node.text = text.substr(begin, cursor_ - begin);
  }

  bool keep(std::string_view part) {
    strings_.keep(part);
    return true;
  }

  // The content of a string, from its last part; moves the cursor behind its closing quote.
  std::string_view string(std::string_view last_part, std::size_t size) {
    if (!strings_.is_verbatim(last_part, size)) return escaped_string(last_part, size);
    string_begin_ = static_cast<std::size_t>(last_part.data() - text.data()) - 1;
    cursor_ = string_begin_ + size + 2;
    return last_part;
  }
  [[gnu::noinline]] std::string_view escaped_string(std::string_view last_part, std::size_t size) {
    skip();
    string_begin_ = cursor_;
    for (++cursor_; text[cursor_] != '"'; ++cursor_)
      if (text[cursor_] == '\\') ++cursor_;
    ++cursor_;
    return strings_.whole(last_part, size);
  }

  Node& number(std::string_view part) {
    Node& node = add(Node::Kind::number);
    node.raw = node.text = part;
    cursor_ = static_cast<std::size_t>(part.data() - text.data()) + part.size();
    return node;
  }

  bool literal(Node::Kind kind, std::size_t size) {
    if (is_unread_) return true;
    skip();
    Node& node = add(kind);
    node.raw = node.text = text.substr(cursor_, size);
    cursor_ += size;
    return true;
  }

  static bool is_finite(std::string_view raw, double rough) {
    double exact = 0;
    // Out of range is an overflow or an underflow; an underflow is a finite zero.
    return read_double(raw, exact) || std::abs(rough) < 1;
  }

  Outline& outline;
  std::string_view text;
  bool everything;
  Strings strings_;
  std::size_t cursor_ = 0;
  std::size_t string_begin_ = 0;
  std::uint32_t depth_ = 0;
  Extent extent_;  // of the innermost open container that has a node
  std::string_view key_;
  bool has_key_ = false;
  bool is_unread_ = false;  // what comes is inside a root that stays unread
  bool in_doubt_ = false;
};

std::optional<Error> Outline::read(std::string_view text, Limits const& limits) { return read(text, limits, true); }
std::optional<Error> Outline::read_root(std::string_view text, Limits const& limits) {
  return read(text, limits, false);
}

std::optional<Error> Outline::read(std::string_view text, Limits const& limits, bool everything) {
  nodes_.clear();
  open_.clear();
  if (text.size() > limits.frame_bytes) return make_error(Errc::too_large);

  json::parse_options options;
  options.max_depth = limits.depth;
  json::basic_parser<OutlineHandler> parser{options, *this, text, everything};
  auto& handler = parser.handler();

  error_code ec;
  auto const consumed = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && consumed < text.size()) ec = json::error::extra_data;
  if (ec) {
    nodes_.clear();
    if (ec == json::error::too_deep) return make_error(Errc::too_deep);
    return make_error(Errc::syntax, {}, "byte " + std::to_string(consumed));
  }
  if (!handler.is_in_doubt() && handler.extent().members <= limits.members) return std::nullopt;
  return everything ? find_fault(limits) : read(text, limits);
}

// What the parser lets pass and we do not, in the order in which a reader gets to know of it.
std::optional<Error> Outline::find_fault(Limits const& limits) {
  std::size_t members = 0;
  return find_fault(root(), members, limits);
}

std::optional<Error> Outline::find_fault(Node const& node, std::size_t& members, Limits const& limits) {
  if (!node.finite) return make_error(Errc::number_not_finite, pointer(root(), node));
  for (Node const* child = begin(node); child != end(node); child = after(*child))
    if (auto error = find_fault(*child, members, limits)) return error;
  if (Node const* second = doubled(node)) return make_error(Errc::duplicate_key, pointer(root(), *second));
  members += node.members;
  if (members > limits.members) return make_error(Errc::too_many_members);  // of the whole text
  return std::nullopt;
}

Node const* Outline::doubled(Node const& object) {
  if (object.kind != Node::Kind::object || object.members < 2) return nullptr;
  keys_.clear();
  for (Node const* child = begin(object); child != end(object); child = after(*child)) keys_.push_back(child->key);
  std::sort(keys_.begin(), keys_.end());
  if (std::adjacent_find(keys_.begin(), keys_.end()) == keys_.end()) return nullptr;
  std::set<std::string_view> seen;
  Node const* child = begin(object);
  while (seen.insert(child->key).second) child = after(*child);
  return child;
}

Node const* Outline::member(Node const& object, std::string_view name) const noexcept {
  if (object.kind != Node::Kind::object) return nullptr;
  for (Node const* child = begin(object); child != end(object); child = after(*child))
    if (same(child->key, name)) return child;
  return nullptr;
}

std::string Outline::pointer(Node const& from, Node const& to) const {
  std::string pointer;
  Node const* node = &from;
  while (node != &to) {
    std::size_t index = 0;
    Node const* child = begin(*node);
    for (; !(child <= &to && &to < after(*child)); child = after(*child)) ++index;
    append_token(pointer, child->keyed ? child->key : std::to_string(index));
    node = child;
  }
  return pointer;
}

void append_token(std::string& pointer, std::string_view token) {
  pointer += '/';
  for (char const c : token) {
    if (c == '~')
      pointer += "~0";
    else if (c == '/')
      pointer += "~1";
    else
      pointer += c;
  }
}

namespace {

// Which strings need nothing but quotes around them: eight characters at a time, as most are longer. A bit of
// `escaped` may be set without need; then the serializer decides.
class Characters {
 public:
  explicit Characters(std::string_view text) noexcept {
    constexpr std::size_t step = sizeof(std::uint64_t);
    if (text.size() < step) {
      std::uint64_t word = ' ' * ones;
      if (!text.empty()) std::memcpy(&word, text.data(), text.size());
      add(word);
      return;
    }
    for (std::size_t i = 0; i + step < text.size(); i += step) add(word_at(text.data() + i));
    add(word_at(text.data() + text.size() - step));
  }

  bool must_be_escaped() const noexcept { return (escaped_ & highs) != 0; }
  bool are_ascii() const noexcept { return (all_ & highs) == 0; }

 private:
  static constexpr std::uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;

  static std::uint64_t word_at(char const* text) noexcept {
    std::uint64_t word;
    std::memcpy(&word, text, sizeof word);
    return word;
  }
  void add(std::uint64_t word) noexcept {
    // The high bit of each byte below a limit, and below 1 is what a byte xor itself is.
    auto const below = [](std::uint64_t bytes, std::uint64_t limit) { return (bytes - limit * ones) & ~bytes; };
    escaped_ |= below(word, 0x20) | below(word ^ ('"' * ones), 1) | below(word ^ ('\\' * ones), 1);
    all_ |= word;
  }

  std::uint64_t escaped_ = 0;
  std::uint64_t all_ = 0;
};

}  // namespace

bool append_string(std::string& out, std::string_view text) {
  Characters const characters{text};
  if (!characters.must_be_escaped()) {
    out += '"';
    out += text;
    out += '"';
    return characters.are_ascii();
  }
  json::serializer serializer;
  serializer.reset(text);
  char buffer[512];
  while (!serializer.done()) out += serializer.read(buffer);
  return false;
}

void append_integer(std::string& out, std::int64_t value) {
  char digits[20];  // -9223372036854775808
  auto const result = std::to_chars(std::begin(digits), std::end(digits), value);
  out.append(digits, static_cast<std::size_t>(result.ptr - digits));
}

namespace {

json::value number_value(std::string_view raw) {
  if (raw.find_first_of(".eE") == std::string_view::npos && raw != "-0") {
    std::int64_t integer = 0;
    if (std::from_chars(raw.data(), raw.data() + raw.size(), integer).ec == std::errc{}) return integer;
    std::uint64_t positive = 0;
    if (std::from_chars(raw.data(), raw.data() + raw.size(), positive).ec == std::errc{}) return positive;
  }
  double real = 0;  // stays zero on underflow, the only way to be out of range that the outline lets pass
  read_double(raw, real);
  return real;
}

}  // namespace

json::value to_value(Outline const& outline, Node const& node) {
  switch (node.kind) {
    case Node::Kind::object: {
      json::object object;
      object.reserve(node.members);
      for (Node const* child = outline.begin(node); child != outline.end(node); child = outline.after(*child))
        object.emplace(child->key, to_value(outline, *child));
      return object;
    }
    case Node::Kind::array: {
      json::array array;
      for (Node const* child = outline.begin(node); child != outline.end(node); child = outline.after(*child))
        array.push_back(to_value(outline, *child));
      return array;
    }
    case Node::Kind::string: return json::string{node.text};
    case Node::Kind::number: return number_value(node.raw);
    case Node::Kind::boolean: return node.raw == "true";
    case Node::Kind::null: break;
  }
  return nullptr;
}

}  // namespace flexcrm::detail
