// What a user would write on Boost.Beast alone: no strand, no timeouts, no checks. /echo sends every frame back,
// /relay/N passes it to the other connection of that name.

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>

#include <deque>
#include <iostream>
#include <memory>
#include <string>
#include <unordered_map>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using tcp = asio::ip::tcp;
using boost::system::error_code;

class Peer;
std::unordered_map<std::string, std::weak_ptr<Peer>> waiting;  // by target, for the other one

class Peer : public std::enable_shared_from_this<Peer> {
 public:
  explicit Peer(tcp::socket socket) : stream_{std::move(socket)} {}

  void run() {
    stream_.next_layer().set_option(tcp::no_delay{true});
    http::async_read(stream_.next_layer(), buffer_, request_, [self = shared_from_this()](error_code ec, std::size_t) {
      if (!ec) self->accept();
    });
  }

 private:
  void accept() {
    stream_.set_option(websocket::stream_base::decorator(
        [](websocket::response_type& response) { response.set(http::field::sec_websocket_protocol, "flexcrm.v1"); }));
    stream_.async_accept(request_, [self = shared_from_this()](error_code ec) {
      if (!ec) self->meet();
    });
  }

  void meet() {
    std::string const target{request_.target()};
    if (target == "/echo") {
      other_ = weak_from_this();
    } else if (auto const found = waiting.find(target); found == waiting.end()) {
      waiting.emplace(target, weak_from_this());
    } else {
      other_ = found->second;
      if (auto const other = other_.lock()) other->other_ = weak_from_this();
      waiting.erase(found);
    }
    stream_.text(true);
    read();
  }

  void read() {
    stream_.async_read(buffer_, [self = shared_from_this()](error_code ec, std::size_t) {
      if (ec) return;
      if (auto const other = self->other_.lock()) other->send(beast::buffers_to_string(self->buffer_.data()));
      self->buffer_.clear();
      self->read();
    });
  }

  void send(std::string frame) {
    queue_.push_back(std::move(frame));
    if (queue_.size() == 1) write();
  }

  void write() {
    stream_.async_write(asio::buffer(queue_.front()), [self = shared_from_this()](error_code ec, std::size_t) {
      if (ec) return;
      self->queue_.pop_front();
      if (!self->queue_.empty()) self->write();
    });
  }

  websocket::stream<tcp::socket> stream_;
  beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  std::weak_ptr<Peer> other_;
  std::deque<std::string> queue_;
};

void accept_next(tcp::acceptor& acceptor) {
  acceptor.async_accept([&acceptor](error_code ec, tcp::socket socket) {
    if (!ec) std::make_shared<Peer>(std::move(socket))->run();
    accept_next(acceptor);
  });
}

}  // namespace

int main() {
  asio::io_context context{1};
  tcp::acceptor acceptor{context, {asio::ip::make_address("127.0.0.1"), 0}};
  std::cout << acceptor.local_endpoint().port() << std::endl;
  accept_next(acceptor);
  context.run();
}
