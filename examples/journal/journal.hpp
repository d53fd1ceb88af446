#pragma once

#include <flexcrm/message.hpp>

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace examples {

/// Whose request a line is about: `out` is this program's own, `in` the other side's.
enum class Way { in, out };

/// What a program did, one JSON object a line (docs/journal.md). A line is in the file when the function that wrote it
/// returns: it outlives the process, however that ends. A line that cannot be written throws std::system_error, so that
/// nothing goes on unrecorded.
///
/// Without a file nothing is written. Thread safety: shared objects are safe.
class Journal {
 public:
  /// Appends to a file, which is made when it is missing, that `program` has started; an empty path is no file.
  /// Telephone numbers are masked and the messages left out, unless `full`. Throws std::system_error.
  Journal(std::string const& path, bool full, std::string_view program);
  ~Journal();
  Journal(Journal const&) = delete;
  Journal& operator=(Journal const&) = delete;

  bool is_open() const noexcept { return file_ >= 0; }

  /// The session of an agent has a connection. `reset`: an older session was lost.
  void opened(std::string const& agent, std::string const& session, bool resumed, bool reset) const;
  /// It has none for now.
  void lost(std::string const& agent, flexcrm::Error const& why) const;
  /// It will not have one again by itself.
  void over(std::string const& agent, flexcrm::Error const& why) const;

  /// A message goes to the library now.
  void issued(std::string const& agent, flexcrm::Message const& message) const;
  /// A message has reached its handler.
  void handled(std::string const& agent, flexcrm::Message const& message) const;
  /// The call is being placed: the effect of a DialRequest.
  void dialled(std::string const& agent, flexcrm::DialRequest const& dial) const;
  /// A request has ended: without an error it was done, or placed.
  void ended(Way way, std::string const& agent, flexcrm::Message const& message,
             std::optional<flexcrm::Error> const& error = {}) const;

 private:
  boost::json::object begin(std::string_view step, std::string const& agent) const;
  boost::json::object begin(std::string_view step, Way way, std::string const& agent,
                            flexcrm::Message const& message) const;
  void closed(std::string_view step, std::string const& agent, flexcrm::Error const& why) const;
  void write_whole(boost::json::object line, flexcrm::Message const& message) const;
  void write(boost::json::object const& line, std::string const& params = {}) const;

  int file_ = -1;
  bool full_;
};

}  // namespace examples
