package dataset

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/training/parallel"
)

// Options say how clips become features.
type Options struct {
	Profile   dsp.Profile
	Channel   int // of multichannel clips, from 0
	Treatment Treatment
	Workers   int // clips read at once; 0 means as many as the process has threads
	// Cache is a folder that keeps features of clips as recorded, so that they are
	// computed once; empty means none.
	Cache string
	// Progress, if set, is called after each clip, from one goroutine at a time.
	Progress func(done, total int)
}

// Features are one clip as the node's front end gives it.
type Features struct {
	Clip
	Codes     []int8  // frames*bands, frame after frame, bands from low to high
	Frames    int     // in Codes
	Bands     int     // of each frame
	DurationS float64 // of the clip
	LevelDBFS float64 // RMS before any treatment; SilenceDBFS for digital silence
	MeanDB    float64 // mean over all cells before any shift, dB re full scale
	GainDB    float64 // that the treatment gave, by samples or by cells
	Saturated int     // samples that the gain would take beyond full scale
	Sound     Sound
}

// NormalFeatures are features of normal sound. The zero value holds none.
type NormalFeatures struct {
	features []Features
}

// Len returns the number of clips.
func (n NormalFeatures) Len() int { return len(n.features) }

// All returns the features, one element per clip. The codes are shared.
func (n NormalFeatures) All() []Features { return slices.Clone(n.features) }

// Of returns the features of those clips that are in clips.
func (n NormalFeatures) Of(clips NormalClips) NormalFeatures {
	var out NormalFeatures
	want := map[string]bool{}
	for _, c := range clips.clips {
		want[c.Path] = true
	}
	for _, f := range n.features {
		if want[f.Path] {
			out.features = append(out.features, f)
		}
	}
	return out
}

// Clips returns the clips that have features.
func (n NormalFeatures) Clips() NormalClips {
	var out NormalClips
	for _, f := range n.features {
		out.clips = append(out.clips, f.Clip)
	}
	return out
}

// ExtractNormal does what Extract does, for clips to learn from.
func ExtractNormal(ctx context.Context, clips NormalClips, o Options) (NormalFeatures, []string, error) {
	if clips.Len() == 0 {
		return NormalFeatures{}, nil, errors.New("dataset: no clip to learn from: all normal ones are for testing; " +
			"put others into normal/ or train/normal/")
	}
	features, warnings, err := Extract(ctx, clips.clips, o)
	return NormalFeatures{features}, warnings, err
}

// ErrUnusable is wrapped when none of the clips can be used.
var ErrUnusable = errors.New("none can be used")

// Extract computes the features of clips, in their order. Clips that cannot be
// used are left out; the warnings say which and why, one line each. It is an
// error when no clip can be used, and when ctx ends.
func Extract(ctx context.Context, clips []Clip, o Options) (features []Features, warnings []string, err error) {
	if err := o.Treatment.validate(); err != nil {
		return nil, nil, err
	}
	if o.Channel < 0 {
		return nil, nil, fmt.Errorf("dataset: channel %d: must be 0 or more", o.Channel)
	}
	all, said := make([]Features, len(clips)), make([]string, len(clips))
	var mu sync.Mutex // orders the calls of Progress
	done := 0
	own := func() (*extractor, error) { return newExtractor(o) }
	err = parallel.EachWith(ctx, o.Workers, len(clips), own, func(_ context.Context, e *extractor, i int) (err error) {
		if all[i], said[i], err = e.extract(clips[i]); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		done++
		if o.Progress != nil {
			o.Progress(done, len(clips))
		}
		return nil
	})
	for i := range clips {
		if said[i] != "" {
			warnings = append(warnings, said[i])
		}
		if all[i].Frames > 0 {
			features = append(features, all[i])
		}
	}
	if err != nil {
		return nil, warnings, err
	}
	switch {
	case len(features) > 0:
		return features, warnings, nil
	case len(warnings) > 0:
		return nil, warnings, fmt.Errorf("dataset: %d clips: %w; the first: %s", len(clips), ErrUnusable, warnings[0])
	}
	return nil, nil, errors.New("dataset: no clips")
}

// extractor computes features with one front end at a time.
type extractor struct {
	o         Options
	front     *dsp.Stream
	rateHz    int // of the clips that front takes
	quantiser *dsp.Quantiser
	levels    []dsp.DB
}

func newExtractor(o Options) (*extractor, error) {
	if err := o.Profile.Validate(); err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	return &extractor{o: o, quantiser: dsp.NewQuantiser(o.Profile)}, nil
}

// tune makes the front end ready for a clip of the given rate.
func (e *extractor) tune(rateHz int) (err error) {
	if e.front != nil && e.rateHz == rateHz {
		e.front.Reset()
		return nil
	}
	e.front, err = dsp.NewStream(e.o.Profile, rateHz)
	e.rateHz = rateHz
	return err
}

// extract computes the features of one clip. A warning with features says what
// is wrong with a clip that is used all the same.
func (e *extractor) extract(c Clip) (f Features, warning string, err error) {
	if e.o.Cache == "" || e.o.Treatment.Kind != AsRecorded {
		return e.compute(c)
	}
	kept := cache{e.o.Cache}
	if f, ok := kept.load(&c, e.o.Profile, e.o.Channel); ok {
		return f, "", nil
	}
	f, warning, err = e.compute(c)
	if err != nil || warning != "" || f.Frames == 0 {
		return f, warning, err // what is odd is looked at each time
	}
	if err := kept.store(&f, e.o.Profile, e.o.Channel); err != nil {
		warning = fmt.Sprintf("%s: its features cannot be kept in %s: %v", c.Name, e.o.Cache, err)
	}
	return f, warning, nil
}

// compute computes the features of one clip.
func (e *extractor) compute(c Clip) (f Features, warning string, err error) {
	pcm, format, notes, err := c.ReadMono(e.o.Channel, e.o.Profile.SampleRateHz)
	switch {
	case format.SampleRateHz != 0 && format.SampleRateHz < e.o.Profile.SampleRateHz:
		return f, fmt.Sprintf("%s: left out: has %d Hz, the profile %d Hz: record at that rate or a higher one, or train with --rate %[2]d",
			c.Name, format.SampleRateHz, e.o.Profile.SampleRateHz), nil
	case format.Channels != 0 && e.o.Channel >= format.Channels:
		return f, fmt.Sprintf("%s: left out: has %d channels: choose a channel from 0 to %d (--channel)",
			c.Name, format.Channels, format.Channels-1), nil
	case err != nil:
		return f, fmt.Sprintf("%s: left out: %v", c.Name, err), nil
	}
	if len(notes) > 0 {
		warning = fmt.Sprintf("%s: %s", c.Name, strings.Join(notes, "; "))
	}
	if len(pcm) < e.o.Profile.FrameLength {
		return f, fmt.Sprintf("%s: left out: %d samples are less than one frame (%d)",
			c.Name, len(pcm), e.o.Profile.FrameLength), nil
	}
	f = Features{Clip: c, Bands: e.o.Profile.Bands, LevelDBFS: LevelDBFS(pcm), Sound: listenTo(pcm, format)}
	f.DurationS = float64(len(pcm)) / float64(format.SampleRateHz)
	if e.o.Treatment.Kind == ToRMS && f.LevelDBFS > SilenceDBFS {
		f.GainDB = e.o.Treatment.TargetDB - f.LevelDBFS
		f.Saturated = Amplify(pcm, f.GainDB)
	}
	e.levels = e.levels[:0]
	if err := e.tune(format.SampleRateHz); err != nil {
		return Features{}, fmt.Sprintf("%s: left out: %v", c.Name, err), nil
	}
	e.front.Write(pcm, func(frame []dsp.DB) { e.levels = append(e.levels, frame...) })
	f.MeanDB = meanDB(e.levels)
	if e.o.Treatment.Kind == ToMean {
		f.GainDB = e.o.Treatment.TargetDB - f.MeanDB
		shift(e.levels, f.GainDB)
	}
	f.Frames = len(e.levels) / f.Bands
	f.Codes = make([]int8, len(e.levels))
	e.quantiser.Quantise(f.Codes, e.levels)
	return f, warning, nil
}
