#pragma once

#include <flexcrm/metrics.hpp>

#include <string>

namespace crm {

/// What a server has counted, as Prometheus reads it (text exposition format 0.0.4).
std::string prometheus(flexcrm::ServerMetrics const& metrics);

}  // namespace crm
