#include <flexcrm/identity.hpp>

#include <utility>

namespace flexcrm {

Authorization::Authorization(Sink sink) : sink_{std::move(sink)} {}

Authorization::~Authorization() {
  try {
    (*this)(make_error(Errc::unauthorized));
  } catch (...) {  // out of memory: the time for Hello ends it
  }
}

Authorization::Authorization(Authorization&& other) noexcept : sink_{std::exchange(other.sink_, nullptr)} {}

Authorization& Authorization::operator=(Authorization&& other) noexcept {
  std::swap(sink_, other.sink_);
  return *this;
}

bool Authorization::operator()(Result<Identity> const& identity) {
  auto const sink = std::exchange(sink_, nullptr);
  if (sink) sink(identity);
  return static_cast<bool>(sink);
}

Authorize authorize_local() {
  return [](Hello const& hello, HttpRequest const& http) -> Result<Identity> {
    if (!http.local) return make_error(Errc::unauthorized);
    return Identity{hello.agent, hello.role};
  };
}

}  // namespace flexcrm
