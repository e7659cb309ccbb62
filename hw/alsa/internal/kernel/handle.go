package kernel

import "time"

// Handle is an open capture device.
type Handle interface {
	// Refine narrows what is allowed to what the device can do.
	Refine(p *HwParams) error
	// SetHw chooses among what is allowed and sets the device up.
	SetHw(p *HwParams) error
	// SetSw says how the ring is run.
	SetSw(p *SwParams) error
	// Prepare makes a stopped device ready and its ring empty.
	Prepare() error
	// Start starts a prepared device.
	Start() error
	// Drop stops the device at once.
	Drop() error
	// Resume continues a suspended device; EAGAIN says that it takes time.
	Resume() error
	// Status reads the hardware's position and says where the device stands.
	Status(s *Status) error
	// Forward moves the reader's position over frames that were read from
	// Ring, or are given up, and returns over how many.
	Forward(frames uint64) (uint64, error)
	// Read copies the next frames into dst and returns how many, whole frames
	// of frameBytes.
	Read(dst []byte, frameBytes int) (int, error)
	// ReadPlanes is Read where channels are not interleaved: dst is cut into so many equal
	// planes, one for each channel, of samples of so many bytes.
	ReadPlanes(dst []byte, channels, sampleBytes int) (int, error)
	// Ring maps the ring of a device that offers MmapInterleaved. The memory
	// goes with Close.
	Ring(bytes int) ([]byte, error)
	// Poll returns when AvailMin frames are there, when the device has
	// stopped, or when the timeout is over.
	Poll(timeout time.Duration) error
	// Now returns the same moment twice: with Go's monotonic reading, and as
	// CLOCK_MONOTONIC in ns.
	Now() (time.Time, int64)
	// Close frees all.
	Close() error
}

// Player is an open playback device. Of a Handle's methods Read, ReadPlanes and
// Ring serve capture only.
type Player interface {
	Handle
	// Write copies frames from src and returns how many.
	Write(src []byte, frameBytes int) (int, error)
}
