package tflite_test

import (
	"flag"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/tflite/tflitetest"
)

var (
	mutations    = flag.Int("mutations", 110, "models that TestMutated takes, 40 variants each")
	mutationSeed = flag.Uint64("mutation-seed", 1, "seed of TestMutated")
)

// maker makes random models of one kind, int8, float32 or uint8.
type maker struct {
	kind   string
	random func(r *rand.Rand, kind string) (*tflite.Model, []byte)
}

func (k maker) make(r *rand.Rand) (*tflite.Model, []byte) { return k.random(r, k.kind) }

// makers stands for every kind.
var makers = func() (all []maker) {
	for _, kind := range tflitetest.Kinds {
		all = append(all, maker{kind, tflitetest.Random})
	}
	for _, kind := range tflitetest.FloatKinds {
		all = append(all, maker{kind, tflitetest.RandomFloat})
	}
	for _, kind := range tflitetest.UnsignedKinds {
		all = append(all, maker{kind, tflitetest.RandomUnsigned})
	}
	for _, kind := range tflitetest.WideKinds {
		all = append(all, maker{kind, tflitetest.RandomWide})
	}
	return all
}()

// seeds adds valid models of all kinds, and such with a few words changed, which
// reaches deeper than random bytes.
func seeds(f *testing.F) {
	r := rand.New(rand.NewPCG(5, 0))
	for _, k := range makers {
		m, _ := k.make(r)
		data, err := m.Marshal()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		for range 3 {
			f.Add(mutate(r, data))
		}
	}
	f.Add([]byte(nil))
	f.Add([]byte("\x10\x00\x00\x00TFL3"))
}

// mutate changes one to four aligned words, some to values that lengths and
// offsets dislike.
func mutate(r *rand.Rand, data []byte) []byte {
	out := append([]byte(nil), data...)
	for range 1 + r.IntN(4) {
		at := 4 * r.IntN(len(out)/4)
		switch r.IntN(6) {
		case 0:
			copy(out[at:], "\xff\xff\xff\x7f")
		case 1:
			copy(out[at:], "\xff\xff\xff\xff")
		case 2:
			out[at+r.IntN(4)] ^= 1 << r.IntN(8)
		case 3:
			out[at] = byte(r.Uint32())
		default:
			out[at+r.IntN(4)] = byte(r.IntN(17))
		}
	}
	return out
}

// FuzzParse checks that no bytes make the reader panic, and that what it accepts
// survives writing and reading again.
func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := tflite.Parse(data)
		if err != nil {
			return
		}
		again, err := m.Marshal()
		if err != nil {
			return // options that were not decoded
		}
		back, err := tflite.Parse(again)
		if err != nil {
			t.Fatalf("written model is refused: %v", err)
		}
		sameModel(t, m, back)
	})
}

// smallLimits keep what strange models cost small.
var smallLimits = tflite.Options{ArenaLimitBytes: 1 << 20, PreparedLimitBytes: 1 << 20, MACLimit: 10e6}

// FuzzInvoke checks that whatever model passes NewInterpreter runs within its
// limits, twice with the same result.
func FuzzInvoke(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := tflite.Parse(data)
		if err != nil {
			return
		}
		it, err := tflite.NewInterpreter(m, smallLimits)
		if err != nil {
			return
		}
		fill := func() {
			for i := range it.Inputs() {
				for j := range it.InputBytes(i) {
					it.InputBytes(i)[j] = byte(i + 37*j)
				}
			}
		}
		fill()
		it.Invoke()
		var first [][]byte
		for i := range it.Outputs() {
			first = append(first, append([]byte(nil), it.OutputBytes(i)...))
		}
		fill()
		it.Reset()
		it.Invoke()
		for i, want := range first {
			if d := different(it.OutputBytes(i), want); d > 0 {
				t.Errorf("output %d: %d bytes differ the second time", i, d)
			}
		}
	})
}

// TestMutated does what FuzzInvoke does with models that differ from valid ones in
// a few words: a fixed number in every test run.
func TestMutated(t *testing.T) {
	r := rand.New(rand.NewPCG(*mutationSeed, 1))
	n := *mutations
	ran, parsed := 0, 0
	for i := range n {
		m, _ := makers[i%len(makers)].make(r)
		data, err := m.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		for range 40 {
			bad := mutate(r, data)
			m, err := tflite.Parse(bad)
			if err != nil {
				checkError(t, err)
				continue
			}
			parsed++
			it, err := tflite.NewInterpreter(m, smallLimits)
			if err != nil {
				checkError(t, err)
				continue
			}
			it.Invoke()
			ran++
		}
	}
	t.Logf("of %d models %d were read and %d ran", 40*n, parsed, ran)
	if ran == 0 || parsed == ran || parsed == 40*n {
		t.Error("the mutations do not reach all stages")
	}
}

// checkError demands one line that starts with the package's name.
func checkError(t *testing.T, err error) {
	t.Helper()
	if s := err.Error(); !strings.HasPrefix(s, "tflite: ") || strings.ContainsAny(s, "\n\r") {
		t.Errorf("error is %q", s)
	}
}
