package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/auscult/auscult/agent/backoff"
	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/health"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/hw"
)

var begin = time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)

// player is a source that is quiet, loud or dead, by blocks.
type player struct {
	format hw.Format
	blocks int            // until the end; negative: for ever
	fail   map[int]error  // by block
	lose   map[int]uint64 // samples lost before a block
	loud   func(block int) bool
	dead   func(block int) bool
	size   int // sample times in a block; 0: all that fit
	hang   bool

	block  int
	next   uint64
	halted chan struct{}
}

func (s *player) String() string    { return "player" }
func (s *player) Format() hw.Format { return s.format }
func (s *player) Halt() error       { close(s.halted); return nil }

func (s *player) Read(_ context.Context, b *hw.Block) error {
	if s.hang && s.block == 1 {
		<-s.halted
		return hw.ErrHalted
	}
	if s.block == s.blocks {
		return io.EOF
	}
	if err := s.fail[s.block]; err != nil {
		return err
	}
	n := cap(b.PCM) / s.format.Channels
	if s.size > 0 {
		n = min(n, s.size)
	}
	b.PCM = b.PCM[:n*s.format.Channels]
	for i := range b.PCM {
		// A bit of noise: a channel with one value is dead.
		if b.PCM[i] = int32((int(s.next) + i/s.format.Channels) % 2); s.dead != nil && s.dead(s.block) {
			b.PCM[i] = 77
		}
		// Channel 1 alone carries the sound: a full-scale square wave.
		if i%s.format.Channels == 1 && s.loud != nil && s.loud(s.block) {
			b.PCM[i] = 1 << 30 * int32(1-2*((int(s.next)+i/s.format.Channels)/8%2))
		}
	}
	b.Lost = s.lose[s.block]
	s.next += b.Lost
	b.FirstSample = s.next
	b.Time = begin.Add(time.Duration(s.next) * time.Second / time.Duration(s.format.SampleRateHz))
	s.next += uint64(n)
	s.block++
	return nil
}

// levelScorer scores a window of two frames by its highest code: 0 to 255.
type levelScorer struct {
	conditions     []float64
	frames, resets int
	bands          []float64
}

func (s *levelScorer) SetConditions(values []float64) {
	s.conditions = append(s.conditions[:0], values...)
}

func (s *levelScorer) Reset() { s.frames = 0; s.resets++ }

func (s *levelScorer) Push(codes []int8) (model.Score, bool) {
	s.frames++
	if s.frames < 2 {
		return model.Score{}, false
	}
	s.frames = 0
	highest := 0.0
	for b, c := range codes {
		s.bands[b] = float64(c) + 128
		highest = max(highest, s.bands[b])
	}
	return model.Score{Value: highest, Evidence: s.bands}, true
}

// recorder is a Sink that writes down what it is told.
type recorder struct {
	lines []string
	obs   int
}

func (r *recorder) Observe(source string, o *decide.Observation) {
	r.obs++
	if o.State != o.Previous || o.Transition != decide.None {
		line := fmt.Sprintf("%s %s %s %s", source, o.Time.Sub(begin), o.State, o.Transition)
		if o.Event != nil {
			line += " " + string(o.Event.Cause)
		}
		r.lines = append(r.lines, strings.TrimSpace(line))
	}
}

func (r *recorder) Fault(_ string, code fault.Code, err error) {
	if err != nil {
		r.lines = append(r.lines, fmt.Sprintf("fault %s: %v", code, err))
	}
}

func profile() dsp.Profile {
	p := dsp.DefaultProfile()
	p.SampleRateHz, p.FrameLength, p.HopLength, p.Bands, p.MaxHz = 1000, 64, 32, 8, 500
	return p
}

func newPlayer() *player {
	return &player{format: hw.Format{SampleRateHz: 1000, Channels: 2, BitsPerSample: 32}, blocks: 20,
		halted: make(chan struct{})}
}

// testBlock is the size of blocks where a test does not say otherwise: four hops, so that
// frames lie across blocks as well as several within one.
const testBlock = 128

func config(sink Sink, sources ...*player) Config {
	p := profile()
	return Config{
		Source: "test", Channel: 1, Profile: p, Sink: sink, block: testBlock,
		Scorer:   &levelScorer{bands: make([]float64, p.Bands)},
		Decision: decide.Settings{Threshold: 100, AverageWindows: 1, K: 2, N: 2, ClearRatio: 1},
		Open: func(context.Context) (hw.Source, error) {
			if len(sources) == 0 {
				return nil, errors.New("no such device")
			}
			s := sources[0]
			sources = sources[1:]
			return s, nil
		},
	}
}

func run(t *testing.T, c Config) (*Pipeline, error) {
	t.Helper()
	p, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return p, p.Run(t.Context())
}

func TestEventsOfARecording(t *testing.T) {
	for _, size := range []int{0, 1, 7, 33, 100} { // however the blocks are cut
		var sink recorder
		src := newPlayer()
		src.size = size
		per := size
		if size == 0 {
			per = testBlock
		}
		src.blocks = 2560 / per
		src.loud = func(block int) bool { at := block * per; return at >= 640 && at < 1280 }
		p, err := run(t, config(&sink, src))
		if err != nil {
			t.Fatal(err)
		}
		if len(sink.lines) != 3 || !strings.HasSuffix(sink.lines[0], "warning") ||
			!strings.HasSuffix(sink.lines[1], "alarm started") ||
			!strings.HasSuffix(sink.lines[2], "normal ended cleared") {
			t.Errorf("blocks of %d: %q", size, sink.lines)
		}
		if st := p.Stats(); st.Opens != 1 || st.LostSamples != 0 || st.Windows != uint64(sink.obs) || st.Frames < 75 {
			t.Errorf("blocks of %d: %+v, %d observations", size, st, sink.obs)
		}
		select {
		case <-src.halted:
		default:
			t.Error("the source was left open")
		}
	}
}

func TestTimesComeFromTheSamples(t *testing.T) {
	var ends []time.Duration
	c := config(&recorder{}, newPlayer())
	c.Window = func(end time.Time, _ model.Score) { ends = append(ends, end.Sub(begin)) }
	if _, err := run(t, c); err != nil {
		t.Fatal(err)
	}
	// Windows of two frames of 64 samples, 32 apart, at 1 kHz.
	for i, got := range ends {
		if want := time.Duration(96+64*i) * time.Millisecond; got != want {
			t.Fatalf("window %d ends at %v, want %v", i, got, want)
		}
	}
	if len(ends) != 39 {
		t.Errorf("%d windows, want 39", len(ends))
	}
}

// patient is a player whose channel 1 is unwell from its block 5 to its block 9, with
// another complaint from block 8 on; its channel 0 always is.
type patient struct{ *player }

func (s patient) Health(channel int) error {
	switch {
	case channel != 1:
		return errors.New("nobody speaks here")
	case s.block >= 8 && s.block < 10:
		return errors.New("it was unplugged")
	case s.block > 5 && s.block < 8:
		return errors.New("the same value for long")
	}
	return nil
}

// TestHealth tells what the source says of the channel that is listened to: once, again
// when it says something else, and nothing of other channels.
func TestHealth(t *testing.T) {
	var sink recorder
	c := config(&sink)
	c.Open = func(context.Context) (hw.Source, error) { return patient{newPlayer()}, nil }
	if _, err := run(t, c); err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, line := range sink.lines {
		if strings.Contains(line, "source_silent") {
			told = append(told, line)
		}
	}
	want := []string{"the same value for long", "it was unplugged"}
	if len(told) != len(want) {
		t.Fatalf("told %q, want %q", told, want)
	}
	for i := range want {
		if !strings.Contains(told[i], want[i]) {
			t.Errorf("told %q, want %q", told[i], want[i])
		}
	}
}

// cut is a player whose samples are cut off from its block 10 on, and that takes two blocks
// to settle.
type cut struct{ *player }

func (cut) Settles() time.Duration { return 256 * time.Millisecond }

func (s cut) Read(ctx context.Context, b *hw.Block) error {
	if err := s.player.Read(ctx, b); err != nil {
		return err
	}
	for i, x := range b.PCM {
		if s.block > 10 && i%16 < 8 {
			b.PCM[i] = 1 << 30
		} else if s.block > 10 {
			b.PCM[i] = min(x, 1<<29)
		}
	}
	return nil
}

// TestCutOff has a fault where the sensor is at the end of its range again and again, and
// judges nothing of what comes before the sensor has settled.
func TestCutOff(t *testing.T) {
	var sink observer
	src := newPlayer() // of blocks of 128 ms
	src.blocks = 120
	c := config(&sink)
	c.Open = func(context.Context) (hw.Source, error) { return cut{src}, nil }
	var first time.Duration
	c.Window = func(end time.Time, _ model.Score) {
		if first == 0 {
			first = end.Sub(begin)
		}
	}
	if _, err := run(t, c); err != nil {
		t.Fatal(err)
	}
	if err := sink.faults[fault.SourceClips]; err == nil || !strings.Contains(err.Error(), "for 10 s at least 1 %") {
		t.Errorf("fault %v", err)
	}
	if want := (256 + 96) * time.Millisecond; first != want {
		t.Errorf("the first window ends at %v, want %v", first, want)
	}
}

// pitched is a player that says that its card runs at another rate.
type pitched struct{ *player }

func (pitched) Health(int) error {
	return fmt.Errorf("44100 a second: %w", hw.ErrRate)
}

// TestWrongRate has a fault of its own.
func TestWrongRate(t *testing.T) {
	var sink observer
	c := config(&sink)
	c.Open = func(context.Context) (hw.Source, error) { return pitched{newPlayer()}, nil }
	if _, err := run(t, c); err != nil {
		t.Fatal(err)
	}
	if sink.faults[fault.SourceRate] == nil || sink.faults[fault.SourceSilent] != nil {
		t.Errorf("faults %v", sink.faults)
	}
}

// learned is what a model thinks of a source.
type learned struct {
	rate, scale string
	gain        func(hw.Origin) string
	heard       *health.Learned
	unit        error
	rateHz      int // that it was asked about
	origin      hw.Origin
}

func (l *learned) RateDoubt(rateHz int) string   { l.rateHz = rateHz; return l.rate }
func (l *learned) ScaleDoubt(o hw.Origin) string { l.origin = o; return l.scale }
func (l *learned) Heard() *health.Learned        { return l.heard }
func (*learned) OtherSensor(hw.Origin) string    { return "" }
func (l *learned) GainDoubt(o hw.Origin) string {
	if l.gain == nil {
		return ""
	}
	return l.gain(o)
}
func (l *learned) CheckUnit(hw.Origin) error { return l.unit }

// shaken is a player of acceleration.
type shaken struct {
	*player
	fullScale float64
}

func (s shaken) Origin() hw.Origin { return hw.Origin{Unit: hw.G, FullScale: s.fullScale} }

// TestScale hears acceleration of any full scale on one scale: what fills a range of 2 g is 18 dB
// lower than what fills one of 16 g. It refuses what is something else than was learned.
func TestScale(t *testing.T) {
	var ends []float64
	for _, fullScale := range []float64{16, 2} {
		src := newPlayer()
		src.loud = func(int) bool { return true }
		c := config(&recorder{})
		c.Profile.MinDB, c.Profile.MaxDB = -60, 60 // nothing is at the ends of the codes
		knows := &learned{scale: "who knows"}
		c.Learned = knows
		var sink observer
		c.Sink = &sink
		highest := 0.0
		c.Window = func(_ time.Time, s model.Score) { highest = s.Value }
		c.Open = func(context.Context) (hw.Source, error) { return shaken{src, fullScale}, nil }
		if _, err := run(t, c); err != nil {
			t.Fatal(err)
		}
		if knows.origin.FullScale != fullScale || knows.rateHz != 1000 || sink.faults[fault.SourceScale] == nil {
			t.Errorf("asked about %+v, faults %v", knows, sink.faults)
		}
		ends = append(ends, highest*120/255)
	}
	if d := ends[0] - ends[1]; math.Abs(d-18.06) > 0.5 {
		t.Errorf("full scale at 16 g is %.2f dB above that at 2 g, want 18.06", d)
	}
	c := config(&recorder{}, newPlayer())
	c.Learned = &learned{unit: errors.New("it is sound")}
	if _, err := run(t, c); err == nil || !strings.Contains(err.Error(), "it is sound") {
		t.Errorf("another unit: %v", err)
	}
}

// turned is a player whose mixer somebody turns at its block 10, and back at its block 30.
type turned struct{ *player }

func (s turned) Origin() hw.Origin {
	if s.block > 10 && s.block <= 30 {
		return hw.Origin{Mixer: "Mic=6.00 dB"}
	}
	return hw.Origin{Mixer: "Mic=12.00 dB"}
}

// TestGain has a fault, and judges nothing, while the mixer stands otherwise than it did; an event
// that is open then ends with that.
func TestGain(t *testing.T) {
	var sink recorder
	src := newPlayer() // of blocks of 128 ms
	src.blocks = 50
	src.loud = func(int) bool { return true }
	c := config(&sink)
	c.Learned = &learned{gain: func(o hw.Origin) string {
		if o.Mixer == "Mic=12.00 dB" {
			return ""
		}
		return "somebody turned it"
	}}
	c.Open = func(context.Context) (hw.Source, error) { return turned{src}, nil }
	var ends []int
	c.Window = func(end time.Time, _ model.Score) { ends = append(ends, int(end.Sub(begin)/time.Millisecond)) }
	if _, err := run(t, c); err != nil {
		t.Fatal(err)
	}
	text := strings.Join(sink.lines, "\n")
	for _, want := range []string{"alarm started", "fault source_gain: somebody turned it", "normal ended sensor_fault"} {
		if strings.Count(text, want) == 0 {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Count(text, "alarm started") != 2 { // before, and after it was turned back
		t.Errorf("%s", text)
	}
	for _, end := range ends {
		if end > 11*128 && end < 30*128 {
			t.Errorf("a window that ends at %d ms was judged", end)
		}
	}
}

// TestRateDoubt tells of a rate at which bands differ, and listens all the same.
func TestRateDoubt(t *testing.T) {
	for doubt, want := range map[string]int{"": 0, "heard at another rate": 1} {
		var sink recorder
		c := config(&sink, newPlayer())
		c.Learned = &learned{rate: doubt}
		if _, err := run(t, c); err != nil {
			t.Fatal(err)
		}
		if len(sink.lines) != want || want > 0 && sink.lines[0] != "fault source_bands: "+doubt || sink.obs == 0 {
			t.Errorf("%q: %d observations, told %q", doubt, sink.obs, sink.lines)
		}
	}
}

// TestDeadChannel hears nothing of a channel that is dead, says so once that has lasted, and
// listens on when it speaks again.
func TestDeadChannel(t *testing.T) {
	var sink observer
	src := newPlayer() // of blocks of 128 ms
	src.blocks = 60
	src.dead = func(block int) bool { return block >= 10 && block < 40 }
	c := config(&sink, src)
	var windows []time.Duration
	told := 0
	c.Window = func(end time.Time, _ model.Score) {
		windows = append(windows, end.Sub(begin)/time.Millisecond)
		if sink.faults[fault.SourceSilent] != nil {
			told++
		}
	}
	if _, err := run(t, c); err != nil {
		t.Fatal(err)
	}
	quiet := 0
	for _, at := range windows {
		// All but the first 32 samples of the stretch are left out.
		if at > 1280+32 && at < 5120+96 {
			t.Errorf("a window ends at %d ms, in a dead stretch from 1280 to 5120 ms", at)
		}
		if at > 5120 {
			quiet++
		}
	}
	if quiet < 35 || told > 1 { // the fault ends with the block
		t.Errorf("%d windows after the dead stretch, %d while the fault stood", quiet, told)
	}
	if err, known := sink.faults[fault.SourceSilent]; !known || err != nil {
		t.Errorf("the fault was never told, or stays: %v", err)
	}
	src = newPlayer()
	src.dead = func(int) bool { return true }
	sink = observer{}
	c = config(&sink, src)
	if _, err := run(t, c); err != nil {
		t.Fatal(err)
	}
	if err := sink.faults[fault.SourceSilent]; err == nil || !strings.Contains(err.Error(), "channel 1 has given the same value for more than 2s") {
		t.Errorf("fault of a dead source: %v", err)
	}
	if len(sink.at) > 0 {
		t.Errorf("%d observations of a dead source", len(sink.at))
	}
}

// TestHigherRate plays a source of three times the model's rate: the windows
// end at the same times.
func TestHigherRate(t *testing.T) {
	var ends []time.Duration
	src := newPlayer()
	src.format.SampleRateHz, src.blocks = 3000, 60
	c := config(&recorder{}, src)
	c.Window = func(end time.Time, _ model.Score) { ends = append(ends, end.Sub(begin)) }
	if _, err := run(t, c); err != nil {
		t.Fatal(err)
	}
	for i, got := range ends {
		if want := time.Duration(96+64*i) * time.Millisecond; got != want {
			t.Fatalf("window %d ends at %v, want %v", i, got, want)
		}
	}
	if len(ends) != 39 {
		t.Errorf("%d windows, want 39", len(ends))
	}
}

func TestOpenEventEndsWithTheRecording(t *testing.T) {
	var sink recorder
	src := newPlayer()
	src.loud = func(int) bool { return true }
	if _, err := run(t, config(&sink, src)); err != nil {
		t.Fatal(err)
	}
	if last := sink.lines[len(sink.lines)-1]; !strings.HasSuffix(last, "normal ended source_ended") {
		t.Errorf("%q", sink.lines)
	}
}

func TestLostSamples(t *testing.T) {
	var sink recorder
	src := newPlayer()
	src.lose = map[int]uint64{3: 50, 4: 1}
	c := config(&sink, src)
	p, err := run(t, c)
	if err != nil {
		t.Fatal(err)
	}
	if st := p.Stats(); st.LostSamples != 51 {
		t.Errorf("lost %d, want 51", st.LostSamples)
	}
	if n := c.Scorer.(*levelScorer).resets; n != 3 { // at the start, and twice
		t.Errorf("the scorer was reset %d times, want 3", n)
	}
	if len(sink.lines) != 2 || sink.lines[0] != "fault samples_lost: lost 50 samples before sample 434" {
		t.Errorf("%q", sink.lines)
	}
}

// observer notes the times of observations, and how the faults stand.
type observer struct {
	at     []time.Duration
	faults map[fault.Code]error
}

func (o *observer) Observe(_ string, x *decide.Observation) { o.at = append(o.at, x.Time.Sub(begin)) }
func (o *observer) Fault(_ string, code fault.Code, err error) {
	if o.faults == nil {
		o.faults = make(map[fault.Code]error)
	}
	o.faults[code] = err
}

// TestGapStartsAnew lets neither a frame nor a window nor an observation reach over a gap.
func TestGapStartsAnew(t *testing.T) {
	var sink observer
	src := newPlayer() // of blocks of 128 ms
	src.blocks, src.lose = 8, map[int]uint64{3: 50}
	c := config(&sink, src)
	c.Decision.AverageWindows = 2
	var windows []time.Duration
	c.Window = func(end time.Time, _ model.Score) { windows = append(windows, end.Sub(begin)/time.Millisecond) }
	if _, err := run(t, c); err != nil {
		t.Fatal(err)
	}
	// A window is 96 ms, the next ends 64 ms later. The gap is from 384 to 434 ms.
	want := []time.Duration{96, 160, 224, 288, 352, 434 + 96, 434 + 160, 434 + 224, 434 + 288, 434 + 352}
	if len(windows) < len(want) || !slices.Equal(windows[:len(want)], want) {
		t.Errorf("windows end at %d ms, want %d", windows, want)
	}
	var ends []time.Duration
	for _, at := range sink.at {
		ends = append(ends, at/time.Millisecond)
	}
	if want := []time.Duration{160, 288, 434 + 160, 434 + 288}; len(ends) < 4 || !slices.Equal(ends[:4], want) {
		t.Errorf("observations end at %d ms, want %d: two windows each", ends, want)
	}
}

// TestFaultsEnd takes back what was wrong with a source once it is right.
func TestFaultsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sink observer
		slow := newPlayer()
		slow.format.SampleRateHz = 800
		right := newPlayer()
		opened := 0
		c := config(&sink)
		c.Retry = &backoff.Delay{First: time.Second, Cap: time.Minute}
		c.Open = func(context.Context) (hw.Source, error) {
			switch opened++; opened {
			case 1:
				return nil, errors.New("no such device")
			case 2:
				return slow, nil
			}
			for _, code := range []fault.Code{fault.SourceOpen, fault.SourceFormat} {
				if sink.faults[code] == nil {
					t.Errorf("%s does not stand before it is mended", code)
				}
			}
			return right, nil
		}
		if _, err := run(t, c); err != nil {
			t.Fatal(err)
		}
		for _, code := range []fault.Code{fault.SourceOpen, fault.SourceFormat} {
			if err, told := sink.faults[code]; err != nil || !told {
				t.Errorf("%s: %v", code, err)
			}
		}
	})
}

func TestErrorsEndATool(t *testing.T) {
	broken := newPlayer()
	broken.fail = map[int]error{2: errors.New("bus error")}
	slow := newPlayer()
	slow.format.SampleRateHz = 800
	mono := newPlayer()
	mono.format.Channels = 1
	empty := newPlayer()
	empty.blocks = 0
	none := newPlayer()
	none.format.Channels = 0
	for want, sources := range map[string][]*player{
		"pipeline: source test: no such device":                                             nil,
		"pipeline: source test: bus error":                                                  {broken},
		"pipeline: source test: gives 800 samples per second, the model needs at least 990": {slow},
		"pipeline: source test: has channels 0 to 0, not 1":                                 {mono},
		"pipeline: source test: source is empty":                                            {empty},
		"pipeline: source test: has 0 channels: 1 to 64 can be used":                        {none},
	} {
		if _, err := run(t, config(&recorder{}, sources...)); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

func TestRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := newPlayer()
		broken.fail = map[int]error{2: errors.New("bus error")}
		var sink recorder
		c := config(&sink, broken, newPlayer())
		c.Retry = &backoff.Delay{First: time.Second, Cap: time.Minute}
		p, err := run(t, c)
		if err != nil || p.Stats().Opens != 2 {
			t.Errorf("error %v, %+v", err, p.Stats())
		}
		if len(sink.lines) != 1 || !strings.Contains(sink.lines[0], "fault source_read: ") {
			t.Errorf("%q", sink.lines)
		}
	})
}

func TestRetryUntilStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sink recorder
		c := config(&sink)
		c.Retry = &backoff.Delay{First: time.Second, Cap: time.Minute, Rand: func(n int64) int64 { return n - 1 }}
		p, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		if err := p.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		if n := len(sink.lines); n < 10 || n > 20 {
			t.Errorf("%d attempts in 10 minutes", n)
		}
		if !p.Ended() || !p.Alive(time.Nanosecond) {
			t.Error("a pipeline that has ended is not dead")
		}
	})
}

func TestLoop(t *testing.T) {
	c := config(&recorder{}, newPlayer(), newPlayer(), newPlayer())
	c.Loop = true
	p, err := run(t, c)
	if err == nil || p.Stats().Opens != 3 {
		t.Errorf("error %v, %+v", err, p.Stats())
	}
}

func TestStopEndsABlockedRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newPlayer()
		src.hang = true
		src.loud = func(int) bool { return true }
		var sink recorder
		c := config(&sink, src)
		c.Decision.K, c.Decision.N = 1, 1
		p, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- p.Run(ctx) }()
		time.Sleep(time.Minute)
		if p.Alive(time.Second) || !p.Alive(time.Hour) {
			t.Error("a source that hangs was not noticed")
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		if last := sink.lines[len(sink.lines)-1]; !strings.HasSuffix(last, "normal ended stopped") {
			t.Errorf("%q", sink.lines)
		}
	})
}

func TestNoAllocationPerBlock(t *testing.T) {
	src := newPlayer()
	src.blocks = -1
	p, err := New(config(&quiet{}, src))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.fit(src); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if n := testing.AllocsPerRun(200, func() {
		if err := src.Read(ctx, &p.block); err != nil {
			t.Fatal(err)
		}
		if err := p.take(&p.block); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%g allocations per block", n)
	}
}

type quiet struct{ n int }

func (q *quiet) Observe(string, *decide.Observation) { q.n++ }
func (q *quiet) Fault(string, fault.Code, error)     {}

func TestNewRefuses(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"a source": func(c *Config) { c.Open = nil },
		"channel":  func(c *Config) { c.Channel = -1 },
		"hop":      func(c *Config) { c.Profile.HopLength = 0 },
		"k 0":      func(c *Config) { c.Decision.K = 0 },
	} {
		c := config(&recorder{})
		change(&c)
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// TestChannels listens to channels 0 to 63.
func TestChannels(t *testing.T) {
	for channel, refused := range map[int]bool{-1: true, 0: false, 63: false, 64: true} {
		c := config(&recorder{}, newPlayer())
		c.Channel = channel
		if _, err := New(c); (err != nil) != refused {
			t.Errorf("channel %d: %v", channel, err)
		}
	}
}

// TestConditions leaves out what is heard before the conditions are known, and says once
// what is wrong.
func TestConditions(t *testing.T) {
	var sink recorder
	c := config(&sink, newPlayer())
	asked := 0
	c.Conditions = func() ([]float64, error) {
		switch asked++; {
		case asked <= 2:
			return nil, errors.New("waiting")
		case asked == 3:
			return nil, errors.New("too old")
		}
		return []float64{float64(asked)}, nil
	}
	var first time.Duration
	c.Window = func(end time.Time, _ model.Score) {
		if first == 0 {
			first = end.Sub(begin)
		}
	}
	if _, err := run(t, c); err != nil {
		t.Fatal(err)
	}
	if want := []string{"fault condition: waiting", "fault condition: too old"}; !slices.Equal(sink.lines, want) {
		t.Errorf("%q, want %q", sink.lines, want)
	}
	// Three blocks of 128 ms are left out; a window is 96 ms.
	if want := (3*128 + 96) * time.Millisecond; first != want {
		t.Errorf("the first window ends after %v, want %v", first, want)
	}
	if got := c.Scorer.(*levelScorer).conditions; !slices.Equal(got, []float64{float64(asked)}) {
		t.Errorf("conditions %v of the last block, want %d", got, asked)
	}
}

// TestStopWhileWaiting ends an event when the node stops before a source comes back.
func TestStopWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newPlayer()
		src.loud = func(int) bool { return true }
		src.fail = map[int]error{10: errors.New("unplugged")}
		var sink recorder
		c := config(&sink, src)
		c.Retry = &backoff.Delay{First: time.Hour, Cap: time.Hour, Rand: func(n int64) int64 { return n - 1 }}
		p, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := p.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		if last := sink.lines[len(sink.lines)-1]; !strings.HasSuffix(last, "normal ended stopped") {
			t.Errorf("%q", sink.lines)
		}
	})
}

// TestLossIsShown keeps lost samples a fault for a minute.
func TestLossIsShown(t *testing.T) {
	for blocks, over := range map[int]bool{460: false, 480: true} { // of 128 ms, the loss before the fourth
		var sink observer
		src := newPlayer()
		src.blocks, src.lose = blocks, map[int]uint64{3: 50}
		if _, err := run(t, config(&sink, src)); err != nil {
			t.Fatal(err)
		}
		if err, told := sink.faults[fault.SamplesLost]; !told || (err == nil) != over {
			t.Errorf("%d blocks: fault %v, told %t", blocks, err, told)
		}
	}
}

// TestBlocksAreShort has a window wait for no more than half a hop behind its end, whatever
// the source's rate, and channels.
func TestBlocksAreShort(t *testing.T) {
	for _, c := range []struct{ rateHz, channels, want int }{
		{8000, 1, 16}, {8000, 2, 32}, {24000, 1, 48}, {44100, 2, 176}, {192000, 8, 3072},
	} {
		var sink recorder
		o := config(&sink)
		o.block, o.Profile.SampleRateHz, o.Profile.MaxHz, o.Channel = 0, 8000, 3500, 0
		p, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.front.fit(hw.Format{SampleRateHz: c.rateHz, Channels: c.channels}, 0); err != nil {
			t.Fatal(err)
		}
		if got := p.front.blockValues(); got != c.want {
			t.Errorf("%d Hz, %d channels: blocks of %d values, want %d", c.rateHz, c.channels, got, c.want)
		}
	}
}
