"""The peer's side of the protocol, for the programs in Python; protocol.h says
what is said."""

import argparse
import os
import sys
import time

MISSING = 77  # exit code: the library is not there


def missing(name, package):
    """Says that the library is not there, and leaves."""
    print(f"{name}: not installed; Debian package {package}")
    sys.exit(MISSING)


class Peer:
    """One run: command line, clocks, counts."""

    def __init__(self, name, version):
        parser = argparse.ArgumentParser(prog=name)
        parser.add_argument("--work", type=int, default=0)
        parser.add_argument("--version", action="version",
                            version=f"{name} {version}")
        parser.add_argument("mode",
                            choices=["drain", "live", "setup", "storm"])
        parser.add_argument("dir")
        try:
            options = parser.parse_args()
        except SystemExit as end:
            sys.exit(64 if end.code else 0)
        self.dir = options.dir
        self.mode = "drain" if options.mode == "live" else options.mode
        self.work_ns = options.work
        self.events = 0
        self.overflows = 0
        self.wall_begin = self.wall_end = None
        self.cpu_begin = self.cpu_end = None

    def directories(self):
        """The directories that are watched for drain."""
        with os.scandir(self.dir) as entries:
            return [e.path for e in entries if e.name.startswith("d")]

    def ready(self):
        """Says "ready", waits for "go", looks at the clocks."""
        print("ready", flush=True)
        if sys.stdin.readline() != "go\n":
            sys.exit(1)  # the harness is gone
        self.wall_begin = time.monotonic_ns()
        self.cpu_begin = time.process_time_ns()

    def event(self, name):
        """Handles an event; tells whether it was the last."""
        self.events += 1
        if self.work_ns > 0:
            end = time.monotonic_ns() + self.work_ns
            while time.monotonic_ns() < end:
                pass
        return name.startswith("last")

    def stop_clocks(self):
        """Looks at the clocks: it is done."""
        self.wall_end = time.monotonic_ns()
        self.cpu_end = time.process_time_ns()

    def done(self):
        """Says "done" and ends all threads."""
        if self.wall_end is None:
            self.stop_clocks()
        wall = self.wall_end - self.wall_begin
        cpu = self.cpu_end - self.cpu_begin
        print("done", self.events, wall, cpu, self.overflows, flush=True)
        os._exit(0)


def say(what, path, new_path=None):
    """Tells of a change: "C", "D", "F COOKIE", "T COOKIE", "R"."""
    line = f"{what} {path}" if new_path is None else f"{what} {path}\t{new_path}"
    print(line, flush=True)


def watches():
    """How many inotify watches this process has."""
    count = 0
    for fd in os.listdir("/proc/self/fdinfo"):
        try:
            with open(f"/proc/self/fdinfo/{fd}", encoding="ascii") as lines:
                count += sum(line.startswith("inotify wd:") for line in lines)
        except FileNotFoundError:  # of the listing itself
            pass
    return count
