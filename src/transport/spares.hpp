#pragma once

#include "../messages/spare_buffers.hpp"

#include <boost/asio/execution_context.hpp>

namespace flexcrm::detail {

/// Buffers that the streams of one io_context use in turn.
template <class Buffer>
class Spares final : public boost::asio::execution_context::service, public SpareBuffers<Buffer> {
 public:
  using key_type = Spares;
  static inline boost::asio::execution_context::id id;

  explicit Spares(boost::asio::execution_context& context) : service{context} {}

 private:
  void shutdown() noexcept override { this->clear(); }
};

}  // namespace flexcrm::detail
