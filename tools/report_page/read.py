"""Files -> runs, checked.

A file is what `bench --json` writes.  What has to be there is checked here,
so that the rest of the page meets no surprise: the frame, the kind of each
value, the three numbers of a figure.  What a case holds beyond that is up to
the harness: unknown fields and scenarios go through.
"""

import json
import os
from collections import namedtuple

from . import fields

VERSION = 1
MAKE_ONE = "make one with: bench --json FILE"
DAMAGED = "the file was changed or cut; measure again with: bench --json FILE"

LARGEST = 1e300  # so that sums and squares of numbers are finite, too

FRAME = {
    "v": int,
    "started": str,
    "seconds": (int, float),
    "commit": str,
    "machine": dict,
    "options": dict,
    "skipped": list,
    "cases": list,
}

KIND_NAMES = {
    int: "a whole number",
    str: "text",
    dict: "an object",
    list: "a list",
    (int, float): "a number",
}


class BadFile(Exception):
    """One line that names the file, what is wrong, and the remedy."""

    def __init__(self, path, what, remedy):
        super().__init__("%s: %s; %s" % (path, what, remedy))


class Figure(namedtuple("Figure", "min median max")):
    """What came out of several repetitions."""

    @property
    def spread(self):
        """(max - min) / median; None when the median is 0."""
        if self.median == 0:
            return None
        return (self.max - self.min) / abs(self.median)


class Case:
    """One measurement: settings (what was measured) and results."""

    def __init__(self, raw):
        self.wrong = raw.get("wrong")
        self.settings = {}
        self.results = {}
        for name, value in _flat(raw):
            if name == "wrong":
                continue
            is_setting = fields.field(name, value).setting
            (self.settings if is_setting else self.results)[name] = value

    scenario = property(lambda self: self.settings["scenario"])
    subject = property(lambda self: self.settings["subject"])

    def value(self, name):
        """A setting or a result as one number or word, or None."""
        value = self.settings.get(name, self.results.get(name))
        return value.median if isinstance(value, Figure) else value

    def figure(self, name):
        """A result as a figure: one number is a figure without a spread."""
        value = self.results.get(name)
        if value is None or isinstance(value, Figure):
            return value
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        return Figure(value, value, value)


# letter  A, B, ... in the order of the files
Run = namedtuple("Run", "letter path raw cases")


def read_runs(paths):
    """All files.  Raises BadFile."""
    return [_read_run(path, _letter(index)) for index, path in enumerate(paths)]


def _letter(index):
    """A to Z, then AA, AB, ..."""
    letters = ""
    while index >= 0:
        letters = chr(ord("A") + index % 26) + letters
        index = index // 26 - 1
    return letters


def _read_run(path, letter):
    raw = _read_json(path)
    _check_frame(path, raw)
    _check_numbers(path, raw, "")
    for index, case in enumerate(raw["cases"]):
        _check_case(path, case, "cases[%d]" % index)
    for index, skipped in enumerate(raw["skipped"]):
        if not isinstance(skipped, dict):
            raise BadFile(path, "skipped[%d] is not an object" % index, DAMAGED)
    return Run(letter, path, raw, [Case(case) for case in raw["cases"]])


def _read_json(path):
    def refuse(word):
        raise BadFile(path, "%s is not a number" % word, DAMAGED)

    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file, parse_constant=refuse)
    except OSError as error:
        what = "cannot be read: " + (error.strerror or str(error))
        raise BadFile(path, what, MAKE_ONE) from error
    except UnicodeDecodeError as error:
        raise BadFile(path, "not UTF-8, so not JSON", MAKE_ONE) from error
    except json.JSONDecodeError as error:
        if os.path.getsize(path) == 0:
            raise BadFile(path, "it is empty", MAKE_ONE) from error
        what = "not JSON: line %d, column %d: %s" % (
            error.lineno,
            error.colno,
            error.msg,
        )
        raise BadFile(path, what, MAKE_ONE) from error
    except (RecursionError, ValueError) as error:
        what = "not a result: nested too deep, or a number too long"
        raise BadFile(path, what, MAKE_ONE) from error


def _check_frame(path, raw):
    if not isinstance(raw, dict) or "v" not in raw:
        raise BadFile(path, 'not a bench result: it has no "v"', MAKE_ONE)
    if raw["v"] != VERSION or isinstance(raw["v"], bool):
        what = "version %s; this program reads version %d" % (
            json.dumps(raw["v"])[:40],
            VERSION,
        )
        raise BadFile(path, what, "use tools/report of the commit that wrote it")
    for name, kind in FRAME.items():
        if name not in raw:
            raise BadFile(path, 'no "%s"' % name, DAMAGED)
        if not isinstance(raw[name], kind) or isinstance(raw[name], bool):
            what = '"%s" is not %s' % (name, KIND_NAMES[kind])
            raise BadFile(path, what, DAMAGED)


def _check_numbers(path, value, where):
    """Refuse numbers beyond what a float holds: 1e999 is read as infinity."""
    if isinstance(value, dict):
        for name, inner in value.items():
            _check_numbers(path, inner, where + "." + name if where else name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _check_numbers(path, inner, "%s[%d]" % (where, index))
    elif isinstance(value, (int, float)):
        if abs(value) > LARGEST:
            raise BadFile(path, "%s is not a finite number" % where, DAMAGED)


def _check_case(path, case, where):
    if not isinstance(case, dict):
        raise BadFile(path, "%s is not an object" % where, DAMAGED)
    for name in ("scenario", "subject"):
        if not isinstance(case.get(name), str):
            raise BadFile(path, '%s has no "%s"' % (where, name), DAMAGED)
    for name, value in case.items():
        is_setting = name in fields.KNOWN and fields.KNOWN[name].setting
        if is_setting and isinstance(value, (dict, list)):
            what = "%s.%s is not one value" % (where, name)
            raise BadFile(path, what, DAMAGED)
        if isinstance(value, dict) and set(value) & set(Figure._fields):
            if not _is_percentiles(value):
                _check_figure(path, value, "%s.%s" % (where, name))
        elif name in fields.KNOWN and not _fits(name, value):
            kind = "the right kind" if name in WORDS else "a number"
            raise BadFile(path, "%s.%s is not %s" % (where, name, kind), DAMAGED)


WORDS = (
    "scenario",
    "subject",
    "kind",
    "load",
    "handler",
    "order",
    "callback",
    "full",
)


def _fits(name, value):
    if isinstance(value, dict) or value is None:
        return True
    if isinstance(value, bool):
        return name == "correct"
    return isinstance(value, (int, float)) or isinstance(value, str) and name in WORDS


def _is_percentiles(value):
    """{"p50": .., "max": ..} has a "max" and is no figure."""
    return "min" not in value and "median" not in value


def _check_figure(path, value, where):
    for name in Figure._fields:
        if name not in value:
            raise BadFile(path, '%s has no "%s"' % (where, name), DAMAGED)
        number = value[name]
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            what = "%s.%s is not a number" % (where, name)
            raise BadFile(path, what, DAMAGED)
    if not value["min"] <= value["median"] <= value["max"]:
        what = "%s: not min <= median <= max" % where
        raise BadFile(path, what, DAMAGED)


def _flat(raw, prefix=""):
    """(name, value) of all fields; what lies in an object as "outer.inner"."""
    for name, value in raw.items():
        if isinstance(value, dict) and set(Figure._fields) <= set(value):
            extra = {k: v for k, v in value.items() if k not in Figure._fields}
            yield prefix + name, Figure(*(value[k] for k in Figure._fields))
            yield from _flat(extra, prefix + name + ".")
        elif isinstance(value, dict):
            yield from _flat(value, prefix + name + ".")
        elif isinstance(value, list):
            yield prefix + name, json.dumps(value)
        elif value is not None:
            yield prefix + name, value
