// Makes the first inputs of the fuzz targets from what the tree has already, so that it has nothing twice:
//
//   flexcrm_fuzz_seeds VECTORS OUT
//
// writes OUT/frames (each vector as a FrameInput), OUT/session (each frame of flexcrm.v1 in a script that
// shows it to both sides of a session) and OUT/dictionary (the words of the protocol).

#include "fuzz.hpp"

#include <flexcrm/schema.hpp>

#include <boost/json.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>

using namespace flexcrm;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

json::object read(fs::path const& path) {
  std::ifstream file{path};
  return json::parse(std::string{std::istreambuf_iterator{file}, {}}).as_object();
}

void write(fs::path const& path, std::string const& text) {
  std::ofstream file{path, std::ios::binary};
  if (!(file << text).flush()) throw std::runtime_error{"cannot write " + path.string()};
}

std::string frame_input(json::object const& vector) {
  using test::FrameInput;
  unsigned switches = 0;
  if (auto const* options = vector.if_contains("options")) {
    auto const& given = options->as_object();
    if (given.contains("allowSip")) switches |= FrameInput::allow_sip;
    if (given.contains("allowClient")) switches |= FrameInput::allow_client;
    if (given.contains("lenientSids")) switches |= FrameInput::lenient_sids;
  }
  std::size_t answered = 0;
  if (auto const* type = vector.if_contains("answers"))
    while (type_name(MessageType{answered}) != type->as_string())
      if (++answered == std::variant_size_v<Message>) throw std::runtime_error{"no message of that name"};
  std::string input{static_cast<char>(switches), static_cast<char>(answered)};
  return input.append(vector.at("frame").as_string());
}

/// Names and words: every string in the vocabulary that is one word.
void collect(json::value const& value, std::set<std::string>& words) {
  if (auto const* text = value.if_string()) {
    if (text->find(' ') == json::string::npos) words.emplace(*text);
  } else if (auto const* array = value.if_array()) {
    for (auto const& item : *array) collect(item, words);
  } else if (auto const* object = value.if_object()) {
    for (auto const& member : *object) {
      words.emplace(member.key());
      collect(member.value(), words);
    }
  }
}

}  // namespace

int main(int count, char** arguments) try {
  if (count != 3) throw std::runtime_error{"usage: flexcrm_fuzz_seeds VECTORS OUT"};
  fs::path const vectors{arguments[1]};
  fs::path const out{arguments[2]};
  fs::remove_all(out);
  fs::create_directories(out / "frames");
  fs::create_directories(out / "session");

  for (auto const* kind : {"valid", "invalid", "bare"}) {
    for (auto const& entry : fs::directory_iterator{vectors / kind}) {
      auto const vector = read(entry.path());
      auto const name = kind + ("_" + entry.path().stem().string());
      write(out / "frames" / name, frame_input(vector));
      if (vector.at("dialect") == "bare") continue;
      std::string const frame{vector.at("frame").as_string()};
      auto const shown = "f" + frame + "\nF" + frame + "\n";
      bool const greets = frame.find("\"hello\"") != std::string::npos;
      write(out / "session" / name,
            greets ? "1\no\n" + shown + "h0\n*\nd\nD\n" : "1\no\n*\nh0\n*\n" + shown + "*\nr0\nR0\n");
    }
  }

  std::set<std::string> words;
  collect(vocabulary(), words);
  std::string dictionary;
  for (auto const& word : words) dictionary += json::serialize(word) + '\n';
  write(out / "dictionary", dictionary);
} catch (std::exception const& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
