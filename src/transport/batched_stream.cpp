#include "batched_stream.hpp"

#include "spares.hpp"

#include <boost/asio/defer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/post.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace flexcrm::detail {
namespace {

// A batch that is as long as a TLS record may be goes out; more would save little.
constexpr std::size_t batch_bytes = 16 * 1024;
// Passes of the io_context in which nothing came to a batch while others go on. Something may always go on: who is held
// up for its rate does not ask for more.
constexpr int most_quiet_passes = 8;

}  // namespace

// The batches of one io_context. What goes on: a reader that works on what one read brought, and a writer that was told
// that its bytes are taken; what they cause comes soon. When nothing goes on any more, all batches are sent.
class BatchedStream::Batches final : public asio::execution_context::service {
 public:
  using key_type = Batches;
  static inline asio::execution_context::id id;
  static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

  explicit Batches(asio::execution_context& context) : service{context} {}

  void begun() noexcept { ++going_on_; }
  void ended() {
    if (--going_on_ == 0) send_all();
  }
  /// For who must not send from here: it is seen to later.
  void given_up() noexcept { --going_on_; }

  /// A stream has a batch, until it is sent or removed.
  void add(State& stream);
  void more(State& stream) noexcept;
  void remove(State& stream) noexcept;

 private:
  struct Waiting {
    State* stream;
    int quiet_passes = 0;
  };

  void shutdown() noexcept override {}
  void look_later(executor_type const& executor);
  void look(executor_type const& executor);
  void send_all();

  int going_on_ = 0;
  std::vector<Waiting> waiting_;
  bool looking_ = false;
};

// Outlives its stream while the inner stream writes: nobody else waits for that.
class BatchedStream::State : public std::enable_shared_from_this<State> {
 public:
  explicit State(std::unique_ptr<ByteStream> stream)
      : inner{std::move(stream)},
        batches{asio::use_service<Batches>(inner->get_executor().context())},
        spares{asio::use_service<Spares<std::string>>(inner->get_executor().context())} {}
  ~State() {
    if (burst) batches.given_up();
  }
  State(State const&) = delete;
  State& operator=(State const&) = delete;

  // The reader asks again when it has looked at everything that came before.
  void read(asio::mutable_buffer buffer, IoHandler handler) {
    bool const has_more = inner->has_pending();
    inner->read_some(buffer,
                     [self = shared_from_this(), h = std::move(handler)](error_code ec, std::size_t size) mutable {
                       if (!ec && !self->closed && !std::exchange(self->burst, true)) self->batches.begun();
                       std::move(h)(ec, size);
                     });
    if (!has_more && std::exchange(burst, false)) batches.ended();
  }

  void write(std::span<asio::const_buffer const> buffers, IoHandler handler) {
    if (closed || failed) return complete(std::move(handler), failed ? failed : aborted(), 0);
    auto const size = asio::buffer_size(buffers);
    if (size == 0) return complete(std::move(handler), {}, 0);
    if (gathered.empty()) gathered = spares.take();
    for (auto const& buffer : buffers) gathered.append(static_cast<char const*>(buffer.data()), buffer.size());
    written += size;
    if (is_full() && sending_now) {
      // The writer waits for the network again: what is held here is bounded.
      held.emplace(std::move(handler));
      held_size = size;
      return;
    }
    complete(std::move(handler), {}, size);
    if (is_full())
      send();
    else if (place != Batches::nowhere)
      batches.more(*this);
    else if (!sending_now)
      batches.add(*this);
  }

  void tear_down(beast::role_type role, DoneHandler handler) {
    if (closed || failed || written == taken) return inner->teardown(role, std::move(handler));
    teardown.emplace(role, std::move(handler));
    if (!sending_now) send();
  }

  void close() noexcept {
    if (std::exchange(closed, true)) return inner->close();
    observer = nullptr;
    if (std::exchange(burst, false)) batches.given_up();
    try {
      if (!sending_now && !failed && !gathered.empty()) send();
      release(aborted());
    } catch (...) {  // out of memory: what waits is destroyed with this object
    }
    batches.remove(*this);
    inner->close();
  }

  void send() {
    batches.remove(*this);
    sending.swap(gathered);
    sending_now = true;
    if (held) release_held({}, held_size);
    send_rest();
  }

  std::unique_ptr<ByteStream> inner;
  BatchObserver* observer = nullptr;
  std::uint64_t written = 0;
  std::uint64_t taken = 0;
  bool begun = false;
  std::size_t place = Batches::nowhere;

 private:
  static error_code aborted() noexcept { return asio::error::operation_aborted; }

  bool is_full() const noexcept { return gathered.size() >= batch_bytes; }

  // Whoever is told may have more.
  void complete(IoHandler handler, error_code ec, std::size_t size) {
    batches.begun();
    asio::post(inner->get_executor(), [this_batches = &batches, h = std::move(handler), ec, size]() mutable {
      std::move(h)(ec, size);
      this_batches->ended();
    });
  }

  void send_rest() {
    asio::const_buffer const rest = asio::buffer(sending) + sent;
    inner->write_some({&rest, 1},
                      [self = shared_from_this()](error_code ec, std::size_t size) { self->on_sent(ec, size); });
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
      spares.give(std::exchange(sending, {}));  // an idle stream keeps nothing
      if (gathered.empty()) {
        release({});
      } else if (is_full() || teardown) {
        send();
      } else {
        batches.add(*this);
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

  Batches& batches;
  Spares<std::string>& spares;
  std::string gathered;
  std::string sending;
  std::size_t sent = 0;  // of `sending`
  // Optional, because Asio 1.26 cannot assign such a handler.
  std::optional<IoHandler> held;
  std::size_t held_size = 0;
  std::optional<std::pair<beast::role_type, DoneHandler>> teardown;
  error_code failed;
  bool burst = false;  // the reader works on what came
  bool sending_now = false;
  bool closed = false;
};

void BatchedStream::Batches::add(State& stream) {
  waiting_.push_back({&stream});
  stream.place = waiting_.size() - 1;
  if (!looking_) look_later(stream.inner->get_executor());
}

void BatchedStream::Batches::more(State& stream) noexcept { waiting_[stream.place].quiet_passes = 0; }

void BatchedStream::Batches::remove(State& stream) noexcept {
  auto const place = std::exchange(stream.place, nowhere);
  if (place == nowhere) return;
  waiting_[place] = waiting_.back();
  waiting_.pop_back();
  if (place < waiting_.size()) waiting_[place].stream->place = place;
}

void BatchedStream::Batches::send_all() {
  while (!waiting_.empty()) waiting_.back().stream->send();
}

// Deferred, not posted: behind everything that the handler which runs now posts.
void BatchedStream::Batches::look_later(executor_type const& executor) {
  looking_ = true;
  asio::defer(executor, [this, executor] { look(executor); });
}

void BatchedStream::Batches::look(executor_type const& executor) {
  looking_ = false;
  if (going_on_ == 0) send_all();
  for (auto i = waiting_.size(); i-- > 0;)
    if (++waiting_[i].quiet_passes > most_quiet_passes) waiting_[i].stream->send();
  if (!waiting_.empty()) look_later(executor);
}

BatchedStream::BatchedStream(std::unique_ptr<ByteStream> inner) : state_{std::make_shared<State>(std::move(inner))} {}

BatchedStream::~BatchedStream() { state_->close(); }

void BatchedStream::begin(BatchObserver* observer) noexcept {
  state_->observer = observer;
  state_->begun = true;
}

std::uint64_t BatchedStream::written() const noexcept { return state_->written; }

std::uint64_t BatchedStream::taken() const noexcept { return state_->taken; }

ByteStream::executor_type BatchedStream::get_executor() noexcept { return state_->inner->get_executor(); }

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

void BatchedStream::close() noexcept { state_->close(); }

bool BatchedStream::has_pending() noexcept { return state_->inner->has_pending(); }

std::string const& BatchedStream::remote_address() const noexcept { return state_->inner->remote_address(); }

bool BatchedStream::is_loopback() const noexcept { return state_->inner->is_loopback(); }

}  // namespace flexcrm::detail
