#pragma once

#include <flexcrm/server.hpp>

#include <boost/json/object.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

namespace crm {

/// The newest frames of each agent, for her own eyes: in memory alone. For one thread.
class Inspector {
 public:
  Inspector();

  void add(flexcrm::FrameEvent const& frame);

  /// What an agent's page has not seen yet: `{agent, begun, first, frames: [{number, at, session, role, direction, text}]}`.
  /// Frames are numbered from 1 on, for each agent apart; `number` is the last one seen, as the page says it, and anything
  /// that is no number is 0. `first` is the oldest that is kept; `begun` tells one run of the server from another, whose
  /// numbers begin again.
  boost::json::object after(std::string const& agent, std::string_view number) const;

 private:
  struct Frame {
    std::int64_t at;  // ms since 1970
    std::uint64_t session;
    flexcrm::Role role;
    flexcrm::FrameDirection direction;
    std::string text;
  };
  struct Kept {
    std::deque<Frame> frames;
    std::uint64_t first = 1;  // the number of frames.front()
    std::size_t bytes = 0;
  };

  std::int64_t begun_;
  std::map<std::string, Kept, std::less<>> agents_;
};

}  // namespace crm
