package table

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/training/recording/delimited"
)

// FullScaleG is the acceleration that full scale stands for: the widest range of the
// sensors that package hw/accel drives, so that levels compare with a node's.
const FullScaleG = 16

// MaxRateHz bounds the sample rate of a table.
const MaxRateHz = 1_000_000

// tableBits is what a sample is rounded to: 16 g by 2^31, a hundredth of a µg.
const tableBits = 32

// ErrNoRate is returned for a table of which nobody knows the sample rate.
var ErrNoRate = errors.New("has no sample rate: give it by --table-rate, as in --table-rate 1600, or add a column of time")

// Options say what a table does not, or not so that it can be understood.
type Options struct {
	// Column is the column of acceleration by its name or its number, from 1 on; "" takes all.
	Column string
	// Time is the column of time by its name or its number, perhaps with its unit as in
	// time:ms; "" looks for it, none does without.
	Time string
	// TimeHint is as Time, for tables that have such a column.
	TimeHint string
	// Unit is g, mg, m/s2 or counts:SCALE; "" looks for it.
	Unit string
	// UnitHint is as Unit, for tables whose headings do not say it.
	UnitHint string
	// RateHz is the sample rate; 0 takes that of the table.
	RateHz float64
	// DefaultRateHz is the sample rate of a table that does not say it; 0 refuses such a table.
	DefaultRateHz float64
	// Now gives the first sample its time, at the first Read; nil is time.Now.
	Now func() time.Time
}

// Or returns the options, and others' where they say nothing.
func (o Options) Or(others Options) Options {
	first := func(a, b string) string {
		if a != "" {
			return a
		}
		return b
	}
	o.Column, o.Time, o.Unit = first(o.Column, others.Column), first(o.Time, others.Time), first(o.Unit, others.Unit)
	o.TimeHint, o.UnitHint = first(o.TimeHint, others.TimeHint), first(o.UnitHint, others.UnitHint)
	if o.RateHz == 0 {
		o.RateHz = others.RateHz
	}
	if o.DefaultRateHz == 0 {
		o.DefaultRateHz = others.DefaultRateHz
	}
	if o.Now == nil {
		o.Now = others.Now
	}
	return o
}

// Reading is how a table was understood.
type Reading struct {
	Columns []string `json:"columns"` // of acceleration
	Unit    string   `json:"unit"`
	RateHz  float64  `json:"sample_rate_hz"`
	// GoodHz is up to which frequency samples are good that were not evenly spaced, and were brought to
	// the rate; 0: they were.
	GoodHz float64 `json:"good_up_to_hz,omitempty"`
	Text   string  `json:"text"` // all of it
}

// Reader is an hw.Source over the columns of a table that are accelerations.
type Reader struct {
	name    string
	o       Options
	rows    rows
	close   func() error
	columns []column
	plan    *plan
	style   string // how the table is written, for people
	first   [][]float64
	chosen  []int
	row     []float64
	grid    gridded
	count   tally
	next    position
	ended   error
	halted  atomic.Bool
}

// gridded are values of the columns that are chosen, of a table that is uneven.
type gridded struct{ even, raw []float64 }

// tally are what is said at the end.
type tally struct {
	given, missing, clipped uint64
	most                    float64 // largest acceleration, in g
}

// position is where the next sample stands.
type position struct {
	sample  uint64
	lost    uint64 // samples lost directly before it
	start   time.Time
	started bool
	held    bool // row holds a sample that was read and not given
}

// Open finds out what a table holds, named name for people, that open opens as often as
// it is called.
func Open(name string, open func() (io.ReadCloser, error), o Options) (*Reader, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	r := &Reader{name: name, o: o}
	if err := r.open(open); err != nil {
		if r.close != nil {
			_ = r.close() // nothing was written
		}
		return nil, fmt.Errorf("table: %w", err)
	}
	return r, nil
}

func (r *Reader) open(open func() (io.ReadCloser, error)) error {
	f, err := openFile(open)
	if err != nil {
		return err
	}
	r.close = f.close
	r.rows, r.style = f.rows, f.style
	r.columns = f.heading.columns
	s := &sample{columns: f.heading.columns, decimals: f.decimals}
	for len(s.lines) < sampleLines {
		line := make([]float64, len(r.columns))
		if err := r.rows.next(line); errors.Is(err, io.EOF) {
			r.ended = io.EOF
			break
		} else if err != nil {
			return err
		}
		s.lines = append(s.lines, line)
	}
	if len(s.lines) == 0 {
		return errors.New("holds no line of numbers")
	}
	if r.plan, err = newPlan(s, &f.heading, &r.o); err != nil {
		return err
	}
	r.first = s.lines
	r.choose(r.plan.signals)
	return nil
}

// choose takes columns to be delivered.
func (r *Reader) choose(columns []int) {
	r.chosen = columns
	wanted := make([]bool, len(r.columns))
	for _, i := range columns {
		wanted[i] = true
	}
	for _, i := range []int{r.plan.time, r.plan.date} {
		if i >= 0 {
			wanted[i] = true
		}
	}
	r.rows.choose(wanted)
	r.row = make([]float64, len(r.columns))
	r.grid = gridded{make([]float64, len(columns)), make([]float64, len(columns))}
}

// Columns returns how many columns are accelerations.
func (r *Reader) Columns() int { return len(r.plan.signals) }

// Choose delivers one of these columns alone, from 0. It is called before the first Read.
func (r *Reader) Choose(column int) error {
	if column < 0 || column >= len(r.plan.signals) {
		return fmt.Errorf("table: has columns 0 to %d, not %d", len(r.plan.signals)-1, column)
	}
	r.choose(r.plan.signals[column : column+1])
	return nil
}

// String names the table.
func (r *Reader) String() string { return "table " + r.name }

// Format returns what the blocks hold.
func (r *Reader) Format() hw.Format {
	return hw.Format{
		SampleRateHz: max(int(math.Round(r.plan.rateHz)), 1), Channels: len(r.chosen), BitsPerSample: tableBits,
	}
}

// Origin returns what the samples are of.
func (r *Reader) Origin() hw.Origin {
	return hw.Origin{Unit: hw.G, FullScale: FullScaleG, RateHz: r.plan.rateHz}
}

// Reading says how the table is understood.
func (r *Reader) Reading() Reading {
	reading := Reading{Unit: r.plan.unit.Name, RateHz: r.plan.rateHz}
	for _, i := range r.chosen {
		reading.Columns = append(reading.Columns, r.label(i))
	}
	if r.plan.grid != nil {
		reading.GoodHz = r.plan.grid.goodHz
	}
	reading.Text = r.found(reading.Columns)
	return reading
}

// found says in a line how the table is understood.
func (r *Reader) found(taken []string) string {
	var names []string
	for i := range r.columns {
		names = append(names, r.label(i))
	}
	text := r.style
	if slices.ContainsFunc(r.columns, func(c column) bool { return c.name != "" }) {
		text += ", columns " + listed(names, 16, " ")
	} else {
		text += ", " + plural(len(names), "column", "columns")
	}
	return fmt.Sprintf("%s; acceleration in %s, unit %s %s, %.6g Hz %s", text, strings.Join(taken, " "),
		r.plan.unit.Name, r.plan.unitFrom, r.plan.rateHz, r.rateFrom())
}

// rateFrom says where the rate is known from.
func (r *Reader) rateFrom() string {
	if r.plan.time >= 0 && r.plan.rateFrom == "from time" {
		text := "from " + r.label(r.plan.time)
		if g := r.plan.grid; g != nil {
			text += fmt.Sprintf(", uneven: good up to %.3g Hz", g.goodHz)
		}
		return text
	}
	return r.plan.rateFrom
}

func (r *Reader) label(i int) string { return labelOf(r.columns, i) }

// SampleTimes says that nobody knows how many there are.
func (r *Reader) SampleTimes() (n uint64, known bool) { return 0, false }

// Truncated says, after the end, whether the table was cut short.
func (r *Reader) Truncated() bool { return r.rows.cut() }

// Notes says, after the end, what of the table could not be used, a line each.
func (r *Reader) Notes() []string {
	said := slices.Clone(r.plan.doubts)
	said = append(said, r.rows.notes()...)
	if r.plan.clock != nil {
		said = append(said, r.plan.clock.notes()...)
	}
	if r.plan.grid != nil {
		said = append(said, r.plan.grid.notes()...)
	}
	if n := r.count.missing; n > 0 {
		said = append(said, fmt.Sprintf("%d of %d samples have no value: taken for lost", n, n+r.count.given))
	}
	if r.count.clipped > 0 {
		said = append(said, fmt.Sprintf("%s beyond ±%d g, up to %.4g g, clipped: is the unit %s right? If not, give it by --unit",
			plural(int(r.count.clipped), "sample is", "samples are"), FullScaleG, r.count.most, r.plan.unit.Name))
	}
	return said
}

// Halt ends the source and closes the file.
func (r *Reader) Halt() error {
	if r.halted.Swap(true) {
		return nil
	}
	return r.close()
}

// Read gives the next samples, see hw.Source. A block ends where samples are missing.
func (r *Reader) Read(ctx context.Context, b *hw.Block) error {
	channels := len(r.chosen)
	switch {
	case r.halted.Load():
		return hw.ErrHalted
	case ctx.Err() != nil:
		return ctx.Err()
	case cap(b.PCM) < channels:
		return fmt.Errorf("table: block of %d values: %d columns need at least as many", cap(b.PCM), channels)
	}
	if !r.next.started {
		r.next.start, r.next.started = r.o.Now(), true
	}
	pcm := b.PCM[:0]
	lost := uint64(0)
	for len(pcm)+channels <= cap(pcm) {
		if err := r.advance(); err != nil {
			if len(pcm) > 0 && errors.Is(err, io.EOF) {
				break
			}
			return err
		}
		if r.next.lost > 0 {
			if len(pcm) > 0 {
				r.next.held = true
				break
			}
			lost, r.next.lost = r.next.lost, 0
		}
		for _, i := range r.chosen {
			pcm = append(pcm, r.q31(r.row[i]))
		}
	}
	at := r.next.sample + lost
	seconds := float64(at) / r.plan.rateHz
	b.PCM, b.Lost, b.FirstSample = pcm, lost, at
	b.Time = r.next.start.Add(time.Duration(seconds * float64(time.Second)))
	r.next.sample = at + uint64(len(pcm)/channels)
	r.count.given += uint64(len(pcm) / channels)
	return nil
}

// advance reads the next line that holds samples into r.row, and counts those that are lost
// before it.
func (r *Reader) advance() error {
	if r.next.held {
		r.next.held = false
		return nil
	}
	if r.plan.grid != nil {
		lost, err := r.plan.grid.sample(r.grid.even, r.uneven)
		if err != nil {
			return err
		}
		r.next.lost += lost
		for k, i := range r.chosen {
			r.row[i] = r.grid.even[k]
		}
		return nil
	}
	for {
		if err := r.line(); err != nil {
			return err
		}
		if c := r.plan.clock; c != nil {
			r.next.lost += c.advance(r.plan.stamp(r.row))
		}
		if !r.anyMissing() {
			return nil
		}
		r.count.missing++
		r.next.lost++
	}
}

// uneven reads the next line that has all values, for a grid.
func (r *Reader) uneven() (t float64, values []float64, err error) {
	for {
		if err := r.line(); err != nil {
			return 0, nil, err
		}
		if !r.anyMissing() {
			break
		}
		r.count.missing++
	}
	for k, i := range r.chosen {
		r.grid.raw[k] = r.row[i]
	}
	return r.plan.stamp(r.row), r.grid.raw, nil
}

// line reads the next line: one of those that were looked at, or one of the file.
func (r *Reader) line() error {
	if len(r.first) > 0 {
		copy(r.row, r.first[0])
		r.first = r.first[1:]
		return nil
	}
	if r.ended != nil {
		return r.ended
	}
	if err := r.rows.next(r.row); err != nil {
		r.first, r.ended = nil, err
		if !errors.Is(err, io.EOF) {
			r.ended = fmt.Errorf("table: %w", err)
		}
		return r.ended
	}
	return nil
}

func (r *Reader) anyMissing() bool {
	for _, i := range r.chosen {
		if math.IsNaN(r.row[i]) || math.IsInf(r.row[i], 0) {
			return true
		}
	}
	return false
}

// q31 returns a sample.
func (r *Reader) q31(v float64) int32 {
	const one = 1 << 31
	g := v * r.plan.unit.G
	if math.Abs(g) > FullScaleG {
		r.count.clipped++
		r.count.most = max(r.count.most, math.Abs(g))
	}
	x := math.RoundToEven(g / FullScaleG * one)
	return int32(max(math.MinInt32, min(x, math.MaxInt32)))
}

// styleOf says how a text is written.
func styleOf(l delimited.Layout, headLines int) string {
	text := map[rune]string{
		',': "commas", ';': "semicolons", '\t': "tabs", '|': "vertical bars", ' ': "spaces",
	}[l.Comma]
	if len(l.Kinds) == 1 {
		text = "one number a line"
	}
	if l.DecimalComma {
		text += ", decimal comma"
	}
	if l.Encoding != "UTF-8" {
		text += ", " + l.Encoding
	}
	if headLines > 0 {
		text += ", " + plural(headLines, "line", "lines") + " above the data"
	}
	return text
}
