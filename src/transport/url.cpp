#include "url.hpp"

#include <algorithm>
#include <charconv>

namespace flexcrm::detail {

Result<Url> parse_url(std::string_view text) {
  auto const wrong = [](char const* what) { return make_error(Errc::invalid_argument, {}, what); };
  Url url;
  url.tls = text.starts_with("wss://");
  if (!url.tls && !text.starts_with("ws://")) return wrong("url: must be wss://host[:port]/path");
  auto const printable = [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f;
  };
  if (!std::all_of(text.begin(), text.end(), printable)) return wrong("url: has a character that must be escaped");
  if (text.find('#') != std::string_view::npos) return wrong("url: has a fragment");
  text.remove_prefix(text.find("://") + 3);

  auto const slash = std::min(text.find_first_of("/?"), text.size());
  auto const authority = text.substr(0, slash);
  auto const path = text.substr(slash);
  if (authority.find('@') != std::string_view::npos) return wrong("url: credentials do not belong into it");

  std::string_view port;
  auto const usual_port = url.tls ? "443" : "80";
  if (authority.starts_with('[')) {
    auto const end = authority.find(']');
    if (end == std::string_view::npos) return wrong("url: no ']'");
    url.host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
  } else {
    auto const colon = std::min(authority.find(':'), authority.size());
    url.host = authority.substr(0, colon);
    port = authority.substr(colon);
  }
  if (url.host.empty()) return wrong("url: no host");
  if (port.empty()) {
    url.port = usual_port;
  } else {
    unsigned number = 0;
    auto const* const end = port.data() + port.size();
    auto const [stop, ec] = std::from_chars(port.data() + 1, end, number);
    if (port.front() != ':' || ec != std::errc{} || stop != end || number == 0 || number > 65535) {
      return wrong("url: the port is not a number from 1 to 65535");
    }
    url.port = std::to_string(number);
  }
  url.host_header = authority;
  if (url.port == usual_port && !port.empty()) url.host_header = authority.substr(0, authority.size() - port.size());
  url.target = path.starts_with('/') ? std::string{path} : '/' + std::string{path};
  return url;
}

}  // namespace flexcrm::detail
