#pragma once

#include <flexcrm/error.hpp>
#include <flexcrm/export.hpp>
#include <flexcrm/message.hpp>
#include <flexcrm/types.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace flexcrm {

/// A JSON-RPC id of this protocol: a number from 1 to 2^53-1, or one of the session's own two words.
class RequestId {
 public:
  /// The greatest number: what a double holds exactly, because JavaScript peers count in doubles.
  static constexpr std::int64_t max_number = (std::int64_t{1} << 53) - 1;

  /// The id of Hello and its answer.
  static constexpr RequestId hello() noexcept { return RequestId{-1}; }
  /// The id of Ping and its answer.
  static constexpr RequestId ping() noexcept { return RequestId{-2}; }
  /// A numbered id. \pre 1 <= number <= max_number
  static constexpr RequestId number(std::int64_t number) noexcept { return RequestId{number}; }

  /// False for the ids of Hello and Ping.
  constexpr bool is_number() const noexcept { return value_ > 0; }
  /// Its number. \pre is_number()
  constexpr std::int64_t number() const noexcept { return value_; }

  friend constexpr bool operator==(RequestId, RequestId) = default;

 private:
  constexpr explicit RequestId(std::int64_t value) noexcept : value_{value} {}
  std::int64_t value_;
};

/// What the codec accepts beyond the strict default.
struct CodecOptions {
  Limits limits{};                  ///< bounds on frames, both ways
  DestinationKinds destinations{};  ///< kinds of destination besides E.164
  bool lenient_sids = false;        ///< fixtures: any letters and digits after the two of the prefix
};

/// A decoded request or, without id, notification.
struct Request {
  std::optional<RequestId> id{};  ///< absent: a notification (Bye)
  Message message;                ///< typed and valid
  std::string params{};           ///< the received text of `params`, so that a hub forwards what it does not know
};

/// A decoded answer: the result of the message type that the id was given to, or the peer's error.
struct Response {
  std::optional<RequestId> id{};  ///< absent: the peer could not read an id
  Result<Answer> outcome;         ///< the result of the type that was asked, or the peer's error
};

/// A frame that was not understood. If `id` is there, it is answered and consumed; if not, the connection ends.
struct Refusal {
  Error error;                    ///< which rule was broken, with the place in the frame
  std::optional<RequestId> id{};  ///< the id that it had, if it could be read
  bool is_response = false;       ///< an answer is never answered
};

/// What a text frame turned out to be.
using Frame = std::variant<Request, Response, Refusal>;

/// Reads and writes both dialects; everything follows from the message tables. Stateless between calls but for
/// buffers it reuses: distinct objects are safe, one object is for one thread at a time.
class FLEXCRM_API Codec {
 public:
  /// A codec with these limits, which hold for what is read and for what is written.
  explicit Codec(CodecOptions options = {});
  ~Codec();
  Codec(Codec&&) noexcept;
  Codec& operator=(Codec&&) noexcept;

  /// What it was made with.
  CodecOptions const& options() const noexcept;

  /// Which type a number was given to when its request was sent; nothing for an id never given.
  using TypeOfId = std::function<std::optional<MessageType>(RequestId)>;

  /// Decodes one frame of `flexcrm.v1`. A response whose id `type_of_id` does not know has a NullResult.
  Frame decode(std::string_view frame, TypeOfId const& type_of_id = {});

  /// The same into a frame that was decoded before: a request of the same type uses its memory again, so that a program
  /// that keeps one Frame for each source decodes without allocating.
  void decode_into(Frame& decoded, std::string_view frame, TypeOfId const& type_of_id = {});

  /// Writes a request or, without id, a notification. Errors: those of a bad field, with its pointer; too_large,
  /// too_deep, too_many_members, syntax (a string that is not UTF-8).
  Result<std::string> encode(std::optional<RequestId> id, Message const& message);

  /// The same into a string whose memory is used again; empty after an error.
  Result<void> encode_to(std::string& frame, std::optional<RequestId> id, Message const& message);

  /// Writes the `params` of a message alone, for encode_forwarded(). Errors as encode().
  Result<std::string> encode_params(Message const& message);

  /// Writes a request around a text of `params` that decode() accepted or encode_params() wrote. Errors: too_large.
  Result<std::string> encode_forwarded(RequestId id, MessageType type, std::string_view params);

  /// The same into a string whose memory is used again; empty after an error.
  Result<void> encode_forwarded_to(std::string& frame, RequestId id, MessageType type, std::string_view params);

  /// Writes the answer to a request. Errors as encode().
  Result<std::string> encode_answer(RequestId id, Answer const& answer);

  /// Writes an error answer; no id means that none could be read.
  std::string encode_error(std::optional<RequestId> id, Error const& error);

  /// Decodes a message of the `bare` dialect: a JSON string is a DialRequest (with no dialId), an object a TaskSelected.
  Result<Message> decode_bare(std::string_view json);

  /// Writes a message of the `bare` dialect. Errors: not_a_bare_message for other types; those of a bad field.
  Result<std::string> encode_bare(Message const& message);

  /// Every fault of a message's fields, at most 32; empty when it is valid.
  std::vector<Error> validate(Message const& message) const;

 private:
  struct FLEXCRM_HIDDEN State;
  std::unique_ptr<State> state_;
};

}  // namespace flexcrm
