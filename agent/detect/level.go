package detect

import (
	"fmt"
	"math"
	"slices"

	"github.com/auscult/auscult/dsp"
)

// ByLevel names the level.
const ByLevel Name = "level"

func level() Kind {
	return Kind{
		Name: ByLevel, Needs: FromSound, Joins: true,
		Listens: "louder or quieter, in all or in a broad band",
		New:     func() Detector { return &Level{} },
	}
}

// Level is how loud the whole and some broad bands are. Its details are how many dB each of
// them is off, the whole first.
type Level struct {
	Levels `json:"levels"`
}

// Levels describes the level of broad bands on normal sound.
type Levels struct {
	// First[i] is the first band of broad band i+1, which ends before the next
	// one's; broad band 0 is the whole spectrum. It begins with 0.
	First []int `json:"first"`
	// LevelState is the only operating state of the machine, or the quietest of several.
	LevelState
	// Louder are the others, each louder than the one before: a compressor that idles and runs.
	Louder []LevelState `json:"louder_states,omitempty"`
}

// LevelState describes each broad band's level on normal sound of one operating state, in dB re the
// profile's highest code. Both have one element more than Levels.First.
type LevelState struct {
	MeanDB   []float64 `json:"mean_db"`
	StdDevDB []float64 `json:"std_dev_db"`
}

// MinLevelStdDevDB is the least that a level may be said to vary: what a
// microphone's gain does with the temperature is no fault.
const MinLevelStdDevDB = 0.5

const (
	maxBroad  = 32
	maxLouder = 15
)

// Validate implements Detector.
func (l *Level) Validate(size Size) error {
	n := len(l.First)
	if n < 1 || n > maxBroad || len(l.Louder) > maxLouder {
		return fmt.Errorf("%d broad bands, %d louder states: must be 1 to %d bands, up to %d states", n, len(l.Louder),
			maxBroad, maxLouder)
	}
	if err := validateFirst(l.First, size.Bands); err != nil {
		return err
	}
	for i, s := range l.States() {
		if err := s.validate(n + 1); err != nil {
			return fmt.Errorf("operating state %d: %w", i, err)
		}
	}
	return nil
}

// validateFirst checks the first bands of broad bands of so many.
func validateFirst(first []int, bands int) error {
	for i, b := range first {
		if i == 0 && b != 0 || i > 0 && b <= first[i-1] || b >= bands {
			return fmt.Errorf("first[%d] is %d: must rise from 0 and stay below %d", i, b, bands)
		}
	}
	return nil
}

func (s *LevelState) validate(n int) error {
	if len(s.MeanDB) != n || len(s.StdDevDB) != n {
		return fmt.Errorf("%d means, %d deviations: must be one more than broad bands, %d", len(s.MeanDB), len(s.StdDevDB), n)
	}
	for i := range s.MeanDB {
		if !inRange(s.MeanDB[i]) || !(s.StdDevDB[i] >= MinLevelStdDevDB && s.StdDevDB[i] <= maxDB) {
			return fmt.Errorf("broad band %d has mean %g and deviation %g: must be -%d to %[4]d, and %g to %[4]d", i, s.MeanDB[i], s.StdDevDB[i], maxDB, MinLevelStdDevDB)
		}
	}
	return nil
}

// States returns all operating states, the quietest first.
func (l *Levels) States() []LevelState { return append([]LevelState{l.LevelState}, l.Louder...) }

// Details implements Detector.
func (l *Level) Details() int { return len(l.MeanDB) }

// Scorer implements Detector. It counts how many standard deviations the broad band that is
// farthest off is off, in the operating state that is nearest by that.
func (l *Level) Scorer(Size) Score {
	decibels, states := dsp.NewDecibels(), l.States()
	levels := make([]float64, len(l.MeanDB))
	return func(o *Observation, e Evidence) float64 {
		l.broad(levels, o, decibels)
		nearest := math.Inf(1)
		for i := range states {
			off := 0.0
			for b, mean := range states[i].MeanDB {
				off = max(off, math.Abs(levels[b]-mean)/states[i].StdDevDB[b])
			}
			if off < nearest {
				nearest = off
				for b, mean := range states[i].MeanDB {
					e.Details[b] = levels[b] - mean
				}
			}
		}
		return nearest
	}
}

// broad writes the level of each broad band to dst, the whole first: the mean
// power of its cells.
func (l *Levels) broad(dst []float64, o *Observation, decibels dsp.Decibels) {
	whole := powers(dst[1:], l.First, o, decibels)
	dst[0] = (decibels.Of(whole/uint64(len(o.Power))) - decibels.Of(topPower)).Float64()
}

// topPower is that of the highest code.
const topPower = 1 << 40

// powers writes the level of each broad band to dst, the mean power of its cells in dB re the highest
// code, and returns the sum of all cells' powers.
func powers(dst []float64, first []int, o *Observation, decibels dsp.Decibels) (whole uint64) {
	top := decibels.Of(topPower)
	for i, from := range first {
		end := len(o.Power)
		if i+1 < len(first) {
			end = first[i+1]
		}
		var sum uint64
		for _, p := range o.Power[from:end] {
			sum += p / uint64(o.Frames) // so that the whole stays below 2^50
		}
		whole += sum
		dst[i] = (decibels.Of(sum/uint64(end-from)) - top).Float64()
	}
	return whole
}

// Words implements Detector: it names the broad band that is farthest off its normal level.
func (l *Level) Words(off []float64, edges func(b int) (lo, hi float64)) string {
	worst := farthest(off, l.leastDeviations())
	if worst == 0 {
		return fmt.Sprintf("%+.1f dB in all", off[0])
	}
	return fmt.Sprintf("%+.1f dB %s", off[worst], where(l.First, worst-1, edges))
}

// where says in words where a broad band is.
func where(first []int, band int, edges func(b int) (lo, hi float64)) string {
	from, _ := edges(first[band])
	if band == len(first)-1 {
		return fmt.Sprintf("above %.0f Hz", from)
	}
	to, _ := edges(first[band+1])
	return fmt.Sprintf("at %.0f-%.0f Hz", from, to)
}

// leastDeviations returns those of the state that varies least, by broad band.
func (l *Levels) leastDeviations() []float64 {
	least := slices.Clone(l.StdDevDB)
	for _, s := range l.Louder {
		for b, v := range s.StdDevDB {
			least[b] = min(least[b], v)
		}
	}
	return least
}

// farthest returns which value is farthest off, in its own standard deviations.
func farthest(off, deviations []float64) (worst int) {
	highest := -1.0
	for i, v := range off {
		if z := math.Abs(v) / deviations[i]; z > highest {
			worst, highest = i, z
		}
	}
	return worst
}

// octaves part the broad bands.
func octaves() []float64 {
	return []float64{125, 250, 500, 1000, 2000, 4000, 8000, 16000, 32000}
}

// firsts returns the first band of each broad band, which are parted at edges and have so many bands at least.
func firsts(bands int, edgeHz func(int) float64, edgesHz []float64, least int) []int {
	first := []int{0}
	for _, hz := range edgesHz {
		at := first[len(first)-1] + least
		for at < bands && edgeHz(at) < hz {
			at++
		}
		if at > bands-least {
			break
		}
		first = append(first, at)
	}
	return first
}

// Broad parts the bands into broad ones, and returns the level of each on normal sound, by
// sample, the whole first.
func (l *Level) Broad(normal *Normal) (levels [][]float64) {
	const least = 2 // bands
	l.First = firsts(normal.Bands(), normal.EdgeHz, octaves(), least)
	decibels := dsp.NewDecibels()
	levels = make([][]float64, len(normal.Samples))
	for i := range levels {
		levels[i] = make([]float64, len(l.First)+1)
		l.broad(levels[i], &normal.Samples[i].Observation, decibels)
	}
	return levels
}
