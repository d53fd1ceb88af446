#include "subject.hpp"

#include <algorithm>
#include <cstdint>

namespace flexcrm::detail {
namespace {

constexpr std::string_view root = "flexcrm.v1.";
constexpr std::string_view inboxes = "flexcrm.v1._in.";
constexpr std::size_t longest_plain = 128;
constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

bool is_plain(std::string_view id) {
  return !id.empty() && id.size() <= longest_plain && id.front() != '_' &&
         id.find_first_not_of(alphabet) == std::string_view::npos;
}

std::string base64url(std::string_view bytes) {
  std::string text;
  std::uint32_t bits = 0;
  int held = 0;
  for (auto const c : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    for (held += 8; held >= 6; held -= 6) text += alphabet[(bits >> (held - 6)) & 63];
  }
  if (held > 0) text += alphabet[(bits << (6 - held)) & 63];
  return text;
}

std::string subject(AgentKey const& agent, std::string_view what) {
  return std::string{root} + token(agent.tenant) + '.' + token(agent.agent) + std::string{what};
}

}  // namespace

bool fits(AgentKey const& agent) noexcept {
  return agent.tenant.size() <= longest_id && agent.agent.size() <= longest_id;
}

std::string token(std::string_view id) { return is_plain(id) ? std::string{id} : '=' + base64url(id); }

std::string commands_subject(AgentKey const& agent) { return subject(agent, ".cmd"); }

std::string news_subject(AgentKey const& agent) { return subject(agent, ".news"); }

std::string inbox_subject(std::string_view node, std::string_view what) {
  return std::string{inboxes} + token(node) + '.' + std::string{what};
}

bool is_inbox(std::string_view subject) noexcept {
  return subject.starts_with(inboxes) && subject.find_first_of("*> \t\r\n") == std::string_view::npos;
}

}  // namespace flexcrm::detail
