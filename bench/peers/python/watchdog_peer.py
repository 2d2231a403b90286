#!/usr/bin/python3
"""Drives watchdog.  Each of its watches has an inotify instance and two threads
of its own, so the tree is one watch here.  It is ready when it has begun to
read: until "go" the harness stops it by a signal."""

import os

import protocol

try:
    from watchdog.events import FileSystemEventHandler
    from watchdog.observers.inotify import InotifyObserver
    from watchdog.version import VERSION_STRING
except ImportError:
    protocol.missing("watchdog", "python3-watchdog")


class Drain(FileSystemEventHandler):
    """Counts."""

    def __init__(self, peer):
        self.peer = peer

    def on_modified(self, event):
        if not event.is_directory:
            if self.peer.event(os.path.basename(event.src_path)):
                self.peer.done()


class Storm(FileSystemEventHandler):
    """Tells what it is told."""

    def __init__(self, peer):
        self.peer = peer

    def tell(self, what, path, new_path=None):
        last = self.peer.event(os.path.basename(path))
        protocol.say(what, path, new_path)
        if last:
            self.peer.done()

    def on_created(self, event):
        self.tell("C", event.src_path)

    def on_deleted(self, event):
        self.tell("D", event.src_path)

    def on_moved(self, event):
        self.tell("R", event.src_path, event.dest_path)


def run(peer):
    observer = InotifyObserver()
    handler = (Storm if peer.mode == "storm" else Drain)(peer)
    if peer.mode == "setup":
        peer.ready()
    observer.schedule(handler, peer.dir, recursive=True)
    observer.start()
    if peer.mode == "setup":
        peer.stop_clocks()
        peer.events = protocol.watches()
        peer.done()
    peer.ready()
    observer.join()


run(protocol.Peer("watchdog", VERSION_STRING))
