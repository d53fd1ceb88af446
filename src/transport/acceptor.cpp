#include "acceptor.hpp"

#include "clock.hpp"
#include "log.hpp"
#include "tls_stream.hpp"
#include "upgrade.hpp"

#include <flexcrm/codec.hpp>

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <optional>
#include <unordered_set>

namespace flexcrm::detail {
namespace {

constexpr std::chrono::milliseconds first_pause{100};
constexpr std::chrono::milliseconds longest_pause{1000};
// A free port on the first address may be taken on the second.
constexpr int port_attempts = 16;

// Whether a server can tell these limits and times to its clients. The message tables know the ranges; they are
// told here, where a session would end without a word of why.
Result<void> check(SessionOptions const& options) {
  auto const& limits = options.codec.limits;
  HelloResult result;
  result.session = "any";
  result.idle_ms = options.times.idle.count();
  result.limits = {static_cast<std::int64_t>(limits.frame_bytes), static_cast<std::int64_t>(limits.depth),
                   static_cast<std::int64_t>(limits.members), static_cast<std::int64_t>(limits.text_bytes)};
  auto const told = Codec{options.codec}.encode_answer(RequestId::hello(), result);
  if (told) return {};
  return make_error(Errc::invalid_argument, {}, "ServerOptions::session: " + to_string(told.error()));
}

/// Of a TCP socket; nothing for anything else.
std::optional<tcp> family_of(int socket) noexcept {
  auto const option = [socket](int name) {
    int value = -1;
    socklen_t size = sizeof value;
    return ::getsockopt(socket, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
  };
  if (option(SO_PROTOCOL) != IPPROTO_TCP) return std::nullopt;
  return option(SO_DOMAIN) == AF_INET ? tcp::v4() : tcp::v6();
}

// Asio has no name for this option.
bool share_port(int socket) noexcept {
  int const on = 1;
  return ::setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0;
}

class TcpListener final : public Acceptor, public std::enable_shared_from_this<TcpListener> {
 public:
  TcpListener(asio::io_context& context, ServerOptions const& options, std::shared_ptr<Counters> counters)
      : context_{context}, options_{options}, counters_{std::move(counters)} {}

  Result<void> listen(Http http, Upgraded upgraded) override {
    if (auto possible = check(options_.session); !possible) return possible.error();
    if (auto policy = UpgradePolicy::make(options_, options_.port); !policy) return policy.error();
    auto admission = Admission::make(options_.connections);
    if (!admission) return admission.error();
    admission_ = std::move(*admission);
    if (options_.tls) {
      auto tls = TlsServer::make(*options_.tls);
      if (!tls) return tls.error();
      tls_ = std::move(*tls);
    }
    if (auto bound = bind_all(); !bound) return bound.error();
    policy_ = std::make_shared<UpgradePolicy const>(*UpgradePolicy::make(options_, port_));
    http_ = std::move(http);
    upgraded_ = std::move(upgraded);
    for (auto const& socket : sockets_) accept_next(*socket);
    return {};
  }

  Result<void> reload_certificate() override {
    if (tls_) return tls_->reload();
    return make_error(Errc::invalid_argument, {}, "reload_certificate: there is no ServerOptions::tls");
  }

  Result<void> adopt(Adoption adoption) override {
    auto const wrong = [](char const* what) { return make_error(Errc::invalid_argument, {}, what); };
    if (!policy_) return wrong("adopt: listen() comes first");
    auto const& received = adoption.received;
    if (received.size() > options_.http.header_bytes)
      return wrong("Adoption::received is longer than HttpLimits::header_bytes");
    if (adoption.checked && received.find("\r\n\r\n") == std::string::npos)
      return wrong("Adoption::checked: the whole header must be in `received`");
    if (tls_ && !received.empty()) return wrong("Adoption::received must be empty over TLS");
    auto const family = family_of(adoption.socket);
    TcpSocket socket{context_.get_executor()};
    error_code ec;
    if (!family || socket.assign(*family, adoption.socket, ec))
      return wrong("Adoption::socket is no TCP socket that can be taken over");
    auto const remote = socket.remote_endpoint(ec);
    asio::post(context_, [weak = weak_from_this(), peer = TcpPeer{std::move(socket), remote},
                          adoption = std::move(adoption)]() mutable {
      auto const self = weak.lock();
      if (self && !self->closed_) self->try_to_serve(std::move(peer), adoption);
    });
    return {};
  }

  std::uint16_t port() const noexcept override { return port_; }

  void close() noexcept override {
    closed_ = true;
    for (auto const& socket : sockets_) {
      error_code ignored;
      socket->acceptor.close(ignored);
      try {
        socket->pause.cancel();
      } catch (...) {  // by its signature alone
      }
    }
    auto const servings = std::exchange(servings_, {});
    for (auto const& serving : servings) serving->abort();
    http_ = nullptr;
    upgraded_ = nullptr;
  }

 private:
  struct Socket {
    explicit Socket(asio::io_context& context) : acceptor{context.get_executor()}, pause{context.get_executor()} {}
    TcpAcceptor acceptor;
    tcp::endpoint remote;  // of the peer that is being accepted
    Timer pause;
    std::chrono::milliseconds next_pause = first_pause;
  };

  Result<void> bind_all() {
    std::vector<asio::ip::address> addresses;
    for (auto const& text : options_.addresses) {
      error_code ec;
      addresses.push_back(asio::ip::make_address(text, ec));
      if (ec) return make_error(Errc::invalid_argument, {}, "ServerOptions::addresses: not a numeric address");
    }
    port_ = options_.port;
    if (addresses.empty()) return {};

    for (int attempt = 0; attempt < port_attempts; ++attempt) {
      sockets_.clear();
      port_ = options_.port;
      error_code last;
      bool again = false;
      for (auto const& address : addresses) {
        auto const ec = bind_one(address);
        if (!ec) continue;
        last = ec;
        if (ec == asio::error::address_in_use && options_.port == 0 && port_ != 0 && attempt + 1 < port_attempts) {
          again = true;
          break;
        }
        log(options_.logger, Level::warning,
            {"not listening on ", address.to_string(), " port ", std::to_string(port_), ": ", ec.message()});
      }
      if (again) continue;
      if (sockets_.empty()) return make_error(Errc::connect_failed, {}, "cannot listen: " + last.message());
      return {};
    }
    return make_error(Errc::connect_failed, {}, "no port is free on all addresses");
  }

  error_code bind_one(asio::ip::address const& address) {
    auto socket = std::make_unique<Socket>(context_);
    auto& acceptor = socket->acceptor;
    tcp::endpoint const endpoint{address, port_};
    error_code ec;
    if (acceptor.open(endpoint.protocol(), ec)) return ec;
    // A restarted server must not wait for the old connections' TIME_WAIT.
    acceptor.set_option(tcp::acceptor::reuse_address{true}, ec);
    if (options_.share_port && !share_port(acceptor.native_handle()))
      return error_code{errno, boost::system::system_category()};
    if (address.is_v6()) acceptor.set_option(asio::ip::v6_only{true}, ec);
    if (acceptor.bind(endpoint, ec)) return ec;
    if (acceptor.listen(asio::socket_base::max_listen_connections, ec)) return ec;
    port_ = acceptor.local_endpoint(ec).port();
    if (ec) return ec;
    sockets_.push_back(std::move(socket));
    return {};
  }

  void accept_next(Socket& socket) {
    if (closed_) return;
    socket.acceptor.async_accept(socket.remote, [self = shared_from_this(), &socket](error_code ec, TcpSocket peer) {
      self->on_accept(socket, ec, std::move(peer));
    });
  }

  void on_accept(Socket& socket, error_code ec, TcpSocket peer) {
    if (closed_) return;
    if (ec) return on_error(socket, ec);
    socket.next_pause = first_pause;
    try_to_serve({std::move(peer), socket.remote});
    accept_next(socket);
  }

  void try_to_serve(TcpPeer peer, Adoption const& adoption = {}) {
    try {
      serve(std::move(peer), adoption);
    } catch (...) {
      log(options_.logger, Level::error, {"accept: ", current_exception_text()});
    }
  }

  void on_error(Socket& socket, error_code ec) {
    // The peer gave up before we came: nothing is wrong here.
    if (ec == asio::error::connection_aborted || ec == asio::error::connection_reset ||
        ec == asio::error::interrupted || ec == asio::error::network_down || ec == asio::error::host_unreachable) {
      return accept_next(socket);
    }
    log(options_.logger, Level::error,
        {"cannot accept: ", ec.message(), "; next try in ", std::to_string(socket.next_pause.count()), " ms"});
    socket.pause.expires_after(socket.next_pause);
    socket.next_pause = std::min(socket.next_pause * 2, longest_pause);
    socket.pause.async_wait([self = shared_from_this(), &socket](error_code wait_ec) {
      if (!wait_ec) self->accept_next(socket);
    });
  }

  void serve(TcpPeer peer, Adoption const& adoption) {
    auto const ticket = admission_->admit(peer.remote.address());
    if (!ticket) return on_too_many();  // closes it
    counters_->connections.add();
    auto const weak = weak_from_this();
    auto const holder = std::make_shared<HttpServing*>(nullptr);
    HttpServing::Callbacks callbacks;
    if (http_) callbacks.http = http_;
    callbacks.upgraded = [weak, ticket](AnyStream stream, std::shared_ptr<UpgradeRequest const> request,
                                        HttpRequest described) {
      auto const self = weak.lock();
      if (self && self->upgraded_) self->upgraded_(std::move(stream), std::move(request), std::move(described), ticket);
    };
    callbacks.refused = [counters = counters_] { counters->http_refused.add(); };
    callbacks.closed = [weak, holder] {
      auto const self = weak.lock();
      if (!self) return;
      std::erase_if(self->servings_, [&](auto const& serving) { return serving.get() == *holder; });
    };
    auto serving = HttpServing::start(tls_ ? tls_->accept(std::move(peer)) : make_tcp_stream(std::move(peer)), policy_,
                                      options_.http, options_.logger, std::move(callbacks), adoption);
    *holder = serving.get();
    servings_.insert(std::move(serving));
  }

  // At most a line a second: who floods us shall not fill the log as well.
  void on_too_many() {
    ++turned_away_;
    counters_->turned_away.add();
    auto const now = std::chrono::steady_clock::now();
    if (now < next_complaint_) return;
    next_complaint_ = now + std::chrono::seconds{1};
    log(options_.logger, Level::warning,
        {"too many connections: ", std::to_string(std::exchange(turned_away_, 0)), " closed"});
  }

  asio::io_context& context_;
  ServerOptions options_;
  std::shared_ptr<Counters> counters_;
  std::shared_ptr<UpgradePolicy const> policy_;
  std::shared_ptr<TlsServer> tls_;
  Http http_;
  Upgraded upgraded_;
  std::vector<std::unique_ptr<Socket>> sockets_;
  std::unordered_set<std::shared_ptr<HttpServing>> servings_;
  std::shared_ptr<Admission> admission_;
  std::size_t turned_away_ = 0;  // and not complained about yet
  std::chrono::steady_clock::time_point next_complaint_{};
  std::uint16_t port_ = 0;
  bool closed_ = false;
};

}  // namespace

std::shared_ptr<Acceptor> Acceptor::make(asio::io_context& context, ServerOptions const& options,
                                         std::shared_ptr<Counters> counters) {
  return std::make_shared<TcpListener>(context, options, std::move(counters));
}

}  // namespace flexcrm::detail
