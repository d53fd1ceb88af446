#include "link.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace flexcrm::detail {
namespace {

// A hung server or a half-open connection is noticed after three of them.
constexpr std::int64_t ping_ms = 2000;
constexpr int pings = 2;
constexpr std::int64_t reconnect_ms = 50;
constexpr std::int64_t reconnect_jitter_ms = 200;
// For a socket that takes nothing: then the connection is as good as lost.
constexpr std::int64_t write_ms = 2000;
constexpr std::int64_t goodbye_ms = 500;
// Nothing is kept for later: a request that is sent when the server is back would be a phantom call.
constexpr int kept_bytes = 1;

constexpr std::size_t longest_name = 128;

/// A URL's host; nothing when this is no URL of a server.
std::optional<std::string_view> host_of(std::string_view url) {
  for (std::string_view const scheme : {"nats://", "tls://"}) {
    if (!url.starts_with(scheme)) continue;
    auto const rest = url.substr(scheme.size());
    if (rest.find_first_of("@/?#, \t\r\n") != std::string_view::npos) return std::nullopt;
    bool const bracketed = rest.starts_with('[');
    auto const end = bracketed ? rest.find(']') : rest.find(':');
    if (bracketed && end == std::string_view::npos) return std::nullopt;
    auto const host = bracketed ? rest.substr(1, end - 1) : rest.substr(0, end);
    auto port = end == std::string_view::npos ? std::string_view{} : rest.substr(bracketed ? end + 1 : end);
    if (host.empty()) return std::nullopt;
    if (port.empty()) return host;
    unsigned number = 0;
    auto const [last, ec] = std::from_chars(port.data() + 1, port.data() + port.size(), number);
    if (port.front() != ':' || ec != std::errc{} || last != port.data() + port.size() || number < 1 || number > 65535)
      return std::nullopt;
    return host;
  }
  return std::nullopt;
}

bool is_loopback(std::string_view host) {
  boost::system::error_code ec;
  auto const address = boost::asio::ip::make_address(std::string{host}, ec);
  return host == "localhost" || (!ec && address.is_loopback());
}

bool is_pem(std::string_view text) { return text.find("-----BEGIN") != std::string_view::npos; }

Error invalid(std::string option) { return make_error(Errc::invalid_argument, {}, std::move(option)); }

Result<void> set_tls(natsOptions* to, NatsOptions const& options) {
  // It fails without TLS in the library alone.
  if (natsOptions_SetSecure(to, true) != NATS_OK) return make_error(Errc::tls_unavailable);
  if (auto const& from = options.authorities; !from.empty()) {
    auto const set = is_pem(from) ? natsOptions_SetCATrustedCertificates : natsOptions_LoadCATrustedCertificates;
    if (set(to, from.c_str()) != NATS_OK) return invalid("authorities");
  }
  if (options.certificate.empty() != options.key.empty() || is_pem(options.certificate) != is_pem(options.key))
    return invalid("key");
  if (auto const& from = options.certificate; !from.empty()) {
    auto const set = is_pem(from) ? natsOptions_SetCertificatesChain : natsOptions_LoadCertificatesChain;
    if (set(to, from.c_str(), options.key.c_str()) != NATS_OK) return invalid("certificate");
  }
  return {};
}

std::string text(natsStatus status) { return natsStatus_GetText(status); }

}  // namespace

bool wants_tls(NatsOptions const& options) {
  return !options.authorities.empty() || !options.certificate.empty() || !options.key.empty() ||
         std::any_of(options.urls.begin(), options.urls.end(),
                     [](auto const& url) { return url.starts_with("tls://"); });
}

bool is_tls_sound() { return nats_GetVersionNumber() >= 0x030B00; }

Result<std::shared_ptr<natsOptions>> Link::read(NatsOptions const& options) {
  bool const tls = wants_tls(options);
  bool away = false;
  std::vector<char const*> urls;
  for (auto const& url : options.urls) {
    auto const host = host_of(url);
    if (!host) return invalid("urls");
    away = away || !is_loopback(*host);
    urls.push_back(url.c_str());
  }
  if (urls.empty()) return invalid("urls");
  if (away && !tls && !options.allow_plaintext) return invalid("allow_plaintext");
  auto const is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (options.name.empty() || options.name.size() > longest_name ||
      std::any_of(options.name.begin(), options.name.end(), is_control))
    return invalid("name");
  if (options.connect < std::chrono::milliseconds{100} || options.connect > std::chrono::seconds{60})
    return invalid("connect");
  int const ways = !options.user.empty() + !options.token.empty() + !options.credentials.empty();
  if (ways > 1 || (options.user.empty() && !options.password.empty())) return invalid("user");

  natsOptions* made = nullptr;
  if (natsOptions_Create(&made) != NATS_OK) return make_error(Errc::internal_error);
  std::shared_ptr<natsOptions> const to{made, &natsOptions_Destroy};
  if (tls) {
    if (auto const set = set_tls(made, options); !set) return set.error();
  }
  auto status = natsOptions_SetServers(made, urls.data(), static_cast<int>(urls.size()));
  auto const set = [&](natsStatus next) { status = status == NATS_OK ? next : status; };
  set(natsOptions_SetName(made, options.name.c_str()));
  if (!options.user.empty()) set(natsOptions_SetUserInfo(made, options.user.c_str(), options.password.c_str()));
  if (!options.token.empty()) set(natsOptions_SetToken(made, options.token.c_str()));
  if (!options.credentials.empty())
    set(natsOptions_SetUserCredentialsFromFiles(made, options.credentials.c_str(), nullptr));
  set(natsOptions_SetTimeout(made, options.connect.count()));
  set(natsOptions_UseGlobalMessageDelivery(made, true));
  set(natsOptions_SetSendAsap(made, true));
  // A server of this machine may tell of others elsewhere.
  set(natsOptions_SetIgnoreDiscoveredServers(made, !tls && !options.allow_plaintext));
  set(natsOptions_SetNoEcho(made, true));
  set(natsOptions_DisableNoResponders(made, false));
  set(natsOptions_SetReconnectBufSize(made, kept_bytes));
  set(natsOptions_SetPingInterval(made, ping_ms));
  set(natsOptions_SetMaxPingsOut(made, pings));
  set(natsOptions_SetMaxReconnect(made, -1));
  set(natsOptions_SetReconnectWait(made, reconnect_ms));
  set(natsOptions_SetReconnectJitter(made, reconnect_jitter_ms, reconnect_jitter_ms));
  set(natsOptions_SetWriteDeadline(made, write_ms));
  if (status != NATS_OK) return make_error(Errc::invalid_argument, {}, text(status));
  return to;
}

/// What the library's callbacks need. One for the connection, one for each subscription.
struct Link::Callbacks {
  std::shared_ptr<Worker> worker;
  std::shared_ptr<Events const> events;

  void tell(std::function<void()> Events::*event) const {
    worker->put([events = events, event] { ((*events).*event)(); });
  }

  static Callbacks& of(void* closure) { return *static_cast<Callbacks*>(closure); }
  static void up(natsConnection*, void* closure) { of(closure).tell(&Events::up); }
  static void down(natsConnection*, void* closure) { of(closure).tell(&Events::down); }
  // The last that comes of a connection.
  static void closed(natsConnection*, void* closure) {
    of(closure).tell(&Events::closed);
    delete &of(closure);
  }
  static void trouble(natsConnection*, natsSubscription*, natsStatus status, void* closure) {
    auto const& to = of(closure);
    to.worker->put([events = to.events, why = text(status)] { events->trouble(why); });
  }

  struct Route {
    std::shared_ptr<Worker> worker;
    std::shared_ptr<Take const> take;
  };
  static void message(natsConnection*, natsSubscription*, natsMsg* message, void* closure) {
    auto const& to = *static_cast<Route*>(closure);
    auto const* const reply = natsMsg_GetReply(message);
    auto const size = natsMsg_GetDataLength(message);
    Received received{
        .subject = natsMsg_GetSubject(message), .reply = reply ? reply : "", .nobody = natsMsg_IsNoResponders(message)};
    if (size > 0) received.data.assign(natsMsg_GetData(message), static_cast<std::size_t>(size));
    natsMsg_Destroy(message);
    to.worker->put([take = to.take, received = std::move(received)] { (*take)(received); },
                   static_cast<std::size_t>(std::max(size, 0)));
  }
  static void end_of_route(void* closure) { delete static_cast<Route*>(closure); }
};

Link::Link(std::shared_ptr<natsOptions> options, std::shared_ptr<Worker> worker, Events events)
    : options_{std::move(options)},
      worker_{std::move(worker)},
      events_{std::make_shared<Events const>(std::move(events))} {}

Link::~Link() { close(); }

bool Link::connect() {
  // Freed by Callbacks::closed. Without a connection nobody says whether that will be called, and it is left to it.
  auto* const callbacks = new Callbacks{worker_, events_};
  auto* const to = options_.get();
  natsOptions_SetDisconnectedCB(to, &Callbacks::down, callbacks);
  natsOptions_SetReconnectedCB(to, &Callbacks::up, callbacks);
  natsOptions_SetClosedCB(to, &Callbacks::closed, callbacks);
  natsOptions_SetErrorHandler(to, &Callbacks::trouble, callbacks);
  natsOptions_SetRetryOnFailedConnect(to, true, &Callbacks::up, callbacks);
  auto const status = natsConnection_Connect(&connection_, to);
  if (status == NATS_OK) return true;
  events_->trouble(text(status));
  if (status != NATS_NOT_YET_CONNECTED) worker_->put([events = events_] { events->closed(); });
  return false;
}

void Link::close() {
  // A socket that is closed with something unread may take along what was written last.
  if (connected()) natsConnection_FlushTimeout(connection_, goodbye_ms);
  if (auto* const connection = std::exchange(connection_, nullptr)) natsConnection_Destroy(connection);
}

bool Link::connected() const { return connection_ && natsConnection_Status(connection_) == NATS_CONN_STATUS_CONNECTED; }

Link::Subscription Link::subscribe(std::string const& subject, std::string const& group, Take take) {
  if (!connection_) return nullptr;
  natsSubscription* made = nullptr;
  auto route =
      std::make_unique<Callbacks::Route>(Callbacks::Route{worker_, std::make_shared<Take const>(std::move(take))});
  auto const status =
      group.empty() ? natsConnection_Subscribe(&made, connection_, subject.c_str(), &Callbacks::message, route.get())
                    : natsConnection_QueueSubscribe(&made, connection_, subject.c_str(), group.c_str(),
                                                    &Callbacks::message, route.get());
  if (status != NATS_OK) return nullptr;
  // Whoever closes the connection in this moment takes the route along: it may still be in use.
  natsSubscription_SetOnCompleteCB(made, &Callbacks::end_of_route, route.get());
  static_cast<void>(route.release());
  return Subscription{made};
}

Sent Link::send(std::string const& subject, std::string const& data, std::string const& reply) {
  if (!connected()) return Sent::no;
  auto const size = static_cast<int>(data.size());
  auto const status =
      reply.empty() ? natsConnection_Publish(connection_, subject.c_str(), data.data(), size)
                    : natsConnection_PublishRequest(connection_, subject.c_str(), reply.c_str(), data.data(), size);
  switch (status) {
    case NATS_OK: return connected() ? Sent::yes : Sent::maybe;
    case NATS_MAX_PAYLOAD:
    case NATS_INSUFFICIENT_BUFFER:
    case NATS_CONNECTION_CLOSED:
    case NATS_INVALID_SUBJECT: return Sent::no;
    default: return Sent::maybe;
  }
}

}  // namespace flexcrm::detail
