// The shared corpus: tests/vectors/{valid,invalid,bare}/*.json, read by the JavaScript tests as well.

#include <flexcrm/messages.hpp>

#include <doctest/doctest.h>

#include <boost/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

using namespace flexcrm;
namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

struct Vector {
  std::string name;
  std::string frame;
  bool bare = false;
  bool is_valid = false;
  CodecOptions options;
  json::object expected;
};

CodecOptions read_options(json::object const& given) {
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

std::vector<Vector> load_vectors() {
  std::vector<Vector> vectors;
  for (auto const& entry : fs::recursive_directory_iterator{FLEXCRM_VECTORS}) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream file{entry.path()};
    std::stringstream text;
    text << file.rdbuf();
    auto const vector = json::parse(text.str()).as_object();
    std::set<std::string_view> readers;
    for (auto const& reader : vector.at("readers").as_array()) readers.insert(reader.as_string());
    if (!readers.contains("cpp")) continue;
    Vector loaded;
    loaded.name = entry.path().filename().string();
    loaded.frame = vector.at("frame").as_string();
    loaded.bare = vector.at("dialect") == "bare";
    loaded.is_valid = !vector.contains("reason");
    if (auto const* options = vector.if_contains("options"))
      loaded.options = read_options(options->as_object());
    loaded.expected = vector;
    vectors.push_back(std::move(loaded));
  }
  return vectors;
}

std::string at(json::object const& object, std::string_view key) {
  auto const* value = object.if_contains(key);
  return value ? json::value_to<std::string>(*value) : std::string{};
}

// Which request a golden answer belongs to: the file says so in "answers".
Codec::TypeOfId answers(Vector const& vector) {
  auto const wanted = at(vector.expected, "answers");
  return [wanted](RequestId) -> std::optional<MessageType> {
    for (std::size_t i = 0; i < std::variant_size_v<Message>; ++i)
      if (type_name(MessageType{i}) == wanted) return MessageType{i};
    return std::nullopt;
  };
}

void check_valid(Vector const& vector) {
  Codec codec{vector.options};
  if (vector.bare) {
    auto const message = codec.decode_bare(vector.frame);
    CHECK(codec.encode_bare(message.value()).value() == vector.frame);
    return;
  }
  auto const frame = codec.decode(vector.frame, answers(vector));
  if (auto const* refusal = std::get_if<Refusal>(&frame)) throw Exception{refusal->error};
  auto const canonical = vector.expected.contains("canonical") ? at(vector.expected, "canonical") : vector.frame;
  if (auto const* request = std::get_if<Request>(&frame)) {
    CHECK(codec.validate(request->message).empty());
    CHECK(codec.encode(request->id, request->message).value() == canonical);
    return;
  }
  auto const& response = std::get<Response>(frame);
  if (response.outcome)
    CHECK(codec.encode_answer(*response.id, *response.outcome).value() == canonical);
  else
    CHECK(codec.encode_error(response.id, response.outcome.error()) == canonical);
}

void check_invalid(Vector const& vector) {
  Codec codec{vector.options};
  Error error;
  if (vector.bare) {
    auto const message = codec.decode_bare(vector.frame);
    if (message) throw std::runtime_error{"accepted"};
    error = message.error();
  } else {
    auto const frame = codec.decode(vector.frame, answers(vector));
    auto const* refusal = std::get_if<Refusal>(&frame);
    if (!refusal) throw std::runtime_error{"accepted"};
    error = refusal->error;
    bool const has_id = refusal->id.has_value();
    CHECK(has_id == vector.expected.contains("id"));
  }
  auto const code = static_cast<Errc>(error.code.value());
  CHECK(name(code) == at(vector.expected, "reason"));
  CHECK(rpc_code(code) == vector.expected.at("code").as_int64());
  CHECK(error.pointer == at(vector.expected, "pointer"));
}

}  // namespace

TEST_CASE("golden messages decode and encode to the same bytes; bad ones are refused with their place") {
  auto const vectors = load_vectors();
  REQUIRE(vectors.size() >= 200);
  REQUIRE(std::count_if(vectors.begin(), vectors.end(),
                        [](auto const& vector) { return !vector.is_valid; }) >= 150);
  for (auto const& vector : vectors) {
    CAPTURE(vector.name);
    CHECK_NOTHROW(vector.is_valid ? check_valid(vector) : check_invalid(vector));
  }
}

TEST_CASE("every message and every answer has a golden and a bad vector") {
  auto const vectors = load_vectors();
  auto const data = vocabulary();
  auto const check = [&](std::string const& type, json::value const& declaration, auto const& is_about) {
    int golden = 0;
    int bad = 0;
    for (auto const& vector : vectors)
      if (is_about(vector)) ++(vector.is_valid ? golden : bad);
    CHECK_MESSAGE(golden > 0, type);
    CHECK_MESSAGE((bad > 0 || declaration.at("fields").as_array().empty()), type);
  };
  for (auto const& [key, message] : data.at("messages").as_object()) {
    std::string const type{key};
    check(type, message, [&](Vector const& vector) {
      return vector.frame.find("\"method\":\"" + type + "\"") != std::string::npos;
    });
    auto const* result = message.as_object().if_contains("result");
    if (!result) continue;
    std::string const answer{result->as_string()};
    check(answer, data.at("results").at(answer),
          [&](Vector const& vector) { return at(vector.expected, "answers") == type; });
  }
}
