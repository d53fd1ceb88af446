#pragma once

#include "scene.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace flexcrm::test {

/// Codes with which a session closes one.
inline constexpr std::uint16_t protocol_error = 4400, time_out = 4408;

/// The two ends of a link: who dialled and who accepted.
enum class End { client, server };
constexpr End opposite(End end) { return end == End::client ? End::server : End::client; }

/// One connection as the network and the kernels at its ends hold it: two streams of bytes.
///
/// A session sees whole frames, because a WebSocket delivers nothing else. What happens "at any byte" is: a
/// frame arrives when its last byte does, however it was split and whatever stalled in its middle; a cut
/// keeps the bytes in front of it, and of a frame that is cut in the middle nothing arrives; what is written
/// afterwards is lost. Who wrote it cannot know.
class Link {
 public:
  struct Frame {
    Millis sent;
    Millis arrives;
    std::string text;
  };

  explicit Link(Scene& scene) : scene_{&scene} {}

  void send(End from, std::string text);

  /// When the next thing comes out at this end: a frame, or the news that there will be no more.
  std::optional<Millis> due(End at) const;

  /// The frame that is due, or nothing: the link is gone.
  std::optional<Frame> take(End at);

  /// How many frames are on their way to this end.
  std::size_t under_way(End to) const { return towards(to).under_way.size(); }
  bool is_whole() const { return !streams_[0].is_broken && !streams_[1].is_broken; }
  bool is_empty() const { return streams_[0].under_way.empty() && streams_[1].under_way.empty(); }

  /// This end wants no more; what it wrote arrives, then the other end is told. What still comes to this end
  /// is late.
  void close(End end);

  // -- faults

  /// The stream towards one end, or both, is lost from some byte on. An end that is not told has to notice by
  /// silence.
  void cut();

  /// Nothing arrives until then, at one end or both.
  void stall(Millis until);

  /// An end vanishes without a word, as when its power fails.
  void vanish(End end);

  /// A request after `last` goes missing while another one follows, which no TCP does but a pipe of pages or
  /// a hub might.
  void lose_a_request(End to, std::int64_t last);
  bool is_missing_a_request() const { return is_missing_a_request_; }

 private:
  struct Stream {
    std::deque<Frame> under_way;
    Millis stalled_until{0};
    bool is_broken = false;         // what is written now goes nowhere
    std::optional<Millis> ends_at;  // its reader is told
  };

  Stream& towards(End end) { return streams_[end == End::client ? 0 : 1]; }
  Stream const& towards(End end) const { return streams_[end == End::client ? 0 : 1]; }
  void cut_at_any_byte(Stream& stream);
  void tell(Stream& stream);

  Scene* scene_;
  std::array<Stream, 2> streams_;
  bool is_missing_a_request_ = false;
};

}  // namespace flexcrm::test
