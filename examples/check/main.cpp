// flexcrm-check: says of each frame on standard input whether it is one of the protocol. For a vendor's CI.
//
//   $ echo '{"jsonrpc":"2.0","id":1,"method":"DialRequest","params":{"destination":"911"}}' | flexcrm-check
//   {"ok":false,"code":-32602,"reason":"invalid_destination","pointer":"/destination","message":"not …"}

#include <flexcrm/messages.hpp>

#include <boost/json.hpp>
#include <boost/program_options.hpp>

#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

namespace {

namespace json = boost::json;
namespace po = boost::program_options;

/// A frame's one form on the wire, or why it is none.
using Verdict = flexcrm::Result<std::string>;

struct Settings {
  flexcrm::CodecOptions codec;
  bool bare = false;
  bool raw = false;
  std::optional<flexcrm::MessageType> answers;
};

flexcrm::MessageType message_type(std::string const& name) {
  for (std::size_t i = 0; i < std::variant_size_v<flexcrm::Message>; ++i)
    if (flexcrm::type_name(flexcrm::MessageType{i}) == name) return flexcrm::MessageType{i};
  throw std::invalid_argument{"--answers: no message is named " + name};
}

/// Nothing when only help was wanted.
std::optional<Settings> read_settings(int argc, char** argv) {
  std::string dialect;
  std::string answers;
  po::options_description description{"flexcrm-check: a verdict on each frame of standard input"};
  auto add = description.add_options();
  add("help", "show this");
  add("raw", "the whole input is one frame; otherwise each line is one");
  add("dialect", po::value(&dialect)->value_name("bare|v1")->default_value("v1"), "what the frames are");
  add("answers", po::value(&answers)->value_name("MESSAGE"), "results are those of this message");
  add("allow-sip", "accept sip: and sips: destinations");
  add("allow-client", "accept client: destinations");
  add("lenient-sids", "accept any letters and digits after a SID's prefix");
  po::variables_map given;
  po::store(po::command_line_parser(argc, argv).options(description).positional({}).run(), given);
  po::notify(given);
  if (given.contains("help")) {
    std::cout << description;
    return std::nullopt;
  }
  if (dialect != "bare" && dialect != "v1") throw std::invalid_argument{"--dialect is bare or v1"};

  Settings settings;
  settings.bare = dialect == "bare";
  settings.raw = given.contains("raw");
  settings.codec.destinations = {.sip = given.contains("allow-sip"), .client = given.contains("allow-client")};
  settings.codec.lenient_sids = given.contains("lenient-sids");
  if (!answers.empty()) settings.answers = message_type(answers);
  return settings;
}

/// Reads a frame of any length, but keeps no more of it than the codec needs to find it too large. Nothing at
/// the end.
std::optional<std::string> read_frame(std::streambuf& input, bool whole, std::size_t most) {
  using Traits = std::streambuf::traits_type;
  if (Traits::eq_int_type(input.sgetc(), Traits::eof())) return whole ? std::optional<std::string>{""} : std::nullopt;
  std::string frame;
  for (auto c = input.sbumpc(); !Traits::eq_int_type(c, Traits::eof()); c = input.sbumpc()) {
    if (!whole && c == '\n') break;
    if (frame.size() <= most) frame += Traits::to_char_type(c);
  }
  return frame;
}

class Checker {
 public:
  explicit Checker(Settings settings) : settings_{settings}, reader_{settings.codec}, writer_{wider(settings.codec)} {}

  Verdict check(std::string const& frame) { return settings_.bare ? check_bare(frame) : check_v1(frame); }

 private:
  // The one form may be longer than what was read: epoch seconds become ISO 8601.
  static flexcrm::CodecOptions wider(flexcrm::CodecOptions options) {
    auto& limits = options.limits;
    for (auto* limit : {&limits.frame_bytes, &limits.depth, &limits.members}) *limit *= 8;
    return options;
  }

  Verdict check_bare(std::string const& frame) {
    auto message = reader_.decode_bare(frame);
    if (!message) return std::move(message).error();
    return writer_.encode_bare(*message);
  }

  Verdict check_v1(std::string const& text) {
    auto frame = reader_.decode(text, [&](flexcrm::RequestId) { return settings_.answers; });
    if (auto* refusal = std::get_if<flexcrm::Refusal>(&frame)) return std::move(refusal->error);
    if (auto* request = std::get_if<flexcrm::Request>(&frame)) return writer_.encode(request->id, request->message);
    auto& response = std::get<flexcrm::Response>(frame);
    if (!response.outcome) {
      auto const& error = response.outcome.error();
      // An error of a later version has no form but its own.
      return error.code == flexcrm::Errc::peer_error ? text : writer_.encode_error(response.id, error);
    }
    if (!settings_.answers)
      return flexcrm::make_error(flexcrm::Errc::invalid_request, "/result", "say with --answers what it answers");
    return writer_.encode_answer(*response.id, *response.outcome);
  }

  Settings settings_;
  flexcrm::Codec reader_;
  flexcrm::Codec writer_;
};

json::object describe(Verdict const& verdict) {
  if (verdict) return {{"ok", true}, {"canonical", *verdict}};
  auto const& error = verdict.error();
  auto const code = static_cast<flexcrm::Errc>(error.code.value());
  auto message = error.code.message();
  if (!error.detail.empty()) message += ": " + error.detail;
  return {{"ok", false},
          {"code", flexcrm::rpc_code(code)},
          {"reason", flexcrm::name(code)},
          {"pointer", error.pointer},
          {"message", message}};
}

/// Were all frames accepted?
bool check_input(Settings const& settings) {
  Checker checker{settings};
  auto& input = *std::cin.rdbuf();
  bool all_fine = true;
  while (auto const frame = read_frame(input, settings.raw, settings.codec.limits.frame_bytes)) {
    auto const verdict = checker.check(*frame);
    all_fine = all_fine && verdict;
    std::cout << describe(verdict) << '\n';
    // Whoever waits for this verdict before the next frame has it.
    if (input.in_avail() <= 0) std::cout.flush();
    if (settings.raw) break;
  }
  return all_fine;
}

}  // namespace

// 0: every frame is fine. 1: some are not. 2: the command line is wrong, or no verdict could be written.
int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  try {
    auto const settings = read_settings(argc, argv);
    bool const all_fine = !settings || check_input(*settings);
    if (!std::cout.flush()) return 2;
    return all_fine ? 0 : 1;
  } catch (std::exception const& exception) {
    std::cerr << "flexcrm-check: " << exception.what() << '\n';
    return 2;
  }
}
