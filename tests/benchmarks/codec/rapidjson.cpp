#include "documents.hpp"

#define RAPIDJSON_HAS_STDSTRING 1
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <memory>
#include <stdexcept>

namespace flexcrm::bench {
namespace {

// UTF-8 checked and doubles exact, as the others do without being asked.
void parse(rapidjson::Document& dom, std::string_view text) {
  dom.Parse<rapidjson::kParseValidateEncodingFlag | rapidjson::kParseFullPrecisionFlag>(text.data(), text.size());
  if (dom.HasParseError()) throw std::logic_error{"no JSON"};
}

}  // namespace

std::vector<Operation> rapidjson_operations(Document const& document) {
  std::string_view const text = document.frame;
  auto const dom = std::make_shared<rapidjson::Document>();
  parse(*dom, text);
  return {
      {"RapidJSON", "parse",
       [=] {
         rapidjson::Document read;
         parse(read, text);
         keep(read);
       }},
      {"RapidJSON", "write",
       [=] {
         rapidjson::StringBuffer buffer;
         rapidjson::Writer writer{buffer};
         dom->Accept(writer);
         keep(buffer);
       }},
  };
}

}  // namespace flexcrm::bench
