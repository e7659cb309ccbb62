package replay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/message"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/model/modeltest"
	"github.com/auscult/auscult/agent/node"
	"github.com/auscult/auscult/agent/sensor"
	"github.com/auscult/auscult/agent/spool"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/wav"
)

const rate = 8000

// part is a stretch of sound: a tone at hz, or a converter's last bit at 0: what gives one
// value alone is dead.
type part struct{ seconds, hz float64 }

func sound(parts ...part) []int32 {
	var pcm []int32
	for _, p := range parts {
		for i := range int(p.seconds * rate) {
			pcm = append(pcm, int32(math.Round(1e9*math.Sin(2*math.Pi*p.hz*float64(i)/rate)))&^0xff|int32(i%2)<<8)
		}
	}
	return pcm
}

// episodes has an event that clears and one that the end cuts off.
func episodes() []int32 {
	return sound(part{2, 0}, part{2, 1000}, part{3.1, 0}, part{1.5, 2500})
}

// files writes a model and a recording with a second, silent channel.
func files(t *testing.T, pcm []int32) (modelPath, clip string) {
	t.Helper()
	dir := t.TempDir()
	modelPath, clip = filepath.Join(dir, "m.tflite"), filepath.Join(dir, "clip.wav")
	if err := os.WriteFile(modelPath, modeltest.Silent(t, modeltest.Profile(), nil), 0o600); err != nil {
		t.Fatal(err)
	}
	stereo := make([]int32, 2*len(pcm))
	for i, v := range pcm {
		stereo[2*i+1] = v
	}
	f, err := os.Create(clip)
	if err != nil {
		t.Fatal(err)
	}
	format := hw.Format{SampleRateHz: rate, Channels: 2, BitsPerSample: 24}
	if err := errors.Join(wav.Write(f, format, stereo), f.Close()); err != nil {
		t.Fatal(err)
	}
	return modelPath, clip
}

func configuration(modelPath, clip string) config.Config {
	c := config.Default()
	c.Node.ID, c.Model, c.MQTT.Broker = "test", modelPath, ""
	c.Decision.ThresholdRatio = 1.25
	c.Sources = []config.Source{{Name: "fan", Channel: 1, Sensor: &sensor.WAV{Path: clip, Paced: true, Loop: true}}}
	return c
}

// TestLikeTheLiveNode lets a node listen to a recording at the speed of the
// microphone, in synctest's time, and compares every field of its alerts with
// the replay's events.
func TestLikeTheLiveNode(t *testing.T) {
	modelPath, clip := files(t, episodes())
	c := configuration(modelPath, clip)
	m, err := model.Load(modelPath)
	if err != nil {
		t.Fatal(err)
	}
	got, err := File(t.Context(), Options{Decision: c.Decision.Setup(), Source: c.Sources[0].Setup(), Model: m}, clip)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Events) != 2 || got.Events[0].Over != string(decide.Cleared) ||
		got.Events[1].Over != string(decide.SourceEnded) {
		t.Fatalf("events %+v: want one that clears and one that the end cuts off", got.Events)
	}

	live := c
	live.Sources[0].Sensor.(*sensor.WAV).Loop = false
	live.Spool.Path = filepath.Join(t.TempDir(), "spool.db")
	var heard time.Time // when the first sample was
	var took time.Duration
	synctest.Test(t, func(t *testing.T) {
		heard = time.Now()
		n, err := node.New(node.Options{Config: live, Root: t.TempDir(), ExitWhenDone: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := n.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		took = time.Since(heard)
	})
	if took < 8600*time.Millisecond {
		t.Errorf("the live run took %v: it was not paced", took)
	}
	alerts := stored(t, live.Spool)
	if len(alerts) != 4 {
		t.Fatalf("%d alerts, want a start and an end for both events", len(alerts))
	}
	at := func(s Seconds) string {
		b, _ := json.Marshal(message.Time(heard.Add(time.Duration(s)))) // cannot fail
		return string(b)
	}
	for i, e := range got.Events {
		begun, over := alerts[2*i], alerts[2*i+1]
		for _, c := range []struct{ what, replay, live string }{
			{"alert", at(e.Alert), encode(t, begun.Time)},
			{"start", at(e.Start), encode(t, over.Start)},
			{"end", at(e.End), encode(t, over.End)},
			{"peak", at(e.Peak), encode(t, over.Peak.Time)},
			{"over_s", encode(t, message.Number(time.Duration(e.OverS).Seconds())), encode(t, over.OverS)},
			{"score", encode(t, message.Number(e.Score)), encode(t, over.Peak.Score)},
			{"ratio", encode(t, message.Number(e.Ratio)), encode(t, over.Peak.Ratio)},
			{"cause", e.Over, string(over.Cause)},
			{"bands", encode(t, e.Bands), encode(t, over.Bands)},
			{"detectors", encode(t, e.Detectors), encode(t, over.Detectors)},
			{"threshold", encode(t, message.Number(got.Threshold)), encode(t, over.Threshold)},
		} {
			if c.replay != c.live {
				t.Errorf("event %d: %s is %s, live %s", i, c.what, c.replay, c.live)
			}
		}
	}
}

func encode(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// stored reads the alerts that a node left on the disk, oldest first.
func stored(t *testing.T, c config.Spool) (alerts []message.Alert) {
	t.Helper()
	s, err := spool.Open(c.Path, spool.Options{MaxBytes: int64(c.MaxBytes), MaxRecords: c.MaxRecords})
	if err != nil {
		t.Fatal(err)
	}
	for r, ok := s.Next(nil); ok; r, ok = s.Next(nil) {
		var a message.Alert
		if err := errors.Join(json.Unmarshal(r.Payload, &a), s.Remove(r)); err != nil {
			t.Fatal(err)
		}
		alerts = append(alerts, a)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return alerts
}

// TestMemoryLikeFile plays the same samples from a file and from memory.
func TestMemoryLikeFile(t *testing.T) {
	pcm := episodes()
	modelPath, clip := files(t, pcm)
	m, err := model.Load(modelPath)
	if err != nil {
		t.Fatal(err)
	}
	o := For(m, 1)
	o.KeepObservations = true
	fromFile, err := File(t.Context(), o, clip)
	if err != nil {
		t.Fatal(err)
	}
	fromMemory, err := PCM(t.Context(), o, rate, pcm)
	if err != nil {
		t.Fatal(err)
	}
	fromFile.File = ""
	if !reflect.DeepEqual(fromFile, fromMemory) {
		t.Errorf("file %+v\nmemory %+v", fromFile, fromMemory)
	}
	if d := time.Duration(fromFile.Duration); d != 8600*time.Millisecond {
		t.Errorf("duration %v, want 8.6 s", d)
	}
	// Windows of 4 frames: (8.6 s - 256 samples)/128 + 1 = 536 frames, 134 windows, two an observation.
	if fromFile.Observations != 67 || len(fromFile.Scores) != 67 {
		t.Errorf("%d observations, %d scores", fromFile.Observations, len(fromFile.Scores))
	}
	highest := 0.0
	for _, s := range fromFile.Scores {
		highest = max(highest, s.Score)
	}
	if fromFile.MaxScore != highest || fromFile.MaxRatio != highest/400 {
		t.Errorf("highest score %g, ratio %g; want %g", fromFile.MaxScore, fromFile.MaxRatio, highest)
	}
	if text := encode(t, fromFile.Events[0].Start); strings.Contains(text, `"`) || !strings.HasPrefix(text, "2.0") {
		t.Errorf("the first event starts at %s, want a number just above 2", text)
	}
}

// TestHigherRate plays the same sound at twice the model's rate: the node
// converts it, and a second stays a second.
func TestHigherRate(t *testing.T) {
	m, err := model.Parse(modeltest.Silent(t, modeltest.Profile(), nil))
	if err != nil {
		t.Fatal(err)
	}
	want, err := PCM(t.Context(), For(m, 0), rate, episodes())
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]int32, 0, 2*len(episodes()))
	for _, p := range []part{{2, 0}, {2, 1000}, {3.1, 0}, {1.5, 2500}} {
		for i := range int(p.seconds * 2 * rate) {
			pcm = append(pcm, int32(math.Round(1e9*math.Sin(2*math.Pi*p.hz*float64(i)/(2*rate))))&^0xff|int32(i%2)<<8)
		}
	}
	clip := filepath.Join(t.TempDir(), "fast.wav")
	f, err := os.Create(clip)
	if err != nil {
		t.Fatal(err)
	}
	format := hw.Format{SampleRateHz: 2 * rate, Channels: 1, BitsPerSample: 24}
	if err := errors.Join(wav.Write(f, format, pcm), f.Close()); err != nil {
		t.Fatal(err)
	}
	got, err := File(t.Context(), For(m, 0), clip)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(time.Duration(got.Duration).Seconds()-8.6) > 1e-6 || len(got.Events) != len(want.Events) {
		t.Fatalf("%v long with %d events, want 8.6 s with %d", got.Duration, len(got.Events), len(want.Events))
	}
	for i, e := range got.Events {
		if d := time.Duration(e.Start - want.Events[i].Start).Abs(); d > 200*time.Millisecond {
			t.Errorf("event %d starts at %v, want %v", i, e.Start, want.Events[i].Start)
		}
	}
}

func TestSilenceHasNoEvents(t *testing.T) {
	m, err := model.Parse(modeltest.Silent(t, modeltest.Profile(), nil))
	if err != nil {
		t.Fatal(err)
	}
	r, err := PCM(t.Context(), For(m, 5), rate, sound(part{3, 0}))
	if err != nil || r.Alarm() || r.Observations == 0 || r.MaxRatio != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	if encode(t, r.Events) != "[]" {
		t.Errorf("no events are %s, want []", encode(t, r.Events))
	}
}

// TestDeadIsNotJudged says that a dead recording was not judged, which channel has sound, and how
// much of another is dead.
func TestDeadIsNotJudged(t *testing.T) {
	pcm := append(sound(part{2, 1000}), make([]int32, rate)...)
	modelPath, clip := files(t, pcm) // channel 0 is silent
	m, err := model.Load(modelPath)
	if err != nil {
		t.Fatal(err)
	}
	r, err := File(t.Context(), For(m, 0), clip)
	if err != nil || r.Observations != 0 || r.Alarm() {
		t.Fatalf("%+v, %v", r, err)
	}
	notes := strings.Join(r.Notes, "\n")
	for _, want := range []string{
		"not judged: it is silent", "3.0 s of one value were not judged",
		"channel 0 is silent, channel 1 has sound: use --channel 1",
	} {
		if !strings.Contains(notes, want) {
			t.Errorf("no %q in %q", want, r.Notes)
		}
	}
	r, err = File(t.Context(), For(m, 1), clip)
	if err != nil || r.Observations == 0 || len(r.Notes) != 1 ||
		!strings.Contains(r.Notes[0], "1.0 s of one value were not judged") {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestWhyNotJudged names why there is no verdict, of all that there is none of.
func TestWhyNotJudged(t *testing.T) {
	modelPath, _ := files(t, sound(part{1, 0}))
	m, err := model.Load(modelPath)
	if err != nil {
		t.Fatal(err)
	}
	loud := sound(part{0.1, 1000})
	pieces := slices.Clone(loud)
	for range 5 {
		pieces = append(append(pieces, make([]int32, rate)...), loud...)
	}
	for want, pcm := range map[string][]int32{
		"it is silent":                                     make([]int32, 3*rate),
		"it lasts 0.10 s, and the model's first":           loud,
		"nowhere in it is there sound for 0.14":            pieces,
		"it lasts 0.10 s, and the model's first observati": append(slices.Clone(loud), make([]int32, 3*rate)...),
	} {
		r, err := PCM(t.Context(), For(m, 0), rate, pcm)
		if err != nil || r.Judged || !strings.Contains(strings.Join(r.Notes, "\n"), "not judged: "+want) {
			t.Errorf("%+v, %v, want %q", r, err, want)
		}
	}
}

// TestNoNumbers gives a recording of floats none of which is a number.
func TestNoNumbers(t *testing.T) {
	modelPath, _ := files(t, sound(part{1, 0}))
	m, err := model.Load(modelPath)
	if err != nil {
		t.Fatal(err)
	}
	b := []byte("RIFF\xff\xff\xff\xffWAVEfmt \x10\x00\x00\x00\x03\x00\x01\x00" +
		"\x40\x1f\x00\x00\x00\x7d\x00\x00\x04\x00\x20\x00data\xff\xff\xff\xff")
	b = append(b, bytes.Repeat([]byte{0, 0, 0xc0, 0x7f}, rate)...)
	clip := filepath.Join(t.TempDir(), "nan.wav")
	if err := os.WriteFile(clip, b, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := File(t.Context(), For(m, 0), clip)
	if err != nil || r.Judged ||
		!strings.Contains(strings.Join(r.Notes, "\n"), "not judged: it has no sample that is a number") {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestRefuses(t *testing.T) {
	modelPath, clip := files(t, sound(part{1, 0}))
	m, err := model.Load(modelPath)
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(t.TempDir(), "cut.wav")
	whole, err := os.ReadFile(clip)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cut, whole[:len(whole)-600], 0o600); err != nil {
		t.Fatal(err)
	}
	if r, err := File(t.Context(), For(m, 1), cut); err != nil || len(r.Notes) != 1 ||
		!strings.Contains(r.Notes[0], "cut off") {
		t.Errorf("a recording that is cut off: %+v, %v", r, err)
	}
	if _, err := File(t.Context(), For(m, 2), clip); err == nil ||
		!strings.Contains(err.Error(), "has channels 0 to 1, not 2") {
		t.Errorf("channel 2 of two: %v", err)
	}
	if _, err := File(t.Context(), For(m, 0), modelPath); err == nil || !strings.Contains(err.Error(), "m.tflite") {
		t.Errorf("a model as recording: %v", err)
	}
	if _, err := PCM(t.Context(), For(m, 0), rate, nil); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("no samples: %v", err)
	}
	if _, err := PCM(t.Context(), For(m, 0), 0, sound(part{1, 0})); err == nil ||
		!strings.Contains(err.Error(), "0 samples per second") {
		t.Errorf("no rate: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := PCM(ctx, For(m, 0), rate, sound(part{1, 0})); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}
