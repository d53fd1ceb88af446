#pragma once

#include "any_stream.hpp"

#include <flexcrm/types.hpp>

#include <boost/asio/basic_waitable_timer.hpp>

#include <chrono>

namespace flexcrm::detail {

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                                         asio::io_context::executor_type>;

/// Both clocks, now.
inline Moment now() { return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()}; }

}  // namespace flexcrm::detail
