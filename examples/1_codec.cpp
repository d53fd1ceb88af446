// Reads frames, one a line, and says what they are. A frame of the wrong form is refused with the place of the fault.
#include <flexcrm/messages.hpp>

#include <iostream>

int main() {
  // [decode]
  flexcrm::Codec codec;
  for (std::string line; std::getline(std::cin, line);) {
    auto const frame = codec.decode(line);
    if (auto const* refusal = std::get_if<flexcrm::Refusal>(&frame)) {
      std::cout << "refused: " << to_string(refusal->error) << '\n';
    } else if (auto const* request = std::get_if<flexcrm::Request>(&frame)) {
      if (auto const* dial = std::get_if<flexcrm::DialRequest>(&request->message))
        std::cout << "call " << dial->destination << '\n';
      if (auto const* task = std::get_if<flexcrm::TaskSelected>(&request->message))
        std::cout << "show the customer of " << task->attributes.text() << '\n';
    }
  }
  // [/decode]
}
