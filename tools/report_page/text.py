"""Numbers and names as a person reads them; escaping."""

import math
import re

NARROW = "\u202f"  # narrow no-break space: between digits, before a unit

# What XML 1.0 cannot carry, lone surrogates included.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def escape(value):
    """Text for an element or an attribute, whatever it holds."""
    clean = _NOT_XML.sub("\ufffd", str(value))
    for sign, name in (("&", "amp"), ("<", "lt"), (">", "gt"), ('"', "quot")):
        clean = clean.replace(sign, "&%s;" % name)
    return clean.replace("'", "&#39;")


def slug(name):
    """A name as an id: no two names have the same."""
    return "".join(
        sign if sign.isascii() and sign.isalnum() or sign == "-" else "_%x_" % ord(sign)
        for sign in name
    )


def exact(value):
    """A number as JSON has it, for the machine: <data value=...>."""
    return repr(value) if isinstance(value, float) else str(value)


def digits(value, count=3):
    """That many digits that matter, no exponent, thousands apart."""
    if value == 0:
        return "0"
    whole = math.floor(math.log10(abs(value))) + 1
    decimals = max(0, count - whole)
    shown = "{:,.{}f}".format(value, min(decimals, 9))
    if float(shown.replace(",", "")) == 0:
        return "{:.2g}".format(value)
    if "." in shown:
        shown = shown.rstrip("0").rstrip(".")
    return shown.replace(",", NARROW).replace("-", "\u2212")


def _stepped(value, steps, count=3):
    """The greatest unit that the value reaches: 1500 ns -> 1.5 us."""
    size, unit = steps[0]
    for next_size, next_unit in steps:
        if abs(value) >= next_size:
            size, unit = next_size, next_unit
    return digits(value / size, count) + NARROW + unit


_TIMES = ((1, "ns"), (1e3, "µs"), (1e6, "ms"), (1e9, "s"))
_RATES = ((1, "/s"), (1e3, "k/s"), (1e6, "M/s"), (1e9, "G/s"))
_BYTES = ((1, "B"), (2**10, "KiB"), (2**20, "MiB"), (2**30, "GiB"))


def number(value, unit):
    """A number with its unit; see the units in fields.KNOWN."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, (int, float)):
        return str(value)
    if unit == "ns":
        return digits(value) + NARROW + "ns"
    if unit == "time":
        return _stepped(value, _TIMES)
    if unit == "seconds":
        return _stepped(value * 1e9, _TIMES)
    if unit == "rate":
        return _stepped(value, _RATES)
    if unit == "bytes":
        return _stepped(value, _BYTES)
    if unit == "ratio":
        return "{:.2f}×".format(value)
    if unit == "share":
        return digits(value * 100) + NARROW + "%"
    return count(value)


def count(value):
    """A plain number: whole ones in full."""
    if float(value).is_integer() and abs(value) < 1e15:
        text = "{:,}".format(int(value))
        return text.replace(",", NARROW).replace("-", "\u2212")
    return digits(value)


def short_count(value):
    """For an axis: 16 384 -> 16 Ki, 100 000 -> 100 k."""
    for step, binary, decimal in ((3, "Gi", "G"), (2, "Mi", "M"), (1, "Ki", "k")):
        if value >= 1024**step and value % 1024**step == 0:
            return "%d%s%s" % (value // 1024**step, NARROW, binary)
        if value >= 1000**step:
            return digits(value / 1000**step) + NARROW + decimal
    return digits(value)


def percent(change):
    """A change with its sign: 0.051 -> +5.1 %."""
    if abs(change) < 0.0005:
        return "0" + NARROW + "%"
    shown = digits(abs(change) * 100, 3 if abs(change) >= 1 else 2)
    return ("+" if change > 0 else "\u2212") + shown + NARROW + "%"


def plural(count_of, word):
    return "%s %s%s" % (count(count_of), word, "" if count_of == 1 else "s")


_PHRASES = {
    "workers": lambda v: plural(v, "worker"),
    "order": lambda v: "%s order" % v if v != "none" else "no order",
    "handler": lambda v: "%s handler" % handler(v),
    "callback": lambda v: {"single": "an event a call", "batch": "batches"}.get(v, v),
    "full": lambda v: "%s when full" % v,
    "slots": lambda v: plural(v, "slot"),
    "queue_limit": lambda v: "queue of %s" % short_count(v),
    "producers": lambda v: plural(v, "producer"),
    "rate_wanted": lambda v: "full speed" if v == 0 else number(v, "rate"),
    "burst": lambda v: "burst of %s" % short_count(v),
    "directories": lambda v: "%s directories" % count(v),
    "watches": lambda v: "%s watch%s" % (count(v), "" if v == 1 else "es"),
    "name_size": lambda v: "names of %s%sB" % (count(v), NARROW),
    "events": lambda v: "%s events" % count(v),
    "repeats": lambda v: "%s repetitions" % count(v),
    "load": lambda v: load(v),
}


def handler(value):
    """ "1us" -> 1 µs."""
    match = re.fullmatch(r"(\d+)us", str(value))
    return match.group(1) + NARROW + "µs" if match else str(value)


def load(value):
    """ "50" -> at 50 % load."""
    if re.fullmatch(r"\d+", str(value)):
        return "at %s%s%% load" % (value, NARROW)
    return str(value)


def phrase(name, value):
    """A setting in words: ("workers", 2) -> 2 workers."""
    if name in ("scenario", "subject", "kind"):
        return str(value)
    shape = _PHRASES.get(name)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if shape is None or is_number == (name in _WORDY):
        return "%s %s" % (name.replace("_", " "), value)
    return shape(value)


_WORDY = ("order", "handler", "callback", "full", "load")
