#include "field_codec.hpp"

#include "leaf_codec.hpp"

#include <algorithm>
#include <bit>

namespace flexcrm::detail {
namespace {

using Kind = Rule::Kind;

Error fault(Errc code, Node const& node, ReadContext const& context) {
  return make_error(code, context.outline.pointer(context.base, node));
}

std::optional<Error> read_attributes(Rule const& rule, Node const& node, Attributes& target,
                                     ReadContext const& context) {
  // REST and the event bridge give a task's attributes as a string that holds JSON.
  Outline inner;
  Outline const* outline = &context.outline;
  Node const* root = &node;
  if (node.kind == Node::Kind::string) {
    auto const& limits = context.options.limits;
    if (auto error = rule.words.empty() ? inner.read_root(node.text, limits) : inner.read(node.text, limits)) {
      error->pointer.insert(0, context.outline.pointer(context.base, node));
      return error;
    }
    outline = &inner;
    root = &inner.root();
  }
  if (root->kind != Node::Kind::object) return fault(Errc::wrong_type, node, context);
  for (auto const word : rule.words) {
    if (!outline->member(*root, word)) continue;
    auto error = fault(Errc::reserved_attribute, node, context);
    append_token(error.pointer, word);
    return error;
  }
  AttributesAccess::assign(target, root->raw, root->extent);
  return std::nullopt;
}

std::optional<Error> read_value(Rule const& rule, Access const& access, Node const& node, void* target,
                                ReadContext const& context) {
  switch (rule.kind) {
    case Kind::attributes: return read_attributes(rule, node, *static_cast<Attributes*>(target), context);
    case Kind::object:
      if (node.kind != Node::Kind::object) return fault(Errc::wrong_type, node, context);
      return read_fields(*rule.table, node, target, context);
    case Kind::list:
      if (node.kind != Node::Kind::array) return fault(Errc::wrong_type, node, context);
      for (Node const* item = context.outline.begin(node); item != context.outline.end(node);
           item = context.outline.after(*item))
        // A list's access has it. NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage)
        if (auto error = read_value(*rule.item, {}, *item, access.append(target), context)) return error;
      return std::nullopt;
    default:
      if (auto const code = read_scalar(rule, node, target, context.options)) return fault(*code, node, context);
      return std::nullopt;
  }
}

// Is what was written last, from a place on, a string of UTF-8? Rare, and kept out of write_text().
[[gnu::noinline]] void read_again(Writer& writer, std::size_t begin) {
  Limits limits;
  limits.frame_bytes = writer.out.size();
  if (writer.outline.read(std::string_view{writer.out}.substr(begin), limits)) writer.is_certain = false;
}

void write_text(std::string_view text, Writer& writer) {
  auto const begin = writer.out.size();
  if (!append_string(writer.out, text)) read_again(writer, begin);
}

void open(Writer& writer, char bracket) {
  writer.out += bracket;
  writer.extent.depth = std::max(writer.extent.depth, ++writer.depth);
}
void close(Writer& writer, char bracket) {
  writer.out += bracket;
  --writer.depth;
}

void write_value(Rule const& rule, Access const& access, void const* source, Writer& writer) {
  switch (rule.kind) {
    case Kind::text:
    case Kind::sid:
    case Kind::destination:
    case Kind::digits: write_text(*static_cast<std::string const*>(source), writer); break;
    case Kind::choice: write_text(rule.word(source), writer); break;
    case Kind::flag: writer.out += *static_cast<bool const*>(source) ? "true" : "false"; break;
    case Kind::integer: append_integer(writer.out, *static_cast<std::int64_t const*>(source)); break;
    case Kind::time: write_text(to_iso8601(*static_cast<Timestamp const*>(source)), writer); break;
    case Kind::attributes: {
      auto const& attributes = *static_cast<Attributes const*>(source);
      auto const inside = AttributesAccess::extent(attributes);
      writer.extent.members += inside.members;
      writer.extent.depth = std::max(writer.extent.depth, writer.depth + inside.depth);
      writer.out += attributes.text();
      break;
    }
    case Kind::object: write_fields(*rule.table, source, writer); break;
    case Kind::list:
      open(writer, '[');
      for (std::size_t i = 0; i < access.size(source); ++i) {
        if (i > 0) writer.out += ',';
        write_value(*rule.item, {}, access.item(source, i), writer);
      }
      close(writer, ']');
      break;
  }
}

/// Of the texts that are written as they are.
std::size_t size_of_attributes(Table const& table, void const* source) {
  std::size_t bytes = 0;
  for (Row const& row : table.rows)
    if (row.rule.kind == Kind::attributes)
      if (void const* value = row.access.look(source)) bytes += static_cast<Attributes const*>(value)->text().size();
  return bytes;
}

std::string pointer_to(Place const* place) {
  std::string pointer;
  if (!place) return pointer;
  pointer = pointer_to(place->owner);
  append_token(pointer, place->name.empty() ? std::to_string(place->index) : place->name);
  return pointer;
}

// Rare, and kept out of check_value(), which then is short.
[[gnu::noinline]] void add_fault(Errc code, Place const& place, std::vector<Error>& faults) {
  if (faults.size() < max_faults) faults.push_back(make_error(code, pointer_to(&place)));
}
[[gnu::noinline]] void check_reserved(std::span<std::string_view const> words, Attributes const& attributes,
                                      std::vector<Error>& faults, Place const& place) {
  auto const object = attributes.object();
  for (auto const word : words) {
    if (!object.contains(word) || faults.size() == max_faults) continue;
    auto error = make_error(Errc::reserved_attribute, pointer_to(&place));
    append_token(error.pointer, word);
    faults.push_back(std::move(error));
  }
}

void check_value(Rule const& rule, Access const& access, void const* source, CodecOptions const& options,
                 std::vector<Error>& faults, Place const& place) {
  std::optional<Errc> code;
  switch (rule.kind) {
    case Kind::text:
    case Kind::sid:
    case Kind::destination:
    case Kind::digits: code = check_text(rule, *static_cast<std::string const*>(source), options); break;
    case Kind::choice: {
      auto const word = rule.word(source);
      if (word.empty()) add_fault(Errc::unknown_value, place, faults);
      if (word.size() > options.limits.text_bytes) code = Errc::too_long;
      break;
    }
    case Kind::flag: break;
    case Kind::time:
      if (!is_writable(*static_cast<Timestamp const*>(source))) code = Errc::invalid_time;
      break;
    case Kind::integer: code = check_integer(rule, *static_cast<std::int64_t const*>(source)); break;
    case Kind::attributes:
      if (!rule.words.empty()) check_reserved(rule.words, *static_cast<Attributes const*>(source), faults, place);
      break;
    case Kind::object: check_fields(*rule.table, source, options, faults, &place); break;
    case Kind::list:
      // A list's access has it. NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage)
      for (std::size_t i = 0; i < access.size(source); ++i)
        check_value(*rule.item, {}, access.item(source, i), options, faults, {.owner = &place, .index = i});
      break;
  }
  if (code) add_fault(*code, place, faults);
}

}  // namespace

bool is_right_number(Table const& table, std::uint64_t present) noexcept {
  auto const count = [&](std::span<std::string_view const> names) {
    std::size_t found = 0;
    for (auto left = present; left != 0; left &= left - 1) {
      auto const& row = table.rows[static_cast<std::size_t>(std::countr_zero(left))];
      if (std::find(names.begin(), names.end(), row.name) != names.end()) ++found;
    }
    return found;
  };
  return (table.exactly_one.empty() || count(table.exactly_one) == 1) &&
         (table.at_least_one.empty() || count(table.at_least_one) >= 1);
}

std::optional<Error> check_presence(Table const& table, std::uint64_t present) {
  if (is_complete(table, present)) return std::nullopt;
  auto const missing = table.required & ~present;
  if (missing == 0) return make_error(Errc::not_exactly_one);
  auto const first = static_cast<std::size_t>(std::countr_zero(missing));
  return make_error(Errc::missing_member, "/" + std::string{table.rows[first].name});
}

std::optional<Error> read_fields(Table const& table, Node const& object, void* target, ReadContext const& context) {
  std::uint64_t present = 0;
  std::size_t next = 0;
  for (Node const* child = context.outline.begin(object); child != context.outline.end(object);
       child = context.outline.after(*child)) {
    auto const index = find_row(table, child->key, next);
    if (index == table.rows.size()) continue;  // a member of a later version
    next = index + 1;
    Row const& row = table.rows[index];
    if (row.rule.nullable && child->kind == Node::Kind::null) continue;
    present |= std::uint64_t{1} << index;
    if (auto error = read_value(row.rule, row.access, *child, row.access.make(target), context)) return error;
  }
  clear_absent(table, present, target);
  auto error = check_presence(table, present);
  if (error) error->pointer.insert(0, context.outline.pointer(context.base, object));
  return error;
}

void clear_absent(Table const& table, std::uint64_t present, void* target) {
  for (auto absent = table.optional & ~present; absent != 0; absent &= absent - 1)
    table.rows[static_cast<std::size_t>(std::countr_zero(absent))].access.clear(target);
}

void reserve_for(Table const& table, void const* source, std::string& out) {
  constexpr std::size_t usual = 384;  // of the other members, and the envelope
  out.reserve(usual + size_of_attributes(table, source));
}

void write_fields(Table const& table, void const* source, Writer& writer) {
  open(writer, '{');
  bool first = true;
  for (Row const& row : table.rows) {
    void const* value = row.access.look(source);
    if (!value) continue;
    writer.out += row.label.text(first);
    first = false;
    ++writer.extent.members;
    write_value(row.rule, row.access, value, writer);
  }
  close(writer, '}');
}

void check_fields(Table const& table, void const* source, CodecOptions const& options, std::vector<Error>& faults,
                  Place const* place) {
  std::uint64_t present = 0;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    Row const& row = table.rows[i];
    void const* value = row.access.look(source);
    if (!value) continue;
    present |= std::uint64_t{1} << i;
    check_value(row.rule, row.access, value, options, faults, {.owner = place, .name = row.name});
  }
  if (is_complete(table, present) || faults.size() == max_faults) return;
  auto error = check_presence(table, present);
  error->pointer.insert(0, pointer_to(place));
  faults.push_back(*std::move(error));
}

}  // namespace flexcrm::detail
