package replay

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/wav"
)

// TestSeries gives an alarm over recordings each of which is shorter than one takes, and says in which it is worst.
func TestSeries(t *testing.T) {
	modelPath, _ := files(t, sound(part{1, 0}))
	m, err := model.Load(modelPath)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var paths []string
	write := func(name string, rateHz int, pcm []int32) {
		path := filepath.Join(dir, name)
		paths = append(paths, path)
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		format := hw.Format{SampleRateHz: rateHz, Channels: 1, BitsPerSample: 32}
		if err := errors.Join(wav.Write(f, format, pcm), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	o := For(m, 0)
	for i := range 12 {
		if i == 5 {
			write("05 odd.wav", rate/2, sound(part{0.15, 1000}))
			continue
		}
		write(fmt.Sprintf("%02d.wav", i), rate, sound(part{0.15, 1000}))
		r, err := File(t.Context(), o, paths[i])
		if err != nil || r.Alarm() || r.Observations != 1 || r.Duration >= Seconds(m.Settings.FirstAlarm()) {
			t.Fatalf("alone: %+v, %v; an alarm takes %v", r, err, m.Settings.FirstAlarm())
		}
	}
	left := map[string]string{}
	r, err := Series(t.Context(), o, dir, paths, func(path string, err error) error {
		left[filepath.Base(path)] = err.Error()
		return nil
	})
	if err != nil || len(r.Events) != 1 || r.Files != 11 || r.File != dir || r.Observations != 11 {
		t.Fatalf("%+v, %v", r, err)
	}
	if e := r.Events[0]; !strings.HasSuffix(e.File, ".wav") || e.Suspicious != 11 {
		t.Errorf("%+v", e)
	}
	if len(left) != 1 || !strings.Contains(left["05 odd.wav"], "4000 Hz") {
		t.Errorf("left out: %v", left)
	}
	if len(r.Notes) > 0 {
		t.Errorf("notes: %q", r.Notes)
	}
	if _, err := Series(t.Context(), o, dir, nil, nil); !errors.Is(err, io.EOF) {
		t.Errorf("nothing: %v", err)
	}
}
