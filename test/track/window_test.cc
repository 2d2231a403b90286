// Directories that appear under a recursive root, and the window in which what
// a listing showed and what records say are one.

#include <errno.h>

#include "test/track/track_fixture.h"

namespace rn {
namespace {

class Window : public TrackFixture {
 protected:
  Window() {
    kernel_.MakeDir("/r");
    Add("/r");
    r_ = Wd("/r");
  }

  // A directory d with a file f appears, and is listed.
  void Appear() {
    kernel_.MakeFile("/r/d/f");
    Feed(DirRecord(r_, IN_CREATE, "d"));
    Walk();
    d_ = Wd("/r/d");
    EXPECT_EQ(Told(), (Lines{"CREATE /r/d/", "~CREATE /r/d/f"}));
  }

  int r_ = 0;
  int d_ = 0;
};

// -- Adopting -----------------------------------------------------------------

TEST_F(Window, AdoptsADirectoryThatIsAnnounced) {
  kernel_.MakeDir("/r/d");

  Feed(DirRecord(r_, IN_CREATE, "d"));

  EXPECT_GT(kernel_.WdOf("/r/d"), 0);
  EXPECT_EQ(rn_tracker_watch_count(tracker_), 2U);
}

TEST_F(Window, TellsWhatStandsInANewDirectory) {
  kernel_.MakeFile("/r/d/e/f");
  kernel_.MakeFile("/r/d/z");

  Feed(DirRecord(r_, IN_CREATE, "d"));
  Settle();

  EXPECT_EQ(Told(), (Lines{"CREATE /r/d/", "~CREATE /r/d/e/", "~CREATE /r/d/z",
                           "~CREATE /r/d/e/f"}));
}

// Between two pieces of a listing a file leaves that stood in what was read,
// and comes back behind the fence.
TEST_F(Window, TellsWhatWasReadBeforeYoungerRecords) {
  for (int i = 10; i < 50; i++) kernel_.MakeDir("/r/d/" + std::to_string(i));
  kernel_.MakeFile("/r/d/f");
  Feed(DirRecord(r_, IN_CREATE, "d"));
  rn_tracker_walk(tracker_, RN_WALK_NEW);
  ASSERT_TRUE(rn_tracker_is_walking(tracker_, RN_WALK_NEW));
  kernel_.Remove("/r/d/f");

  Feed(Record(Wd("/r/d"), IN_DELETE, 0, "f"));
  Settle();
  Feed(Record(Wd("/r/d"), IN_CREATE, 0, "f"));

  Lines of_file;
  for (const std::string &line : Told())
    if (line.find("/f") != std::string::npos) of_file.push_back(line);
  EXPECT_EQ(of_file,
            (Lines{"~CREATE /r/d/f", "DELETE /r/d/f", "CREATE /r/d/f"}));
}

TEST_F(Window, TellsWhatStandsInTheDepths) {
  constexpr int kDepth = 100;  // more than can be open at a time
  std::string path = "/r";
  for (int i = 0; i < kDepth; i++) path += "/d";
  kernel_.MakeFile(path + "/f");

  Feed(DirRecord(r_, IN_CREATE, "d"));
  Settle();

  const Lines told = Told();
  EXPECT_EQ(told.size(), kDepth + 1U);
  EXPECT_EQ(told.back(), "~CREATE " + path + "/f");
}

TEST_F(Window, TellsAllOfALargeDirectory) {
  constexpr int kFiles = 2000;  // more than is listed at a time
  for (int i = 0; i < kFiles; i++)
    kernel_.MakeFile("/r/d/" + std::to_string(i));

  Feed(DirRecord(r_, IN_CREATE, "d"));
  Settle();

  EXPECT_EQ(Told().size(), kFiles + 1U);
}

TEST_F(Window, AdoptsNothingUnderARootThatIsNotRecursive) {
  kernel_.MakeDir("/s/d");
  Add("/s", "/s", false);

  Feed(DirRecord(Wd("/s"), IN_CREATE, "d"));
  Settle();

  EXPECT_EQ(Told(), Lines{"CREATE /s/d/"});
  EXPECT_EQ(kernel_.WdOf("/s/d"), -1);
}

TEST_F(Window, FollowsNoLink) {
  kernel_.MakeLink("/r/d");

  Feed(DirRecord(r_, IN_CREATE, "d"));
  Settle();

  EXPECT_EQ(Told(), Lines{"CREATE /r/d/"});
  EXPECT_EQ(rn_tracker_watch_count(tracker_), 1U);
}

// -- The window ---------------------------------------------------------------

TEST_F(Window, DropsTheRecordOfWhatTheListingShowed) {
  Appear();

  Feed(Record(d_, IN_CREATE, 0, "f"));

  EXPECT_EQ(Told(), Lines{});
}

TEST_F(Window, DropsTheArrivalByRenameOfWhatTheListingShowed) {
  Appear();

  Feed(Record(d_, IN_MOVED_TO, 7, "f"));

  EXPECT_EQ(Told(), Lines{});
}

TEST_F(Window, DropsTheListedOfWhatARecordTold) {
  kernel_.MakeFile("/r/d/f");
  Feed(DirRecord(r_, IN_CREATE, "d"));
  Feed(Record(Wd("/r/d"), IN_CREATE, 0, "f"));

  Walk();

  EXPECT_EQ(Told(), (Lines{"CREATE /r/d/", "CREATE /r/d/f"}));
}

TEST_F(Window, LetsPassWhatTheListingDidNotShow) {
  Appear();

  Feed(Record(d_, IN_CREATE, 0, "g") + Record(d_, IN_MODIFY, 0, "f"));

  EXPECT_EQ(Told(), (Lines{"CREATE /r/d/g", "MODIFY /r/d/f"}));
}

TEST_F(Window, DropsTheDepartureOfWhatNobodyKnew) {
  Appear();

  Feed(Record(d_, IN_DELETE, 0, "unseen") +
       Record(d_, IN_MOVED_FROM, 7, "unheard"));

  EXPECT_EQ(Told(), Lines{});
}

TEST_F(Window, TellsTheDepartureOfWhatWasTold) {
  Appear();

  Feed(Record(d_, IN_DELETE, 0, "f") + Record(d_, IN_CREATE, 0, "f"));

  EXPECT_EQ(Told(), (Lines{"DELETE /r/d/f", "CREATE /r/d/f"}));
}

TEST_F(Window, StaysOpenUntilTheFenceIsRead) {
  Appear();
  EndTurn();

  Feed(Record(d_, IN_CREATE, 0, "f"));

  EXPECT_EQ(Told(), Lines{});
}

TEST_F(Window, IsClosedByTheFencesLastRecord) {
  Appear();
  EndTurn();

  EXPECT_TRUE(Drain());
  Feed(Record(d_, IN_CREATE, 0, "f") + Record(d_, IN_DELETE, 0, "unseen"));

  EXPECT_EQ(Told(), (Lines{"CREATE /r/d/f", "DELETE /r/d/unseen"}));
}

TEST_F(Window, IsNotClosedByAFenceThatStoodBeforeIt) {
  kernel_.MakeDir("/r/a");
  Feed(DirRecord(r_, IN_CREATE, "a"));
  Walk();
  EndTurn();
  Told();
  Appear();

  Drain();
  Feed(Record(d_, IN_CREATE, 0, "f"));

  EXPECT_EQ(Told(), Lines{});
}

TEST_F(Window, IsNotClosedByTheLastRecordOfAnother) {
  Appear();
  EndTurn();

  Feed(IgnoredRecord(999) + Record(d_, IN_CREATE, 0, "f"));

  EXPECT_EQ(Told(), Lines{});
}

TEST_F(Window, StaysOpenWhileThereIsNoWatchForAFence) {
  Appear();
  kernel_.FailNext(Call::kWatchAdd, -ENOSPC);
  EndTurn();

  EXPECT_FALSE(Drain());
  Feed(Record(d_, IN_CREATE, 0, "f"));

  EXPECT_EQ(Told(), Lines{});
}

TEST_F(Window, GetsItsFenceInALaterTurn) {
  Appear();
  kernel_.FailNext(Call::kWatchAdd, -ENOSPC);
  EndTurn();
  EndTurn();

  EXPECT_TRUE(Drain());
  Feed(Record(d_, IN_CREATE, 0, "f"));

  EXPECT_EQ(Told(), Lines{"CREATE /r/d/f"});
}

// -- Listed too early ---------------------------------------------------------

// The listing showed the second directory of that name, the records are still
// of the first.
TEST_F(Window, TakesBackTheContentOfADirectoryListedTooEarly) {
  Appear();

  Feed(DirRecord(r_, IN_DELETE, "d"));

  EXPECT_EQ(Told(), (Lines{"~DELETE /r/d/f", "DELETE /r/d/"}));
}

TEST_F(Window, TellsTheContentAgainWithTheNextArrival) {
  Appear();
  Feed(DirRecord(r_, IN_DELETE, "d"));
  Told();

  Feed(DirRecord(r_, IN_CREATE, "d"));
  Settle();

  EXPECT_EQ(Told(), (Lines{"CREATE /r/d/", "~CREATE /r/d/f"}));
  EXPECT_TRUE(IsWatched(d_));
}

TEST_F(Window, TakesBackFromTheDepthsUpwards) {
  kernel_.MakeFile("/r/d/e/f");
  Feed(DirRecord(r_, IN_CREATE, "d"));
  Walk();
  Told();

  Feed(DirRecord(r_, IN_DELETE, "d"));

  EXPECT_EQ(Told(),
            (Lines{"~DELETE /r/d/e/f", "~DELETE /r/d/e/", "DELETE /r/d/"}));
}

TEST_F(Window, TakesNothingBackOfAnOldDirectory) {
  Appear();
  Settle();

  Feed(DirRecord(r_, IN_DELETE, "d"));

  EXPECT_EQ(Told(), Lines{"DELETE /r/d/"});
}

// -- Errors -------------------------------------------------------------------

class Refusal : public Window, public testing::WithParamInterface<int> {
 protected:
  // What is told of d and e when d fails.
  Lines Expected() const {
    return {"CREATE /r/d/", "error " + std::to_string(GetParam()) + " /r/d",
            "CREATE /r/e/", "~CREATE /r/e/f"};
  }

  void AppearTwice() {
    kernel_.MakeFile("/r/d/f");
    kernel_.MakeFile("/r/e/f");
    Feed(DirRecord(r_, IN_CREATE, "d") + DirRecord(r_, IN_CREATE, "e"));
    Settle();
  }
};

TEST_P(Refusal, OfAWatchIsToldAndTheRestFlows) {
  FailWatching("d", GetParam());

  AppearTwice();

  EXPECT_EQ(Told(), Expected());
}

TEST_P(Refusal, OfADirectoryIsToldAndTheRestFlows) {
  FailOpening("d", GetParam());

  AppearTwice();

  EXPECT_EQ(Told(), Expected());
}

TEST_P(Refusal, BelowANewDirectoryIsToldAndTheRestFlows) {
  kernel_.MakeDir("/r/n/d");
  kernel_.MakeFile("/r/n/e/f");
  FailWatching("d", GetParam());

  Feed(DirRecord(r_, IN_CREATE, "n"));
  Settle();

  EXPECT_EQ(Told(), (Lines{"CREATE /r/n/", "~CREATE /r/n/d/", "~CREATE /r/n/e/",
                           "error " + std::to_string(GetParam()) + " /r/n/d",
                           "~CREATE /r/n/e/f"}));
}

INSTANTIATE_TEST_SUITE_P(Track, Refusal,
                         testing::Values(-ENOSPC, -ENOMEM, -EACCES));

TEST_F(Window, SaysNothingOfADirectoryThatIsGoneAlready) {
  Feed(DirRecord(r_, IN_CREATE, "d"));
  Settle();
  Feed(DirRecord(r_, IN_DELETE, "d"));

  EXPECT_EQ(Told(), (Lines{"CREATE /r/d/", "DELETE /r/d/"}));
  EXPECT_EQ(rn_tracker_watch_count(tracker_), 1U);
}

TEST_F(Window, SaysNothingOfADirectoryThatGoesDuringTheListing) {
  kernel_.MakeDir("/r/d/e");
  FailOpening("e", -ENOENT);

  Feed(DirRecord(r_, IN_CREATE, "d"));
  Settle();

  EXPECT_EQ(Told(), (Lines{"CREATE /r/d/", "~CREATE /r/d/e/"}));
}

}  // namespace
}  // namespace rn
