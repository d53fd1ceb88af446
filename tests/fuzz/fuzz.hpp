#pragma once

// What the targets share: a check that libFuzzer and the replay both take for a crash, and the layout of an
// input that holds one frame.

#include <flexcrm/codec.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

/// A target: runs one input, throws or crashes when a rule is broken.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

namespace flexcrm::test {

inline void require(bool holds, char const* rule) {
  if (!holds) throw std::logic_error{"broken: " + std::string{rule}};
}

inline std::string_view text_of(std::uint8_t const* data, std::size_t size) {
  return {reinterpret_cast<char const*>(data), size};
}

/// The least that HelloResult::limits can tell.
inline constexpr Limits least_limits{.frame_bytes = 1024, .depth = 4, .members = 64, .text_bytes = 256};

/// The input of the codec's targets: a byte of switches, a byte for the type that an answer is for, the
/// frame.
struct FrameInput {
  static constexpr unsigned allow_sip = 1, allow_client = 2, lenient_sids = 4, narrow = 8;

  CodecOptions options{};
  MessageType answered{0};
  std::string_view frame{};

  FrameInput(std::uint8_t const* data, std::size_t size) {
    if (size < 2) return;
    options.destinations = {.sip = (data[0] & allow_sip) != 0, .client = (data[0] & allow_client) != 0};
    options.lenient_sids = (data[0] & lenient_sids) != 0;
    if ((data[0] & narrow) != 0) options.limits = least_limits;
    answered = MessageType{data[1] % std::variant_size_v<Message>};
    frame = text_of(data + 2, size - 2);
  }

  Codec::TypeOfId answers() const {
    return [type = answered](RequestId) { return type; };
  }
};

}  // namespace flexcrm::test
