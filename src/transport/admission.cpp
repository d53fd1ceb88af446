#include "admission.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>
#include <vector>

namespace flexcrm::detail {
namespace {

namespace ip = boost::asio::ip;

// An IPv4 peer of an IPv6 socket is that IPv4 peer.
ip::address unmapped(ip::address const& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return ip::make_address_v4(ip::v4_mapped, address.to_v6());
}

// A host has a whole /64, and with it more addresses than could be counted.
ip::address host_of(ip::address const& address) {
  if (!address.is_v6()) return address;
  auto bytes = address.to_v6().to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
  return ip::address_v6{bytes};
}

struct Counts {
  std::size_t total = 0;
  std::size_t unauthenticated = 0;
  std::map<ip::address, std::size_t> unauthenticated_of;  // hosts that have none are not in it
};

class Ticket final : public ConnectionTicket {
 public:
  // `host` is unspecified where nobody counts per address.
  Ticket(std::shared_ptr<Counts> counts, ip::address host) : counts_{std::move(counts)}, host_{std::move(host)} {
    if (!host_.is_unspecified()) ++counts_->unauthenticated_of[host_];
    ++counts_->unauthenticated;
    ++counts_->total;
  }
  ~Ticket() override {
    authenticated();
    --counts_->total;
  }
  Ticket(Ticket const&) = delete;
  Ticket& operator=(Ticket const&) = delete;

  void authenticated() noexcept override {
    if (!std::exchange(unauthenticated_, false)) return;
    --counts_->unauthenticated;
    auto const at = counts_->unauthenticated_of.find(host_);
    if (at != counts_->unauthenticated_of.end() && --at->second == 0) counts_->unauthenticated_of.erase(at);
  }

 private:
  std::shared_ptr<Counts> counts_;
  ip::address host_;
  bool unauthenticated_ = true;
};

class CountingAdmission final : public Admission {
 public:
  CountingAdmission(ConnectionLimits const& limits, std::vector<ip::address> proxies)
      : limits_{limits}, proxies_{std::move(proxies)} {}

  std::shared_ptr<ConnectionTicket> admit(ip::address const& from) override {
    if (counts_->total >= limits_.total || counts_->unauthenticated >= limits_.unauthenticated) return {};
    auto const address = unmapped(from);
    ip::address host;
    if (!address.is_loopback() && std::find(proxies_.begin(), proxies_.end(), address) == proxies_.end()) {
      host = host_of(address);
      auto const at = counts_->unauthenticated_of.find(host);
      auto const count = at == counts_->unauthenticated_of.end() ? 0 : at->second;
      if (count >= limits_.per_address) return {};
    }
    return std::make_shared<Ticket>(counts_, host);
  }

 private:
  ConnectionLimits limits_;
  std::vector<ip::address> proxies_;
  std::shared_ptr<Counts> counts_ = std::make_shared<Counts>();
};

}  // namespace

Result<std::shared_ptr<Admission>> Admission::make(ConnectionLimits const& limits) {
  std::vector<ip::address> proxies;
  for (auto const& text : limits.trusted_proxies) {
    error_code ec;
    proxies.push_back(unmapped(ip::make_address(text, ec)));
    if (ec) {
      return make_error(Errc::invalid_argument, {}, "ConnectionLimits::trusted_proxies: not a numeric address");
    }
  }
  return std::shared_ptr<Admission>{std::make_shared<CountingAdmission>(limits, std::move(proxies))};
}

}  // namespace flexcrm::detail
