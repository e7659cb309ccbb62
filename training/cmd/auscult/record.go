package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/agent/accelerometer"
	"github.com/auscult/auscult/agent/atomicfile"
	"github.com/auscult/auscult/agent/microphone"
	"github.com/auscult/auscult/dsp/level"
	"github.com/auscult/auscult/dsp/resample"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/alsa"
	"github.com/auscult/auscult/hw/sim"
	"github.com/auscult/auscult/hw/wav"
)

type recordCommand struct {
	Out string `arg:"" type:"path" help:"The recording to write, a WAV file."`

	Device   string        `placeholder:"NAME" help:"The microphone, as 'auscult devices' names it, or sim for a simulated pump. (the only one)"`
	Duration time.Duration `placeholder:"TIME" help:"How long to record, as 30s or 10m. (until Ctrl-C)"`
	Rate     int           `placeholder:"HZ" help:"Samples per second. (48000, or what the device has)"`
	Channels int           `placeholder:"N" help:"Channels: two microphones on one bus are left and right. (2, or what the device has)"`
	Raw      bool          `help:"Keep the constant that a microphone adds. (removed, as the node removes it)"`
	Chip     string        `placeholder:"NAME" help:"Record an accelerometer instead: adxl345, iis3dwb, lis3dh or mpu6050; channels are x, y and z, without gravity."`
	Bus      string        `placeholder:"NAME" help:"The accelerometer's bus, as I2C1 or SPI0.0. (the first)"`
	JSON     bool          `name:"json" help:"Print the summary as JSON."`
	Root     string        `type:"path" default:"/" hidden:"" help:"Where /proc, /sys and /dev are."`
}

// Help shows a use.
func (recordCommand) Help() string {
	return `Records a microphone into a WAV file, all channels, as many bits as it gives. On a terminal it shows
the level of each channel, and says when the sound clips. What is written is what a node hears: without
the constant that such microphones add. Ctrl-C ends the recording and keeps it; the
file appears under its name only when it is complete. Recordings of a healthy machine are what
'auscult train' learns from.

Example:
  auscult record --duration 10m pump-7.wav
  auscult record --device hw:CARD=sndrpigooglevoi,DEV=0 pump-7.wav
  auscult record --chip iis3dwb --bus SPI0.0 --duration 10m bearing.wav`
}

// recordChannel is what was measured on one channel.
type recordChannel struct {
	Channel  string   `json:"channel"`
	RMSDBFS  *float64 `json:"rms_dbfs"` // null is silence
	PeakDBFS *float64 `json:"peak_dbfs"`
	DC       float64  `json:"dc"` // full scale 1
	Clipped  uint64   `json:"clipped"`
}

// recordSummary is what the command prints.
type recordSummary struct {
	File      string          `json:"file"`
	Device    string          `json:"device"`
	RateHz    int             `json:"sample_rate_hz"`
	Bits      int             `json:"bits_per_sample"`
	DurationS float64         `json:"duration_s"`
	Lost      uint64          `json:"lost_samples"`
	FullG     float64         `json:"full_scale_g,omitempty"` // of an accelerometer
	Channels  []recordChannel `json:"channels"`
	Warnings  []string        `json:"warnings"`
}

// maxRecordBytes is where a WAV file ends.
const maxRecordBytes uint64 = math.MaxUint32 - 1<<20

// Run records.
func (c *recordCommand) Run(ctx context.Context, std streams) error {
	if c.Duration < 0 || c.Rate < 0 || c.Rate > 768000 || c.Channels < 0 || c.Channels > 32 {
		return usageError{errors.New("record: --duration must not be negative, --rate at most 768000, --channels at most 32")}
	}
	if c.Chip != "" && (c.Device != "" || c.Channels != 0 || c.Raw) || c.Chip == "" && c.Bus != "" {
		return usageError{errors.New("record: --chip and --bus name an accelerometer: --device, --channels and --raw belong to microphones")}
	}
	src, err := c.open()
	if err != nil {
		return err
	}
	defer func() { _ = src.Halt() }() // what was read is good whatever closing says
	var sum recordSummary
	var failed error
	err = atomicfile.Write(c.Out, 0o644, func(w io.Writer) error {
		file, ok := w.(io.WriteSeeker)
		if !ok {
			return errors.ErrUnsupported
		}
		sum, failed, err = c.record(ctx, std, src, file)
		return err
	})
	if err != nil {
		return fmt.Errorf("record: write %s: %w", c.Out, err)
	}
	if c.JSON {
		enc := json.NewEncoder(std.out)
		enc.SetIndent("", "  ")
		err = enc.Encode(sum)
	} else {
		err = sum.print(std.out)
	}
	if failed != nil {
		return fmt.Errorf("record: stopped early, %s has what came before: %w", c.Out, failed)
	}
	return err
}

// open opens what is to be recorded.
func (c *recordCommand) open() (hw.Source, error) {
	if c.Device == "sim" {
		o := sim.Options{SampleRateHz: c.Rate, Channels: c.Channels, Duration: c.Duration, Paced: true}
		return sim.New(o)
	}
	if c.Chip != "" {
		return accelerometer.Open(accelerometer.Options{Chip: c.Chip, Bus: c.Bus, SampleRateHz: c.Rate})
	}
	return alsa.Open(c.Device, alsa.Options{
		FS: c.Root, Rate: physic.Frequency(c.Rate) * physic.Hertz, Channels: c.Channels, Buffer: 2 * time.Second,
	})
}

// record writes what src gives until the time is over, the context ends or the file
// is full. Failed is why the source ended; what came before it is good.
func (c *recordCommand) record(ctx context.Context, std streams, src hw.Source, file io.WriteSeeker) (sum recordSummary, failed, err error) {
	format := src.Format()
	stored := format
	stored.BitsPerSample = (format.BitsPerSample + 7) / 8 * 8
	stored.BitsPerSample = max(stored.BitsPerSample, 16)
	w, err := wav.NewWriter(file, stored)
	if err != nil {
		return sum, nil, err
	}
	most := maxRecordBytes / uint64(stored.BitsPerSample/8*format.Channels)
	if c.Duration > 0 {
		most = min(most, uint64(math.Ceil(c.Duration.Seconds()*float64(format.SampleRateHz))))
	}
	keep, err := c.keeper(src)
	if err != nil {
		return sum, nil, err
	}
	meters, now := newMeters(format), newMeters(format)
	var pair level.Pair // of two microphones
	show := newLevelLine(std.err)
	b := hw.Block{PCM: make([]int32, format.Channels*max(format.SampleRateHz/50, 1))}
	silence := make([]int32, len(b.PCM))
	var done, lost uint64
	for done < most && ctx.Err() == nil && failed == nil {
		if err := src.Read(ctx, &b); err != nil {
			if ctx.Err() == nil && !errors.Is(err, io.EOF) {
				failed = err
			}
			break
		}
		// A gap stays a gap, so that what follows is at its time.
		for gap := min(b.Lost, most-done); gap > 0; {
			n := min(gap, uint64(len(silence)/format.Channels))
			if err := w.Write(silence[:int(n)*format.Channels]); err != nil {
				return sum, nil, err
			}
			gap -= n
			done += n
		}
		lost += b.Lost
		pcm := b.PCM[:min(uint64(len(b.PCM)), (most-done)*uint64(format.Channels))]
		// The meters see what the converter gave: its constant, and where it clips.
		for ch := range meters {
			meters[ch].WriteChannel(pcm, ch, format.Channels)
			now[ch].WriteChannel(pcm, ch, format.Channels)
		}
		if format.Channels == 2 {
			pair.Write(pcm, 0, 1, 2)
		}
		keep(pcm)
		if err := w.Write(pcm); err != nil {
			return sum, nil, err
		}
		done += uint64(len(pcm) / format.Channels)
		show.update(now, time.Duration(done)*time.Second/time.Duration(format.SampleRateHz), lost)
	}
	show.clear()
	if err := w.Close(); err != nil {
		return sum, nil, err
	}
	if done == 0 && failed == nil {
		failed = errors.New("no sample came")
	}
	sum = recordSummary{
		File: c.Out, Device: src.String(), RateHz: format.SampleRateHz, Bits: stored.BitsPerSample,
		DurationS: float64(done) / float64(format.SampleRateHz), Lost: lost,
	}
	if sensor, ok := src.(*accelerometer.Source); ok {
		sum.FullG = float64(sensor.Config().FullScaleMicroG) / 1e6
	}
	sum.measure(meters, channelNames(src, format.Channels))
	sum.compare(&pair)
	return sum, failed, nil
}

// keeper returns what is done to samples before they are kept: a card's constant is
// removed as the node removes it, so that training hears what the node hears.
func (c *recordCommand) keeper(src hw.Source) (func(pcm []int32), error) {
	if _, ok := src.(*alsa.Source); !ok || c.Raw {
		return func([]int32) {}, nil
	}
	f := src.Format()
	steady, err := resample.NewDCBlockers(f.Channels, f.SampleRateHz, microphone.CornerHz)
	if err != nil {
		return nil, err
	}
	return steady.Process, nil
}

// channelNames returns what the channels of a source are called.
func channelNames(src hw.Source, channels int) []string {
	names := make([]string, channels)
	if mic, ok := src.(*alsa.Source); ok {
		for i, ch := range mic.ChannelMap() {
			names[i] = ch.String()
		}
		return names
	}
	_, isSensor := src.(*accelerometer.Source)
	for i := range names {
		names[i] = fmt.Sprint("channel ", i)
		if isSensor {
			names[i] = string("xyz"[i])
		}
	}
	return names
}

func newMeters(f hw.Format) []*level.Meter {
	meters := make([]*level.Meter, f.Channels)
	for i := range meters {
		meters[i] = level.NewMeter(f.BitsPerSample)
	}
	return meters
}

// quietDBFS is below any microphone's own noise near a machine.
const quietDBFS = -80

// measure takes the meters into the summary, with what is wrong.
func (s *recordSummary) measure(meters []*level.Meter, names []string) {
	s.Warnings = []string{}
	for i, m := range meters {
		ch := recordChannel{Channel: names[i], RMSDBFS: finite(m.ACRMSDBFS()), PeakDBFS: finite(m.PeakDBFS()), DC: m.DC(), Clipped: m.Clipped()}
		s.Channels = append(s.Channels, ch)
		switch {
		case ch.RMSDBFS == nil:
			s.Warnings = append(s.Warnings, ch.Channel+" is dead: every sample has the same value; choose another channel, or check its wires")
		case *ch.RMSDBFS < quietDBFS:
			s.Warnings = append(s.Warnings, fmt.Sprintf("%s is very quiet (%.0f dBFS): move the microphone nearer", ch.Channel, *ch.RMSDBFS))
		}
		for _, fault := range m.Faults(level.DefaultLimits(s.RateHz)) {
			if fault.Code == level.Stuck || fault.Code == level.Offset {
				s.Warnings = append(s.Warnings, fmt.Sprintf("%s: %s; check its wires and its supply", ch.Channel, fault.Text))
			}
		}
		if ch.Clipped > 0 {
			s.Warnings = append(s.Warnings, fmt.Sprintf("%s clipped at %d samples: move the microphone away, or lower its gain", ch.Channel, ch.Clipped))
		}
	}
	if s.Lost > 0 {
		s.Warnings = append(s.Warnings, fmt.Sprintf("%d samples were lost; the gaps are silent", s.Lost))
	}
}

// compare says when two channels are no two microphones.
func (s *recordSummary) compare(pair *level.Pair) {
	switch {
	case pair.Identical():
		s.Warnings = append(s.Warnings, "both channels are the same to the last bit: there is one microphone, or the driver copies one over the other")
	case pair.Inverted():
		s.Warnings = append(s.Warnings, "the channels differ in their sign only: there is one microphone, wired to both")
	}
}

// finite returns x, nil for what JSON cannot say.
func finite(x float64) *float64 {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return nil
	}
	return &x
}

func (s *recordSummary) print(w io.Writer) error {
	var text strings.Builder
	fmt.Fprintf(&text, "%s: %.1f s of %s, %d Hz, %d channels, %d bit\n", filepath.Base(s.File), s.DurationS, s.Device, s.RateHz, len(s.Channels), s.Bits)
	if s.FullG > 0 {
		fmt.Fprintf(&text, "  full scale is %.4g g\n", s.FullG)
	}
	for _, ch := range s.Channels {
		fmt.Fprintf(&text, "  %-10s level %s dBFS, peak %s dBFS, DC %+.4f\n", ch.Channel, decibels(ch.RMSDBFS), decibels(ch.PeakDBFS), ch.DC)
	}
	for _, warning := range s.Warnings {
		fmt.Fprintf(&text, "  warning: %s\n", warning)
	}
	_, err := io.WriteString(w, text.String())
	return err
}

func decibels(x *float64) string {
	if x == nil {
		return "-inf"
	}
	return fmt.Sprintf("%.1f", *x)
}

// levelLine shows the present levels on a terminal, and nothing elsewhere.
type levelLine struct {
	w     io.Writer // nil when it is no terminal
	shown time.Time
}

func newLevelLine(w io.Writer) *levelLine {
	if !isTerminal(w) {
		return &levelLine{}
	}
	return &levelLine{w: w}
}

// update shows what the meters measured since it last did.
func (l *levelLine) update(meters []*level.Meter, at time.Duration, lost uint64) {
	now := time.Now()
	if l.w == nil || now.Sub(l.shown) < 100*time.Millisecond {
		return
	}
	l.shown = now
	var text strings.Builder
	fmt.Fprintf(&text, "\r\x1b[K%7.1f s ", at.Seconds())
	for _, m := range meters {
		const width = 20
		peak := m.PeakDBFS()
		filled := min(max(int((peak+60)/60*width), 0), width)
		fmt.Fprintf(&text, " %s%s %6.1f dBFS", strings.Repeat("█", filled), strings.Repeat("░", width-filled), max(peak, -99))
		if m.Clipped() > 0 {
			text.WriteString(" CLIPS")
		}
		m.Reset()
	}
	if lost > 0 {
		fmt.Fprintf(&text, "  %d lost", lost)
	}
	_, _ = io.WriteString(l.w, text.String()) // the recording matters more than the picture
}

// clear takes the line away.
func (l *levelLine) clear() {
	if l.w != nil {
		_, _ = io.WriteString(l.w, "\r\x1b[K")
	}
}
