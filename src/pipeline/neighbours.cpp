#include "pipeline/neighbours.h"

#include "core/module.h"

namespace aedenoise::pipeline {

const NeighbourSearch& neighbour_search() { return core::load_module<NeighbourSearch>("neighbours"); }

}  // namespace aedenoise::pipeline
