#include "websocket.hpp"

#include "any_stream.hpp"
#include "batched_stream.hpp"
#include "buffer_in_pieces.hpp"
#include "clock.hpp"
#include "spares.hpp"
#include "upgrade_request.hpp"
#include "wire.hpp"

#include "../messages/spare_frames.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <algorithm>
#include <array>
#include <list>
#include <optional>

// The only file that instantiates beast::websocket::stream: half a minute of compiling and most of a
// gigabyte.

namespace flexcrm::detail {
namespace {

namespace websocket = beast::websocket;
namespace http = beast::http;
using Stream = websocket::stream<AnyStream, false>;

// Where a message begins is part of its WebSocket; an answer fits in, and only what is longer needs a buffer
// meanwhile.
constexpr std::size_t head_bytes = 128;
// A frame says how long it will be before it comes.
constexpr std::size_t most_read_bytes = 16 * 1024;

using Clock = std::chrono::steady_clock;

// Tokens, kept as the one moment at which the bucket will be full again.
class Bucket {
 public:
  explicit Bucket(MessageRate const& rate) : interval_{rate.interval} {
    if (!bounds()) return;
    auto const most = static_cast<std::size_t>(Clock::duration::max() / interval_ / 4);  // a clock can count
    burst_ = interval_ * static_cast<Clock::rep>(std::clamp<std::size_t>(rate.burst, 1, most));
  }

  bool bounds() const noexcept { return interval_.count() > 0; }
  void take(Clock::time_point now) noexcept { full_ = std::max(full_, now) + interval_; }
  /// When there is a token.
  Clock::time_point next() const noexcept { return full_ - burst_ + interval_; }
  /// Whether more than a bucketful was taken that was not there.
  bool is_overdrawn(Clock::time_point now) const noexcept { return full_ - now > 2 * burst_; }

 private:
  Clock::duration interval_;
  Clock::duration burst_{};
  Clock::time_point full_{};
};

struct Frame {
  std::size_t size;
  std::string text;   // until it is in a batch
  std::uint64_t end;  // then: how many bytes the stream has written with it
};

/// Places in the queues of all WebSockets of one io_context: each frame needs one, for a moment.
using FramePlaces = OfContext<SpareNodes<Frame>>;

class BeastWebSocket final : public WebSocket,
                             private StreamObserver,
                             private BatchObserver,
                             public std::enable_shared_from_this<BeastWebSocket> {
 public:
  BeastWebSocket(AnyStream stream, WebSocketOptions const& options)
      : BeastWebSocket{std::make_unique<BatchedStream>(stream.release()), options} {}

  BeastWebSocket(std::unique_ptr<BatchedStream> batches, WebSocketOptions const& options)
      : batches_{*batches},
        stream_{AnyStream{std::move(batches)}},
        timer_{stream_.get_executor()},
        spares_{asio::use_service<Spares<beast::flat_buffer>>(stream_.get_executor().context())},
        places_{asio::use_service<FramePlaces>(stream_.get_executor().context())},
        options_{options},
        bucket_{options.rate} {
    stream_.read_message_max(options.frame_bytes);
    stream_.auto_fragment(false);
    stream_.text(true);
  }

  void accept(std::shared_ptr<UpgradeRequest const> request, std::weak_ptr<Owner> owner) override {
    begin(std::move(owner));
    stream_.set_option(websocket::stream_base::decorator([](websocket::response_type& response) {
      response.set(http::field::server, server_name);
      response.set(http::field::sec_websocket_protocol, subprotocol);
    }));
    stream_.async_accept(request->message, [self = shared_from_this(), request](error_code ec) { self->on_open(ec); });
  }

  void handshake(std::string const& host, std::string const& target, std::string const& origin,
                 std::weak_ptr<Owner> owner) override {
    begin(std::move(owner));
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
    if (closing_ || finished_) return true;
    std::size_t const factor = reserve ? 2 : 1;
    if (queued_frames() >= options_.queue.frames * factor ||
        queued_bytes_ + frame.size() > options_.queue.bytes * factor) {
      return false;
    }
    queued_bytes_ += frame.size();
    auto& place = places_.append(waiting_);
    place.size = frame.size();
    place.text = std::move(frame);
    write_next();
    return true;
  }

  bool has_room() const noexcept override {
    return !closing_ && !finished_ && queued_frames() < options_.queue.frames && queued_bytes_ < options_.queue.bytes;
  }

  std::pair<std::size_t, std::size_t> queued() const noexcept override { return {queued_bytes_, queued_frames()}; }

  void close(std::uint16_t code) override {
    if (closing_ || finished_) return;
    begin_close();
    close_code_ = code;
    if (!open_) return finish_later(make_error_code(Errc::closed));
    close_when_written();
  }

  void abort() noexcept override {
    owner_.reset();
    finished_ = true;
    cut();
  }

 private:
  void begin(std::weak_ptr<Owner> owner) {
    owner_ = std::move(owner);
    open_by_ = Clock::now() + options_.times.handshake;
    arm();
  }

  void on_open(error_code ec) {
    if (finished_) return;
    if (ec) return finish(ec);
    open_ = true;
    stream_.next_layer().observe(this);
    batches_.begin(this);
    stream_.control_callback([this](websocket::frame_type, beast::string_view) { on_control(); });
    written_ = Clock::now();
    arm();
    if (auto const owner = owner_.lock()) owner->on_websocket_open();
    if (finished_) return;
    write_next();
    read_next();
  }

  // Beast needs more bytes. The second time since a whole frame, what came in between is a part of one; what
  // came with the frame before, nobody can tell.
  void on_more_wanted() override {
    if (std::exchange(between_frames_, false) || begun_) return;
    begun_ = Clock::now();
    arm();
  }

  // The peer closes, or has broken the framing and was told so: it has as long to leave as after our close.
  void on_teardown() override {
    close_sent_ = true;
    if (!closing_ && !finished_) begin_close();
  }

  void on_whole_frame() noexcept {
    between_frames_ = true;
    begun_.reset();
  }

  void on_control() {
    // One between the fragments of a message does not complete it.
    if (stream_.is_message_done()) on_whole_frame();
    if (!bucket_.bounds()) return;
    auto const now = Clock::now();
    bucket_.take(now);
    if (!bucket_.is_overdrawn(now)) return;
    asio::post(stream_.get_executor(),
               [self = shared_from_this()] { self->close(websocket::close_code::policy_error); });
  }

  void read_next() {
    if (bucket_.bounds() && !closing_ && Clock::now() < bucket_.next()) {
      paused_ = true;
      return arm();
    }
    // In a burst the next message is there already, and is read as a whole.
    if (!batches_.has_pending()) return read_into(asio::buffer(head_));
    buffer_ = spares_.take();
    read_into(room());
  }

  void read_rest() {
    if (close_sent_) return;  // Beast's close reads the rest, and is not to be met in the middle of a message
    read_into(room());
  }

  // For what the frame says is still to come: how long a message may get is bounded by read_message_max.
  asio::mutable_buffer room() { return buffer_.prepare(std::min(stream_.read_size_hint(), most_read_bytes)); }

  // The one place that reads: each would have a copy of Beast's code, and all of it does not fit into the processor's cache.
  void read_into(asio::mutable_buffer buffer) {
    stream_.async_read_some(BufferInPieces{buffer},
                            [self = shared_from_this()](error_code ec, std::size_t size) { self->on_read(ec, size); });
  }

  void on_read(error_code ec, std::size_t size) {
    if (finished_) return;
    if (ec) return finish(ec);
    bool const is_head = buffer_.capacity() == 0;
    if (is_head && stream_.is_message_done()) return on_message({head_.data(), size});
    if (is_head) {
      buffer_ = spares_.take();
      asio::buffer_copy(buffer_.prepare(size), asio::buffer(head_));
    }
    buffer_.commit(size);
    if (!stream_.is_message_done()) return read_rest();
    auto const data = buffer_.cdata();
    on_message({static_cast<char const*>(data.data()), data.size()});
  }

  void on_message(std::string_view text) {
    on_whole_frame();
    if (bucket_.bounds()) bucket_.take(Clock::now());
    if (!stream_.got_text()) {
      close(websocket::close_code::unknown_data);
    } else if (!closing_) {
      auto const owner = owner_.lock();
      if (!owner) return finish(make_error_code(Errc::closed));
      owner->on_frame(text);
      if (finished_) return;
    }
    if (buffer_.capacity() != 0) spares_.give(std::exchange(buffer_, {}));
    read_next();
  }

  void write_next() {
    if (writing_ || !open_ || waiting_.empty() || finished_) return;
    writing_ = true;
    written_ = Clock::now();
    stream_.async_write(asio::buffer(waiting_.front().text),
                        [self = shared_from_this()](error_code ec, std::size_t) { self->on_written(ec); });
  }

  // The frame is in a batch. Until the network has taken it, it counts.
  void on_written(error_code ec) {
    writing_ = false;
    if (finished_) return;
    if (ec) return finish(ec);
    auto& frame = waiting_.front();
    frame.end = batches_.written();
    give_spare_frame(std::move(frame.text));
    batched_.splice(batched_.end(), waiting_, waiting_.begin());
    write_next();
    if (closing_) close_when_written();
  }

  void on_taken(error_code ec) override {
    auto const self = shared_from_this();
    if (finished_) return;
    if (ec) return finish(ec);
    while (!batched_.empty() && batched_.front().end <= batches_.taken()) {
      queued_bytes_ -= batched_.front().size;
      places_.take_first(batched_);
    }
  }

  std::size_t queued_frames() const noexcept { return waiting_.size() + batched_.size(); }

  void ping(Clock::time_point now) {
    written_ = now;
    // What is on its way does as well.
    if (writing_ || pinging_ || batches_.written() != batches_.taken()) return;
    pinging_ = true;
    stream_.async_ping({}, [self = shared_from_this()](error_code ec) {
      self->pinging_ = false;
      if (ec && !self->finished_) self->finish(ec);
    });
  }

  void begin_close() {
    closing_ = true;
    close_by_ = Clock::now() + options_.times.close;
    arm();
  }

  // The one timer, for whatever comes first; Beast's own are not used. It is never moved to a later moment: one that fires
  // too early looks again, which is cheaper than moving it with every frame. Silence is the session's matter, which also
  // knows a peer that only pings.
  void arm() {
    auto const at = next_wake();
    if (at >= armed_ || finished_) return;
    armed_ = at;
    timer_.expires_at(at);
    timer_.async_wait([weak = weak_from_this()](error_code ec) {
      auto const self = weak.lock();
      if (!ec && self && !self->finished_) self->wake();
    });
  }

  Clock::time_point next_wake() const noexcept {
    if (closing_) return close_by_;
    if (!open_) return open_by_;
    auto at = Clock::time_point::max();
    if (begun_) at = std::min(at, *begun_ + options_.times.message);
    if (options_.times.keep_alive.count() > 0) at = std::min(at, written_ + options_.times.keep_alive);
    if (paused_) at = std::min(at, bucket_.next());
    return at;
  }

  void wake() {
    armed_ = Clock::time_point::max();
    auto const now = Clock::now();
    if ((closing_ || !open_) && now >= next_wake()) return finish(make_error_code(Errc::timed_out));
    if (!closing_ && open_) {
      if (begun_ && now >= *begun_ + options_.times.message) return close(close_time_out);
      if (options_.times.keep_alive.count() > 0 && now >= written_ + options_.times.keep_alive) ping(now);
      if (paused_ && now >= bucket_.next()) {
        paused_ = false;
        read_next();
      }
    }
    arm();
  }

  void close_when_written() {
    if (!waiting_.empty() || close_sent_) return;
    close_sent_ = true;
    // With a callback Beast puts the peer's close frame off for a moment in which reading and closing may
    // come to wait for each other.
    stream_.control_callback();
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

  BatchedStream& batches_;  // stream_ has it
  Stream stream_;
  Timer timer_;
  Spares<beast::flat_buffer>& spares_;
  FramePlaces& places_;
  WebSocketOptions options_;
  Bucket bucket_;
  std::weak_ptr<Owner> owner_;
  std::array<char, head_bytes> head_;
  beast::flat_buffer buffer_;  // a message that is longer, while it comes
  std::list<Frame> waiting_;   // the front one is being written if writing_
  std::list<Frame> batched_;
  std::size_t queued_bytes_ = 0;
  Clock::time_point armed_ = Clock::time_point::max();
  Clock::time_point open_by_{};
  Clock::time_point written_{};
  Clock::time_point close_by_{};
  std::optional<Clock::time_point> begun_;  // since when a part of a frame is there
  std::uint16_t close_code_ = 0;
  bool open_ = false;
  bool between_frames_ = true;  // nothing was asked for since the last whole frame
  bool paused_ = false;         // reading waits for a token
  bool writing_ = false;
  bool pinging_ = false;
  bool closing_ = false;
  bool close_sent_ = false;
  bool finished_ = false;
};

}  // namespace

std::shared_ptr<WebSocket> WebSocket::make(AnyStream stream, WebSocketOptions const& options) {
  return std::make_shared<BeastWebSocket>(std::move(stream), options);
}

}  // namespace flexcrm::detail
