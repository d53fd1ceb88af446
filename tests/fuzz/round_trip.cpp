// What decodes encodes to the one canonical text of it, which decodes to the equal message and encodes to
// itself.

#include "fuzz.hpp"

using namespace flexcrm;
using test::require;

namespace {

Result<std::string> encode(Codec& codec, Request const& request) { return codec.encode(request.id, request.message); }

Result<std::string> encode(Codec& codec, Response const& response) {
  if (!response.outcome) return codec.encode_error(response.id, response.outcome.error());
  return codec.encode_answer(*response.id, *response.outcome);
}

bool same(Request const& a, Request const& b) { return a.id == b.id && a.message == b.message; }

bool same(Response const& a, Response const& b) {
  // An error that this version does not know is passed on as one that it knows.
  if (!a.outcome && a.outcome.error().code == Errc::peer_error)
    return a.id == b.id && !b.outcome && b.outcome.error().code == Errc::internal_error;
  return a.id == b.id && a.outcome == b.outcome;
}

template <class Decoded>
void check(Decoded const& decoded, test::FrameInput const& input) {
  // The canonical text may be longer than what came, and attributes that came as a string count anew: near
  // the limits the sender refuses what the receiver took. Wider limits show that nothing else keeps it.
  auto wide = input.options;
  wide.limits.frame_bytes *= 8;
  wide.limits.depth *= 3;
  wide.limits.members *= 64;
  Codec codec{wide};
  auto const canonical = encode(codec, decoded);
  require(canonical.has_value(), "what decodes encodes");
  auto const frame = codec.decode(*canonical, input.answers());
  auto const* again = std::get_if<Decoded>(&frame);
  require(again, "what was encoded decodes");
  require(same(decoded, *again), "to the equal message");
  require(encode(codec, *again).value() == *canonical, "and encodes to the same text");

  Codec strict{input.options};
  auto const bounded = encode(strict, decoded);
  if (bounded) return require(*bounded == *canonical, "limits change no text");
  auto const& code = bounded.error().code;
  require(code == Errc::too_large || code == Errc::too_deep || code == Errc::too_many_members,
          "and only limits refuse");
}

void check(Refusal const&, test::FrameInput const&) {}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  test::FrameInput const input{data, size};
  Codec codec{input.options};
  auto const frame = codec.decode(input.frame, input.answers());
  std::visit([&](auto const& decoded) { check(decoded, input); }, frame);
  return 0;
}
