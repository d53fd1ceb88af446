// Codec::decode: whatever arrives, it says what it is. What it accepts is valid and can be passed on; what it
// refuses can be answered, and the peer understands the answer. And in whatever order the members of a frame are: a
// request with its method before its params is read in one pass, any other by its outline.

#include "fuzz.hpp"

#include "messages/strict_json.hpp"

#include <boost/json/serialize.hpp>

using namespace flexcrm;
using test::require;

namespace {

void check(Codec& codec, Request const& request) {
  require(codec.validate(request.message).empty(), "what decodes is valid");
  if (!request.id || !request.id->is_number()) return;
  auto const type = MessageType::of(request.message);
  auto const forwarded = codec.encode_forwarded(*request.id, type, request.params);
  if (!forwarded)
    return require(forwarded.error().code == Errc::too_large, "only its size keeps a request from being passed on");
  auto const frame = codec.decode(*forwarded);
  auto const* again = std::get_if<Request>(&frame);
  require(again && again->id == request.id && again->message == request.message && again->params == request.params,
          "a forwarded request is the same request");
}

void check(Codec& codec, Refusal const& refusal) {
  auto const code = static_cast<Errc>(refusal.error.code.value());
  require(refusal.error.code.category() == category() && rpc_code(code) != 0, "a refusal has a code of the wire");
  auto const frame = codec.decode(codec.encode_error(refusal.id, refusal.error));
  auto const* answer = std::get_if<Response>(&frame);
  require(answer && answer->id == refusal.id && answer->outcome.has_error(), "a refusal can be answered");
  auto const& told = answer->outcome.error();
  require(told.code == code, "the answer tells the reason");
  require(told.pointer.empty() || told.pointer == refusal.error.pointer, "the answer tells the place");
}

void check(Codec&, Response const&) {}

// The frame with its params before everything else; nothing if it is no object, or one with a fault.
std::optional<std::string> params_first(std::string_view frame, Limits const& limits) {
  detail::Outline outline;
  if (outline.read(frame, limits) || outline.root().kind != detail::Node::Kind::object) return std::nullopt;
  auto const& root = outline.root();
  std::string head, tail;
  for (auto const* child = outline.begin(root); child != outline.end(root); child = outline.after(*child)) {
    auto& part = child->key == "params" ? head : tail;
    part += boost::json::serialize(boost::json::string{child->key}) + ":" + std::string{child->raw} + ",";
  }
  std::string text = "{" + head + tail;
  if (text.back() == ',') text.pop_back();
  text += '}';
  if (text.size() > limits.frame_bytes) return std::nullopt;
  return text;
}

bool same(Request const& a, Request const& b) { return a.id == b.id && a.message == b.message && a.params == b.params; }
bool same(Response const& a, Response const& b) { return a.id == b.id && a.outcome == b.outcome; }
bool same(Refusal const& a, Refusal const& b) {
  return a.error == b.error && a.id == b.id && a.is_response == b.is_response;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  test::FrameInput const input{data, size};
  Codec codec{input.options};
  auto const frame = codec.decode(input.frame, input.answers());
  // What another text leaves in the buffers does not matter.
  codec.decode(input.frame.substr(0, input.frame.size() / 2));
  auto const again = codec.decode(input.frame, input.answers());
  require(frame.index() == again.index(), "one text has one meaning");
  std::visit([&](auto const& what) { check(codec, what); }, again);
  if (auto const reordered = params_first(input.frame, input.options.limits)) {
    auto const other = codec.decode(*reordered, input.answers());
    require(other.index() == again.index(), "another order has the same meaning");
    std::visit(
        [&](auto const& what) {
          require(same(what, std::get<std::decay_t<decltype(what)>>(other)), "and nothing else in it");
        },
        again);
  }
  return 0;
}
