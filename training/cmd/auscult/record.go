package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/recorder"
	"github.com/auscult/auscult/agent/sensor"
	"github.com/auscult/auscult/agent/setting"
	"github.com/auscult/auscult/dsp/level"
)

type recordCommand struct {
	Out string `arg:"" type:"path" help:"The recording to write, a WAV file."`

	Device   string        `placeholder:"NAME" help:"The microphone, as 'auscult devices' names it, or sim for a simulated pump. (the only one)"`
	Duration time.Duration `placeholder:"TIME" help:"How long to record, as 30s or 10m. (until Ctrl-C)"`
	Rate     int           `placeholder:"HZ" help:"Samples per second. (48000, or what the device has)"`
	Channels int           `placeholder:"N" help:"Channels: two microphones on one bus are left and right. (2, or what the device has)"`
	Split    time.Duration `placeholder:"TIME" help:"Begin a new file after each TIME, as 1h: pump-7-001.wav, pump-7-002.wav … (one file)"`
	Chip     string        `placeholder:"NAME" help:"Record an accelerometer instead, as adxl355, iis3dwb or lsm6dso (a wrong name lists them all); channels are x, y and z, with gravity."`
	Bus      string        `placeholder:"NAME" help:"The accelerometer's bus, as I2C1 or SPI0.0. (the first)"`
	Address  int           `placeholder:"N" help:"The accelerometer's address on I2C, as 0x53. (the chip's usual one)"`
	Range    int           `placeholder:"G" help:"The accelerometer's range in g, one of its data sheet's. (the widest)"`
	IIO      string        `name:"iio" placeholder:"NAME" help:"Record an accelerometer that the kernel drives, as 'auscult devices' names it."`
	Source   string        `placeholder:"NAME" help:"Record what a source of the configuration listens with, set as it is there: all channels."`
	Config   string        `type:"path" default:"/etc/auscult/auscultd.toml" placeholder:"FILE" help:"The node's configuration, for --source. (${default})"`
	JSON     bool          `name:"json" help:"Print the summary as JSON."`

	Overwrite bool   `help:"Replace a file that is there already."`
	Root      string `type:"path" default:"/" hidden:"" help:"Where /proc, /sys and /dev are."`
}

// Help shows a use.
func (recordCommand) Help() string {
	return `Records a microphone into a WAV file, all channels, as many bits as it gives. On a terminal it shows
the level of each channel, and says when the sound clips. What is written is what the sensor measures,
bit for bit; the constant that microphones add is taken away by whatever reads it. Ctrl-C ends the
recording and keeps it. The file notes which sensor and full scale it is of, how the mixer stood and
where samples were lost, so that what is learned of it fits a node whose sensor has another range.
The file can be read from its first second on, also when the program is
killed, the terminal closed or the disk full; beyond 4 GiB it becomes an RF64 file. Recordings of a
healthy machine are what 'auscult train' learns from.

Example:
  auscult record --duration 10m pump-7.wav
  auscult record --device hw:CARD=sndrpigooglevoi,DEV=0 pump-7.wav
  auscult record --split 1h --duration 24h pump-7.wav
  auscult record --chip iis3dwb --bus SPI0.0 --range 4 --duration 10m bearing.wav
  auscult record --source bearing --duration 10m bearing.wav`
}

// otherFormats are endings of names that promise what is not written.
var otherFormats = []string{
	".flac", ".mp3", ".ogg", ".oga", ".opus", ".m4a", ".aac", ".aif", ".aiff", ".aifc", ".au", ".snd", ".caf", ".w64",
	".raw", ".pcm", ".csv", ".tsv", ".txt", ".npy", ".npz", ".mat", ".parquet",
}

// Run records.
func (c *recordCommand) Run(ctx context.Context, std streams) error {
	if c.Duration < 0 || c.Rate < 0 || c.Rate > 768000 || c.Channels < 0 || c.Channels > 32 {
		return usageError{errors.New("record: --duration must not be negative, --rate at most 768000, --channels at most 32")}
	}
	if c.Split < 0 || c.Split > 0 && c.Split < time.Second {
		return usageError{fmt.Errorf("record: --split %v: must be 1s or more", c.Split)}
	}
	if ending := filepath.Ext(c.Out); slices.Contains(otherFormats, strings.ToLower(ending)) {
		return usageError{fmt.Errorf("record: %s: recordings are WAV, which loses nothing: name it %s",
			filepath.Base(c.Out), strings.TrimSuffix(filepath.Base(c.Out), ending)+".wav")}
	}
	from, channel, err := c.sensor()
	if err != nil {
		return err
	}
	if err := writable("record", nil, output{
		flag: "the recording", path: c.name(0), ending: ".wav", bytes: c.bytes(),
	}); err != nil {
		return err
	}
	if _, err := os.Stat(c.name(0)); err == nil && !c.Overwrite {
		return fmt.Errorf("record: %w", isThere(c.name(0)))
	}
	src, err := from.Open(ctx, sensor.Site{Root: c.Root, Channel: channel})
	if err != nil {
		return err
	}
	defer func() { _ = src.Halt() }() // what was read is good whatever closing says
	line := newLevelLine(std.err)
	sum, err := recorder.Record(ctx, src, recorder.Options{
		Duration: c.Duration, Split: c.Split, Create: c.create, Discard: os.Remove, Progress: line.update,
	})
	line.clear()
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	if sum.DurationS == 0 {
		why := sum.Early
		if why == nil {
			why = errors.New("no sample came before the end")
		}
		return errors.Join(fmt.Errorf("record: %w", why), os.Remove(sum.File)) // there is nothing in it
	}
	if c.JSON {
		err = printJSON(std.out, sum)
	} else {
		err = printRecording(std.out, &sum)
	}
	if sum.Early != nil {
		return fmt.Errorf("record: stopped early since %s: %w; what came before, %s, is in %s", sum.Stopped, sum.Early,
			time.Duration(sum.DurationS*float64(time.Second)).Round(10*time.Millisecond), parts(&sum))
	}
	return err
}

// parts says which files a recording is in.
func parts(s *recorder.Summary) string {
	if len(s.Files) < 2 {
		return s.File
	}
	return fmt.Sprintf("%d files, %s to %s", len(s.Files), s.Files[0], s.Files[len(s.Files)-1])
}

// name returns the name of a part's file.
func (c *recordCommand) name(part int) string {
	if c.Split == 0 {
		return c.Out
	}
	ending := filepath.Ext(c.Out)
	return fmt.Sprintf("%s-%03d%s", strings.TrimSuffix(c.Out, ending), part+1, ending)
}

func isThere(name string) error {
	return fmt.Errorf("%s is there already: name another file, or give --overwrite", name)
}

// bytes returns what a recording of a given duration takes at least, as far as the flags tell.
func (c *recordCommand) bytes() uint64 {
	const least = 2 // bytes of a value
	return uint64(c.Duration.Seconds() * float64(c.Rate) * float64(max(c.Channels, 1)) * least)
}

// create makes the file of a part. What is there already is not overwritten unasked.
func (c *recordCommand) create(part int) (recorder.File, string, error) {
	name := c.name(part)
	how := os.O_RDWR | os.O_CREATE | os.O_EXCL
	if c.Overwrite {
		how = os.O_RDWR | os.O_CREATE | os.O_TRUNC
	}
	f, err := os.OpenFile(name, how, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return nil, "", isThere(name)
	}
	if err != nil {
		return nil, "", err
	}
	return f, name, nil
}

// recordBuffer is how late the disk may be.
const recordBuffer = 2 * time.Second

// sensor returns what is to be recorded, and the highest channel that is needed of it.
func (c *recordCommand) sensor() (s sensor.Sensor, channel int, err error) {
	given := 0
	for _, is := range []bool{c.Source != "", c.Chip != "", c.IIO != "", c.Device != ""} {
		if is {
			given++
		}
	}
	switch {
	case c.Chip != "" && (c.Device != "" || c.Channels != 0),
		c.Chip == "" && (c.Bus != "" || c.Address != 0 || c.Range != 0):
		return nil, 0, usageError{errors.New("record: --chip and --bus name an accelerometer: --address and --range go with " +
			"them, --device and --channels belong to microphones")}
	case given > 1:
		return nil, 0, usageError{errors.New("record: give one of --device, --chip, --iio and --source")}
	case c.Source != "":
		return c.ofConfiguration()
	case c.Device == "sim":
		long := setting.Duration(c.Duration)
		return &sensor.Sim{SampleRateHz: c.Rate, Channels: c.Channels, Duration: long, Paced: true}, 0, nil
	case c.Chip != "":
		s = &sensor.Accel{Chip: c.Chip, Bus: c.Bus, SampleRateHz: c.Rate, Address: c.Address, RangeG: c.Range}
		if p := s.Validate(0); p != nil && p.Key != "chip" {
			flag := map[string]string{"range_g": "range", "sample_rate_hz": "rate"}
			return nil, 0, usageError{fmt.Errorf("record: --%s: %s", cmp.Or(flag[p.Key], p.Key), p.Text)}
		}
		return s, 0, nil
	case c.IIO != "":
		return &sensor.IIO{Device: c.IIO, SampleRateHz: c.Rate}, 0, nil
	}
	return &sensor.ALSA{Device: c.Device, SampleRateHz: c.Rate, Channels: c.Channels, Buffer: recordBuffer}, 0, nil
}

// ofConfiguration returns what a source of the configuration listens with: what is learned from
// is then what will be heard, at the same rate and range, with what other sources ask of the same
// device.
func (c *recordCommand) ofConfiguration() (s sensor.Sensor, channel int, err error) {
	if c.Rate != 0 || c.Channels != 0 {
		return nil, 0, usageError{errors.New("record: --source has its rate and channels from the configuration")}
	}
	settings, err := config.Load(c.Config)
	if err != nil {
		return nil, 0, err
	}
	if _, err := settings.Find(c.Source); err != nil {
		return nil, 0, usageError{err}
	}
	members := settings.Members()
	for _, d := range sensor.Join(c.Root, members) {
		if slices.ContainsFunc(d.Members, func(i int) bool { return members[i].Name == c.Source }) {
			s, channel = d.Sensor, d.Channel
		}
	}
	switch is := s.(type) {
	case *sensor.ALSA:
		is.Buffer = recordBuffer
	case *sensor.Sim:
		is.Paced = true // it has no end of its own
	}
	return s, channel, nil
}

func printRecording(w io.Writer, s *recorder.Summary) error {
	var text strings.Builder
	fmt.Fprintf(&text, "%s: %.1f s of %s, %d Hz, %d channels, %d bit\n", filepath.Base(s.File), s.DurationS, s.Device,
		s.RateHz, len(s.Channels), s.Bits)
	if len(s.Files) > 0 {
		fmt.Fprintf(&text, "  %d files, the last is %s\n", len(s.Files), filepath.Base(s.Files[len(s.Files)-1]))
	}
	if s.Stopped != recorder.TimeOver {
		fmt.Fprintf(&text, "  ended since %s\n", s.Stopped)
	}
	if s.FullG > 0 {
		fmt.Fprintf(&text, "  full scale is %.4g g\n", s.FullG)
	}
	for _, ch := range s.Channels {
		fmt.Fprintf(&text, "  %-10s %s\n", ch.Channel, &ch)
	}
	for _, warning := range s.Warnings {
		fmt.Fprintf(&text, "  warning: %s\n", warning)
	}
	_, err := io.WriteString(w, text.String())
	return err
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
