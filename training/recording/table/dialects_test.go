package table

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/auscult/auscult/hw"
)

// expectation is what build/oracle/training/tables.py says of a file.
type expectation struct {
	Values    []*float64 // of the column, in g; null where there is none
	Rate      *float64
	Unit      string
	Options   struct{ Column, Unit, Time string }
	Lost      map[int]uint64 // samples that are missing before a line
	Tolerance float64        // in g
}

// heard is what a table gives.
type heard struct {
	values []float64      // in g
	lost   map[int]uint64 // before a value
}

func openBytes(name string, data []byte, o Options) (*Reader, error) {
	return Open(name, opened(data), o)
}

// listen reads all of the reader's last column.
func listen(t testing.TB, r *Reader) heard {
	t.Helper()
	if err := r.Choose(r.Columns() - 1); err != nil {
		t.Fatal(err)
	}
	h := heard{lost: map[int]uint64{}}
	b := hw.Block{PCM: make([]int32, 7)}
	next := uint64(0)
	for {
		err := r.Read(t.Context(), &b)
		if errors.Is(err, io.EOF) {
			return h
		}
		if err != nil {
			t.Fatal(err)
		}
		if b.FirstSample != next+b.Lost {
			t.Fatalf("a block begins at %d, %d after %d", b.FirstSample, b.Lost, next)
		}
		next = b.FirstSample + uint64(len(b.PCM))
		if b.Lost > 0 {
			h.lost[len(h.values)] = b.Lost
		}
		for _, v := range b.PCM {
			h.values = append(h.values, float64(v)/(1<<31)*FullScaleG)
		}
	}
}

// want returns what listen should give.
func (e *expectation) want() heard {
	h := heard{lost: map[int]uint64{}}
	pending := uint64(0)
	for i, v := range e.Values {
		pending += e.Lost[i]
		if v == nil {
			pending++
			continue
		}
		if pending > 0 {
			h.lost[len(h.values)], pending = pending, 0
		}
		h.values = append(h.values, *v)
	}
	return h
}

// TestDialects reads tables as people and programs write them.
func TestDialects(t *testing.T) {
	dir := filepath.Join("testdata", "dialects")
	data, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases map[string]expectation
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	for name, e := range cases {
		t.Run(name, func(t *testing.T) {
			file, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			checkDialect(t, name, file, &e)
		})
	}
}

func checkDialect(t *testing.T, name string, file []byte, e *expectation) {
	t.Helper()
	o := Options{Column: e.Options.Column, Unit: e.Options.Unit, Time: e.Options.Time}
	if _, err := openBytes(name, file, o); errors.Is(err, ErrNoRate) != (e.Rate == nil) {
		t.Fatalf("without a rate: %v", err)
	}
	o.DefaultRateHz = 777
	r, err := openBytes(name, file, o)
	if err != nil {
		t.Fatal(err)
	}
	rate := 777.0
	if e.Rate != nil {
		rate = *e.Rate
	}
	if r.plan.rateHz != rate || r.plan.unit.Name != e.Unit {
		t.Errorf("%g Hz, unit %s, want %g Hz, unit %s: %s", r.plan.rateHz, r.plan.unit.Name, rate, e.Unit, r.Reading().Text)
	}
	got, want := listen(t, r), e.want()
	if len(got.values) != len(want.values) {
		t.Fatalf("%d values, want %d: %s; %q", len(got.values), len(want.values), r.Reading().Text, r.Notes())
	}
	for i, v := range got.values {
		if math.Abs(v-want.values[i]) > e.Tolerance+1.01*FullScaleG/(1<<31) {
			t.Fatalf("value %d is %g, want %g: %s", i, v, want.values[i], r.Reading().Text)
		}
		if got.lost[i] != want.lost[i] {
			t.Errorf("%d samples are lost before value %d, want %d: %q", got.lost[i], i, want.lost[i], r.Notes())
		}
	}
}
