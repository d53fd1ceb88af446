#include "certificates.hpp"

#include <doctest/doctest.h>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <string_view>

namespace flexcrm::test {
namespace {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<&EVP_PKEY_free>>;
using Cert = std::unique_ptr<X509, Freer<&X509_free>>;
using Bio = std::unique_ptr<BIO, Freer<&BIO_free_all>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freer<&X509_EXTENSION_free>>;

Bio reader(std::string const& text) { return Bio{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))}; }

template <class Write>
std::string written(Write write) {
  Bio const bio{BIO_new(BIO_s_mem())};
  REQUIRE(write(bio.get()) == 1);
  char* data = nullptr;
  auto const size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

void extend(X509* certificate, X509* issuer, int kind, std::string const& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  Extension const extension{X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str())};
  REQUIRE(extension);
  REQUIRE(X509_add_ext(certificate, extension.get(), -1) == 1);
}

Certificate make(CertificateWords const& words, bool authority, Certificate const* issued_by) {
  Key const key{EVP_EC_gen("P-256")};
  Cert const certificate{X509_new()};
  REQUIRE((key && certificate));
  auto* const x509 = certificate.get();
  X509_set_version(x509, X509_VERSION_3);
  std::uint32_t serial = 0;
  REQUIRE(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), static_cast<long>(serial));
  X509_gmtime_adj(X509_getm_notBefore(x509), words.from.count());
  X509_gmtime_adj(X509_getm_notAfter(x509), words.to.count());
  X509_set_pubkey(x509, key.get());
  auto* const name = X509_get_subject_name(x509);
  REQUIRE(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                     reinterpret_cast<unsigned char const*>(words.subject.c_str()), -1, -1, 0) == 1);

  Cert issuer;
  Key issuer_key;
  if (issued_by) {
    issuer.reset(PEM_read_bio_X509(reader(issued_by->pem).get(), nullptr, nullptr, nullptr));
    issuer_key.reset(PEM_read_bio_PrivateKey(reader(issued_by->key).get(), nullptr, nullptr, nullptr));
    REQUIRE((issuer && issuer_key));
  }
  auto* const from = issuer ? issuer.get() : x509;
  X509_set_issuer_name(x509, X509_get_subject_name(from));
  if (authority) extend(x509, from, NID_basic_constraints, "critical,CA:TRUE");
  if (!words.names.empty()) extend(x509, from, NID_subject_alt_name, words.names);
  REQUIRE(X509_sign(x509, issuer_key ? issuer_key.get() : key.get(), EVP_sha256()) > 0);

  return {written([&](BIO* bio) { return PEM_write_bio_X509(bio, x509); }), written([&](BIO* bio) {
            return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

}  // namespace

Certificate self_signed(CertificateWords const& words) { return make(words, false, nullptr); }

Authority::Authority() : own_{make({.names = "", .subject = "flexcrm test authority"}, true, nullptr)} {}

Certificate Authority::issue(CertificateWords const& words) const { return make(words, false, &own_); }

std::string encrypted(std::string const& key, std::string const& password) {
  Key const plain{PEM_read_bio_PrivateKey(reader(key).get(), nullptr, nullptr, nullptr)};
  REQUIRE(plain);
  return written([&](BIO* bio) {
    return PEM_write_bio_PrivateKey(bio, plain.get(), EVP_aes_256_cbc(),
                                    reinterpret_cast<unsigned char const*>(password.data()),
                                    static_cast<int>(password.size()), nullptr, nullptr);
  });
}

}  // namespace flexcrm::test
