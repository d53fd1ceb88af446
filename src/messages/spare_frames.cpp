#include "spare_frames.hpp"

#include "spare_buffers.hpp"

namespace flexcrm::detail {

std::string spare_frame() {
  auto* const spares = of_this_thread<SpareBuffers<std::string>>();
  return spares ? spares->take() : std::string{};
}

void give_spare_frame(std::string frame) {
  if (auto* const spares = of_this_thread<SpareBuffers<std::string>>()) spares->give(std::move(frame));
}

}  // namespace flexcrm::detail
