#pragma once

#include "machine.hpp"
#include "scene.hpp"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace flexcrm::test {

/// Of every dial.
inline constexpr auto destination = "+34911234567";

/// The application above one session: sends what its role sends, answers after a while, and checks that what
/// the session tells it is true and in order (docs/protocol.md, the promise; §4.4, §5). As it is, its peer is
/// another one; pages.hpp has those that talk to a hub.
class Application {
 public:
  /// `place`: where it is, for all restarts of its process. 0…31.
  Application(Scene& scene, Machine& machine, Role role, unsigned place);
  virtual ~Application() = default;
  Application(Application const&) = delete;
  Application& operator=(Application const&) = delete;

  /// Some traffic.
  virtual void work(Session& session);

  // -- what the session says

  void opened(Session& session, bool is_new);
  virtual void delivered(Deliver delivery);
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

 protected:
  struct Handler {
    Millis due;
    RequestKey key;
    std::optional<std::size_t> item;
    int session;  // which of this application's, in order
    bool is_ordered;
    bool starts_call = false;
    std::optional<Moment> start_before{};
    Result<Answer> outcome = Answer{NullResult{}};
  };

  /// docs/protocol.md §4.9: in a new session the application tells its whole state.
  virtual void tell_state(Session& session);
  /// Its event or state was acknowledged: is that true?
  virtual void acknowledged(Item const& item) const;

  void send_query(Session& session);
  void send_flex_command(Session& session);
  void send_crm_command(Session& session);
  void send_dial(Session& session, std::optional<std::string> const& caller_id = {});
  /// Writes an item into the book, sends its message, and notes that it waits for its outcome.
  template <class MakeMessage>
  bool send(Session& session, Item item, MakeMessage const& message) {
    auto const index = add(std::move(item));
    return sent(session, index, session.send(message(index), now()));
  }
  /// Events and state start in order.
  Handler start(Deliver const& delivery, std::optional<std::size_t> item, bool is_ordered);

  Millis some_time() const;
  Moment now() const { return machine_->now(scene_->time); }

  Scene* scene_;
  Machine* machine_;
  std::uint32_t here_;
  std::vector<Handler> handlers_;
  std::map<RequestKey, std::size_t> open_;  // what waits for its one outcome

 private:
  void send_event(Session& session);
  void send_state(Session& session, std::size_t slot);
  std::size_t add(Item item);
  bool sent(Session& session, std::size_t index, Result<RequestKey> const& key);
  void start_call(Handler& handler);

  Role role_;
  std::size_t sender_;
  std::array<bool, Book::slots> has_state_{};  // so that a new session is told it

  int session_ = 0;
  std::optional<std::size_t> last_event_;  // of this session
  std::array<std::optional<std::size_t>, Book::slots> newest_state_{};
  std::optional<RequestKey> ordered_;  // the event or state whose handler runs
  Moment ordered_since_{};
  bool is_dialling_ = false;
};

/// The item that a message is, by its mark.
std::optional<std::size_t> mark_of(Message const& message);

/// A dial's issuer was told its outcome: is it in time, and true?
void dial_ended(Scene& scene, Machine const& machine, Item& item, Result<Answer> const& outcome);

}  // namespace flexcrm::test
