#include "websocket.hpp"

#include "any_stream.hpp"
#include "upgrade_request.hpp"
#include "wire.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <deque>

// The only file that instantiates beast::websocket::stream: half a minute of compiling and most of a
// gigabyte.

namespace flexcrm::detail {
namespace {

namespace websocket = beast::websocket;
namespace http = beast::http;
using Stream = websocket::stream<AnyStream, false>;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                               AnyStream::executor_type>;

// What an idle connection keeps of its read buffer: an ordinary message fits.
constexpr std::size_t kept_buffer_bytes = 4096;

class BeastWebSocket final : public WebSocket, public std::enable_shared_from_this<BeastWebSocket> {
 public:
  BeastWebSocket(AnyStream stream, WebSocketOptions const& options)
      : stream_{std::move(stream)},
        timer_{stream_.get_executor()},
        options_{options},
        // The bound that counts is read_message_max; Beast asks for room beyond it before it finds out.
        buffer_{options.frame_bytes + kept_buffer_bytes} {
    stream_.read_message_max(options.frame_bytes);
    stream_.auto_fragment(false);
    stream_.text(true);
    // Silence is the session's matter, which also knows a peer that only pings.
    stream_.set_option(
        websocket::stream_base::timeout{options.times.handshake, websocket::stream_base::none(), false});
  }

  void accept(std::shared_ptr<UpgradeRequest const> request, std::weak_ptr<Owner> owner) override {
    owner_ = std::move(owner);
    stream_.set_option(websocket::stream_base::decorator([](websocket::response_type& response) {
      response.set(http::field::server, server_name);
      response.set(http::field::sec_websocket_protocol, subprotocol);
    }));
    stream_.async_accept(request->message,
                         [self = shared_from_this(), request](error_code ec) { self->on_open(ec); });
  }

  void handshake(std::string const& host, std::string const& target, std::string const& origin,
                 std::weak_ptr<Owner> owner) override {
    owner_ = std::move(owner);
    stream_.set_option(websocket::stream_base::decorator([origin](websocket::request_type& request) {
      request.set(http::field::user_agent, server_name);
      request.set(http::field::sec_websocket_protocol, subprotocol);
      if (!origin.empty()) request.set(http::field::origin, origin);
    }));
    auto response = std::make_shared<websocket::response_type>();
    stream_.async_handshake(*response, host, target, [self = shared_from_this(), response](error_code ec) {
      if (!ec && (*response)[http::field::sec_websocket_protocol] != subprotocol) {
        ec = make_error_code(Errc::protocol_version);
      }
      self->on_open(ec);
    });
  }

  void hand_to(std::weak_ptr<Owner> owner) noexcept override { owner_ = std::move(owner); }

  bool send(std::string frame, bool reserve) override {
    std::size_t const factor = reserve ? 2 : 1;
    if (closing_ || finished_ || queue_.size() >= options_.queue.frames * factor ||
        queued_bytes_ + frame.size() > options_.queue.bytes * factor) {
      return false;
    }
    queued_bytes_ += frame.size();
    queue_.push_back(std::move(frame));
    write_next();
    return true;
  }

  bool has_room() const noexcept override {
    return !closing_ && !finished_ && queue_.size() < options_.queue.frames &&
           queued_bytes_ < options_.queue.bytes;
  }

  void close(std::uint16_t code) override {
    if (closing_ || finished_) return;
    closing_ = true;
    close_code_ = code;
    timer_.expires_after(options_.times.close);
    timer_.async_wait([weak = weak_from_this()](error_code ec) {
      auto const self = weak.lock();
      if (!ec && self) self->finish(make_error_code(Errc::timed_out));
    });
    if (!open_) return finish_later(make_error_code(Errc::closed));
    close_when_written();
  }

  void abort() noexcept override {
    owner_.reset();
    finished_ = true;
    cut();
  }

 private:
  void on_open(error_code ec) {
    if (finished_) return;
    if (ec == beast::error::timeout) ec = make_error_code(Errc::timed_out);
    if (ec) return finish(ec);
    open_ = true;
    if (auto const owner = owner_.lock()) owner->on_websocket_open();
    if (finished_) return;
    write_next();
    read_next();
  }

  void read_next() {
    stream_.async_read(buffer_,
                       [self = shared_from_this()](error_code ec, std::size_t) { self->on_read(ec); });
  }

  void on_read(error_code ec) {
    if (finished_) return;
    if (ec) return finish(ec);
    if (!stream_.got_text()) {
      close(websocket::close_code::unknown_data);
    } else if (!closing_) {
      auto const owner = owner_.lock();
      if (!owner) return finish(make_error_code(Errc::closed));
      auto const data = buffer_.cdata();
      owner->on_frame({static_cast<char const*>(data.data()), data.size()});
      if (finished_) return;
    }
    buffer_.clear();
    if (buffer_.capacity() > kept_buffer_bytes) buffer_.shrink_to_fit();
    read_next();
  }

  void write_next() {
    if (writing_ || !open_ || queue_.empty() || finished_) return;
    writing_ = true;
    stream_.async_write(asio::buffer(queue_.front()),
                        [self = shared_from_this()](error_code ec, std::size_t) { self->on_written(ec); });
  }

  void on_written(error_code ec) {
    writing_ = false;
    if (finished_) return;
    if (ec) return finish(ec);
    queued_bytes_ -= queue_.front().size();
    queue_.pop_front();
    if (queue_.empty()) queue_ = {};  // a deque keeps its blocks otherwise
    write_next();
    if (closing_) close_when_written();
  }

  void close_when_written() {
    if (writing_ || !queue_.empty() || close_sent_) return;
    close_sent_ = true;
    stream_.async_close(websocket::close_reason{close_code_},
                        [self = shared_from_this()](error_code ec) { self->finish(ec); });
  }

  void finish_later(error_code ec) {
    asio::post(stream_.get_executor(), [self = shared_from_this(), ec] { self->finish(ec); });
  }

  void finish(error_code ec) {
    if (finished_) return;
    finished_ = true;
    auto const code = open_ ? static_cast<std::uint16_t>(stream_.reason().code) : std::uint16_t{0};
    cut();
    if (auto const owner = std::exchange(owner_, {}).lock()) owner->on_websocket_closed(ec, code);
  }

  void cut() noexcept {
    try {
      timer_.cancel();
    } catch (...) {  // by its signature alone
    }
    stream_.next_layer().close();
  }

  Stream stream_;
  Timer timer_;
  WebSocketOptions options_;
  std::weak_ptr<Owner> owner_;
  beast::flat_buffer buffer_;
  std::deque<std::string> queue_;  // the front one is being written if writing_
  std::size_t queued_bytes_ = 0;
  std::uint16_t close_code_ = 0;
  bool open_ = false;
  bool writing_ = false;
  bool closing_ = false;
  bool close_sent_ = false;
  bool finished_ = false;
};

}  // namespace

std::shared_ptr<WebSocket> WebSocket::make(AnyStream stream, WebSocketOptions const& options) {
  return std::make_shared<BeastWebSocket>(std::move(stream), options);
}

}  // namespace flexcrm::detail
