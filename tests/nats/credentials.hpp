#pragma once

#include <memory>
#include <string>

namespace flexcrm::test {

/// An operator of NATS and one account, as an installation has them whose nodes come with credentials files: JWTs that nkeys have signed,
/// https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/jwt.
class NatsOperator {
 public:
  NatsOperator();
  ~NatsOperator();
  NatsOperator(NatsOperator const&) = delete;
  NatsOperator& operator=(NatsOperator const&) = delete;

  /// For the server: the operator and the account.
  std::string configuration() const;
  /// The text of a `.creds` file of a new user of the account, who may use flexcrm's subjects alone.
  std::string credentials() const;

 private:
  struct Keys;
  std::unique_ptr<Keys> keys_;
};

}  // namespace flexcrm::test
