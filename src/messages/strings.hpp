#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flexcrm::detail {

/// Equality of texts of one size, no less than a word's: of their first word and their last, which may overlap.
template <class Word>
bool have_same_ends(std::string_view a, std::string_view b) noexcept {
  auto const word = [](char const* text) {
    Word value;
    std::memcpy(&value, text, sizeof value);
    return value;
  };
  auto const last = a.size() - sizeof(Word);
  return word(a.data()) == word(b.data()) && word(a.data() + last) == word(b.data() + last);
}

/// Are they equal, and of 2 to 16 bytes as nearly all names? In place, without a call.
inline bool same_short(std::string_view a, std::string_view b) noexcept {
  auto const size = a.size();
  if (size != b.size() || size > 16 || size < 2) return false;
  return size >= 8   ? have_same_ends<std::uint64_t>(a, b)
         : size >= 4 ? have_same_ends<std::uint32_t>(a, b)
                     : have_same_ends<std::uint16_t>(a, b);
}

/// Equality, with the lengths compared first and in place: most names differ in it.
inline bool same(std::string_view a, std::string_view b) noexcept {
  if (a.size() <= 16 && a.size() >= 2) return same_short(a, b);
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size()) == 0;
}

/// The strings of a text while Boost.JSON's parser goes through it: puts those with escapes together, and notices when
/// an object has a name twice. Called for each name: what is seldom needed is kept out of the parser's loops.
class Strings {
  // The names of an object so far.
  struct Object {
    std::uint64_t bits = 0;   // of their hashes
    std::uint32_t first = 0;  // in Memory::names
  };

 public:
  /// What is used again for the next text; what whole() returns may be a view of it.
  class Memory {
    friend Strings;
    std::vector<std::string_view> names;  // of all objects that are not closed yet; as long as it ever was
    std::vector<Object> objects;          // around the innermost one
    std::string unescaped;                // reserved before the first string, so that views stay valid
  };

  Strings(Memory& memory, std::string_view text)
      : memory_{memory}, text_{text}, next_{memory.names.data()}, last_{next_ + memory.names.size()} {
    memory.objects.clear();
    memory.unescaped.clear();
  }

  /// A part of a string that has escapes.
  [[gnu::noinline]] void keep(std::string_view part) {
    if (memory_.unescaped.empty()) memory_.unescaped.reserve(text_.size());  // unescaping only shrinks
    memory_.unescaped.append(part);
  }

  /// Has a string of this size no escapes, so that its only part lies in the text?
  bool is_verbatim(std::string_view last_part, std::size_t size) const noexcept {
    auto const place =
        reinterpret_cast<std::uintptr_t>(last_part.data()) - reinterpret_cast<std::uintptr_t>(text_.data());
    return last_part.size() == size && place < text_.size();
  }

  /// The content of a string from its last part, once for each whose parts were kept.
  std::string_view whole(std::string_view last_part, std::size_t size) {
    return is_verbatim(last_part, size) ? last_part : joined(last_part, size);
  }

  void begin_object() {
    memory_.objects.push_back(object_);
    object_ = {0, static_cast<std::uint32_t>(next_ - memory_.names.data())};
  }
  void end_object(std::size_t count) {
    if (count > few) sort();
    next_ = memory_.names.data() + object_.first;
    object_ = memory_.objects.back();
    memory_.objects.pop_back();
  }

  /// A name of the innermost object, as whole() returned it.
  void add_name(std::string_view name) {
    auto const bit = bit_of(name);
    if ((object_.bits & bit) != 0) compare(name);
    object_.bits |= bit;
    if (next_ == last_) grow();
    *next_++ = name;
  }

  /// One bit for a name, of 64 that mean other names. An empty one lies in the text, between quotes: there are a first and
  /// a last character, the quotes.
  static std::uint64_t bit_of(std::string_view name) noexcept {
    auto const first = static_cast<unsigned char>(*name.data());
    auto const last = static_cast<unsigned char>(*(name.data() + name.size() - 1));
    return std::uint64_t{1} << ((name.size() + 5u * first + 11u * last) % 64);
  }

  /// Had an object that has ended, or the innermost one, one name twice?
  bool has_doubled_name() const noexcept { return has_doubled_name_; }

 private:
  // Up to so many names in one object each is compared with those before it that look alike; more are sorted.
  static constexpr std::size_t few = 32;

  std::span<std::string_view> names() noexcept { return {memory_.names.data() + object_.first, next_}; }
  [[gnu::noinline]] void grow() {
    auto const count = static_cast<std::size_t>(next_ - memory_.names.data());
    memory_.names.resize(2 * count + 16);
    next_ = memory_.names.data() + count;
    last_ = memory_.names.data() + memory_.names.size();
  }
  [[gnu::noinline]] void compare(std::string_view name) noexcept {
    auto const before = names();
    if (before.size() >= few) return;
    for (auto const other : before)
      if (same(other, name)) has_doubled_name_ = true;
  }
  [[gnu::noinline]] void sort() {
    auto const all = names();
    std::sort(all.begin(), all.end());
    if (std::adjacent_find(all.begin(), all.end()) != all.end()) has_doubled_name_ = true;
  }
  [[gnu::noinline]] std::string_view joined(std::string_view last_part, std::size_t size) {
    keep(last_part);
    return std::string_view{memory_.unescaped}.substr(memory_.unescaped.size() - size);
  }

  Memory& memory_;
  std::string_view text_;
  std::string_view* next_;  // in memory_.names
  std::string_view* last_;
  Object object_;
  bool has_doubled_name_ = false;
};

}  // namespace flexcrm::detail
