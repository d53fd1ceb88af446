#include "documents.hpp"

#include <flexcrm/codec.hpp>

#include <memory>

namespace flexcrm::bench {

std::vector<Operation> flexcrm_operations(Document const& document) {
  auto codec = std::make_shared<Codec>();
  auto const request = std::make_shared<Request const>(std::get<Request>(codec->decode(document.frame)));
  std::string_view const text = document.frame;
  auto const decoded = std::make_shared<Frame>();
  auto const encoded = std::make_shared<std::string>();
  return {
      {"flexcrm", "decode", [=] { keep(codec->decode(text)); }},
      {"flexcrm", "encode", [=] { keep(codec->encode(request->id, request->message)); }},
      {"flexcrm", "decode, memory reused", [=] { codec->decode_into(*decoded, text); }},
      {"flexcrm", "encode, memory reused", [=] { keep(codec->encode_to(*encoded, request->id, request->message)); }},
  };
}

}  // namespace flexcrm::bench
