#include "strict_json.hpp"

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

// Receives the parser's events and follows them with a cursor through the text, because events carry no position. The
// cursor steps only over what the parser has accepted: white space, punctuation and literals.
class OutlineHandler {
 public:
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);

  Outline* outline = nullptr;
  std::string_view text;
  std::size_t max_members = 0;
  std::optional<Errc> fault;
  std::uint32_t fault_index = 0;

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }

  bool on_object_begin(error_code&) { return open(Node::Kind::object); }
  bool on_array_begin(error_code&) { return open(Node::Kind::array); }

  bool on_object_end(std::size_t count, error_code&) {
    Node& object = close();
    object.members = static_cast<std::uint32_t>(count);
    members_ += count;
    if (Node const* second = outline->doubled(object)) note(Errc::duplicate_key, *second);
    if (members_ > max_members) note(Errc::too_many_members, outline->nodes_.front());  // of the whole text
    return true;
  }
  bool on_array_end(std::size_t, error_code&) {
    close();
    return true;
  }

  bool on_key_part(std::string_view part, std::size_t, error_code&) { return keep(part); }
  bool on_key(std::string_view part, std::size_t size, error_code&) {
    skip();
    key_ = string(part, size);
    has_key_ = true;
    return true;
  }
  bool on_string_part(std::string_view part, std::size_t, error_code&) { return keep(part); }
  bool on_string(std::string_view part, std::size_t size, error_code&) {
    skip();
    auto const begin = cursor_;
    auto const content = string(part, size);
    Node& node = add(Node::Kind::string);
    node.text = content;
    node.raw = text.substr(begin, cursor_ - begin);
    return true;
  }

  bool on_number_part(std::string_view, error_code&) { return true; }
  bool on_int64(std::int64_t, std::string_view, error_code&) { return number(); }
  bool on_uint64(std::uint64_t, std::string_view, error_code&) { return number(); }
  bool on_double(double value, std::string_view, error_code&) {
    number();
    // Boost.JSON's value is an ulp or two off, and wrong for 0e400: only near the edge does the exact reader decide.
    if (!(std::abs(value) < 1e308) && !finite(outline->nodes_.back().raw, value))
      note(Errc::number_not_finite, outline->nodes_.back());
    return true;
  }
  bool on_bool(bool value, error_code&) { return literal(Node::Kind::boolean, value ? 4 : 5); }
  bool on_null(error_code&) { return literal(Node::Kind::null, 4); }
  bool on_comment_part(std::string_view, error_code&) { return true; }
  bool on_comment(std::string_view, error_code&) { return true; }

 private:
  static bool is_space_or_punctuation(char c) noexcept {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == ',' || c == ':';
  }
  void skip() noexcept {
    while (is_space_or_punctuation(text[cursor_])) ++cursor_;
  }

  Node& add(Node::Kind kind) {
    Node& node = outline->nodes_.emplace_back();
    node.kind = kind;
    if (has_key_) {
      node.key = key_;
      node.keyed = true;
      has_key_ = false;
    }
    node.next = static_cast<std::uint32_t>(outline->nodes_.size());
    return node;
  }

  bool open(Node::Kind kind) {
    skip();
    Node& node = add(kind);
    node.raw = text.substr(cursor_, 1);  // closed when its end is seen
    outline->open_.push_back(node.next - 1);
    ++cursor_;
    return true;
  }
  Node& close() {
    skip();
    ++cursor_;
    Node& node = outline->nodes_[outline->open_.back()];
    outline->open_.pop_back();
    auto const begin = static_cast<std::size_t>(node.raw.data() - text.data());
    node.raw = text.substr(begin, cursor_ - begin);
    node.text = node.raw;
    node.next = static_cast<std::uint32_t>(outline->nodes_.size());
    return node;
  }

  // A part of a string that the parser unescaped into its own buffer.
  bool keep(std::string_view part) {
    outline->unescaped_.append(part);
    kept_ += part.size();
    return true;
  }

  bool is_in_text(std::string_view part) const noexcept {
    std::less_equal<char const*> before;
    return before(text.data(), part.data()) && before(part.data() + part.size(), text.data() + text.size());
  }

  // The content of a string whose opening quote is at the cursor; moves the cursor behind the closing one.
  std::string_view string(std::string_view last_part, std::size_t size) {
    if (kept_ == 0 && is_in_text(last_part) && text.data() + cursor_ + 1 == last_part.data()) {
      cursor_ += size + 2;
      return last_part;
    }
    keep(last_part);
    std::string_view const content{outline->unescaped_.data() + outline->unescaped_.size() - kept_, kept_};
    kept_ = 0;
    for (++cursor_; text[cursor_] != '"'; ++cursor_)
      if (text[cursor_] == '\\') ++cursor_;
    ++cursor_;
    return content;
  }

  bool number() {
    skip();
    auto const begin = cursor_;
    while (cursor_ < text.size() && (std::string_view{"+-.eE"}.find(text[cursor_]) != std::string_view::npos ||
                                     (text[cursor_] >= '0' && text[cursor_] <= '9')))
      ++cursor_;
    Node& node = add(Node::Kind::number);
    node.raw = node.text = text.substr(begin, cursor_ - begin);
    return true;
  }

  bool literal(Node::Kind kind, std::size_t size) {
    skip();
    Node& node = add(kind);
    node.raw = node.text = text.substr(cursor_, size);
    cursor_ += size;
    return true;
  }

  static bool finite(std::string_view raw, double rough) {
    double exact = 0;
    auto const result = std::from_chars(raw.data(), raw.data() + raw.size(), exact);
    // Out of range is an overflow or an underflow; an underflow is a finite zero.
    return result.ec == std::errc{} || std::abs(rough) < 1;
  }

  void note(Errc code, Node const& node) {
    if (fault) return;
    fault = code;
    fault_index = static_cast<std::uint32_t>(&node - outline->nodes_.data());
  }

  std::size_t cursor_ = 0;
  std::size_t kept_ = 0;
  std::size_t members_ = 0;
  std::string_view key_;
  bool has_key_ = false;
};

std::optional<Error> Outline::read(std::string_view text, Limits const& limits) {
  nodes_.clear();
  open_.clear();
  unescaped_.clear();
  if (text.size() > limits.frame_bytes) return make_error(Errc::too_large);
  unescaped_.reserve(text.size());  // unescaping only shrinks

  json::parse_options options;
  options.max_depth = limits.depth;
  json::basic_parser<OutlineHandler> parser{options};
  auto& handler = parser.handler();
  handler.outline = this;
  handler.text = text;
  handler.max_members = limits.members;

  error_code ec;
  auto const consumed = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && consumed < text.size()) ec = json::error::extra_data;
  if (ec) {
    nodes_.clear();
    if (ec == json::error::too_deep) return make_error(Errc::too_deep);
    return make_error(Errc::syntax, {}, "byte " + std::to_string(consumed));
  }
  if (!handler.fault) return std::nullopt;
  return make_error(*handler.fault, pointer(root(), nodes_[handler.fault_index]));
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
    if (child->key == name) return child;
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

void append_string(std::string& out, std::string_view text) {
  json::serializer serializer;
  serializer.reset(text);
  char buffer[512];
  while (!serializer.done()) out += serializer.read(buffer);
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
  std::from_chars(raw.data(), raw.data() + raw.size(), real);
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
