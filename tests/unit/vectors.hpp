#pragma once

// The files of tests/vectors, as every test of this language reads them.

#include <flexcrm/codec.hpp>

#include <boost/json.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flexcrm::test {

namespace json = boost::json;

/// Every vector of a folder, by the name of its file, in order.
std::vector<std::pair<std::string, json::object>> read_vectors(std::string_view folder);

/// Must this language agree? Both must where a vector does not say; a reader that nobody knows throws.
bool is_for(json::object const& vector, std::string_view reader);

/// A member that is text; empty if it is absent.
std::string at(json::object const& object, std::string_view name);

/// The codec's part of a vector's options.
CodecOptions codec_options(json::object const& options);

}  // namespace flexcrm::test
