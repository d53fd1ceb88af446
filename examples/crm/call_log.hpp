#pragma once

#include "contacts.hpp"
#include "database.hpp"

#include <flexcrm/message.hpp>

#include <boost/json/object.hpp>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crm {

/// How the log knows whose call it is. A later one of these is believed before an earlier one.
enum class ContactSource { none, number, attributes, click, person };

/// A call as one agent had it: a task that was offered to two has a row of each. Times are the messages' own.
struct Call {
  std::string agent{}, task_sid{};
  std::optional<std::string> contact_id{};
  ContactSource contact_source = ContactSource::none;
  std::optional<std::string> number{}, direction{};
  /// The newest of TaskChanged and of CallChanged. Flex tells the first by TaskRouter's clock and the second by the
  /// agent's, so that what is newer is known only among messages of one kind.
  std::optional<std::string> task_status{}, call_state{};
  std::optional<std::int64_t> task_at{}, call_at{};
  std::int64_t started_at = 0;
  std::optional<std::int64_t> answered_at{}, ended_at{}, duration_seconds{};
  bool lost = false;  ///< it is over, and nobody saw when and how
  std::optional<std::string> cause{};
  std::optional<std::int64_t> cause_code{};
  std::int64_t revision = 0;
  std::optional<std::string> disposition{}, notes{};
  std::optional<std::string> contact_name{};  ///< read only

  /// "live", "answered", "missed", "failed", "canceled", or "unknown".
  std::string_view outcome() const;
};

boost::json::object to_json(Call const& call);

/// What a person, or code in Flex for her, writes about a call.
struct Entry {
  std::int64_t revision = 0;
  std::optional<std::string> disposition{}, notes{}, contact_id{};  ///< no contact_id: it stays who it is
};

/// The calls of all agents, in SQLite: what Flex tells, and what agents write about it. A message that is told again
/// changes nothing. For one thread.
class CallLog {
 public:
  CallLog(Database const& database, Contacts const& contacts) : database_{database}, contacts_{contacts} {}

  void heard(std::string const& agent, flexcrm::TaskChanged const& task);
  void heard(std::string const& agent, flexcrm::CallChanged const& news);
  void heard(std::string const& agent, flexcrm::Snapshot const& whole);

  /// A dial goes to Flex, or has ended: the call that comes of it is with the customer who was clicked.
  void dialling(std::string const& agent, flexcrm::DialRequest const& dial);
  void dialled(std::string const& agent, flexcrm::DialRequest const& dial,
               flexcrm::Result<flexcrm::DialResult> const& result);

  /// Writes about a call, which is made when nothing was heard of it yet. Error: failed, if the task is no call.
  flexcrm::Result<flexcrm::NullResult> log(std::string const& agent, flexcrm::LogActivityRequest const& activity);

  /// Writes about a call of the agent's. False: the call has this revision or a greater one already, and stays as it is.
  /// \pre the call exists
  bool write(std::string const& agent, std::string const& task_sid, Entry const& entry);

  std::optional<Call> find(std::string_view agent, std::string_view task_sid) const;
  std::vector<Call> of_agent(std::string_view agent) const;         ///< the newest 50, newest first
  std::vector<Call> of_contact(std::string_view contact_id) const;  ///< as well

 private:
  struct Dial {
    std::string agent{}, dial_id{}, task_sid{}, destination{};
    std::optional<std::string> contact_id{};
  };

  template <class... Values>
  std::vector<Call> select(std::string const& condition, Values const&... values) const;
  void save(Call const& call) const;
  void identify(Call& call, std::optional<std::string> const& contact_id, ContactSource source) const;
  void identify_by_number(Call& call) const;
  void identify_by_click(Call& call, std::string_view dial_id) const;

  Database const& database_;
  Contacts const& contacts_;
  std::deque<Dial> dials_;  // the newest; a call tells its dial within moments
};

}  // namespace crm
