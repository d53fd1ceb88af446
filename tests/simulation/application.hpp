#pragma once

#include "machine.hpp"
#include "scene.hpp"

#include <array>
#include <map>
#include <optional>
#include <vector>

namespace flexcrm::test {

/// The application above one session: sends what its role sends, answers after a while, and checks that what
/// the session tells it is true and in order (docs/protocol.md, the promise; §4.4, §5).
class Application {
 public:
  /// `place`: where it is, for all restarts of its process. 0…31.
  Application(Scene& scene, Machine& machine, Role role, unsigned place);

  /// Some traffic.
  void work(Session& session);

  // -- what the session says

  void opened(Session& session, bool is_new);
  void delivered(Deliver delivery);
  void answered(Answered const& answered);
  /// `keeps_events`: a client's go on with its next session.
  void ended(bool keeps_events);

  // -- its handlers

  /// When a handler has something to do.
  std::optional<Millis> due() const;
  void handle(Session& session);

  // -- what became of it

  std::size_t sender() const { return sender_; }
  bool is_told_everything() const { return open_.empty(); }
  bool is_idle() const { return open_.empty() && handlers_.empty(); }
  std::optional<std::size_t> newest_state_here(std::size_t slot) const { return newest_state_[slot]; }

 private:
  struct Handler {
    Millis due;
    RequestKey key;
    std::size_t item;
    int session;  // which of this application's, in order
    bool is_ordered;
    bool starts_call = false;
    std::optional<Moment> start_before{};
    Result<Answer> outcome = Answer{NullResult{}};
  };

  void flex_works(Session& session);
  void crm_works(Session& session);
  void send_event(Session& session);
  void send_state(Session& session, std::size_t slot);
  void send_dial(Session& session);
  /// Writes an item into the book, sends its message, and notes that it waits for its outcome.
  template <class MakeMessage>
  bool send(Session& session, Item item, MakeMessage const& message);

  void dial_ended(Item& item, Answered const& answered);
  void start_call(Handler& handler);
  std::optional<std::size_t> mark_of(Message const& message) const;
  Millis some_time() const;
  Moment now() const { return machine_->now(scene_->time); }

  Scene* scene_;
  Machine* machine_;
  Role role_;
  std::uint32_t here_;
  std::size_t sender_;

  std::map<RequestKey, std::size_t> open_;     // what waits for its one outcome
  std::array<bool, Book::slots> has_state_{};  // so that a new session is told it

  int session_ = 0;
  std::vector<Handler> handlers_;
  std::optional<std::size_t> last_event_;  // of this session
  std::array<std::optional<std::size_t>, Book::slots> newest_state_{};
  std::optional<RequestKey> ordered_;  // the event or state whose handler runs
  Moment ordered_since_{};
  bool is_dialling_ = false;
};

}  // namespace flexcrm::test
