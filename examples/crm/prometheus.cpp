#include "prometheus.hpp"

#include <cstdint>
#include <string_view>

namespace crm {
namespace {

using Counts = flexcrm::ServerMetrics::Counts;

/// Names and labels are ours or flexcrm's: none needs escaping.
class Page {
 public:
  void counter(std::string const& name, std::string_view help, std::uint64_t value) {
    head(name, "counter", help);
    sample(name, {}, value);
  }
  void gauge(std::string const& name, std::string_view help, std::uint64_t value) {
    head(name, "gauge", help);
    sample(name, {}, value);
  }
  void counters(std::string const& name, std::string_view help, std::string_view label, Counts const& counts) {
    head(name, "counter", help);
    for (auto const& [word, value] : counts)
      sample(name, "{" + std::string{label} + "=\"" + std::string{word} + "\"}", value);
  }
  std::string take() { return std::move(text_); }

 private:
  void head(std::string const& name, std::string_view type, std::string_view help) {
    text_ += "# HELP flexcrm_" + name + " " + std::string{help} + "\n# TYPE flexcrm_" + name + " " + std::string{type} +
             "\n";
  }
  void sample(std::string const& name, std::string const& labels, std::uint64_t value) {
    text_ += "flexcrm_" + name + labels + " " + std::to_string(value) + "\n";
  }

  std::string text_;
};

}  // namespace

std::string prometheus(flexcrm::ServerMetrics const& metrics) {
  Page page;
  page.counter("connections_total", "TCP connections accepted.", metrics.connections);
  page.gauge("websockets", "Open WebSockets.", metrics.connections_now);
  page.counter("connections_turned_away_total", "Connections closed unread, beyond the limits.", metrics.turned_away);
  page.counter("http_refused_total", "HTTP requests refused by the server's own checks.", metrics.http_refused);
  page.counter("sessions_total", "Sessions begun.", metrics.sessions);
  page.gauge("sessions", "Sessions there are, those waiting to be resumed included.", metrics.sessions_now);
  page.counter("session_resumes_total", "Sessions that went on over a new connection.", metrics.resumes);
  page.counter("session_resets_total", "Sessions begun because the one before could not be resumed.", metrics.resets);
  page.counter("flex_replaced_total", "Flex endpoints that another one took the place of.", metrics.replaced);
  page.gauge("agents_online", "Agents whose Flex is connected.", metrics.agents_now);
  page.counters("messages_received_total", "Messages from clients.", "type", metrics.received);
  page.counters("messages_sent_total", "Messages given to clients' sessions.", "type", metrics.sent);
  page.counters("refused_total", "Frames, Hellos and requests that ended in an error of the server.", "reason",
                metrics.refused);
  page.counters("dials_total", "Dials that went to Flex.", "outcome", metrics.dials);
  page.counter("slow_peers_total", "Connections cut because the peer did not read.", metrics.slow_peers);
  page.gauge("queue_bytes_highest", "Most bytes that ever waited for one connection.", metrics.queue_bytes_highest);
  page.gauge("linked", "1 while agents at other nodes can be reached.", metrics.linked_now);
  page.counter("links_lost_total", "How often the link to the other nodes was lost.", metrics.links_lost);
  page.counters("nodes_asked_total", "Questions to other nodes.", "end", metrics.nodes_asked);
  page.gauge("queue_frames_highest", "Most frames that ever waited for one connection.", metrics.queue_frames_highest);
  return page.take();
}

}  // namespace crm
