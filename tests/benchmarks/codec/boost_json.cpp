#include "documents.hpp"

#include <boost/json.hpp>
#include <boost/json/basic_parser_impl.hpp>

#include <memory>
#include <stdexcept>

namespace flexcrm::bench {
namespace json = boost::json;
using boost::system::error_code;
namespace {

constexpr std::size_t unlimited = std::size_t(-1);

// Validates and keeps nothing: what any user of this parser pays at least.
struct NullHandler {
  static constexpr std::size_t max_object_size = unlimited, max_array_size = unlimited, max_key_size = unlimited,
                               max_string_size = unlimited;
  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return true; }
  bool on_object_end(std::size_t, error_code&) { return true; }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t, error_code&) { return true; }
  bool on_key_part(std::string_view, std::size_t, error_code&) { return true; }
  bool on_key(std::string_view, std::size_t, error_code&) { return true; }
  bool on_string_part(std::string_view, std::size_t, error_code&) { return true; }
  bool on_string(std::string_view, std::size_t, error_code&) { return true; }
  bool on_number_part(std::string_view, error_code&) { return true; }
  bool on_int64(std::int64_t, std::string_view, error_code&) { return true; }
  bool on_uint64(std::uint64_t, std::string_view, error_code&) { return true; }
  bool on_double(double, std::string_view, error_code&) { return true; }
  bool on_bool(bool, error_code&) { return true; }
  bool on_null(error_code&) { return true; }
  bool on_comment_part(std::string_view, error_code&) { return true; }
  bool on_comment(std::string_view, error_code&) { return true; }
};

// Builds the DOM as boost::json::parse does, and counts what it was given: of two members of one name an object keeps
// one, so that a DOM with fewer members than keys had a duplicate. The cheapest check that its public API allows.
struct CountingHandler {
  static constexpr std::size_t max_object_size = json::object::max_size(), max_array_size = json::array::max_size(),
                               max_key_size = json::string::max_size(), max_string_size = json::string::max_size();
  json::value_stack stack;
  std::size_t keys = 0;

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return true; }
  bool on_object_end(std::size_t count, error_code&) {
    keys += count;
    stack.push_object(count);
    return true;
  }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t count, error_code&) { return stack.push_array(count), true; }
  bool on_key_part(std::string_view part, std::size_t, error_code&) { return stack.push_chars(part), true; }
  bool on_key(std::string_view part, std::size_t, error_code&) { return stack.push_key(part), true; }
  bool on_string_part(std::string_view part, std::size_t, error_code&) { return stack.push_chars(part), true; }
  bool on_string(std::string_view part, std::size_t, error_code&) { return stack.push_string(part), true; }
  bool on_number_part(std::string_view, error_code&) { return true; }
  bool on_int64(std::int64_t number, std::string_view, error_code&) { return stack.push_int64(number), true; }
  bool on_uint64(std::uint64_t number, std::string_view, error_code&) { return stack.push_uint64(number), true; }
  bool on_double(double number, std::string_view, error_code&) { return stack.push_double(number), true; }
  bool on_bool(bool flag, error_code&) { return stack.push_bool(flag), true; }
  bool on_null(error_code&) { return stack.push_null(), true; }
  bool on_comment_part(std::string_view, error_code&) { return true; }
  bool on_comment(std::string_view, error_code&) { return true; }
};

std::size_t members(json::value const& value) {
  std::size_t count = 0;
  if (auto const* object = value.if_object()) {
    count = object->size();
    for (auto const& member : *object) count += members(member.value());
  } else if (auto const* array = value.if_array()) {
    for (auto const& element : *array) count += members(element);
  }
  return count;
}

template <class Handler>
void read(json::basic_parser<Handler>& parser, std::string_view text) {
  error_code ec;
  if (parser.write_some(false, text.data(), text.size(), ec) != text.size() || ec) throw std::logic_error{"no JSON"};
}

json::value parse_checked(std::string_view text) {
  json::basic_parser<CountingHandler> parser{json::parse_options{}};
  auto& handler = parser.handler();
  handler.stack.reset();
  read(parser, text);
  auto dom = handler.stack.release();
  if (members(dom) != handler.keys) throw std::logic_error{"a name twice"};
  return dom;
}

}  // namespace

std::vector<Operation> boost_json_operations(Document const& document) {
  std::string_view const text = document.frame;
  auto const dom = std::make_shared<json::value const>(json::parse(text));
  return {
      {reference_library, reference_name, [=] { keep(json::parse(text)); }},
      {"Boost.JSON", "parse + duplicate keys", [=] { keep(parse_checked(text)); }},
      {"Boost.JSON", "validate only",
       [=] {
         json::basic_parser<NullHandler> parser{json::parse_options{}};
         read(parser, text);
       }},
      {"Boost.JSON", "serialize", [=] { keep(json::serialize(*dom)); }},
  };
}

}  // namespace flexcrm::bench
