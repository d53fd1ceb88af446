// What a program does that has a socket of its own: reads frames, writes frames.
#include <flexcrm/messages.hpp>

#include <iostream>

int main() {
  flexcrm::Codec codec;
  flexcrm::DialRequest const dial{.destination = "+34911234567", .dial_id = "d-1", .lifetime_ms = 10000};
  auto const frame = codec.encode(flexcrm::RequestId::number(1), dial);
  // What throws in the library is caught here, by its type.
  auto const decoded = codec.decode(frame.value());
  auto const* request = std::get_if<flexcrm::Request>(&decoded);
  if (request == nullptr || request->message != flexcrm::Message{dial}) return 1;
  try {
    codec.encode(flexcrm::RequestId::number(2), flexcrm::DialRequest{.destination = "911"}).value();
    return 2;
  } catch (flexcrm::Exception const& error) {
    if (error.code() != flexcrm::Errc::invalid_destination || error.code() != flexcrm::Condition::invalid_message)
      return 3;
  }
  std::cout << "decoded what was encoded, with flexcrm " FLEXCRM_VERSION "\n";
}
