#pragma once

#include <cstdint>
#include <map>
#include <string_view>

namespace flexcrm {

/// What a Server has counted since it was constructed, over every stop and start; `*_now` and `*_highest` are gauges.
/// Names only, never a text of a peer: fit for any monitoring.
struct ServerMetrics {
  /// A count for each name; the names live as long as the program.
  using Counts = std::map<std::string_view, std::uint64_t>;

  std::uint64_t connections = 0;      ///< TCP connections accepted or adopted, HTTP ones included
  std::uint64_t connections_now = 0;  ///< of these, open WebSockets
  std::uint64_t turned_away = 0;      ///< connections beyond ConnectionLimits, closed unread
  std::uint64_t http_refused = 0;     ///< requests answered 4xx by the server itself: Host, Origin, form, size

  std::uint64_t sessions = 0;      ///< sessions begun
  std::uint64_t sessions_now = 0;  ///< sessions there are, those that wait to be resumed included
  std::uint64_t resumes = 0;       ///< sessions that went on over a new connection
  std::uint64_t resets = 0;        ///< sessions begun because the one before could not be resumed
  std::uint64_t replaced = 0;      ///< Flex endpoints that another one of their agent took the place of
  std::uint64_t agents_now = 0;    ///< agents whose Flex is connected

  Counts received{};  ///< messages delivered from clients, by type; every type is listed
  Counts sent{};      ///< messages given to clients' sessions, by type; every type is listed
  Counts refused{};   ///< frames, Hellos and requests that ended in an error of this side, by its name; only those seen
  Counts dials{};     ///< dials that went to Flex, by outcome (DialOutcome); every outcome is listed

  std::uint64_t slow_peers = 0;            ///< connections cut because the peer did not read (QueueLimits)
  std::uint64_t queue_bytes_highest = 0;   ///< most bytes that ever waited for one connection
  std::uint64_t queue_frames_highest = 0;  ///< most frames that ever waited for one connection

  std::uint64_t linked_now = 0;  ///< 1 while Server::linked(), else 0
  std::uint64_t links_lost = 0;  ///< how often the Backplane lost its link
  Counts nodes_asked{};          ///< questions to other nodes, by their end (RequestEnd); every end is listed
};

}  // namespace flexcrm
