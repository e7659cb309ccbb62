package delegate

import (
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/auscult/auscult/agent/backoff"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/model/modeltest"
	"github.com/auscult/auscult/tflite/backend"
	"github.com/auscult/auscult/tflite/backend/confine"
)

var kills = flag.Int("kills", 12, "how often TestKill ends or stops a helper while it computes")

func testModel(t testing.TB) *model.Model {
	t.Helper()
	m, err := model.Parse(modeltest.Silent(t, modeltest.Profile(), nil))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func candidate(name string, args ...string) Candidate {
	return Candidate{Name: name, Command: backend.Command{Path: os.Args[0], Args: args, Rights: &confine.Rights{}}}
}

func testLimits() Limits {
	return Limits{Deadline: 2 * time.Second, ToleranceCodes: 1, MemoryBytes: DefaultMemoryBytes, StartsPerHour: 1 << 20}
}

// reports collects what a supervisor reports.
type reports struct {
	mu     sync.Mutex
	all    []error
	faults int
	new    chan struct{}
}

// count returns how many faults there were.
func (r *reports) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.faults
}

func (r *reports) add(err error) {
	r.mu.Lock()
	r.all = append(r.all, err)
	if err != nil {
		r.faults++
	}
	r.mu.Unlock()
	select {
	case r.new <- struct{}{}:
	default:
	}
}

// await waits for a report that is wanted.
func (r *reports) await(t *testing.T, what string, want func(error) bool) {
	t.Helper()
	limit := time.After(20 * time.Second)
	for seen := 0; ; {
		r.mu.Lock()
		for ; seen < len(r.all); seen++ {
			if want(r.all[seen]) {
				r.all = r.all[seen+1:]
				r.mu.Unlock()
				return
			}
		}
		r.mu.Unlock()
		select {
		case <-r.new:
		case <-limit:
			r.mu.Lock()
			defer r.mu.Unlock()
			t.Fatalf("%s: no such report among %v", what, r.all)
		}
	}
}

// supervised runs a supervisor for the length of a test.
func supervised(t *testing.T, m *model.Model, l Limits, change func(*Supervisor), cs ...Candidate) (*Invoker,
	*reports,
) {
	t.Helper()
	kernels, err := m.NewInterpreter()
	if err != nil {
		t.Fatal(err)
	}
	v := NewInvoker(kernels, l)
	r := &reports{new: make(chan struct{}, 1)}
	s := &Supervisor{
		Invoker: v, Model: m, Limits: l, Report: r.add, Chosen: func(string, []Measured) {},
		Find:  func() ([]Candidate, bool) { return cs, false },
		Pause: backoff.Delay{First: time.Millisecond, Cap: time.Millisecond},
	}
	if change != nil {
		change(s)
	}
	var done sync.WaitGroup
	done.Go(func() { s.Run(t.Context()) })
	t.Cleanup(done.Wait)
	return v, r
}

func well(err error) bool { return err == nil }

// says is a report with a text.
func says(text string) func(error) bool {
	return func(err error) bool { return err != nil && strings.Contains(err.Error(), text) }
}

// windows scores frames that are drawn from a seed.
func windows(t *testing.T, m *model.Model, it model.Invoker, count int, each func(i int)) []float64 {
	t.Helper()
	sc, err := m.NewScorerOn(it)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	codes := make([]int8, m.Settings.Profile.Bands)
	var all []float64
	for len(all) < count {
		for i := range codes {
			codes[i] = int8(rng.Uint32())
		}
		if score, ok := sc.Push(codes); ok {
			all = append(all, score.Value)
			if each != nil {
				each(len(all))
			}
		}
	}
	return all
}

// TestServes scores by a helper what the Go kernels score.
func TestServes(t *testing.T) {
	m := testModel(t)
	v, r := supervised(t, m, testLimits(), nil, candidate("exec", "right"))
	r.await(t, "start", well)
	kernels, err := m.NewInterpreter()
	if err != nil {
		t.Fatal(err)
	}
	want := windows(t, m, kernels, 300, nil)
	got := windows(t, m, v, 300, nil)
	if !slices.Equal(got, want) {
		t.Error("the scores differ")
	}
	if st := v.Stats(); st.Helper < 300 || st.Failures != 0 {
		t.Errorf("%+v", st)
	}
}

// TestFallsBack lets a helper go wrong in each way while it serves: no window is lost, and the fault has its name.
func TestFallsBack(t *testing.T) {
	m := testModel(t)
	kernels, err := m.NewInterpreter()
	if err != nil {
		t.Fatal(err)
	}
	const count = 200
	want := windows(t, m, kernels, count, nil)
	for what, c := range map[string]struct {
		fault    string
		deadline time.Duration
	}{
		"crash": {"killed", 2 * time.Second},
		"exit":  {"the helper ended: exit status 0", 2 * time.Second},
		"hang":  {"in time", 200 * time.Millisecond},
		"slow":  {"in time", 200 * time.Millisecond},
		"fail":  {"the chip is hot", 2 * time.Second},
		"wrong": {"5 codes away", 2 * time.Second},
	} {
		t.Run(what, func(t *testing.T) {
			l := testLimits()
			l.Deadline = c.deadline
			// It does well as long as it is judged, and for some windows.
			v, r := supervised(t, m, l, nil, candidate("exec", what, "70"))
			r.await(t, "start", well)
			got := windows(t, m, v, count, nil)
			if what == "wrong" { // which is found by the window that both compute
				for v.Stats().Failures == 0 {
					windows(t, m, v, count, nil)
				}
			} else if !slices.Equal(got, want) {
				t.Error("the scores differ")
			}
			r.await(t, "fault", says(c.fault))
			r.await(t, "the next helper", well)
			if st := v.Stats(); st.Failures == 0 || st.Kernels == 0 {
				t.Errorf("%+v", st)
			}
		})
	}
}

// TestRefused never lets a helper serve that is wrong from the start.
func TestRefused(t *testing.T) {
	m := testModel(t)
	stateless := testLimits()
	small := testLimits()
	small.MemoryBytes = 1 << 20
	quick := testLimits()
	quick.Deadline = time.Microsecond
	for _, c := range []struct {
		what, fault string
		l           Limits
	}{
		{"refuse", "no device", stateless},
		{"crash", "killed", stateless},
		{"wrong", "by up to 5 codes", stateless},
		{"fail", "the chip is hot", stateless},
		{"right", "MiB, and may hold 1", small},
		{"right", "a window may wait", quick},
	} {
		v, r := supervised(t, m, c.l, nil, candidate("exec", c.what))
		r.await(t, c.what, says(c.fault))
		windows(t, m, v, 20, nil)
		if st := v.Stats(); st.Helper != 0 {
			t.Errorf("%s: %+v", c.what, st)
		}
	}
	v, r := supervised(t, m, testLimits(), nil, candidate("exec", "near"))
	r.await(t, "a code off, which is tolerated", well)
	windows(t, m, v, 20, nil)
	if st := v.Stats(); st.Kernels != 0 {
		t.Errorf("a code off: %+v", st)
	}
}

// TestStartsPerHour starts a helper no more often than it may.
func TestStartsPerHour(t *testing.T) {
	l := testLimits()
	l.StartsPerHour = 2
	_, r := supervised(t, testModel(t), l, nil, candidate("exec", "refuse"))
	for range 2 {
		r.await(t, "a refusal", says("no device"))
	}
	select {
	case <-r.new:
		t.Error("a third start")
	case <-time.After(100 * time.Millisecond):
	}
}

// pid returns the helper's process, 0 for none.
func (v *Invoker) pid() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.helper == nil {
		return 0
	}
	return v.helper.PID()
}

// TestKill ends helpers by SIGKILL and SIGSTOP while they compute, again and again: no window is lost, none is wrong,
// and none takes longer than one may.
func TestKill(t *testing.T) {
	m := testModel(t)
	l := testLimits()
	l.Deadline = 250 * time.Millisecond
	v, r := supervised(t, m, l, nil, candidate("exec", "right"))
	kernels, err := m.NewInterpreter()
	if err != nil {
		t.Fatal(err)
	}
	sc, err := m.NewScorerOn(v)
	if err != nil {
		t.Fatal(err)
	}
	reference, err := m.NewScorerOn(kernels)
	if err != nil {
		t.Fatal(err)
	}
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 1))
	codes := make([]int8, m.Settings.Profile.Bands)
	var longest time.Duration
	scores := 0
	score := func(until int) {
		for r.count() < until {
			for i := range codes {
				codes[i] = int8(rng.Uint32())
			}
			begin := time.Now()
			got, ok := sc.Push(codes)
			longest = max(longest, time.Since(begin))
			want, due := reference.Push(codes)
			if ok != due || got.Value != want.Value {
				t.Fatalf("score %d: %v %v, want %v %v, seed %d", scores, got.Value, ok, want.Value, due, seed)
			}
			if ok {
				scores++
			}
		}
	}
	for i := range *kills {
		for v.pid() == 0 {
			r.await(t, "a helper", well)
		}
		signal := unix.SIGKILL
		if i%2 == 1 {
			signal = unix.SIGSTOP
		}
		pid := v.pid()
		after := time.Duration(rng.IntN(2000)) * time.Microsecond
		time.AfterFunc(after, func() { _ = unix.Kill(pid, signal) })
		score(r.count() + 1)
	}
	st := v.Stats()
	t.Logf("%d helpers ended or stopped: %d scores, none missing or wrong; %d windows by helpers, %d by the Go kernels; the longest wait %v, seed %d",
		*kills, scores, st.Helper, st.Kernels, longest, seed)
	if longest > 2*l.Deadline+time.Second {
		t.Errorf("a window took %v, and may take %v", longest, 2*l.Deadline)
	}
}

// TestAuto takes what is fastest, says why others were not, and remembers it.
func TestAuto(t *testing.T) {
	m := testModel(t)
	memory := &Memory{Path: filepath.Join(t.TempDir(), "backends.json")}
	missing := candidate("litert", "right")
	missing.Missing = "no libLiteRt.so here"
	cs := []Candidate{missing, candidate("tflite", "wrong"), candidate("exec", "lazy")}
	var taken []string
	var tried []Measured
	choose := func() *reports {
		_, r := supervised(t, m, testLimits(), func(s *Supervisor) {
			s.Find, s.Memory = func() ([]Candidate, bool) { return cs, true }, memory
			s.Chosen = func(name string, all []Measured) { taken, tried = append(taken, name), all }
		}, cs...)
		r.await(t, "the choice", well)
		return r
	}
	choose()
	if len(taken) != 1 || taken[0] != Go || len(tried) != 4 {
		t.Fatalf("took %q of %+v", taken, tried)
	}
	for i, want := range []string{"", "no libLiteRt.so here", "by up to 5 codes", "slower than go"} {
		if got := tried[i].Missing; !strings.Contains(got, want) || (want == "") != (got == "") {
			t.Errorf("%s: %q, want %q", tried[i].Name, got, want)
		}
	}
	before, err := os.ReadFile(memory.Path)
	if err != nil {
		t.Fatal(err)
	}
	choose()
	if after, _ := os.ReadFile(memory.Path); string(after) != string(before) || len(tried) != 4 {
		t.Error("chose anew although nothing has changed")
	}
	// Another library is another choice; a damaged memory is none.
	cs[1].Identity = "newer"
	choose()
	if after, _ := os.ReadFile(memory.Path); string(after) == string(before) {
		t.Error("the old choice stands although a library has changed")
	}
	if err := os.WriteFile(memory.Path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	choose()
	if len(taken) != 4 || taken[3] != Go {
		t.Errorf("took %q", taken)
	}
}

// TestGrown judges what a helper holds.
func TestGrown(t *testing.T) {
	before := backend.Usage{ResidentBytes: 20 << 20, Files: 11}
	for _, c := range []struct {
		now  backend.Usage
		want string
	}{
		{before, ""},
		{backend.Usage{ResidentBytes: 84 << 20, Files: 75}, ""},
		{backend.Usage{ResidentBytes: 85 << 20, Files: 11}, "memory has grown from 20 to 85 MiB"},
		{backend.Usage{ResidentBytes: 20 << 20, Files: 76}, "open files have grown from 11 to 76"},
		{backend.Usage{ResidentBytes: 600 << 20, Files: 11}, "holds 600 MiB, and may hold 512"},
	} {
		err := grown(before, c.now, DefaultMemoryBytes)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.now, err, c.want)
		}
	}
}

func TestDeadline(t *testing.T) {
	s := testModel(t).Settings
	s.Window.StrideFrames, s.Profile.HopLength, s.Profile.SampleRateHz = 2, 512, 16000
	if got := Deadline(&s); got != 32*time.Millisecond {
		t.Errorf("%v, want half of 64 ms", got)
	}
}
