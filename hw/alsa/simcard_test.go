package alsa

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/auscult/auscult/hw/alsa/internal/kernel"
)

// simCard is a simulated kernel with one card. Every sample says when it was
// taken: the left one is the number of sample times since the card was made, the
// right one its complement, both in 24 bits. Its clock is time.Now, which testing/synctest
// may fake.
type simCard struct {
	t    *testing.T
	root string

	mu        sync.Mutex
	present   bool
	epoch     time.Time
	rate      int
	ppm       float64 // by how much its clock is faster than that
	extra     uint64  // what it counted more while it was
	encodings []uint
	channels  [2]uint32
	noMap     bool
	planar    bool // channels one by one only
	msbits    int
	same      [2]bool      // channels that always give 77
	frozen    bool         // no samples come, though it runs
	stop      kernel.State // what the device stops with when it is next looked at
	last      *simHandle
	resumes   int // how often Resume says EAGAIN
	busy      bool
	held      bool // the position hardly moves, though samples come
	blind     bool // interrupts do not come while nobody looks
	opened    int
	starts    int
	onStatus  func() // called before each Status
}

// newSimCard returns a card with 24 significant bits in words of 32 at 48 kHz,
// which hangs on the tree of pi-simple.
func newSimCard(t *testing.T) *simCard {
	return &simCard{
		t: t, root: plant(t, "pi-simple"), present: true, epoch: time.Now(), rate: 48000,
		encodings: []uint{kernel.S32LE, kernel.S16LE}, channels: [2]uint32{2, 2}, msbits: 24, stop: kernel.Running,
	}
}

func (c *simCard) options() Options {
	return Options{FS: c.root, open: c.open}
}

// set changes the card under its lock.
func (c *simCard) set(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
}

// unplug takes the card away, from its tree too.
func (c *simCard) unplug() {
	c.set(func() {
		c.present = false
		c.last.dead = true
	})
	c.write("proc/asound/cards", "--- no soundcards ---\n")
}

// stopNow makes the device stop at this moment.
func (c *simCard) stopNow(state kernel.State) {
	c.set(func() {
		c.last.advance()
		c.last.state = state
	})
}

// plug brings it back.
func (c *simCard) plug() {
	c.write("proc/asound/cards", " 0 [i2smic         ]: simple-card - i2smic\n                      i2smic\n")
	c.set(func() { c.present = true })
}

func (c *simCard) write(name, text string) {
	if err := os.WriteFile(filepath.Join(c.root, name), []byte(text), 0o644); err != nil {
		c.t.Error(err)
	}
}

func (c *simCard) open(path string) (kernel.Handle, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case path != filepath.Join(c.root, "/dev/snd/pcmC0D0c"):
		c.t.Errorf("%s was opened", path)
		return nil, syscall.ENOENT
	case !c.present:
		return nil, syscall.ENODEV
	case c.busy:
		return nil, syscall.EBUSY
	}
	c.opened++
	c.last = &simHandle{c: c, state: kernel.Open}
	return c.last, nil
}

// simHandle is the open card.
type simHandle struct {
	c              *simCard
	dead           bool // the card was unplugged
	state          kernel.State
	encoding       encoding
	channels       int
	period, buffer uint64
	availMin       uint64
	started        time.Time
	first          uint64 // count of the card then
	appl           uint64
	written        uint64 // frames that the kernel knows of
	missed         uint64 // frames that it does not know of
	ring           []byte
	mapped         bool
}

// narrow does what a kernel's rules do.
func (h *simHandle) narrow(p *kernel.HwParams) error {
	if h.dead {
		return syscall.ENODEV
	}
	var offered []uint
	for _, have := range h.c.encodings {
		if p.Offers(kernel.Format, have) {
			offered = append(offered, have)
		}
	}
	if len(offered) == 0 {
		return syscall.EINVAL
	}
	p.Choose(kernel.Format, offered[0])
	for _, v := range offered[1:] {
		p.Allow(kernel.Format, v)
	}
	if h.c.noMap {
		if !p.Offers(kernel.Access, kernel.ReadInterleaved) {
			return syscall.EINVAL
		}
		p.Choose(kernel.Access, kernel.ReadInterleaved)
	}
	if h.c.planar {
		if !p.Offers(kernel.Access, kernel.ReadPlanes) {
			return syscall.EINVAL
		}
		p.Choose(kernel.Access, kernel.ReadPlanes)
	}
	for _, r := range []struct {
		of        kernel.Param
		low, high uint32
	}{
		{kernel.Channels, h.c.channels[0], h.c.channels[1]},
		{kernel.Rate, uint32(h.c.rate), uint32(h.c.rate)},
		{kernel.PeriodSize, 32, 16384},
		{kernel.BufferSize, 64, 32768},
		{kernel.Periods, 2, 1024},
	} {
		low, high := p.Range(r.of)
		low, high = max(low, r.low), min(high, r.high)
		if low > high {
			return syscall.EINVAL
		}
		p.Limit(r.of, low, high)
	}
	return nil
}

func (h *simHandle) Refine(p *kernel.HwParams) error {
	h.c.mu.Lock()
	defer h.c.mu.Unlock()
	return h.narrow(p)
}

func (h *simHandle) SetHw(p *kernel.HwParams) error {
	h.c.mu.Lock()
	defer h.c.mu.Unlock()
	if err := h.narrow(p); err != nil {
		return err
	}
	for _, e := range encodings {
		if p.Offers(kernel.Format, e.value) {
			h.encoding = e
			break
		}
	}
	channels, _ := p.Range(kernel.Channels)
	period, _ := p.Range(kernel.PeriodSize)
	_, buffer := p.Range(kernel.BufferSize)
	h.channels, h.period, h.buffer = int(channels), uint64(period), uint64(buffer/period*period)
	if h.buffer < 2*h.period {
		return syscall.EINVAL
	}
	p.Limit(kernel.PeriodSize, period, period)
	p.Limit(kernel.BufferSize, uint32(h.buffer), uint32(h.buffer))
	p.SetSignificantBits(h.c.msbits)
	h.mapped = p.Offers(kernel.Access, kernel.MmapInterleaved)
	h.ring = make([]byte, int(h.buffer)*h.encoding.bytes*h.channels)
	h.state = kernel.Setup
	return nil
}

func (h *simHandle) SetSw(p *kernel.SwParams) error {
	if p.TimestampMode != 1 || p.TimestampType != 1 || uint64(p.StopThreshold) < h.buffer {
		h.c.t.Errorf("software parameters %+v", p)
	}
	h.availMin = uint64(p.AvailMin)
	return nil
}

func (h *simHandle) Prepare() error {
	h.c.mu.Lock()
	defer h.c.mu.Unlock()
	if h.dead {
		return syscall.ENODEV
	}
	if h.state == kernel.Open || h.state == kernel.Running {
		return syscall.EBUSY
	}
	h.state, h.appl, h.written = kernel.Prepared, 0, 0
	h.missed = 0
	return nil
}

func (h *simHandle) Start() error {
	h.c.mu.Lock()
	defer h.c.mu.Unlock()
	if h.state != kernel.Prepared {
		return kernel.ErrDisconnected
	}
	h.state, h.started = kernel.Running, time.Now()
	h.first = h.c.count(h.started)
	h.c.starts++
	return nil
}

func (h *simHandle) Drop() error {
	h.c.mu.Lock()
	defer h.c.mu.Unlock()
	h.state = kernel.Setup
	return nil
}

func (h *simHandle) Resume() error {
	h.c.mu.Lock()
	defer h.c.mu.Unlock()
	if h.state == kernel.Suspended && h.c.resumes > 0 {
		h.c.resumes--
		return syscall.EAGAIN
	}
	return syscall.ENOSYS
}

// advance writes what was taken until now into the ring.
func (h *simHandle) advance() {
	if h.state != kernel.Running || h.c.frozen {
		return
	}
	if h.c.stop != kernel.Running {
		h.state, h.c.stop = h.c.stop, kernel.Running
		return
	}
	first := h.first
	pos := h.c.count(time.Now()) - first
	filled := h.written + h.missed
	if h.c.held {
		pos = min(pos, filled+1)
	}
	if h.c.blind {
		h.missed += (pos - h.missed - h.written) / h.buffer * h.buffer
	}
	for at := max(filled, pos-min(pos, h.buffer)); at < pos; at++ {
		for ch := range h.channels {
			x := uint32(first + at)
			if ch%2 == 1 {
				x = ^x
			}
			if h.c.same[ch%2] {
				x = 77
			}
			h.put(int(at%h.buffer)*h.channels+ch, x)
		}
	}
	h.written = pos - h.missed
}

// put writes 24 bits, or the lowest that an encoding has, and something around them that
// must not be seen.
func (h *simHandle) put(at int, x uint32) {
	e := h.encoding
	word := uint64(x)
	switch sample := float64(int32(x<<8)) / (1 << 31); {
	case e.as&float != 0 && e.bytes == 8:
		word = math.Float64bits(sample)
	case e.as&float != 0:
		word = uint64(math.Float32bits(float32(sample)))
	case e.bits == 32:
		word = word<<8 | 0x5a
	default:
		word = word&(1<<e.bits-1) | 0x5a5a5a5a<<e.bits
	}
	if e.as&unsigned != 0 {
		word ^= 1 << (e.bits - 1)
	}
	for i := range e.bytes {
		to := at*e.bytes + i
		if e.as&bigEndian != 0 {
			to = (at+1)*e.bytes - 1 - i
		}
		h.ring[to] = byte(word >> (8 * i))
	}
}

// count returns how many sample times there were from the card's epoch to t.
func (c *simCard) count(t time.Time) uint64 {
	if c.ppm != 0 {
		return uint64(t.Sub(c.epoch).Seconds() * float64(c.rate) * (1 + c.ppm*1e-6))
	}
	return c.extra + uint64(t.Sub(c.epoch))*uint64(c.rate)/1e9
}

func (h *simHandle) Status(s *kernel.Status) error {
	if h.c.onStatus != nil {
		h.c.onStatus()
	}
	h.c.mu.Lock()
	defer h.c.mu.Unlock()
	if h.dead {
		return syscall.ENODEV
	}
	h.advance()
	*s = kernel.Status{
		State: h.state, Appl: h.appl, Avail: h.written - h.appl, Trigger: h.ns(h.started), Time: h.ns(time.Now()),
	}
	return nil
}

// ns is the simulated CLOCK_MONOTONIC.
func (h *simHandle) ns(t time.Time) int64 { return int64(t.Sub(h.c.epoch)) + 5e9 }

func (h *simHandle) Forward(frames uint64) (uint64, error) {
	h.c.mu.Lock()
	defer h.c.mu.Unlock()
	if h.state != kernel.Running {
		return 0, syscall.EPIPE
	}
	h.advance()
	frames = min(frames, h.written-h.appl)
	h.appl += frames
	return frames, nil
}

func (h *simHandle) Read(dst []byte, frameBytes int) (int, error) {
	h.c.mu.Lock()
	defer h.c.mu.Unlock()
	switch {
	case h.dead:
		return 0, syscall.ENODEV
	case h.state != kernel.Running:
		return 0, syscall.EPIPE
	case h.mapped:
		return 0, syscall.EINVAL
	case h.written == h.appl:
		return 0, syscall.EAGAIN
	}
	n := min(len(dst)/frameBytes, int(h.written-h.appl))
	for i := range n {
		at := int((h.appl+uint64(i))%h.buffer) * frameBytes
		copy(dst[i*frameBytes:(i+1)*frameBytes], h.ring[at:at+frameBytes])
	}
	h.appl += uint64(n)
	return n, nil
}

func (h *simHandle) ReadPlanes(dst []byte, channels, sampleBytes int) (int, error) {
	frameBytes := channels * sampleBytes
	frames := make([]byte, len(dst)/frameBytes*frameBytes)
	n, err := h.Read(frames, frameBytes)
	for i := range n * channels {
		to := i%channels*(len(dst)/channels) + i/channels*sampleBytes
		copy(dst[to:to+sampleBytes], frames[i*sampleBytes:])
	}
	return n, err
}

func (h *simHandle) Ring(bytes int) ([]byte, error) {
	if bytes != len(h.ring) {
		h.c.t.Errorf("%d bytes of a ring of %d are mapped", bytes, len(h.ring))
	}
	return h.ring, nil
}

func (h *simHandle) Poll(timeout time.Duration) error {
	end := time.Now().Add(timeout)
	for {
		h.c.mu.Lock()
		h.advance()
		ready := h.written-h.appl >= h.availMin || h.state != kernel.Running || h.dead
		wait := time.Until(end)
		if !h.c.frozen {
			wait = min(wait, time.Millisecond)
		}
		h.c.mu.Unlock()
		if ready || wait <= 0 {
			return nil
		}
		<-time.After(wait)
	}
}

func (h *simHandle) Now() (time.Time, int64) {
	now := time.Now()
	return now, h.ns(now)
}

func (h *simHandle) Close() error { return nil }

// plant expands a tree of testdata and returns its root.
func plant(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".tree"))
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	var file *strings.Builder
	var at string
	finish := func() {
		if file != nil {
			if err := os.WriteFile(at, []byte(file.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		file = nil
	}
	for line := range strings.Lines(string(text)) {
		head, isHead := strings.CutPrefix(strings.TrimSpace(line), "-- ")
		head, isEnd := strings.CutSuffix(head, " --")
		if !isHead || !isEnd {
			file.WriteString(line)
			continue
		}
		finish()
		path, target, isLink := strings.Cut(head, " -> ")
		at = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if isLink {
			if err := os.Symlink(target, at); err != nil {
				t.Fatal(err)
			}
			continue
		}
		file = new(strings.Builder)
	}
	finish()
	return root
}
