#pragma once

#include <charconv>
#include <cstdint>
#include <string_view>

namespace flexcrm::test {

/// The outside of a frame that a session of ours wrote. Those have one form, which the golden vectors pin; so
/// that looking at every frame costs a schedule nothing, no reader of JSON is used.
struct Envelope {
  enum class Kind { request, answer, hello, ping, bye, other };

  Kind kind = Kind::other;
  std::int64_t number = 0;    ///< of a request or an answer
  std::string_view method{};  ///< of a request
};

inline Envelope envelope(std::string_view text) {
  using enum Envelope::Kind;
  constexpr std::string_view begin = R"({"jsonrpc":"2.0",)";
  constexpr std::string_view id = R"("id":)";
  constexpr std::string_view method = R"(,"method":")";
  if (!text.starts_with(begin)) return {};
  text.remove_prefix(begin.size());
  if (text.starts_with(R"("method":"Bye")")) return {bye};
  if (!text.starts_with(id)) return {};
  text.remove_prefix(id.size());
  if (text.starts_with(R"("hello")")) return {hello};
  if (text.starts_with(R"("ping")")) return {ping};
  Envelope result{answer};
  auto const read = std::from_chars(text.data(), text.data() + text.size(), result.number);
  if (read.ec != std::errc{}) return {};
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  if (!text.starts_with(method)) return result;
  text.remove_prefix(method.size());
  result.kind = request;
  result.method = text.substr(0, text.find('"'));
  return result;
}

}  // namespace flexcrm::test
