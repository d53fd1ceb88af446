#pragma once

#include <flexcrm/backplane.hpp>
#include <flexcrm/logger.hpp>
#include <flexcrm/session.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace flexcrm {

/// Bounds of one connection's outbound queue. A full queue refuses a new message with `backpressure`; when
/// the session's own frames (answers, pings) overflow twice the bounds, the peer is not reading and its
/// connection is cut.
struct QueueLimits {
  std::size_t bytes = 256 * 1024;  ///< frames waiting to be written, bytes; four of the longest frames
  std::size_t frames = 1024;       ///< frames waiting to be written; sixteen times the session's window
};

/// Times of one connection below the session (the session's own are SessionTimes).
struct TransportTimes {
  std::chrono::milliseconds connect{10000};   ///< name lookup and TCP; a SYN is repeated after 1, 3 and 7 s
  std::chrono::milliseconds handshake{5000};  ///< the WebSocket upgrade: one round trip and a slow network
  std::chrono::milliseconds close{2000};  ///< writing what waits and the closing handshake; then it is cut
};

/// Bounds on HTTP, before a request has become a WebSocket or has been handed to the HTTP callback.
struct HttpLimits {
  std::size_t header_bytes = 8 * 1024;          ///< request line and header, bytes; what common servers take
  std::size_t body_bytes = 128 * 1024;          ///< request body, bytes; two of the longest frames
  std::chrono::milliseconds request{5000};      ///< for a whole request to arrive; a trickling peer is cut
  std::chrono::milliseconds keep_alive{15000};  ///< between two requests of one connection
  std::chrono::milliseconds response{30000};    ///< for a response to be taken; slow mobile networks
};

/// Bounds on connections of a server.
struct ConnectionLimits {
  std::size_t total = 20000;          ///< open connections; more are closed when they are accepted
  std::size_t unauthenticated = 256;  ///< connections that are not (yet) sessions: HTTP, upgrade, Hello
};

/// Bounds of the server's routing, per agent.
struct HubLimits {
  /// CRM sessions: a person's tabs, and no leak. One more replaces a session that has no connection, else it is refused.
  std::size_t crm_endpoints = 8;
  std::size_t open_dials = 1;         ///< dials that Flex has not answered: a person makes one call at a time
  std::size_t dials_per_minute = 5;   ///< dials that went to Flex within any 60 s: faster than a person, it is a fault or fraud
  /// For how long a replaced Flex instance is refused: as long as a session can be resumed.
  std::chrono::milliseconds replaced{120000};
};

/// Times of the client's reconnect: it waits uniform(0, min(cap, base * 2^n)), so that the clients of a
/// server that comes back do not come all at once (docs/protocol.md §4).
struct ReconnectTimes {
  std::chrono::milliseconds base{250};     ///< bound of the first wait; a blink for a person
  std::chrono::milliseconds cap{15000};    ///< largest bound: nobody waits longer for a server that is back
  std::chrono::milliseconds reset{30000};  ///< a connection that lived this long begins again at `base`
};

/// A plain HTTP request, or the one that became a WebSocket.
struct HttpRequest {
  std::string method{};        ///< "GET" …
  std::string target{};        ///< path and query, as sent; begins with '/'
  std::string host{};          ///< header Host; one of the allowed
  std::string origin{};        ///< header Origin, empty when there is none; not checked but for WebSockets
  std::string content_type{};  ///< header Content-Type, empty when there is none
  std::string body{};          ///< at most HttpLimits::body_bytes
  std::string remote{};        ///< address of the peer, without port
  bool local = false;  ///< the peer's address is a loopback one and no header tells of a proxy in between
};

/// Answer to a plain HTTP request. Header names and values with control characters make it a 500.
struct HttpResponse {
  unsigned status = 200;                                       ///< 200 … 599
  std::string content_type{};                                  ///< empty: no such header
  std::string body{};                                          ///< left out of the answer to HEAD
  std::vector<std::pair<std::string, std::string>> headers{};  ///< more headers, in this order
};

/// Options of Server and Listener.
struct ServerOptions {
  /// Numeric addresses to listen on. Default: loopback only, both families, because `localhost` is either.
  std::vector<std::string> addresses{"127.0.0.1", "::1"};
  std::uint16_t port = 0;         ///< 0: a free one, the same on all addresses
  std::string path = "/flexcrm";  ///< of the WebSocket; compared exactly, without a query

  /// Origins that may open a WebSocket besides `allow_same_host`, such as "https://crm.example.com". Compared
  /// as bytes with what browsers send; "null" is never accepted.
  std::vector<std::string> allowed_origins{};
  bool allow_same_host = true;  ///< accept the origin whose host and port are those of the request's own Host
  bool allow_no_origin = true;  ///< accept requests without Origin: programs; browsers always send one
  /// Values of the header Host that are served, with port as sent; anything else is refused, which defeats
  /// DNS rebinding. Empty: localhost and the numeric listen addresses, with the port.
  std::vector<std::string> allowed_hosts{};

  HttpLimits http{};               ///< bounds on HTTP
  ConnectionLimits connections{};  ///< bounds on their number
  SessionOptions session{};        ///< limits and times of each session; Server sets `claims` to relay
  QueueLimits queue{};             ///< bounds of each outbound queue
  TransportTimes times{};          ///< times of each connection
  HubLimits hub{};                 ///< Server only: bounds of routing
  /// Server only: the caller IDs that a DialRequest may ask for, as the wire spells them. Any other is refused
  /// (`destination_not_allowed`), so that a page cannot choose whom the callee sees.
  std::vector<std::string> caller_ids{};
  /// Server only: joins several server processes (docs/scaling.md). Null: this process holds every agent. One Backplane is
  /// for one Server.
  std::shared_ptr<Backplane> backplane{};
  std::string tenant{};  ///< Server only: whose agents these are, on a backplane that several installations share
  /// Server only: told to clients in the Bye of a stop, as the floor of their reconnect; a restart takes
  /// about as long.
  std::chrono::milliseconds retry_after{1000};
  Logger logger{};  ///< where log lines go
};

/// Options of Client and Connection.
struct ClientOptions {
  std::string url{};         ///< "ws://host[:port]/path"
  Role role = Role::crm;     ///< what this endpoint is
  std::string agent{};       ///< the agent it belongs to, 1…128 bytes
  std::string token{};       ///< proof for the server's authorize step; empty: none
  std::string origin{};      ///< header Origin to send; empty: none, as programs do
  std::string instance{};    ///< identity across reconnects; empty: a random one, which is right for programs
  SessionOptions session{};  ///< limits and times of the session
  QueueLimits queue{};       ///< bounds of the outbound queue
  TransportTimes times{};    ///< times of the connection
  ReconnectTimes reconnect{};  ///< Client only: waits between attempts
  Logger logger{};             ///< where log lines go
};

}  // namespace flexcrm
