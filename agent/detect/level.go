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
	for i, b := range l.First {
		if i == 0 && b != 0 || i > 0 && b <= l.First[i-1] || b >= size.Bands {
			return fmt.Errorf("first[%d] is %d: must rise from 0 and stay below %d", i, b, size.Bands)
		}
	}
	for i, s := range l.States() {
		if err := s.validate(n + 1); err != nil {
			return fmt.Errorf("operating state %d: %w", i, err)
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
	top := decibels.Of(1 << 40)
	var whole uint64
	for i, first := range l.First {
		end := len(o.Power)
		if i+1 < len(l.First) {
			end = l.First[i+1]
		}
		var sum uint64
		for _, p := range o.Power[first:end] {
			sum += p / uint64(o.Frames) // so that the whole stays below 2^50
		}
		whole += sum
		dst[i+1] = (decibels.Of(sum/uint64(end-first)) - top).Float64()
	}
	dst[0] = (decibels.Of(whole/uint64(len(o.Power))) - top).Float64()
}

// Words implements Detector: it names the broad band that is farthest off its normal level.
func (l *Level) Words(off []float64, edges func(b int) (lo, hi float64)) string {
	worst := farthest(off, l.leastDeviations())
	if worst == 0 {
		return fmt.Sprintf("%+.1f dB in all", off[0])
	}
	last := len(l.First)
	from, _ := edges(l.First[worst-1])
	if worst == last {
		return fmt.Sprintf("%+.1f dB above %.0f Hz", off[worst], from)
	}
	to, _ := edges(l.First[worst])
	return fmt.Sprintf("%+.1f dB at %.0f-%.0f Hz", off[worst], from, to)
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

// broadEdgesHz part the broad bands: octaves.
func broadEdgesHz() []float64 {
	return []float64{125, 250, 500, 1000, 2000, 4000, 8000, 16000, 32000}
}

// minBroad is the least number of bands in a broad band.
const minBroad = 2

// firsts returns the first band of each broad band.
func firsts(bands int, edgeHz func(int) float64) []int {
	first := []int{0}
	for _, hz := range broadEdgesHz() {
		at := first[len(first)-1] + minBroad
		for at < bands && edgeHz(at) < hz {
			at++
		}
		if at > bands-minBroad {
			break
		}
		first = append(first, at)
	}
	return first
}

// Broad parts the bands into broad ones, and returns the level of each on normal sound, by
// sample, the whole first.
func (l *Level) Broad(normal *Normal) (levels [][]float64) {
	l.First = firsts(normal.Bands(), normal.EdgeHz)
	decibels := dsp.NewDecibels()
	levels = make([][]float64, len(normal.Samples))
	for i := range levels {
		levels[i] = make([]float64, len(l.First)+1)
		l.broad(levels[i], &normal.Samples[i].Observation, decibels)
	}
	return levels
}
