#include "link.hpp"

#include "envelope.hpp"

#include <algorithm>

namespace flexcrm::test {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t websocket_header = 6;
std::size_t bytes(Link::Frame const& frame) { return frame.text.size() + websocket_header; }

}  // namespace

void Link::send(End from, std::string text) {
  auto& stream = towards(opposite(from));
  if (stream.is_broken || stream.ends_at) return;
  ++scene_->coverage.frames;
  auto& random = scene_->random;
  auto arrives = scene_->time + random.between(0ms, random.chance(0.1) ? 3000ms : 80ms);
  if (!scene_->is_calm && random.chance(0.01)) {
    ++scene_->coverage.split_frames;
    arrives += random.between(0ms, 20s);
  }
  if (!stream.under_way.empty()) arrives = std::max(arrives, stream.under_way.back().arrives);
  stream.under_way.push_back({scene_->time, arrives, std::move(text)});
}

std::optional<Millis> Link::due(End at) const {
  auto const& stream = towards(at);
  if (!stream.under_way.empty()) return std::max(stream.under_way.front().arrives, stream.stalled_until);
  return stream.ends_at;
}

std::optional<Link::Frame> Link::take(End at) {
  auto& stream = towards(at);
  if (stream.under_way.empty()) {
    stream.ends_at.reset();
    stream.is_broken = true;
    return std::nullopt;
  }
  auto frame = std::move(stream.under_way.front());
  stream.under_way.pop_front();
  return frame;
}

void Link::close(End end) {
  auto& stream = towards(opposite(end));
  if (!stream.is_broken) tell(stream);
}

void Link::tell(Stream& stream) {
  if (stream.ends_at) return;
  auto const last = stream.under_way.empty() ? scene_->time : std::max(scene_->time, stream.under_way.back().arrives);
  stream.ends_at = std::max(last, stream.stalled_until) + scene_->random.between(0ms, 200ms);
}

void Link::cut_at_any_byte(Stream& stream) {
  if (stream.is_broken) return;
  std::size_t total = 0;
  for (auto const& frame : stream.under_way) total += bytes(frame);
  auto arrive = static_cast<std::size_t>(scene_->random.between(0, static_cast<std::int64_t>(total)));
  auto frame = stream.under_way.begin();
  for (; frame != stream.under_way.end() && bytes(*frame) <= arrive; ++frame) arrive -= bytes(*frame);
  if (arrive > 0) ++scene_->coverage.cuts_in_a_frame;
  stream.under_way.erase(frame, stream.under_way.end());
  stream.is_broken = true;
}

void Link::cut() {
  auto& random = scene_->random;
  ++scene_->coverage.cuts;
  if (random.chance(0.1)) {
    ++scene_->coverage.one_way;
    return cut_at_any_byte(streams_[random.chance(0.5) ? 0 : 1]);
  }
  bool const is_half_open = random.chance(0.3);
  if (is_half_open) ++scene_->coverage.half_open;
  auto const untold = is_half_open ? random.between(0, 2) : -1;  // one of them, or (2) nobody
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    cut_at_any_byte(streams_[i]);
    if (!is_half_open || (untold != 2 && untold != static_cast<std::int64_t>(i))) tell(streams_[i]);
  }
}

void Link::stall(Millis until) {
  bool const both = scene_->random.chance(0.5);
  for (auto& stream : streams_)
    if (both || scene_->random.chance(0.5)) stream.stalled_until = until;
}

void Link::vanish(End end) {
  towards(end).under_way.clear();
  for (auto& stream : streams_) stream.is_broken = true;
}

void Link::lose_a_request(End to, std::int64_t last) {
  auto& frames = towards(to).under_way;
  auto const is_new_request = [&](Frame const& frame) {
    auto const outside = envelope(frame.text);
    return outside.kind == Envelope::Kind::request && outside.number > last;
  };
  auto const first = std::find_if(frames.begin(), frames.end(), is_new_request);
  if (first == frames.end() || std::none_of(first + 1, frames.end(), is_new_request)) return;
  ++scene_->coverage.missing_frames;
  frames.erase(first);
  is_missing_a_request_ = true;
}

}  // namespace flexcrm::test
