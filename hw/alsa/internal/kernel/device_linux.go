package kernel

import (
	"errors"
	"math"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Numbers of ioctls: direction, size of the argument, letter, command.
const (
	toKernel   = 1 << 30
	fromKernel = 2 << 30
	letter     = 'A' << 8

	ioctlPrepare = letter | 0x40
	ioctlStart   = letter | 0x42
	ioctlDrop    = letter | 0x43
	ioctlResume  = letter | 0x47

	ioctlRefine   = toKernel | fromKernel | uint(unsafe.Sizeof(HwParams{}))<<16 | letter | 0x10
	ioctlHwParams = toKernel | fromKernel | uint(unsafe.Sizeof(HwParams{}))<<16 | letter | 0x11
	ioctlSwParams = toKernel | fromKernel | uint(unsafe.Sizeof(SwParams{}))<<16 | letter | 0x13
	ioctlStatus   = fromKernel | uint(unsafe.Sizeof(status{}))<<16 | letter | 0x20
	ioctlStatus32 = fromKernel | uint(unsafe.Sizeof(status32{}))<<16 | letter | 0x20
	ioctlForward  = toKernel | uint(unsafe.Sizeof(uintptr(0)))<<16 | letter | 0x49
	ioctlWrite    = toKernel | uint(unsafe.Sizeof(transfer{}))<<16 | letter | 0x50
	ioctlRead     = fromKernel | uint(unsafe.Sizeof(transfer{}))<<16 | letter | 0x51
	ioctlPlanes   = fromKernel | uint(unsafe.Sizeof(transfer{}))<<16 | letter | 0x53
)

// transfer is struct snd_xferi, and struct snd_xfern, whose buf are the addresses of planes.
type transfer struct {
	result int
	buf    unsafe.Pointer
	frames uintptr
}

// device is the Handle of a device node. Arguments of ioctls are fields, so
// that no call allocates.
type device struct {
	fd      int
	old     bool // the kernel knows 32-bit times only
	status  status
	old32   status32
	xfer    transfer
	planes  []unsafe.Pointer
	forward uintptr
	poll    [1]unix.PollFd
	now     unix.Timespec
	ring    []byte
}

// OpenDevice opens a capture device node.
func OpenDevice(path string) (Handle, error) {
	for {
		// Non-blocking: a device in use is an error, not a wait.
		fd, err := unix.Open(path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return &device{fd: fd}, nil
	}
}

// ioctl does one call, again when a signal came between.
func (d *device) ioctl(request uint, arg unsafe.Pointer) error {
	for {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(d.fd), uintptr(request), uintptr(arg))
		switch errno {
		case 0:
			return nil
		case unix.EINTR:
		default:
			return errno
		}
	}
}

// Refine narrows what is allowed.
func (d *device) Refine(p *HwParams) error { return d.ioctl(ioctlRefine, unsafe.Pointer(p)) }

// SetHw sets the device up.
func (d *device) SetHw(p *HwParams) error { return d.ioctl(ioctlHwParams, unsafe.Pointer(p)) }

// SetSw says how the ring is run.
func (d *device) SetSw(p *SwParams) error { return d.ioctl(ioctlSwParams, unsafe.Pointer(p)) }

// Prepare makes it ready.
func (d *device) Prepare() error { return d.ioctl(ioctlPrepare, nil) }

// Start starts it.
func (d *device) Start() error { return d.ioctl(ioctlStart, nil) }

// Drop stops it.
func (d *device) Drop() error { return d.ioctl(ioctlDrop, nil) }

// Resume continues it.
func (d *device) Resume() error { return d.ioctl(ioctlResume, nil) }

// Status says where it stands.
func (d *device) Status(s *Status) error {
	if !d.old {
		err := d.ioctl(ioctlStatus, unsafe.Pointer(&d.status))
		if err == nil {
			d.status.into(s)
			return nil
		}
		if unsafe.Sizeof(uintptr(0)) == 8 || !errors.Is(err, unix.ENOTTY) {
			return err
		}
		d.old = true
	}
	if err := d.ioctl(ioctlStatus32, unsafe.Pointer(&d.old32)); err != nil {
		return err
	}
	d.old32.into(s)
	return nil
}

// Forward moves over frames.
func (d *device) Forward(frames uint64) (uint64, error) {
	d.forward = uintptr(min(frames, 1<<30))
	if err := d.ioctl(ioctlForward, unsafe.Pointer(&d.forward)); err != nil {
		return 0, err
	}
	return uint64(d.forward), nil
}

// Read copies frames.
func (d *device) Read(dst []byte, frameBytes int) (int, error) {
	if len(dst) < frameBytes {
		return 0, nil
	}
	d.xfer = transfer{buf: unsafe.Pointer(unsafe.SliceData(dst)), frames: uintptr(len(dst) / frameBytes)}
	err := d.ioctl(ioctlRead, unsafe.Pointer(&d.xfer))
	d.xfer.buf = nil
	if err != nil {
		return 0, err
	}
	return d.xfer.result, nil
}

// ReadPlanes copies frames of channels that are not interleaved.
func (d *device) ReadPlanes(dst []byte, channels, sampleBytes int) (int, error) {
	frames := len(dst) / (channels * sampleBytes)
	if frames == 0 {
		return 0, nil
	}
	if len(d.planes) != channels {
		d.planes = make([]unsafe.Pointer, channels)
	}
	for c := range d.planes {
		d.planes[c] = unsafe.Pointer(&dst[c*(len(dst)/channels)])
	}
	d.xfer = transfer{buf: unsafe.Pointer(unsafe.SliceData(d.planes)), frames: uintptr(frames)}
	err := d.ioctl(ioctlPlanes, unsafe.Pointer(&d.xfer))
	d.xfer.buf = nil
	clear(d.planes)
	if err != nil {
		return 0, err
	}
	return d.xfer.result, nil
}

// Write is Read's counterpart on a playback device.
func (d *device) Write(src []byte, frameBytes int) (int, error) {
	if len(src) < frameBytes {
		return 0, nil
	}
	d.xfer = transfer{buf: unsafe.Pointer(unsafe.SliceData(src)), frames: uintptr(len(src) / frameBytes)}
	err := d.ioctl(ioctlWrite, unsafe.Pointer(&d.xfer))
	d.xfer.buf = nil
	if err != nil {
		return 0, err
	}
	return d.xfer.result, nil
}

// Ring maps the ring.
func (d *device) Ring(bytes int) ([]byte, error) {
	// Populated, since a page that is first touched after the card has gone
	// would end the program.
	ring, err := unix.Mmap(d.fd, 0, bytes, unix.PROT_READ, unix.MAP_SHARED|unix.MAP_POPULATE)
	if err != nil {
		return nil, err
	}
	d.ring = ring
	return ring, nil
}

// Poll waits.
func (d *device) Poll(timeout time.Duration) error {
	d.poll[0] = unix.PollFd{Fd: int32(d.fd), Events: unix.POLLIN | unix.POLLOUT}
	_, err := unix.Poll(d.poll[:], int(timeout.Milliseconds()))
	if errors.Is(err, unix.EINTR) {
		return nil
	}
	return err
}

// Now returns a moment in two ways.
func (d *device) Now() (t time.Time, ns int64) {
	// The tightest of a few pairs: the program may be interrupted in between.
	best := int64(math.MaxInt64)
	for range 5 {
		before := d.monotonic()
		now := time.Now()
		after := d.monotonic()
		if after-before < best {
			best, t, ns = after-before, now, before+(after-before)/2
		}
	}
	return t, ns
}

// monotonic reads CLOCK_MONOTONIC in ns.
func (d *device) monotonic() int64 {
	// Cannot fail: the clock exists since Linux 2.6.
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &d.now)
	return d.now.Nano()
}

// Close unmaps the ring and closes the node.
func (d *device) Close() error {
	if d.ring != nil {
		_ = unix.Munmap(d.ring) // fails only for memory that is not mapped
		d.ring = nil
	}
	return unix.Close(d.fd)
}
