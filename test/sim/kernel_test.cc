// The model kernel against the real one: the same operations, one after the
// other, give the same results and the same records.

#include <errno.h>
#include <sys/inotify.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/sim/generator.h"
#include "test/sim/model_kernel.h"
#include "test/sim/real_tree.h"

namespace rn::sim {
namespace {

using Lines = std::vector<std::string>;

constexpr uint32_t kAll = IN_ALL_EVENTS;
// What others' listings and lookups set off is not in it.
constexpr uint32_t kStructure = IN_CREATE | IN_DELETE | IN_MOVE | IN_MOVE_SELF |
                                IN_DELETE_SELF | IN_ATTRIB | IN_MODIFY;

// Cookies are compared by the order in which they come first.
class RecordLines {
 public:
  Lines Of(std::vector<Record> records) {
    Lines lines;
    for (Record &record : records) {
      if (record.cookie != 0) {
        const auto next = static_cast<uint32_t>(numbers_.size() + 1);
        record.cookie = numbers_.emplace(record.cookie, next).first->second;
      }
      lines.push_back(RecordText(record));
    }
    return lines;
  }

 private:
  std::map<uint32_t, uint32_t> numbers_;
};

// The records that the model has queued.
std::vector<Record> Drain(ModelInotify *inotify) {
  std::vector<Record> records;
  char buffer[4096];
  ssize_t got;
  while ((got = inotify->Read(buffer, sizeof(buffer))) > 0) {
    for (ssize_t at = 0; at < got;) {
      inotify_event head;
      memcpy(&head, buffer + at, sizeof(head));
      at += static_cast<ssize_t>(sizeof(head));
      const std::string name = head.len > 0 ? buffer + at : "";
      records.push_back({head.wd, head.mask, head.cookie, name});
      at += static_cast<ssize_t>(head.len);
    }
  }
  return records;
}

// Both kernels, given the same to do.
class Pair {
 public:
  Pair() : model_(KernelTraits{}, &silent_) {}

  ModelKernel *model() { return &model_; }

  void Run(const Op &op) {
    done_ += OpText(op) + "\n";
    EXPECT_EQ(ResultText(model_.processes()->Run(op)),
              ResultText(real_.Run(op)))
        << done_;
  }
  void RunLine(const Lines &words) {
    Op op;
    ASSERT_TRUE(ParseOp(words, &op)) << words[0];
    Run(op);
  }
  // An operation that the model has done already.
  void RunReal(const Op &op, int result) {
    done_ += OpText(op) + "\n";
    EXPECT_EQ(ResultText(result), ResultText(real_.Run(op))) << done_;
  }

  void Watch(const std::string &path, uint32_t mask) {
    done_ += "watch " + path + "\n";
    Place place;
    ModelFs *fs = model_.fs();
    const int err = fs->Lookup(fs->root(), path, true, &place);
    int wd = err < 0 ? err : -ENOENT;
    if (err == 0 && place.inode != nullptr)
      wd = model_.inotify()->Add(place.inode, mask);
    EXPECT_EQ(wd, real_.Watch(path, mask)) << done_;
  }
  void RemoveWatch(int wd) {
    done_ += "remove watch " + std::to_string(wd) + "\n";
    EXPECT_EQ(model_.inotify()->Remove(wd), real_.RemoveWatch(wd)) << done_;
  }

  void SetNext(int wd) {
    done_ += "next watch " + std::to_string(wd) + "\n";
    EXPECT_EQ(model_.inotify()->SetNext(wd), real_.SetNext(wd)) << done_;
  }

  void Compare() {
    ASSERT_EQ(model_lines_.Of(Drain(model_.inotify())),
              real_lines_.Of(real_.Read()))
        << done_;
  }

 private:
  static std::string ResultText(int result) {
    return result < 0 ? strerrorname_np(-result) : std::to_string(result);
  }

  Trace silent_;
  ModelKernel model_;
  RealTree real_;
  RecordLines model_lines_, real_lines_;
  std::string done_;
};

// One operation each, with everything in sight watched.
class EachOperation : public testing::TestWithParam<const char *> {};

TEST_P(EachOperation, GivesTheSameRecords) {
  Pair pair;
  for (const char *path : {"/r", "/r/d", "/r/e", "/r/e/f", "/o"})
    pair.RunLine({"mkdir", path});
  for (const char *path : {"/r/x", "/r/y", "/r/e/z"})
    pair.RunLine({"create", path});
  pair.RunLine({"ln", "/r/x", "/o/x"});
  for (const char *path : {"/r", "/r/d", "/r/e", "/r/e/f", "/r/x", "/r/y"})
    pair.Watch(path, kAll);
  std::string line = GetParam(), word;
  std::vector<Lines> ops = {{}};
  for (const char c : line + " ") {
    if (c == ' ' || c == ';') {
      if (!word.empty()) ops.back().push_back(word);
      word.clear();
      if (c == ';') ops.push_back({});
    } else {
      word += c;
    }
  }
  for (const Lines &op : ops) pair.RunLine(op);
  pair.Compare();
}

INSTANTIATE_TEST_SUITE_P(
    Kernel, EachOperation,
    testing::Values(
        "create /r/d/n", "create /r/x", "mkdir /r/d/n", "mkdir /r/d",
        "fifo /r/n", "symlink /r/d /r/n", "ln /r/x /r/d/n", "ln /r/d /r/n",
        "write /r/x", "write /r/d", "chmod /r/x", "chmod /r/d", "unlink /r/x",
        "unlink /r/y", "unlink /r/d", "rmdir /r/d", "rmdir /r/e", "rmdir /r/x",
        "mv /r/x /r/n", "mv /r/x /r/y", "mv /r/y /r/x", "mv /r/x /o/n",
        "mv /r/x /o/x", "mv /r/d /r/n", "mv /r/d /r/e/f", "mv /r/d /r/e",
        "mv /r/e /r/d", "mv /r/e /r/e/f/n", "mv /r/e/f /r/e", "mv /r/d /r/x",
        "mv /r/x /r/d", "mv /r/d /o/n", "mv /r/d /r/d", "mv /r/n /r/m",
        "xchg /r/x /r/y", "xchg /r/d /r/e", "xchg /r/d /r/x",
        "xchg /r/d /r/e/f", "xchg /r/e /r/e/f", "xchg /r/e/f /r/e",
        "xchg /r/x /o/x", "xchg /r/d /r/n",
        "hold /r/d; rmdir /r/d; create /r/n; release /r/d",
        "hold /r/y; unlink /r/y",
        "hold /r/e/f; rmdir /r/e/f; rmdir /r/e; create /r/n; release /r/e/f",
        "hold /r/e/f; mv /r/d /r/e/f; create /r/n; release /r/e/f",
        "write /r/x; write /r/x; write /r/x", "rmdir /r/e/f; rmdir /r/e",
        "chmod /r/x; chmod /r/x; chmod /r/y; chmod /r/x"));

TEST(Kernel, ChangesOfAWatch) {
  Pair pair;
  pair.RunLine({"mkdir", "/r"});
  pair.RunLine({"create", "/r/x"});
  pair.Watch("/r", IN_CREATE);
  pair.Watch("/r", IN_DELETE | IN_MASK_ADD);
  pair.Watch("/r", IN_DELETE | 0x10000000 /* IN_MASK_CREATE */);
  pair.Watch("/r/n", IN_CREATE);
  pair.Watch("/r", 0);
  pair.RunLine({"create", "/r/y"});
  pair.RunLine({"unlink", "/r/x"});
  pair.Watch("/r", IN_ATTRIB);
  pair.RunLine({"unlink", "/r/y"});
  pair.RunLine({"chmod", "/r"});
  pair.RemoveWatch(1);
  pair.RemoveWatch(1);
  pair.Watch("/r", IN_CREATE);
  pair.Compare();
}

TEST(Kernel, NumbersOfWatches) {
  if (RealTree().SetNext(1) == -ENOTTY)
    GTEST_SKIP() << "a kernel without CONFIG_CHECKPOINT_RESTORE";
  Pair pair;
  for (const char *path : {"/r", "/a", "/b", "/c", "/d", "/e"})
    pair.RunLine({"mkdir", path});
  for (const char *path : {"/r", "/a", "/b"}) pair.Watch(path, IN_CREATE);
  pair.RemoveWatch(2);
  pair.SetNext(2);
  pair.Watch("/c", IN_CREATE);
  pair.SetNext(1);
  pair.Watch("/d", IN_CREATE);
  pair.SetNext(9);
  pair.Watch("/e", IN_CREATE);
  pair.RemoveWatch(2);
  pair.Watch("/a", IN_CREATE);
  pair.SetNext(0);
  pair.Compare();
}

// The default limit, reached, with a part read, and reached again.
TEST(Kernel, Overflow) {
  std::ifstream file("/proc/sys/fs/inotify/max_queued_events");
  size_t limit = 0;
  file >> limit;
  if (limit != KernelTraits{}.queue_max)
    GTEST_SKIP() << "max_queued_events is " << limit;
  Pair pair;
  pair.RunLine({"mkdir", "/r"});
  pair.RunLine({"create", "/r/x"});
  pair.RunLine({"create", "/r/y"});
  pair.Watch("/r", IN_ATTRIB | IN_CREATE);
  for (int round = 0; round < 2; round++) {
    for (int i = 0; i < 8200; i++) {
      Op op;
      op.kind = OpKind::kChmod;
      for (const char *path : {"/r/x", "/r/y"}) {
        op.a = path;
        pair.RunReal(op, pair.model()->processes()->Run(op));
        if (testing::Test::HasFailure()) return;
      }
    }
    pair.RunLine({"create", "/r/lost" + std::to_string(round)});
    pair.Compare();
    pair.RunLine({"create", "/r/seen" + std::to_string(round)});
    pair.Compare();
  }
}

// Random histories, with watches that come and go.
class Seeds : public testing::TestWithParam<int> {};

TEST_P(Seeds, GiveTheSameRecords) {
  constexpr int kEach = 40;
  for (int i = 0; i < kEach && !HasFailure(); i++) {
    const auto seed = static_cast<uint64_t>(GetParam() * kEach + i);
    Random random(seed);
    Generator generator({seed, 0, true});
    Pair pair;
    for (const Op &op : generator.setup().before) pair.Run(op);
    std::vector<std::string> paths = {"/r", "/o"};
    Op last;
    generator.on_step = [&last](const Step &step) { last = step.op; };
    for (;;) {
      if (random.Percent(30)) {
        const std::string &path =
            paths[random.Below(static_cast<uint32_t>(paths.size()))];
        pair.Watch(path, random.Percent(50) ? kAll : kStructure);
      }
      last = Op{};
      if (!generator.Rest(pair.model())) break;
      pair.model()->processes()->FinishAll();
      pair.RunReal(last, generator.last_result());
      for (const std::string &path : {last.a, last.b})
        if (!path.empty()) paths.push_back(path);
      if (random.Percent(40)) pair.Compare();
      if (HasFailure()) FAIL() << "seed " << seed;
    }
    pair.Compare();
  }
}

INSTANTIATE_TEST_SUITE_P(Kernel, Seeds, testing::Range(0, 10));

}  // namespace
}  // namespace rn::sim
