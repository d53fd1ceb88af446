// The same on uWebSockets, from the checkout that UWS_DIR names (with its submodule uSockets): see beast.cpp.

#include <App.h>

#include <iostream>
#include <string>
#include <unordered_map>

namespace {

struct Peer;
using Socket = uWS::WebSocket<false, true, Peer>;
struct Peer {
  std::string target;
  Socket* other = nullptr;
};

std::unordered_map<std::string, Socket*> waiting;  // by target, for the other one

void meet(Socket* socket) {
  auto& peer = *socket->getUserData();
  if (peer.target == "/echo") {
    peer.other = socket;
  } else if (auto const found = waiting.find(peer.target); found == waiting.end()) {
    waiting.emplace(peer.target, socket);
  } else {
    peer.other = found->second;
    peer.other->getUserData()->other = socket;
    waiting.erase(found);
  }
}

void part(Socket* socket) {
  auto const& peer = *socket->getUserData();
  waiting.erase(peer.target);
  if (peer.other) peer.other->getUserData()->other = nullptr;
}

}  // namespace

int main() {
  uWS::App::WebSocketBehavior<Peer> behavior;
  behavior.idleTimeout = 120;
  behavior.maxPayloadLength = 64 * 1024;
  behavior.upgrade = [](auto* response, auto* request, auto* context) {
    response->template upgrade<Peer>({std::string{request->getUrl()}}, request->getHeader("sec-websocket-key"),
                                     "flexcrm.v1", request->getHeader("sec-websocket-extensions"), context);
  };
  behavior.open = [](auto* socket) { meet(socket); };
  behavior.message = [](auto* socket, std::string_view message, uWS::OpCode opcode) {
    if (auto* const other = socket->getUserData()->other) other->send(message, opcode);
  };
  behavior.close = [](auto* socket, int, std::string_view) { part(socket); };
  uWS::App()
      .ws<Peer>("/*", std::move(behavior))
      .listen("127.0.0.1", 0,
              [](auto* listening) {
                if (listening)
                  std::cout << us_socket_local_port(0, reinterpret_cast<us_socket_t*>(listening)) << std::endl;
              })
      .run();
}
