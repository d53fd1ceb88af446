#pragma once

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace flexcrm::detail {

/// One buffer as a sequence of short ones. Beast checks the UTF-8 of each buffer of a sequence by itself: eight bytes at once
/// until the first that is not ASCII, and from there on slowly. So that costs the rest of a piece, not of a message.
class BufferInPieces {
 public:
  static constexpr std::size_t piece_bytes = 128;

  using value_type = boost::asio::mutable_buffer;

  class const_iterator {
   public:
    using iterator_category = std::bidirectional_iterator_tag;
    using value_type = boost::asio::mutable_buffer;
    using difference_type = std::ptrdiff_t;
    using pointer = value_type const*;
    using reference = value_type;

    const_iterator() noexcept = default;
    const_iterator(boost::asio::mutable_buffer whole, std::size_t at) noexcept : whole_{whole}, at_{at} {}

    reference operator*() const noexcept { return boost::asio::buffer(whole_ + at_, piece_bytes); }
    const_iterator& operator++() noexcept {
      at_ = std::min(at_ + piece_bytes, whole_.size());
      return *this;
    }
    const_iterator& operator--() noexcept {
      at_ = (at_ - 1) / piece_bytes * piece_bytes;
      return *this;
    }
    const_iterator operator++(int) noexcept {
      auto const before = *this;
      ++*this;
      return before;
    }
    const_iterator operator--(int) noexcept {
      auto const before = *this;
      --*this;
      return before;
    }

    friend bool operator==(const_iterator const& a, const_iterator const& b) noexcept { return a.at_ == b.at_; }

   private:
    boost::asio::mutable_buffer whole_;
    std::size_t at_ = 0;
  };

  explicit BufferInPieces(boost::asio::mutable_buffer whole) noexcept : whole_{whole} {}

  const_iterator begin() const noexcept { return {whole_, 0}; }
  const_iterator end() const noexcept { return {whole_, whole_.size()}; }

 private:
  boost::asio::mutable_buffer whole_;
};

}  // namespace flexcrm::detail
