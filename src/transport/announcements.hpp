#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flexcrm::detail {

/// Where in the announcements of an agent's owner something stands.
struct Place {
  std::string epoch{};       ///< the session of Flex that they are about
  std::uint64_t number = 0;  ///< of the last one
};

/// A line before the frame says its place.
std::string with_place(Place const& place, std::string_view frame);

struct Placed {
  Place place;
  std::string_view frame;
};
/// The reverse, or nothing when there is no such line. Views into `text`.
std::optional<Placed> read_place(std::string_view text);

/// What an owner said last of one agent, for nodes that missed some of it. One session of Flex has 256 of them kept, of
/// the last minute, with no more text than one frame may have.
class Announcements {
 public:
  using Steady = std::chrono::steady_clock::time_point;

  /// Begins anew, for another session of Flex.
  void begin(std::string epoch);

  /// The next one, with its place.
  std::string const& add(std::string_view frame, Steady now);
  /// The next one cannot be written: whoever asks for it gets a Snapshot.
  void skip();

  /// Where the owner stands.
  Place const& place() const noexcept { return place_; }

  /// All that came after `asker`'s place, as a JSON array of texts; nothing when that is not kept, or too long.
  std::optional<std::string> since(Place const& asker) const;

  /// Forgets what is too old.
  void expire(Steady now);

 private:
  struct Kept {
    Steady at;
    std::string text;
  };

  void forget();

  Place place_;
  std::list<Kept> kept_;  // without a hole, up to place_
  std::size_t bytes_ = 0;
};

/// What `since()` gave. Nothing when `text` is something else.
std::optional<std::vector<std::string>> read_announcements(std::string_view text);

}  // namespace flexcrm::detail
