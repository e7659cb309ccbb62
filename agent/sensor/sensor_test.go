package sensor

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/setting"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/alsa"
	"github.com/auscult/auscult/hw/wav"
)

// TestKinds holds the registry and the types together: every key has a tag, defaults
// that are wrong name a key that the kind has, and nothing is opened without error where
// there is nothing.
func TestKinds(t *testing.T) {
	empty := t.TempDir()
	for _, name := range Kinds().Names() {
		kind, ok := Kinds().Find(name)
		if !ok || kind.Name != name {
			t.Fatalf("%q was not found: %+v", name, kind)
		}
		keys := kind.Keys()
		if len(keys) == 0 || slices.Contains(keys, "") {
			t.Errorf("%s has the keys %q", name, keys)
		}
		for _, own := range []string{"name", "type", "model", "channel", "without_detectors", "condition"} {
			if slices.Contains(keys, own) {
				t.Errorf("%s takes %q, which every source has", name, own)
			}
		}
		s := kind.New()
		if p := s.Validate(0); p != nil && !slices.Contains(keys, p.Key) {
			t.Errorf("%s: %+v is about none of its keys %q", name, p, keys)
		}
		if name == "sim" {
			continue
		}
		if src, err := s.Open(t.Context(), Site{Root: empty}); err == nil || src != nil {
			t.Errorf("%s: opened %v where there is nothing, error %v", name, src, err)
		}
	}
	if _, ok := Kinds().Find("jack"); ok {
		t.Error("a kind that nobody registered was found")
	}
	if got := Kinds().Owners("device"); !slices.Equal(got, []string{"alsa", "iio"}) {
		t.Errorf("device belongs to %q", got)
	}
}

func TestRegisteredTwice(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("two kinds of one name were registered")
		}
	}()
	k := Kind{"a", func() Sensor { return &WAV{} }}
	NewRegistry(k, k)
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		s       Sensor
		channel int
		want    setting.Problem
	}{
		{&ALSA{}, 0, setting.Problem{Key: "device", Text: "is missing"}},
		{&ALSA{Device: "hw:0", SampleRateHz: 999}, 0, setting.Problem{Key: "sample_rate_hz", Text: "1000 to 768000"}},
		{&ALSA{Device: "hw:0", SampleRateHz: 768_001}, 0, setting.Problem{Key: "sample_rate_hz", Text: "1000 to 768000"}},
		{&ALSA{Device: "hw:0", CalibrationMVPerG: 100}, 0, setting.Problem{Key: "full_scale_v", Text: "is missing"}},
		{&ALSA{Device: "hw:0", FullScaleV: 1}, 0, setting.Problem{Key: "calibration_mv_per_g", Text: "is missing"}},
		{&ALSA{Device: "hw:0", FullScaleV: 1, FullScaleG: 2}, 0, setting.Problem{Key: "full_scale_g", Text: "or these two"}},
		{&ALSA{Device: "hw:0", FullScaleG: -1}, 0, setting.Problem{Key: "full_scale_g", Text: "above 0"}},
		{&ALSA{Device: "hw:0", FullScaleG: math.NaN()}, 0, setting.Problem{Key: "full_scale_g", Text: "above 0"}},
		{
			&ALSA{Device: "hw:0", CalibrationMVPerG: 1e-9, FullScaleV: 10}, 0,
			setting.Problem{Key: "full_scale_v", Text: "no sensor measures more"},
		},
		{&Accel{Chip: "lis3dh", SampleRateHz: -1}, 0, setting.Problem{Key: "sample_rate_hz", Text: "data sheet"}},
		{&Accel{Chip: "lis3dh", SampleRateHz: 100_001}, 0, setting.Problem{Key: "sample_rate_hz", Text: "data sheet"}},
		{&Accel{Chip: "lis3dh", SampleRateHz: 3200}, 0, setting.Problem{Key: "sample_rate_hz", Text: "1344, 400"}},
		{&Accel{Chip: "adxl345", SampleRateHz: 3200}, 0, setting.Problem{Key: "sample_rate_hz", Text: "need SPI"}},
		{&Accel{Chip: "kx134", RangeG: 2}, 0, setting.Problem{Key: "range_g", Text: "8, 16, 32, 64 or 0 (the widest)"}},
		{&Accel{Chip: "adxl355", RangeG: 16}, 0, setting.Problem{Key: "range_g", Text: "must be 2, 4, 8 or 0"}},
		{&Accel{Chip: "lis3dh", Address: 7}, 0, setting.Problem{Key: "address", Text: "0x08 to 0x77"}},
		{&Accel{Chip: "lis3dh"}, 3, setting.Problem{Key: "channel", Text: "0 for x"}},
		{&IIO{Device: "a", SampleRateHz: -1}, 0, setting.Problem{Key: "sample_rate_hz", Text: "to 100000"}},
		{&IIO{Device: "a", SampleRateHz: 100_001}, 0, setting.Problem{Key: "sample_rate_hz", Text: "to 100000"}},
		{&IIO{Device: "a"}, 3, setting.Problem{Key: "channel", Text: "0 for x"}},
		{&Sim{SampleRateHz: 1}, 0, setting.Problem{Key: "sample_rate_hz", Text: "1000 to 768000"}},
		{&Sim{ShaftHz: .5}, 0, setting.Problem{Key: "shaft_hz", Text: "1 to 200"}},
		{&Sim{ShaftHz: 201}, 0, setting.Problem{Key: "shaft_hz", Text: "1 to 200"}},
		{&Sim{Duration: -1}, 0, setting.Problem{Key: "duration", Text: "below 0"}},
		{&Sim{Seed: -1}, 0, setting.Problem{Key: "seed", Text: "negative"}},
		{&Sim{Fault: "x"}, 0, setting.Problem{Key: "fault", Text: `"bearing"`}},
		{&Sim{FaultAt: -1}, 0, setting.Problem{Key: "fault_at", Text: "negative"}},
		{&Sim{FaultFor: -1}, 0, setting.Problem{Key: "fault_for", Text: "negative"}},
		{&Sim{FaultLevelDB: 41}, 0, setting.Problem{Key: "fault_level_db", Text: "-60 to 40"}},
		{&Sim{FaultLevelDB: -61}, 0, setting.Problem{Key: "fault_level_db", Text: "-60 to 40"}},
	} {
		p := c.s.Validate(c.channel)
		if p == nil || p.Key != c.want.Key || !strings.Contains(p.Text, c.want.Text) {
			t.Errorf("%+v, channel %d: %+v, want %+v", c.s, c.channel, p, c.want)
		}
	}
	for _, s := range []Sensor{
		&ALSA{Device: "hw:0", CalibrationMVPerG: 100, FullScaleV: 2.5}, &ALSA{Device: "hw:0", FullScaleG: 50},
		&ALSA{Device: "hw:0", SampleRateHz: 1000}, &ALSA{Device: "hw:0", SampleRateHz: 768_000},
		&Accel{Chip: "lis3dh", Address: 0x08, RangeG: 16, SampleRateHz: 5376}, &Accel{Chip: "lis3dh", Address: 0x77},
		&Accel{Chip: "adxl345", SampleRateHz: 3200, Bus: "SPI0.0"}, &Accel{Chip: "lsm6dso", SampleRateHz: 6660},
		&IIO{Device: "a"}, &IIO{Device: "a", SampleRateHz: 100_000},
		&Sim{}, &Sim{ShaftHz: 1, FaultLevelDB: 40}, &Sim{ShaftHz: 200, FaultLevelDB: -60}, &WAV{Path: "a"},
	} {
		if p := s.Validate(2); p != nil {
			t.Errorf("%+v: %+v", s, p)
		}
	}
}

// TestSim opens the simulated pump healthy and with every fault, with the channel that
// is listened to.
func TestSim(t *testing.T) {
	for _, f := range append([]string{""}, simFaults...) {
		s := Sim{Fault: f}
		if p := s.Validate(0); p != nil {
			t.Errorf("fault %q: %+v", f, p)
		}
		src, err := s.Open(t.Context(), Site{Channel: 2})
		if err != nil {
			t.Errorf("fault %q: %v", f, err)
			continue
		}
		if n := src.Format().Channels; n != 3 {
			t.Errorf("%d channels, want 3", n)
		}
		if got := ChannelNames(src); !slices.Equal(got, []string{"channel 0", "channel 1", "channel 2"}) {
			t.Errorf("channels %q", got)
		}
		if err := src.Halt(); err != nil {
			t.Error(err)
		}
	}
}

func TestWAV(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clip.wav")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(wav.Write(f, hw.Format{SampleRateHz: 8000, Channels: 1, BitsPerSample: 16}, make([]int32, 80)),
		f.Close()); err != nil {
		t.Fatal(err)
	}
	begin := time.Unix(1e9, 0)
	w := WAV{Path: path, Loop: true}
	src, err := w.Open(t.Context(), Site{Now: func() time.Time { return begin }})
	if err != nil {
		t.Fatal(err)
	}
	b := hw.Block{PCM: make([]int32, 100)}
	if err := src.Read(t.Context(), &b); err != nil || len(b.PCM) != 80 || !b.Time.Equal(begin) {
		t.Errorf("%d samples at %v, %v", len(b.PCM), b.Time, err)
	}
	if !w.Repeats() || *w.Paths()[0] != path {
		t.Errorf("repeats %v, paths %v", w.Repeats(), w.Paths())
	}
	if err := src.Halt(); err != nil {
		t.Error(err)
	}
}

// TestRoot looks for devices below the root that is given, and there alone.
func TestRoot(t *testing.T) {
	root := t.TempDir()
	_, err := (&ALSA{Device: "hw:CARD=surely-not-there,DEV=0"}).Open(t.Context(), Site{Root: root})
	var problem *alsa.Problem
	if !errors.As(err, &problem) && !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want a problem with its fix", err)
	}
	if _, err := (&IIO{Device: "iio:device0"}).Open(t.Context(), Site{Root: root}); err == nil ||
		!strings.HasPrefix(err.Error(), "sensor: iio: ") {
		t.Errorf("error %v", err)
	}
}

// TestPrepare sets up what the kernel drives, and says which source it cannot.
func TestPrepare(t *testing.T) {
	root := t.TempDir()
	shared := NewShared([]Member{
		{"a", &WAV{Path: "a"}, 0}, {"b", &IIO{Device: "iio:device0"}, 0}, {"c", &ALSA{Device: "hw:0"}, 0},
	})
	got := fmt.Sprint(shared.Prepare(Site{Root: root}, os.Getgid()))
	if !strings.HasPrefix(got, "source b: sensor: iio: ") || strings.Contains(got, "source c") {
		t.Errorf("error %v", got)
	}
	files := map[string]string{
		"name": "adxl355", "in_accel_x_raw": "0", "in_accel_scale": "0.01", "sampling_frequency": "100",
		"buffer/enable": "0", "buffer/length": "2", "scan_elements/in_timestamp_en": "0",
		"scan_elements/in_timestamp_index": "3", "scan_elements/in_timestamp_type": "le:s64/64>>0",
	}
	for i, axis := range []string{"x", "y", "z"} {
		element := "scan_elements/in_accel_" + axis
		files[element+"_en"], files[element+"_index"], files[element+"_type"] = "0", string(rune('0'+i)), "le:s16/16>>0"
	}
	folder := filepath.Join(root, "sys/bus/iio/devices/iio:device0")
	node := filepath.Join(root, "dev/iio:device0")
	write := func(name, text string) {
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range files {
		write(filepath.Join(folder, name), text)
	}
	write(node, "")
	if err := shared.Prepare(Site{Root: root}, os.Getgid()); err != nil {
		t.Fatal(err)
	}
	if on, err := os.ReadFile(filepath.Join(folder, "buffer/enable")); err != nil || string(on) != "1" {
		t.Errorf("the buffer's switch holds %q, %v", on, err)
	}
	if info, err := os.Stat(node); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}
