#include "support.hpp"

#include <boost/beast/websocket/detail/hybi13.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>

namespace flexcrm::test {

std::string websocket_frame(std::string_view payload, FrameWords const& words) {
  std::string frame;
  int const mask = words.masked ? 0x80 : 0;
  frame += static_cast<char>((words.final ? 0x80 : 0) | words.reserved << 4 | words.opcode);
  if (payload.size() < 126) {
    frame += static_cast<char>(mask | static_cast<int>(payload.size()));
  } else if (payload.size() < 65536) {
    frame += static_cast<char>(mask | 126);
    frame += static_cast<char>(payload.size() >> 8);
    frame += static_cast<char>(payload.size() & 0xff);
  } else {
    frame += static_cast<char>(mask | 127);
    for (int shift = 56; shift >= 0; shift -= 8) frame += static_cast<char>((payload.size() >> shift) & 0xff);
  }
  if (words.masked) frame.append(4, '\0');
  return frame += payload;
}

void sweep(std::string_view line) {
  auto const longest = [line](auto const& belongs) {
    std::size_t most = 0;
    std::size_t run = 0;
    for (auto const c : line) most = std::max(most, run = belongs(static_cast<unsigned char>(c)) ? run + 1 : 0);
    return most;
  };
  // An hour has seven digits in ms, a number of the tests eleven. A SID has 34 characters, a ticket many more.
  auto const digits = longest([](unsigned char c) { return std::isdigit(c) != 0; });
  auto const word = longest([](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.'; });
  auto const controls = longest([](unsigned char c) { return c < 0x20 || c >= 0x7f; });
  if (digits > 7 || word > 40 || controls > 0 || line.find("secret") != std::string_view::npos)
    FAIL_CHECK("this must not be logged: " << std::string{line});
}

RawPeer::RawPeer(std::uint16_t port, std::string const& address, int receive_buffer) {
  socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
  REQUIRE(socket_ >= 0);
  configure();
  if (receive_buffer > 0) ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  REQUIRE(::inet_pton(AF_INET, address.c_str(), &to.sin_addr) == 1);
  REQUIRE(::connect(socket_, reinterpret_cast<sockaddr const*>(&to), sizeof to) == 0);
}

RawPeer::RawPeer(Accepted, int socket) : socket_{socket}, is_server_{true} { configure(); }

void RawPeer::configure() {
  timeval const limit{patience.count(), 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  int const yes = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

RawPeer::~RawPeer() { cut(); }

void RawPeer::cut() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

void RawPeer::write(std::string_view bytes) {
  while (!bytes.empty()) {
    auto const count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;  // the peer has closed; what it said can still be read
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

bool RawPeer::fill(std::size_t size) {
  while (buffer_.size() < size) {
    std::array<char, 65536> chunk;
    auto const count = ::recv(socket_, chunk.data(), chunk.size(), 0);
    bool const timed_out = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    REQUIRE_MESSAGE(!timed_out, "the peer neither answered nor closed");
    if (count <= 0) return false;
    buffer_.append(chunk.data(), static_cast<std::size_t>(count));
  }
  return true;
}

std::string RawPeer::read_response() {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill(buffer_.size() + 1)) return std::exchange(buffer_, {});
  }
  std::size_t size = end + 4;
  if (auto const at = buffer_.find("Content-Length: "); at != std::string::npos && at < end) {
    size += std::strtoul(buffer_.c_str() + at + 16, nullptr, 10);
  }
  fill(size);
  auto response = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return response;
}

std::string RawPeer::read_all() {
  while (fill(buffer_.size() + 1)) {
  }
  return std::exchange(buffer_, {});
}

void RawPeer::upgrade(std::uint16_t port) {
  write(upgrade_request({.host = "127.0.0.1:" + std::to_string(port)}));
  auto const response = read_response();
  REQUIRE(response.starts_with("HTTP/1.1 101"));
}

void RawPeer::send_frame(std::string_view payload, int opcode, bool final) {
  write(websocket_frame(payload, {.opcode = opcode, .final = final, .masked = !is_server_}));
}

bool RawPeer::readable(std::chrono::milliseconds within) {
  pollfd what{socket_, POLLIN, 0};
  return !buffer_.empty() || ::poll(&what, 1, static_cast<int>(within.count())) > 0;
}

int RawPeer::Frame::close_code() const {
  if (payload.size() < 2) return 0;
  return static_cast<unsigned char>(payload[0]) * 256 + static_cast<unsigned char>(payload[1]);
}

std::optional<RawPeer::Frame> RawPeer::read_frame() {
  if (!fill(2)) return std::nullopt;
  auto const byte = [this](std::size_t i) { return static_cast<unsigned char>(buffer_[i]); };
  std::size_t size = byte(1) & 0x7f;
  std::size_t header = 2;
  if (size >= 126) {
    std::size_t const bytes = size == 126 ? 2 : 8;
    header += bytes;
    if (!fill(header)) return std::nullopt;
    size = 0;
    for (std::size_t i = 0; i < bytes; ++i) size = size * 256 + byte(2 + i);
  }
  bool const masked = (byte(1) & 0x80) != 0;
  std::size_t const mask = header;
  if (masked) header += 4;
  if (!fill(header + size)) return std::nullopt;
  Frame frame{byte(0) & 0x0f, buffer_.substr(header, size)};
  if (masked) {
    for (std::size_t i = 0; i < size; ++i) frame.payload[i] ^= buffer_[mask + i % 4];
  }
  buffer_.erase(0, header + size);
  return frame;
}

std::string RawPeer::read_text() {
  for (;;) {
    auto frame = read_frame();
    REQUIRE_MESSAGE(frame.has_value(), "the stream ended before a text");
    if (frame->opcode == 1) return std::move(frame->payload);
    REQUIRE_MESSAGE(frame->opcode != 8, "closed before a text, code ", frame->close_code());
  }
}

int RawPeer::read_close() {
  while (auto const frame = read_frame()) {
    if (frame->opcode == 8) return frame->close_code();
  }
  return 0;
}

namespace {

/// The member `session` of a HelloResult.
std::string session_of(std::string const& answer) {
  constexpr std::string_view name = "\"session\":\"";
  auto const begin = answer.find(name) + name.size();
  return answer.substr(begin, answer.find('"', begin) - begin);
}

}  // namespace

std::string RawPeer::hello(std::string_view role, std::string_view agent, std::string_view instance,
                           std::string_view resume) {
  std::string frame = R"({"jsonrpc":"2.0","id":"hello","method":"Hello","params":{"role":")";
  ((frame += role) += R"(","protocolMin":1,"protocolMax":1,"agent":")") += agent;
  (frame += R"(","instance":")") += instance;
  if (!resume.empty()) (frame += R"(","resume":{"session":")") += resume;
  frame += resume.empty() ? R"("}})" : R"("}}})";
  send_frame(frame);
  auto const answer = read_text();
  INFO(answer);
  REQUIRE(answer.find("\"result\"") != std::string::npos);
  return session_of(answer);
}

std::string RawPeer::read_request() {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
    REQUIRE_MESSAGE(fill(buffer_.size() + 1), "the stream ended before a request");
  auto request = buffer_.substr(0, end + 4);
  buffer_.erase(0, end + 4);
  return request;
}

void RawPeer::grant(std::string_view request, std::string_view protocol) {
  namespace hybi = boost::beast::websocket::detail;
  constexpr std::string_view name = "Sec-WebSocket-Key: ";
  auto const begin = request.find(name) + name.size();
  auto const key = request.substr(begin, request.find('\r', begin) - begin);
  hybi::sec_ws_accept_type accept;
  hybi::make_sec_ws_accept(accept, {key.data(), key.size()});
  std::string response =
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Protocol: ";
  (response += protocol) += "\r\nSec-WebSocket-Accept: ";
  response.append(accept.data(), accept.size()) += "\r\n\r\n";
  write(response);
}

std::string RawPeer::welcome(std::string_view session, bool resumed, int idle_ms) {
  auto hello = read_text();
  std::string answer = R"({"jsonrpc":"2.0","id":"hello","result":{"session":")";
  (answer += session) += R"(","protocol":1,"resumed":)";
  answer += resumed ? "true" : "false";
  answer += R"(,"idleMs":)" + std::to_string(idle_ms);
  answer += R"(,"limits":{"frameBytes":65536,"depth":32,"members":2048,"textBytes":16384}}})";
  send_frame(answer);
  return hello;
}

std::string RawPeer::refuse(int code, std::string_view data) {
  auto hello = read_text();
  std::string answer = R"({"jsonrpc":"2.0","id":"hello","error":{"code":)" + std::to_string(code);
  (answer += R"(,"message":"","data":)") += data;
  send_frame(answer += "}}");
  return hello;
}

RawServer::RawServer() {
  socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
  REQUIRE(socket_ >= 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  REQUIRE(::bind(socket_, reinterpret_cast<sockaddr const*>(&at), size) == 0);
  REQUIRE(::listen(socket_, SOMAXCONN) == 0);
  REQUIRE(::getsockname(socket_, reinterpret_cast<sockaddr*>(&at), &size) == 0);
  port_ = ntohs(at.sin_port);
}

RawServer::~RawServer() { ::close(socket_); }

std::unique_ptr<RawPeer> RawServer::accept() {
  pollfd waiting{socket_, POLLIN, 0};
  auto const limit = std::chrono::milliseconds{patience}.count();
  REQUIRE_MESSAGE(::poll(&waiting, 1, static_cast<int>(limit)) == 1, "nobody came");
  auto const socket = ::accept(socket_, nullptr, nullptr);
  REQUIRE(socket >= 0);
  return std::unique_ptr<RawPeer>{new RawPeer{RawPeer::Accepted{}, socket}};
}

std::unique_ptr<RawPeer> RawServer::accept_websocket() {
  auto peer = accept();
  peer->grant(peer->read_request());
  return peer;
}

std::unique_ptr<RawPeer> RawServer::accept_session(std::string_view session, bool resumed) {
  auto peer = accept_websocket();
  peer->welcome(session, resumed);
  return peer;
}

bool RawServer::idle() {
  pollfd waiting{socket_, POLLIN, 0};
  return ::poll(&waiting, 1, 0) == 0;
}

std::string get(std::string_view target, std::string_view host, std::string_view more) {
  std::string request = "GET ";
  ((request += target) += " HTTP/1.1\r\nHost: ") += host;
  (request += "\r\n") += more;
  return request += "\r\n";
}

std::string upgrade_request(UpgradeWords const& words) {
  std::string more =
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  if (!words.protocol.empty()) more += "Sec-WebSocket-Protocol: " + words.protocol + "\r\n";
  if (!words.origin.empty()) more += "Origin: " + words.origin + "\r\n";
  return get(words.target, words.host, more + words.more);
}

int status_of(std::uint16_t port, std::string const& request) {
  RawPeer peer{port};
  peer.write(request);
  auto const response = peer.read_response();
  if (response.size() < 12) return 0;
  return std::atoi(response.c_str() + 9);
}

}  // namespace flexcrm::test
