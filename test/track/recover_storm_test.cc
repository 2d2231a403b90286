// P7: whatever was lost, afterwards the model built from the events is what is
// on the disk, and every directory reports under its true path.
//
// The real kernel with a queue of a few records, and one thread: random changes
// of the tree stand between the tracker's reads, listings and system calls.  So
// a seed repeats a history, but for the order in which directories are listed.

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <random>

#include "gtest/gtest.h"
#include "test/batch/c11.h"
#include "test/support/events/event_model.h"
#include "test/support/fake_kernel.h"
#include "test/support/queue_limit.h"
#include "test/support/temp_dir.h"

extern "C" {
#include "lib/track/track.h"
}

namespace rn {
namespace {

constexpr uint32_t kSeeds = 12;

class RecoverStorm : public testing::TestWithParam<uint32_t> {
 protected:
  void SetUp() override {
    random_.seed(GetParam());
    MakeSome(100);
    {
      const QueueLimit limit(16U << random_() % 4);
      if (!limit.refusal().empty()) GTEST_SKIP() << limit.refusal();
      const rn_sink sink = {this,        OnChange,  OnPlain, OnNothing,
                            OnNothing,   OnNothing, OnEnded, OnFailed,
                            OnRecovered, nullptr,   nullptr};
      ASSERT_EQ(rn_tracker_new(kernel_.sys(), &sink, &tracker_), 0);
    }
    kernel_.On(&KernelHooks::time_ns, [this] { return now_ += 1000000; });
    kernel_.On(&KernelHooks::monotonic_ns, [this] { return now_ += 1000000; });
    Add();
    model_ =
        std::make_unique<EventModel>(dir_.path(), EntriesOnDisk(dir_.path()));
    Interleave();
  }
  void TearDown() override { rn_tracker_free(tracker_); }

  // Changes of the tree come between the tracker's system calls.
  void Interleave() {
    kernel_.On(&KernelHooks::dir_open,
               [this](int dir_fd, const char *path, int flags) {
                 Perhaps();
                 const rn_sys *sys = kernel_.beneath();
                 return sys->dir_open(sys, dir_fd, path, flags);
               });
    kernel_.On(&KernelHooks::dir_read,
               [this](int fd, void *buffer, size_t size) {
                 Perhaps();
                 const rn_sys *sys = kernel_.beneath();
                 return sys->dir_read(sys, fd, buffer, size);
               });
    kernel_.On(&KernelHooks::entry_status,
               [this](int dir_fd, const char *name, rn_status *status) {
                 Perhaps();
                 const rn_sys *sys = kernel_.beneath();
                 return sys->entry_status(sys, dir_fd, name, status);
               });
  }
  void Perhaps() {
    if (stormy_ && random_() % 4 == 0) MakeSome(1 + random_() % 3);
  }

  std::string RandomPath() {
    std::string path = dir_.path();
    const int depth = 1 + static_cast<int>(random_() % 3);
    for (int i = 0; i < depth; i++)
      path += "/" + std::string(1, static_cast<char>('a' + random_() % 4));
    return path;
  }
  static void Touch(const std::string &path) {
    close(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  }
  void MakeSome(uint32_t count) {
    for (; count > 0; count--) Change(RandomPath(), RandomPath());
  }
  void Change(const std::string &path, const std::string &other) {
    std::error_code ignored;
    const std::string out = outside_.path() + "/" + path.back();
    switch (random_() % 12) {
      case 0:
      case 1:
      case 2:
        mkdir(path.c_str(), 0755);
        break;
      case 3:
      case 4:
        Touch(path + "f");
        break;
      case 5:
        unlink((path + "f").c_str());
        break;
      case 6:
        rename((path + "f").c_str(), (other + "f").c_str());
        break;
      case 7:
      case 8:
        rename(path.c_str(), other.c_str());
        break;
      case 9:
        (void)!link((path + "f").c_str(), (other + "f").c_str());
        break;
      case 10:
        if (random_() % 2 == 0)
          rename(path.c_str(), out.c_str());
        else
          rename(out.c_str(), path.c_str());
        break;
      default:
        std::filesystem::remove_all(path, ignored);
        break;
    }
  }

  void Add() {
    rn_addition addition = {};
    addition.path = rn_bytes_of(dir_.path().c_str());
    addition.access_path = addition.path;
    addition.mask = IN_CREATE | IN_DELETE | IN_MOVE | IN_MODIFY | IN_ATTRIB;
    addition.recursive = true;
    addition.recover = true;
    rn_root *root = nullptr;
    ASSERT_EQ(rn_tracker_add(tracker_, &addition, &root), 0);
    while (rn_tracker_is_walking(tracker_, RN_WALK_ADDED))
      rn_tracker_walk(tracker_, RN_WALK_ADDED);
    Settle();
  }

  bool ReadSome() {
    alignas(8) char buffer[1024];
    const rn_sys *sys = kernel_.sys();
    const ssize_t got =
        sys->read(sys, rn_tracker_fd(tracker_), buffer, sizeof(buffer));
    if (got <= 0) return false;
    EXPECT_EQ(rn_tracker_feed(tracker_, buffer, static_cast<size_t>(got)), 0);
    return true;
  }
  bool Turn() {
    const bool listing = rn_tracker_is_walking(tracker_, RN_WALK_NEW);
    if (listing) rn_tracker_walk(tracker_, RN_WALK_NEW);
    const bool got = ReadSome();
    rn_tracker_end_turn(tracker_);
    return listing || got || rn_tracker_is_walking(tracker_, RN_WALK_NEW);
  }
  void Settle() {
    for (int turn = 0; turn < 200000; turn++) {
      if (Turn()) continue;
      if (rn_tracker_patience_ms(tracker_) < 0 &&
          !rn_tracker_is_waiting(tracker_))
        return;
      now_ += 1000000000;
    }
    ADD_FAILURE() << "nothing comes to rest";
  }

  // The queue is full, and everybody pauses.
  void Overflow() {
    const uint64_t before = rn_tracker_counts(tracker_).kernel_overflows;
    const std::string path = dir_.path() + "/overflow";
    for (int i = 0; i < 200; i++) {
      Touch(path + std::to_string(i % 2));
      unlink((path + std::to_string(i % 2)).c_str());
    }
    stormy_ = false;
    Settle();
    EXPECT_GT(rn_tracker_counts(tracker_).kernel_overflows, before);
    stormy_ = true;
  }

  void ExpectTrue() {
    const Entries disk = EntriesOnDisk(dir_.path());
    EXPECT_EQ(model_->entries(), disk);
    EXPECT_EQ(model_->faults(), std::vector<std::string>{});
    std::set<std::string> probes;
    stormy_ = false;
    for (const auto &[path, is_dir] : disk) {
      if (!is_dir) continue;
      probes.insert(path + "/probe");
      Touch(dir_.path() + "/" + path + "/probe");
      told_.clear();
      Settle();
      EXPECT_EQ(told_, std::vector<std::string>{path + "/probe"});
      unlink((dir_.path() + "/" + path + "/probe").c_str());
      Settle();
    }
    EXPECT_EQ(rn_tracker_watch_count(tracker_), probes.size() + 1);
    stormy_ = true;
  }

  static void Take(void *context, const rn_node *node, uint32_t mask,
                   uint32_t cookie, rn_bytes name) {
    auto *self = static_cast<RecoverStorm *>(context);
    if (name.size == 0 || self->model_ == nullptr) return;
    std::string path(RN_PATH_SIZE_MAX, '\0');
    const ssize_t size = rn_node_path(node, path.data(), path.size());
    ASSERT_GE(size, 0);
    path.resize(static_cast<size_t>(size));
    path += "/" + std::string(name.data, name.size);
    if ((mask & IN_CREATE) != 0)
      self->told_.push_back(path.substr(self->dir_.path().size() + 1));
    self->model_->Apply(mask, cookie, path);
  }
  static void OnChange(void *context, const rn_change *change) {
    if (change->kind == RN_EVENT_CHANGE)
      Take(context, change->node, change->mask, change->cookie, change->name);
  }
  static void OnPlain(void *context, rn_node *node, const rn_raw_event *raw) {
    Take(context, node, raw->mask, raw->cookie, {raw->name, raw->name_size});
  }
  static void OnNothing(void *) {}
  static void OnEnded(void *, rn_root *) {}
  static void OnFailed(void *, const rn_node *, rn_bytes, int) {}
  static void OnRecovered(void *context, const rn_recovery *) {
    static_cast<RecoverStorm *>(context)->recoveries_++;
  }

  std::mt19937 random_;
  TempDir dir_, outside_;
  FakeKernel kernel_{FakeKernel::Mode::kReal};
  rn_tracker *tracker_ = nullptr;
  std::unique_ptr<EventModel> model_;
  std::vector<std::string> told_;
  int64_t now_ = INT64_C(4000000000) * 1000000000;
  bool stormy_ = true;
  int recoveries_ = 0;
};

TEST_P(RecoverStorm, AfterEachOverflowTheModelIsTheDisk) {
  for (int round = 0; round < 4; round++) {
    for (uint32_t i = 0; i < 60; i++) {
      MakeSome(random_() % 60);
      for (uint32_t turns = random_() % 8; turns > 0; turns--) {
        Turn();
        now_ += 10000000;
      }
    }
    Overflow();
    ExpectTrue();
    if (HasFailure()) return;
  }
  EXPECT_GE(recoveries_, 4);
}

INSTANTIATE_TEST_SUITE_P(, RecoverStorm, testing::Range(0U, kSeeds));

}  // namespace
}  // namespace rn
