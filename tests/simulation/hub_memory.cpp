// What a hub keeps is private: reached by an explicit instantiation, which may name it.

#include "hub_memory.hpp"

#include "memory.hpp"
#include "scene.hpp"

#include <tuple>

namespace flexcrm::test {
namespace {

using detail::Hub;

template <auto... members>
struct Peephole {
  friend auto inside(Hub const& hub) { return std::tie(hub.*members...); }
};
auto inside(Hub const& hub);
template struct Peephole<&Hub::peers_, &Hub::greeting_, &Hub::endpoints_, &Hub::sessions_, &Hub::agents_, &Hub::locals_,
                         &Hub::touched_, &Hub::over_, &Hub::due_>;

}  // namespace

void require_bounded_memory(Hub const& hub, SessionOptions const& options, HubLimits const& limits,
                            std::size_t connections, std::size_t requests) {
  auto const& [peers, greeting, endpoints, sessions, agents, locals, touched, over, due] = inside(hub);
  constexpr std::size_t window = 64, instances = 16;
  require(peers.size() == connections, "memory is bounded: connections of a hub");
  require(greeting.size() <= peers.size(), "memory is bounded: clients that are being authorized");
  require(touched.empty() && over.empty(), "memory is bounded: sessions that wait for the hub");
  require(locals.size() == requests, "memory is bounded: requests of the process");
  std::size_t registered = 0;
  for (auto const& [name, agent] : agents) {
    registered += agent->crms.size() + (agent->flex != 0 ? 1 : 0);
    require(agent->crms.size() <= limits.crm_endpoints, "memory is bounded: CRM sessions of an agent");
    require(agent->dials.size() <= limits.open_dials, "memory is bounded: open dials of an agent");
    require(agent->recent_dials.size() <= limits.dials_per_minute, "memory is bounded: recent dials of an agent");
    require(agent->instances.size() <= instances, "memory is bounded: Flex instances of an agent");
  }
  require(sessions.size() == registered, "memory is bounded: sessions by their names");
  // A connection is in a session or will be in one.
  require(endpoints.size() <= registered + peers.size(), "memory is bounded: sessions of a hub");
  require(due.size() <= endpoints.size() + locals.size(), "memory is bounded: times of a hub");
  for (auto const& [id, endpoint] : endpoints) {
    require(endpoint->forwarded.size() <= window, "memory is bounded: requests that were passed on");
    require_bounded_memory(endpoint->session, options);
  }
}

Session const* find_session(Hub const& hub, std::string const& name) {
  auto const& [peers, greeting, endpoints, sessions, agents, locals, touched, over, due] = inside(hub);
  auto const known = sessions.find(name);
  return known == sessions.end() ? nullptr : &endpoints.at(known->second)->session;
}

}  // namespace flexcrm::test
