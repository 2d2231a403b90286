// Drives Go's fsnotify; protocol.h says what is said.  Its watches are of one
// directory each: for a tree, the walk and what is to be done when a directory
// appears is its user's, so it is done here in the usual way: watch, then list.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"github.com/fsnotify/fsnotify"
)

// Of the package that this was built with; the build sets it.
var version = "unknown"

type peer struct {
	watcher   *fsnotify.Watcher
	out       *bufio.Writer
	workNS    int64
	events    uint64
	overflows uint64
	wallBegin time.Time
	cpuBegin  int64
}

func die(err error) {
	fmt.Fprintln(os.Stderr, "fsnotify: error:", err)
	os.Exit(1)
}

// CPU time of all threads in nanoseconds.
func cpuNS() int64 {
	const clockProcessCPUTimeID = 2
	var now syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockProcessCPUTimeID,
		uintptr(unsafe.Pointer(&now)), 0)
	return now.Nano()
}

func (p *peer) ready() {
	fmt.Println("ready")
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil || line != "go\n" {
		os.Exit(1) // the harness is gone
	}
	p.wallBegin = time.Now()
	p.cpuBegin = cpuNS()
}

func (p *peer) done() {
	wall := time.Since(p.wallBegin).Nanoseconds()
	fmt.Fprintf(p.out, "done %d %d %d %d\n", p.events, wall,
		cpuNS()-p.cpuBegin, p.overflows)
	p.out.Flush()
	os.Exit(0)
}

// Handles an event; tells whether it was the last.
func (p *peer) event(path string) bool {
	p.events++
	if p.workNS > 0 {
		begin := time.Now()
		for time.Since(begin).Nanoseconds() < p.workNS {
		}
	}
	name := path[strings.LastIndexByte(path, '/')+1:]
	return strings.HasPrefix(name, "last")
}

func (p *peer) fault(err error) {
	if !errors.Is(err, fsnotify.ErrEventOverflow) {
		fmt.Fprintln(os.Stderr, "fsnotify: warning:", err)
		return
	}
	p.overflows++
}

// Gives each event to take until that was the last.
func (p *peer) loop(take func(fsnotify.Event) bool) {
	for {
		select {
		case event := <-p.watcher.Events:
			if take(event) {
				p.done()
			}
		case err := <-p.watcher.Errors:
			p.fault(err)
		}
	}
}

func (p *peer) watchDirectories(dir string) {
	paths, _ := filepath.Glob(dir + "/d*")
	for _, path := range paths {
		if err := p.watcher.Add(path); err != nil {
			die(err)
		}
	}
}

// Watches a directory and all below it; with say, all below it is told as
// created.
func (p *peer) watchTree(dir string, say bool) {
	if p.watcher.Add(dir) != nil {
		return // it is gone again
	}
	entries, _ := os.ReadDir(dir)
	for _, entry := range entries {
		path := dir + "/" + entry.Name()
		if say {
			fmt.Fprintln(p.out, "C", path)
		}
		if entry.IsDir() {
			p.watchTree(path, say)
		}
	}
}

// Tells of a change.  The library does not say whether it is of a directory.
func (p *peer) say(event fsnotify.Event) bool {
	if event.Op&(fsnotify.Create|fsnotify.Remove|fsnotify.Rename) == 0 {
		return false
	}
	last := p.event(event.Name)
	status, err := os.Lstat(event.Name)
	switch {
	case event.Op&fsnotify.Create != 0:
		fmt.Fprintln(p.out, "C", event.Name)
		if err == nil && status.IsDir() {
			p.watchTree(event.Name, true)
		}
	case event.Op&fsnotify.Rename != 0 && err == nil:
		// Of the renamed directory itself, which has its new name by now.
	default:
		fmt.Fprintln(p.out, "D", event.Name)
	}
	p.out.Flush()
	return last
}

func (p *peer) run(mode, dir string) {
	switch mode {
	case "drain", "live":
		p.watchDirectories(dir)
		p.ready()
		p.loop(func(event fsnotify.Event) bool { return p.event(event.Name) })
	case "storm":
		p.watchTree(dir, false)
		p.ready()
		p.loop(p.say)
	case "setup":
		p.ready()
		p.watchTree(dir, false)
		p.events = uint64(len(p.watcher.WatchList()))
		p.done()
	default:
		flag.Usage()
		os.Exit(64)
	}
}

func main() {
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: fsnotify [--work NS]",
			"drain|live|setup|storm DIR\n       fsnotify --version")
	}
	work := flag.Int64("work", 0, "nanoseconds that an event takes")
	wantsVersion := flag.Bool("version", false, "say name and version")
	flag.Parse()
	if *wantsVersion {
		fmt.Println("fsnotify", version)
		return
	}
	if flag.NArg() != 2 {
		flag.Usage()
		os.Exit(64)
	}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		die(err)
	}
	p := peer{watcher: watcher, out: bufio.NewWriter(os.Stdout), workNS: *work}
	p.run(flag.Arg(0), flag.Arg(1))
}
