#!/usr/bin/env python3
"""What tools/report is given: bad files, bad words; and its small parts.

Usage: test/report/input_test.py [CASE...]     in the root, as `python3 -m unittest`
"""

import json
import os
import unittest

from harness import Folder, drain_case, main, samples, small_run
from report_page import scale, svg, text


class BadInput(Folder):
    def check(self, path, *parts):
        """One line that names the file and says these parts; exit 1."""
        done = self.report(path)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, r"\Areport: error: [^\n]*\n\Z")
        for part in (path, *parts):
            self.assertIn(part, done.stderr)

    def test_FileThatCannotBeRead(self):
        remedy = "make one with: bench --json FILE"
        self.check(self.path("none.json"), "No such file or directory", remedy)
        self.check(self.folder, "Is a directory", remedy)

    def test_FileThatIsNotJson(self):
        table = (
            ("", "it is empty"),
            ("{", "not JSON: line 1, column 2"),
            ('{"v":1,\n"cases":[}', "not JSON: line 2, column 10"),
            ("[" * 100000, "nested too deep"),
            ('{"v":1,"x":' + "9" * 5000 + "}", "a number too long"),
        )
        for content, what in table:
            self.check(self.save("bad.json", content), what, "bench --json FILE")
        with open(self.path("bytes.json"), "wb") as file:
            file.write(b"\xff\xfe{}")
        self.check(self.path("bytes.json"), "not UTF-8")

    def test_FileThatIsNoResult(self):
        for content in ("[]", "3", "{}", "null", '"v"'):
            self.check(self.save("bad.json", content), 'it has no "v"')

    def test_OtherVersion(self):
        for version in (2, 0, "1", True, 1.5, None, []):
            path = self.save("bad.json", dict(samples.run(), v=version))
            self.check(
                path, "version", "this program reads version 1", "use tools/report"
            )

    def test_MissingOrWrongPartOfTheFrame(self):
        for name in (
            "started",
            "seconds",
            "commit",
            "machine",
            "options",
            "skipped",
            "cases",
        ):
            run = samples.run()
            del run[name]
            self.check(self.save("bad.json", run), 'no "%s"' % name, "measure again")
            run[name] = True
            self.check(self.save("bad.json", run), '"%s" is not' % name)

    def test_MissingOrWrongPartOfACase(self):
        figure = {"min": 1, "median": 2, "max": 3}
        table = (
            ({"subject": "raw"}, 'cases[0] has no "scenario"'),
            ({"scenario": "drain"}, 'cases[0] has no "subject"'),
            ({"scenario": 3, "subject": "raw"}, 'cases[0] has no "scenario"'),
            (7, "cases[0] is not an object"),
            (
                drain_case(seconds={"min": 1, "max": 2}),
                'cases[0].seconds has no "median"',
            ),
            (
                drain_case(seconds=dict(figure, max="x")),
                "cases[0].seconds.max is not a number",
            ),
            (drain_case(seconds=dict(figure, min=4)), "not min <= median <= max"),
            (drain_case(workers="two"), "cases[0].workers is not a number"),
        )
        for case, what in table:
            self.check(self.save("bad.json", small_run(case)), what, "measure again")

    def test_NumbersThatAreNone(self):
        good = json.dumps(small_run(drain_case(seconds=777)))
        for word in ("NaN", "Infinity", "-Infinity"):
            path = self.save("bad.json", good.replace("777", word))
            self.check(path, word + " is not a number")
        path = self.save("bad.json", good.replace("777", "1e999"))
        self.check(path, "cases[0].seconds is not a finite number")
        path = self.save("bad.json", good.replace("777", "9" * 400))
        self.check(path, "cases[0].seconds is not a finite number")

    def test_SecondFileIsBad(self):
        good = self.save("good.json", samples.run())
        done = self.report(good, self.path("none.json"), "-o", self.path("out.html"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("none.json", done.stderr)
        self.assertFalse(os.path.exists(self.path("out.html")))


class CommandLine(Folder):
    def test_WritesTheSamePageToAFileAndToStandardOutput(self):
        good = self.save("good.json", samples.run())
        done = self.report(good, "-o", self.path("out.html"))
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        with open(self.path("out.html"), encoding="utf-8") as file:
            self.assertEqual(self.report(good).stdout, file.read())

    def test_RefusesBadUsage(self):
        good = self.save("good.json", samples.run())
        table = (
            ([], "no FILE"),
            (["--quick", good], "unknown option '--quick'"),
            ([good, "-o"], "-o needs a file name"),
            ([good, "-o", ""], "the name of OUT is empty"),
            ([good, "-o", good], "would be written over"),
            (["-o", "x.html"], "no FILE"),
        )
        for words, what in table:
            done = self.report(*words)
            self.assertEqual(done.returncode, 64, words)
            self.assertRegex(done.stderr, r"\Areport: error: [^\n]*\n\Z")
            self.assertIn(what, done.stderr)

    def test_TakesANameThatLooksLikeAnOption(self):
        self.save("-o.json", samples.run())
        done = self.report("--", self.path("-o.json"))
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_SaysWhyItCannotWrite(self):
        good = self.save("good.json", samples.run())
        done = self.report(good, "-o", self.path("no/such/folder.html"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("No such file or directory", done.stderr)

    def test_PrintsHelp(self):
        done = self.report("--help")
        self.assertEqual(done.returncode, 0)
        self.assertIn("tools/report FILE...", done.stdout)


class Scales(unittest.TestCase):
    def test_TicksLieOnTheAxis(self):
        tables = (
            [1],
            [0.001, 5],
            [3, 4, 5],
            [264, 21000],
            [16, 2**20],
            [1e-6, 1e9],
            [0, 8],
            [7, 0, 900],
            [5e-324],
            [0],
            [-1],
        )
        for values in tables:
            for log in (True, False, None):
                axis = scale.Scale(values, 300.0, 20.0, log)
                ticks = axis.ticks(5)
                self.assertGreaterEqual(len(ticks), 1, (values, log))
                self.assertLessEqual(len(ticks), 8)
                for value in ticks + values:
                    self.assertTrue(19.9 <= axis(value) <= 300.1, (values, log, value))

    def test_LogarithmicWhereTheRangeDemands(self):
        self.assertFalse(scale.Scale([10, 100], 0, 1).log)
        self.assertTrue(scale.Scale([10, 1000], 0, 1).log)

    def test_ZeroHasAPlaceOfItsOwnOnALogarithmicAxis(self):
        axis = scale.Scale([0, 1, 1000], 0.0, 100.0)
        self.assertEqual(axis(0), 0)
        self.assertGreater(axis(1), scale.ZERO_GAP)
        self.assertEqual(axis.ticks()[0], 0)

    def test_LabelsDoNotOverlap(self):
        placed = svg.spread_out([50, 51, 52, 90], 14, 0, 200)
        gaps = [b - a for a, b in zip(placed, placed[1:])]
        self.assertGreaterEqual(min(gaps), 13.8)

    def test_LabelsStayInside(self):
        placed = svg.spread_out([1, 1, 1, 199, 199], 14, 0, 200)
        self.assertTrue(all(0 <= place <= 200 for place in placed))


class Texts(unittest.TestCase):
    def test_NumbersWithTheirUnits(self):
        table = (
            (264.31, "ns", "264 ns"),
            (0.5, "ns", "0.5 ns"),
            (21472.4, "ns", "21 472 ns"),
            (10800, "time", "10.8 µs"),
            (1.5e9, "time", "1.5 s"),
            (0.339, "seconds", "339 ms"),
            (2.2e6, "rate", "2.2 M/s"),
            (8201732096, "bytes", "7.64 GiB"),
            (1.0999, "ratio", "1.10×"),
            (0.312, "share", "31.2 %"),
            (1000000, "count", "1 000 000"),
            (True, "", "yes"),
            ("noop", "", "noop"),
            (0, "time", "0 ns"),
            (-5, "count", "−5"),
            (1e-12, "seconds", "0.001 ns"),
        )
        for value, unit, shown in table:
            self.assertEqual(text.number(value, unit).replace(text.NARROW, " "), shown)

    def test_ChangesWithTheirSign(self):
        for change, shown in (
            (0.051, "+5.1 %"),
            (-0.2, "−20 %"),
            (0, "0 %"),
            (3, "+300 %"),
        ):
            self.assertEqual(text.percent(change).replace(text.NARROW, " "), shown)

    def test_SettingsInWords(self):
        table = (
            ("workers", 1, "1 worker"),
            ("workers", 2, "2 workers"),
            ("handler", "10us", "10 µs handler"),
            ("order", "none", "no order"),
            ("load", "50", "at 50 % load"),
            ("queue_limit", 16384, "queue of 16 Ki"),
            ("queue_limit", 100000, "queue of 100 k"),
            ("moon", "full", "moon full"),
        )
        for name, value, shown in table:
            self.assertEqual(text.phrase(name, value).replace(text.NARROW, " "), shown)


if __name__ == "__main__":
    main()
