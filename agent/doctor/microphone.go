package doctor

import (
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/recorder"
	"github.com/auscult/auscult/agent/sensor"
	"github.com/auscult/auscult/dsp/level"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/alsa"
)

// sound looks at the cards and listens to those that the configuration names, or to
// all when it names none.
func (c *Report) sound(ctx context.Context, o Options, settings *config.Config) {
	if board := alsa.Board(o.Root); board != "" {
		c.add("board", good, "", "%s, %s", board, runtime.GOARCH)
	}
	var names []string
	rates := map[string]int{}
	other := 0
	for _, s := range settings.Sources {
		if card, ok := s.Sensor.(*sensor.ALSA); ok {
			names = append(names, card.Device)
			rates[card.Device] = card.SampleRateHz
		} else {
			other++
		}
	}
	if problem := alsa.Nothing(o.Root); problem != nil {
		state := bad
		if len(names) == 0 && other > 0 { // the node does not listen to a microphone
			state = odd
		}
		c.add("microphone", state, problem.Fix, "%s", problem.Text)
		return
	}
	if len(names) == 0 {
		list, err := alsa.Devices(o.Root)
		if err != nil {
			c.add("microphone", bad, "", "%v", err)
			return
		}
		for _, found := range list {
			names = append(names, found.String())
		}
	}
	for _, name := range names {
		device, err := alsa.Find(o.Root, name)
		if err != nil {
			c.problem("microphone", err)
			continue
		}
		if _, problem := alsa.Check(device, alsa.Options{FS: o.Root}); problem != nil {
			c.problem("microphone", problem)
			continue
		}
		c.add("microphone", good, "", "%s: %s", device, device.Card.Name)
		if o.Listen > 0 {
			c.listen(ctx, o, device.String(), rates[name])
		}
	}
}

// problem adds what is wrong with a device.
func (c *Report) problem(name string, err error) {
	var p *alsa.Problem
	if !errors.As(err, &p) {
		c.add(name, bad, "", "%v", err)
		return
	}
	c.add(name, bad, p.Fix, "%s", p.Text)
}

// listen captures for a while and judges rate, losses and level.
func (c *Report) listen(ctx context.Context, o Options, name string, rate int) {
	card := sensor.ALSA{Device: name, SampleRateHz: rate, Buffer: 2 * time.Second}
	open, err := card.Open(ctx, sensor.Site{Root: o.Root})
	if err != nil {
		c.problem("capture", err)
		return
	}
	defer func() { _ = open.Halt() }() // it has said what it had to
	src, ok := sensor.Card(open)
	if !ok {
		return // sound cards are what was asked for
	}
	k, err := hear(ctx, src, o.Listen)
	if err != nil {
		if ctx.Err() == nil {
			c.problem("capture", err)
		}
		return
	}
	ring := src.Ring()
	how := "copied"
	if ring.Mapped {
		how = "mapped"
	}
	c.add("capture", good, "", "%s: %v as %s, period %d, ring %d, %s", name, src.Format(), ring.Encoding, ring.Period,
		ring.Buffer, how)
	if k.lost > 0 {
		c.add("losses", odd, "see what else keeps the processor busy", "%s: %d samples lost in %v", name, k.lost, o.Listen)
	} else {
		c.add("losses", good, "", "%s: none in %v", name, o.Listen)
	}
	c.rate(name, src.Format().SampleRateHz, k)
	channels, warnings := recorder.Judge(src.Format().SampleRateHz, k.meters, sensor.ChannelNames(open), 0)
	warnings = append(warnings, recorder.Compare(&k.pair)...)
	for _, ch := range channels {
		c.add("level", good, "", "%s %s: %s", name, ch.Channel, &ch)
	}
	for _, warning := range warnings {
		c.add("level", odd, "", "%s", warning)
	}
}

// heard is what came of listening to a card.
type heard struct {
	meters     []*level.Meter
	pair       level.Pair // of two channels
	lost, last uint64     // sample times: lost, and the last block's first
	first, end time.Time  // of the first sample, and of sample time last
}

// hear captures for a while.
func hear(ctx context.Context, src hw.Source, long time.Duration) (*heard, error) {
	format := src.Format()
	k := &heard{meters: recorder.NewMeters(format)}
	b := hw.Block{PCM: make([]int32, format.Channels*format.SampleRateHz/10)}
	for began := time.Now(); time.Since(began) < long; {
		if err := src.Read(ctx, &b); err != nil {
			return nil, err
		}
		if k.first.IsZero() {
			k.first = b.Time.Add(-time.Duration(b.FirstSample) * time.Second / time.Duration(format.SampleRateHz))
		}
		k.lost, k.last, k.end = k.lost+b.Lost, b.FirstSample, b.Time
		for ch := range k.meters {
			k.meters[ch].WriteChannel(b.PCM, ch, format.Channels)
		}
		if format.Channels == 2 {
			k.pair.Write(b.PCM, 0, 1, 2)
		}
	}
	return k, nil
}

// rate judges the rate at which samples came.
func (c *Report) rate(name string, nominalHz int, k *heard) {
	took := k.end.Sub(k.first).Seconds()
	if took < 1 {
		return
	}
	off := (float64(k.last)/took/float64(nominalHz) - 1) * 1e6
	// What the kernel's times are good for over this span.
	doubt := 5e3 / took
	state := good
	if off > 1000+doubt || off < -1000-doubt {
		state = odd
	}
	c.add("rate", state, "the bus has another clock than the driver thinks: check overlay and crystal",
		"%s: %.0f samples/s, %+.0f ppm (measured to %.0f ppm)", name, float64(k.last)/took, off, doubt)
}
