#!/usr/bin/env python3
"""The page of tools/report: its structure, its cases, its comparison.

Usage: test/report/page_test.py [CASE...]     in the root, as `python3 -m unittest`
"""

import copy
import html.parser
import json
import os
import tempfile
import xml.etree.ElementTree as xml

from harness import ROOT, SVG, XHTML, Folder, main, numbers_in, rows_of
from harness import drain_case, samples, small_run, table_of, words_of
from report_page import compare, page, read


def tiles_of(tree):
    return [
        words_of(tile) for tile in tree.findall(".//%sul[@class='tiles']/*" % XHTML)
    ]


class Page(Folder):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "run.json")
            cls.run_ = samples.run()
            samples.write(path, cls.run_)
            cls.text = page.make(read.read_runs([path]))
        cls.tree = xml.fromstring(cls.text.encode())

    def test_IsHtmlWhoseElementsAreClosed(self):
        open_elements = []

        class Parser(html.parser.HTMLParser):
            def handle_starttag(self, tag, attrs):
                open_elements.append(tag)

            def handle_endtag(self, tag):
                assert open_elements.pop() == tag

            def handle_startendtag(self, tag, attrs):
                pass

        Parser().feed(self.text)

        self.assertEqual(open_elements, [])
        self.assertTrue(self.text.startswith("<!DOCTYPE html>"))

    def test_LoadsNothing(self):
        for element in self.tree.iter():
            self.assertNotIn(
                element.tag.rpartition("}")[2],
                ("script", "link", "img", "iframe", "object", "image", "use"),
            )
            for name, value in element.items():
                if name in ("href", "src", "{http://www.w3.org/1999/xlink}href"):
                    self.assertRegex(value, "^#")
        style = words_of(self.tree.find(".//%sstyle" % XHTML))
        self.assertNotRegex(style, r"url\(|@import|http")
        policy = self.tree.find(".//%smeta[@http-equiv]" % XHTML).get("content")
        self.assertIn("default-src 'none'", policy)

    def test_HasEachLinkedPlaceOnce(self):
        ids = [e.get("id") for e in self.tree.iter() if e.get("id") is not None]
        self.assertEqual(len(ids), len(set(ids)))
        for link in self.tree.iter(XHTML + "a"):
            self.assertIn(link.get("href")[1:], ids)
        for plot in self.tree.iter(SVG + "svg"):
            for name in plot.get("aria-labelledby").split():
                self.assertIn(name, ids)

    def test_CarriesEveryNumberOfEveryCase(self):
        for scenario in {case["scenario"] for case in self.run_["cases"]}:
            table = table_of(self.tree, "cases-" + scenario)
            held = [d.get("value") for d in table.iter(XHTML + "data")]
            caption = words_of(table.find(XHTML + "caption")).replace(" ", "")
            for case in self.run_["cases"]:
                if case["scenario"] == scenario:
                    for number in numbers_in(case):
                        is_there = str(number) in held or str(number) in caption
                        self.assertTrue(is_there, (number, case))

    def test_HasARowForEachCase(self):
        for scenario in {case["scenario"] for case in self.run_["cases"]}:
            count = sum(c["scenario"] == scenario for c in self.run_["cases"])
            rows = rows_of(table_of(self.tree, "cases-" + scenario))
            self.assertEqual(len(rows), count)

    def test_PlotsEachScenario(self):
        for scenario in page.ORDER:
            section = self.tree.find(".//%ssection[@id='%s']" % (XHTML, scenario))
            plots = list(section.iter(SVG + "svg"))
            self.assertGreater(len(plots), 0, scenario)
            for plot in plots:
                self.assertEqual(plot.get("role"), "img")
                self.assertTrue(words_of(plot.find(SVG + "title")))
                self.assertTrue(words_of(plot.find(SVG + "desc")))

    def test_PutsThePeersBesideTheLibrary(self):
        for plot in self.tree.iter(SVG + "svg"):
            if words_of(plot.find(SVG + "title")).endswith("noop handler"):
                labels = " ".join(words_of(t) for t in plot.iter(SVG + "text"))
                for subject in ("raw", "ringnotify, 1 worker", "libuv", "watchdog"):
                    self.assertIn(subject, labels)
                return
        self.fail("no plot of the peers")

    def test_KeepsMarksInsideThePlot(self):
        for plot in self.tree.iter(SVG + "svg"):
            width, height = map(float, plot.get("viewBox").split()[2:])
            for mark in plot.iter():
                for name, limit in (
                    ("x", width),
                    ("cx", width),
                    ("y", height),
                    ("cy", height),
                ):
                    if mark.get(name) is not None:
                        self.assertTrue(0 <= float(mark.get(name)) <= limit)

    def test_SaysWhatTheGoalsAreAndWhetherTheyAreMet(self):
        tiles = tiles_of(self.tree)
        self.assertEqual(len(tiles), 9)
        for tile in tiles:
            self.assertIn("✓ goal met", tile)
        self.assertTrue(any(t.startswith("Memory a watch121 B✓") for t in tiles))

    def test_NamesMachineCommitOptionsAndWhatWasSkipped(self):
        everything = words_of(self.tree)
        for part in (
            "Example CPU @ 3.00GHz",
            "Linux 6.1.0-18-amd64",
            "a9b54e8",
            "max_queued_events16 384",
            "option repeat5",
        ):
            self.assertIn(part, everything)
        skipped = rows_of(table_of(self.tree, "skipped-cases"))
        self.assertIn(["drain", "entr", "not installed; Debian package entr"], skipped)

    def test_TellsTheSpread(self):
        rows = rows_of(table_of(self.tree, "noise-by-scenario"))
        self.assertIn("drain", [row[0] for row in rows])

    def test_IsReadInLightAndDarkAndPrint(self):
        for rule in ("prefers-color-scheme: dark", "@media print", "max-width"):
            self.assertIn(rule, self.text)


class Cases(Folder):
    def test_SaysThatAGoalIsMissed(self):
        for median, said in ((1.10, "✓ goal met"), (1.11, "✗ goal missed")):
            ratio = {"min": 1.0, "median": median, "max": 1.2}
            (tile,) = tiles_of(self.page_of(small_run(drain_case(ratio_to_raw=ratio))))
            self.assertIn(said + ": at most 1.10×", tile)

    def test_MarksAWrongCase(self):
        case = drain_case(wrong="3 events <b>too many</b>")
        tree = self.page_of(small_run(case))
        row = table_of(tree, "cases-drain").find("%stbody/%str" % (XHTML, XHTML))
        self.assertEqual(row.get("class"), "wrong")
        self.assertIn("3 events <b>too many</b>", words_of(row))
        self.assertIsNotNone(tree.find(".//%ssection[@id='wrong']" % XHTML))

    def test_MarksAStormThatTheLibraryToldWrong(self):
        storm = {"scenario": "storm", "kind": "mkdir", "correct": False, "missed": 1}
        for subject, is_marked in (("ringnotify", True), ("watchdog", False)):
            tree = self.page_of(small_run(dict(storm, subject=subject)))
            found = tree.find(".//%ssection[@id='wrong']" % XHTML)
            self.assertEqual(found is not None, is_marked, subject)

    def test_ShowsAnUnknownScenarioInATable(self):
        case = {
            "scenario": "tidal wave",
            "subject": "ringnotify",
            "moon": "full",
            "height": {"min": 1.5, "median": 2.5, "max": 3.5, "unit": "m"},
            "list": [1, "two"],
            "deep": {"deeper": {"deepest": 77}},
            "nothing": None,
        }
        rows = rows_of(table_of(self.page_of(small_run(case)), "cases-tidal_20_wave"))
        for part in ("full", "2.5", "77", '[1, "two"]'):
            self.assertIn(part, " ".join(rows[0]))

    def test_ShowsAnUnknownFieldOfAKnownScenario(self):
        tree = self.page_of(small_run(drain_case(cache_misses=4.25)))
        table = table_of(tree, "cases-drain")
        self.assertIn("cache misses", words_of(table.find(XHTML + "thead")))
        self.assertIn("4.25", words_of(table))

    def test_EscapesWhateverItIsGiven(self):
        nasty = "<script>alert('&\"')</script>]]>-->\x00\x1b\ud800\u202e"
        run = small_run(
            drain_case(subject=nasty, handler=nasty, wrong=nasty),
            {"scenario": nasty, "subject": nasty, nasty: nasty},
        )
        run["commit"] = run["started"] = nasty
        run["machine"] = {nasty: nasty, "cpu": nasty}
        run["options"] = {nasty: nasty}
        run["skipped"] = [{"scenario": nasty, "subject": nasty, "reason": nasty}]
        tree = self.page_of(run, run)
        self.assertEqual(list(tree.iter(XHTML + "script")), [])
        self.assertIn("<script>alert('&\"')</script>]]>-->", words_of(tree))

    def test_ShowsARunWithoutCases(self):
        with open(
            os.path.join(ROOT, "test/report/minimal.json"), encoding="utf-8"
        ) as file:
            tree = self.page_of(json.load(file))
        self.assertIn("no cases", words_of(tree))

    def test_TakesAnyValueOrSaysWhatIsWrong(self):
        odd = (None, 0, -1, 1e18, 5e-324, "", "x", True, [], [1], {}, {"max": 1})
        odd += ({"min": 0, "median": 0, "max": 0}, {"min": -1, "median": 0, "max": 1})
        by_scenario = {}
        for case in samples.run()["cases"]:
            if case["subject"] == "ringnotify":
                by_scenario.setdefault(case["scenario"], case)
        for case in by_scenario.values():
            for name in case:
                for value in odd:
                    changed = dict(copy.deepcopy(case), **{name: value})
                    path = self.save("odd.json", small_run(case, changed))
                    try:
                        made = page.make(read.read_runs([path, path]))
                    except read.BadFile as error:
                        self.assertIn(path, str(error))
                    else:
                        xml.fromstring(made.encode())


class Comparison(Folder):
    @classmethod
    def setUpClass(cls):
        cls.old, cls.new = samples.two_runs()

    def compare(self, old, new):
        paths = [self.save("old.json", old), self.save("new.json", new)]
        return compare.compare(*read.read_runs(paths))

    def verdict(self, old, new, name="ratio_to_raw"):
        result = self.compare(
            small_run(drain_case(**{name: old})), small_run(drain_case(**{name: new}))
        )
        return [pair.verdict for pair in result.pairs if pair.name == name]

    def test_JudgesAChangeByTheSpread(self):
        def figure(low, median, high):
            return {"min": low, "median": median, "max": high}

        base = figure(0.95, 1.0, 1.05)
        table = (
            (figure(1.06, 1.11, 1.12), "worse"),
            (figure(1.04, 1.09, 1.12), "within"),
            (figure(0.80, 1.20, 1.30), "within"),
            (figure(0.80, 0.85, 0.86), "better"),
            (figure(0.90, 1.00, 1.30), "same"),
        )
        for new, verdict in table:
            self.assertEqual(self.verdict(base, new), [verdict], new)

    def test_KnowsWhichWayIsGood(self):
        def figure(median):
            return {"min": median, "median": median, "max": median}

        self.assertEqual(
            self.verdict(figure(10), figure(12), "events_per_s"), ["better"]
        )
        self.assertEqual(self.verdict(figure(10), figure(12), "seconds"), ["worse"])
        self.assertEqual(
            self.verdict(figure(10), figure(12), "synthetic_share"), ["neutral"]
        )

    def test_JudgesNoSingleValueButALossWhereNoneWas(self):
        self.assertEqual(self.verdict(10, 12, "peak_bytes"), ["unknown"])
        self.assertEqual(self.verdict(0, 5, "lost_kernel"), ["worse"])
        self.assertEqual(self.verdict(5, 0, "lost_kernel"), ["unknown"])

    def test_LaysRatiosSideBySide(self):
        tree = self.page_of(self.old, self.new)
        rows = rows_of(table_of(tree, "ratios-B"))
        self.assertIn("worse, beyond the spread", rows[0][5])
        self.assertIn("drain, path handler", rows[0][0])
        verdicts = [row[5] for row in rows]
        self.assertTrue(any(v.startswith("within the spread") for v in verdicts))
        better = [row for row in rows if row[5].startswith("better")]
        self.assertEqual({row[0].split(",")[0] for row in better}, {"setup"})

    def test_CountsTheVerdicts(self):
        said = words_of(self.page_of(self.old, self.new))
        self.assertRegex(said, r"Of \d+ ratios 19 worse and 2 better beyond the spread")

    def test_SaysHowMuchTheMachineChanged(self):
        new = copy.deepcopy(self.old)
        for case in new["cases"]:
            if (case["scenario"], case["subject"]) == ("drain", "raw"):
                samples.scale(case["ns_per_event"], 1.25)
        said = words_of(self.page_of(self.old, new))
        self.assertIn("changed by 0 % to +25 %: so much did the machine", said)

    def test_PicksOneCaseOfEachSubject(self):
        """Also one that was measured with fewer events."""
        slow = drain_case(subject="watchdog", events=1000)
        del slow["workers"]
        own = [drain_case(events=9000, workers=i) for i in (1, 2, 3)]
        tree = self.page_of(small_run(slow, *own))
        plot = tree.find(".//%ssection[@id='drain']//%ssvg" % (XHTML, SVG))
        labels = [words_of(text) for text in plot.iter(SVG + "text")]
        self.assertIn("watchdog", labels)
        self.assertIn("ringnotify, 3 workers", labels)

    def test_SaysWhichCasesBecameWrong(self):
        said = words_of(self.page_of(self.old, self.new))
        self.assertIn("Wrong now, right before: storm, ringnotify, rename", said)
        said = words_of(self.page_of(self.new, self.old))
        self.assertIn("Right now, wrong before: storm, ringnotify, rename", said)

    def test_ListsCasesOfOneRunOnly(self):
        old = small_run(drain_case(), drain_case(workers=2))
        new = small_run(drain_case(), drain_case(workers=3))
        result = self.compare(old, new)
        self.assertEqual([c.settings["workers"] for c in result.only_base], [2])
        self.assertEqual([c.settings["workers"] for c in result.only_new], [3])
        self.assertIn("Only in A: 1 case", words_of(self.page_of(old, new)))

    def test_PairsCasesOfTheSameSettingsInTheirOrder(self):
        twice = small_run(drain_case(), drain_case())
        self.assertEqual(len(self.compare(twice, twice).pairs), 4)

    def test_WarnsOfAnotherMachine(self):
        other = copy.deepcopy(self.old)
        other["machine"]["cpu"] = "Another CPU"
        self.assertIn("The runs differ in cpu", words_of(self.page_of(self.old, other)))
        self.assertNotIn("The runs differ", words_of(self.page_of(self.old, self.new)))

    def test_PutsEachPlotOfTwoRunsSideBySide(self):
        tree = self.page_of(self.old, self.new)
        for figure in tree.findall(
            ".//%ssection[@id='drain']//%sfigure" % (XHTML, XHTML)
        ):
            self.assertEqual(len(list(figure.iter(SVG + "svg"))), 2)

    def test_TakesThreeRuns(self):
        tree = self.page_of(self.old, self.new, self.old)
        self.assertIsNotNone(table_of(tree, "ratios-B"))
        self.assertIsNotNone(table_of(tree, "ratios-C"))


if __name__ == "__main__":
    main()
