#pragma once

#include "../messages/spare_buffers.hpp"

#include <boost/asio/execution_context.hpp>

namespace flexcrm::detail {

/// What the streams of one io_context use in turn.
template <class Pool>
class OfContext final : public boost::asio::execution_context::service, public Pool {
 public:
  using key_type = OfContext;
  static inline boost::asio::execution_context::id id;

  explicit OfContext(boost::asio::execution_context& context) : service{context} {}

 private:
  void shutdown() noexcept override { this->clear(); }
};

template <class Buffer>
using Spares = OfContext<SpareBuffers<Buffer>>;

}  // namespace flexcrm::detail
