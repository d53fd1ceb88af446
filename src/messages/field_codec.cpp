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
    if (auto error = inner.read(node.text, context.options.limits, {.root = rule.words.empty()})) {
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

/// ISO 8601 as Flex and its REST API write it, or the event bridge's epoch seconds.
std::optional<Timestamp> read_time(Node const& node) {
  if (node.kind == Node::Kind::number) return from_epoch_seconds(node.raw);
  auto const at = from_iso8601(node.text);
  return at ? std::optional{*at} : std::nullopt;
}

std::optional<Error> read_value(Rule const& rule, Access const& access, Node const& node, void* target,
                                ReadContext const& context) {
  auto const wrong_type = [&] { return fault(Errc::wrong_type, node, context); };
  switch (rule.kind) {
    case Kind::text:
    case Kind::sid:
    case Kind::destination:
    case Kind::digits:
      if (node.kind != Node::Kind::string) return wrong_type();
      if (auto const code = check_text(rule, node.text, context.options)) return fault(*code, node, context);
      *static_cast<std::string*>(target) = node.text;
      return std::nullopt;
    case Kind::choice:
      if (node.kind != Node::Kind::string) return wrong_type();
      if (node.text.size() > context.options.limits.text_bytes) return fault(Errc::too_long, node, context);
      if (!rule.assign(target, node.text)) return fault(Errc::unknown_value, node, context);
      return std::nullopt;
    case Kind::flag:
      if (node.kind != Node::Kind::boolean) return wrong_type();
      *static_cast<bool*>(target) = node.raw == "true";
      return std::nullopt;
    case Kind::integer: {
      if (node.kind != Node::Kind::number) return wrong_type();
      auto const value = to_integer(node);
      if (!value) return fault(Errc::not_an_integer, node, context);
      if (auto const code = check_integer(rule, *value)) return fault(*code, node, context);
      *static_cast<std::int64_t*>(target) = *value;
      return std::nullopt;
    }
    case Kind::time: {
      if (node.kind != Node::Kind::string && node.kind != Node::Kind::number) return wrong_type();
      auto const at = read_time(node);
      if (!at) return fault(Errc::invalid_time, node, context);
      *static_cast<Timestamp*>(target) = *at;
      return std::nullopt;
    }
    case Kind::attributes: return read_attributes(rule, node, *static_cast<Attributes*>(target), context);
    case Kind::object:
      if (node.kind != Node::Kind::object) return wrong_type();
      return read_fields(*rule.table, node, target, context);
    case Kind::list:
      if (node.kind != Node::Kind::array) return wrong_type();
      for (Node const* item = context.outline.begin(node); item != context.outline.end(node);
           item = context.outline.after(*item))
        if (auto error = read_value(*rule.item, {}, *item, access.append(target), context)) return error;
      return std::nullopt;
  }
  return std::nullopt;
}

void write_text(std::string_view text, Writer& writer) {
  auto const begin = writer.out.size();
  if (append_string(writer.out, text)) return;
  Limits limits;
  limits.frame_bytes = writer.out.size();
  if (writer.outline.read(std::string_view{writer.out}.substr(begin), limits)) writer.is_certain = false;
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

void check_value(Rule const& rule, Access const& access, void const* source, CodecOptions const& options,
                 std::vector<Error>& faults, Place const& place) {
  auto const note = [&](std::optional<Errc> code) {
    if (code && faults.size() < max_faults) faults.push_back(make_error(*code, pointer_to(&place)));
  };
  switch (rule.kind) {
    case Kind::text:
    case Kind::sid:
    case Kind::destination:
    case Kind::digits: note(check_text(rule, *static_cast<std::string const*>(source), options)); break;
    case Kind::choice: {
      auto const word = rule.word(source);
      if (word.empty()) note(Errc::unknown_value);
      if (word.size() > options.limits.text_bytes) note(Errc::too_long);
      break;
    }
    case Kind::flag: break;
    case Kind::time:
      if (!is_writable(*static_cast<Timestamp const*>(source))) note(Errc::invalid_time);
      break;
    case Kind::integer: note(check_integer(rule, *static_cast<std::int64_t const*>(source))); break;
    case Kind::attributes: {
      if (rule.words.empty()) break;
      auto const object = static_cast<Attributes const*>(source)->object();
      for (auto const word : rule.words) {
        if (!object.contains(word) || faults.size() == max_faults) continue;
        auto error = make_error(Errc::reserved_attribute, pointer_to(&place));
        append_token(error.pointer, word);
        faults.push_back(std::move(error));
      }
      break;
    }
    case Kind::object: check_fields(*rule.table, source, options, faults, &place); break;
    case Kind::list:
      for (std::size_t i = 0; i < access.size(source); ++i)
        check_value(*rule.item, {}, access.item(source, i), options, faults, {.owner = &place, .index = i});
      break;
  }
}

}  // namespace

std::optional<Error> check_presence(Table const& table, std::uint64_t present) {
  auto const has = [&](std::size_t row) { return (present >> row & 1) != 0; };
  if (auto const missing = table.required & ~present; missing != 0) {
    auto const first = static_cast<std::size_t>(std::countr_zero(missing));
    return make_error(Errc::missing_member, "/" + std::string{table.rows[first].name});
  }
  auto const count = [&](std::span<std::string_view const> names) {
    std::size_t found = 0;
    for (std::size_t i = 0; i < table.rows.size(); ++i)
      if (has(i) && std::find(names.begin(), names.end(), table.rows[i].name) != names.end()) ++found;
    return found;
  };
  bool const fits = (table.exactly_one.empty() || count(table.exactly_one) == 1) &&
                    (table.at_least_one.empty() || count(table.at_least_one) >= 1);
  return fits ? std::nullopt : std::optional{make_error(Errc::not_exactly_one)};
}

std::optional<Error> read_fields(Table const& table, Node const& object, void* target, ReadContext const& context) {
  std::uint64_t present = 0;
  std::size_t next = 0;  // peers write members in the order of the table: the search begins behind the one before
  auto const find = [&](std::string_view name) -> std::size_t {
    auto const count = table.rows.size();
    for (std::size_t i = next; i < count; ++i)
      if (same(table.rows[i].name, name)) return i;
    for (std::size_t i = 0; i < next; ++i)
      if (same(table.rows[i].name, name)) return i;
    return count;
  };
  for (Node const* child = context.outline.begin(object); child != context.outline.end(object);
       child = context.outline.after(*child)) {
    auto const index = find(child->key);
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
  if (auto error = check_presence(table, present); error && faults.size() < max_faults) {
    error->pointer.insert(0, pointer_to(place));
    faults.push_back(*std::move(error));
  }
}

}  // namespace flexcrm::detail
