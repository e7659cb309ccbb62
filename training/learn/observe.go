package learn

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/training/dataset"
)

// ErrTooShort is wrapped when no recording is as long as what a family looks at at once.
var ErrTooShort = errors.New("the recordings are too short")

// windowS returns how much sound a window takes, in seconds.
func (t *trainer) windowS() float64 { return t.outline().WindowSpan().Seconds() }

// strideS returns the time from one window to the next.
func (t *trainer) strideS() float64 {
	return float64(t.desc.Window.StrideFrames*t.o.Profile.HopLength) / float64(t.o.Profile.SampleRateHz)
}

// observedS returns what people call the length of an observation, in seconds: the time from one to
// the next, or, of short ones that overlap much, the sound that they take.
func (t *trainer) observedS() float64 {
	if t.pool == t.fullPool() {
		return float64(t.pool) * t.strideS()
	}
	return t.windowS() + float64(t.pool-1)*t.strideS()
}

// fullPool returns how many windows make an observation of about two seconds.
func (t *trainer) fullPool() int { return max(1, int(math.Round(observationS/t.strideS()))) }

// GapS returns the seconds that must lie between what is learned and what is held back, so that nothing
// of the one is heard in the other: a window and an observation of o's family. o's profile is
// given, and its Envelope where the family takes conditions.
func GapS(o Options) (float64, error) {
	t := &trainer{o: o}
	if err := t.describe(); err != nil {
		return 0, err
	}
	return t.windowS() + float64(t.fullPool())*t.strideS(), nil
}

// leaveShort leaves recordings out that are shorter than a window: nothing is learned from them.
func (t *trainer) leaveShort(out *Outcome) error {
	long, short := t.features.AtLeast(t.desc.Window.Frames)
	if len(short) == 0 {
		t.features = long // without pieces that are too short, of clips that are not
		return nil
	}
	longest := 0.0
	for _, f := range short {
		longest = max(longest, f.DurationS)
	}
	looks := fmt.Sprintf("the %.2g s that %s looks at at once", t.windowS(), t.desc.Name)
	if long.Len() == 0 {
		return fmt.Errorf("learn: %w: the longest has %.2g s, less than %s; record longer ones, or take another family",
			ErrTooShort, longest, looks)
	}
	out.Warnings = append(out.Warnings, fmt.Sprintf("%d recordings are shorter than %s, and are left out, as %s",
		len(short), looks, short[0].Name))
	t.features = long
	return nil
}

// choosePool chooses how many windows make an observation: about two seconds, or, where more than
// half of the recordings are shorter, what nearly all of them have.
func (t *trainer) choosePool() {
	full := t.fullPool()
	t.pool = full
	lengths := map[string]int{} // windows of each recording
	for _, f := range t.features.All() {
		if n := t.desc.Window.Count(f.Frames); n > 0 {
			lengths[f.Name] += n
		}
	}
	sorted := slices.Sorted(maps.Values(lengths))
	if n := len(sorted); n == 0 || sorted[n/2] >= full {
		return
	}
	t.pool = max(1, sorted[len(sorted)/shortestOf])
	t.warnings = append(t.warnings, fmt.Sprintf(
		"most recordings are shorter than the %.1f s of an observation: this model's are of %s, and judge by less sound; "+
			"record longer ones for steadier scores", t.windowS()+float64(full-1)*t.strideS(), seconds(t.observedS())))
}

// shortestOf says which recordings set the length: one in so many may be shorter.
const shortestOf = 10

// seconds writes a time with two digits at least.
func seconds(s float64) string {
	if s < 1 {
		return fmt.Sprintf("%.2g s", s)
	}
	return fmt.Sprintf("%.1f s", s)
}

// SoundFromHz is the lowest rate of recordings that are taken for sound; what is
// slower is vibration.
const SoundFromHz = 6000

// ProfileAt returns the profile of recordings with a rate.
func ProfileAt(rateHz int) dsp.Profile {
	if rateHz < SoundFromHz {
		return dsp.VibrationProfileAt(rateHz)
	}
	return dsp.DefaultProfileAt(rateHz)
}

// ProfileOf returns the profile that a model of clips gets unless told otherwise, and why, in words,
// where it is not the usual one: the recordings have a lower rate, or are too short for its frames.
func ProfileOf(clips dataset.NormalClips) (p dsp.Profile, why string) {
	p = dsp.DefaultProfile()
	lowest, heard, known := 0, 0, 0
	var lengths []float64
	for _, c := range clips.All() {
		rate := int(c.RateHz)
		if rate == 0 {
			continue
		}
		known++
		if rate >= p.LowestRateHz() {
			heard++
		} else if lowest == 0 || rate < lowest {
			lowest = rate
		}
		if c.Duration > 0 {
			lengths = append(lengths, c.Duration.Seconds())
		}
	}
	if lowest > 0 && 2*heard < known {
		if at := ProfileAt(lowest); at.Validate() == nil {
			p = at
			why = fmt.Sprintf("made for %d Hz, the recordings' rate (--rate)", lowest)
			if heard > 0 {
				why = fmt.Sprintf("made for %d Hz, since %d of %d recordings have less than %d (--rate)", lowest, known-heard, known,
					dsp.DefaultProfile().SampleRateHz)
			}
		}
	}
	if len(lengths) == 0 {
		return p, why
	}
	slices.Sort(lengths)
	if short, ok := shortened(p, lengths[len(lengths)/shortestOf]); ok && lengths[len(lengths)/2] < least(p) {
		p = short
		if why != "" {
			why += ", "
		}
		why += fmt.Sprintf("frames of %.0f ms, since the recordings are of %s",
			1000*float64(p.FrameLength)/float64(p.SampleRateHz), seconds(lengths[len(lengths)/2]))
	}
	return p, why
}

// leastFrames is what the family with the smallest windows looks at.
const leastFrames = 5

// least returns the shortest sound that any family can look at.
func least(p dsp.Profile) float64 {
	return float64(p.FrameLength+(leastFrames-1)*p.HopLength) / float64(p.SampleRateHz)
}

// shortened halves frames, and bands as must follow, until some fit into so many seconds.
func shortened(p dsp.Profile, s float64) (dsp.Profile, bool) {
	const leastBands = 16
	for least(p) > s {
		p.FrameLength, p.HopLength = p.FrameLength/2, p.HopLength/2
		for p.Validate() != nil && p.Bands > leastBands {
			p.Bands /= 2
		}
		if p.Validate() != nil {
			return p, false
		}
	}
	return p, true
}
