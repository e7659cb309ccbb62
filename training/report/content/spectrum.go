package content

import (
	"context"
	"math"

	"github.com/mjibson/go-dsp/spectral"

	"github.com/auscult/auscult/training/dataset"
)

// Spectra are mean power spectra of the clips as they were recorded, in floating point: finer than the
// model's bands, to see lines in.
type Spectra struct {
	StepHz float64    `json:"step_hz"` // from one value to the next, the first is at 0 Hz
	Kinds  []Spectrum `json:"kinds"`   // normal first
	Lines  []Line     `json:"lines,omitempty"`
}

// Spectrum is that of one kind of clips.
type Spectrum struct {
	Name  string    `json:"name"` // fault, or the label
	Clips int       `json:"clips"`
	DB    []float64 `json:"db_re_full_scale_per_hz"`
}

// Difference returns by how many dB each value lies above another spectrum's.
func (s *Spectrum) Difference(from *Spectrum) []float64 {
	out := make([]float64, min(len(s.DB), len(from.DB)))
	for i := range out {
		out[i] = s.DB[i] - from.DB[i]
	}
	return out
}

// Limits of spectra.
const (
	spectrumClips = 24   // of a kind
	spectrumBins  = 4096 // at the model's rate
	leastSegments = 2    // of a clip
	quietestDB    = -200
)

// addSpectra takes Welch's estimate of each clip.
func (s *Study) addSpectra(ctx context.Context, o *Options) error {
	rate := float64(s.Settings.Profile.SampleRateHz)
	spectra := &Spectra{StepHz: rate / (2 * spectrumBins)}
	byName := map[string]*dataset.Clip{}
	for _, c := range o.Set.Clips() {
		byName[c.Name] = c
	}
	shortest := math.Inf(1)
	kinds, files := s.kinds()
	for i := range s.Result.Clips.Len() {
		c := s.Result.Clips.At(i)
		shortest = min(shortest, c.DurationS)
	}
	// A clip has several segments, or there is nothing to average.
	for shortest*spectra.StepHz < leastSegments && spectra.StepHz < rate/64 {
		spectra.StepHz *= 2
	}
	for _, name := range kinds {
		kind, err := s.spectrum(ctx, o, byName, files[name], spectra.StepHz)
		if err != nil {
			return err
		}
		if kind != nil {
			kind.Name = name
			spectra.Kinds = append(spectra.Kinds, *kind)
		}
	}
	if len(spectra.Kinds) == 0 {
		return nil
	}
	spectra.Lines = o.Machine.Lines(rate / 2)
	if o.Machine.MainsHz == 0 {
		if hz := spectra.Kinds[0].mains(spectra.StepHz); hz > 0 {
			spectra.Lines = append(spectra.Lines, mainsLines(hz, rate/2)...)
		}
	}
	s.Float64 = spectra
	return nil
}

// kinds returns the names of the kinds of clips, normal first, and the recordings of each.
func (s *Study) kinds() (names []string, files map[string][]string) {
	files = map[string][]string{}
	for _, label := range []dataset.Label{dataset.Normal, dataset.Abnormal} {
		for i, fault := range s.places() {
			c := s.Result.Clips.At(i)
			if c.Label != label {
				continue
			}
			name, file := string(label), c.File
			if fault != "" {
				name = fault
			}
			if c.Recording != "" {
				file = c.Recording
			}
			of, known := files[name]
			if !known && len(names) < maxKinds {
				names = append(names, name)
			}
			if len(of) == 0 || of[len(of)-1] != file {
				files[name] = append(of, file)
			}
		}
	}
	return names, files
}

// spectrum returns the mean of some clips' spectra; nil where none can be had.
func (s *Study) spectrum(
	ctx context.Context, o *Options, byName map[string]*dataset.Clip, files []string, stepHz float64,
) (*Spectrum, error) {
	var sum []float64
	kind := &Spectrum{}
	for _, i := range spread(len(files), spectrumClips) {
		clip := byName[files[i]]
		if clip == nil {
			continue
		}
		pcm, rateHz, err := clip.ReadMono(ctx, o.Channel, playedS)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			continue // judging has warned of it
		}
		power := welch(pcm, float64(rateHz), stepHz, int(float64(s.Settings.Profile.SampleRateHz)/2/stepHz))
		if power == nil {
			continue
		}
		if sum == nil {
			sum = make([]float64, len(power))
		}
		for k := range min(len(sum), len(power)) {
			sum[k] += power[k]
		}
		sum = sum[:min(len(sum), len(power))] // the lowest rate says how far they reach
		kind.Clips++
	}
	if kind.Clips == 0 {
		return nil, nil
	}
	for _, v := range sum {
		db := max(quietestDB, 10*math.Log10(v/float64(kind.Clips)))
		kind.DB = append(kind.DB, math.Round(100*db)/100)
	}
	return kind, nil
}

// welch returns the power density of samples, relative to full scale, at most so many values stepHz
// apart: Hann windows that overlap by half, without the constant. Nil where they are too few.
func welch(pcm []int32, rateHz, stepHz float64, most int) []float64 {
	n := int(math.Round(rateHz/stepHz/2)) * 2
	if n < 16 || len(pcm) < n {
		return nil
	}
	x := make([]float64, len(pcm))
	mean := 0.0
	for i, v := range pcm {
		x[i] = float64(v) / (1 << 31)
		mean += x[i] / float64(len(x))
	}
	for i := range x {
		x[i] -= mean
	}
	power, _ := spectral.Pwelch(x, rateHz, &spectral.PwelchOptions{NFFT: n, Pad: n, Noverlap: n / 2})
	return power[:min(len(power), most+1)]
}
