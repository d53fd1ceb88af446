#include "tls_stream.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <fstream>
#include <mutex>
#include <optional>
#include <sstream>

namespace flexcrm::detail {
namespace {

namespace ssl = asio::ssl;
using ContextPtr = std::shared_ptr<ssl::context>;

/// TLS over the socket of a TcpStream. OpenSSL does the handshake by itself in the first read or write, so
/// that it needs no step, timer or error path of its own.
class TlsStream final : public TcpStream {
 public:
  TlsStream(TcpPeer peer, ssl::context& context) : TcpStream{std::move(peer)}, tls_{socket_, context} {}

  SSL* native_handle() noexcept { return tls_.native_handle(); }

  void read_some(asio::mutable_buffer buffer, IoHandler handler) override {
    tls_.async_read_some(buffer, Named{this, std::move(handler)});
  }
  bool has_pending() noexcept override { return SSL_pending(native_handle()) > 0; }

  void write_some(std::span<asio::const_buffer const> buffers, IoHandler handler) override {
    tls_.async_write_some(copy_of(buffers), Named{this, std::move(handler)});
  }

  void teardown(beast::role_type role, DoneHandler handler) override {
    // TLS has an end of its own, and below it the socket's has to come all the same.
    tls_.async_shutdown(
        [this, role, h = std::move(handler)](error_code) mutable { TcpStream::teardown(role, std::move(h)); });
  }

 private:
  struct Named {
    TlsStream* stream;
    IoHandler handler;
    void operator()(error_code ec, std::size_t size) { std::move(handler)(stream->name_of(ec), size); }
  };

  // A client's program has to tell these apart; a server's log is served best by OpenSSL's own words.
  error_code name_of(error_code ec) noexcept {
    auto* const handle = native_handle();
    if (ec.category() != asio::error::get_ssl_category() || SSL_is_server(handle) != 0) return ec;
    auto const reason = static_cast<unsigned long>(ec.value());
    if (ERR_GET_LIB(reason) == ERR_LIB_SSL && (ERR_GET_REASON(reason) == SSL_R_UNSUPPORTED_PROTOCOL ||
                                               ERR_GET_REASON(reason) == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION)) {
      return Errc::tls_version;
    }
    switch (SSL_get_verify_result(handle)) {
      case X509_V_OK: return Errc::tls_failed;
      case X509_V_ERR_HOSTNAME_MISMATCH:
      case X509_V_ERR_IP_ADDRESS_MISMATCH: return Errc::certificate_name;
      case X509_V_ERR_CERT_HAS_EXPIRED:
      case X509_V_ERR_CERT_NOT_YET_VALID: return Errc::certificate_expired;
      default: return Errc::certificate_untrusted;
    }
  }

  ssl::stream<TcpSocket&> tls_;
};

ContextPtr make_context(ssl::context::method method) {
  auto context = std::make_shared<ssl::context>(method);
  auto* const handle = context->native_handle();
  SSL_CTX_set_min_proto_version(handle, TLS1_2_VERSION);
  // TLS 1.3 has no other kinds: a secret of its own for each connection, and authenticated encryption.
  SSL_CTX_set_cipher_list(handle, "ECDHE+AESGCM:ECDHE+CHACHA20");
  SSL_CTX_set_options(handle, SSL_OP_NO_RENEGOTIATION);
  return context;
}

/// PEM text as it is; anything else is the path of a file.
std::optional<std::string> read_pem(std::string const& text_or_path) {
  if (text_or_path.find("-----BEGIN ") != std::string::npos) return text_or_path;
  std::ostringstream text;
  // Of an empty file or a directory nothing is inserted, which counts as failure too.
  if (!(text << std::ifstream{text_or_path, std::ios::binary}.rdbuf())) return std::nullopt;
  return std::move(text).str();
}

Error bad_option(std::string option, std::string const& why) {
  return make_error(Errc::invalid_argument, {}, std::move(option) += ": " + why);
}

Result<ContextPtr> load(TlsServerOptions const& options) {
  auto const certificate = read_pem(options.certificate);
  if (!certificate) return bad_option("TlsServerOptions::certificate", "the file cannot be read");
  auto const key = read_pem(options.key);
  if (!key) return bad_option("TlsServerOptions::key", "the file cannot be read");
  auto context = make_context(ssl::context::tls_server);
  // Without it OpenSSL asks for the password of an encrypted key on the terminal.
  context->set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string{}; });
  error_code ec;
  if (context->use_certificate_chain(asio::buffer(*certificate), ec))
    return bad_option("TlsServerOptions::certificate", ec.message());
  if (context->use_private_key(asio::buffer(*key), ssl::context::pem, ec))
    return bad_option("TlsServerOptions::key", ec.message());
  return context;
}

class OpenSslServer final : public TlsServer {
 public:
  OpenSslServer(TlsServerOptions options, ContextPtr context)
      : options_{std::move(options)}, context_{std::move(context)} {}

  Result<void> reload() override {
    auto context = load(options_);
    if (!context) return context.error();
    std::lock_guard const lock{mutex_};
    context_ = std::move(*context);
    return {};
  }

  AnyStream accept(TcpPeer peer) override {
    auto const context = [this] {
      std::lock_guard const lock{mutex_};
      return context_;
    }();
    auto stream = std::make_unique<TlsStream>(std::move(peer), *context);
    SSL_set_accept_state(stream->native_handle());
    return AnyStream{std::move(stream)};
  }

 private:
  TlsServerOptions options_;
  std::mutex mutex_;
  ContextPtr context_;
};

class OpenSslClient final : public TlsClient {
 public:
  explicit OpenSslClient(ContextPtr context) : context_{std::move(context)} {}

  Result<AnyStream> connect(TcpPeer peer, std::string const& host) override {
    error_code not_an_address;
    asio::ip::make_address(host, not_an_address);
    auto stream = std::make_unique<TlsStream>(std::move(peer), *context_);
    auto* const handle = stream->native_handle();
    auto* const rules = SSL_get0_param(handle);
    // RFC 6125: names and addresses that the certificate lists, never its subject.
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    bool const named = not_an_address ? X509_VERIFY_PARAM_set1_host(rules, host.data(), host.size()) == 1 &&
                                            SSL_set_tlsext_host_name(handle, host.c_str()) == 1
                                      : X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()) == 1;
    if (!named) return make_error(Errc::tls_failed);
    SSL_set_connect_state(handle);
    return AnyStream{std::move(stream)};
  }

 private:
  ContextPtr context_;
};

}  // namespace

Result<std::shared_ptr<TlsServer>> TlsServer::make(TlsServerOptions const& options) {
  auto context = load(options);
  if (!context) return context.error();
  return std::shared_ptr<TlsServer>{std::make_shared<OpenSslServer>(options, std::move(*context))};
}

Result<std::shared_ptr<TlsClient>> TlsClient::make(TlsClientOptions const& options) {
  auto context = make_context(ssl::context::tls_client);
  context->set_verify_mode(ssl::verify_peer);
  error_code ec;
  if (options.authorities.empty()) {
    context->set_default_verify_paths(ec);
  } else {
    auto const authorities = read_pem(options.authorities);
    if (!authorities) return bad_option("TlsClientOptions::authorities", "the file cannot be read");
    context->add_certificate_authority(asio::buffer(*authorities), ec);
  }
  if (ec) return bad_option("TlsClientOptions::authorities", ec.message());
  return std::shared_ptr<TlsClient>{std::make_shared<OpenSslClient>(std::move(context))};
}

}  // namespace flexcrm::detail
