// Who gets in: bytes of a client, before anything is a WebSocket. A first line of switches, then lines as they are:
//
//   switches    letters: o programs without Origin are let in, s the origin of the own Host is, t bytes come one by one
//   the rest    what the client says, until it leaves
//
// Whoever is let in is looked at again, by a reader of headers that has nothing in common with Beast's.

#include "fuzz.hpp"

#include "support/memory_stream.hpp"
#include "transport/upgrade.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <array>
#include <vector>

using namespace flexcrm;
using test::require;

namespace {

constexpr std::string_view own_host = "crm.example.com:3000";
constexpr std::string_view own_origin = "https://desk.example.com";

std::string lower(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// A request as it stands in the client's bytes.
struct Raw {
  std::string line{};
  std::vector<std::pair<std::string, std::string>> headers{};

  explicit Raw(std::string_view bytes) {
    auto const next = [&] {
      auto const end = std::min(bytes.find('\n'), bytes.size());
      auto text = bytes.substr(0, end);
      bytes.remove_prefix(std::min(end + 1, bytes.size()));
      if (text.ends_with('\r')) text.remove_suffix(1);
      return text;
    };
    line = next();
    for (auto text = next(); !text.empty(); text = next()) {
      if ((text.front() == ' ' || text.front() == '\t') && !headers.empty()) {  // the header goes on
        headers.back().second += ' ';
        headers.back().second += trimmed(text);
        continue;
      }
      auto const colon = std::min(text.find(':'), text.size());
      headers.emplace_back(lower(text.substr(0, colon)), text.substr(std::min(colon + 1, text.size())));
    }
  }

  std::vector<std::string> all(std::string_view name) const {
    std::vector<std::string> values;
    for (auto const& [key, value] : headers)
      if (key == name) values.emplace_back(trimmed(value));
    return values;
  }
};

void check_admitted(std::string_view said, bool same_host, bool no_origin) {
  Raw const raw{said};
  require(raw.line == "GET /flexcrm HTTP/1.1", "only our path is a WebSocket");
  auto const hosts = raw.all("host");
  require(hosts.size() == 1 && hosts.front() == own_host, "only our own Host is served");
  auto const origins = raw.all("origin");
  require(origins.size() <= 1, "there is one Origin at most");
  if (origins.empty()) {
    require(no_origin, "no Origin is an Origin that is not let in");
  } else {
    auto const& origin = origins.front();
    bool const is_same = origin == "http://" + std::string{own_host} || origin == "https://" + std::string{own_host};
    require(origin == own_origin || (same_host && is_same), "only listed origins are let in");
  }
  std::string protocols;
  for (auto const& value : raw.all("sec-websocket-protocol")) protocols += value + ',';
  require(protocols.find("flexcrm.v1") != std::string::npos, "our subprotocol is offered");
  require(raw.all("content-length").empty() ||
              raw.all("content-length").front().find_first_not_of('0') == std::string::npos,
          "an upgrade has no body");
}

/// Nothing of a request comes back: each response is one of a few texts.
void check_responses(std::string_view heard) {
  constexpr std::array<std::string_view, 10> bodies{"Header too large.\n",
                                                    "Body too large.\n",
                                                    "Bad request.\n",
                                                    "Host not allowed.\n",
                                                    "No WebSocket here.\n",
                                                    "WebSocket only.\n",
                                                    "Origin not allowed.\n",
                                                    "Subprotocol flexcrm.v1 is required.\n",
                                                    "a page",
                                                    ""};
  constexpr std::array<std::string_view, 5> headers{"Server: flexcrm", "Content-Type: text/plain; charset=utf-8",
                                                    "Content-Type: text/html", "Connection: close",
                                                    "Connection: keep-alive"};
  while (!heard.empty()) {
    auto const end = heard.find("\r\n\r\n");
    require(end != std::string_view::npos, "a response has a header");
    auto head = heard.substr(0, end + 2);
    heard.remove_prefix(end + 4);
    require(head.starts_with("HTTP/1.1 "), "a response begins with its status");
    std::size_t length = 0;
    for (head.remove_prefix(head.find("\r\n") + 2); !head.empty(); head.remove_prefix(head.find("\r\n") + 2)) {
      auto const header = head.substr(0, head.find("\r\n"));
      if (constexpr std::string_view name{"Content-Length: "}; header.starts_with(name)) {
        length = std::stoul(std::string{header.substr(name.size())});
      } else {
        require(header == "Upgrade: websocket" || std::find(headers.begin(), headers.end(), header) != headers.end(),
                "a response has headers of ours alone");
      }
    }
    // The answer to HEAD tells of a body that does not follow.
    bool const is_head = heard.empty() || heard.starts_with("HTTP/1.1 ");
    auto const is_body = [&](std::string_view body) {
      return body.size() == length && (is_head || heard.starts_with(body));
    };
    require(std::any_of(bodies.begin(), bodies.end(), is_body), "a response has a body of ours");
    if (!is_head) heard.remove_prefix(length);
  }
}

void check_origin(std::string_view text) {
  auto const origin = detail::canonical_origin(text);
  if (!origin) return;
  require(detail::canonical_origin(*origin) == origin, "an origin is written in one way");
  ServerOptions options;
  options.allowed_origins = {std::string{text}};
  auto const policy = detail::UpgradePolicy::make(options, 3000);
  require(policy.has_value(), "what can be written can be allowed");
  require(policy->accepts_origin(*origin, ""), "what is allowed is accepted");
  require(!policy->accepts_origin(*origin + ".evil.test", "") && !policy->accepts_origin("null", ""),
          "what is not allowed is not accepted");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto bytes = test::text_of(data, size);
  auto const end = std::min(bytes.find('\n'), bytes.size());
  auto const switches = bytes.substr(0, end);
  bytes.remove_prefix(std::min(end + 1, bytes.size()));
  auto const has = [&](char letter) { return switches.find(letter) != std::string_view::npos; };
  check_origin(bytes.substr(0, bytes.find('\n')));

  ServerOptions options;
  options.allowed_hosts = {std::string{own_host}};
  options.allowed_origins = {std::string{own_origin}};
  options.allow_no_origin = has('o');
  options.allow_same_host = has('s');
  options.http.header_bytes = 1024;
  options.http.body_bytes = 256;

  boost::asio::io_context context;
  test::MemoryPeer peer{context, "203.0.113.7", false};
  if (has('t')) peer.trickle(1);
  // An exception would not leave the callbacks.
  char const* broken = nullptr;
  std::string what;
  auto const note = [&](bool holds, char const* rule) {
    if (!holds && !broken) broken = rule;
  };
  int closed = 0;
  int upgraded = 0;
  int pages = 0;
  detail::HttpServing::Callbacks callbacks;
  callbacks.http = [&](HttpRequest const& request) {
    ++pages;
    note(request.target.starts_with('/') && request.target != options.path, "a page has a path of its own");
    note(request.host == own_host, "only our own Host is served");
    note(request.remote == "203.0.113.7" && !request.local, "the peer's address is the stream's");
    note(request.body.size() <= options.http.body_bytes, "a body is bounded");
    return HttpResponse{200, "text/html", "a page", {}};
  };
  callbacks.upgraded = [&](detail::AnyStream stream, std::shared_ptr<detail::UpgradeRequest const>,
                           HttpRequest const& request) {
    ++upgraded;
    note(request.target == options.path && request.host == own_host, "the request is told as it was");
    try {
      if (pages == 0) check_admitted(bytes, options.allow_same_host, options.allow_no_origin);
    } catch (std::logic_error const& error) {
      what = error.what();
      note(false, what.c_str());
    }
    stream.close();
  };
  callbacks.closed = [&] { ++closed; };
  auto const policy = std::make_shared<detail::UpgradePolicy const>(detail::UpgradePolicy::make(options, 3000).value());
  auto const serving = detail::HttpServing::start(peer.stream(), policy, options.http, {Level::off, {}}, callbacks);
  peer.say(bytes);
  context.poll();
  peer.leave();
  context.restart();
  context.poll();
  require(!broken, broken);
  require(closed == 1 && upgraded <= 1, "a stream has one end");
  require(peer.is_closed(), "a stream is closed in the end");
  check_responses(peer.heard());
  return 0;
}
