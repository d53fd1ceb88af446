// The same on websocketpp, Debian's other WebSocket library: see beast.cpp.

#include <websocketpp/config/asio_no_tls.hpp>
#include <websocketpp/server.hpp>

#include <iostream>
#include <map>
#include <string>

namespace {

using Server = websocketpp::server<websocketpp::config::asio>;
using websocketpp::connection_hdl;
template <class T>
using ByHandle = std::map<connection_hdl, T, std::owner_less<connection_hdl>>;

}  // namespace

int main() {
  Server server;
  ByHandle<connection_hdl> others;
  std::map<std::string, connection_hdl> waiting;
  server.clear_access_channels(websocketpp::log::alevel::all);
  server.clear_error_channels(websocketpp::log::elevel::all);
  server.init_asio();
  server.set_tcp_post_init_handler([&](connection_hdl handle) {
    websocketpp::lib::asio::error_code ignored;
    server.get_con_from_hdl(handle)->get_raw_socket().set_option(websocketpp::lib::asio::ip::tcp::no_delay{true},
                                                                 ignored);
  });
  server.set_validate_handler([&](connection_hdl handle) {
    server.get_con_from_hdl(handle)->select_subprotocol("flexcrm.v1");
    return true;
  });
  server.set_open_handler([&](connection_hdl handle) {
    auto const target = server.get_con_from_hdl(handle)->get_resource();
    if (target == "/echo") {
      others[handle] = handle;
    } else if (auto const found = waiting.find(target); found == waiting.end()) {
      waiting.emplace(target, handle);
    } else {
      others[handle] = found->second;
      others[found->second] = handle;
      waiting.erase(found);
    }
  });
  server.set_message_handler([&](connection_hdl handle, Server::message_ptr message) {
    if (auto const other = others.find(handle); other != others.end()) {
      websocketpp::lib::error_code ignored;
      server.send(other->second, message->get_payload(), message->get_opcode(), ignored);
    }
  });
  server.set_close_handler([&](connection_hdl handle) { others.erase(handle); });
  server.listen(websocketpp::lib::asio::ip::tcp::endpoint{websocketpp::lib::asio::ip::make_address("127.0.0.1"), 0});
  server.start_accept();
  websocketpp::lib::asio::error_code ec;
  std::cout << server.get_local_endpoint(ec).port() << std::endl;
  server.run();
}
