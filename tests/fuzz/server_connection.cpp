// A server and a few connections, each from the upgrade to its end: WebSocket, session, hub. The script is text, a line
// is one input, its first character says which:
//
//   1 2 3   what follows is of this connection; a new one, if it has none or lost it
//   w x     the bytes x arrive as they are
//   t x     the text x arrives; f x, c x, l x the same in a first, a further and a last fragment
//   b x     the bytes x arrive in a binary frame; p x, o x, k x in a ping, a pong, a close frame
//   n k     from now on a read brings k bytes at most
//   d h     the client takes nothing any more, takes again what is written
//   x       the client leaves
//   s n     the server's process sends message n of a list to the agent
//   y       the server stops
//
// Only the first line differs: a number whose bits choose the options.

#include "fuzz.hpp"

#include "support/memory_stream.hpp"
#include "transport/hub_runner.hpp"
#include "transport/upgrade.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

using namespace flexcrm;
using namespace std::chrono_literals;
using test::require;

namespace {

constexpr std::string_view upgrade_request =
    "GET /flexcrm HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: flexcrm.v1\r\n\r\n";

std::vector<Message> const messages = [] {
  auto const attributes = [](std::size_t bytes) {
    return Attributes::from_object({{"a", std::string(bytes, 'x')}}).value();
  };
  return std::vector<Message>{
      TaskSelected{.attributes = attributes(1)},
      TaskSelected{.attributes = attributes(60000)},
      TaskDeselected{},
      AgentChanged{.availability = Availability::available},
      DialRequest{.destination = "+34911234567", .dial_id = "d-1"},
      DialClaimRequest{.dial_id = "d-1"},
      TaskControlRequest{.task_sid = "WT" + std::string(32, '1')},
      ContactLookupRequest{.text = "ana"},
  };
}();

/// Reads what a server writes, as strictly as a client does.
class Reader {
 public:
  void read(std::string_view bytes) {
    buffer_ += bytes;
    while (frame()) {
    }
  }
  bool is_whole() const { return buffer_.empty(); }
  bool has_closed() const { return closed_; }

 private:
  bool frame() {
    auto const at = [&](std::size_t i) { return static_cast<unsigned char>(buffer_[i]); };
    if (buffer_.size() < 2) return false;
    std::size_t size = at(1) & 0x7fU;
    std::size_t header = 2;
    if (size >= 126) {
      std::size_t const bytes = size == 126 ? 2 : 8;
      header += bytes;
      if (buffer_.size() < header) return false;
      size = 0;
      for (std::size_t i = 2; i < header; ++i) size = size * 256 + at(i);
      require(size >= (bytes == 2 ? 126U : 65536U), "a length has no bytes more than it needs");
    }
    require(!closed_, "nothing follows a close frame");
    require((at(1) & 0x80) == 0, "a server masks nothing");
    require((at(0) & 0xf0) == 0x80, "a server sends whole messages, uncompressed");
    require(size <= 65536, "a server keeps to the limit of a frame");
    if (buffer_.size() < header + size) return false;
    auto const opcode = at(0) & 0x0f;
    auto const payload = buffer_.substr(header, size);
    buffer_.erase(0, header + size);
    require(opcode == 1 || opcode == 8 || opcode == 9 || opcode == 10, "a server sends texts");
    require(opcode == 1 || size <= 125, "a control frame is short");
    if (opcode == 1) {
      require(!std::holds_alternative<Refusal>(codec_.decode(payload)), "the client can read what is sent");
    }
    closed_ = opcode == 8;
    return true;
  }

  Codec codec_;
  std::string buffer_;
  bool closed_ = false;
};

/// A client's frame. A mask of zeros leaves the text as it is, for the fuzzer to see.
std::string client_frame(int opcode, bool final, std::string_view payload) {
  std::string frame{static_cast<char>((final ? 0x80 : 0) | opcode)};
  if (payload.size() < 126) {
    frame += static_cast<char>(0x80 | payload.size());
  } else if (payload.size() < 65536) {
    frame += static_cast<char>(0xfe);
    frame += static_cast<char>(payload.size() >> 8);
    frame += static_cast<char>(payload.size() & 0xff);
  } else {
    frame += static_cast<char>(0xff);
    for (int shift = 56; shift >= 0; shift -= 8) frame += static_cast<char>((payload.size() >> shift) & 0xff);
  }
  return frame.append(4, '\0').append(payload);
}

std::int64_t number_in(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

class World;

/// One client's connection.
class Client {
 public:
  explicit Client(World& world);

  test::MemoryPeer& peer() { return peer_; }
  void be_deaf(bool is_so) {
    is_deaf_ = is_so;
    is_so ? peer_.stop_hearing() : peer_.hear_again();
  }
  void read() {
    auto heard = peer_.heard();
    if (!std::exchange(is_upgraded_, true)) {
      auto const end = heard.find("\r\n\r\n");
      require(heard.starts_with("HTTP/1.1 101 ") && end != std::string::npos, "a right request is let in");
      heard.erase(0, end + 4);
    }
    reader_.read(heard);
    if (!is_deaf_ && !peer_.is_closed()) require(reader_.is_whole(), "frames are written whole");
  }

 private:
  test::MemoryPeer peer_;
  Reader reader_;
  std::shared_ptr<detail::HttpServing> serving_;
  bool is_upgraded_ = false;
  bool is_deaf_ = false;
};

class World {
 public:
  explicit World(std::int64_t bits) {
    options_.allowed_hosts = {"test"};
    options_.logger = {Level::off, {}};
    if ((bits & 1) != 0) options_.session.times.resume = 0ms;
    if ((bits & 2) != 0) options_.hub.crm_endpoints = 1;
    if ((bits & 4) != 0) options_.queue = {.bytes = 1000, .frames = 4};
    options_.rate = {.interval = (bits & 8) != 0 ? 1h : 0h, .burst = 8};
    policy_ = std::make_shared<detail::UpgradePolicy const>(detail::UpgradePolicy::make(options_, 1).value());
    if ((bits & 16) != 0) {
      handlers_.messages[type_of<TaskSelected>.index()] = [](detail::Delivery const& delivery) {
        delivery.reply->answer(NullResult{});
      };
    }
    runner_.emplace(context_, options_, handlers_);
  }

  std::shared_ptr<detail::HttpServing> serve(detail::AnyStream stream) {
    detail::HttpServing::Callbacks callbacks;
    callbacks.upgraded = [this](detail::AnyStream upgraded, std::shared_ptr<detail::UpgradeRequest const> request,
                                HttpRequest http) {
      runner_->admit(std::move(upgraded), std::move(request), std::move(http), nullptr);
    };
    return detail::HttpServing::start(std::move(stream), policy_, options_.http, options_.logger, std::move(callbacks));
  }
  boost::asio::io_context& context() { return *context_; }

  void line(char what, std::string_view rest) {
    if (what >= '1' && what <= '3') current_ = static_cast<std::size_t>(what - '1');
    auto& client = clients_[current_];
    if (!is_stopped_ && (!client || client->peer().is_closed())) {
      client.reset();
      client = std::make_unique<Client>(*this);
      client->peer().say(upgrade_request);
      settle();
    }
    if (!client) return;
    auto& peer = client->peer();
    switch (what) {
      case 'w': peer.say(rest); break;
      case 't': peer.say(client_frame(1, true, rest)); break;
      case 'f': peer.say(client_frame(1, false, rest)); break;
      case 'c': peer.say(client_frame(0, false, rest)); break;
      case 'l': peer.say(client_frame(0, true, rest)); break;
      case 'b': peer.say(client_frame(2, true, rest)); break;
      case 'p': peer.say(client_frame(9, true, rest)); break;
      case 'o': peer.say(client_frame(10, true, rest)); break;
      case 'k': peer.say(client_frame(8, true, rest)); break;
      case 'n': peer.trickle(static_cast<std::size_t>(std::clamp<std::int64_t>(number_in(rest), 1, 100000))); break;
      case 'd': client->be_deaf(true); break;
      case 'h': client->be_deaf(false); break;
      case 'x': peer.leave(); break;
      case 's': send(number_in(rest)); break;
      case 'y': stop(); break;
      default: return;
    }
    settle();
  }

  void finish() {
    for (auto& client : clients_) {
      if (!client) continue;
      client->be_deaf(false);
      client->peer().leave();
    }
    settle();
    runner_->abandon();
    settle();
    for (auto const& client : clients_) require(!client || client->peer().is_closed(), "a stream is closed in the end");
    require(asked_ == answered_, "each request has an outcome in the end");
  }

 private:
  void send(std::int64_t number) {
    auto message = messages[static_cast<std::size_t>(number) % messages.size()];
    if (is_stopped_) return;
    ++asked_;
    runner_->request("ana", std::move(message), [this, done = false](Result<Answer> const&) mutable {
      if (std::exchange(done, true)) broken_ = "a request has one outcome";
      ++answered_;
    });
  }
  void stop() {
    if (std::exchange(is_stopped_, true)) return;
    runner_->shutdown([] {});
  }
  void settle() {
    context_->restart();
    context_->poll();
    require(!broken_, broken_);
    for (auto const& client : clients_)
      if (client) client->read();
  }

  std::shared_ptr<boost::asio::io_context> context_ = std::make_shared<boost::asio::io_context>(1);
  ServerOptions options_;
  detail::HubHandlers handlers_;
  std::shared_ptr<detail::UpgradePolicy const> policy_;
  std::optional<detail::HubRunner> runner_;
  std::array<std::unique_ptr<Client>, 3> clients_;
  std::size_t current_ = 0;
  int asked_ = 0;
  int answered_ = 0;
  char const* broken_ = nullptr;
  bool is_stopped_ = false;
};

Client::Client(World& world) : peer_{world.context()}, serving_{world.serve(peer_.stream())} {}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto script = test::text_of(data, size);
  auto const next_line = [&] {
    auto const end = std::min(script.find('\n'), script.size());
    auto const line = script.substr(0, end);
    script.remove_prefix(std::min(end + 1, script.size()));
    return line;
  };
  World world{number_in(next_line())};
  for (int lines = 0; lines < 1000 && !script.empty(); ++lines)
    if (auto const line = next_line(); !line.empty()) world.line(line.front(), line.substr(1));
  world.finish();
  return 0;
}
