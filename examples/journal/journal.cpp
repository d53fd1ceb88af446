#include "journal.hpp"

#include <flexcrm/codec.hpp>

#include <boost/json/serialize.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <type_traits>

namespace examples {
namespace {

namespace json = boost::json;
using flexcrm::Message;

[[noreturn]] void fail(char const* what) { throw std::system_error{errno, std::system_category(), what}; }

/// What names a message on both sides; empty for those that need no name.
std::string id_of(Message const& message) {
  return std::visit(
      [](auto const& it) -> std::string {
        using T = std::decay_t<decltype(it)>;
        if constexpr (std::is_same_v<T, flexcrm::DialRequest>)
          return it.dial_id;
        else if constexpr (std::is_same_v<T, flexcrm::TaskChanged>)
          return it.task_sid + '/' + it.status.word() + '/' + flexcrm::to_iso8601(it.at);
        else if constexpr (std::is_same_v<T, flexcrm::CallChanged>)
          return it.task_sid + '/' + it.state.word() + '/' + flexcrm::to_iso8601(it.at);
        else if constexpr (std::is_same_v<T, flexcrm::TaskSelected> || std::is_same_v<T, flexcrm::TaskDeselected>)
          return it.task_sid.value_or("");
        else if constexpr (std::is_same_v<T, flexcrm::Snapshot>)
          return it.selected ? it.selected->task_sid.value_or("") : "";
        else
          return {};
      },
      message);
}

}  // namespace

Journal::Journal(std::string const& path, bool full, std::string_view program) : full_{full} {
  if (path.empty()) return;
  int const opened = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (opened < 0) fail("journal");
  file_ = opened;
  // What was killed in the middle of a line has left a part of one; ours must not be glued to it.
  auto const size = ::lseek(opened, 0, SEEK_END);
  char last = '\n';
  if (size > 0 && ::pread(file_, &last, 1, size - 1) == 1 && last != '\n' && ::write(file_, "\n", 1) != 1)
    fail("journal");
  auto line = begin("start", {});
  line["program"] = program;
  write(line);
}

Journal::~Journal() {
  if (is_open()) ::close(file_);
}

void Journal::opened(std::string const& agent, std::string const& session, bool resumed, bool reset) const {
  auto line = begin("open", agent);
  line["session"] = session;
  line["resumed"] = resumed;
  line["reset"] = reset;
  write(line);
}

void Journal::lost(std::string const& agent, flexcrm::Error const& why) const { closed("lost", agent, why); }

void Journal::over(std::string const& agent, flexcrm::Error const& why) const { closed("over", agent, why); }

void Journal::closed(std::string_view step, std::string const& agent, flexcrm::Error const& why) const {
  auto line = begin(step, agent);
  line["reason"] = flexcrm::to_string(why);
  write(line);
}

void Journal::issued(std::string const& agent, Message const& message) const {
  write_whole(begin("issued", Way::out, agent, message), message);
}

void Journal::handled(std::string const& agent, Message const& message) const {
  write_whole(begin("handled", Way::in, agent, message), message);
}

void Journal::dialled(std::string const& agent, flexcrm::DialRequest const& dial) const {
  write(begin("dialled", Way::in, agent, dial));
}

void Journal::ended(Way way, std::string const& agent, Message const& message,
                    std::optional<flexcrm::Error> const& error) const {
  auto line = begin("ended", way, agent, message);
  if (std::holds_alternative<flexcrm::DialRequest>(message)) {
    auto const outcome =
        flexcrm::outcome_of(error ? flexcrm::Result<flexcrm::DialResult>{*error} : flexcrm::DialResult{});
    line["outcome"] = enum_words(outcome)[static_cast<std::size_t>(outcome)];
  } else {
    line["outcome"] = error ? "failed" : "done";
  }
  if (error) line["reason"] = flexcrm::to_string(*error);
  write(line);
}

json::object Journal::begin(std::string_view step, std::string const& agent) const {
  using namespace std::chrono;
  json::object line{{"at", duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count()},
                    {"step", step}};
  if (!agent.empty()) line["agent"] = agent;
  return line;
}

json::object Journal::begin(std::string_view step, Way way, std::string const& agent, Message const& message) const {
  auto line = begin(step, agent);
  line["dir"] = way == Way::out ? "out" : "in";
  line["type"] = type_name(flexcrm::MessageType::of(message));
  if (auto id = id_of(message); !id.empty()) line["id"] = id;
  return line;
}

void Journal::write_whole(json::object line, Message const& message) const {
  if (auto const* dial = std::get_if<flexcrm::DialRequest>(&message)) {
    line["destination"] = full_ ? dial->destination : flexcrm::redact(dial->destination);
    line["lifetimeMs"] = dial->lifetime_ms;
  }
  if (auto const* task = std::get_if<flexcrm::TaskChanged>(&message); task && task->repeated == true)
    line["repeated"] = true;
  if (auto const* call = std::get_if<flexcrm::CallChanged>(&message); call && call->repeated == true)
    line["repeated"] = true;
  if (auto const* whole = std::get_if<flexcrm::Snapshot>(&message)) line["reset"] = whole->reset;
  // What cannot be encoded is refused by the library too, and ends with that reason.
  auto const params = full_ ? flexcrm::Codec{}.encode_params(message) : std::string{};
  write(line, params ? *params : std::string{});
}

void Journal::write(json::object const& line, std::string const& params) const {
  if (!is_open()) return;
  auto text = json::serialize(line);
  // As text, so that numbers stay as they are.
  if (!params.empty()) text.replace(text.size() - 1, 1, ",\"params\":" + params + '}');
  text += '\n';
  // One write a line: with O_APPEND lines of several threads do not mix.
  if (::write(file_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) fail("journal");
}

}  // namespace examples
