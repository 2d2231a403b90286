#!/usr/bin/env python3
"""Made-up bench results, to test and to look at the page of tools/report.

Usage: test/report/samples.py DIR     writes DIR/old.json and DIR/new.json

Every scenario and every peer, in the shape that `bench --json` writes; the
figures are invented. The second run is the first with a little drift, one
regression, one improvement and one wrong case.
"""

import json
import random
import sys

PEERS = (
    # name, ns an event beyond the raw loop's, set-up factor, storms complete
    ("libuv", 110, 1.6, None),
    ("libinotifytools", 420, 4.4, False),
    ("inotifywait", 1450, 4.9, False),
    ("fsnotify", 900, 2.1, False),
    ("pyinotify", 9800, 2.9, False),
    ("pyinotify-threaded", 11800, 3.0, False),
    ("watchdog", 21000, 2.2, False),
    ("fswatch", 3900, 5.8, False),
)
RAW_NS = 264.0
WORK_NS = {"noop": 0, "path": 6, "1us": 1000, "2us": 2000, "10us": 10000}


class Maker:
    def __init__(self, seed, drift):
        self.random = random.Random(seed)
        self.drift = drift
        self.cases = []

    def figure(self, median, noise=0.05):
        median *= self.drift * (1 + self.random.uniform(-0.01, 0.01))
        low = median * (1 - noise * self.random.uniform(0.3, 1))
        high = median * (1 + noise * self.random.uniform(0.3, 1.6))
        return {
            "min": round(low, 3),
            "median": round(median, 3),
            "max": round(high, 3),
        }

    def ratio(self, median, noise=0.04):
        drift, self.drift = self.drift, 1
        made = self.figure(median, noise)
        self.drift = drift
        return made

    def add(self, scenario, subject, **fields):
        case = {"scenario": scenario, "subject": subject, "repeats": 5}
        case.update(fields)
        self.cases.append(case)
        return case

    # ---- drain ----

    def drain_case(self, subject, ns, **fields):
        count = fields.setdefault("events", 1000000)
        fields.setdefault("watches", 16)
        fields.setdefault("name_size", 8)
        case = self.add(
            "drain",
            subject,
            **fields,
            ns_per_event=self.figure(ns),
            cpu_ns_per_event=self.figure(ns * 1.1),
            ratio_to_raw=self.ratio(ns / RAW_NS),
            cpu_ratio_to_raw=self.ratio(ns * 1.1 / RAW_NS),
            delivered=count,
            dropped=0,
            kernel_overflows=0,
        )
        if subject == "ringnotify":
            libuv = RAW_NS + 110 + WORK_NS.get(fields.get("handler"), 0)
            case["ratio_to_libuv"] = self.ratio(ns / libuv)
            case["instructions_per_event"] = {"reader": 271, "worker": 64}
        return case

    def drain(self):
        self.drain_case("raw", RAW_NS)
        for handler in ("noop", "path", "1us", "10us"):
            work = WORK_NS[handler]
            for order in ("directory", "total", "none"):
                for workers in (1, 2, 4):
                    lanes = 1 if order == "total" else workers
                    ns = max(RAW_NS * 1.08 + 2 * workers, work / lanes * 1.04)
                    if order == "none":
                        ns *= 1.03
                    for callback in ("single", "batch"):
                        if order == "directory" or callback == "single":
                            self.drain_case(
                                "ringnotify",
                                ns * (0.98 if callback == "batch" else 1),
                                workers=workers,
                                order=order,
                                handler=handler,
                                callback=callback,
                            )
            for name, more, _, _ in PEERS:
                self.drain_case(name, RAW_NS + more + work, handler=handler)
        for watches in (1, 1000, 100000, 1000000):
            slow = 1 + 0.04 * len(str(watches)) / 7
            self.drain_case("raw", RAW_NS * slow, watches=watches)
            self.drain_case(
                "ringnotify",
                RAW_NS * 1.09 * slow**3,
                watches=watches,
                workers=1,
                order="directory",
                handler="path",
                callback="single",
            )
        for size in (16, 64, 255):
            self.drain_case("raw", RAW_NS + size * 0.4, name_size=size)
            self.drain_case(
                "ringnotify",
                RAW_NS * 1.09 + size * 0.6,
                name_size=size,
                workers=1,
                order="directory",
                handler="path",
                callback="single",
            )

    # ---- live ----

    def live_case(self, subject, handler, ns, wanted, **fields):
        made_per_s = 2.2e6 if wanted == 0 else wanted
        has_backlog = subject == "ringnotify"
        capacity = 1e9 / ns
        kept = 1 if has_backlog else min(1, capacity / made_per_s)
        made = 1000000
        lost = 0 if kept == 1 else int(made * (1 - kept)) - 16384
        self.add(
            "live",
            subject,
            handler=handler,
            producers=1,
            rate_wanted=wanted,
            events=made,
            delivered=made - max(0, lost),
            dropped=0,
            kernel_overflows=0 if lost <= 0 else 1 + lost // 20000,
            rate_made=self.figure(made_per_s),
            delivered_per_s=self.figure(min(capacity, made_per_s)),
            cpu_ns_per_event={
                "producers": 455.0,
                "reader": round(min(ns, 300), 1),
                "workers": round(max(40, ns - 300), 1),
            },
            **fields,
        )

    def live(self):
        for handler in ("noop", "2us"):
            for wanted in (10000, 100000, 1000000, 0):
                work = WORK_NS[handler]
                for workers in (1, 2):
                    self.live_case(
                        "ringnotify",
                        handler,
                        max(300, work / workers),
                        wanted,
                        workers=workers,
                        order="directory",
                    )
                self.live_case("raw", handler, RAW_NS + work, wanted)
                for name, more, _, _ in PEERS:
                    self.live_case(name, handler, RAW_NS + more + work, wanted)

    # ---- overflow ----

    def overflow_case(self, limit, slots, full, handler):
        burst = 1000000
        work = WORK_NS[handler]
        ring = slots * 900
        if full == "spill":
            absorbed = burst if limit >= 64 else limit * 400
        else:
            absorbed = min(burst, (ring if work > 300 else burst) + limit)
        lost = burst - absorbed
        by_ring = full == "drop"
        self.add(
            "overflow",
            "ringnotify",
            handler=handler,
            slots=slots,
            full=full,
            queue_limit=limit,
            burst=burst,
            absorbed=absorbed,
            lost_kernel=0 if by_ring else lost,
            lost_ring=lost if by_ring else 0,
            recover_ns=round(self.drift * (2e5 + absorbed * (work + 50))),
            peak_bytes=absorbed * 64 if full == "spill" else min(absorbed, ring) * 64,
        )

    def overflow(self):
        for limit in (16, 128, 1024, 16384, 131072, 1048576):
            for full in ("spill", "block", "drop"):
                for handler in ("noop", "1us", "10us"):
                    self.overflow_case(limit, 1024, full, handler)
        for slots in (16, 128, 8192):
            for full in ("block", "drop"):
                self.overflow_case(16384, slots, full, "10us")

    # ---- latency ----

    def latency_case(self, subject, load, p50, **fields):
        self.add(
            "latency",
            subject,
            load=load,
            rate={"idle": 100}.get(load, 37000 * int(load) if load != "idle" else 0),
            samples=200000,
            latency_ns={
                "p50": round(p50 * self.drift),
                "p99": round(p50 * 3.1 * self.drift),
                "p999": round(p50 * 9.7 * self.drift),
                "max": round(p50 * 71 * self.drift),
            },
            ratio_p50_to_raw=round(p50 / 6200, 3),
            **fields,
        )

    def latency(self):
        slow = {"idle": 1, "10": 0.8, "50": 1.4, "90": 6}
        for load, factor in slow.items():
            self.latency_case("raw", load, 6200 * factor)
            self.latency_case("ringnotify", load, 10800 * factor, workers=1)
            self.latency_case("ringnotify", load, 11900 * factor, workers=2)
            if load == "idle":
                for name, more, _, _ in PEERS:
                    self.latency_case(name, load, 6200 + more * 9)

    # ---- setup, storm, lifecycle ----

    def setup(self):
        for directories in (1000, 88741):
            raw = directories * 3.8e-6
            factors = [("raw", 1.0), ("ringnotify", 1.14)]
            factors += [
                (name, factor) for name, _, factor, _ in PEERS if name != "libuv"
            ]
            for subject, factor in factors:
                case = self.add(
                    "setup",
                    subject,
                    directories=directories,
                    seconds=self.figure(raw * factor),
                    ratio_to_raw=self.ratio(factor),
                )
                if subject == "ringnotify":
                    case["bytes_per_watch"] = 121.4
                    case["system_calls_per_watch"] = 5.02

    def storm(self):
        for kind, rate in (("mkdir", 310000), ("untar", 280000), ("rename", 190000)):
            for subject, factor, missed in [("ringnotify", 1, 0)] + [
                (name, 0.3, 40 + len(name))
                for name, _, _, good in PEERS
                if good is not None
            ]:
                self.add(
                    "storm",
                    subject,
                    kind=kind,
                    seconds=self.figure(1.2 / factor),
                    events_per_s=self.figure(rate * factor),
                    synthetic_share=0.31 if missed == 0 else 0,
                    correct=missed == 0,
                    missed=missed,
                    doubled=missed // 9,
                )

    def lifecycle(self):
        for load, factor in (("idle", 1), ("busy", 3.3)):
            self.add(
                "lifecycle",
                "ringnotify",
                load=load,
                workers=1,
                start_ns=self.figure(91000 * factor),
                sync_ns=self.figure(97000 * factor),
                sync_p99_ns=self.figure(181000 * factor),
                stop_ns=self.figure(143000 * factor),
                free_ns=self.figure(52000 * factor),
            )


def run(seed=1, drift=1.0, commit="a9b54e8", started="2026-01-02T03:04:05Z"):
    maker = Maker(seed, drift)
    for step in ("drain", "live", "overflow", "latency", "setup", "storm", "lifecycle"):
        getattr(maker, step)()
    return {
        "v": 1,
        "started": started,
        "seconds": 1834.2,
        "commit": commit,
        "build": {"text": "optimised, gcc 12.2.0", "measurable": True},
        "machine": {
            "kernel": "Linux 6.1.0-18-amd64",
            "cpu": "Example CPU @ 3.00GHz",
            "cpus": 4,
            "memory_bytes": 8201732096,
            "file_system": "tmpfs",
            "queue_limit": 16384,
            "watch_limit": 1048576,
            "root": True,
        },
        "options": {"repeat": 5, "quick": False, "events": 1000000},
        "skipped": [
            {
                "scenario": "storm",
                "subject": "libuv",
                "reason": "has no recursive watch on Linux",
            },
            {
                "scenario": "drain",
                "subject": "entr",
                "reason": "not installed; Debian package entr",
            },
        ],
        "cases": maker.cases,
    }


def two_runs():
    """A run, and a later one of which some figures changed."""
    old = run()
    new = run(seed=2, drift=1.012, commit="f00dcafe", started="2026-02-03T04:05:06Z")
    for case in new["cases"]:
        if case["subject"] != "ringnotify":
            continue
        if case["scenario"] == "drain" and case.get("handler") == "path":
            scale(case["ratio_to_raw"], 1.35)
        if case["scenario"] == "setup":
            scale(case["ratio_to_raw"], 0.8)
        if case["scenario"] == "storm" and case["kind"] == "rename":
            case.update(correct=False, missed=3)
    wrong = new["cases"][5]
    wrong["delivered"] -= 12
    wrong["wrong"] = "12 events of 1000000 did not arrive"
    return old, new


def scale(figure, factor):
    for name in figure:
        figure[name] *= factor


def write(path, value):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=1)


if __name__ == "__main__":
    for run_name, sample in zip(("old", "new"), two_runs()):
        write("%s/%s.json" % (sys.argv[1], run_name), sample)
