package sensor

import (
	"context"

	"github.com/auscult/auscult/agent/setting"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/wav"
)

// WAV is a recording.
type WAV struct {
	Path  string `toml:"path"`
	Paced bool   `toml:"paced"` // as fast as it was recorded, not as fast as possible
	Loop  bool   `toml:"loop"`  // start over at the end
}

// Validate is Sensor's.
func (w *WAV) Validate(int) *setting.Problem {
	if w.Path == "" {
		return setting.Wrong("path", "is missing: name the recording")
	}
	return nil
}

// Open is Sensor's.
func (w *WAV) Open(_ context.Context, at Site) (hw.Source, error) {
	r, err := wav.Open(w.Path, wav.Options{Paced: w.Paced, Now: at.Now})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Repeats is Repeater's.
func (w *WAV) Repeats() bool { return w.Loop }

// Paths is Filed's.
func (w *WAV) Paths() []*string { return []*string{&w.Path} }
