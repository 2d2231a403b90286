#ifndef TEST_TRACK_PERSIST_FIXTURE_H_
#define TEST_TRACK_PERSIST_FIXTURE_H_

#include <algorithm>
#include <string>

#include "test/track/track_fixture.h"

namespace rn {

// A tracker with a root that follows a name.
class PersistFixture : public TrackFixture {
 protected:
  int TryFollow(const std::string &path, bool recursive, uint32_t mask) {
    rn_addition addition = {};
    addition.path = rn_bytes_of(path.c_str());
    addition.access_path = rn_bytes_of(path.c_str());
    addition.mask = mask;
    addition.recursive = recursive;
    addition.persistent = true;
    return rn_tracker_add(tracker_, &addition, &root_);
  }

  rn_root *Follow(const std::string &path, bool recursive = false,
                  uint32_t mask = kAllNamed) {
    EXPECT_EQ(TryFollow(path, recursive, mask), 0);
    Settle();
    return root_;
  }

  // What the kernel says of a name in a directory that is watched; all of what
  // follows from it is done.
  void Tell(const std::string &directory, uint32_t mask,
            const std::string &name, uint32_t cookie = 0) {
    kernel_.QueueRead(Record(Wd(directory), mask, cookie, name));
    Drain();
    Settle();
  }

  // Remove what is watched, telling nothing but its watch's end.
  void RemoveWatched(const std::string &path) { RemoveDir(path); }

  // The directories on the way that are watched.
  Lines Ways() {
    Lines ways;
    for (rn_root *root = rn_tracker_roots(tracker_); root != nullptr;
         root = root->next)
      if (root->way != nullptr) ways.push_back(root->access_path);
    std::sort(ways.begin(), ways.end());
    return ways;
  }

  rn_root *root_ = nullptr;
};

}  // namespace rn

#endif  // TEST_TRACK_PERSIST_FIXTURE_H_
