#pragma once

#include <chrono>
#include <memory>
#include <string>

namespace flexcrm::test {

/// A certificate and its key, as PEM texts. Made by the test, so that no key lies in the repository.
struct Certificate {
  std::string pem{};
  std::string key{};
};

/// What is in a certificate.
struct CertificateWords {
  std::string names = "DNS:localhost,IP:127.0.0.1,IP:::1";  ///< subjectAltName; empty: none
  std::string subject = "flexcrm test";
  std::chrono::seconds from{-3600};  ///< counted from now
  std::chrono::seconds to{3600};
};

/// Signed by its own key.
Certificate self_signed(CertificateWords const& words = {});

/// An authority that issues certificates.
class Authority {
 public:
  Authority();
  Certificate issue(CertificateWords const& words = {}) const;
  /// What a client has to trust.
  std::string const& pem() const noexcept { return own_.pem; }

 private:
  Certificate own_;
};

/// The same key, encrypted.
std::string encrypted(std::string const& key, std::string const& password);

}  // namespace flexcrm::test
