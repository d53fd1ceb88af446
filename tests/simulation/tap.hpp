#pragma once

#include "envelope.hpp"
#include "scene.hpp"

#include <map>
#include <string_view>

namespace flexcrm::test {

/// Listens to all frames of one session, over all its connections, and checks what must be visible there: the
/// rules of numbers, answers, Void and the window (docs/protocol.md §4.2, §4.9).
class Tap {
 public:
  explicit Tap(Scene& scene) : scene_{&scene} {}

  /// Another connection: nothing but Hello and its answer until the session is open.
  void connected();
  /// Open. `is_new`: numbers begin anew.
  void opened(bool is_new);

  void sent(std::string_view text, Moment now);
  void received(std::string_view text);

  /// The highest number of a request that came in.
  std::int64_t last_received() const { return last_received_; }

 private:
  struct Request {
    std::size_t hash;
    bool is_claim;
    bool is_given_up;  // went as Void
    std::optional<std::size_t> item;
    Moment first_sent;
  };

  void request(Envelope const& envelope, std::string_view text, Moment now);
  void answer(Envelope const& envelope, std::string_view text);
  bool is_worth_doing(Request const& request, Moment now) const;

  Scene* scene_;
  bool is_open_ = false, was_open_ = false;
  bool said_bye_ = false;
  std::int64_t last_sent_ = 0, last_received_ = 0;
  std::size_t unanswered_claims_ = 0;
  std::map<std::int64_t, Request> unanswered_;
  std::map<std::int64_t, std::size_t> answers_;  // of the last 64, as hashes
  std::map<std::int64_t, std::size_t> claimed_;  // claims that came in: which dial
};

}  // namespace flexcrm::test
