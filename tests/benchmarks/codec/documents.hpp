#pragma once

// The frames that are measured, and the operations of each library on them. The same text for everybody, also for Node.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace flexcrm::bench {

struct Document {
  std::string_view name;
  std::string frame;
};

/// A click of 150 bytes, and screen pops of 1.3, 4 and 64 KB. Throws when the codec would not take one.
std::vector<Document> const& documents();

/// What is measured: `run` does it once. It has everything that it needs, so nothing else is measured.
struct Operation {
  std::string_view library;
  std::string_view name;
  std::function<void()> run;
};

/// What every figure is divided by: boost::json::parse of the same document.
inline constexpr std::string_view reference_library = "Boost.JSON";
inline constexpr std::string_view reference_name = "parse";

std::vector<Operation> flexcrm_operations(Document const&);
std::vector<Operation> boost_json_operations(Document const&);
std::vector<Operation> nlohmann_operations(Document const&);
std::vector<Operation> rapidjson_operations(Document const&);
std::vector<Operation> simdjson_operations(Document const&);

/// Of every library that this was built with, the reference first.
std::vector<Operation> operations(Document const&);

/// Keeps the optimiser from finding out that nobody looks at a result.
template <class T>
void keep(T const& value) {
  asm volatile("" : : "r"(&value) : "memory");
}

}  // namespace flexcrm::bench
