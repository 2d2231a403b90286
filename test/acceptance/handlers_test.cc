// Which handler an event goes to: exact, family and default; pyinotify's
// families; chains; a handler of a watch's own.

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>

#include "test/notifier/notifier_fixture.h"

namespace rn {
namespace {

// What callbacks were called, in their order: "who CREATE f".
class Seen {
 public:
  void Add(const std::string &who, const rn_event *event) {
    const std::lock_guard<std::mutex> lock(mutex_);
    lines_.push_back(who + " " + LoggedEvent(event).Text(root));
  }
  Strings Lines() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return lines_;
  }
  Strings SortedLines() const {
    Strings lines = Lines();
    std::sort(lines.begin(), lines.end());
    return lines;
  }

  std::string root;

 private:
  mutable std::mutex mutex_;
  Strings lines_;
};

// A callback of a table whose context is a Seen.
#define SEEN_BY(who)                               \
  [](const rn_event *event, void *context) {       \
    static_cast<Seen *>(context)->Add(who, event); \
    return 0;                                      \
  }

class Acceptance : public NotifierFixture {
 protected:
  Acceptance() { seen_.root = dir_.path(); }

  rn_handler SeenHandler() {
    rn_handler handler = Sized<rn_handler>();
    handler.context = &seen_;
    return handler;
  }

  void MakeWith(const rn_handler &handler) {
    options_.handler = &handler;
    Make();
  }

  void CatchUp() const { ASSERT_EQ(rn_thread_notifier_sync(notifier_, -1), 0); }

  void OpenAndClose(const std::string &name, int flags) const {
    const int fd = open(Path(name).c_str(), flags | O_CLOEXEC);
    ASSERT_GE(fd, 0) << name;
    close(fd);
  }

  // More changes than the kernel's queue holds.  Before the start: nobody
  // reads.  False when that would take too long here.
  [[nodiscard]] bool FillTheQueue(const std::string &a,
                                  const std::string &b) const {
    rn_limit limit;
    EXPECT_EQ(rn_limit_get(RN_LIMIT_QUEUE, &limit), 0);
    if (limit.value > 1000000) return false;
    for (uint64_t i = 0; i < limit.value / 2 + 2; i++)
      for (const std::string &name : {a, b})  // or they merge
        EXPECT_EQ(chmod(Path(name).c_str(), 0600), 0);
    return true;
  }

  Seen seen_;
};

TEST_F(Acceptance, Case04ExactThenFamilyThenDefault) {
  rn_handler handler = SeenHandler();
  handler.on_close_write = SEEN_BY("exact");
  handler.on_close = SEEN_BY("family");
  handler.on_default = SEEN_BY("default");
  Touch("f");
  MakeWith(handler);
  WatchAll(IN_ALL_EVENTS);

  OpenAndClose("f", O_WRONLY);
  OpenAndClose("f", O_RDONLY);
  CatchUp();

  EXPECT_EQ(seen_.Lines(),
            (Strings{"default OPEN f", "exact CLOSE_WRITE f", "default OPEN f",
                     "family CLOSE_NOWRITE f"}));
}

// -- Families
// -------------------------------------------------------------------

class AcceptanceFamilies : public Acceptance {
 protected:
  // The families that pyinotify has other events for, and what is not theirs.
  rn_handler FamilyHandler() {
    rn_handler handler = SeenHandler();
    handler.on_moved = SEEN_BY("moved");
    handler.on_move = SEEN_BY("move");
    handler.on_delete = SEEN_BY("delete");
    handler.on_default = SEEN_BY("default");
    return handler;
  }

  void Watch() {
    const uint32_t mask = IN_MOVE | IN_MOVE_SELF | IN_DELETE | IN_DELETE_SELF;
    Touch("f");
    MkDir("d");
    ASSERT_EQ(Add("", mask, RN_WATCH_RECURSIVE), 0);
    Start();
  }

  void RenameAndRemove() const {
    Move("f", "g");
    Move("d", "e");
    RmDir("e");
    CatchUp();
  }
};

TEST_F(AcceptanceFamilies, Case05FamiliesOfPyinotify) {
  rn_handler handler = FamilyHandler();
  handler.flags = RN_HANDLER_PYINOTIFY_FAMILIES;
  MakeWith(handler);
  Watch();

  RenameAndRemove();

  EXPECT_EQ(seen_.SortedLines(),
            (Strings{"delete DELETE_SELF e", "delete DELETE|ISDIR e",
                     "move MOVE_SELF e", "moved MOVED_FROM f",
                     "moved MOVED_FROM|ISDIR d", "moved MOVED_TO g <- f",
                     "moved MOVED_TO|ISDIR e <- d"}));
}

TEST_F(AcceptanceFamilies, Case05DeleteSelfGoesToItsOwnCallbackFirst) {
  rn_handler handler = FamilyHandler();
  handler.on_delete_self = SEEN_BY("delete_self");
  handler.flags = RN_HANDLER_PYINOTIFY_FAMILIES;
  MakeWith(handler);
  Watch();

  RmDir("d");
  CatchUp();

  EXPECT_EQ(seen_.SortedLines(),
            (Strings{"delete DELETE|ISDIR d", "delete_self DELETE_SELF d"}));
}

TEST_F(AcceptanceFamilies, Case05FamiliesWithoutTheFlag) {
  rn_handler handler = FamilyHandler();
  handler.on_delete_self = SEEN_BY("delete_self");
  MakeWith(handler);
  Watch();

  RenameAndRemove();

  EXPECT_EQ(seen_.SortedLines(),
            (Strings{"default MOVE_SELF e", "delete DELETE|ISDIR e",
                     "delete_self DELETE_SELF e", "move MOVED_FROM f",
                     "move MOVED_FROM|ISDIR d", "move MOVED_TO g <- f",
                     "move MOVED_TO|ISDIR e <- d"}));
}

// -- Chains
// ---------------------------------------------------------------------

// A link of Case06.
struct Link {
  Seen *seen;
  std::string name;
  int result = 0;
  bool condition = true;
};

int CallLink(const rn_event *event, void *context) {
  const Link *link = static_cast<Link *>(context);
  link->seen->Add(link->name, event);
  return link->result;
}

bool AskLink(const rn_event *, void *context) {
  return static_cast<Link *>(context)->condition;
}

// outer(mid(inner)), each a chain in the next: inner is first.
class AcceptanceChains : public Acceptance {
 protected:
  // condition: in front of mid.
  void MakeChain(bool condition = true) {
    if_.condition = condition;
    rn_chain *inner = NewChain();
    rn_chain *mid = NewChain();
    rn_chain *outer = NewChain();
    AddLink(inner, &inner_);
    AddChain(mid, inner);
    ASSERT_EQ(rn_chain_add_condition(mid, AskLink, &if_, nullptr), 0);
    AddLink(mid, &mid_);
    AddChain(outer, mid);
    AddLink(outer, &outer_);

    rn_handler handler = Sized<rn_handler>();
    ASSERT_EQ(rn_chain_handler(outer, &handler), 0);
    MakeWith(handler);
    rn_chain_free(outer);
  }

  static rn_chain *NewChain() {
    rn_chain *chain = nullptr;
    EXPECT_EQ(rn_chain_new(&chain), 0);
    return chain;
  }

  static void AddLink(rn_chain *chain, Link *link) {
    rn_handler handler = Sized<rn_handler>();
    handler.context = link;
    handler.on_default = CallLink;
    ASSERT_EQ(rn_chain_add(chain, &handler), 0);
  }

  static void AddChain(rn_chain *chain, rn_chain *link) {
    rn_handler handler = Sized<rn_handler>();
    ASSERT_EQ(rn_chain_handler(link, &handler), 0);
    ASSERT_EQ(rn_chain_add(chain, &handler), 0);
    rn_chain_free(link);
  }

  void TouchOne() {
    WatchAll(IN_CREATE);
    Touch("f");
    CatchUp();
  }

  Link inner_{&seen_, "inner"};
  Link if_{&seen_, "if"};
  Link mid_{&seen_, "mid"};
  Link outer_{&seen_, "outer"};
};

TEST_F(AcceptanceChains, Case06FromTheInnermostOutwards) {
  MakeChain();

  TouchOne();

  EXPECT_EQ(seen_.Lines(),
            (Strings{"inner CREATE f", "mid CREATE f", "outer CREATE f"}));
}

TEST_F(AcceptanceChains, Case06AStopKeepsTheRestFromTheEvent) {
  mid_.result = RN_CHAIN_STOP;
  MakeChain();

  TouchOne();

  EXPECT_EQ(seen_.Lines(), (Strings{"inner CREATE f", "mid CREATE f"}));
  EXPECT_EQ(Statistics().handler_errors, 0U);
}

TEST_F(AcceptanceChains, Case06AConditionGates) {
  MakeChain(false);

  TouchOne();

  EXPECT_EQ(seen_.Lines(), (Strings{"inner CREATE f", "outer CREATE f"}));
}

TEST_F(AcceptanceChains, Case06AnOverflowIsNotGated) {
  MakeChain(false);
  Touch("f");
  Touch("g");
  ASSERT_EQ(Add("", IN_ATTRIB), 0);
  if (!FillTheQueue("f", "g")) GTEST_SKIP() << "a very long queue";

  Start();
  CatchUp();

  const Strings lines = seen_.Lines();
  for (const char *who : {"inner", "mid", "outer"})
    EXPECT_EQ(std::count(lines.begin(), lines.end(),
                         std::string(who) + " OVERFLOW kernel"),
              1)
        << who;
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "mid ATTRIB f"), 0);
}

// -- A watch's own handler
// --------------------------------------------------------

class AcceptanceOwnHandler : public Acceptance {
 protected:
  // T/a has a handler of its own, T/b has not; each a file f.
  void MakeWatches(uint32_t mask) {
    Make();
    for (const char *name : {"a", "b"}) {
      MkDir(name);
      Touch(std::string(name) + "/f");
    }
    ASSERT_EQ(Add("a", mask, 0, &own_), 0);
    ASSERT_EQ(Add("b", mask), 0);
  }

  EventLog own_;
};

TEST_F(AcceptanceOwnHandler, Case07EventsGoToOneHandler) {
  MakeWatches(IN_CREATE);
  Start();

  Touch("a/new");
  Touch("b/new");
  CatchUp();

  EXPECT_EQ(own_.Texts(dir_.path()), Strings{"CREATE a/new"});
  EXPECT_EQ(Texts(), Strings{"CREATE b/new"});
  Finish();
}

TEST_F(AcceptanceOwnHandler, Case07AnOverflowGoesToBoth) {
  MakeWatches(IN_ATTRIB);
  if (!FillTheQueue("a/f", "b/f")) GTEST_SKIP() << "a very long queue";

  Start();
  CatchUp();

  EXPECT_TRUE(own_.Has(dir_.path(), "OVERFLOW kernel"));
  EXPECT_TRUE(Has("OVERFLOW kernel"));
  EXPECT_FALSE(own_.Has(dir_.path(), "ATTRIB b/f"));
  EXPECT_FALSE(Has("ATTRIB a/f"));
  Finish();
}

}  // namespace
}  // namespace rn
