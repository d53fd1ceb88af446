// Codec::decode_bare: what it accepts can be said again, in this dialect and, as far as it goes, in the
// other.

#include "fuzz.hpp"

using namespace flexcrm;
using test::require;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  test::FrameInput const input{data, size};
  Codec codec{input.options};
  auto const message = codec.decode_bare(input.frame);
  if (!message) {
    require(rpc_code(static_cast<Errc>(message.error().code.value())) != 0, "a refusal has a code of the wire");
    return 0;
  }
  auto const text = codec.encode_bare(*message);
  require(text.has_value(), "what decodes encodes");
  require(codec.decode_bare(*text).value() == *message, "and means the same");
  if (auto const* task = std::get_if<TaskSelected>(&*message)) {
    require(*text == input.frame, "attributes keep their text");
    require(codec.validate(*task).empty(), "what decodes is valid");
    task->attributes.object();
  }
  return 0;
}
