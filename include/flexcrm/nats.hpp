#pragma once

#include <flexcrm/backplane.hpp>
#include <flexcrm/error.hpp>
#include <flexcrm/export.hpp>
#include <flexcrm/logger.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace flexcrm {

/// How nats() reaches the servers of NATS. docs/scaling.md says how they have to be configured.
struct NatsOptions {
  /// Servers of one cluster, at least one: `nats://host:port` or `tls://host:port`, the port 4222 when it is left out. One is
  /// enough where TLS or `allow_plaintext` lets it tell of the others; several are for a start while that one is away. No user and
  /// no path in them.
  std::vector<std::string> urls{"nats://127.0.0.1:4222"};
  /// What the servers' monitoring shows for this connection: 1…128 bytes without control characters.
  std::string name{"flexcrm"};

  // How this node says who it is. At most one of the ways; none: the servers ask for nothing.
  std::string user{};         ///< with `password`
  std::string password{};     ///< of `user`
  std::string token{};        ///< a server's `authorization { token: … }`
  std::string credentials{};  ///< path of a `.creds` file (JWT and nkey seed); read again for each connection

  // TLS, when a URL is `tls://` or one of these is given. The servers' chain, dates and names are verified. A client library
  // before 3.11 is not safe with it, and the log says so.
  std::string authorities{};  ///< path of a PEM file, or PEM text itself: who is trusted; empty: the system's
  std::string certificate{};  ///< path or PEM text: the certificate that this node shows; with `key`
  std::string key{};          ///< path or PEM text: its private key, not encrypted

  /// Allows a connection without TLS to another machine. Frames hold telephone numbers, and who can write there can speak for
  /// every agent: only for a network that nobody else is in.
  bool allow_plaintext = false;

  /// For TCP and the handshake with one server, 100 ms … 60 s; then the next one is tried.
  std::chrono::milliseconds connect{2000};

  Logger logger{};  ///< why there is no connection, and what a server refused
};

/// A Backplane over NATS (Core NATS, no JetStream), for ServerOptions::backplane. Each server has its own. It connects when the
/// server starts, in the background, and again by itself whenever the connection is lost.
///
/// Tenants and agents are carried whose ids have 512 bytes or less; others are nobody's. A frame longer than the servers'
/// `max_payload` is not sent: the request ends as `not_sent`, an announcement is missing, an answer does not come.
///
/// What is called is called as Backplane says. The object has one thread of its own beside those of the client library, six in
/// all however many agents there are; its destructor waits for the thread, at most as long as `connect` for each server.
///
/// Errors: invalid_argument (an option, whose name is the detail; files are read here), tls_unavailable (TLS with a client
/// library that was built without). That no server can be reached is none.
/// Thread safety: may be called from any thread.
FLEXCRM_API Result<std::unique_ptr<Backplane>> nats(NatsOptions options);

}  // namespace flexcrm
