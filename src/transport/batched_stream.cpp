#include "batched_stream.hpp"

#include <boost/asio/defer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/post.hpp>

#include <optional>
#include <string>
#include <utility>

namespace flexcrm::detail {
namespace {

// A batch that is as long as a TLS record may be goes out; more would save little.
constexpr std::size_t batch_bytes = 16 * 1024;
// Turns without anything new for which a batch waits for the bursts of others to end. One may last: of a peer that is held
// up nothing is read.
constexpr int most_quiet_turns = 8;

// The streams of one io_context whose reader still works on what one read brought: what they cause comes soon.
class Bursts final : public asio::execution_context::service {
 public:
  using key_type = Bursts;
  static inline asio::execution_context::id id;

  explicit Bursts(asio::execution_context& context) : service{context} {}

  int under_way = 0;

 private:
  void shutdown() noexcept override {}
};

}  // namespace

// Outlives its stream while the inner stream writes: nobody else waits for that.
class BatchedStream::State : public std::enable_shared_from_this<State> {
 public:
  explicit State(std::unique_ptr<ByteStream> stream)
      : inner{std::move(stream)}, bursts{asio::use_service<Bursts>(inner->get_executor().context())} {}
  ~State() { set_burst(false); }
  State(State const&) = delete;
  State& operator=(State const&) = delete;

  // The reader asks again when it has looked at everything that came before.
  void read(asio::mutable_buffer buffer, IoHandler handler) {
    set_burst(false);
    inner->read_some(buffer, [self = shared_from_this(), h = std::move(handler)](error_code ec, std::size_t size) mutable {
      self->set_burst(!ec && !self->closed);
      std::move(h)(ec, size);
    });
  }

  void write(std::span<asio::const_buffer const> buffers, IoHandler handler) {
    if (closed || failed) return complete(std::move(handler), failed ? failed : aborted(), 0);
    std::size_t size = 0;
    for (auto const& buffer : buffers) {
      gathered.append(static_cast<char const*>(buffer.data()), buffer.size());
      size += buffer.size();
    }
    written += size;
    if (!is_full()) {
      complete(std::move(handler), {}, size);
      return look_later();
    }
    if (sending_now) {
      // The writer waits for the network again: what is held here is bounded.
      held.emplace(std::move(handler));
      held_size = size;
      return;
    }
    complete(std::move(handler), {}, size);
    send();
  }

  void tear_down(beast::role_type role, DoneHandler handler) {
    if (closed || failed || written == taken) return inner->teardown(role, std::move(handler));
    teardown.emplace(role, std::move(handler));
    if (!sending_now) send();
  }

  void close() noexcept {
    if (std::exchange(closed, true)) return inner->close();
    observer = nullptr;
    set_burst(false);
    try {
      if (!sending_now && !failed && !gathered.empty()) send();
      release(aborted());
    } catch (...) {  // out of memory: what waits is destroyed with this object
    }
    inner->close();
  }

  std::unique_ptr<ByteStream> inner;
  BatchObserver* observer = nullptr;
  std::uint64_t written = 0;
  std::uint64_t taken = 0;
  bool begun = false;

 private:
  static error_code aborted() noexcept { return asio::error::operation_aborted; }

  bool is_full() const noexcept { return gathered.size() >= batch_bytes; }

  void complete(IoHandler handler, error_code ec, std::size_t size) {
    asio::post(inner->get_executor(),
               [h = std::move(handler), ec, size]() mutable { std::move(h)(ec, size); });
  }

  // Deferred, not posted: behind everything that the handler which runs now posts, such as the next frame of
  // a burst.
  void look_later() {
    if (sending_now || std::exchange(looking, true)) return;
    seen = written;
    asio::defer(inner->get_executor(), [self = shared_from_this()] { self->look(); });
  }

  void look() {
    looking = false;
    if (closed || sending_now || gathered.empty()) return;
    if (seen != written) {
      quiet_turns = 0;
      return look_later();
    }
    if (bursts.under_way > 0 && ++quiet_turns < most_quiet_turns) return look_later();
    send();
  }

  void set_burst(bool under_way) noexcept {
    bursts.under_way += static_cast<int>(under_way) - static_cast<int>(std::exchange(burst, under_way));
  }

  void send() {
    quiet_turns = 0;
    sending.swap(gathered);
    sending_now = true;
    if (held) release_held({}, held_size);
    send_rest();
  }

  void send_rest() {
    asio::const_buffer const rest = asio::buffer(sending) + sent;
    inner->write_some({&rest, 1}, [self = shared_from_this()](error_code ec, std::size_t size) {
      self->on_sent(ec, size);
    });
  }

  void on_sent(error_code ec, std::size_t size) {
    taken += size;
    sent += size;
    if (closed) return;
    if (ec) {
      failed = ec;
      release(ec);
    } else if (sent < sending.size()) {
      send_rest();
    } else {
      sending_now = false;
      sent = 0;
      sending.clear();
      sending.shrink_to_fit();  // an idle stream keeps nothing
      if (gathered.empty()) {
        release({});
      } else if (is_full() || teardown) {
        send();
      } else {
        look_later();
      }
    }
    if (observer) observer->on_taken(ec);
  }

  // Whoever waits for the network goes on.
  void release(error_code ec) {
    if (held) release_held(ec, 0);
    if (!teardown) return;
    auto const role = teardown->first;
    auto handler = std::move(teardown->second);
    teardown.reset();
    if (!ec) return inner->teardown(role, std::move(handler));
    asio::post(inner->get_executor(), [h = std::move(handler), ec]() mutable { std::move(h)(ec); });
  }

  void release_held(error_code ec, std::size_t size) {
    auto handler = *std::move(held);
    held.reset();
    complete(std::move(handler), ec, size);
  }

  Bursts& bursts;
  std::string gathered;
  std::string sending;
  std::size_t sent = 0;  // of `sending`
  std::uint64_t seen = 0;
  // Optional, because Asio 1.26 cannot assign such a handler.
  std::optional<IoHandler> held;
  std::size_t held_size = 0;
  std::optional<std::pair<beast::role_type, DoneHandler>> teardown;
  error_code failed;
  int quiet_turns = 0;
  bool burst = false;  // of this stream's reader
  bool looking = false;
  bool sending_now = false;
  bool closed = false;
};

BatchedStream::BatchedStream(std::unique_ptr<ByteStream> inner)
    : state_{std::make_shared<State>(std::move(inner))} {}

BatchedStream::~BatchedStream() {
  state_->close();
}

void BatchedStream::begin(BatchObserver* observer) noexcept {
  state_->observer = observer;
  state_->begun = true;
}

std::uint64_t BatchedStream::written() const noexcept {
  return state_->written;
}

std::uint64_t BatchedStream::taken() const noexcept {
  return state_->taken;
}

ByteStream::executor_type BatchedStream::get_executor() noexcept {
  return state_->inner->get_executor();
}

void BatchedStream::read_some(asio::mutable_buffer buffer, IoHandler handler) {
  if (!state_->begun) return state_->inner->read_some(buffer, std::move(handler));
  state_->read(buffer, std::move(handler));
}

void BatchedStream::write_some(std::span<asio::const_buffer const> buffers, IoHandler handler) {
  if (!state_->begun) return state_->inner->write_some(buffers, std::move(handler));
  state_->write(buffers, std::move(handler));
}

void BatchedStream::teardown(beast::role_type role, DoneHandler handler) {
  state_->tear_down(role, std::move(handler));
}

void BatchedStream::close() noexcept {
  state_->close();
}

std::string const& BatchedStream::remote_address() const noexcept {
  return state_->inner->remote_address();
}

bool BatchedStream::is_loopback() const noexcept {
  return state_->inner->is_loopback();
}

}  // namespace flexcrm::detail
