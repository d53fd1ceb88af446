// Makes the first inputs of the fuzz targets from what the tree has already, so that it has nothing twice:
//
//   flexcrm_fuzz_seeds VECTORS OUT
//
// writes OUT/frames (each frame as a FrameInput), OUT/session (scripts: the scenarios, and each frame of
// flexcrm.v1 shown to both sides of a session) and OUT/dictionary (the words of the protocol).

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

/// Both sides of a session are shown a frame, before it is open or when it is.
std::string script_around(std::string const& frame) {
  auto const shown = "f" + frame + "\nF" + frame + "\n";
  bool const greets = frame.find("\"hello\"") != std::string::npos;
  return greets ? "1\no\n" + shown + "h0\n*\nd\nD\n" : "1\no\n*\nh0\n*\n" + shown + "*\nr0\nR0\n";
}

/// A scenario as a script, as far as a script can say it. It checks nothing of the scenario: it is a start
/// that lies near the rules.
class ScenarioScript {
 public:
  explicit ScenarioScript(json::object const& scenario)
      : is_client_{!scenario.contains("side")}, is_flex_{scenario.at("role") == "flex"} {
    auto const* options = scenario.if_contains("options");
    auto const has = [&](char const* name) { return options && options->as_object().contains(name); };
    auto const bit = [](bool set, int value) { return set ? value : 0; };
    line(std::to_string(bit(is_client_ == is_flex_, 1) + bit(has("claims"), 2) + bit(has("resumeMs"), 4) +
                        bit(has("eventBytes"), 8) + bit(has("unansweredBytes"), 32)));
    if (!scenario.contains("begin")) open();
    for (auto const& step : scenario.at("steps").as_array()) add(step.as_object());
  }

  std::string const& text() const { return text_; }

 private:
  void line(std::string const& input) { text_ += input + '\n'; }
  void side(char input, std::string const& operand = {}) {
    line(static_cast<char>(is_client_ ? input : input - 'a' + 'A') + operand);
  }

  /// The standard opening.
  void open() {
    line("o");
    if (is_client_) return welcome({});
    side('f', std::string{R"({"jsonrpc":"2.0","id":"hello","method":"Hello","params":{"role":")"} +
                  (is_flex_ ? "crm" : "flex") +
                  R"(","protocolMin":1,"protocolMax":1,"agent":"ana","instance":"i-1"}})");
    line("h0");
  }
  void welcome(json::object const& changes) {
    auto answer = json::parse(
        R"({"jsonrpc":"2.0","id":"hello","result":{"session":"s-1","protocol":1,"resumed":false,"idleMs":25000,)"
        R"("limits":{"frameBytes":65536,"depth":32,"members":2048,"textBytes":16384}}})");
    for (auto const& member : changes) answer.at("result").as_object()[member.key()] = member.value();
    side('f', json::serialize(answer));
  }

  /// Sets a clock on to where a step has it.
  void advance(json::object const& step, char const* member, char input, std::int64_t& clock) {
    auto const* to = step.if_contains(member);
    if (!to) return;
    side(input, std::to_string(to->to_number<std::int64_t>() - clock));
    clock = to->to_number<std::int64_t>();
  }

  void add(json::object const& step) {
    advance(step, "at", 't', steady_);
    advance(step, "wall", 'w', ahead_);
    auto const frame = [](json::value const& given) {
      return given.is_string() ? json::value_to<std::string>(given) : json::serialize(given);
    };
    if (step.contains("opened")) line("o");
    if (step.contains("lost")) side('l');
    if (step.contains("tick")) side('t', "0");
    if (step.contains("bye")) side('b', "0");
    if (step.contains("accept")) line("h0");
    if (step.contains("refuse")) line("h1");
    if (step.contains("answer")) side('r', step.contains("error") ? "2" : "0");
    if (auto const* changes = step.if_contains("welcome")) welcome(changes->as_object());
    if (auto const* received = step.if_contains("receive")) side('f', frame(*received));
    if (auto const* method = step.if_contains("send"))
      side('s', json::serialize(
                    json::object{{"jsonrpc", "2.0"}, {"id", 1}, {"method", *method}, {"params", step.at("params")}}));
    if (auto const* greeting = step.if_contains("resume")) {
      line("o");
      line("F" + frame(*greeting));
      line("h2");
    }
    if (auto const* steps = step.if_contains("steps"))
      for (auto const& inner : steps->as_array()) add(inner.as_object());
  }

  bool is_client_;
  bool is_flex_;
  std::int64_t steady_ = 0;
  std::int64_t ahead_ = 0;
  std::string text_;
};

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
      std::string const frame{vector.at("frame").as_string()};
      if (vector.at("dialect") == "v1") write(out / "session" / name, script_around(frame));
    }
  }
  for (auto const& entry : fs::directory_iterator{vectors / "session"})
    write(out / "session" / entry.path().stem(), ScenarioScript{read(entry.path())}.text());

  std::set<std::string> words;
  collect(vocabulary(), words);
  std::string dictionary;
  for (auto const& word : words) dictionary += json::serialize(word) + '\n';
  write(out / "dictionary", dictionary);
} catch (std::exception const& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
