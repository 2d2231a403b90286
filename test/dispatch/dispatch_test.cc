// From a block of events to callbacks: batches, counts, discard, release.

#include <errno.h>
#include <sys/inotify.h>

#include <numeric>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "test/batch/memory.h"
#include "test/dispatch/test_dispatch.h"

namespace rn {
namespace {

using Log = std::vector<std::string>;

rn_handler EachEvent(Calls *calls) {
  rn_handler handler = HandlerOf(calls);
  handler.on_default = LogName;
  handler.on_release = CountRelease;
  return handler;
}

rn_handler InBatches(Calls *calls) {
  rn_handler handler = EachEvent(calls);
  handler.on_batch = LogBatch;
  return handler;
}

TEST(Dispatch, HandlesEventsInTheirOrder) {
  Calls calls;
  TestDispatch dispatch;
  rn_target *target = NewTarget(EachEvent(&calls));
  for (const char *name : {"a", "b", "c"}) dispatch.Write(name, target);

  dispatch.Run();

  EXPECT_EQ(calls.log, (Log{"a", "b", "c"}));
  rn_target_free(target);
}

TEST(Dispatch, LendsRoomForThePath) {
  TestDispatch dispatch;
  Calls calls;
  rn_handler handler = HandlerOf(&calls);
  handler.on_default = [](const rn_event *event, void *context) {
    static_cast<Calls *>(context)->log.push_back(rn_event_path(event, nullptr));
    return 0;
  };
  rn_target *target = NewTarget(handler);
  const std::string directory(RN_PATH_SIZE_MAX - 1, 'd');
  const std::string name(RN_NAME_SIZE_MAX, 'n');
  dispatch.lane().Write(name, directory, target);

  dispatch.Run();

  EXPECT_EQ(calls.log, Log{directory + "/" + name});
  rn_target_free(target);
}

TEST(Dispatch, CountsEventsThatNobodyHandles) {
  TestDispatch dispatch;
  dispatch.Write("a", nullptr);
  dispatch.Write("b", nullptr);

  dispatch.Run();

  EXPECT_EQ(rn_dispatch_counts(dispatch.get()).delivered, 2U);
}

TEST(Dispatch, CountsWhatHandlersReturn) {
  TestDispatch dispatch;
  for (const int result : {0, 1, -EIO}) {
    Calls calls;
    calls.result = result;
    rn_target *target = NewTarget(EachEvent(&calls));
    dispatch.Write("a", target);
    dispatch.Write("b", target);
    dispatch.Run();
    EXPECT_EQ(calls.log.size(), 2U);
    rn_target_free(target);
  }

  EXPECT_EQ(rn_dispatch_counts(dispatch.get()).handler_errors, 4U);
  EXPECT_EQ(rn_dispatch_counts(dispatch.get()).delivered, 6U);
}

// -- Batches ------------------------------------------------------------------

TEST(Dispatch, HandsOverARunAtOnce) {
  Calls calls;
  TestDispatch dispatch;
  rn_target *target = NewTarget(InBatches(&calls));
  for (const char *name : {"a", "b", "c"}) dispatch.Write(name, target);

  dispatch.Run();

  EXPECT_EQ(calls.log, Log{"a b c"});
  EXPECT_EQ(rn_dispatch_counts(dispatch.get()).delivered, 3U);
  rn_target_free(target);
}

TEST(Dispatch, SplitsRunsByTarget) {
  Calls calls;
  TestDispatch dispatch;
  rn_target *first = NewTarget(InBatches(&calls));
  rn_target *second = NewTarget(InBatches(&calls));
  rn_target *single = NewTarget(EachEvent(&calls));
  dispatch.Write("a", first);
  dispatch.Write("b", first);
  dispatch.Write("c", second);
  dispatch.Write("d", single);
  dispatch.Write("e", nullptr);
  dispatch.Write("f", second);
  dispatch.Write("g", first);

  dispatch.Run();

  EXPECT_EQ(calls.log, (Log{"a b", "c", "d", "f", "g"}));
  EXPECT_EQ(rn_dispatch_counts(dispatch.get()).delivered, 7U);
  for (rn_target *target : {first, second, single}) rn_target_free(target);
}

TEST(Dispatch, JoinsDirectoriesOfATarget) {
  Calls calls;
  TestDispatch dispatch;
  rn_target *target = NewTarget(InBatches(&calls));
  dispatch.lane().Write("a", "/d", target);
  dispatch.lane().Write("b", "/e", target);

  dispatch.Run();

  EXPECT_EQ(calls.log, Log{"a b"});
  rn_target_free(target);
}

TEST(Dispatch, PutsEveryKindIntoABatch) {
  Calls calls;
  TestDispatch dispatch;
  rn_handler handler = InBatches(&calls);
  handler.on_error = handler.on_overflow = handler.on_create = LogName;
  rn_target *target = NewTarget(handler);
  dispatch.Write("a", target)->mask = IN_CREATE;
  dispatch.Write("o", target)->kind = RN_RECORD_OVERFLOW;
  dispatch.Write("e", target)->kind = RN_RECORD_ERROR;

  dispatch.Run();

  EXPECT_EQ(calls.log, Log{"a o e"});
  rn_target_free(target);
}

TEST(Dispatch, EndsARunAtANote) {
  Calls calls;
  TestDispatch dispatch;
  rn_target *target = NewTarget(InBatches(&calls), 2);
  dispatch.Write("a", target);
  dispatch.lane().WriteRelease(target);
  dispatch.Write("b", target);

  dispatch.Run();

  EXPECT_EQ(calls.log, (Log{"a", "b"}));
  EXPECT_EQ(rn_dispatch_counts(dispatch.get()).delivered, 2U);
  rn_target_free(target);
}

TEST(Dispatch, TellsHowManyABatchHasLeft) {
  TestDispatch dispatch;
  std::vector<size_t> counts;
  rn_handler handler = HandlerOf(nullptr);
  handler.context = &counts;
  handler.on_batch = [](rn_batch *batch, void *context) {
    auto *seen = static_cast<std::vector<size_t> *>(context);
    do {
      seen->push_back(rn_batch_count(batch));
    } while (rn_batch_next(batch) != nullptr);
    EXPECT_EQ(rn_batch_next(batch), nullptr);
    return 0;
  };
  rn_target *target = NewTarget(handler);
  dispatch.Write("a", target);
  dispatch.Write("b", target);

  dispatch.Run();

  EXPECT_EQ(counts, (std::vector<size_t>{2, 1, 0}));
  rn_target_free(target);
}

// A batch that is left lying counts as delivered.
TEST(Dispatch, PassesWhatABatchWasNotAskedFor) {
  Calls calls;
  TestDispatch dispatch;
  rn_handler handler = InBatches(&calls);
  handler.on_batch = [](rn_batch *, void *) { return -1; };
  rn_target *target = NewTarget(handler);
  rn_target *next = NewTarget(EachEvent(&calls));
  dispatch.Write("a", target);
  dispatch.Write("b", target);
  dispatch.Write("c", next);

  dispatch.Run();

  EXPECT_EQ(calls.log, Log{"c"});
  EXPECT_EQ(rn_dispatch_counts(dispatch.get()).delivered, 3U);
  EXPECT_EQ(rn_dispatch_counts(dispatch.get()).handler_errors, 1U);
  rn_target_free(target);
  rn_target_free(next);
}

// -- Discard ------------------------------------------------------------------

TEST(Dispatch, DropsTheRestOfABlock) {
  Calls calls;
  TestDispatch dispatch;
  rn_target *target = NewTarget(EachEvent(&calls));
  for (const char *name : {"a", "b", "c"}) dispatch.Write(name, target);
  dispatch.Write("d", nullptr);
  calls.discard = dispatch.get();

  dispatch.Run();

  EXPECT_EQ(calls.log, Log{"a"});
  EXPECT_EQ(rn_dispatch_counts(dispatch.get()).delivered, 1U);
  EXPECT_EQ(rn_dispatch_counts(dispatch.get()).dropped, 3U);
  rn_target_free(target);
}

TEST(Dispatch, DropsBatches) {
  Calls calls;
  TestDispatch dispatch;
  rn_target *first = NewTarget(InBatches(&calls));
  rn_target *second = NewTarget(InBatches(&calls));
  dispatch.Write("a", first);
  dispatch.Write("b", first);
  dispatch.Write("c", second);
  calls.discard = dispatch.get();

  dispatch.Run();

  EXPECT_EQ(calls.log, Log{"a b"});
  EXPECT_EQ(rn_dispatch_counts(dispatch.get()).dropped, 1U);
  rn_target_free(first);
  rn_target_free(second);
}

TEST(Dispatch, ReleasesAllTheSameWhenItDrops) {
  Calls calls;
  TestDispatch dispatch;
  rn_target *target = NewTarget(EachEvent(&calls));
  dispatch.Write("a", target);
  dispatch.lane().WriteRelease(target);
  rn_dispatch_discard(dispatch.get());

  dispatch.Run();

  EXPECT_EQ(calls.released, 1);
  EXPECT_EQ(rn_dispatch_counts(dispatch.get()).dropped, 1U);
}

// -- Release ------------------------------------------------------------------

TEST(Dispatch, ReleasesBehindTheLastEvent) {
  Calls calls;
  TestDispatch dispatch;
  rn_handler handler = EachEvent(&calls);
  handler.on_release = [](void *context) {
    static_cast<Calls *>(context)->log.push_back("released");
  };
  rn_target *target = NewTarget(handler);
  dispatch.Write("a", target);
  dispatch.lane().WriteRelease(target);

  dispatch.Run();

  EXPECT_EQ(calls.log, (Log{"a", "released"}));
}

TEST(Dispatch, ReleasesWithTheLastLane) {
  Calls calls;
  TestDispatch lanes[3];
  rn_target *target = NewTarget(EachEvent(&calls), 3);
  for (TestDispatch &lane : lanes) lane.lane().WriteRelease(target);

  lanes[0].Run();
  lanes[1].Run();
  EXPECT_EQ(calls.released, 0);

  lanes[2].Run();
  EXPECT_EQ(calls.released, 1);
}

// The context is plain memory: what each worker wrote to it is seen by
// on_release, which frees it.
TEST(Dispatch, ReleasesOnceAmongThreads) {
  constexpr uint32_t kLanes = 4;
  struct Context {
    uint64_t written[kLanes];
    uint64_t *sum;
  };
  for (int round = 0; round < 200; round++) {
    uint64_t sum = 0;
    Context *context = new Context{{}, &sum};
    rn_handler handler = HandlerOf(nullptr);
    handler.context = context;
    handler.on_release = [](void *released) {
      Context *own = static_cast<Context *>(released);
      for (const uint64_t written : own->written) *own->sum += written;
      delete own;
    };
    rn_target *target = NewTarget(handler, kLanes);
    std::vector<std::thread> workers;
    for (uint32_t i = 0; i < kLanes; i++)
      workers.emplace_back([=] {
        context->written[i] = i + 1;
        rn_target_release(target);
      });
    for (std::thread &worker : workers) worker.join();
    ASSERT_EQ(sum, 10U);
  }
}

TEST(Dispatch, EndsATargetWhateverTheLanesHold) {
  Calls calls;

  rn_target_end(NewTarget(EachEvent(&calls), 3));
  rn_target_end(nullptr);

  EXPECT_EQ(calls.released, 1);
}

TEST(Dispatch, FreesATargetUnreleased) {
  Calls calls;

  rn_target_free(NewTarget(EachEvent(&calls)));

  EXPECT_EQ(calls.released, 0);
}

TEST(Dispatch, NeedsNoRelease) {
  rn_target *target = NewTarget(HandlerOf(nullptr));

  rn_target_release(target);
}

// -- Retain -------------------------------------------------------------------

TEST(Dispatch, RetainsEachTargetThatItReleases) {
  int held = 0;
  rn_handler handler = HandlerOf(nullptr);
  handler.context = &held;
  handler.on_retain = [](void *context) { ++*static_cast<int *>(context); };
  handler.on_release = [](void *context) { --*static_cast<int *>(context); };

  rn_target *first = NewTarget(handler);
  rn_target *second = NewTarget(handler);
  EXPECT_EQ(held, 2);

  rn_target_end(first);
  EXPECT_EQ(held, 1);
  rn_target_release(second);
  EXPECT_EQ(held, 0);
}

TEST(Dispatch, RetainsNothingThatItDoesNotTake) {
  int held = 0;
  rn_handler handler = HandlerOf(nullptr);
  handler.context = &held;
  handler.on_retain = [](void *context) { ++*static_cast<int *>(context); };
  rn_target *target = nullptr;
  {
    const MemoryEnd end(0);
    EXPECT_EQ(rn_target_new(&handler, 1, &target), -ENOMEM);
  }
  handler.flags = ~0U;
  EXPECT_EQ(rn_target_new(&handler, 1, &target), -EINVAL);

  EXPECT_EQ(held, 0);
}

// -- In every lane -----------------------------------------------------------

// Three lanes and what lies in each of them.
class Jointly : public testing::Test {
 protected:
  Jointly() {
    EXPECT_EQ(rn_joint_new(3, &joint_), 0);
    for (uint32_t i = 0; i < 3; i++)
      rn_dispatch_share(lanes_[i].get(), joint_, i);
  }
  ~Jointly() override {
    rn_joint_free(joint_);
    rn_target_free(target_);
  }

  void WriteEverywhere(const std::string &name, rn_record_kind kind,
                       uint64_t seq) {
    for (TestDispatch &lane : lanes_) {
      rn_event *event = lane.Write(name, target_);
      event->kind = static_cast<uint8_t>(kind);
      event->flags = RN_RECORD_APART;
      event->seq = seq;
      event->mask = kind == RN_RECORD_OVERFLOW ? IN_Q_OVERFLOW : 0;
    }
  }
  uint64_t Delivered() {
    uint64_t count = 0;
    for (TestDispatch &lane : lanes_)
      count += rn_dispatch_counts(lane.get()).delivered;
    return count;
  }

  Calls calls_;
  rn_target *target_ = NewTarget(EachEvent(&calls_));
  rn_joint *joint_ = nullptr;
  TestDispatch lanes_[3];
};

TEST_F(Jointly, ALossIsTheFirstLanes) {
  WriteEverywhere("loss", RN_RECORD_OVERFLOW, 1);

  lanes_[1].Run();
  EXPECT_EQ(calls_.log, Log{"loss"});
  for (TestDispatch &lane : lanes_) lane.Run();

  EXPECT_EQ(calls_.log, Log{"loss"});
  EXPECT_EQ(Delivered(), 1U);
}

TEST_F(Jointly, ARepairIsTheLastLanes) {
  WriteEverywhere("repair", RN_RECORD_RESCAN, 1);

  lanes_[2].Run();
  lanes_[0].Run();
  EXPECT_EQ(calls_.log, Log{});
  lanes_[1].Run();

  EXPECT_EQ(calls_.log, Log{"repair"});
  EXPECT_EQ(Delivered(), 1U);
}

TEST_F(Jointly, SeveralAreEachHandledOnce) {
  WriteEverywhere("loss", RN_RECORD_OVERFLOW, 1);
  WriteEverywhere("again", RN_RECORD_OVERFLOW, 2);
  WriteEverywhere("repair", RN_RECORD_RESCAN, 3);
  WriteEverywhere("and again", RN_RECORD_RESCAN, 9);

  lanes_[2].Run();
  EXPECT_EQ(calls_.log, (Log{"loss", "again"}));
  lanes_[1].Run();
  lanes_[0].Run();

  EXPECT_EQ(calls_.log, (Log{"loss", "again", "repair", "and again"}));
}

TEST_F(Jointly, IsNoPartOfABatch) {
  rn_target *batches = NewTarget(InBatches(&calls_));
  std::swap(target_, batches);
  for (const char *name : {"a", "b"}) lanes_[0].Write(name, target_);
  WriteEverywhere("loss", RN_RECORD_OVERFLOW, 3);
  for (const char *name : {"c", "d"}) lanes_[0].Write(name, target_);

  lanes_[0].Run();

  EXPECT_EQ(calls_.log, (Log{"a b", "loss", "c d"}));
  rn_target_free(batches);
}

TEST_F(Jointly, IsDroppedOnce) {
  WriteEverywhere("loss", RN_RECORD_OVERFLOW, 1);

  uint64_t dropped = 0;
  for (TestDispatch &lane : lanes_) {
    rn_dispatch_discard(lane.get());
    lane.Run();
    dropped += rn_dispatch_counts(lane.get()).dropped;
  }

  EXPECT_EQ(calls_.log, Log{});
  EXPECT_EQ(dropped, 1U);
}

// What the others did before a repair is seen by who handles it.
TEST(Joint, TheLastOneSeesWhatTheOthersDid) {
  constexpr uint32_t kThreads = 4;
  constexpr uint64_t kNumbers = 2000;
  rn_joint *joint = nullptr;
  ASSERT_EQ(rn_joint_new(kThreads, &joint), 0);
  // Unguarded, all of them.
  std::vector<std::vector<int>> done(kNumbers + 1, std::vector<int>(kThreads));
  std::vector<uint64_t> first(kThreads);
  uint64_t last = 0;
  std::vector<std::thread> threads;
  for (uint32_t i = 0; i < kThreads; i++)
    threads.emplace_back([&, i] {
      for (uint64_t number = 1; number <= kNumbers; number++) {
        if (rn_joint_is_first(joint, number)) first[i]++;
        done[number][i] = 1;
        if (!rn_joint_is_last(joint, i, number)) continue;
        last++;
        EXPECT_EQ(done[number], std::vector<int>(kThreads, 1));
      }
    });
  for (std::thread &thread : threads) thread.join();

  EXPECT_EQ(last, kNumbers);
  EXPECT_EQ(std::accumulate(first.begin(), first.end(), uint64_t{0}), kNumbers);
  rn_joint_free(joint);
}

// -- Memory -------------------------------------------------------------------

TEST(Dispatch, SaysThatThereIsNoMemory) {
  const rn_handler handler = HandlerOf(nullptr);
  rn_dispatch *dispatch = nullptr;
  rn_target *target = nullptr;
  const int64_t before = LiveBlocks();
  rn_joint *joint = nullptr;
  for (const int blocks : {0, 1}) {
    const MemoryEnd end(blocks);
    EXPECT_EQ(rn_dispatch_new(&dispatch), -ENOMEM) << blocks;
  }
  {
    const MemoryEnd end(0);
    EXPECT_EQ(rn_target_new(&handler, 1, &target), -ENOMEM);
    EXPECT_EQ(rn_joint_new(1, &joint), -ENOMEM);
  }

  EXPECT_EQ(joint, nullptr);
  EXPECT_EQ(dispatch, nullptr);
  EXPECT_EQ(target, nullptr);
  EXPECT_EQ(LiveBlocks(), before);
}

TEST(Dispatch, TakesNoMemoryForAnEvent) {
  Calls calls;
  rn_handler handler = HandlerOf(&calls);
  handler.on_default = [](const rn_event *event, void *) {
    return rn_event_path(event, nullptr) == nullptr ? 1 : 0;
  };
  TestDispatch dispatch;
  rn_target *target = NewTarget(handler);
  const uint64_t before = TakenBlocks();
  for (int i = 0; i < 1000; i++) {
    dispatch.Write("a", target);
    dispatch.Run();
  }

  EXPECT_EQ(TakenBlocks(), before);
  rn_target_free(target);
}

}  // namespace
}  // namespace rn
