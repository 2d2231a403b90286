#include "test/sim/history.h"

namespace rn::sim {

void Replay::Tick(ModelKernel *kernel) {
  while (next_ < steps_->size() && waited_ >= (*steps_)[next_].wait) {
    kernel->Run((*steps_)[next_++].op);
    waited_ = 0;
  }
  waited_++;
}

bool Replay::Rest(ModelKernel *kernel) {
  if (next_ == steps_->size()) return false;
  kernel->Run((*steps_)[next_++].op);
  waited_ = 0;
  return true;
}

}  // namespace rn::sim
