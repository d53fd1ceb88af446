#pragma once

// What can go wrong in any scene: to a machine, and to a link.

#include "link.hpp"
#include "machine.hpp"
#include "scene.hpp"

#include <cstddef>
#include <iterator>

namespace flexcrm::test {

/// Something that may happen to a world, as often as its weight among the others says.
template <class World>
struct Fault {
  int weight;
  char const* name;
  void (*happens)(World&);
};

/// One of them happens.
template <class World, std::size_t size>
void strike(World& world, Scene& scene, Fault<World> const (&faults)[size]) {
  int total = 0;
  for (auto const& fault : faults) total += fault.weight;
  auto chosen = scene.random.between(1, total);
  auto fault = std::begin(faults);
  while (chosen > fault->weight) chosen -= fault++->weight;
  scene.say(' ', fault->name);
  fault->happens(world);
}

/// Often shorter than a session notices, rarely longer than it goes on without a connection.
inline Millis some_standstill(Random& random) {
  using namespace std::chrono_literals;
  if (random.chance(0.4)) return random.between(500ms, 6s);
  return random.between(500ms, random.chance(0.5) ? 20s : 180s);
}

inline void sleep(Scene& scene, Machine& machine) {
  if (!machine.may_sleep(scene.time)) return;
  ++scene.coverage.sleeps;
  machine.sleep(scene.time, some_standstill(scene.random));
}

/// The process stands still and keeps its memory.
inline void freeze(Scene& scene, Machine& machine) {
  if (!machine.is_awake(scene.time)) return;
  ++scene.coverage.freezes;
  machine.freeze(scene.time, some_standstill(scene.random));
}

inline void set_clock(Scene& scene, Machine& machine) {
  using namespace std::chrono_literals;
  auto const by = scene.random.between(-10min, scene.random.chance(0.5) ? 10min : 0min);
  if (!machine.is_awake(scene.time) || (by < 0ms && !machine.may_be_set_back(scene.time))) return;
  ++scene.coverage.clock_steps;
  machine.set_wall(scene.time, by);
}

inline void slow_timers(Scene& scene, Machine& machine) {
  using namespace std::chrono_literals;
  auto& random = scene.random;
  ++scene.coverage.slow_timers;
  machine.throttle(scene.time, random.chance(0.4) ? 0ms : random.between(100ms, random.chance(0.5) ? 1000ms : 20s));
}

/// Nothing gets through a link for a while. There may be none.
inline void stall(Scene& scene, Link* link) {
  using namespace std::chrono_literals;
  if (!link) return;
  ++scene.coverage.stalls;
  link->stall(scene.time + scene.random.between(500ms, 30s));
}

}  // namespace flexcrm::test
