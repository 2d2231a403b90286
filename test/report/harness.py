"""What the tests of tools/report share: a folder, the program, its page.

They run in the root of the project, as Bazel runs them; Bazel is told of
single cases by the file that it names.
"""

import itertools
import json
import os
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml

sys.dont_write_bytecode = True
ROOT = os.getcwd()
sys.path.insert(0, os.path.join(ROOT, "tools"))
import samples  # noqa: E402  (behind the lines above)
from report_page import page, read, text  # noqa: E402

XHTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"


class Folder(unittest.TestCase):
    """A folder for files, and the program."""

    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.folder = self._folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def save(self, name, value):
        """Text as it is, anything else as JSON."""
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(value if isinstance(value, str) else json.dumps(value))
        return self.path(name)

    def report(self, *words):
        return subprocess.run(
            [sys.executable, os.path.join(ROOT, "tools/report"), *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=60,
            encoding="utf-8",
        )

    def page_of(self, *runs):
        """The page of these results, as an element tree."""
        paths = [self.save("%d.json" % i, run) for i, run in enumerate(runs)]
        return xml.fromstring(page.make(read.read_runs(paths)).encode())


def words_of(element):
    return " ".join("".join(element.itertext()).replace(text.NARROW, " ").split())


def table_of(tree, name):
    found = tree.find(".//%stable[@id='%s']" % (XHTML, name))
    assert found is not None, "no table " + name
    return found


def rows_of(table):
    return [
        [words_of(cell) for cell in row]
        for row in table.findall("%stbody/%str" % (XHTML, XHTML))
    ]


def numbers_in(value):
    """All numbers of a JSON value."""
    if isinstance(value, dict):
        return list(itertools.chain(*map(numbers_in, value.values())))
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return []
    return [value]


def small_run(*cases):
    """A run with these cases."""
    run = samples.run()
    run["cases"] = list(cases)
    return run


def drain_case(**fields):
    figure = {"min": 290.5, "median": 300.25, "max": 320.125}
    ratio = {"min": 1.0, "median": 1.08, "max": 1.2}
    case = {"scenario": "drain", "subject": "ringnotify", "workers": 1}
    case.update(handler="noop", ns_per_event=figure, ratio_to_raw=ratio)
    case.update(fields)
    return case


def write_xml(path, result, count):
    """What Bazel shows, and tools/tally counts, of single cases."""
    suite = xml.Element("testsuite", name="report_test", tests=str(count))
    bad = {test.id(): trace for test, trace in result.failures + result.errors}
    for name in result.names:
        case = xml.SubElement(suite, "testcase")
        case.set("classname", name.split(".")[-2])
        case.set("name", name.split(".")[-1].removeprefix("test_"))
        if name in bad:
            xml.SubElement(case, "failure", message=text.escape(bad[name]))
    xml.ElementTree(suite).write(path)


class Result(unittest.TextTestResult):
    """Remembers the names."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.names = []

    def startTest(self, test):
        super().startTest(test)
        self.names.append(test.id())


def main():
    runner = unittest.TextTestRunner(resultclass=Result)
    ran = unittest.main(testRunner=runner, exit=False).result
    if "XML_OUTPUT_FILE" in os.environ:
        write_xml(os.environ["XML_OUTPUT_FILE"], ran, ran.testsRun)
    sys.exit(not ran.wasSuccessful())
