#pragma once

#include <flexcrm/nats.hpp>

#include "worker.hpp"

#include <nats/nats.h>

#include <functional>
#include <memory>
#include <string>

namespace flexcrm::detail {

/// A message that came.
struct Received {
  std::string subject{};
  std::string reply{};  ///< where an answer goes; empty: nobody waits for one
  std::string data{};
  bool nobody = false;  ///< the server says that nobody was there to receive what this node sent
};

/// What became of something to send.
enum class Sent {
  yes,
  no,    ///< certainly not sent
  maybe  ///< the connection was lost meanwhile
};

/// Whether a node with these options speaks TLS.
bool wants_tls(NatsOptions const& options);

/// Whether the client library may. Before 3.11 two of its threads use one connection of OpenSSL's at the same time.
bool is_tls_sound();

/// The connection to NATS. The client library calls from its own threads, and may do so after everything here is gone: what it
/// holds on to is freed when it says that it is done. All that it tells is put to the worker; all functions are the worker's.
class Link {
 public:
  using Take = std::function<void(Received const&)>;

  /// What happens to the connection. Called by the worker.
  struct Events {
    std::function<void()> up;
    std::function<void()> down;
    std::function<void()> closed;  ///< for good: after a server refused the credentials twice
    std::function<void(std::string const& why)> trouble;
  };

  /// The options as the library wants them. Errors: as nats().
  static Result<std::shared_ptr<natsOptions>> read(NatsOptions const& options);

  Link(std::shared_ptr<natsOptions> options, std::shared_ptr<Worker> worker, Events events);
  ~Link();
  Link(Link const&) = delete;
  Link& operator=(Link const&) = delete;

  /// Begins to connect, and waits for the first attempt. False: it failed; `up` is told when a later one does not, or `closed`.
  bool connect();
  /// Ends: subscriptions end with it.
  void close();

  struct Unsubscribe {
    void operator()(natsSubscription* subscription) const { natsSubscription_Destroy(subscription); }
  };
  using Subscription = std::unique_ptr<natsSubscription, Unsubscribe>;

  /// One of `group` gets each message; empty: everyone. Survives the loss of the connection. Null: the connection is closed.
  Subscription subscribe(std::string const& subject, std::string const& group, Take take);

  Sent send(std::string const& subject, std::string const& data, std::string const& reply = {});

 private:
  struct Callbacks;

  bool connected() const;

  std::shared_ptr<natsOptions> options_;
  std::shared_ptr<Worker> worker_;
  std::shared_ptr<Events const> events_;
  natsConnection* connection_ = nullptr;
};

}  // namespace flexcrm::detail
