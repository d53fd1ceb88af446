// TLS: who is believed, and what each disbelief is called. Certificates are made here.
#include "certificates.hpp"
#include "support.hpp"

#include <boost/asio/io_context.hpp>

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

using namespace flexcrm;
using namespace flexcrm::test;
using namespace std::string_literals;
using std::chrono::milliseconds;

namespace {

std::string wss(std::uint16_t port, std::string const& host = "localhost") {
  return "wss://" + host + ':' + std::to_string(port) + "/flexcrm";
}

ServerOptions tls_server(Certificate const& certificate) {
  auto options = server_options();
  options.tls = TlsServerOptions{certificate.pem, certificate.key};
  return options;
}

ClientOptions tls_client(std::uint16_t port, Role role, std::string const& authorities) {
  auto options = client_options(port, role);
  options.url = wss(port);
  options.tls.authorities = authorities;
  return options;
}

/// Why a client cannot connect.
Error refusal_of(ClientOptions const& options) {
  TestClient client{options};
  client.start();
  return client.wait(ClientPhase::lost).error;
}

/// A blocking end of TLS made with OpenSSL alone, over a socket that somebody else owns. Believes everybody.
class TlsPeer {
 public:
  TlsPeer(int socket, int highest_version, Certificate const* certificate = nullptr)
      : context_{SSL_CTX_new(certificate ? TLS_server_method() : TLS_client_method())} {
    REQUIRE(context_ != nullptr);
    // Old versions need what the system's policy forbids.
    SSL_CTX_set_security_level(context_, 0);
    SSL_CTX_set_min_proto_version(context_, 0);
    SSL_CTX_set_max_proto_version(context_, highest_version);
    if (certificate) {
      auto* const chain = BIO_new_mem_buf(certificate->pem.data(), static_cast<int>(certificate->pem.size()));
      auto* const key = BIO_new_mem_buf(certificate->key.data(), static_cast<int>(certificate->key.size()));
      auto* const x509 = PEM_read_bio_X509(chain, nullptr, nullptr, nullptr);
      auto* const pkey = PEM_read_bio_PrivateKey(key, nullptr, nullptr, nullptr);
      bool const taken = SSL_CTX_use_certificate(context_, x509) == 1 && SSL_CTX_use_PrivateKey(context_, pkey) == 1;
      EVP_PKEY_free(pkey);
      X509_free(x509);
      BIO_free(key);
      BIO_free(chain);
      REQUIRE(taken);
    }
    ssl_ = SSL_new(context_);
    REQUIRE(ssl_ != nullptr);
    SSL_set_fd(ssl_, socket);
    ERR_clear_error();
    connected_ = (certificate ? SSL_accept(ssl_) : SSL_connect(ssl_)) == 1;
    reason_ = connected_ ? 0 : ERR_GET_REASON(ERR_get_error());
  }
  ~TlsPeer() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }
  TlsPeer(TlsPeer const&) = delete;
  TlsPeer& operator=(TlsPeer const&) = delete;

  bool connected() const noexcept { return connected_; }
  /// Why not: an SSL_R_….
  int reason() const noexcept { return reason_; }
  int version() const noexcept { return SSL_version(ssl_); }
  /// Server: the name that the client asked for; empty when it did not.
  std::string server_name() const {
    auto const* const name = SSL_get_servername(ssl_, TLSEXT_NAMETYPE_host_name);
    return name ? name : "";
  }

  void write(std::string const& bytes) {
    REQUIRE(SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())) == static_cast<int>(bytes.size()));
  }
  /// The next record.
  std::string read_record() {
    std::string record(16 * 1024, '\0');
    int const size = SSL_read(ssl_, record.data(), static_cast<int>(record.size()));
    REQUIRE(size > 0);
    record.resize(static_cast<std::size_t>(size));
    return record;
  }
  /// What comes until the peer ends, which it has to do by TLS's own goodbye.
  std::string read_all() {
    std::string all;
    char chunk[4096];
    int count = 0;
    while ((count = SSL_read(ssl_, chunk, sizeof chunk)) > 0) all.append(chunk, static_cast<std::size_t>(count));
    CHECK(SSL_get_error(ssl_, count) == SSL_ERROR_ZERO_RETURN);
    return all;
  }

 private:
  SSL_CTX* context_;
  SSL* ssl_ = nullptr;
  bool connected_ = false;
  int reason_ = 0;
};

/// A port whose connections the test serves itself, at the level of TCP.
class SilentServer {
 public:
  SilentServer() : socket_{::socket(AF_INET, SOCK_STREAM, 0)} {
    REQUIRE(socket_ >= 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr const*>(&at), size) == 0);
    REQUIRE(::listen(socket_, 8) == 0);
    REQUIRE(::getsockname(socket_, reinterpret_cast<sockaddr*>(&at), &size) == 0);
    port_ = ntohs(at.sin_port);
  }
  ~SilentServer() { ::close(socket_); }
  SilentServer(SilentServer const&) = delete;
  SilentServer& operator=(SilentServer const&) = delete;

  std::uint16_t port() const noexcept { return port_; }

  /// Serves one connection; its socket is closed afterwards.
  template <class Serve>
  void serve(Serve serve) {
    pollfd waiting{socket_, POLLIN, 0};
    REQUIRE(::poll(&waiting, 1, static_cast<int>(milliseconds{patience}.count())) == 1);
    int const peer = ::accept(socket_, nullptr, nullptr);
    REQUIRE(peer >= 0);
    timeval const limit{patience.count(), 0};
    ::setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    serve(peer);
    ::close(peer);
  }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

/// Files that go with the test.
class Files {
 public:
  Files() {
    auto pattern = (std::filesystem::temp_directory_path() / "flexcrm_tls_XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    directory_ = pattern;
  }
  ~Files() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  Files(Files const&) = delete;
  Files& operator=(Files const&) = delete;

  std::string write(std::string const& name, std::string const& text) const {
    auto path = (directory_ / name).string();
    std::ofstream{path} << text;
    return path;
  }
  std::string path(std::string const& name) const { return (directory_ / name).string(); }

 private:
  std::filesystem::path directory_;
};

}  // namespace

TEST_CASE("over wss a client and a server are who they say, by name and by both addresses") {
  Authority const authority;
  Server server{tls_server(authority.issue())};
  server.on_http([](HttpRequest const& request) -> HttpResponse {
    return {200, "text/plain", request.target + (request.local ? " local" : ""), {}};
  });
  REQUIRE(server.start().has_value());
  for (auto const* host : {"localhost", "127.0.0.1", "[::1]"}) {
    CAPTURE(host);
    auto options = tls_client(server.port(), Role::flex, authority.pem());
    options.url = wss(server.port(), host);
    TestClient flex{options};
    flex.client.on<DialRequest>(
        [](DialRequest const& dial) -> Result<DialResult> { return DialResult{.destination = dial.destination}; });
    flex.open();
    TestClient crm{tls_client(server.port(), Role::crm, authority.pem())};
    Inbox<std::string> selected;
    crm.client.on<TaskSelected>([&](TaskSelected const& task) { selected.put(task.attributes.text()); });
    crm.open();
    CHECK(await(crm.client.request(DialRequest{.destination = "+34911234567"})).has_value());
    // Longer than a TLS record.
    TaskSelected task;
    task.attributes = Attributes::from_text("{\"x\":\"" + std::string(60000, 'x') + "\"}").value();
    CHECK(await(flex.client.request(task)).has_value());
    CHECK(selected.take() == task.attributes.text());
  }

  RawPeer tcp{server.port()};
  TlsPeer https{tcp.socket(), TLS1_3_VERSION};
  REQUIRE(https.connected());
  https.write(get("/page", "127.0.0.1:" + std::to_string(server.port()), "Connection: close\r\n"));
  CHECK(https.read_all().ends_with("\r\n\r\n/page local"));
}

TEST_CASE("over TLS a burst of frames is one record, and the last of them come before the end") {
  Authority const authority;
  Server server{tls_server(authority.issue())};
  REQUIRE(server.start().has_value());
  RawPeer tcp{server.port()};
  TlsPeer peer{tcp.socket(), TLS1_3_VERSION};
  REQUIRE(peer.connected());
  peer.write(upgrade_request({.host = "127.0.0.1:" + std::to_string(server.port())}));
  std::string response;
  while (!response.ends_with("\r\n\r\n")) response += peer.read_record();
  CHECK(response.starts_with("HTTP/1.1 101"));
  peer.write(websocket_frame(
      R"({"jsonrpc":"2.0","id":"hello","method":"Hello","params":{"role":"flex","protocolMin":1,"protocolMax":1,)"
      R"("agent":"anna","instance":"x"}})"));
  CHECK(peer.read_record().find("session") != std::string::npos);
  std::string const pong = R"({"jsonrpc":"2.0","id":"ping","result":null})";
  auto const answer = "\x81"s + static_cast<char>(pong.size()) + pong;
  std::string burst;
  std::string answers;
  for (int i = 0; i < 16; ++i) {
    burst += websocket_frame(R"({"jsonrpc":"2.0","id":"ping","method":"Ping"})");
    answers += answer;
  }
  peer.write(burst);
  CHECK(peer.read_record() == answers);
  peer.write(burst + websocket_frame({"\x03\xe8", 2}, {.opcode = 8}));
  CHECK(peer.read_all() == answers + "\x88\x02\x03\xe8"s);
}

TEST_CASE("each kind of bad certificate has an error of its own") {
  Authority const authority;
  Authority const other;
  struct Case {
    char const* name;
    Certificate certificate;
    Errc error;
    char const* host = "localhost";
  };
  using std::chrono::seconds;
  for (auto const& row : {
           Case{"another name", authority.issue({.names = "DNS:crm.example.com"}), Errc::certificate_name},
           Case{"a longer name", authority.issue({.names = "DNS:localhost.example.com"}), Errc::certificate_name},
           Case{"part of a name", authority.issue({.names = "DNS:local*"}), Errc::certificate_name},
           Case{"the name as subject alone", authority.issue({.names = "", .subject = "localhost"}),
                Errc::certificate_name},
           Case{"a name for an address", authority.issue({.names = "DNS:127.0.0.1"}), Errc::certificate_name,
                "127.0.0.1"},
           Case{"another address", authority.issue({.names = "IP:127.0.0.2"}), Errc::certificate_name, "127.0.0.1"},
           Case{"over", authority.issue({.to = seconds{-1}}), Errc::certificate_expired},
           Case{"to come", authority.issue({.from = seconds{600}}), Errc::certificate_expired},
           Case{"self-signed", self_signed(), Errc::certificate_untrusted},
           Case{"another authority", other.issue(), Errc::certificate_untrusted},
       }) {
    CAPTURE(row.name);
    Server server{tls_server(row.certificate)};
    REQUIRE(server.start().has_value());
    auto options = tls_client(server.port(), Role::crm, authority.pem());
    options.url = wss(server.port(), row.host);
    CHECK(refusal_of(options).code == row.error);
  }
  // Without authorities of one's own the system's count, and ours is none of them.
  Server server{tls_server(authority.issue())};
  REQUIRE(server.start().has_value());
  CHECK(refusal_of(tls_client(server.port(), Role::crm, "")).code == Errc::certificate_untrusted);
}

TEST_CASE("a self-signed certificate is trusted by whoever names it") {
  auto const certificate = self_signed();
  Server server{tls_server(certificate)};
  REQUIRE(server.start().has_value());
  TestClient client{tls_client(server.port(), Role::crm, certificate.pem)};
  client.open();
}

TEST_CASE("TLS 1.2 is served, 1.1 is not") {
  Server server{tls_server(self_signed())};
  REQUIRE(server.start().has_value());
  for (int const version : {TLS1_3_VERSION, TLS1_2_VERSION}) {
    CAPTURE(version);
    RawPeer tcp{server.port()};
    TlsPeer const peer{tcp.socket(), version};
    CHECK(peer.connected());
    CHECK(peer.version() == version);
  }
  RawPeer tcp{server.port()};
  TlsPeer const peer{tcp.socket(), TLS1_1_VERSION};
  CHECK_FALSE(peer.connected());
  CHECK(peer.reason() == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION);
}

TEST_CASE("a client speaks to TLS 1.2, not to 1.1") {
  auto const certificate = self_signed();
  // A server for each client: one that comes again must not be taken for the next.
  auto const serve = [&](int version) {
    SilentServer server;
    TestClient client{tls_client(server.port(), Role::crm, certificate.pem)};
    client.start();
    int spoken = 0;
    server.serve([&](int socket) {
      TlsPeer const peer{socket, version, &certificate};
      if (peer.connected()) spoken = peer.version();
    });
    return std::pair{spoken, client.wait(ClientPhase::lost).error.code};
  };
  CHECK(serve(TLS1_2_VERSION) == std::pair{TLS1_2_VERSION, error_code{Errc::connect_failed}});  // no WebSocket
  CHECK(serve(TLS1_1_VERSION) == std::pair{0, error_code{Errc::tls_version}});

  // A server that answers 1.1 to whatever is offered.
  SilentServer server;
  TestClient client{tls_client(server.port(), Role::crm, certificate.pem)};
  client.start();
  server.serve([](int socket) {
    auto const hello = "\x16\x03\x02\x00\x2a\x02\x00\x00\x26\x03\x02"s + std::string(32, 'r') + "\x00\xc0\x09\x00"s;
    char first = 0;
    REQUIRE(::recv(socket, &first, 1, MSG_PEEK) == 1);
    REQUIRE(::send(socket, hello.data(), hello.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(hello.size()));
    while (::recv(socket, &first, 1, 0) == 1) {
    }
  });
  CHECK(client.wait(ClientPhase::lost).error.code == Errc::tls_version);
}

TEST_CASE("a client asks for the certificate by name, and for none by address") {
  auto const certificate = self_signed();
  for (auto const& [host, name] : {std::pair{"localhost", "localhost"}, std::pair{"127.0.0.1", ""}}) {
    SilentServer server;
    auto options = tls_client(server.port(), Role::crm, certificate.pem);
    options.url = wss(server.port(), host);
    TestClient client{options};
    client.start();
    server.serve([&, expected = name](int socket) {
      TlsPeer const peer{socket, TLS1_3_VERSION, &certificate};
      CHECK(peer.connected());
      CHECK(peer.server_name() == expected);
    });
  }
}

TEST_CASE("plain text on the TLS port, and TLS on the plain port, are refused by name") {
  LogLines log;
  auto const certificate = self_signed();
  auto options = tls_server(certificate);
  options.logger = log.logger();
  Server server{options};
  server.on_http([](HttpRequest const&) -> HttpResponse { return {200, "text/plain", "secret", {}}; });
  REQUIRE(server.start().has_value());
  RawPeer peer{server.port()};
  peer.write(get("/", "127.0.0.1:" + std::to_string(server.port())));
  CHECK(peer.read_all().find("HTTP/") == std::string::npos);
  log.lines->take_until([](std::string const& line) { return line.starts_with("http: http request"); },
                        "what the server says of it");
  CHECK(refusal_of(client_options(server.port(), Role::crm)).code == Errc::connect_failed);

  Server plain{server_options()};
  REQUIRE(plain.start().has_value());
  CHECK(refusal_of(tls_client(plain.port(), Role::crm, certificate.pem)).code == Errc::tls_failed);
}

TEST_CASE("a new certificate is for new connections, and a bad one for none") {
  Authority const before;
  Authority const after;
  Files const files;
  auto const first = before.issue();
  auto options = server_options();
  options.tls = TlsServerOptions{files.write("chain.pem", first.pem), files.write("key.pem", first.key)};
  Server server{options};
  CHECK(server.reload_certificate().error().code == Errc::not_connected);
  REQUIRE(server.start().has_value());
  TestClient flex{tls_client(server.port(), Role::flex, before.pem())};
  flex.open();

  auto const second = after.issue();
  files.write("chain.pem", second.pem);
  files.write("key.pem", second.key);
  CHECK(server.reload_certificate().has_value());
  CHECK(await(flex.client.request(TaskSelected{})).has_value());
  CHECK(refusal_of(tls_client(server.port(), Role::crm, before.pem())).code == Errc::certificate_untrusted);
  TestClient crm{tls_client(server.port(), Role::crm, after.pem())};
  crm.open();

  files.write("key.pem", first.key);
  CHECK(server.reload_certificate().error().code == Errc::invalid_argument);
  files.write("key.pem", "");
  CHECK(server.reload_certificate().error().code == Errc::invalid_argument);
  CHECK(await(crm.client.request(DialRequest{.destination = "+34911234567"})).error().code ==
        Errc::failed);  // both are still there: Flex has no handler
  TestClient another{tls_client(server.port(), Role::crm, after.pem())};
  another.open();

  Server plain{server_options()};
  REQUIRE(plain.start().has_value());
  CHECK(plain.reload_certificate().error().code == Errc::invalid_argument);
}

TEST_CASE("a listener and a connection speak TLS as well") {
  Authority const authority;
  boost::asio::io_context context;
  Listener listener{context, tls_server(authority.issue())};
  REQUIRE(listener.listen().has_value());
  CHECK(listener.reload_certificate().has_value());
  Connection client{context, tls_client(listener.port(), Role::flex, authority.pem())};
  Connection stranger{context, tls_client(listener.port(), Role::flex, Authority{}.pem())};
  error_code result = Errc::closed;
  std::optional<Connection> accepted;
  listener.async_accept([&](error_code ec, Connection peer) {
    REQUIRE_FALSE(ec);
    peer.accept(Role::flex);
    accepted.emplace(std::move(peer));
  });
  client.async_connect([&](error_code ec) {
    result = ec;
    stranger.async_connect([&](error_code stranger_ec) {
      CHECK(stranger_ec == Errc::certificate_untrusted);
      client.async_close([&](error_code) { listener.close(); });
    });
  });
  context.run_for(patience);
  REQUIRE(context.stopped());
  CHECK_FALSE(result);
}

TEST_CASE("an adopted connection speaks TLS when the server does") {
  Authority const authority;
  SilentServer vendor;
  auto options = tls_server(authority.issue());
  options.addresses.clear();
  options.port = vendor.port();
  Server server{options};
  REQUIRE(server.start().has_value());
  TestClient client{tls_client(vendor.port(), Role::crm, authority.pem())};
  client.start();
  vendor.serve([&](int socket) {
    CHECK(server.adopt({.socket = socket, .received = "G"}).error().code == Errc::invalid_argument);
    CHECK(server.adopt({.socket = ::dup(socket)}).has_value());
  });
  client.wait(ClientPhase::open);
}

TEST_CASE("a silent peer does not hold a handshake, and counts as a stranger") {
  auto options = tls_server(self_signed());
  options.http.request = milliseconds{300};
  options.connections.unauthenticated = 1;
  Server server{options};
  REQUIRE(server.start().has_value());
  RawPeer silent{server.port()};
  silent.write("\x16");
  RawPeer second{server.port()};
  CHECK(second.read_all().empty());
  CHECK(silent.read_all().empty());

  SilentServer mute;
  auto impatient = tls_client(mute.port(), Role::crm, "");
  impatient.times.handshake = milliseconds{50};
  CHECK(refusal_of(impatient).code == Errc::timed_out);
}

TEST_CASE("certificates that cannot work are refused at start") {
  auto const certificate = self_signed();
  Files const files;
  TlsServerOptions tls{certificate.pem, certificate.key};
  SUBCASE("no certificate") { tls.certificate.clear(); }
  SUBCASE("no key") { tls.key.clear(); }
  SUBCASE("no such file") { tls.certificate = files.path("missing.pem"); }
  SUBCASE("a directory") { tls.certificate = files.path(""); }
  SUBCASE("no PEM in the file") { tls.key = files.write("key.pem", "secret"); }
  SUBCASE("broken PEM") { tls.certificate = certificate.pem.substr(0, 200) + certificate.pem.substr(204); }
  SUBCASE("another's key") { tls.key = self_signed().key; }
  SUBCASE("an encrypted key") { tls.key = encrypted(certificate.key, "password"); }
  auto options = server_options();
  options.tls = tls;
  Server server{options};
  auto const started = server.start();
  CHECK(started.error().code == Errc::invalid_argument);
  CHECK(started.error().detail.starts_with("TlsServerOptions::"));
}

TEST_CASE("authorities that cannot be read are refused at start") {
  Files const files;
  ClientOptions options;
  options.agent = "anna";
  options.url = "wss://localhost/flexcrm";
  SUBCASE("no such file") { options.tls.authorities = files.path("missing.pem"); }
  SUBCASE("no certificate in the file") { options.tls.authorities = files.write("ca.pem", "\n"); }
  SUBCASE("a key") { options.tls.authorities = self_signed().key; }
  Client client{options};
  CHECK(client.start().error().code == Errc::invalid_argument);
}
