package doctor

import (
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/auscult/auscult/agent/clock"
	"github.com/auscult/auscult/agent/spool"
)

// clock asks whether the time can be trusted.
func (c *Report) clock(root string) {
	if clock.Synced(root) {
		c.add("clock", good, "", "synchronised, %s", time.Now().UTC().Format(time.RFC3339))
		return
	}
	c.add("clock", odd, "let systemd-timesyncd, chrony or ntpd reach a time server", "not synchronised: messages say so beside their time")
}

// Disk space below which a node is not safe, and below which to say something.
const (
	diskBad = 64 << 20
	diskOdd = 512 << 20
)

// disk looks at where the spool is kept.
func (c *Report) disk(path string) {
	folder := filepath.Dir(path)
	free, err := freeBytes(folder)
	if err != nil {
		c.add("disk", bad, "make the folder, owned by the daemon's user", "%s: %v", folder, err)
		return
	}
	c.add("disk", diskHealth(free), "remove old recordings and logs", "%d MiB free in %s", free>>20, folder)
	c.spool(path)
}

// diskHealth judges how many bytes are free.
func diskHealth(free uint64) Health {
	switch {
	case free < diskBad:
		return bad
	case free < diskOdd:
		return odd
	}
	return good
}

// spool looks at the queue of alerts itself.
func (c *Report) spool(path string) {
	content, err := spool.Read(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case errors.Is(err, spool.ErrForeign):
		c.add("spool", bad, "move it away, or name another file in spool.path", "%v", err)
	case err != nil:
		c.add("spool", odd, "run auscult as root or as the daemon's user", "%v", err)
	case content.Damage != nil:
		c.add("spool", odd, "auscultd mends it when it starts", "%s: %v", path, content.Damage)
	default:
		c.add("spool", good, "", "%s: %d alerts wait", path, len(content.Records))
	}
}
