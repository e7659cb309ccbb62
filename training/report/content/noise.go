package content

import (
	"context"
	"math"
	"math/bits"
	"math/rand/v2"

	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/metrics"
)

// NoisePoint is how well the clips are told apart in noise.
type NoisePoint struct {
	SNRdB       *float64        `json:"snr_db,omitempty"` // absent: as recorded
	Metrics     metrics.Metrics `json:"metrics"`
	Alarms      int             `json:"alarms"`       // abnormal clips
	FalseAlarms int             `json:"false_alarms"` // normal clips
}

// The sweep.
var sweep = []float64{24, 18, 12, 6, 0, -6, -12}

// SweepClips is how many clips of each label noise is mixed into, at most.
const SweepClips = 24

// Collapsed is the area below which detection is no better than guessing, for
// people's eyes.
const Collapsed = 0.6

// CollapseDB returns the highest level of the sweep at which detection has
// collapsed, or false when it has at none.
func (s *Study) CollapseDB() (float64, bool) {
	return collapse(s.Noise)
}

// addNoise mixes noise into the clips and replays them.
func (s *Study) addNoise(ctx context.Context, o *Options) error {
	if o.Quick {
		return nil
	}
	if s.Result.Normal == 0 || s.Result.Abnormal == 0 {
		s.NoNoise = "noise was not tried: it takes normal and abnormal clips"
		return nil
	}
	chosen, _ := someClips(o.Set, SweepClips)
	var normalLevels []float64
	for _, c := range s.Result.Clips.All() {
		if c.Label == dataset.Normal {
			normalLevels = append(normalLevels, c.LevelDBFS)
		}
	}
	s.NoiseRef = metrics.Quantile(normalLevels, 0.5)
	levels := append([]float64{math.Inf(1)}, sweep...)
	scores := make([][]replayed, len(levels))
	for i := range scores {
		scores[i] = make([]replayed, len(chosen))
	}
	if err := s.replayNoisy(ctx, o, chosen, levels, scores); err != nil {
		return err
	}
	for i, db := range levels {
		p := NoisePoint{}
		if !math.IsInf(db, 1) {
			p.SNRdB = &levels[i]
		}
		var values [2][]float64
		for k, r := range scores[i] {
			if r.observations == 0 {
				continue
			}
			abnormal := chosen[k].Label() == dataset.Abnormal
			switch {
			case abnormal:
				values[1] = append(values[1], r.score)
				p.Alarms += count(r.alarm)
			default:
				values[0] = append(values[0], r.score)
				p.FalseAlarms += count(r.alarm)
			}
		}
		var err error
		if p.Metrics, err = metrics.Evaluate(values[0], values[1], s.Settings.Decision.Threshold, o.Seed); err != nil {
			return err
		}
		s.Noise = append(s.Noise, p)
	}
	return nil
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// replayNoisy plays every clip at every level.
func (s *Study) replayNoisy(
	ctx context.Context, o *Options, clips []*dataset.Clip, levels []float64, out [][]replayed,
) error {
	progress := o.part("noise", 0.5, 0.7)
	return s.replayEach(ctx, o, clips, progress, func(ctx context.Context, i int, pcm []int32, rateHz int) error {
		noise := pink(len(pcm), o.Seed+uint64(i))
		for k, db := range levels {
			got, err := s.replayPCM(ctx, o, clips[i], mix(pcm, noise, s.NoiseRef-db), rateHz)
			if err != nil {
				return err
			}
			out[k][i] = got
		}
		return nil
	})
}

// pink returns noise whose power falls by 3 dB an octave, of any level: rows of
// random values of which each is renewed half as often as the one before (Voss
// and McCartney), and white noise.
func pink(n int, seed uint64) []float64 {
	const rows = 12
	rng := rand.New(rand.NewPCG(seed, 0x70696e6b))
	draw := func() float64 { return float64(int64(rng.Uint64())) / (1 << 63) }
	var row [rows]float64
	sum := 0.0
	for i := range row {
		row[i] = draw()
		sum += row[i]
	}
	out := make([]float64, n)
	for i := range out {
		k := bits.TrailingZeros(uint(i + 1))
		if k < rows {
			sum -= row[k]
			row[k] = draw()
			sum += row[k]
		}
		out[i] = sum + draw()
	}
	mean := 0.0
	for _, v := range out {
		mean += v / float64(n)
	}
	for i := range out {
		out[i] -= mean
	}
	return out
}

// mix adds noise of the given RMS level, in dB re full scale, to samples. What
// exceeds full scale is clamped.
func mix(pcm []int32, noise []float64, levelDBFS float64) []int32 {
	out := make([]int32, len(pcm))
	power := 0.0
	for _, v := range noise {
		power += v * v / float64(len(noise))
	}
	gain := 0.0
	if power > 0 {
		gain = (1 << 31) * math.Pow(10, levelDBFS/20) / math.Sqrt(power)
	}
	for i, v := range pcm {
		x := math.RoundToEven(float64(v) + gain*noise[i])
		out[i] = int32(max(math.MinInt32, min(math.MaxInt32, x)))
	}
	return out
}
