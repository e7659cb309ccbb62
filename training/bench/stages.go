package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp"
)

// Stages says how long each step from samples to decision takes, as the node
// runs it, on sound that is noise.
type Stages struct {
	FrontEnd  Latency `json:"front_end"` // one hop of samples to one frame of codes
	Inference Latency `json:"inference"` // one window
	Score     Latency `json:"score"`     // of one window: its layout, residual and the detector's share
	Decision  Latency `json:"decision"`  // one observation
	Hop       Latency `json:"hop"`       // everything that one hop of samples causes

	HopMS        float64 `json:"hop_ms"` // what one hop stands for
	AllocsPerHop float64 `json:"allocs_per_hop"`
	MinorFaults  int64   `json:"minor_page_faults"` // in the measured loop
	MajorFaults  int64   `json:"major_page_faults"` // likewise: something was read from the disk
	// RealTime is how many times faster than the sound one core is, on average.
	RealTime float64 `json:"real_time_factor"`
	// Sources is how many sources such as this one all cores could serve at
	// half their time.
	Sources int `json:"sources"`
	// Windows holds each window's hops, where there were several.
	Windows []Latency `json:"windows,omitempty"`
}

// stageSamples is the most hops that one window holds: what comes after is
// not kept.
const stageSamples = 1 << 19

// stageTimes are the latencies of one window.
type stageTimes struct {
	front, inference, score, decision, hop []time.Duration
}

func newStageTimes() *stageTimes {
	make1 := func(n int) []time.Duration { return make([]time.Duration, 0, n) }
	return &stageTimes{
		make1(stageSamples), make1(stageSamples), make1(stageSamples), make1(stageSamples), make1(stageSamples),
	}
}

func (t *stageTimes) reset() {
	t.front, t.inference, t.score, t.decision, t.hop = t.front[:0], t.inference[:0], t.score[:0], t.decision[:0], t.hop[:0]
}

// chain is the way from samples to decision with clocks between the steps.
type chain struct {
	front   *dsp.FrontEnd
	quant   *dsp.Quantiser
	scorer  *model.Scorer
	decider *decide.Decider
	noise   []int32
	hop, at int
	codes   []int8
	emit    func([]dsp.DB)
	times   *stageTimes

	framed         time.Time // when the frame's codes were there
	before, after  time.Time // of the inference
	inferred, have bool      // in this hop
}

func newChain(m *model.Model, t *stageTimes) (*chain, error) {
	p := m.Settings.Profile
	c := &chain{quant: dsp.NewQuantiser(p), hop: p.HopLength, codes: make([]int8, p.Values()), times: t}
	var err error
	if c.front, err = dsp.NewFrontEnd(p); err != nil {
		return nil, err
	}
	if c.scorer, err = m.NewScorer(); err != nil {
		return nil, err
	}
	if c.decider, err = decide.New(m.Settings.Decision, m.EvidenceLen()); err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(1, 3))
	c.noise = make([]int32, 64*p.HopLength)
	for i := range c.noise {
		c.noise[i] = int32(rng.Uint32()) >> 5 // about -35 dBFS
	}
	c.emit = func(levels []dsp.DB) {
		c.quant.Quantise(c.codes, levels)
		c.framed, c.have = time.Now(), true
	}
	c.scorer.Trace = func(after bool) {
		if after {
			c.after, c.inferred = time.Now(), true
		} else {
			c.before = time.Now()
		}
	}
	return c, nil
}

// step takes one hop of samples.
func (c *chain) step() {
	pcm := c.noise[c.at : c.at+c.hop]
	c.at = (c.at + c.hop) % len(c.noise)
	c.have, c.inferred = false, false
	start := time.Now()
	c.front.Write(pcm, c.emit)
	if !c.have {
		return // the first hops do not fill a frame
	}
	score, ok := c.scorer.Push(c.codes)
	scored := time.Now()
	end := scored
	if ok {
		c.decider.Push(scored, score.Value, score.Evidence)
		end = time.Now()
	}
	t := c.times
	if len(t.hop) == cap(t.hop) {
		return
	}
	t.front = append(t.front, c.framed.Sub(start))
	t.hop = append(t.hop, end.Sub(start))
	if c.inferred {
		t.inference = append(t.inference, c.after.Sub(c.before))
		t.score = append(t.score, c.before.Sub(c.framed)+scored.Sub(c.after))
	}
	if ok {
		t.decision = append(t.decision, end.Sub(scored))
	}
}

// RunStages measures the steps of a model that has our settings, in windows of
// opt.Duration after a warm-up.
func RunStages(ctx context.Context, m *model.Model, opt Options) (*Stages, error) {
	if opt.Duration <= 0 {
		return nil, fmt.Errorf("bench: duration %v: must be above 0", opt.Duration)
	}
	times := newStageTimes()
	c, err := newChain(m, times)
	if err != nil {
		return nil, err
	}
	for start := time.Now(); time.Since(start) < warmUpTime && ctx.Err() == nil; {
		c.step()
	}
	p := m.Settings.Profile
	s := &Stages{HopMS: 1000 * float64(p.HopLength) / float64(p.SampleRateHz)}
	all := make([]Stages, max(opt.Windows, 1))
	for i := range all {
		times.reset()
		hops, err := c.window(ctx, opt, i, len(all), s)
		if err != nil {
			return nil, err
		}
		all[i] = Stages{
			FrontEnd: Summarise(times.front), Inference: Summarise(times.inference), Score: Summarise(times.score),
			Decision: Summarise(times.decision), Hop: Summarise(times.hop), AllocsPerHop: s.AllocsPerHop,
		}
		s.Windows = append(s.Windows, all[i].Hop)
		if hops == 0 || all[i].Inference.Count == 0 {
			return nil, fmt.Errorf("bench: %v is too short for one window of the model", opt.Duration)
		}
	}
	pick := func(of func(*Stages) Latency) Latency {
		windows := make([]Latency, len(all))
		for i := range all {
			windows[i] = of(&all[i])
		}
		return medianOf(windows)
	}
	s.FrontEnd = pick(func(s *Stages) Latency { return s.FrontEnd })
	s.Inference = pick(func(s *Stages) Latency { return s.Inference })
	s.Score = pick(func(s *Stages) Latency { return s.Score })
	s.Decision = pick(func(s *Stages) Latency { return s.Decision })
	s.Hop = pick(func(s *Stages) Latency { return s.Hop })
	if len(all) == 1 {
		s.Windows = nil
	}
	if s.Hop.MeanUS > 0 {
		s.RealTime = 1000 * s.HopMS / s.Hop.MeanUS
		s.Sources = int(s.RealTime * float64(runtime.GOMAXPROCS(0)) / 2)
	}
	return s, nil
}

// window measures one window and counts its hops; what the process did
// meanwhile goes into s.
func (c *chain) window(ctx context.Context, opt Options, index, of int, s *Stages) (hops int, err error) {
	var before, after runtime.MemStats
	runtime.GC()
	minor, major := pageFaults()
	runtime.ReadMemStats(&before)
	begin, reported := time.Now(), time.Now()
	for {
		c.step()
		hops++
		now := time.Now()
		if now.Sub(begin) >= opt.Duration || ctx.Err() != nil {
			break
		}
		if opt.Progress != nil && now.Sub(reported) > 100*time.Millisecond {
			opt.Progress((float64(index) + float64(now.Sub(begin))/float64(opt.Duration)) / float64(of))
			reported = now
		}
	}
	runtime.ReadMemStats(&after)
	minorAfter, majorAfter := pageFaults()
	s.MinorFaults += minorAfter - minor
	s.MajorFaults += majorAfter - major
	s.AllocsPerHop = max(s.AllocsPerHop, float64(after.Mallocs-before.Mallocs)/float64(hops))
	return hops, ctx.Err()
}
