"""What the fields of a case are called, their units, and which way is good.

A field that is not listed is shown all the same, under its own name: this
table adds a better heading, a unit, and the right to be compared.
"""

from collections import namedtuple

# title    heading of its column
# unit     how text.number() shows it; "" a plain number
# good     "less", "more", or "" when a change is neither
# setting  it says what was measured, not what came out
Field = namedtuple("Field", "title unit good setting")


def _setting(title, unit="count"):
    return Field(title, unit, "", True)


def _less(title, unit):
    return Field(title, unit, "less", False)


def _more(title, unit):
    return Field(title, unit, "more", False)


def _plain(title, unit="count"):
    return Field(title, unit, "", False)


# In the order of the columns.
KNOWN = {
    "scenario": _setting("scenario"),
    "subject": _setting("subject"),
    "kind": _setting("kind"),
    "load": _setting("load"),
    "handler": _setting("handler"),
    "workers": _setting("workers"),
    "order": _setting("order"),
    "callback": _setting("callback"),
    "full": _setting("when full"),
    "slots": _setting("slots"),
    "queue_limit": _setting("queue limit"),
    "producers": _setting("producers"),
    "rate_wanted": _setting("rate wanted", "rate"),
    "burst": _setting("burst"),
    "directories": _setting("directories"),
    "watches": _setting("watches"),
    "name_size": _setting("name, bytes"),
    "events": _setting("events"),
    "repeats": _plain("repeats"),
    "rate": _plain("rate", "rate"),
    "samples": _plain("samples"),
    "ns_per_event": _less("wall an event", "ns"),
    "cpu_ns_per_event": _less("CPU an event", "ns"),
    "ratio_to_raw": _less("to raw", "ratio"),
    "cpu_ratio_to_raw": _less("CPU to raw", "ratio"),
    "ratio_to_libuv": _less("to libuv", "ratio"),
    "cpu_ratio_to_libuv": _less("CPU to libuv", "ratio"),
    "instructions_per_event.reader": _less("instructions, reader", "count"),
    "instructions_per_event.worker": _less("instructions, worker", "count"),
    "rate_made": _plain("made", "rate"),
    "delivered_per_s": _more("delivered a second", "rate"),
    "cpu_ns_per_event.producers": _plain("CPU of producers", "ns"),
    "cpu_ns_per_event.reader": _less("CPU of reader", "ns"),
    "cpu_ns_per_event.workers": _less("CPU of workers", "ns"),
    "absorbed": _more("absorbed", "count"),
    "lost_kernel": _less("lost by the kernel", "count"),
    "lost_ring": _less("lost by the ring", "count"),
    "lost": _less("lost", "count"),
    "lost_raw": _plain("lost by raw", "count"),
    "recover_ns": _less("to recover", "time"),
    "peak_bytes": _less("memory at the peak", "bytes"),
    "latency_ns.p50": _less("p50", "time"),
    "latency_ns.p99": _less("p99", "time"),
    "latency_ns.p999": _less("p99.9", "time"),
    "latency_ns.max": _less("max", "time"),
    "ratio_p50_to_raw": _less("p50 to raw", "ratio"),
    "seconds": _less("time", "seconds"),
    "bytes_per_watch": _less("memory a watch", "bytes"),
    "system_calls_per_watch": _less("system calls a watch", ""),
    "events_per_s": _more("events a second", "rate"),
    "synthetic_share": _plain("synthetic", "share"),
    "correct": _plain("correct", ""),
    "missed": _less("missed", "count"),
    "doubled": _less("doubled", "count"),
    "start_ns": _less("start", "time"),
    "sync_ns": _less("sync", "time"),
    "sync_p99_ns": _less("sync p99", "time"),
    "stop_ns": _less("stop", "time"),
    "free_ns": _less("free", "time"),
    "delivered": _plain("delivered"),
    "dropped": _less("dropped", "count"),
    "kernel_overflows": _less("kernel overflows", "count"),
}

_PLACE = {name: place for place, name in enumerate(KNOWN)}


def field(name, value=None):
    """The field of that name; of an unknown one, words are settings."""
    if name in KNOWN:
        return KNOWN[name]
    title = name.replace("_", " ").replace(".", ", ")
    return Field(title, "", "", isinstance(value, str))


def place(name):
    """Where its column stands: the known ones first, as listed."""
    return (_PLACE.get(name, len(_PLACE)), name)


def is_ratio(name):
    return field(name).unit == "ratio"
