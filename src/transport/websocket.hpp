#pragma once

#include <flexcrm/error.hpp>
#include <flexcrm/options.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace flexcrm::detail {

class AnyStream;
struct UpgradeRequest;

/// Bounds of one WebSocket.
struct WebSocketOptions {
  std::size_t frame_bytes = 0;  ///< longest message that is read; a longer one closes 1009
  QueueLimits queue{};
  TransportTimes times{};
  MessageRate rate{};
};

/// RFC 6455 over any byte stream: whole text frames in, whole text frames out. Runs in the thread of its
/// io_context.
class WebSocket {
 public:
  /// Is told what happens; never from inside a call into the WebSocket.
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void on_websocket_open() = 0;
    virtual void on_frame(std::string_view text) = 0;
    /// The last call: the handshake failed, the peer closed, the stream broke, or close() is done. `code` is
    /// the peer's close code, 0 without one.
    virtual void on_websocket_closed(error_code ec, std::uint16_t code) = 0;
  };

  static std::shared_ptr<WebSocket> make(AnyStream stream, WebSocketOptions const& options);

  virtual ~WebSocket() = default;

  /// Server: answers an upgrade request that was read and checked.
  virtual void accept(std::shared_ptr<UpgradeRequest const> request, std::weak_ptr<Owner> owner) = 0;

  /// Client: asks for the upgrade; the server must choose our subprotocol.
  virtual void handshake(std::string const& host, std::string const& target, std::string const& origin,
                         std::weak_ptr<Owner> owner) = 0;

  /// What happens from now on is told to another owner.
  virtual void hand_to(std::weak_ptr<Owner> owner) noexcept = 0;

  /// Writes a frame after those before it. Returns false when the queue has no room for it. `reserve` doubles
  /// the bounds, for what the session itself must say. While the WebSocket closes a frame is dropped: the end
  /// of the connection is told anyway.
  virtual bool send(std::string frame, bool reserve) = 0;

  /// Whether send(…, false) would take a frame.
  virtual bool has_room() const noexcept = 0;

  /// What waits to be written, in bytes and in frames.
  virtual std::pair<std::size_t, std::size_t> queued() const noexcept = 0;

  /// Writes what waits, then closes with this code, within TransportTimes::close.
  virtual void close(std::uint16_t code) = 0;

  /// Cuts the stream. The owner is not called any more.
  virtual void abort() noexcept = 0;
};

}  // namespace flexcrm::detail
