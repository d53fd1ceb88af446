#include <flexcrm/codec.hpp>

#include "field_codec.hpp"
#include "leaf_codec.hpp"
#include "registry.hpp"
#include "request_reader.hpp"
#include "strict_json.hpp"

namespace flexcrm {

using detail::Node;

struct Codec::State {
  CodecOptions options;
  detail::RequestReader reader;
  detail::Outline outline;

  std::optional<Frame> read(Request& request, std::string_view frame, TypeOfId const& type_of_id);
  Result<void> write_content(std::string& frame, detail::Table const* table, void const* source);
  Result<Answer> read_result(Node const& result, std::optional<MessageType> type);
  std::optional<Error> read_error(Node const& node);
};

Codec::Codec(CodecOptions options) : state_{std::make_unique<State>()} { state_->options = options; }
Codec::~Codec() = default;
Codec::Codec(Codec&&) noexcept = default;
Codec& Codec::operator=(Codec&&) noexcept = default;

CodecOptions const& Codec::options() const noexcept { return state_->options; }

namespace {

/// The ids of the protocol; nothing for any other JSON value.
std::optional<RequestId> id_of(Node const& node) {
  if (node.kind == Node::Kind::string) return detail::read_id(node.text);
  auto const number = node.kind == Node::Kind::number ? detail::to_integer(node) : std::nullopt;
  return number ? detail::read_id(*number) : std::nullopt;
}

/// The members of an envelope that are there; of doubled ones the first.
struct Envelope {
  Node const* version = nullptr;
  Node const* id = nullptr;
  Node const* method = nullptr;
  Node const* params = nullptr;
  Node const* result = nullptr;
  Node const* error = nullptr;

  Envelope(detail::Outline const& outline, Node const& root) {
    for (Node const* child = outline.begin(root); child != outline.end(root); child = outline.after(*child))
      if (auto* const member = named(child->key); member && !*member) *member = child;
  }

 private:
  Node const** named(std::string_view key) {
    using detail::same;
    // By length first: most keys are compared with one name.
    switch (key.size()) {
      case 2: return same(key, "id") ? &id : nullptr;
      case 5: return same(key, "error") ? &error : nullptr;
      case 6:
        return same(key, "method") ? &method : same(key, "params") ? &params : same(key, "result") ? &result : nullptr;
      case 7: return same(key, "jsonrpc") ? &version : nullptr;
      default: return nullptr;
    }
  }
};

constexpr std::size_t longest_envelope = 96;
constexpr std::size_t null_result = detail::AlternativeIndex<NullResult, Answer>::value;

void append_envelope(std::string& out, std::optional<RequestId> id) {
  using namespace std::string_view_literals;
  if (!id)
    out += R"({"jsonrpc":"2.0")"sv;
  else if (*id == RequestId::hello())
    out += R"({"jsonrpc":"2.0","id":"hello")"sv;
  else if (*id == RequestId::ping())
    out += R"({"jsonrpc":"2.0","id":"ping")"sv;
  else {
    out += R"({"jsonrpc":"2.0","id":)"sv;
    detail::append_integer(out, id->number());
  }
}

void append_method(std::string& out, MessageType type) {
  using namespace std::string_view_literals;
  out += R"(,"method":")"sv;
  out += type_name(type);
  out += R"(","params":)"sv;
}

}  // namespace

std::size_t detail::longest_request(MessageType type, std::size_t params) noexcept {
  constexpr std::string_view around = R"({"jsonrpc":"2.0","id":9007199254740991,"method":"","params":})";
  return around.size() + type_name(type).size() + params;
}

namespace {

/// A code of Flex or of ours, such as "48425" or "no_task", and never a person's data: bounded, and no run of digits
/// that could be a phone number.
bool is_code(std::string_view text) {
  std::size_t digits = 0;
  for (char const c : text) {
    bool const digit = c >= '0' && c <= '9';
    digits = digit ? digits + 1 : 0;
    bool const letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ' ';
    if (digits > 6 || !(digit || letter)) return false;
  }
  return !text.empty() && text.size() <= 64;
}

/// Errors inside an envelope's `params` or `result` are about that; others are about the envelope itself.
Error relative_to_content(Error error) {
  for (std::string_view const part : {"/params", "/result"}) {
    if (error.pointer != part && !error.pointer.starts_with(std::string{part} + "/")) continue;
    error.pointer.erase(0, part.size());
    return error;
  }
  if (rpc_code(static_cast<Errc>(error.code.value())) == rpc_code(Errc::invalid_params))
    error.code = Errc::invalid_request;
  return error;
}

}  // namespace

/// The result that an answer carries; `type` is that of its request, if this side knows it.
Result<Answer> Codec::State::read_result(Node const& result, std::optional<MessageType> type) {
  if (!type) return Answer{NullResult{}};
  auto const& entry = detail::answer_entries()[detail::entry_of(*type).result];
  auto answer = entry.make();
  if (result.kind != (entry.table.rows.empty() ? Node::Kind::null : Node::Kind::object))
    return make_error(Errc::wrong_type);
  if (entry.table.rows.empty()) return answer;
  if (auto error = detail::read_fields(entry.table, result, detail::address_of(answer), {outline, result, options}))
    return *std::move(error);
  return answer;
}

/// The error that an answer carries, however badly it says it; nothing without a code.
std::optional<Error> Codec::State::read_error(Node const& node) {
  Node const* code = outline.member(node, "code");
  auto const number = code && code->kind == Node::Kind::number ? detail::to_integer(*code) : std::nullopt;
  if (!number) return std::nullopt;
  Node const* data = outline.member(node, "data");
  auto const text = [&](std::string_view name) -> std::string_view {
    Node const* found = data ? outline.member(*data, name) : nullptr;
    return found && found->kind == Node::Kind::string ? found->text : std::string_view{};
  };

  // The reason names the error; an unknown reason falls back to the first error of the number.
  Error error = make_error(Errc::peer_error);
  for (Errc const candidate : all_errors()) {
    if (rpc_code(candidate) == 0 || rpc_code(candidate) != *number) continue;
    if (error.code == Errc::peer_error || name(candidate) == text("reason")) error.code = candidate;
  }
  if (is_code(text("detail"))) error.detail = text("detail");
  if (text("pointer").size() <= 256) error.pointer = text("pointer");
  if (Node const* later = data ? outline.member(*data, "retryAfterMs") : nullptr)
    if (auto const ms = later->kind == Node::Kind::number ? detail::to_integer(*later) : std::nullopt)
      error.retry_after = detail::bounded_time(*ms);
  return error;
}

Frame Codec::decode(std::string_view frame, TypeOfId const& type_of_id) {
  Frame decoded;
  decode_into(decoded, frame, type_of_id);
  return decoded;
}

void Codec::decode_into(Frame& decoded, std::string_view frame, TypeOfId const& type_of_id) {
  auto* request = std::get_if<Request>(&decoded);
  if (!request) request = &decoded.emplace<Request>();
  auto const found = state_->reader.read(*request, frame, state_->options);
  if (found == detail::RequestReader::Found::request) return;
  if (found == detail::RequestReader::Found::null_answer) {
    auto const id = *request->id;
    auto const type = type_of_id ? type_of_id(id) : std::nullopt;
    if (!type || detail::entry_of(*type).result == null_result) {
      decoded = Response{id, Answer{NullResult{}}};
      return;
    }
  }
  if (auto other = state_->read(*request, frame, type_of_id)) decoded = *std::move(other);
}

/// Reads any frame: a request into `request`, anything else is returned.
std::optional<Frame> Codec::State::read(Request& request, std::string_view frame, TypeOfId const& type_of_id) {
  auto fault = outline.read(frame, options.limits);
  if (outline.empty()) return Refusal{*std::move(fault), std::nullopt};
  Node const& root = outline.root();
  if (root.kind == Node::Kind::array) return Refusal{make_error(Errc::batch_not_supported), std::nullopt};
  if (root.kind != Node::Kind::object) return Refusal{make_error(Errc::not_an_object), std::nullopt};

  Envelope const envelope{outline, root};
  bool const is_response = !envelope.method && (envelope.result || envelope.error);

  // A doubled member of the envelope leaves open which id was meant, whatever else is wrong.
  bool const ambiguous = fault && outline.doubled(root);
  auto const id = envelope.id && !ambiguous ? id_of(*envelope.id) : std::nullopt;
  auto const refuse = [&](Error error) { return Refusal{std::move(error), id, is_response}; };

  auto const* version = envelope.version;
  if (!version || version->kind != Node::Kind::string || version->text != "2.0")
    return refuse(make_error(Errc::wrong_version, "/jsonrpc"));
  bool const null_id = envelope.id && envelope.id->kind == Node::Kind::null && is_response && envelope.error;
  if (envelope.id && !id && !null_id && !ambiguous) return refuse(make_error(Errc::invalid_id, "/id"));
  if (fault) return refuse(relative_to_content(*std::move(fault)));

  if (is_response) {
    if (envelope.result && envelope.error) return refuse(make_error(Errc::invalid_request, "/error"));
    if (!envelope.id) return refuse(make_error(Errc::invalid_id, "/id"));
    if (envelope.error) {
      auto told = read_error(*envelope.error);
      if (!told) return refuse(make_error(Errc::invalid_request, "/error/code"));
      return Response{id, *std::move(told)};
    }
    auto answer = read_result(*envelope.result, id && type_of_id ? type_of_id(*id) : std::nullopt);
    if (!answer) return refuse(std::move(answer).error());
    return Response{id, std::move(answer)};
  }

  auto const* method = envelope.method;
  auto const* params = envelope.params;
  if (!method) return refuse(make_error(Errc::missing_method, "/method"));
  if (method->kind != Node::Kind::string) return refuse(make_error(Errc::invalid_request, "/method"));
  auto const* const entry = detail::find_message(method->text);
  if (!entry) return refuse(make_error(Errc::unknown_method, "/method"));
  if (!detail::fits(entry->type, id)) return refuse(make_error(Errc::invalid_id, "/id"));
  if (params && params->kind != Node::Kind::object) return refuse(make_error(Errc::wrong_type));

  request.id = id;
  auto* const fields = entry->emplace(request.message);
  if (!params) {
    // Absent params are an empty object.
    if (auto error = detail::check_presence(entry->table, 0)) return refuse(*std::move(error));
    detail::clear_absent(entry->table, 0, fields);
    request.params = "{}";
    return std::nullopt;
  }
  if (auto error = detail::read_fields(entry->table, *params, fields, {outline, *params, options}))
    return refuse(*std::move(error));
  request.params = params->raw;
  return std::nullopt;
}

Result<std::string> Codec::encode(std::optional<RequestId> id, Message const& message) {
  std::string frame;
  detail::reserve_for(detail::entry_of(MessageType::of(message)).table, detail::address_of(message), frame);
  if (auto const encoded = encode_to(frame, id, message); !encoded) return encoded.error();
  return frame;
}

Result<void> Codec::encode_to(std::string& frame, std::optional<RequestId> id, Message const& message) {
  frame.clear();
  auto const type = MessageType::of(message);
  if (!detail::fits(type, id)) return make_error(Errc::invalid_id);
  if (auto faults = validate(message); !faults.empty()) return std::move(faults.front());
  append_envelope(frame, id);
  append_method(frame, type);
  return state_->write_content(frame, &detail::entry_of(type).table, detail::address_of(message));
}

Result<std::string> Codec::encode_params(Message const& message) {
  if (auto faults = validate(message); !faults.empty()) return std::move(faults.front());
  std::string params;
  detail::Writer writer{params, state_->outline};
  detail::write_fields(detail::entry_of(MessageType::of(message)).table, detail::address_of(message), writer);
  return params;
}

Result<std::string> Codec::encode_forwarded(RequestId id, MessageType type, std::string_view params) {
  std::string frame;
  if (auto const written = encode_forwarded_to(frame, id, type, params); !written) return written.error();
  return frame;
}

Result<void> Codec::encode_forwarded_to(std::string& frame, RequestId id, MessageType type, std::string_view params) {
  frame.clear();
  frame.reserve(params.size() + longest_envelope);
  append_envelope(frame, id);
  append_method(frame, type);
  frame += params;
  frame += '}';
  if (frame.size() <= state_->options.limits.frame_bytes) return {};
  frame.clear();
  return make_error(Errc::too_large);
}

Result<std::string> Codec::encode_answer(RequestId id, Answer const& answer) {
  auto const& entry = detail::answer_entries()[answer.index()];
  std::vector<Error> faults;
  detail::check_fields(entry.table, detail::address_of(answer), state_->options, faults);
  if (!faults.empty()) return std::move(faults.front());
  std::string frame;
  frame.reserve(longest_envelope);
  append_envelope(frame, id);
  frame += ",\"result\":";
  if (auto const written =
          state_->write_content(frame, entry.table.rows.empty() ? nullptr : &entry.table, detail::address_of(answer));
      !written)
    return written.error();
  return frame;
}

/// Ends an envelope with its content, null without a table. On an error the frame is empty.
Result<void> Codec::State::write_content(std::string& frame, detail::Table const* table, void const* source) {
  constexpr detail::Extent envelope{.members = 4, .depth = 1};
  detail::Writer writer{frame, outline, envelope, envelope.depth};
  if (table)
    detail::write_fields(*table, source, writer);
  else
    frame += "null";
  frame += '}';
  auto const& limits = options.limits;
  bool const fits = frame.size() <= limits.frame_bytes && writer.extent.members <= limits.members &&
                    writer.extent.depth <= limits.depth;
  if (fits && writer.is_certain) return {};
  // The receiver's own reader says what is wrong, if anything is: UTF-8, size, depth, members.
  auto error = outline.read(frame, limits);
  if (!error) return {};
  frame.clear();
  return relative_to_content(*std::move(error));
}

std::string Codec::encode_error(std::optional<RequestId> id, Error const& error) {
  bool const ours = error.code.category() == category() && rpc_code(static_cast<Errc>(error.code.value())) != 0;
  auto const code = ours ? static_cast<Errc>(error.code.value()) : Errc::internal_error;
  std::string frame;
  append_envelope(frame, id);
  if (!id) frame += ",\"id\":null";
  frame += ",\"error\":{\"code\":" + std::to_string(rpc_code(code)) + ",\"message\":";
  detail::append_string(frame, make_error_code(code).message());
  frame += ",\"data\":{\"reason\":\"";
  frame += name(code);
  frame += '"';
  if (!error.pointer.empty()) {
    std::string pointer;
    detail::append_string(pointer, error.pointer);
    // Escapes included, so that an error fits into the shortest frame that a peer may ask for.
    if (pointer.size() <= 256 + 2) frame += ",\"pointer\":" + pointer;
  }
  if (is_code(error.detail)) {
    frame += ",\"detail\":";
    detail::append_string(frame, error.detail);
  }
  if (error.retry_after.count() > 0) frame += ",\"retryAfterMs\":" + std::to_string(error.retry_after.count());
  frame += "}}}";
  return frame;
}

Result<Message> Codec::decode_bare(std::string_view json) {
  auto& outline = state_->outline;
  if (auto error = outline.read_root(json, state_->options.limits)) return *std::move(error);
  Node const& root = outline.root();
  if (root.kind == Node::Kind::object) {
    TaskSelected task;
    AttributesAccess::assign(task.attributes, json, root.extent);
    return Message{std::move(task)};
  }
  if (root.kind != Node::Kind::string) {
    static constexpr std::string_view kinds[] = {"object", "array", "string", "number", "boolean", "null"};
    return make_error(Errc::not_a_bare_message, {}, "found " + std::string{kinds[static_cast<std::size_t>(root.kind)]});
  }
  if (auto const kind = classify_destination(root.text, state_->options.destinations); !kind) return kind.error();
  return Message{DialRequest{.destination = std::string{root.text}}};
}

Result<std::string> Codec::encode_bare(Message const& message) {
  std::string text;
  if (auto const* dial = std::get_if<DialRequest>(&message)) {
    if (auto const kind = classify_destination(dial->destination, state_->options.destinations); !kind)
      return kind.error();
    detail::append_string(text, dial->destination);
  } else if (auto const* task = std::get_if<TaskSelected>(&message)) {
    text = task->attributes.text();
  } else {
    return make_error(Errc::not_a_bare_message);
  }
  if (auto error = state_->outline.read_root(text, state_->options.limits)) return *std::move(error);
  return text;
}

std::vector<Error> Codec::validate(Message const& message) const {
  std::vector<Error> faults;
  detail::check_fields(detail::entry_of(MessageType::of(message)).table, detail::address_of(message), state_->options,
                       faults);
  return faults;
}

DialOutcome outcome_of(Result<DialResult> const& answer) noexcept {
  if (answer) return DialOutcome::placed;
  auto const& code = answer.error().code;
  if (code == Errc::expired) return DialOutcome::expired;
  if (code == Errc::failed) return DialOutcome::failed;
  if (code == Condition::refused || code == Condition::invalid_message || code == Condition::misuse)
    return DialOutcome::refused;
  if (code == Condition::connection_lost) return DialOutcome::failed;
  return DialOutcome::unknown;
}

}  // namespace flexcrm
