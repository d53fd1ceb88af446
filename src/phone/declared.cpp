#include "declared.hpp"

#include <flexcrm/types.hpp>

#include <algorithm>

namespace flexcrm::detail::declared {
namespace {

/// A shape, ready to be asked: what a list's elements are is asked often.
class Checker {
 public:
  explicit Checker(Shape const& shape) : shape_{shape} {
    if (!shape.pattern.empty()) pattern_.assign(shape.pattern.begin(), shape.pattern.end());
  }

  std::optional<Error> operator()(json::value const& value, std::string const& pointer) const {
    return shape_.list ? list(value, pointer) : one(value, pointer);
  }

 private:
  std::optional<Error> list(json::value const& value, std::string const& pointer) const {
    auto const* elements = value.if_array();
    if (!elements) return make_error(Errc::wrong_type, pointer, "a list");
    if (elements->size() > longest_list) return make_error(Errc::too_long, pointer, "too many");
    if (elements->size() < shape_.least) return make_error(Errc::too_short, pointer, "at least one");
    for (std::size_t i = 0; i < elements->size(); ++i)
      if (auto error = one((*elements)[i], pointer + "/" + std::to_string(i))) return error;
    return std::nullopt;
  }

  std::optional<Error> one(json::value const& value, std::string const& pointer) const {
    switch (shape_.kind) {
      case Shape::Kind::text: return text(value, pointer);
      case Shape::Kind::word: {
        auto const* word = value.if_string();
        if (!word) return make_error(Errc::wrong_type, pointer, "a word");
        if (std::find(shape_.words.begin(), shape_.words.end(), std::string_view{*word}) == shape_.words.end())
          return make_error(Errc::unknown_value, pointer);
        return std::nullopt;
      }
      case Shape::Kind::integer: {
        if (!value.is_number()) return make_error(Errc::wrong_type, pointer, "a number");
        error_code error;
        auto const number = value.to_number<std::int64_t>(error);
        if (error) return make_error(Errc::not_an_integer, pointer);
        if (number < shape_.min || number > shape_.max) return make_error(Errc::out_of_range, pointer);
        return std::nullopt;
      }
      case Shape::Kind::object: return declared::check(shape_.rows, value, pointer);
    }
    return std::nullopt;
  }

  std::optional<Error> text(json::value const& value, std::string const& pointer) const {
    auto const* given = value.if_string();
    if (!given) return make_error(Errc::wrong_type, pointer, "a text");
    if (shape_.pattern.empty()) return std::nullopt;
    if (given->size() > longest_text) return make_error(Errc::too_long, pointer);
    if (!std::regex_match(given->begin(), given->end(), pattern_))
      return make_error(Errc::unknown_value, pointer, std::string{shape_.says});
    return std::nullopt;
  }

  Shape const& shape_;
  std::regex pattern_;
};

/// RFC 6901.
std::string escaped(std::string_view name) {
  std::string result;
  for (char const c : name) result += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return result;
}

json::object schema_of(Shape shape, std::string_view doc) {
  json::object result;
  if (shape.list) {
    shape.list = false;
    result = {{"type", "array"}, {"maxItems", longest_list}, {"items", schema_of(shape, {})}};
    if (shape.least > 0) result["minItems"] = shape.least;
  } else {
    switch (shape.kind) {
      case Shape::Kind::text:
        result["type"] = "string";
        if (!shape.pattern.empty()) {
          result["title"] = shape.says;
          result["maxLength"] = longest_text;
          result["pattern"] = "^(?:" + std::string{shape.pattern} + ")$";
        }
        break;
      case Shape::Kind::word: result["enum"] = json::array(shape.words.begin(), shape.words.end()); break;
      case Shape::Kind::integer: result = {{"type", "integer"}, {"minimum", shape.min}, {"maximum", shape.max}}; break;
      case Shape::Kind::object: result = schema(shape.rows); break;
    }
  }
  if (!doc.empty()) result["description"] = doc;
  return result;
}

}  // namespace

std::optional<Error> check(std::span<Row const> rows, json::value const& value, std::string const& pointer) {
  auto const* object = value.if_object();
  if (!object) return make_error(Errc::wrong_type, pointer, "an object");
  for (auto const& member : *object) {
    auto const place = pointer + "/" + escaped(member.key());
    auto const row = std::find_if(rows.begin(), rows.end(),
                                  [&](Row const& one) { return one.name == std::string_view{member.key()}; });
    if (row == rows.end()) return make_error(Errc::unknown_value, place, "no such member");
    if (auto error = Checker{row->shape}(member.value(), place)) return error;
  }
  for (auto const& row : rows)
    if (row.required && !object->contains(row.name))
      return make_error(Errc::missing_member, pointer + "/" + escaped(row.name));
  return std::nullopt;
}

json::object schema(std::span<Row const> rows) {
  json::array required;
  json::object properties;
  for (auto const& row : rows) {
    if (row.required) required.push_back(json::value(row.name));
    properties[row.name] = schema_of(row.shape, row.doc);
  }
  json::object result{{"type", "object"}};
  if (!required.empty()) result["required"] = std::move(required);
  result["properties"] = std::move(properties);
  result["additionalProperties"] = false;
  return result;
}

Result<json::value> parse(std::string_view text) {
  constexpr std::size_t longest = 1024 * 1024;
  auto checked = Attributes::from_text(std::string{text}, {longest, 32, longest_list, longest});
  if (!checked) return checked.error();
  return json::value(checked->object());
}

}  // namespace flexcrm::detail::declared
