#include "documents.hpp"

#include <nlohmann/json.hpp>

#include <memory>

namespace flexcrm::bench {

std::vector<Operation> nlohmann_operations(Document const& document) {
  std::string_view const text = document.frame;
  auto const dom = std::make_shared<nlohmann::json const>(nlohmann::json::parse(text));
  return {
      {"nlohmann", "parse", [=] { keep(nlohmann::json::parse(text)); }},
      {"nlohmann", "dump", [=] { keep(dom->dump()); }},
  };
}

}  // namespace flexcrm::bench
