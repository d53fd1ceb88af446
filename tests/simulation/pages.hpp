#pragma once

#include "application.hpp"
#include "view.hpp"

#include <map>
#include <optional>

namespace flexcrm::test {

/// The one that the server of a scene lets pass.
inline constexpr auto caller_id = "+14155550100";

/// An agent's Flex, above its session with a hub. It has tasks and calls that begin, change and end, and
/// after each reset tells its whole state, as one Snapshot or as the plugin does.
class FlexPage : public Application {
 public:
  /// `is_watched`: the server's process handles its events and state too.
  FlexPage(Scene& scene, Machine& machine, unsigned place, bool is_watched)
      : Application{scene, machine, Role::flex, place}, is_watched_{is_watched} {}

  void work(Session& session) override;

  /// What the server knows when everything that was sent has arrived.
  View const& told() const { return told_; }

 private:
  void tell_state(Session& session) override;
  void acknowledged(Item const& item) const override;
  void change_a_task(Session& session);
  void change_a_call(Session& session);
  void say_agent(Session& session);
  void say_selection(Session& session, bool again);
  void say_everything(Session& session);
  /// `is_kept`: it is sent to a session.
  void note(Message const& message, bool is_kept);
  template <class MakeMessage>
  void say(Session& session, Item item, MakeMessage const& message);

  bool is_watched_;
  View real_, told_;
  std::map<std::size_t, Message> events_;  // that may come to be sent again
};

/// A CRM page, above its session with a hub.
class CrmPage : public Application {
 public:
  CrmPage(Scene& scene, Machine& machine, unsigned place) : Application{scene, machine, Role::crm, place} {}

  void work(Session& session) override;
  void delivered(Deliver delivery) override;

  View const& view() const { return view_; }

 private:
  void tell_state(Session& session) override;
  void event(Message const& message);
  void state(Message const& message);

  View view_;
  struct LastEvent {
    std::size_t item;
    bool is_marked;
  };
  std::map<std::size_t, LastEvent> last_events_;  // of this session, by who sent them
  std::map<std::size_t, std::size_t> newest_agent_, newest_selection_;
};

}  // namespace flexcrm::test
