#include "counters.hpp"

namespace flexcrm::detail {
namespace {

template <std::size_t n>
void read_words(ServerMetrics::Counts& into, std::array<std::string_view, n> const& words,
                std::array<Count, n> const& counts) {
  for (std::size_t i = 0; i < n; ++i) into[words[i]] = counts[i].get();
}

}  // namespace

void Counters::refuse(Error const& error) noexcept {
  bool const ours = error.code.category() == category();
  refused[static_cast<std::size_t>(ours ? error.code.value() : static_cast<int>(Errc::internal_error))].add();
}

ServerMetrics Counters::read() const {
  ServerMetrics metrics;
  metrics.connections = connections.get();
  metrics.connections_now = connections_now.get();
  metrics.turned_away = turned_away.get();
  metrics.http_refused = http_refused.get();
  metrics.sessions = sessions.get();
  metrics.sessions_now = sessions_now.get();
  metrics.resumes = resumes.get();
  metrics.resets = resets.get();
  metrics.replaced = replaced.get();
  metrics.agents_now = agents_now.get();
  metrics.slow_peers = slow_peers.get();
  metrics.queue_bytes_highest = queue_bytes_highest.get();
  metrics.queue_frames_highest = queue_frames_highest.get();
  metrics.linked_now = linked_now.get();
  metrics.links_lost = links_lost.get();
  for (std::size_t i = 0; i < received.size(); ++i) {
    MessageType const type{i};
    if (delivery_class(type) == DeliveryClass::session) continue;
    metrics.received[type_name(type)] = received[i].get();
    metrics.sent[type_name(type)] = sent[i].get();
  }
  for (auto const errc : all_errors())
    if (auto const count = refused[static_cast<std::size_t>(errc)].get(); count > 0)
      metrics.refused[name(errc)] = count;
  read_words(metrics.dials, enum_words(DialOutcome{}), dials);
  read_words(metrics.nodes_asked, enum_words(RequestEnd{}), nodes_asked);
  return metrics;
}

}  // namespace flexcrm::detail
