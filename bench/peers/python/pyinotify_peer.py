#!/usr/bin/python3
"""Drives pyinotify.  Called as pyinotify-threaded: its ThreadedNotifier, which
reads and handles in a thread of its own; else its Notifier."""

import os
import sys

import protocol

NAME = os.path.basename(sys.argv[0])

try:
    import pyinotify
except ImportError:
    protocol.missing(NAME, "python3-pyinotify")


class Drain(pyinotify.ProcessEvent):
    """Counts."""

    def my_init(self, peer=None):
        self.peer = peer

    def process_IN_MODIFY(self, event):
        if self.peer.event(event.name):
            self.peer.done()

    def process_IN_Q_OVERFLOW(self, event):
        self.peer.overflows += 1


class Storm(pyinotify.ProcessEvent):
    """Tells what it is told."""

    def my_init(self, peer=None):
        self.peer = peer

    def tell(self, event, what):
        last = self.peer.event(event.name)
        protocol.say(what, event.pathname)
        if last:
            self.peer.done()

    def process_IN_CREATE(self, event):
        self.tell(event, "C")

    def process_IN_DELETE(self, event):
        self.tell(event, "D")

    def process_IN_MOVED_FROM(self, event):
        self.tell(event, f"F {event.cookie}")

    def process_IN_MOVED_TO(self, event):
        self.tell(event, f"T {event.cookie}")

    def process_IN_Q_OVERFLOW(self, event):
        self.peer.overflows += 1


def run(peer):
    pyinotify.log.setLevel(100)  # it is no part of the work
    mask = (pyinotify.IN_CREATE | pyinotify.IN_DELETE |
            pyinotify.IN_MOVED_FROM | pyinotify.IN_MOVED_TO)
    manager = pyinotify.WatchManager()
    handler = (Storm if peer.mode == "storm" else Drain)(peer=peer)
    threaded = NAME.endswith("-threaded")
    kind = pyinotify.ThreadedNotifier if threaded else pyinotify.Notifier
    notifier = kind(manager, handler)
    if peer.mode == "drain":
        manager.add_watch(peer.directories(), pyinotify.IN_MODIFY)
    elif peer.mode == "storm":
        # IN_MOVE_SELF: without it, it does not follow a renamed directory.
        manager.add_watch(peer.dir, mask | pyinotify.IN_MOVE_SELF, rec=True,
                          auto_add=True)
    peer.ready()
    if peer.mode == "setup":
        manager.add_watch(peer.dir, mask | pyinotify.IN_MODIFY, rec=True)
        peer.events = len(manager.watches)
        peer.done()
    elif threaded:
        notifier.start()
        notifier.join()
    else:
        notifier.loop()


run(protocol.Peer(NAME, pyinotify.__version__))
