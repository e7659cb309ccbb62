package alsa

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/auscult/auscult/hw/alsa/internal/kernel"
)

// capture is a device while it is open, and where reading stands in its ring.
type capture struct {
	h       kernel.Handle // nil while it is not open
	set     setup
	mask    int32
	ring    []byte // nil when not mapped
	scratch []byte // for READI and READN
	plane   []int32
	offset  uint64 // frame of the ring that comes next
	status  kernel.Status
}

// openCapture opens a device by its node and leaves it prepared. After an error
// nothing is open.
func openCapture(o Options, node string) (capture, error) {
	h, err := o.open(node)
	if err != nil {
		return capture{}, err
	}
	c := capture{h: h}
	if err := c.prepare(o); err != nil {
		_ = h.Close() // the first error counts
		return capture{}, err
	}
	return c, nil
}

func (c *capture) prepare(o Options) (err error) {
	if c.set, err = negotiate(c.h, o); err != nil {
		return err
	}
	bytes := int(c.set.buffer) * c.set.frameBytes()
	if !c.set.mapped {
		c.scratch = make([]byte, bytes)
		if c.set.planes {
			c.plane = make([]int32, c.set.buffer)
		}
	} else if c.ring, err = c.h.Ring(bytes); err != nil {
		return fmt.Errorf("map the ring: %w", err)
	}
	c.mask = int32(-1) << (32 - c.set.format.BitsPerSample)
	return nil
}

// isOpen reports whether there is a device.
func (c *capture) isOpen() bool { return c.h != nil }

// close frees the device.
func (c *capture) close() error {
	err := c.h.Close()
	c.h, c.ring = nil, nil
	return err
}

// usable returns how many frames of the ring may be read.
func (c *capture) usable() uint64 { return c.set.buffer - c.set.period }

// start starts a prepared device and notes where it stands.
func (c *capture) start() error {
	if err := c.h.Start(); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	if err := c.h.Status(&c.status); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	c.offset = c.status.Appl % c.set.buffer
	return nil
}

// again stops the device and starts it.
func (c *capture) again() error {
	_ = c.h.Drop() // fails in states that need no stop
	if err := c.h.Prepare(); err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	return c.start()
}

// look asks where the device stands, and when it stood there.
func (c *capture) look() error {
	if err := c.h.Status(&c.status); err != nil {
		return err
	}
	if c.status.Time == 0 { // the driver takes no times
		_, c.status.Time = c.h.Now()
	}
	return nil
}

// skip moves over frames that are given up, and returns over how many.
func (c *capture) skip(frames uint64) uint64 {
	moved, err := c.h.Forward(frames)
	if err != nil {
		return 0 // the next Status says why
	}
	c.moveTo(moved)
	return moved
}

// moveTo notes that reading goes on n frames further on.
func (c *capture) moveTo(n uint64) { c.offset = (c.offset + n) % c.set.buffer }

// copy decodes up to n frames, which are there, into pcm. It returns how many, and how
// many of them the kernel has counted as read: none when the ring is mapped.
func (c *capture) copy(pcm []int32, n uint64) (frames, read uint64, err error) {
	channels, bytes := c.set.format.Channels, c.set.frameBytes()
	if c.ring != nil {
		split := int(min(n, c.set.buffer-c.offset)) * channels
		c.set.encoding.decode(pcm[:split], c.ring[int(c.offset)*bytes:], c.mask)
		c.set.encoding.decode(pcm[split:int(n)*channels], c.ring, c.mask)
		return n, 0, nil
	}
	got, err := c.fetch(c.scratch[:int(n)*bytes])
	if errors.Is(err, syscall.EAGAIN) {
		err = nil
	}
	if err != nil || got <= 0 || uint64(got) > n {
		return 0, 0, err
	}
	if !c.set.planes {
		c.set.encoding.decode(pcm[:got*channels], c.scratch, c.mask)
		return uint64(got), uint64(got), nil
	}
	width := int(n) * c.set.encoding.bytes // of a plane
	for ch := range channels {
		c.set.encoding.decode(c.plane[:got], c.scratch[ch*width:], c.mask)
		for i, x := range c.plane[:got] {
			pcm[i*channels+ch] = x
		}
	}
	return uint64(got), uint64(got), nil
}

// fetch has the kernel copy frames, and returns how many.
func (c *capture) fetch(dst []byte) (int, error) {
	if c.set.planes {
		return c.h.ReadPlanes(dst, c.set.format.Channels, c.set.encoding.bytes)
	}
	return c.h.Read(dst, c.set.frameBytes())
}
