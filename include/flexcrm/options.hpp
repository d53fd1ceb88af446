#pragma once

#include <flexcrm/backplane.hpp>
#include <flexcrm/error.hpp>
#include <flexcrm/logger.hpp>
#include <flexcrm/messages/session.hpp>
#include <flexcrm/session.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flexcrm {

/// Bounds of one connection's outbound queue, and so what happens to a peer that reads too slowly. What a session
/// lets out unanswered (SessionQueues) fits in; when twice the bounds overflow all the same, the peer is not
/// reading, and its connection is cut. Other connections notice nothing.
struct QueueLimits {
  std::size_t bytes = 256 * 1024;  ///< frames waiting to be written, bytes; four of the longest frames
  std::size_t frames = 1024;       ///< frames waiting to be written; sixteen times the session's window
};

/// Times of one connection below the session (the session's own are SessionTimes).
struct TransportTimes {
  std::chrono::milliseconds connect{10000};   ///< name lookup and TCP; a SYN is repeated after 1, 3 and 7 s
  std::chrono::milliseconds handshake{5000};  ///< TLS and the WebSocket upgrade: four round trips, slow network
  /// From the first bytes of a frame or message until it is whole, then 4408; whoever sends a byte a second
  /// holds no place. The longest frame takes 10 s at 52 kbit/s, which is less than any mobile network has.
  std::chrono::milliseconds message{10000};
  /// Silence of ours after which a WebSocket ping goes out; 0: none. Proxies cut a silent connection after 30
  /// to 60 s. A session with usual times says Ping earlier (SessionTimes::ping_after), so that this one is
  /// seen only where none is open yet or its times are longer.
  std::chrono::milliseconds keep_alive{15000};
  std::chrono::milliseconds close{2000};  ///< writing what waits and the closing handshake; then it is cut
};

/// Bound on the messages of one peer: a bucket of tokens, one a message. While it is empty nothing is read,
/// so that TCP holds the peer up: nothing is lost, and nothing would be repeated as after a cut. WebSocket
/// pings and pongs take a token too, but cannot wait: a whole burst of them beyond the last token closes
/// 1008.
struct MessageRate {
  /// A token comes back this often; 0: no bound. 200 messages a second are far beyond what a person does, and
  /// less than a hundredth of what one core handles.
  std::chrono::microseconds interval{5000};
  std::size_t burst = 400;  ///< the bucket; two windows of 64, repeated after a resume, with answers are 256
};

/// Bounds on HTTP, before a request has become a WebSocket or has been handed to the HTTP callback.
struct HttpLimits {
  std::size_t header_bytes = 8 * 1024;  ///< request line and header, bytes; what common servers take
  std::size_t body_bytes = 128 * 1024;  ///< request body, bytes; two of the longest frames
  /// For a whole request to arrive, the TLS handshake before the first included; a trickling peer is cut.
  std::chrono::milliseconds request{5000};
  std::chrono::milliseconds keep_alive{15000};  ///< between two requests of one connection
  std::chrono::milliseconds response{30000};    ///< for a response to be taken; slow mobile networks
};

/// Bounds on connections of a server.
struct ConnectionLimits {
  std::size_t total = 20000;          ///< open connections; more are closed when they are accepted
  std::size_t unauthenticated = 256;  ///< connections that are not (yet) sessions: HTTP, upgrade, Hello
  /// Of these, connections from one address (IPv6: one /64, of which a host has all). Half, so that no
  /// address takes every place. Sessions do not count: hundreds of agents may share an office's one address,
  /// and each of them was authorized. Not for loopback peers.
  std::size_t per_address = 128;
  /// Numeric addresses that `per_address` is not for: proxies, whose connections are everybody's.
  std::vector<std::string> trusted_proxies{};
};

/// Bounds of the server's routing, per agent.
struct HubLimits {
  /// CRM sessions: a person's tabs, and no leak. One more replaces a session that has no connection, else it is refused.
  std::size_t crm_endpoints = 8;
  std::size_t open_dials = 1;  ///< dials that Flex has not answered: a person makes one call at a time
  std::size_t dials_per_minute =
      5;  ///< dials that went to Flex within any 60 s: faster than a person, it is a fault or fraud
  /// For how long a replaced Flex instance is refused: as long as a session can be resumed.
  std::chrono::milliseconds replaced{120000};
};

/// Reconnecting: the n-th attempt in a row waits uniform(0, min(cap, base * 2^n)), so that the clients of a
/// server that comes back do not come all at once, and not less than the server said (docs/protocol.md §4.7).
struct ReconnectOptions {
  bool enabled = true;                     ///< false: a lost connection is the end
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
  /// All headers, at most HttpLimits::header_bytes: names in lower case, in the order sent, but those of one name
  /// together. What a chunked body has as trailers is not among them. Never log it: it holds cookies and credentials.
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string body{};    ///< at most HttpLimits::body_bytes
  std::string remote{};  ///< address of the peer, without port
  bool local = false;    ///< the peer's address is a loopback one and no header tells of a proxy in between

  /// The first header of this name, which is given in lower case; empty when there is none.
  std::string_view header(std::string_view name) const noexcept {
    auto const found = std::find_if(headers.begin(), headers.end(), [&](auto const& one) { return one.first == name; });
    return found == headers.end() ? std::string_view{} : found->second;
  }
};

/// Answer to a plain HTTP request. Header names and values with control characters make it a 500.
struct HttpResponse {
  unsigned status = 200;                                       ///< 200 … 599
  std::string content_type{};                                  ///< empty: no such header
  std::string body{};                                          ///< left out of the answer to HEAD
  std::vector<std::pair<std::string, std::string>> headers{};  ///< more headers, in this order
};

/// What a server proves its name with. TLS 1.2 and 1.3.
struct TlsServerOptions {
  /// Path of a PEM file, or PEM text itself: the server's certificate, then those that lead to its root.
  std::string certificate{};
  std::string key{};  ///< path or PEM text as well: the certificate's private key, not encrypted
};

/// Whom a client trusts. The server's chain, dates and name are always verified: for a certificate of one's
/// own, name its authority (or the self-signed certificate itself) here.
struct TlsClientOptions {
  /// Path of a PEM file, or PEM text itself: the only authorities that are trusted. Empty: the system's.
  std::string authorities{};
};

/// Options of Server and Listener.
struct ServerOptions {
  /// Numeric addresses to listen on. Default: loopback only, both families, because `localhost` is either.
  /// Empty: none, for a server that adopts what a listener of the vendor's own accepted.
  std::vector<std::string> addresses{"127.0.0.1", "::1"};
  std::uint16_t port = 0;  ///< 0: a free one, the same on all addresses. No addresses: the vendor's
  /// Lets other servers of the same user listen on the same port, in this process or in others (SO_REUSEPORT): Linux spreads
  /// the connections among them. A server has one thread; this is how several cores are used (docs/scaling.md).
  bool share_port = false;
  std::string path = "/flexcrm";  ///< of the WebSocket; compared exactly, without a query
  /// Serves https:// and wss://, and nothing else. Without it http:// and ws://, for loopback or behind a proxy.
  std::optional<TlsServerOptions> tls{};

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
  MessageRate rate{};              ///< bound on the messages of each peer
  TransportTimes times{};          ///< times of each connection
  HubLimits hub{};                 ///< Server only: bounds of routing
  /// Server only: the caller IDs that a DialRequest may ask for, as the wire spells them. Any other is refused
  /// (`destination_not_allowed`), so that a page cannot choose whom the callee sees.
  std::vector<std::string> caller_ids{};
  /// Server only: the handler of Server::on_dial decides about caller IDs, as a DialPolicy does; `caller_ids` is not asked.
  /// A server without such a handler does not start.
  bool caller_ids_by_on_dial = false;
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
  std::string url{};      ///< "wss://host[:port]/path", or "ws://…" to this machine
  Role role = Role::crm;  ///< what this endpoint is
  std::string agent{};    ///< the agent it belongs to, 1…128 bytes
  std::string token{};    ///< proof for the server's authorize step; empty: none
  /// Asked for a token before every attempt to connect, in place of `token`, so that no attempt has one that
  /// grew old; and asked once more when the server answers `unauthorized`. It calls what it is given, once,
  /// now or later, with the token or with an error; an error, or nothing within TransportTimes::connect, is a
  /// failed attempt. Client: it is called on the client's thread, must not block, and may answer from any
  /// thread. Connection: both happen on the io_context's thread.
  std::function<void(std::function<void(Result<std::string>)>)> fresh_token{};
  std::string origin{};    ///< header Origin to send; empty: none, as programs do
  std::string instance{};  ///< identity across reconnects; empty: a random one, which is right for programs
  TlsClientOptions tls{};  ///< wss://: whom to trust
  /// Lets ws:// go to another machine, where whoever is on the way can read and change calls and token.
  bool allow_plaintext = false;
  SessionOptions session{};      ///< limits and times of the session
  QueueLimits queue{};           ///< bounds of the outbound queue
  TransportTimes times{};        ///< times of the connection
  ReconnectOptions reconnect{};  ///< whether and when to connect again
  Logger logger{};               ///< where log lines go
};

}  // namespace flexcrm
