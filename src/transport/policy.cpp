#include "upgrade.hpp"

#include <algorithm>
#include <charconv>

namespace flexcrm::detail {
namespace {

bool is_host_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

std::string lower(std::string_view text) {
  std::string result{text};
  for (auto& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

}  // namespace

std::optional<std::string> canonical_origin(std::string_view text) {
  auto const origin = lower(text);
  auto const colon = origin.find("://");
  if (colon == std::string::npos) return std::nullopt;
  auto const scheme = origin.substr(0, colon);
  if (scheme != "http" && scheme != "https") return std::nullopt;
  std::string_view rest{origin};
  rest.remove_prefix(colon + 3);

  std::size_t host_size = 0;
  if (rest.starts_with('[')) {
    auto const end = rest.find(']');
    if (end == std::string_view::npos || end < 3) return std::nullopt;
    if (rest.substr(1, end - 1).find_first_not_of("0123456789abcdef:.") != std::string_view::npos) return std::nullopt;
    host_size = end + 1;
  } else {
    while (host_size < rest.size() && is_host_character(rest[host_size])) ++host_size;
  }
  if (host_size == 0) return std::nullopt;
  auto const host = rest.substr(0, host_size);
  auto const port_text = rest.substr(host_size);
  if (port_text.empty()) return origin;

  unsigned port = 0;
  auto const* const end = port_text.data() + port_text.size();
  auto const [stop, ec] = std::from_chars(port_text.data() + 1, end, port);
  if (port_text.front() != ':' || ec != std::errc{} || stop != end || port == 0 || port > 65535) return std::nullopt;
  std::string result = scheme + "://" + std::string{host};
  if (port != (scheme == "http" ? 80U : 443U)) result += ':' + std::to_string(port);
  return result;
}

Result<UpgradePolicy> UpgradePolicy::make(ServerOptions const& options, std::uint16_t port) {
  UpgradePolicy policy;
  if (options.path.empty() || options.path.front() != '/' ||
      options.path.find_first_of("?# \r\n") != std::string::npos) {
    return make_error(Errc::invalid_argument, {}, "ServerOptions::path must begin with '/' and have no query");
  }
  policy.path = options.path;
  policy.allow_same_host = options.allow_same_host;
  policy.allow_no_origin = options.allow_no_origin;
  for (auto const& allowed : options.allowed_origins) {
    auto origin = canonical_origin(allowed);
    if (!origin) {
      return make_error(Errc::invalid_argument, {},
                        "ServerOptions::allowed_origins: an origin is http[s]://host[:port] without a path");
    }
    policy.origins.push_back(std::move(*origin));
  }
  policy.hosts = options.allowed_hosts;
  if (policy.accepts_host({}))
    return make_error(Errc::invalid_argument, {}, "ServerOptions::allowed_hosts: a host is host[:port], not empty");
  if (policy.hosts.empty()) {
    auto const port_text = port == (options.tls ? 443 : 80) ? std::string{} : ':' + std::to_string(port);
    for (auto const* host : {"localhost", "127.0.0.1", "[::1]"}) policy.hosts.push_back(host + port_text);
    for (auto const& address : options.addresses) {
      auto host = (address.find(':') == std::string::npos ? address : '[' + address + ']') + port_text;
      if (std::find(policy.hosts.begin(), policy.hosts.end(), host) == policy.hosts.end()) {
        policy.hosts.push_back(std::move(host));
      }
    }
  }
  return policy;
}

bool UpgradePolicy::accepts_host(std::string_view host) const noexcept {
  return std::find(hosts.begin(), hosts.end(), host) != hosts.end();
}

bool UpgradePolicy::accepts_origin(std::string_view origin, std::string_view host) const noexcept {
  if (std::find(origins.begin(), origins.end(), origin) != origins.end()) return true;
  if (!allow_same_host || host.empty()) return false;
  // Either scheme: TLS may end at a proxy, which hands us the Host alone.
  for (std::string_view const scheme : {"http://", "https://"}) {
    if (origin.size() == scheme.size() + host.size() && origin.starts_with(scheme) && origin.ends_with(host)) {
      return true;
    }
  }
  return false;
}

}  // namespace flexcrm::detail
