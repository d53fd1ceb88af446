#pragma once

#include <string>

namespace flexcrm {

/// A connection that a listener of the vendor's own accepted, to be served as if this server had accepted it.
struct Adoption {
  /// The native handle of a connected TCP socket, which is the server's from a successful adopt() on. A
  /// socket object that owned it has to let go: `socket.release()` in Asio.
  int socket = -1;
  /// What was read from it already, unchanged or as request_text() has it: at most HttpLimits::header_bytes.
  /// Empty: nothing. Over TLS it has to be empty, because the handshake is the server's.
  std::string received{};
  /// The vendor has checked path, Host and Origin of the request in `received`, so they are not looked at; a
  /// request that follows on the same connection is. `received` must then hold the whole header.
  bool checked = false;
};

/// The request line and the header of a request that another HTTP library has read, for Adoption::received.
/// Made for boost::beast::http::request, nothing of which is included here. The body is left out: a request
/// for a WebSocket has none.
template <class Request>
std::string request_text(Request const& request) {
  std::string text;
  auto const add = [&text](auto const& part) { text.append(part.data(), part.size()); };
  add(request.method_string());
  text += ' ';
  add(request.target());
  text += " HTTP/1.1\r\n";
  for (auto const& field : request) {
    add(field.name_string());
    text += ": ";
    add(field.value());
    text += "\r\n";
  }
  return text += "\r\n";
}

}  // namespace flexcrm
