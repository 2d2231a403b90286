// Each tracker hashes names in its own way, which nobody can foresee.

#include <errno.h>
#include <sys/inotify.h>

#include <utility>

#include "gtest/gtest.h"
#include "test/batch/c11.h"
#include "test/support/fake_kernel.h"

extern "C" {
#include "lib/track/track.h"
}

namespace rn {
namespace {

using Key = std::pair<uint64_t, uint64_t>;

// The key of a new tracker.
Key Draw(const rn_sys *sys) {
  const rn_sink sink = {};
  rn_tracker *tracker;
  EXPECT_EQ(rn_tracker_new(sys, &sink, &tracker), 0);
  rn_addition addition = {};
  addition.path = addition.access_path = rn_bytes_of("/");
  addition.mask = IN_CREATE;
  rn_root *root;
  EXPECT_EQ(rn_tracker_add(tracker, &addition, &root), 0);
  const Key key = {root->key->words[0], root->key->words[1]};
  rn_tracker_free(tracker);
  return key;
}

TEST(Key, IsAnotherOfEachTracker) {
  const Key first = Draw(&rn_sys_linux), second = Draw(&rn_sys_linux);

  EXPECT_NE(first.first, second.first);
  EXPECT_NE(first.second, second.second);
}

TEST(Key, IsWhatTheKernelGives) {
  FakeKernel kernel(FakeKernel::Mode::kModel);
  kernel.On(&KernelHooks::random, [](void *bytes, size_t size) {
    EXPECT_EQ(size, 16U);
    for (size_t i = 0; i < size; i++)
      static_cast<unsigned char *>(bytes)[i] = i < 8 ? 7 : 9;
    return 0;
  });

  EXPECT_EQ(Draw(kernel.sys()), Key(0x0707070707070707U, 0x0909090909090909U));
}

// Early after the start of the machine there is nothing random.
TEST(Key, IsAnotherWithoutRandomnessToo) {
  FakeKernel kernel(FakeKernel::Mode::kModel);
  kernel.FailAlways(Call::kRandom, -EAGAIN);

  EXPECT_NE(Draw(kernel.sys()), Draw(kernel.sys()));
}

}  // namespace
}  // namespace rn
