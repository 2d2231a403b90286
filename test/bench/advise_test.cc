/* --advise: which options come out of which figures, and how its question is
 * read. */

#include "bench/advise/advise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace {

/* A machine on which nothing is special: two processors, 8 GiB. */
constexpr advise_figures kMachine = {300, 50, 450, 2, 8ULL << 30, 16384};

advice Advise(advise_want want, advise_figures figures = kMachine) {
  advice given;
  advise(&want, &figures, &given);
  return given;
}

struct Case {
  const char *name;
  advise_want want; /* rate, cost in ns, burst */
  advise_figures figures;
  advise_bound bound;
  uint32_t workers;
  rn_full full;
  uint64_t backlog_mib;
  uint64_t queue_limit;
};

constexpr advise_figures With(uint32_t cpus) {
  advise_figures figures = kMachine;
  figures.cpus = cpus;
  return figures;
}

constexpr advise_figures WithMake(double make_ns) {
  advise_figures figures = kMachine;
  figures.make_ns = make_ns;
  return figures;
}

constexpr advise_figures WithMemory(uint64_t bytes) {
  advise_figures figures = kMachine;
  figures.memory_bytes = bytes;
  return figures;
}

constexpr advise_figures WithQueue(uint64_t limit) {
  advise_figures figures = kMachine;
  figures.queue_limit = limit;
  return figures;
}

constexpr Case kCases[] = {
    {"Idle",
     {1, 0, 0},
     kMachine,
     ADVISE_KEEPS_UP,
     1,
     RN_FULL_SPILL,
     256,
     16384},
    /* 200 000/s at 2.05 us: 41 % of one worker. */
    {"OneWorkerWillDo",
     {2e5, 2000, 1e6},
     kMachine,
     ADVISE_KEEPS_UP,
     1,
     RN_FULL_SPILL,
     256,
     32768},
    /* 500 000/s at 2.05 us: 1.03 processors for handlers, 0.15 for reading. */
    {"TwoWorkers",
     {5e5, 2000, 0},
     kMachine,
     ADVISE_KEEPS_UP,
     2,
     RN_FULL_SPILL,
     256,
     32768},
    {"SevenWorkersOfEight",
     {5e5, 9000, 0},
     With(8),
     ADVISE_KEEPS_UP,
     7,
     RN_FULL_SPILL,
     256,
     32768},
    /* 1 000 000/s at 2.05 us would take 2.05 processors and 0.3. */
    {"HandlersTooDear",
     {1e6, 2000, 0},
     kMachine,
     ADVISE_WORKERS,
     2,
     RN_FULL_DROP,
     256,
     65536},
    /* 4 000 000/s at 300 ns: 1.2 readers. */
    {"ReaderTooSlow",
     {4e6, 0, 0},
     With(8),
     ADVISE_READER,
     1,
     RN_FULL_SPILL,
     256,
     262144},
    /* 10 000 000 events of which the worker handles 22 %: 475 MiB, a quarter
     * more. */
    {"LargeBurst",
     {1e4, 2000, 1e7},
     kMachine,
     ADVISE_KEEPS_UP,
     1,
     RN_FULL_SPILL,
     596,
     32768},
    /* 1 GiB of memory: 256 MiB of it hold 4.2 million; the rest waits in the
     * kernel, where an eighth holds 1.4. */
    {"BurstBeyondMemory",
     {1e4, 2000, 1e7},
     WithMemory(1ULL << 30),
     ADVISE_KEEPS_UP,
     1,
     RN_FULL_SPILL,
     256,
     2097152},
    /* Twice as fast as the reader: half of it waits in the kernel. */
    {"ProducerFasterThanReader",
     {1e3, 0, 1e6},
     WithMake(150),
     ADVISE_KEEPS_UP,
     1,
     RN_FULL_SPILL,
     256,
     1048576},
    {"SpeedOfProducerNotKnown",
     {1e3, 0, 1e5},
     WithMake(0),
     ADVISE_KEEPS_UP,
     1,
     RN_FULL_SPILL,
     256,
     131072},
    {"QueueIsLongAlready",
     {2e5, 2000, 1e6},
     WithQueue(1 << 20),
     ADVISE_KEEPS_UP,
     1,
     RN_FULL_SPILL,
     256,
     1 << 20},
    {"OneProcessor",
     {1e6, 1000, 0},
     With(1),
     ADVISE_WORKERS,
     1,
     RN_FULL_DROP,
     256,
     65536},
};

class AdviseTable : public testing::TestWithParam<Case> {};

TEST_P(AdviseTable, ChoosesTheOptions) {
  const Case &given = GetParam();

  const advice got = Advise(given.want, given.figures);

  EXPECT_EQ(got.bound, given.bound);
  EXPECT_EQ(got.workers, given.workers);
  EXPECT_EQ(got.full, given.full);
  EXPECT_EQ(got.backlog_size >> 20, given.backlog_mib);
  EXPECT_EQ(got.queue_limit, given.queue_limit);
  EXPECT_EQ(got.queue_is_as_now,
            given.queue_limit == given.figures.queue_limit);
}

/* What thread_notifier.h allows. */
TEST_P(AdviseTable, StaysInTheRangesOfTheOptions) {
  const Case &given = GetParam();

  const advice got = Advise(given.want, given.figures);

  EXPECT_GE(got.workers, 1U);
  EXPECT_LE(got.workers, 256U);
  EXPECT_GE(got.slots, 2U);
  EXPECT_LE(got.slots, 1U << 20);
  EXPECT_EQ(got.slots & (got.slots - 1), 0U);
  EXPECT_GE(got.read_size, 4096U);
  EXPECT_LE(got.read_size, 1U << 20);
  EXPECT_GT(got.backlog_size, 0U);
  EXPECT_LE(got.reader_busy, 1.001);
  EXPECT_LE(got.worker_busy, 1.001);
  EXPECT_LE(got.cpus_busy, given.figures.cpus + 0.001);
}

INSTANTIATE_TEST_SUITE_P(Advise, AdviseTable, testing::ValuesIn(kCases),
                         [](const testing::TestParamInfo<Case> &row) {
                           return row.param.name;
                         });

TEST(Advise, TellsHowBusyThreadsWillBe) {
  const advice got = Advise({2e5, 2000, 1e6});

  EXPECT_NEAR(got.reader_busy, 0.06, 0.001);
  EXPECT_NEAR(got.worker_busy, 0.41, 0.001);
  EXPECT_NEAR(got.cpus_busy, 0.47, 0.001);
  EXPECT_NEAR(got.capacity, 1e9 / 2050, 1);
}

/* 1 000 000 events come in 0.45 s; the worker handles one in 2.05 us. */
TEST(Advise, TellsWhatABurstLeavesAndHowLongItTakes) {
  const advice got = Advise({2e5, 2000, 1e6});

  EXPECT_NEAR(static_cast<double>(got.waits_in_memory), 780488, 10);
  EXPECT_EQ(got.memory_bytes / got.waits_in_memory, 64U);
  EXPECT_EQ(got.burst_lost, 0U);
  EXPECT_NEAR(got.recover_s, 2.8, 0.2);
}

TEST(Advise, TellsThatABurstIsNeverCaughtUpWith) {
  EXPECT_LT(Advise({1e6, 2000, 1e6}).recover_s, 0);
  EXPECT_EQ(Advise({1e3, 2000, 0}).recover_s, 0);
}

TEST(Advise, TellsTheLossOfHandlersThatAreTooDear) {
  const advice got = Advise({1e6, 2000, 0});

  EXPECT_EQ(got.wanted_workers, 3U);
  EXPECT_NEAR(got.capacity, 2e9 / 2350, 1);
  EXPECT_NEAR(got.lost_share, 0.149, 0.001);
  EXPECT_NEAR(got.first_loss_s, 4194304 / (1e6 - 2e9 / 2350), 0.01);
  EXPECT_GT(got.slots, 1024U);
}

TEST(Advise, TellsHowManyReadersItWouldTake) {
  const advice got = Advise({4e6, 0, 0}, With(8));

  EXPECT_EQ(got.notifiers, 2U);
  EXPECT_NEAR(got.lost_share, 1 - 1e9 / 300 / 4e6, 0.001);
}

TEST(Advise, TellsWhatABurstLosesThatFitsNowhere) {
  const advice got = Advise({1e4, 2000, 1e9}, WithMemory(1 << 30));

  EXPECT_GT(got.burst_lost, 700000000U);
  EXPECT_LT(got.burst_lost, 1000000000U);
}

TEST(Advise, KnowsWhetherOneOrderOverAllWouldDo) {
  EXPECT_TRUE(Advise({2e5, 2000, 0}).total_order_fits);
  EXPECT_FALSE(Advise({5e5, 2000, 0}).total_order_fits);
}

TEST(Advise, IsFiniteAtTheEndsOfTheRanges) {
  for (const double rate : {1e-3, 1.0, 1e9})
    for (const double cost : {0.0, 6e10})
      for (const double burst : {0.0, 1.0, 1e12})
        for (const double read : {1.0, 1e6}) {
          const advise_figures figures = {read, 20, 0, 256, 1ULL << 40, 16};
          const advice got = Advise({rate, cost, burst}, figures);
          EXPECT_TRUE(std::isfinite(got.capacity));
          EXPECT_TRUE(std::isfinite(got.recover_s));
          EXPECT_TRUE(std::isfinite(got.first_loss_s));
          EXPECT_LE(got.queue_limit, 1ULL << 40);
        }
}

/* ---- the question ---- */

std::string Problem(const char *question) {
  advise_want want = {};
  text problem = {};
  EXPECT_LT(advise_parse(question, &want, &problem), 0) << question;
  const std::string said(problem.data == nullptr ? "" : problem.data,
                         problem.size);
  text_fini(&problem);
  return said;
}

TEST(AdviseParse, TakesUnits) {
  const struct {
    const char *question;
    advise_want want;
  } table[] = {
      {"200000/s,2us,1000000", {2e5, 2000, 1e6}},
      {"200000,2us,1M", {2e5, 2000, 1e6}},
      {"200k/s,2.5us,500k", {2e5, 2500, 5e5}},
      {"1.5M,0,0", {1.5e6, 0, 0}},
      {"1e3/s,900ns,1e4", {1000, 900, 1e4}},
      {"1,1.5ms,0", {1, 1.5e6, 0}},
      {"1,2s,0", {1, 2e9, 0}},
      {"1,3\u00b5s,0", {1, 3000, 0}},
  };
  for (const auto &row : table) {
    advise_want want = {};
    text problem = {};
    EXPECT_EQ(advise_parse(row.question, &want, &problem), 0) << row.question;
    EXPECT_DOUBLE_EQ(want.rate, row.want.rate) << row.question;
    EXPECT_DOUBLE_EQ(want.cost_ns, row.want.cost_ns) << row.question;
    EXPECT_DOUBLE_EQ(want.burst, row.want.burst) << row.question;
    text_fini(&problem);
  }
}

TEST(AdviseParse, NamesThePartTheValueAndTheRemedy) {
  const struct {
    const char *question, *part, *remedy;
  } table[] = {
      {"fast,2us,0", "RATE cannot be 'fast'", "200000/s"},
      {"0,2us,0", "RATE cannot be '0'", "200000/s"},
      {"-1/s,2us,0", "RATE cannot be '-1/s'", "200000/s"},
      {"5/min,2us,0", "RATE cannot be '5/min'", "events a second"},
      {"nan,2us,0", "RATE cannot be 'nan'", "200000/s"},
      {"inf,2us,0", "RATE cannot be 'inf'", "200000/s"},
      {"0x10,2us,0", "RATE cannot be '0x10'", "200000/s"},
      {" 1,2us,0", "RATE cannot be ' 1'", "200000/s"},
      {"2e9,2us,0", "RATE cannot be '2e9'", "up to 1000M/s"},
      {",2us,0", "RATE cannot be ''", "200000/s"},
      {"1,2,0", "COST cannot be '2'", "with its unit"},
      {"1,2 us,0", "COST cannot be '2 us'", "2us"},
      {"1,2min,0", "COST cannot be '2min'", "up to 60s"},
      {"1,61s,0", "COST cannot be '61s'", "up to 60s"},
      {"1,.,0", "COST cannot be '.'", "2us"},
      {"1,2us,many", "BURST cannot be 'many'", "0 for none"},
      {"1,2us,1e13", "BURST cannot be '1e13'", "a number of events"},
      {"1,2us,", "BURST cannot be ''", "0 for none"},
  };
  for (const auto &row : table) {
    const std::string said = Problem(row.question);
    EXPECT_NE(said.find(row.part), std::string::npos) << said;
    EXPECT_NE(said.find(row.remedy), std::string::npos) << said;
  }
}

TEST(AdviseParse, WantsThreeParts) {
  for (const char *question : {"", "1", "1,2us", "1,2us,3,4", "1,2us,3,"}) {
    const std::string said = Problem(question);
    EXPECT_NE(said.find("RATE,COST,BURST"), std::string::npos) << said;
  }
}

/* ---- the answer ---- */

std::string Shown(advise_want want, advise_figures figures = kMachine) {
  const advice given = Advise(want, figures);
  text page = {};
  advise_show(&page, &want, &figures, &given, "measured now");
  std::string shown(page.data, page.size);
  text_fini(&page);
  return shown;
}

TEST(AdviseShow, GivesTheOptionsAsCode) {
  const std::string shown = Shown({5e5, 2000, 0});

  for (const char *part :
       {".worker_count = 2,", ".order = RN_ORDER_DIRECTORY,",
        ".full = RN_FULL_SPILL,", ".slot_count = 1024,", ".read_size = 65536,",
        ".backlog_size = (size_t)256 << 20,", "It keeps up"})
    EXPECT_NE(shown.find(part), std::string::npos) << part << '\n' << shown;
}

TEST(AdviseShow, GivesTheSysctlOnlyWhereItIsNeeded) {
  const char *const line = "sysctl -w fs.inotify.max_queued_events=32768\n";

  EXPECT_NE(Shown({2e5, 2000, 1e6}).find(line), std::string::npos);
  EXPECT_EQ(Shown({1e3, 2000, 10}).find("sysctl"), std::string::npos);
}

TEST(AdviseShow, SaysThatItCannotKeepUp) {
  EXPECT_NE(Shown({1e6, 2000, 0}).find("CANNOT keep up"), std::string::npos);
  EXPECT_NE(Shown({1e6, 2000, 0}).find("RN_FULL_DROP"), std::string::npos);
  EXPECT_NE(Shown({4e6, 0, 0}, With(8)).find("one reader is too slow"),
            std::string::npos);
}

TEST(AdviseShow, SaysThatThereIsLittleToSpare) {
  EXPECT_NE(Shown({7.5e5, 2000, 0}).find("with little to spare"),
            std::string::npos);
  EXPECT_EQ(Shown({5e5, 2000, 0}).find("with little to spare"),
            std::string::npos);
}

TEST(AdviseShow, FitsATerminal) {
  for (const Case &given : kCases) {
    const std::string shown = Shown(given.want, given.figures);
    size_t begin = 0;
    while (begin < shown.size()) {
      const size_t end = shown.find('\n', begin);
      ASSERT_NE(end, std::string::npos);
      EXPECT_LE(end - begin, 80U) << shown.substr(begin, end - begin);
      begin = end + 1;
    }
  }
}

}  // namespace
