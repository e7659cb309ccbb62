package doctor

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
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
	uses, other := cardsOf(o.Root, settings)
	if problem := alsa.Nothing(o.Root); problem != nil {
		if len(uses) == 0 && other > 0 {
			c.add("microphone", good, "", "none is here, and none of the sources needs one")
			return
		}
		c.add("microphone", bad, problem.Fix, "%s", problem.Text)
		return
	}
	if len(uses) == 0 {
		list, err := alsa.Devices(o.Root)
		if err != nil {
			c.add("microphone", bad, "", "%v", err)
			return
		}
		for _, found := range list {
			uses = append(uses, use{card: sensor.ALSA{Device: found.String()}})
		}
	}
	for _, u := range uses {
		c.card(ctx, o, &u)
	}
}

// card looks at a card and, unless that is not wanted, listens to it.
func (c *Report) card(ctx context.Context, o Options, u *use) {
	name := u.card.Device
	device, err := alsa.Find(o.Root, name)
	if err != nil {
		c.problem("microphone", err)
		return
	}
	if _, problem := alsa.Check(device, alsa.Options{FS: o.Root}); problem != nil {
		c.problem("microphone", problem)
		return
	}
	c.add("microphone", good, "", "%s: %s", device, device.Card.Name)
	if list, err := alsa.Devices(o.Root); err == nil && strings.Contains(name, device.Card.ID) {
		if stable, twins := device.Stable(list); twins {
			c.add("microphone", odd, "write device = \""+stable+"\"",
				"%s: there is another of its kind, and the two may change names at the next start", name)
		}
	}
	c.mixer(name, alsa.MixerOf(device, alsa.Options{FS: o.Root}), device.Card.ID)
	if o.Listen > 0 {
		u.card.Device = device.String()
		c.listen(ctx, o, u)
	}
}

// mixer judges how a card's controls stand. That one is shut may be of an input that nobody uses.
func (c *Report) mixer(name string, m alsa.Mixer, card string) {
	if len(m) == 0 {
		return
	}
	if p := m.Problem(card); p != nil {
		c.add("mixer", odd, p.Fix, "%s: %s", name, p.Text)
		return
	}
	if agc, on := m.HasAGC(); on {
		c.add("mixer", odd, fmt.Sprintf("switch it off before anything is learned: amixer -c %s cset name='%s' off, then 'alsactl store'",
			card, agc), "%s: it changes its gain by itself (%s)", name, m)
		return
	}
	c.add("mixer", good, "", "%s: %s", name, m)
}

// use is how a configuration uses a card.
type use struct {
	card     sensor.ALSA // with what all its sources ask of it
	channels []int       // that sources listen to, in order; none when no source names the card
}

// cardsOf returns the cards that sources listen to, each once whichever of its names they have,
// and how many listen to something else.
func cardsOf(root string, settings *config.Config) (uses []use, other int) {
	members := settings.Members()
	for _, d := range sensor.Join(root, members) {
		card, ok := d.Sensor.(*sensor.ALSA)
		if !ok {
			other += len(d.Members)
			continue
		}
		u := use{card: *card}
		for _, i := range d.Members {
			if ch := members[i].Channel; !slices.Contains(u.channels, ch) {
				u.channels = append(u.channels, ch)
			}
		}
		slices.Sort(u.channels)
		uses = append(uses, u)
	}
	return uses, other
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
func (c *Report) listen(ctx context.Context, o Options, u *use) {
	card := u.card
	name := card.Device
	card.Buffer = 2 * time.Second
	at := sensor.Site{Root: o.Root}
	if n := len(u.channels); n > 0 {
		at.Channel = u.channels[n-1]
	}
	open, err := card.Open(ctx, at)
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
	c.rate(name, src.Format().SampleRateHz, src.Clock())
	c.levels(u, src.Format().SampleRateHz, k, sensor.ChannelNames(open))
}

// levels judges what the channels gave. A channel that nobody listens to and that gives
// nothing is the other slot of a bus with one microphone: worth a note, and no warning.
func (c *Report) levels(u *use, rateHz int, k *heard, names []string) {
	someLive := slices.ContainsFunc(k.meters, func(m *level.Meter) bool { return !m.Dead() })
	var meters []*level.Meter
	var judged []string
	for ch, m := range k.meters {
		switch isUsed := slices.Contains(u.channels, ch) || len(u.channels) == 0 && !someLive; {
		case !m.Dead():
			meters, judged = append(meters, m), append(judged, names[ch])
		case isUsed:
			c.add("level", bad, "check data line, supply and select pin of its microphone, or choose another channel",
				"%s %s: every sample has the same value", u.card.Device, names[ch])
		default:
			c.add("level", good, "", "%s %s: gives nothing, and no source listens to it", u.card.Device, names[ch])
		}
	}
	channels, warnings := recorder.Judge(rateHz, meters, judged, 0)
	if len(judged) == 2 && len(names) == 2 {
		warnings = append(warnings, recorder.Compare(&k.pair)...)
	}
	for _, ch := range channels {
		c.add("level", good, "", "%s %s: %s", u.card.Device, ch.Channel, &ch)
	}
	for _, warning := range warnings {
		c.add("level", odd, "", "%s", warning)
	}
}

// heard is what came of listening to a card.
type heard struct {
	meters []*level.Meter
	pair   level.Pair // of two channels
	lost   uint64     // sample times
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
		k.lost += b.Lost
		for ch := range k.meters {
			k.meters[ch].WriteChannel(b.PCM, ch, format.Channels)
		}
		if format.Channels == 2 {
			k.pair.Write(b.PCM, 0, 1, 2)
		}
	}
	return k, nil
}

// oddClockPPM is how far a card's rate must be off to be worth a word. A fault is what is one
// while the card is open, see alsa.WrongPPM.
const oddClockPPM = 200

// rate judges the rate at which samples came, by the kernel's own times of its counts.
func (c *Report) rate(name string, nominalHz int, clock alsa.Clock) {
	if !clock.OK {
		return // it was listened to for too short a time
	}
	// What the ends of the time are good for.
	doubt := 1e3 / clock.Over.Seconds()
	off := math.Abs(clock.DriftPPM)
	state, fix := good, ""
	switch {
	case off > alsa.WrongPPM+doubt:
		state, fix = bad, "the bus has another clock than the driver thinks: check overlay and crystal, or ask for another sample_rate_hz"
	case off > oddClockPPM+doubt:
		state, fix = odd, "it is followed, and nothing is lost; a crystal is rarely that far off: check the overlay"
	}
	c.add("rate", state, fix, "%s: %.0f samples/s, %+.0f ppm from %d (measured to %.0f ppm)", name, clock.RateHz, clock.DriftPPM,
		nominalHz, doubt)
}
