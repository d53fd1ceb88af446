#include <flexcrm/identity.hpp>

namespace flexcrm {

Authorize authorize_local() {
  return [](Hello const& hello, HttpRequest const& http) -> Result<Identity> {
    if (!http.local) return make_error(Errc::unauthorized);
    return Identity{hello.agent, hello.role};
  };
}

}  // namespace flexcrm
