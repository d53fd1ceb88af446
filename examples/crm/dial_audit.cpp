#include "dial_audit.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace crm {
namespace {

using flexcrm::Timestamp;

// step: what a row tells. A `request` has issuer, dial_id, number, contact_id and verdict; an `end` has outcome and task_sid, a
// `call` has call_sid, and both name their request. reason and detail: why not, in the protocol's words.

constexpr std::int64_t most_refusals = 60;  // of one agent in a minute
constexpr std::int64_t minute = 60'000;
constexpr std::size_t text_bytes = 64;

constexpr std::array<char const*, 14> header{"id",      "at",       "agent",    "issuer", "number",
                                             "contact", "verdict",  "outcome",  "reason", "detail",
                                             "ended",   "task_sid", "call_sid", "skipped"};

/// The beginning of a text that somebody typed: at most so many bytes, no part of a character, on one line.
std::string beginning(std::string_view text) {
  auto size = std::min(text.size(), text_bytes);
  if (size < text.size())
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80) --size;
  std::string line{text.substr(0, size)};
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; }, ' ');
  return line;
}

std::optional<std::string> contact_of(flexcrm::DialRequest const& dial) {
  return dial.customer ? std::optional{beginning(dial.customer->id)} : std::nullopt;
}

std::string time_text(std::optional<std::int64_t> at) {
  return at ? flexcrm::to_iso8601(Timestamp{std::chrono::milliseconds{*at}}) : std::string{};
}

/// What is no number was typed by somebody, and stays as it is.
std::string uri_of(std::string const& number) {
  auto const kind = flexcrm::classify_destination(number);
  return kind && *kind == flexcrm::DestinationKind::phone_number ? "tel:" + number : number;
}

}  // namespace

// A spreadsheet takes a cell that begins so for a formula, whatever quotes are around it; wide forms are as good to some.
std::string csv_cell(std::string_view text) {
  std::string cell;
  auto const first = text.find_first_not_of(' ');
  auto const rest = first == std::string_view::npos ? std::string_view{} : text.substr(first);
  bool formula = !rest.empty() && std::string_view{"=+-@\t\r\n"}.find(rest.front()) != std::string_view::npos;
  for (std::string_view const wide : {"\uff1d", "\uff0b", "\uff0d", "\uff20", "\u2212"})
    formula = formula || rest.starts_with(wide);
  if (formula) cell += '\'';
  cell += text;
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string quoted{"\""};
  for (char const c : cell) quoted += c == '"' ? std::string{"\"\""} : std::string{c};
  return quoted + '"';
}

DialAudit::DialAudit(Database const& database, std::string node, Clock now)
    : database_{database}, node_{std::move(node)}, now_{now ? std::move(now) : std::chrono::system_clock::now} {
  database_.run(
      "INSERT INTO audit (at, agent, step, request, outcome, reason) "
      "SELECT ?, agent, 'end', id, 'unknown', 'session_lost' FROM audit AS asked WHERE step = 'request' AND verdict = 'allowed' "
      "AND node = ? AND NOT EXISTS (SELECT 1 FROM audit WHERE request = asked.id AND step = 'end')",
      this->now(), node_);
}

std::int64_t DialAudit::now() const {
  return std::chrono::floor<std::chrono::milliseconds>(now_()).time_since_epoch().count();
}

void DialAudit::allowed(std::string const& agent, flexcrm::DialRequest const& dial) {
  database_.run(
      "INSERT INTO audit (at, agent, node, step, issuer, dial_id, number, contact_id, verdict) "
      "VALUES (?, ?, ?, 'request', 'session', ?, ?, ?, 'allowed')",
      now(), agent, node_, dial.dial_id, dial.destination, contact_of(dial));
}

bool DialAudit::dialled(std::string const& agent, flexcrm::DialRequest const& dial,
                        flexcrm::Result<flexcrm::DialResult> const& result) {
  auto const request = request_of(agent, dial.dial_id, "end");
  auto const code = result ? flexcrm::Errc{} : static_cast<flexcrm::Errc>(result.error().code.value());
  auto const reason = result ? std::string_view{} : flexcrm::name(code);
  if (!request) {
    if (!result)
      refuse(agent, "session", dial.dial_id, dial.destination, contact_of(dial), reason, result.error().detail);
    return false;
  }
  auto const outcome = flexcrm::outcome_of(result);
  database_.run(
      "INSERT INTO audit (at, agent, step, request, outcome, reason, detail, task_sid) VALUES (?, ?, 'end', ?, ?, ?, ?, ?)",
      now(), agent, *request, enum_words(outcome)[static_cast<std::size_t>(outcome)], reason,
      result ? std::string{} : result.error().detail, result ? result->task_sid : std::nullopt);
  return true;
}

void DialAudit::refused(std::string const& agent, std::string_view text, std::string_view reason,
                        std::optional<std::string> const& contact_id) {
  refuse(agent, "api", {}, text, contact_id ? std::optional{beginning(*contact_id)} : std::nullopt, reason, {});
}

void DialAudit::refuse(std::string const& agent, std::string_view issuer, std::string_view dial_id,
                       std::string_view number, std::optional<std::string> const& contact_id, std::string_view reason,
                       std::string_view detail) {
  auto const at = now();
  auto& known = refusals_[agent];
  if (at < known.since || at - known.since >= minute) known = {at, 0, known.skipped};
  if (known.written >= most_refusals) {
    ++known.skipped;
    return;
  }
  database_.run(
      "INSERT INTO audit (at, agent, step, issuer, dial_id, number, contact_id, verdict, outcome, reason, detail, skipped) "
      "VALUES (?, ?, 'request', ?, ?, ?, ?, 'refused', 'refused', ?, ?, ?)",
      at, agent, issuer, dial_id, beginning(number), contact_id, reason, detail, known.skipped);
  ++known.written;
  known.skipped = 0;
}

void DialAudit::heard(std::string const& agent, flexcrm::CallChanged const& call) {
  if (!call.dial_id || !call.call_sid) return;
  if (auto const request = request_of(agent, *call.dial_id, "call"))
    database_.run("INSERT INTO audit (at, agent, step, request, call_sid) VALUES (?, ?, 'call', ?, ?)", now(), agent,
                  *request, *call.call_sid);
}

void DialAudit::heard(std::string const& agent, flexcrm::Snapshot const& whole) {
  for (auto const& call : whole.calls) heard(agent, call);
}

/// The newest request of this name that was allowed, if it has no row of this step yet.
std::optional<std::int64_t> DialAudit::request_of(std::string const& agent, std::string const& dial_id,
                                                  std::string const& without) const {
  auto found = database_.prepare(
      "SELECT id, EXISTS (SELECT 1 FROM audit WHERE request = asked.id AND step = ?3) FROM audit AS asked "
      "WHERE agent = ?1 AND dial_id = ?2 AND step = 'request' AND verdict = 'allowed' ORDER BY id DESC LIMIT 1");
  found.bind(agent, dial_id, without);
  if (!found.step() || found.integer(1) != 0) return std::nullopt;
  return found.integer(0);
}

DialAudit::Export DialAudit::csv(std::optional<std::int64_t> before, std::size_t limit) const {
  auto rows = database_.prepare(
      "SELECT asked.id, asked.at, asked.agent, asked.issuer, asked.number, asked.contact_id, asked.verdict, "
      "coalesce(asked.outcome, ended.outcome, 'open'), coalesce(asked.reason, ended.reason), coalesce(asked.detail, ended.detail), "
      "ended.at, ended.task_sid, called.call_sid, asked.skipped FROM audit AS asked "
      "LEFT JOIN audit AS ended ON ended.request = asked.id AND ended.step = 'end' "
      "LEFT JOIN audit AS called ON called.request = asked.id AND called.step = 'call' "
      "WHERE asked.step = 'request' AND (?1 IS NULL OR asked.id < ?1) ORDER BY asked.id DESC LIMIT ?2");
  rows.bind(before, limit + 1);
  Export result;
  for (auto const* name : header) result.csv += (name == header.front() ? "" : ",") + std::string{name};
  result.csv += "\r\n";
  std::int64_t last = 0;
  for (std::size_t count = 0; rows.step(); ++count) {
    if (count == limit) {
      result.before = last;
      break;
    }
    last = rows.integer(0);
    for (int column = 0; column < static_cast<int>(header.size()); ++column) {
      if (column > 0) result.csv += ',';
      auto const is_time = column == 1 || column == 10;
      auto const text = is_time       ? time_text(rows.integer_or_null(column))
                        : column == 4 ? uri_of(rows.text(column))
                                      : rows.text(column);
      result.csv += csv_cell(text);
    }
    result.csv += "\r\n";
  }
  return result;
}

}  // namespace crm
