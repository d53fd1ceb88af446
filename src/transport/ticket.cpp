#include <flexcrm/ticket.hpp>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <new>
#include <optional>

namespace flexcrm {
namespace {

namespace json = boost::json;
using std::chrono::floor;
using std::chrono::seconds;
using std::chrono::system_clock;

constexpr std::string_view audience = "flexcrm";

unsigned char const* bytes(std::string_view text) noexcept {
  return reinterpret_cast<unsigned char const*>(text.data());
}

// RFC 4648 §5 without padding.
std::string base64url(std::string_view data) {
  std::string text(4 * ((data.size() + 2) / 3) + 1, '\0');
  auto const size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes(data), static_cast<int>(data.size()));
  text.resize(static_cast<std::size_t>(size));
  text.erase(std::find(text.begin(), text.end(), '='), text.end());
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
  std::string padded{text};
  std::replace(padded.begin(), padded.end(), '-', '+');
  std::replace(padded.begin(), padded.end(), '_', '/');
  padded.append((4 - padded.size() % 4) % 4, '=');
  std::string data(padded.size() / 4 * 3, '\0');
  auto const size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(data.data()), bytes(padded), static_cast<int>(padded.size()));
  if (size < 0) return std::nullopt;
  data.resize(text.size() * 3 / 4);
  // OpenSSL reads more spellings than one.
  if (base64url(data) != text) return std::nullopt;
  return data;
}

std::string signature(std::string const& key, std::string_view text) {
  std::array<char, EVP_MAX_MD_SIZE> mac;
  unsigned size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes(text), text.size(),
           reinterpret_cast<unsigned char*>(mac.data()), &size) == nullptr) {
    throw std::bad_alloc{};  // it fails of nothing else
  }
  return base64url({mac.data(), size});
}

std::optional<json::object> object_in(std::string_view part) {
  auto const text = from_base64url(part);
  if (!text) return std::nullopt;
  error_code ec;
  auto value = json::parse(*text, ec);
  if (ec || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

std::string_view text_of(json::object const& object, std::string_view name) {
  auto const* const value = object.if_contains(name);
  auto const* const text = value ? value->if_string() : nullptr;
  return text ? std::string_view{text->data(), text->size()} : std::string_view{};
}

std::optional<system_clock::time_point> moment_of(json::object const& object, std::string_view name) {
  auto const* const value = object.if_contains(name);
  auto const* const number = value ? value->if_int64() : nullptr;
  // Far beyond any ticket, and a system clock's nanoseconds still hold it.
  if (!number || *number < 0 || *number > 9'000'000'000) return std::nullopt;
  return system_clock::time_point{seconds{*number}};
}

}  // namespace

Result<TicketKeys> TicketKeys::make(std::vector<std::string> keys) {
  bool const good = !keys.empty() && std::all_of(keys.begin(), keys.end(),
                                                 [](std::string const& key) { return key.size() >= least_bytes; });
  if (!good) return make_error(Errc::invalid_argument, {}, "TicketKeys: at least one key of at least 32 bytes");
  return TicketKeys{std::move(keys)};
}

std::string TicketKeys::issue(Ticket const& ticket) const {
  json::object claims{
      {"aud", json::string_view{audience.data(), audience.size()}},
      {"sub", ticket.identity.agent},
      {"role", json::string{enum_words(Role{})[static_cast<std::size_t>(ticket.identity.role)]}},
      {"exp", floor<seconds>(ticket.expires).time_since_epoch().count()},
  };
  if (!ticket.instance.empty()) claims["instance"] = ticket.instance;
  auto token = base64url(R"({"alg":"HS256","typ":"JWT"})") + '.' + base64url(json::serialize(claims));
  auto const mac = signature(keys_.front(), token);
  return token + '.' + mac;
}

Result<Ticket> TicketKeys::check(std::string_view token, system_clock::time_point now) const {
  Error const refused = make_error(Errc::unauthorized);
  auto const last = token.rfind('.');
  if (last == std::string_view::npos) return refused;
  auto const signed_text = token.substr(0, last);
  auto const mac = token.substr(last + 1);
  bool genuine = false;
  for (auto const& key : keys_) {
    auto const expected = signature(key, signed_text);
    genuine |= mac.size() == expected.size() && CRYPTO_memcmp(mac.data(), expected.data(), mac.size()) == 0;
  }
  if (!genuine) return refused;

  // From here on whoever wrote this had a key; what is wrong now is another kind of token, or an old one.
  auto const dot = signed_text.find('.');
  if (dot == std::string_view::npos) return refused;
  auto const header = object_in(signed_text.substr(0, dot));
  auto const claims = object_in(signed_text.substr(dot + 1));
  if (!header || text_of(*header, "alg") != "HS256" || header->contains("crit")) return refused;
  if (!claims || text_of(*claims, "aud") != audience) return refused;

  auto const expires = moment_of(*claims, "exp");
  if (!expires || now >= *expires) return refused;
  if (claims->contains("nbf")) {
    auto const begins = moment_of(*claims, "nbf");
    if (!begins || now < *begins) return refused;
  }
  auto const role = OpenEnum<Role>{std::string{text_of(*claims, "role")}}.value();
  auto const agent = text_of(*claims, "sub");
  auto const instance = text_of(*claims, "instance");
  if (!role || agent.empty() || (instance.empty() && claims->contains("instance"))) return refused;
  return Ticket{{std::string{agent}, *role}, *expires, std::string{instance}};
}

Authorize authorize_by_ticket(TicketKeys keys, std::function<system_clock::time_point()> now) {
  return [keys = std::move(keys), now = std::move(now)](Hello const& hello, HttpRequest const&) -> Result<Identity> {
    auto const ticket = keys.check(hello.token.value_or(""), now ? now() : system_clock::now());
    bool const meant = ticket && ticket->identity == Identity{hello.agent, hello.role} &&
                       (ticket->instance.empty() || ticket->instance == hello.instance);
    if (!meant) return make_error(Errc::unauthorized);
    return ticket->identity;
  };
}

}  // namespace flexcrm
