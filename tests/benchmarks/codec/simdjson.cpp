#include "documents.hpp"

#include <simdjson.h>

#include <memory>
#include <stdexcept>

namespace flexcrm::bench {

std::vector<Operation> simdjson_operations(Document const& document) {
  auto const parser = std::make_shared<simdjson::dom::parser>();
  auto const padded = std::make_shared<simdjson::padded_string const>(document.frame);
  simdjson::dom::element dom;
  if (parser->parse(*padded).get(dom)) throw std::logic_error{"no JSON"};
  return {
      // Its parser and a padded input are made once: that is how it is meant to be used.
      {"simdjson", "parse (reused parser)",
       [=] {
         simdjson::dom::element read;
         if (parser->parse(*padded).get(read)) throw std::logic_error{"no JSON"};
         keep(read);
       }},
      {"simdjson", "minify", [=] { keep(simdjson::to_string(dom)); }},
  };
}

}  // namespace flexcrm::bench
