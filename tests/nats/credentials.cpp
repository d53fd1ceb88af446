#include "credentials.hpp"

#include "support/base64url.hpp"

#include <doctest/doctest.h>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string_view>

namespace flexcrm::test {
namespace {

using boost::json::object;

// nkeys: base32 of a prefix, the key and a CRC-16, https://github.com/nats-io/nkeys.
enum class Kind : std::uint8_t { account = 0, operator_ = 14 << 3, user = 20 << 3 };
constexpr unsigned seed = 18 << 3;

// RFC 4648 §6 without padding.
std::string base32(std::string_view bytes) {
  std::string text;
  std::uint32_t bits = 0;
  int held = 0;
  auto const digit = [&text](std::uint32_t five) { text += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[five & 31]; };
  for (auto const c : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    for (held += 8; held >= 5; held -= 5) digit(bits >> (held - 5));
  }
  if (held > 0) digit(bits << (5 - held));
  return text;
}

std::string nkey(std::initializer_list<unsigned> prefix, std::string_view key) {
  std::string bytes;
  for (auto const byte : prefix) bytes += static_cast<char>(byte);
  bytes += key;
  unsigned crc = 0;
  for (auto const c : bytes) {
    crc ^= static_cast<unsigned>(static_cast<unsigned char>(c)) << 8;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
    crc &= 0xffff;
  }
  bytes += static_cast<char>(crc & 0xff);
  bytes += static_cast<char>(crc >> 8);
  return base32(bytes);
}

class Key {
 public:
  explicit Key(Kind kind) : kind_{static_cast<unsigned>(kind)} {
    REQUIRE(RAND_bytes(secret_.data(), static_cast<int>(secret_.size())) == 1);
    key_.reset(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, secret_.data(), secret_.size()));
    REQUIRE(key_);
  }

  std::string name() const {
    std::array<unsigned char, 32> key{};
    auto size = key.size();
    REQUIRE(EVP_PKEY_get_raw_public_key(key_.get(), key.data(), &size) == 1);
    return nkey({kind_}, text(key));
  }
  std::string secret() const { return nkey({seed | (kind_ >> 5), (kind_ & 31) << 3}, text(secret_)); }

  /// A JWT about `subject`, by this key.
  std::string certify(Key const& subject, std::string_view name, object const& rights) const {
    object const claims{{"jti", subject.name()}, {"iat", 1700000000},     {"iss", this->name()},
                        {"name", name},          {"sub", subject.name()}, {"nats", rights}};
    auto const what =
        base64url(R"({"typ":"JWT","alg":"ed25519-nkey"})") + '.' + base64url(boost::json::serialize(claims));
    std::array<unsigned char, 64> signature{};
    auto size = signature.size();
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> const context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
    REQUIRE(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1);
    REQUIRE(EVP_DigestSign(context.get(), signature.data(), &size, reinterpret_cast<unsigned char const*>(what.data()),
                           what.size()) == 1);
    return what + '.' + base64url(text(signature));
  }

 private:
  template <std::size_t Size>
  static std::string text(std::array<unsigned char, Size> const& bytes) {
    return {bytes.begin(), bytes.end()};
  }

  unsigned const kind_;
  std::array<unsigned char, 32> secret_{};
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_{nullptr, &EVP_PKEY_free};
};

}  // namespace

struct NatsOperator::Keys {
  Key issuer{Kind::operator_};
  Key account{Kind::account};
};

NatsOperator::NatsOperator() : keys_{std::make_unique<Keys>()} {}
NatsOperator::~NatsOperator() = default;

std::string NatsOperator::configuration() const {
  auto const& [issuer, account] = *keys_;
  object const limits{{"subs", -1},    {"data", -1}, {"payload", -1}, {"imports", -1},
                      {"exports", -1}, {"conn", -1}, {"leaf", -1},    {"wildcards", true}};
  auto const of_account = issuer.certify(account, "crm", {{"type", "account"}, {"version", 2}, {"limits", limits}});
  return "operator: " + issuer.certify(issuer, "vendor", {{"type", "operator"}, {"version", 2}}) +
         "\nresolver: MEMORY\nresolver_preload: { " + account.name() + ": " + of_account + " }";
}

std::string NatsOperator::credentials() const {
  Key const user{Kind::user};
  object const subjects{{"allow", {"flexcrm.v1.>"}}};
  auto const of_user = keys_->account.certify(user, "node",
                                              {{"type", "user"},
                                               {"version", 2},
                                               {"pub", subjects},
                                               {"sub", subjects},
                                               {"subs", -1},
                                               {"data", -1},
                                               {"payload", -1}});
  return "-----BEGIN NATS USER JWT-----\n" + of_user +
         "\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n" + user.secret() +
         "\n------END USER NKEY SEED------\n";
}

}  // namespace flexcrm::test
