#include "request_reader.hpp"

#include "field_codec.hpp"
#include "leaf_codec.hpp"
#include "registry.hpp"
#include "strict_json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>

#include <algorithm>
#include <array>
#include <span>

namespace flexcrm::detail {
namespace json = boost::json;

namespace {

// The members of a frame, in the order in which peers write them. The last two make an answer of it.
enum Part : std::size_t { version, id, method, params, result, error };
constexpr std::array<Row, 6> parts{{{.name = "jsonrpc"},
                                    {.name = "id"},
                                    {.name = "method"},
                                    {.name = "params"},
                                    {.name = "result", .rule = {.nullable = true}},
                                    {.name = "error"}}};
constexpr std::uint64_t bit_of(Part part) noexcept { return std::uint64_t{1} << part; }
constexpr Table envelope{.rows = parts,
                         .required = bit_of(version) | bit_of(method) | bit_of(params),
                         .optional = bit_of(id) | bit_of(result) | bit_of(error)};

}  // namespace

// Receives the parser's events. Attributes, and members of later versions, stay unread: of them only names, numbers and
// depth are checked. The text of attributes and params begins behind their name and ends before the next name, or at the
// end of the frame, with nothing but white space, brackets and a comma between.
class RequestHandler : public ParserHandler {
 public:
  RequestHandler(RequestReader& reader, Request& request, std::string_view text, CodecOptions const& options)
      : request_{request},
        options_{options},
        levels_{reader.levels_.data()},
        endings_{reader.endings_.data()},
        strings_{reader.strings_, text},
        level_{level_of(envelope, &request)} {
    request_.id.reset();
  }

  /// At the end of the text: is it complete and right?
  RequestReader::Found finish(std::string_view text) {
    using enum RequestReader::Found;
    if (strings_.has_doubled_name() || extent_.members > options_.limits.members) return nothing;
    if (level_.left == (bit_of(method) | bit_of(params) | bit_of(error)) && level_.others == 0) return null_answer;
    constexpr auto answer = bit_of(result) | bit_of(error);
    if ((level_.left & ~bit_of(id)) != answer || !fits(entry_->type, request_.id)) return nothing;
    end_before(text.data() + text.size());
    return request;
  }

  bool on_object_begin(error_code& ec) {
    ++depth_;
    if (unread_depth_ == 0) return begin_object(ec);
    strings_.begin_object();
    return descend();
  }
  bool on_array_begin(error_code& ec) {
    ++depth_;
    return unread_depth_ > 0 ? descend() : begin_list(ec);
  }
  bool on_object_end(std::size_t count, error_code& ec) {
    extent_.members += static_cast<std::uint32_t>(count);
    if (unread_depth_ == 0) return end_struct(ec);
    strings_.end_object(count);
    return ascend();
  }
  bool on_array_end(std::size_t, error_code&) { return unread_depth_ > 0 ? ascend() : end_list(); }

  bool on_key_part(std::string_view part, std::size_t, error_code&) { return keep(part); }
  bool on_key(std::string_view part, std::size_t size, error_code& ec) {
    if (unread_depth_ == 0) return begin_member(part, size, ec);
    auto const name = strings_.whole(part, size);
    strings_.add_name(name);
    return depth_ != reserved_depth_ || !is_reserved(name) || give_up(ec);
  }
  bool on_string_part(std::string_view part, std::size_t, error_code&) { return unread_depth_ > 0 || keep(part); }
  bool on_string(std::string_view part, std::size_t size, error_code& ec) {
    if (unread_depth_ > 0) return true;
    return strings_.is_verbatim(part, size) ? take_text(part, ec) : take_joined_text(part, size, ec);
  }
  bool on_int64(std::int64_t value, std::string_view, error_code& ec) {
    return unread_depth_ > 0 || take_integer(value, ec);
  }
  bool on_uint64(std::uint64_t, std::string_view part, error_code& ec) {
    return unread_depth_ > 0 || take_number(part, ec);
  }
  bool on_double(double value, std::string_view part, error_code& ec) {
    if (may_be_infinite(value)) return give_up(ec);
    return unread_depth_ > 0 || take_number(part, ec);
  }
  bool on_bool(bool value, error_code& ec) { return unread_depth_ > 0 || take_flag(value, ec); }
  bool on_null(error_code& ec) { return unread_depth_ > 0 || take_null(ec); }

 private:
  using Level = RequestReader::Level;
  using Ending = RequestReader::Ending;

  [[gnu::cold, gnu::noinline]] static bool give_up(error_code& ec) noexcept {
    ec = json::error::exception;  // any will do
    return false;
  }

  bool keep(std::string_view part) {
    strings_.keep(part);
    return true;
  }

  // -- what stays unread

  void begin_unread_object(std::span<std::string_view const> reserved) {
    unread_depth_ = depth_;
    reserved_ = reserved;
    if (!reserved.empty()) reserved_depth_ = depth_;
    outside_ = extent_.members;
    extent_.depth = depth_;
    strings_.begin_object();
  }
  bool descend() noexcept {
    if (extent_.depth < depth_) extent_.depth = depth_;
    return true;
  }
  bool ascend() {
    if (depth_-- == unread_depth_) end_unread();
    return true;
  }
  [[gnu::noinline]] void end_unread() {
    unread_depth_ = 0;
    reserved_depth_ = 0;
    if (!level_.row) return;  // a member of a later version
    Extent const inside{extent_.members - outside_, extent_.depth - depth_};
    end({AttributesAccess::assign(*attributes_, inside), value_begin()});
  }
  [[gnu::noinline]] bool is_reserved(std::string_view name) const noexcept {
    return std::find(reserved_.begin(), reserved_.end(), name) != reserved_.end();
  }

  // -- structs and lists. What follows is kept out of the parser's loops, which are made of what is above.

  [[gnu::noinline]] bool begin_object(error_code& ec) {
    if (depth_ == 1) return true;
    Row const* row = level_.row;
    if (!level_.table) {
      // It is appended when its first name tells where the one before it ended: appending moves them.
      if (row->rule.item->kind != Rule::Kind::object) return give_up(ec);
      enter();
      level_ = {.table = row->rule.item->table};
    } else if (!row) {
      begin_unread_object({});
    } else if (depth_ == 2) {
      if (row != &parts[params] || !entry_) return give_up(ec);
      params_begin_ = value_begin();
      enter();
      level_ = level_of(entry_->table, message_);
    } else if (row->rule.kind == Rule::Kind::object) {
      void* const target = row->access.make(level_.target);
      enter();
      level_ = level_of(*row->rule.table, target);
    } else if (row->rule.kind == Rule::Kind::attributes) {
      attributes_ = static_cast<Attributes*>(row->access.make(level_.target));
      begin_unread_object(row->rule.words);
    } else {
      return give_up(ec);
    }
    return true;
  }
  [[gnu::noinline]] bool begin_list(error_code& ec) {
    Row const* row = level_.row;
    if (depth_ == 1 || !level_.table) return give_up(ec);
    if (!row) {
      unread_depth_ = depth_;
      return true;
    }
    if (row->rule.kind != Rule::Kind::list) return give_up(ec);
    void* const target = row->access.make(level_.target);
    enter();
    level_ = {.target = target, .row = row};
    return true;
  }
  void enter() noexcept { *levels_++ = level_; }
  static Level level_of(Table const& table, void* target) noexcept {
    return {.table = &table, .target = target, .next = table.rows.data(), .left = table.all()};
  }

  [[gnu::noinline]] bool end_struct(error_code& ec) {
    if (--depth_ > 0) {
      if (!level_.target) return give_up(ec);
      auto const present = level_.table->all() & ~level_.left & ~level_.null;
      if (!is_complete(*level_.table, present)) return give_up(ec);
      clear_absent(*level_.table, present, level_.target);
      level_ = *--levels_;
      if (depth_ == 1) return end({&request_.params, params_begin_});
    }
    return ended_ == 0 || end({});
  }
  [[gnu::noinline]] bool end_list() {
    --depth_;
    level_ = *--levels_;
    return ended_ == 0 || end({});
  }
  bool end(Ending const& ending) noexcept {
    endings_[ended_++] = ending;
    return true;
  }

  // -- members

  bool begin_member(std::string_view name, std::size_t size, error_code& ec) {
    if (!strings_.is_verbatim(name, size)) return give_up(ec);
    name_end_ = name.data() + name.size();
    if (ended_ > 0 || (level_.left & level_.next_bit) == 0 || !same_short(level_.next->name, name))
      return begin_other_member(name, ec);
    begin_next();
    return true;
  }
  void begin_next() noexcept {
    level_.left ^= level_.next_bit;
    level_.next_bit <<= 1;
    level_.row = level_.next++;
  }
  // Not the one that comes next in the table, or the first of an element or after attributes.
  [[gnu::noinline]] bool begin_other_member(std::string_view name, error_code& ec) {
    if (ended_ > 0) end_before_name(name);
    if (!level_.target) {
      auto const& list = levels_[-1];
      level_ = level_of(*level_.table, list.row->access.append(list.target));
    }
    auto const& rows = level_.table->rows;
    auto const index = find_row(*level_.table, name, static_cast<std::size_t>(level_.next - rows.data()));
    if (index < rows.size()) {
      level_.next = &rows[index];
      level_.next_bit = std::uint64_t{1} << index;
      if ((level_.left & level_.next_bit) == 0) return give_up(ec);
      begin_next();
      return true;
    }
    auto const bit = Strings::bit_of(name);
    if ((level_.others & bit) != 0) return give_up(ec);  // it may be the same name
    level_.others |= bit;
    level_.row = nullptr;
    return true;
  }

  // Of a container that is a member.
  char const* value_begin() const noexcept {
    char const* place = name_end_ + 1;
    while (*place != '{') ++place;
    return place;
  }

  [[gnu::noinline]] void end_before_name(std::string_view name) {
    char const* place = name.data() - 1;
    while (*place != ',') --place;
    end_before(place);
  }
  void end_before(char const* place) {
    for (; ended_ > 0; --place) {
      while (is_space(place[-1])) --place;
      auto const& [text, begin] = endings_[--ended_];
      if (text) text->assign(begin, static_cast<std::size_t>(place - begin));
    }
  }

  // -- values

  [[gnu::noinline]] bool take_joined_text(std::string_view part, std::size_t size, error_code& ec) {
    return take_text(strings_.whole(part, size), ec);
  }
  [[gnu::noinline]] bool take_text(std::string_view text, error_code& ec) {
    Row const* row = level_.row;
    if (!row) return true;
    return depth_ == 1 ? take_part(row, text, ec) : take_field(*row, text, ec);
  }
  [[gnu::noinline]] bool take_field(Row const& row, std::string_view text, error_code& ec) {
    auto const [rule, target] = place_of(row);
    return !read_text(rule, text, target, options_) || give_up(ec);
  }
  [[gnu::noinline]] bool take_integer(std::int64_t value, error_code& ec) {
    Row const* row = level_.row;
    if (!row) return true;
    if (depth_ == 1) return (row == &parts[id] && (request_.id = read_id(value))) || give_up(ec);
    auto const [rule, target] = place_of(*row);
    return !read_integer(rule, value, target) || give_up(ec);
  }
  [[gnu::noinline]] bool take_number(std::string_view raw, error_code& ec) {
    Row const* row = level_.row;
    if (!row) return true;
    if (depth_ == 1) return give_up(ec);
    auto const [rule, target] = place_of(*row);
    return !read_number(rule, raw, target) || give_up(ec);
  }
  [[gnu::noinline]] bool take_flag(bool flag, error_code& ec) {
    Row const* row = level_.row;
    if (!row) return true;
    if (depth_ == 1) return give_up(ec);
    auto const [rule, target] = place_of(*row);
    return !read_flag(rule, flag, target) || give_up(ec);
  }
  [[gnu::noinline]] bool take_null(error_code& ec) {
    Row const* row = level_.row;
    if (!row) return true;
    if (!level_.table || !row->rule.nullable) return give_up(ec);
    level_.null |= std::uint64_t{1} << (row - level_.table->rows.data());
    return true;
  }

  // What a value must be, and where it goes.
  struct Place {
    Rule const& rule;
    void* target;
  };
  Place place_of(Row const& row) const {
    if (level_.table) return {row.rule, row.access.make(level_.target)};
    return {*row.rule.item, row.access.append(level_.target)};
  }

  [[gnu::noinline]] bool take_part(Row const* row, std::string_view text, error_code& ec) {
    if (row == &parts[version]) return same_short(text, "2.0") || give_up(ec);
    if (row == &parts[id]) return (request_.id = read_id(text)) || give_up(ec);
    entry_ = row == &parts[method] ? find_message(text) : nullptr;
    if (!entry_) return give_up(ec);
    message_ = entry_->emplace(request_.message);
    return true;
  }

  Request& request_;
  MessageEntry const* entry_ = nullptr;  // of the method, and the message
  void* message_ = nullptr;
  CodecOptions const& options_;
  Level* levels_;  // behind those around the innermost one
  Ending* endings_;
  std::size_t ended_ = 0;
  Strings strings_;
  Level level_;
  Extent extent_;                     // members of the whole text; levels of what is unread
  std::uint32_t depth_ = 0;           // open containers
  std::uint32_t unread_depth_ = 0;    // of the unread container that is open, 0: there is none
  std::uint32_t reserved_depth_ = 0;  // the same, if names are reserved there
  std::uint32_t outside_ = 0;         // members before what is unread
  std::span<std::string_view const> reserved_;
  Attributes* attributes_ = nullptr;  // that are unread
  char const* params_begin_ = nullptr;
  char const* name_end_ = nullptr;
};

RequestReader::Found RequestReader::read(Request& request, std::string_view frame, CodecOptions const& options) {
  if (frame.size() > options.limits.frame_bytes) return Found::nothing;
  json::parse_options parse_options;
  parse_options.max_depth = options.limits.depth;
  json::basic_parser<RequestHandler> parser{parse_options, *this, request, frame, options};
  error_code ec;
  auto const consumed = parser.write_some(false, frame.data(), frame.size(), ec);
  return !ec && consumed == frame.size() ? parser.handler().finish(frame) : Found::nothing;
}

}  // namespace flexcrm::detail
