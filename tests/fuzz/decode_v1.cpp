// Codec::decode: whatever arrives, it says what it is. What it accepts is valid and can be passed on; what it
// refuses can be answered, and the peer understands the answer.

#include "fuzz.hpp"

using namespace flexcrm;
using test::require;

namespace {

void check(Codec& codec, Request const& request) {
  require(codec.validate(request.message).empty(), "what decodes is valid");
  if (!request.id || !request.id->is_number()) return;
  auto const type = MessageType::of(request.message);
  auto const forwarded = codec.encode_forwarded(*request.id, type, request.params);
  if (!forwarded)
    return require(forwarded.error().code == Errc::too_large,
                   "only its size keeps a request from being passed on");
  auto const frame = codec.decode(*forwarded);
  auto const* again = std::get_if<Request>(&frame);
  require(again && again->id == request.id && again->message == request.message &&
              again->params == request.params,
          "a forwarded request is the same request");
}

void check(Codec& codec, Refusal const& refusal) {
  auto const code = static_cast<Errc>(refusal.error.code.value());
  require(refusal.error.code.category() == category() && rpc_code(code) != 0,
          "a refusal has a code of the wire");
  auto const frame = codec.decode(codec.encode_error(refusal.id, refusal.error));
  auto const* answer = std::get_if<Response>(&frame);
  require(answer && answer->id == refusal.id && answer->outcome.has_error(), "a refusal can be answered");
  auto const& told = answer->outcome.error();
  require(told.code == code, "the answer tells the reason");
  require(told.pointer.empty() || told.pointer == refusal.error.pointer, "the answer tells the place");
}

void check(Codec&, Response const&) {}

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
  return 0;
}
