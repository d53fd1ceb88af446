#include "vectors.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace flexcrm::test {

std::vector<std::pair<std::string, json::object>> read_vectors(std::string_view folder) {
  std::vector<std::pair<std::string, json::object>> vectors;
  for (auto const& entry : std::filesystem::directory_iterator{std::filesystem::path{FLEXCRM_VECTORS} / folder}) {
    std::ifstream const file{entry.path()};
    std::stringstream text;
    text << file.rdbuf();
    vectors.emplace_back(std::string{folder} + "/" + entry.path().stem().string(), json::parse(text.str()).as_object());
  }
  std::sort(vectors.begin(), vectors.end(), [](auto const& a, auto const& b) { return a.first < b.first; });
  return vectors;
}

bool is_for(json::object const& vector, std::string_view reader) {
  auto const* readers = vector.if_contains("readers");
  if (!readers) return true;
  bool found = false;
  for (auto const& known : readers->as_array()) {
    auto const& word = known.as_string();
    if (word != "cpp" && word != "js") throw std::runtime_error{"unknown reader " + json::serialize(known)};
    found = found || word == reader;
  }
  if (readers->as_array().empty()) throw std::runtime_error{"nobody reads it"};
  if (readers->as_array().size() < 2 && !vector.contains("note"))
    throw std::runtime_error{"one reader, and no note why"};
  return found;
}

std::string at(json::object const& object, std::string_view name) {
  auto const* value = object.if_contains(name);
  return value ? json::value_to<std::string>(*value) : std::string{};
}

CodecOptions codec_options(json::object const& given) {
  CodecOptions options;
  options.destinations.sip = given.contains("allowSip");
  options.destinations.client = given.contains("allowClient");
  options.lenient_sids = given.contains("lenientSids");
  auto const* limits = given.if_contains("limits");
  auto const limit = [&](std::string_view name, std::size_t& value) {
    if (auto const* wanted = limits ? limits->as_object().if_contains(name) : nullptr)
      value = wanted->to_number<std::size_t>();
  };
  limit("frameBytes", options.limits.frame_bytes);
  limit("depth", options.limits.depth);
  limit("members", options.limits.members);
  limit("textBytes", options.limits.text_bytes);
  return options;
}

}  // namespace flexcrm::test
