#include "call_log.hpp"

#include "customer.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace crm {
namespace {

namespace json = boost::json;
using flexcrm::CallState;
using flexcrm::TaskStatus;
using flexcrm::Timestamp;

constexpr std::size_t most_dials = 256;

constexpr auto column_names =
    "agent, task_sid, contact_id, contact_source, number, direction, task_status, task_at, call_state, call_at, started_at, "
    "answered_at, ended_at, duration_seconds, lost, cause, cause_code, revision, disposition, notes";

std::int64_t in_milliseconds(Timestamp at) { return at.time_since_epoch().count(); }

json::value time_or_null(std::optional<std::int64_t> at) {
  return at ? json::value(flexcrm::to_iso8601(Timestamp{std::chrono::milliseconds{*at}})) : json::value();
}

template <class T>
json::value value_or_null(std::optional<T> const& value) {
  return value ? json::value(*value) : json::value();
}

/// "inbound" or "outbound"; a word of a later Flex is as good as none.
std::optional<std::string> word_of(std::optional<flexcrm::OpenEnum<flexcrm::Direction>> const& direction) {
  return direction && direction->value() ? std::optional{direction->word()} : std::nullopt;
}

/// Whether a message is older than what was heard of its kind, or the same once more.
template <class Word>
bool is_known(std::optional<std::int64_t> known_at, std::optional<std::string> const& known, Timestamp at,
              Word const& word) {
  return known_at && (in_milliseconds(at) < *known_at || (in_milliseconds(at) == *known_at && known == word.word()));
}

bool is_over(Call const& call) { return call.ended_at || call.lost; }

void go_on(Call& call) {
  call.ended_at.reset();
  call.duration_seconds.reset();
  call.cause.reset();
  call.cause_code.reset();
  call.lost = false;
}

void end(Call& call, std::int64_t at) {
  if (!call.ended_at) call.ended_at = at;
  call.lost = false;
}

void apply(Call& call, flexcrm::TaskChanged const& task) {
  auto const at = in_milliseconds(task.at);
  call.task_status = task.status.word();
  call.task_at = at;
  call.started_at = std::min(call.started_at, at);
  auto const status = task.status.value();
  if (!status) return;
  switch (*status) {
    case TaskStatus::offered: go_on(call); break;
    case TaskStatus::accepted:
      go_on(call);
      // Somebody is on the line already: whoever takes the task answers the call.
      if (call.direction == "inbound" && !call.answered_at) call.answered_at = at;
      break;
    case TaskStatus::wrapup:
    case TaskStatus::completed: end(call, at); break;
    case TaskStatus::canceled:
    case TaskStatus::rejected:
    case TaskStatus::timeout:
    case TaskStatus::rescinded:
      end(call, at);
      if (!call.cause_code) call.cause_code = task.reason_code;
      break;
  }
}

void apply(Call& call, flexcrm::CallChanged const& news) {
  auto const at = in_milliseconds(news.at);
  call.call_state = news.state.word();
  call.call_at = at;
  call.started_at = std::min(call.started_at, at);
  auto const state = news.state.value();
  if (!state) return;
  switch (*state) {
    case CallState::dialing:
    case CallState::ringing: go_on(call); break;
    case CallState::connected:
    case CallState::held:
      go_on(call);
      if (!call.answered_at) call.answered_at = at;
      break;
    case CallState::ended:
      end(call, at);
      if (news.duration_seconds) call.duration_seconds = news.duration_seconds;
      if (news.cause) call.cause = news.cause;
      if (news.cause_code) call.cause_code = news.cause_code;
      break;
  }
}

}  // namespace

std::string_view Call::outcome() const {
  if (!is_over(*this)) return "live";
  if (answered_at) return "answered";
  if (lost || !direction) return "unknown";
  if (direction == "inbound") return "missed";
  return cause || cause_code ? "failed" : "canceled";
}

json::object to_json(Call const& call) {
  auto duration = call.duration_seconds;
  if (!duration && call.answered_at && call.ended_at)
    duration = std::max<std::int64_t>(0, *call.ended_at - *call.answered_at) / 1000;
  return {{"taskSid", call.task_sid},
          {"agent", call.agent},
          {"contactId", value_or_null(call.contact_id)},
          {"contactName", value_or_null(call.contact_name)},
          {"number", value_or_null(call.number)},
          {"direction", value_or_null(call.direction)},
          {"startedAt", time_or_null(call.started_at)},
          {"answeredAt", time_or_null(call.answered_at)},
          {"endedAt", time_or_null(call.ended_at)},
          {"durationSeconds", value_or_null(duration)},
          {"outcome", call.outcome()},
          {"cause", value_or_null(call.cause)},
          {"causeCode", value_or_null(call.cause_code)},
          {"disposition", value_or_null(call.disposition)},
          {"notes", value_or_null(call.notes)},
          {"revision", call.revision}};
}

void CallLog::heard(std::string const& agent, flexcrm::TaskChanged const& task) {
  auto known = find(agent, task.task_sid);
  if (!known && task.channel != flexcrm::Channel::voice) return;
  if (known && is_known(known->task_at, known->task_status, task.at, task.status)) return;
  auto call = known ? std::move(*known)
                    : Call{.agent = agent, .task_sid = task.task_sid, .started_at = in_milliseconds(task.at)};
  if (task.attributes) {
    json::object const whole{{"attributes", task.attributes->object()}};
    auto const& attributes = whole.at("attributes").as_object();
    auto const text = [&](std::string_view name) {
      auto const* value = attributes.if_contains(name);
      return value && value->is_string() ? std::optional<std::string>{value->as_string()} : std::nullopt;
    };
    if (auto direction = word_of(flexcrm::OpenEnum<flexcrm::Direction>{text("direction").value_or("")}))
      call.direction = std::move(direction);
    if (!call.number) call.number = number_in(whole);
    if (auto const contact = contact_by_id_in(contacts_, whole)) identify(call, contact->id, ContactSource::attributes);
    identify_by_click(call, text("flexcrm_dial_id").value_or(""));
  } else {
    identify_by_click(call, {});
  }
  identify_by_number(call);
  apply(call, task);
  save(call);
}

void CallLog::heard(std::string const& agent, flexcrm::CallChanged const& news) {
  auto known = find(agent, news.task_sid);
  if (known && is_known(known->call_at, known->call_state, news.at, news.state)) return;
  auto call = known ? std::move(*known)
                    : Call{.agent = agent, .task_sid = news.task_sid, .started_at = in_milliseconds(news.at)};
  if (auto direction = word_of(news.direction)) call.direction = std::move(direction);
  if (!call.number) call.number = call.direction == "outbound" ? news.to : news.from;
  identify_by_click(call, news.dial_id.value_or(""));
  identify_by_number(call);
  apply(call, news);
  save(call);
}

void CallLog::heard(std::string const& agent, flexcrm::Snapshot const& whole) {
  Transaction transaction{database_};
  for (auto const& task : whole.tasks) heard(agent, task);
  for (auto const& call : whole.calls) heard(agent, call);
  // Flex tells every open task. What is live here and not there has ended while nobody listened. A Flex that is away
  // tells nothing: its calls may go on.
  if (whole.agent.connected == true) {
    for (auto& call : select("WHERE agent = ? AND ended_at IS NULL AND NOT lost", agent)) {
      auto const is_this = [&](auto const& one) { return one.task_sid == call.task_sid; };
      if (std::any_of(whole.tasks.begin(), whole.tasks.end(), is_this) ||
          std::any_of(whole.calls.begin(), whole.calls.end(), is_this))
        continue;
      call.lost = true;
      save(call);
    }
  }
  transaction.commit();
}

void CallLog::dialling(std::string const& agent, flexcrm::DialRequest const& dial) {
  dials_.push_back({.agent = agent,
                    .dial_id = dial.dial_id,
                    .task_sid = {},
                    .destination = dial.destination,
                    .contact_id = dial.customer ? std::optional{dial.customer->id} : std::nullopt});
  if (dials_.size() > most_dials) dials_.pop_front();
}

void CallLog::dialled(std::string const& agent, flexcrm::DialRequest const& dial,
                      flexcrm::Result<flexcrm::DialResult> const& result) {
  if (!result || !result->task_sid) return;
  for (auto& known : dials_)
    if (known.agent == agent && known.dial_id == dial.dial_id) known.task_sid = *result->task_sid;
  if (auto call = find(agent, *result->task_sid)) {
    identify_by_click(*call, dial.dial_id);
    save(*call);
  }
}

flexcrm::Result<flexcrm::NullResult> CallLog::log(std::string const& agent,
                                                  flexcrm::LogActivityRequest const& activity) {
  if (activity.channel && activity.channel != flexcrm::Channel::voice)
    return flexcrm::make_error(flexcrm::Errc::failed, {}, "not_a_call");
  Transaction transaction{database_};
  if (!find(agent, activity.task_sid)) {
    auto const now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    Call call{.agent = agent,
              .task_sid = activity.task_sid,
              .started_at = in_milliseconds(activity.started_at.value_or(now))};
    call.direction = word_of(activity.direction);
    call.number = call.direction == "outbound" ? activity.to : activity.from;
    if (activity.ended_at) call.ended_at = in_milliseconds(*activity.ended_at);
    call.lost = true;  // until Flex tells of it
    identify_by_number(call);
    save(call);
  }
  // What was written later stands; that this came too late for it is nobody's fault.
  write(agent, activity.task_sid,
        {.revision = activity.revision,
         .disposition = activity.disposition,
         .notes = activity.notes,
         .contact_id = activity.customer ? activity.customer->id : std::nullopt});
  transaction.commit();
  return flexcrm::NullResult{};
}

bool CallLog::write(std::string const& agent, std::string const& task_sid, Entry const& entry) {
  auto call = find(agent, task_sid);
  if (!call || entry.revision <= call->revision) return false;
  call->revision = entry.revision;
  call->disposition = entry.disposition;
  call->notes = entry.notes;
  identify(*call, entry.contact_id, ContactSource::person);
  save(*call);
  return true;
}

void CallLog::identify(Call& call, std::optional<std::string> const& contact_id, ContactSource source) const {
  if (!contact_id || source < call.contact_source || !contacts_.find_by_id(*contact_id)) return;
  call.contact_id = contact_id;
  call.contact_source = source;
}

void CallLog::identify_by_number(Call& call) const {
  if (!call.number || call.contact_source >= ContactSource::number) return;
  auto const found = contacts_.find_by_phone(*call.number);
  if (found.size() == 1) identify(call, found.front().id, ContactSource::number);
}

void CallLog::identify_by_click(Call& call, std::string_view dial_id) const {
  for (auto const& dial : dials_) {
    if (dial.agent != call.agent || (dial.task_sid != call.task_sid && (dial_id.empty() || dial.dial_id != dial_id)))
      continue;
    if (!call.direction) call.direction = "outbound";
    if (!call.number) call.number = dial.destination;
    identify(call, dial.contact_id, ContactSource::click);
  }
  identify_by_number(call);
}

template <class... Values>
std::vector<Call> CallLog::select(std::string const& condition, Values const&... values) const {
  auto query = database_.prepare(
      std::string{"SELECT "} + column_names +
      ", (SELECT first_name || ' ' || last_name FROM contacts WHERE id = contact_id) FROM calls " + condition);
  query.bind(values...);
  std::vector<Call> found;
  while (query.step()) {
    int column = 0;
    Call call;
    call.agent = query.text(column++);
    call.task_sid = query.text(column++);
    call.contact_id = query.text_or_null(column++);
    call.contact_source = static_cast<ContactSource>(query.integer(column++));
    call.number = query.text_or_null(column++);
    call.direction = query.text_or_null(column++);
    call.task_status = query.text_or_null(column++);
    call.task_at = query.integer_or_null(column++);
    call.call_state = query.text_or_null(column++);
    call.call_at = query.integer_or_null(column++);
    call.started_at = query.integer(column++);
    call.answered_at = query.integer_or_null(column++);
    call.ended_at = query.integer_or_null(column++);
    call.duration_seconds = query.integer_or_null(column++);
    call.lost = query.integer(column++) != 0;
    call.cause = query.text_or_null(column++);
    call.cause_code = query.integer_or_null(column++);
    call.revision = query.integer(column++);
    call.disposition = query.text_or_null(column++);
    call.notes = query.text_or_null(column++);
    call.contact_name = query.text_or_null(column++);
    found.push_back(std::move(call));
  }
  return found;
}

void CallLog::save(Call const& call) const {
  database_.run(std::string{"INSERT OR REPLACE INTO calls ("} + column_names +
                    ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                call.agent, call.task_sid, call.contact_id, static_cast<int>(call.contact_source), call.number,
                call.direction, call.task_status, call.task_at, call.call_state, call.call_at, call.started_at,
                call.answered_at, call.ended_at, call.duration_seconds, call.lost, call.cause, call.cause_code,
                call.revision, call.disposition, call.notes);
}

std::optional<Call> CallLog::find(std::string_view agent, std::string_view task_sid) const {
  auto found = select("WHERE agent = ? AND task_sid = ?", agent, task_sid);
  return found.empty() ? std::nullopt : std::optional{std::move(found.front())};
}

std::vector<Call> CallLog::of_agent(std::string_view agent) const {
  return select("WHERE agent = ? ORDER BY started_at DESC, task_sid LIMIT 50", agent);
}

std::vector<Call> CallLog::of_contact(std::string_view contact_id) const {
  return select("WHERE contact_id = ? ORDER BY started_at DESC, task_sid LIMIT 50", contact_id);
}

}  // namespace crm
