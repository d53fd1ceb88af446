#include "upgrade.hpp"

#include "clock.hpp"
#include "log.hpp"
#include "upgrade_request.hpp"
#include "wire.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include <algorithm>
#include <cctype>
#include <optional>

namespace flexcrm::detail {
namespace {

namespace http = beast::http;
using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

constexpr std::size_t read_ahead_bytes = 16 * 1024;

std::string_view view(beast::string_view text) noexcept { return {text.data(), text.size()}; }

// A second Host or Origin is how one parser is made to see what another does not.
std::size_t count(Request const& request, http::field field) { return request.count(field); }

bool is_printable(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) {
    auto const byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte != 0x7f;
  });
}

bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
  });
}

bool offers_subprotocol(Request const& request) {
  auto const range = request.equal_range(http::field::sec_websocket_protocol);
  for (auto it = range.first; it != range.second; ++it) {
    for (auto const& offered : http::token_list{it->value()}) {
      if (view(offered) == subprotocol) return true;
    }
  }
  return false;
}

// RFC 9112 §6.3: whose coding is another one than chunked, of that nobody knows where it ends.
bool has_plain_body(Request const& request) {
  auto const codings = count(request, http::field::transfer_encoding);
  return codings == 0 || (codings == 1 && beast::iequals(request[http::field::transfer_encoding], "chunked"));
}

// RFC 6455 §4.2.1: one key, 16 bytes in base64. Beast looks at its length alone.
bool has_key(Request const& request) {
  auto const key = view(request[http::field::sec_websocket_key]);
  auto const is_base64 = [](unsigned char c) { return (c < 0x80 && std::isalnum(c) != 0) || c == '+' || c == '/'; };
  return count(request, http::field::sec_websocket_key) == 1 && key.size() == 24 && key.ends_with("==") &&
         std::all_of(key.begin(), key.end() - 2, is_base64);
}

// Read before the body: Beast adds the trailers of a chunked one to the request, and a proxy that takes care of headers
// may let trailers pass.
std::vector<std::pair<std::string, std::string>> headers_of(Request const& request) {
  std::vector<std::pair<std::string, std::string>> headers;
  for (auto const& field : request) {
    auto& name = headers.emplace_back(view(field.name_string()), view(field.value())).first;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  }
  return headers;
}

// Constants only: nothing of the request is sent back.
struct Refused {
  unsigned status;
  std::string_view text;
};

class Serving final : public HttpServing, public std::enable_shared_from_this<Serving> {
 public:
  Serving(AnyStream stream, std::shared_ptr<UpgradePolicy const> policy, HttpLimits const& limits, Logger const& logger,
          Callbacks callbacks, Adoption const& adoption)
      : stream_{std::move(stream)},
        timer_{stream_->get_executor()},
        policy_{std::move(policy)},
        limits_{limits},
        logger_{logger},
        callbacks_{std::move(callbacks)},
        buffer_{limits.header_bytes + read_ahead_bytes},
        checked_{adoption.checked} {
    auto const& received = adoption.received;
    buffer_.commit(asio::buffer_copy(buffer_.prepare(received.size()), asio::buffer(received)));
  }

  void run() { read(limits_.request); }

  void abort() noexcept override {
    callbacks_ = {};
    finish();
  }

 private:
  void read(std::chrono::milliseconds limit) {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(limits_.header_bytes));
    parser_->body_limit(limits_.body_bytes);
    cut_after(limit);
    http::async_read_header(*stream_, buffer_, *parser_, [self = shared_from_this()](error_code ec, std::size_t size) {
      // Beast counts each line apart and the last one not at all.
      if (!ec && size > self->limits_.header_bytes) ec = http::error::header_limit;
      if (ec) return self->on_read(ec);
      if (self->done_) return;
      self->headers_ = headers_of(self->parser_->get());
      if (self->parser_->is_done()) return self->on_read({});
      self->cut_after(self->limits_.request);
      http::async_read(*self->stream_, self->buffer_, *self->parser_,
                       [self](error_code body_ec, std::size_t) { self->on_read(body_ec); });
    });
  }

  void cut_after(std::chrono::milliseconds limit) {
    timer_.expires_after(limit);
    timer_.async_wait([weak = weak_from_this()](error_code ec) {
      auto const self = weak.lock();
      if (!ec && self) self->finish();
    });
  }

  void on_read(error_code ec) {
    if (done_) return;
    try {
      if (ec == http::error::end_of_stream) return finish();
      if (ec == http::error::header_limit || ec == http::error::buffer_overflow) {
        return refuse({431, "Header too large.\n"});
      }
      if (ec == http::error::body_limit) return refuse({413, "Body too large.\n"});
      if (ec && ec.category() == make_error_code(http::error::bad_target).category() &&
          ec != http::error::partial_message) {
        return refuse({400, "Bad request.\n"});
      }
      if (ec) {
        // What a TLS handshake failed of, among others.
        log(logger_, Level::debug, {"http: ", ec.message()});
        return finish();
      }
      handle(parser_->release());
    } catch (...) {
      log(logger_, Level::error, {"http: ", current_exception_text()});
      finish();
    }
  }

  void handle(Request request) {
    keep_alive_ = request.keep_alive();
    head_ = request.method() == http::verb::head;
    auto const host = view(request[http::field::host]);
    auto const origin = view(request[http::field::origin]);
    auto const target = view(request.target());
    if (count(request, http::field::host) != 1 || count(request, http::field::origin) > 1 || target.empty() ||
        target.front() != '/' || !has_plain_body(request)) {
      return refuse({400, "Bad request.\n"});
    }
    // Whoever checked this request has not seen the next.
    bool const checked = std::exchange(checked_, false);
    if (!checked && !policy_->accepts_host(host)) return refuse({403, "Host not allowed.\n"});

    bool const wants_upgrade = beast::websocket::is_upgrade(request);
    if (wants_upgrade || target == policy_->path) {
      if (!checked && target != policy_->path) return refuse({404, "No WebSocket here.\n"});
      if (!wants_upgrade) return refuse({426, "WebSocket only.\n"});
      // An empty Origin is none that a browser sends.
      bool const origin_allowed =
          count(request, http::field::origin) == 0 ? policy_->allow_no_origin : policy_->accepts_origin(origin, host);
      if (!checked && !origin_allowed) return refuse({403, "Origin not allowed.\n"});
      if (!has_key(request)) return refuse({400, "Bad request.\n"});
      if (!offers_subprotocol(request)) return refuse({400, "Subprotocol flexcrm.v1 is required.\n"});
      // Whoever sends frames before the answer is no WebSocket client.
      if (!request.body().empty() || buffer_.size() != 0) return refuse({400, "Bad request.\n"});
      return upgrade(std::move(request));
    }
    if (!callbacks_.http) return respond(Refused{404, "Not found.\n"});
    respond(call(describe(request)));
  }

  HttpRequest describe(Request const& request) {
    HttpRequest described;
    described.method = view(request.method_string());
    described.target = view(request.target());
    described.headers = std::move(headers_);
    described.host = described.header("host");
    described.origin = described.header("origin");
    described.content_type = described.header("content-type");
    described.body = request.body();
    described.remote = stream_->remote_address();
    described.local = stream_->is_loopback() && request.count(http::field::forwarded) == 0 &&
                      request.count("X-Forwarded-For") == 0 && request.count(http::field::via) == 0;
    return described;
  }

  HttpResponse call(HttpRequest const& request) {
    try {
      auto response = callbacks_.http(request);
      bool const valid = response.status >= 200 && response.status <= 599 && is_printable(response.content_type) &&
                         std::all_of(response.headers.begin(), response.headers.end(), [](auto const& header) {
                           return is_token(header.first) && is_printable(header.second);
                         });
      if (valid) return response;
      log(logger_, Level::error, {"http: the handler's response has an impossible status or header"});
    } catch (...) {
      log(logger_, Level::error, {"http: the handler threw: ", current_exception_text()});
    }
    return {500, "text/plain; charset=utf-8", "Internal error.\n", {}};
  }

  void upgrade(Request request) {
    auto described = describe(request);
    auto shared = std::make_shared<UpgradeRequest>();
    shared->message = std::move(request);
    auto const upgraded = std::move(callbacks_.upgraded);
    auto stream = std::move(*stream_);
    stream_.reset();
    finish();
    if (upgraded) upgraded(std::move(stream), std::move(shared), std::move(described));
  }

  void refuse(Refused const& refused) {
    log(logger_, Level::debug, {"http: refused: ", refused.text.substr(0, refused.text.size() - 1)});
    if (callbacks_.refused) callbacks_.refused();
    keep_alive_ = false;
    respond(refused);
  }

  void respond(Refused const& refused) {
    respond(HttpResponse{refused.status, "text/plain; charset=utf-8", std::string{refused.text}, {}});
  }

  void respond(HttpResponse const& from) {
    response_.emplace(static_cast<http::status>(from.status), 11);
    response_->set(http::field::server, server_name);
    if (!from.content_type.empty()) response_->set(http::field::content_type, from.content_type);
    if (from.status == 426) response_->set(http::field::upgrade, "websocket");
    for (auto const& [name, value] : from.headers) response_->insert(name, value);
    response_->keep_alive(keep_alive_);
    if (from.status != 204 && from.status != 304) response_->content_length(from.body.size());
    if (!head_ && from.status != 204 && from.status != 304) response_->body() = from.body;
    cut_after(limits_.response);
    // A new serializer each time, kept alive with the response.
    serializer_.emplace(*response_);
    serializer_->split(head_);
    auto const written = [self = shared_from_this()](error_code ec, std::size_t) { self->on_written(ec); };
    if (head_) {
      http::async_write_header(*stream_, *serializer_, written);
    } else {
      http::async_write(*stream_, *serializer_, written);
    }
  }

  void on_written(error_code ec) {
    if (done_) return;
    serializer_.reset();
    response_.reset();
    if (ec) return finish();
    if (keep_alive_) return read(limits_.keep_alive);
    // Closing over unread bytes would reset the connection, and the peer might never see the response.
    cut_after(limits_.request);
    async_teardown(beast::role_type::server, *stream_, [self = shared_from_this()](error_code) { self->finish(); });
  }

  void finish() noexcept {
    if (done_) return;
    done_ = true;
    try {
      timer_.cancel();
    } catch (...) {  // by its signature alone
    }
    if (stream_) stream_->close();
    if (auto const closed = std::exchange(callbacks_, {}).closed) closed();
  }

  std::optional<AnyStream> stream_;
  Timer timer_;
  std::shared_ptr<UpgradePolicy const> policy_;
  HttpLimits limits_;
  Logger logger_;
  Callbacks callbacks_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::vector<std::pair<std::string, std::string>> headers_;  // of the request that is being read
  std::optional<Response> response_;
  std::optional<http::response_serializer<http::string_body>> serializer_;
  bool checked_;  // the next request, by the vendor
  bool keep_alive_ = false;
  bool head_ = false;
  bool done_ = false;
};

}  // namespace

std::shared_ptr<HttpServing> HttpServing::start(AnyStream stream, std::shared_ptr<UpgradePolicy const> policy,
                                                HttpLimits const& limits, Logger const& logger, Callbacks callbacks,
                                                Adoption const& adoption) {
  auto serving =
      std::make_shared<Serving>(std::move(stream), std::move(policy), limits, logger, std::move(callbacks), adoption);
  serving->run();
  return serving;
}

}  // namespace flexcrm::detail
