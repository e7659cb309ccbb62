package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/auscult/auscult/build/torture/link"
)

// disk is a small file system in memory, in the torture's own mount namespace.
type disk struct{ path string }

// newDisk mounts one, and has the node's queue on it.
func (t *trial) newDisk(bytes int, flags uintptr) (*disk, error) {
	d := &disk{filepath.Join(t.folder, "disk")}
	if err := os.MkdirAll(d.path, 0o700); err != nil {
		return nil, err
	}
	t.spool, t.disk = filepath.Join(d.path, "alerts.spool"), d
	return d, d.mount(bytes, flags)
}

func (d *disk) mount(bytes int, flags uintptr) error {
	return unix.Mount("none", d.path, "tmpfs", flags, "size="+strconv.Itoa(bytes))
}

// change gives it another size, or makes it writable.
func (d *disk) change(bytes int) error { return d.mount(bytes, unix.MS_REMOUNT) }

// close unmounts it, when the node has ended.
func (d *disk) close() { _ = unix.Unmount(d.path, unix.MNT_DETACH) }

const mebibyte = 1 << 20

// diskFull has the disk fill up while the broker is away: alerts wait in memory, which is
// told, until there is room.
func diskFull(t *trial) error {
	d, err := t.newDisk(100<<10, 0)
	if err != nil {
		return err
	}
	t.link.Set(link.Faults{Refuse: true})
	return t.during(func(n *node) error {
		if err := t.until("the disk is full", func() bool { return n.raised("spool_write") }); err != nil {
			return err
		}
		if err := t.offers(20); err != nil {
			return err
		}
		if err := d.change(4 * mebibyte); err != nil {
			return err
		}
		if err := t.until("what was in memory is on the disk", func() bool { return n.cleared("spool_write") }); err != nil {
			return err
		}
		return n.kill()
	})
}

// readOnly starts on a disk that cannot be written, which becomes writable.
func readOnly(t *trial) error {
	d, err := t.newDisk(mebibyte, unix.MS_RDONLY)
	if err != nil {
		return err
	}
	return t.during(func(n *node) error {
		if err := t.offers(20); err != nil {
			return err
		}
		if !n.raised("spool_write") {
			return errors.New("nothing says that alerts are in memory only")
		}
		t.link.Set(link.Faults{Refuse: true})
		t.link.Reset()
		if err := d.change(mebibyte); err != nil {
			return err
		}
		if err := t.until("the disk is used", func() bool { return n.cleared("spool_write") }); err != nil {
			return err
		}
		return n.kill()
	})
}

// brokenDisk has a system call fail with EIO: alerts go out from memory, and that is told.
func brokenDisk(call uintptr) func(*trial) error {
	return func(t *trial) error {
		self, err := os.Executable()
		if err != nil {
			return err
		}
		whole := t.program
		t.program = append([]string{self, denyCommand, strconv.Itoa(int(call))}, whole...)
		err = t.during(func(n *node) error {
			if err := t.offers(40); err != nil {
				return err
			}
			if !n.raised("spool_write") {
				return errors.New("nothing says that the disk does not work")
			}
			return t.until("alerts arrive from memory", func() bool {
				_, received := t.ledger.Counts()
				return received >= 40
			})
		})
		t.program = whole
		return err
	}
}

// folderGone removes the queue's folder while the node runs, and then ends the node.
func folderGone(t *trial) error {
	t.spool = filepath.Join(t.folder, "state", "alerts.spool")
	t.link.Set(link.Faults{Refuse: true})
	return t.during(func(n *node) error {
		for range t.times(2, 10) {
			if err := t.offers(10); err != nil {
				return err
			}
			if err := os.RemoveAll(filepath.Dir(t.spool)); err != nil {
				return err
			}
			if err := t.until("the file is there again", func() bool { return t.waiting() > 0 }); err != nil {
				return err
			}
		}
		if !n.raised("spool_damaged") {
			return errors.New("nothing says that the file was gone")
		}
		return n.kill()
	})
}

// setClock writes by how much the node's clock is off.
func (t *trial) setClock(off time.Duration) error {
	return os.WriteFile(t.clockFile(), []byte(strconv.FormatInt(int64(off), 10)), 0o600)
}

func (t *trial) clockFile() string { return filepath.Join(t.folder, "clock") }

// ownClock has the node run with a clock that setClock sets.
func (t *trial) ownClock() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	t.program = []string{self, nodeCommand}
	t.env = append(t.env, clockVariable+"="+t.clockFile())
	return t.setClock(0)
}

const year = 365 * 24 * time.Hour

// clockSteps sets the clock by years, both ways, also before a start.
func clockSteps(t *trial) error {
	if err := t.ownClock(); err != nil {
		return err
	}
	for _, at := range []time.Duration{-50 * year, 10 * year, -time.Hour} {
		if err := t.setClock(at); err != nil {
			return err
		}
		if err := t.during(func(*node) error {
			for _, off := range []time.Duration{0, 20 * year, -56 * year, -time.Minute, time.Second, 0} {
				if err := t.setClock(off); err != nil {
					return err
				}
				if err := t.offers(t.times(8, 50)); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// outage has the broker away for 24 hours of the node's clock.
func outage(t *trial) error {
	if err := t.ownClock(); err != nil {
		return err
	}
	t.link.Set(link.Faults{Refuse: true})
	return t.during(func(*node) error {
		for hour := range 24 {
			if err := t.setClock(time.Duration(hour+1) * time.Hour); err != nil {
				return err
			}
			if err := t.offers(t.times(10, 60)); err != nil {
				return err
			}
		}
		t.link.Set(link.Faults{})
		return t.offers(20)
	})
}

// storm has ten times as many events on sixteen sources, without a broker and then with one.
func storm(t *trial) error {
	t.sources, t.sound = 16, stormFile
	t.link.Set(link.Faults{Refuse: true})
	began := time.Now()
	return t.during(func(n *node) error {
		if err := t.offers(t.times(800, 3000)); err != nil {
			return err
		}
		offered, _ := t.ledger.Counts()
		t.note("%.0f alerts/s", float64(offered)/time.Since(began).Seconds())
		t.link.Set(link.Faults{})
		if err := t.offers(t.times(400, 3000)); err != nil {
			return err
		}
		for _, code := range []string{"alerts_dropped", "spool_dropped"} {
			if n.raised(code) {
				return fmt.Errorf("fault %s", code)
			}
		}
		return nil
	})
}

// reconnects breaks connections again and again and looks whether the process grows.
func reconnects(t *trial) error {
	t.retry = "20ms"
	total := int64(t.times(600, 10_000))
	return t.during(func(n *node) error {
		t.link.Set(link.Faults{Brief: 4})
		first := t.link.Accepted()
		reach := func(count int64) (usage, error) {
			err := t.within(20*time.Minute, "connections break", func() bool { return t.link.Accepted()-first >= count })
			if err != nil {
				return usage{}, err
			}
			return usageOf(n.cmd.Process.Pid)
		}
		early, err := reach(total / 4)
		if err != nil {
			return err
		}
		late, err := reach(total)
		if err != nil {
			return err
		}
		t.note("%d connections: %d to %d KiB, %d to %d descriptors", total, early.kib, late.kib, early.files, late.files)
		if late.kib > early.kib+early.kib/4 || late.files > early.files+8 {
			return errors.New("the process grows with connections")
		}
		return nil
	})
}
