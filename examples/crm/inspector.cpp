#include "inspector.hpp"

#include <boost/json/array.hpp>

#include <charconv>
#include <chrono>

namespace crm {
namespace {

namespace json = boost::json;

// What a person looks back over, and what a demo may hold of each agent.
constexpr std::size_t most_frames = 500;
constexpr std::size_t most_bytes = 2 * 1024 * 1024;

std::int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace

Inspector::Inspector() : begun_{now_ms()} {}

void Inspector::add(flexcrm::FrameEvent const& frame) {
  auto& kept = agents_[frame.agent];
  kept.frames.push_back({now_ms(), frame.session, frame.role, frame.direction, std::string{frame.text}});
  kept.bytes += frame.text.size();
  while (kept.frames.size() > most_frames || kept.bytes > most_bytes) {
    kept.bytes -= kept.frames.front().text.size();
    kept.frames.pop_front();
    ++kept.first;
  }
}

json::object Inspector::after(std::string const& agent, std::string_view number) const {
  std::uint64_t last = 0;
  std::from_chars(number.data(), number.data() + number.size(), last);
  json::array frames;
  std::uint64_t first = 1;
  if (auto const found = agents_.find(agent); found != agents_.end()) {
    auto const& kept = found->second;
    first = kept.first;
    for (auto seen = last >= first ? last - first + 1 : 0; seen < kept.frames.size(); ++seen) {
      auto const& frame = kept.frames[seen];
      // A frame that is no UTF-8 ends its connection before anybody sees it.
      frames.push_back(
          json::object{{"number", first + seen},
                       {"at", frame.at},
                       {"session", frame.session},
                       {"role", frame.role == flexcrm::Role::flex ? "flex" : "crm"},
                       {"direction", frame.direction == flexcrm::FrameDirection::from_client ? "in" : "out"},
                       {"text", frame.text}});
    }
  }
  return {{"agent", agent}, {"begun", begun_}, {"first", first}, {"frames", std::move(frames)}};
}

}  // namespace crm
