package main

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/parallel"
	"github.com/auscult/auscult/training/replay"
)

// stream is what a node at the model's defaults would have reported of unseen normal sound that is followed by
// a fault, over several faults.
type stream struct {
	NormalS float64 `json:"normal_s"`
	False   int     `json:"false_events"` // that began in the normal part, the same for each fault
	Faults  int     `json:"faults"`
	Noticed int     `json:"noticed"` // with an alert within the fault's time
	AfterS  float64 `json:"after_s"` // seconds from the fault's begin to the alert, mean of those noticed
	Right   bool    `json:"right"`   // none is false, and half of the faults or more are noticed
}

// The streams.
const (
	normalS    = 600
	faultS     = 120
	fadeS      = 0.05
	mostFaults = 6
	mostTimes  = 6 // that a clip is played
	leadS      = 1 // an event that begins so shortly before the fault is the fault's
)

// play plays streams.
func play(ctx context.Context, m *model.Model, set *dataset.Set) (*stream, error) {
	channel := m.Settings.Provenance.Channel
	normal, rateHz, err := chain(ctx, set.Label(dataset.Normal), channel, normalS)
	if err != nil {
		return nil, err
	}
	faults := set.Label(dataset.Abnormal)
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(faults), func(i, k int) { faults[i], faults[k] = faults[k], faults[i] })
	faults = faults[:min(len(faults), mostFaults)]
	begins := float64(len(normal)) / float64(rateHz)
	s := &stream{NormalS: begins, Faults: len(faults)}
	played := make([]*replay.Result, len(faults))
	err = parallel.Each(ctx, 0, len(faults), func(ctx context.Context, i int) error {
		fault, rate, err := chain(ctx, faults[i:i+1], channel, faultS)
		if err != nil || rate != rateHz {
			return err // of another rate: it cannot follow
		}
		played[i], err = replay.PCM(ctx, replay.For(m, 0), rateHz, join(normal, fault, rateHz))
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, r := range played {
		if r == nil {
			s.Faults--
			continue
		}
		early, after := 0, -1.0
		for _, e := range r.Events {
			alert := time.Duration(e.Alert).Seconds() - begins
			if time.Duration(e.Start).Seconds() < begins-leadS {
				early++
			}
			if alert >= 0 && alert <= faultS && after < 0 {
				after = alert
			}
		}
		s.False = max(s.False, early)
		if after >= 0 {
			s.Noticed++
			s.AfterS += after
		}
	}
	s.AfterS /= float64(max(1, s.Noticed))
	s.Right = s.False == 0 && s.Faults > 0 && 2*s.Noticed >= s.Faults
	return s, nil
}

// chain joins clips of the first one's rate to so many seconds, each at most so many times over.
func chain(
	ctx context.Context, clips []*dataset.Clip, channel int, seconds float64,
) (all []int32, rateHz int, err error) {
	for range mostTimes {
		for _, c := range clips {
			pcm, rate, err := c.ReadMono(ctx, channel, int(seconds)+1)
			if err != nil {
				return nil, 0, err
			}
			switch {
			case rateHz == 0:
				all, rateHz = pcm, rate
			case rate == rateHz:
				all = join(all, pcm, rate)
			}
			if most := int(seconds * float64(rateHz)); len(all) >= most {
				return all[:most], rateHz, nil
			}
		}
	}
	return all, rateHz, nil
}

// join puts a sound behind another, with a crossfade. What is shorter than that is left out.
func join(a, b []int32, rateHz int) []int32 {
	n := int(fadeS * float64(rateHz))
	if len(a) < n || len(b) < n {
		return a
	}
	joined := make([]int32, 0, len(a)+len(b)-n)
	joined = append(joined, a[:len(a)-n]...)
	for i := range n {
		w := float64(i) / float64(max(1, n-1))
		joined = append(joined, int32(float64(a[len(a)-n+i])*(1-w)+float64(b[i])*w))
	}
	return append(joined, b[n:]...)
}
