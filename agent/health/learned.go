package health

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/auscult/auscult/dsp"
)

// Learned is how normal sound was heard.
type Learned struct {
	// BandsDB are the mean levels, lowest band first.
	BandsDB []float32 `json:"bands_db"`
	// LowDB and HighDB are the lowest and highest level of a stretch, relative to BandsDB.
	LowDB  float64 `json:"low_db"`
	HighDB float64 `json:"high_db"`
	// SpreadDB is by how much the shape of stretches differed: the mean magnitude over bands, once
	// their level is taken off; 95 of 100 differed less.
	SpreadDB float64 `json:"spread_db"`
	// Frames are those of a stretch.
	Frames int `json:"frames"`
}

// Validate returns an error that names what cannot be, for a model of so many bands.
func (l *Learned) Validate(bands int) error {
	switch {
	case l == nil:
		return nil
	case len(l.BandsDB) != bands:
		return fmt.Errorf("levels of %d bands: the model has %d", len(l.BandsDB), bands)
	case l.Frames < 1 || l.Frames > maxFrames:
		return fmt.Errorf("stretches of %d frames: must be 1 to %d", l.Frames, maxFrames)
	case !(l.SpreadDB >= 0 && l.SpreadDB < 100) || !(l.LowDB <= l.HighDB) || !(l.LowDB > -300) || !(l.HighDB < 300):
		return fmt.Errorf("level %g to %g dB, spread %g dB", l.LowDB, l.HighDB, l.SpreadDB)
	}
	for _, v := range l.BandsDB {
		if !(v > -500 && v < 500) {
			return errors.New("a level that is none")
		}
	}
	return nil
}

const (
	maxFrames = 1 << 20
	// stretchS is how long a stretch is, at most: clips may be shorter.
	stretchS = 5
	// maxStretches bounds what is kept of long sound: of more every other, every third ... is.
	maxStretches = 4096
)

// Learner hears normal sound.
type Learner struct {
	p       dsp.Profile
	frames  int // of a whole stretch
	n       int
	sums    []int64 // of codes + 128
	shorts  [][]float32
	means   [][]float32 // of whole stretches
	longest int         // frames of a part of a stretch
	skip    int         // stretches between two that are kept
	seen    int
}

// NewLearner returns a Learner for a profile.
func NewLearner(p dsp.Profile) *Learner {
	frames := max(1, stretchS*p.SampleRateHz/p.HopLength)
	return &Learner{p: p, frames: frames, sums: make([]int64, p.Bands), skip: 1}
}

// Frame takes the codes of a frame.
func (l *Learner) Frame(codes []int8) {
	for b, c := range codes[:len(l.sums)] {
		l.sums[b] += int64(c) + 128
	}
	if l.n++; l.n == l.frames {
		l.end(&l.means)
	}
}

// Break says that the frames that follow are of another clip. What is left of this one is a stretch
// only where there are no longer ones.
func (l *Learner) Break() {
	if l.n == 0 {
		return
	}
	if len(l.means) == 0 && l.n >= l.longest/2 && len(l.shorts) < maxStretches {
		l.longest = max(l.longest, l.n)
		l.end(&l.shorts)
	}
	l.n = 0
	clear(l.sums)
}

// end ends a stretch.
func (l *Learner) end(to *[][]float32) {
	step := (l.p.MaxDB - l.p.MinDB) / 255
	mean := make([]float32, len(l.sums))
	for b, sum := range l.sums {
		mean[b] = float32(l.p.MinDB + float64(sum)/float64(l.n)*step)
	}
	l.n = 0
	clear(l.sums)
	if l.seen++; l.seen%l.skip != 0 {
		return
	}
	if *to = append(*to, mean); len(*to) == maxStretches {
		for i := range maxStretches / 2 {
			(*to)[i] = (*to)[2*i]
		}
		*to, l.skip = (*to)[:maxStretches/2], 2*l.skip
	}
}

// Learned returns what was learned; nil where there was too little to learn from.
func (l *Learner) Learned() *Learned {
	l.Break()
	means, frames := l.means, l.frames
	if len(means) == 0 {
		means, frames = l.shorts, l.longest
	}
	if len(means) < leastStretches {
		return nil
	}
	out := &Learned{BandsDB: make([]float32, l.p.Bands), Frames: frames, LowDB: math.Inf(1), HighDB: math.Inf(-1)}
	for b := range out.BandsDB {
		sum := 0.0
		for _, m := range means {
			sum += float64(m[b])
		}
		out.BandsDB[b] = float32(math.Round(sum/float64(len(means))*100) / 100)
	}
	usable := out.usable(l.p)
	if len(usable) < leastBands {
		return nil
	}
	var spreads []float64
	scratch := make([]float64, len(usable))
	for _, m := range means {
		d := compare(func(b int) float64 { return float64(m[b]) }, out.BandsDB, usable, scratch)
		out.LowDB, out.HighDB = min(out.LowDB, d.levelDB), max(out.HighDB, d.levelDB)
		spreads = append(spreads, d.shapeDB)
	}
	slices.Sort(spreads)
	out.SpreadDB = spreads[min(len(spreads)*95/100, len(spreads)-1)]
	return out
}

const (
	// leastStretches is below what nothing is known of how normal sound changes, leastBands likewise of
	// its shape.
	leastStretches = 4
	leastBands     = 6
	// edgeDB is how far from the ends of the codes a band must be to be compared.
	edgeDB = 3
)

// usable returns the bands whose mean the codes could hold.
func (l *Learned) usable(p dsp.Profile) (bands []int) {
	for b, v := range l.BandsDB {
		if db := float64(v); db > p.MinDB+edgeDB && db < p.MaxDB-edgeDB {
			bands = append(bands, b)
		}
	}
	return bands
}

// distance is how a stretch differs from what was learned, or from white noise.
type distance struct {
	levelDB float64 // the median over bands
	shapeDB float64 // the mean magnitude over bands of what is left
}

// compare returns how levels differ from others in the usable bands. It does not allocate.
func compare[F float32 | float64](
	level func(b int) float64, other []F, usable []int, scratch []float64,
) (d distance) {
	for i, b := range usable {
		scratch[i] = level(b) - float64(other[b])
	}
	slices.Sort(scratch)
	n := len(scratch)
	d.levelDB = (scratch[(n-1)/2] + scratch[n/2]) / 2
	for _, v := range scratch {
		d.shapeDB += math.Abs(v-d.levelDB) / float64(n)
	}
	return d
}
