#include <flexcrm/messages.hpp>

#include <variant>

int main() {
  flexcrm::Codec codec;
  auto const frame = codec.decode(R"({"jsonrpc":"2.0","method":"Bye","params":{"reason":"logout"}})");
  return std::holds_alternative<flexcrm::Request>(frame) ? 0 : 1;
}
