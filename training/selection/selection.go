package selection

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/families"
	"github.com/auscult/auscult/training/learn"
	"github.com/auscult/auscult/training/metrics"
	"github.com/auscult/auscult/training/replay"
)

// Options say what to choose from.
type Options struct {
	// Learn is how each family is trained; its Family, Clips, Checkpoints and
	// Resume do not matter.
	Learn learn.Options
	// Families in the order of their cost; the first is always tried, and that with operating
	// conditions only where the clips have some.
	Families []string
	// Budget bounds the time of all but the first; 0 means no bound.
	Budget   time.Duration
	Progress func(family string, p learn.Progress) // if set
}

// Tried is what one family showed.
type Tried struct {
	Family  string             `json:"family"`
	AUC     float64            `json:"auc"`            // mean over kinds of outliers
	ByKind  map[string]float64 `json:"auc_by_kind"`    // each over all strengths
	MACs    int64              `json:"macs"`           // of one window
	PerS    float64            `json:"macs_per_s"`     // of sound
	Seconds float64            `json:"seconds"`        // that it took
	Note    string             `json:"note,omitempty"` // why it has no AUC

	normal   []float64     // of each held clip
	outliers [][][]float64 // by kind and held clip, one for each strength
}

// Choice is the family to take, and why.
type Choice struct {
	Family string  `json:"family"`
	Held   int     `json:"held_clips"`          // or pieces of one
	Note   string  `json:"held_note,omitempty"` // where pieces of a recording are held, in words
	Tried  []Tried `json:"tried"`
	Reason string  `json:"reason"`
}

// Close is the difference of AUC that says nothing.
const Close = 0.01

const (
	heldOf  = 4  // one clip in so many is held back,
	halfTo  = 16 // every other one up to so many clips
	few     = 10 // held clips that leave much to chance
	maxHeld = 24 // clips
	maxS    = 20 // of a held clip
)

// what names what was held back.
func (c *Choice) what() string {
	if c.Note != "" {
		return "pieces of a normal recording"
	}
	return "normal clips"
}

// Run tries the families.
func Run(ctx context.Context, o Options) (*Choice, error) {
	if len(o.Families) == 0 {
		return nil, errors.New("selection: no families to choose from")
	}
	if err := o.Learn.Open(); err != nil {
		return nil, err
	}
	clips := o.Learn.Set.Normal()
	if o.Learn.Profile == (dsp.Profile{}) {
		o.Learn.Profile, _ = learn.ProfileOf(clips) // learning says why
	}
	tried := o.Families
	// What all clips were recorded under, those held back too. Where that is nothing, the
	// family that needs it is not tried.
	var err error
	if o.Learn.Envelope, err = dataset.ConditionsOf(clips, o.Learn.Conditions); err != nil {
		tried = slices.DeleteFunc(slices.Clone(tried), func(name string) bool {
			f, err := families.Of(name)
			return err == nil && f.Conditions
		})
	}
	s, err := o.hold(ctx, clips, tried)
	if err != nil {
		return nil, err
	}
	c := &Choice{Held: len(s.held), Note: s.note}
	began := time.Now()
	for i, name := range tried {
		within, cancel := ctx, context.CancelFunc(func() {})
		if i > 0 && o.Budget > 0 {
			within, cancel = context.WithDeadline(ctx, began.Add(o.Budget))
		}
		start := time.Now()
		t, err := try(within, &o, name, s)
		cancel()
		t.Seconds = time.Since(start).Seconds()
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.Is(err, context.DeadlineExceeded):
			t.Note = fmt.Sprintf("not ready within %v", o.Budget)
		case i > 0 && errors.Is(err, learn.ErrTooShort):
			t.Note = "not tried: the recordings are shorter than what it looks at at once"
		case err != nil:
			of := fmt.Sprintf("of %d recordings", clips.Len())
			if c.Note != "" {
				of = "pieces of one recording"
			}
			return nil, fmt.Errorf("selection: %s, with %d %s held back: %w (or name a family instead of auto)",
				name, c.Held, of, err)
		}
		c.Tried = append(c.Tried, t)
	}
	c.decide(o.Learn.Seed)
	return c, nil
}

// try trains one family and asks it about the held clips.
func try(ctx context.Context, o *Options, name string, s *split) (Tried, error) {
	t := Tried{Family: name, ByKind: map[string]float64{}}
	l := o.Learn
	l.Family, l.Clips, l.Checkpoints, l.Resume = name, s.fit, "", false
	if f, err := families.Of(name); err == nil && l.Epochs == 0 {
		l.Epochs = f.Epochs // the one that is taken is trained until it is enough
	}
	l.Progress = nil
	if o.Progress != nil {
		l.Progress = func(p learn.Progress) { o.Progress(name, p) }
	}
	learned, err := learn.Run(ctx, l)
	if err != nil {
		return t, err
	}
	p, w := learned.Model.Settings.Profile, learned.Model.Settings.Window
	t.MACs = learned.MACs
	t.PerS = float64(t.MACs) * float64(p.SampleRateHz) / float64(p.HopLength*w.StrideFrames)
	t.outliers = make([][][]float64, len(kinds))
	for i, held := range s.held {
		pcm, rateHz, err := held.read()
		if err != nil {
			continue // learning has said so of others like it
		}
		v, err := score(ctx, learned.Model, l.Channel, held.clip, rateHz, pcm)
		if errors.Is(err, errShort) {
			continue // others are long enough: an observation is as long as most recordings
		}
		if err != nil {
			return t, err
		}
		t.normal = append(t.normal, v)
		for k, kind := range kinds {
			var spoilt []float64
			for at, strength := range strengthsDB {
				// The same outliers for every family.
				rng := rand.New(rand.NewPCG(o.Learn.Seed, uint64(i*len(kinds)*len(strengthsDB)+k*len(strengthsDB)+at)))
				v, err := score(ctx, learned.Model, l.Channel, held.clip, rateHz,
					spoil(pcm, kind, strength, float64(rateHz), rng))
				if err != nil {
					return t, err
				}
				spoilt = append(spoilt, v)
			}
			t.outliers[k] = append(t.outliers[k], spoilt)
		}
	}
	if len(t.normal) == 0 {
		return t, fmt.Errorf("%w: none of the clips that were held back is as long as an observation; record longer ones", learn.ErrTooShort)
	}
	for k, kind := range kinds {
		auc, err := metrics.AUC(t.normal, slices.Concat(t.outliers[k]...))
		if err != nil {
			return t, err
		}
		t.ByKind[kind.name] = auc
		t.AUC += auc / float64(len(kinds))
	}
	return t, nil
}

// score returns the mean score of a clip's observations, of its own samples or spoilt ones.
func score(
	ctx context.Context, m *model.Model, channel int, clip *dataset.Clip, rateHz int, pcm []int32,
) (float64, error) {
	o := replay.For(m, channel).Under(clip.ConditionValues(m.Settings.Conditions))
	o.KeepObservations = true
	r, err := replay.PCM(ctx, o, rateHz, pcm)
	if err != nil {
		return 0, err
	}
	if len(r.Scores) == 0 {
		return 0, errShort
	}
	sum := 0.0
	for _, v := range r.Scores {
		sum += v.Score
	}
	return sum / float64(len(r.Scores)), nil
}
