package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/health"
	"github.com/auscult/auscult/dsp"
)

// MetadataName is the name of the TFLite metadata entry that holds Settings.
const MetadataName = "auscult"

// SettingsVersion is the version of the settings that this package writes. It reads version 1
// too, which is the same without a checksum in the file.
const SettingsVersion = 2

// Layout is the order of a window's cells in the model's input tensor.
type Layout string

// Layouts of a window.
const (
	// FrameMajor puts one frame after the other, each with its bands from low
	// to high: the dense models' [1, frames*bands].
	FrameMajor Layout = "frame_major"
	// BandMajor puts one band after the other, each with its frames in time
	// order: the convolutional models' [1, bands, frames, 1].
	BandMajor Layout = "band_major"
)

// Window says how frames become one model input.
type Window struct {
	Frames       int    `json:"frames"`        // frames in one window
	StrideFrames int    `json:"stride_frames"` // frames between the starts of two windows
	Layout       Layout `json:"layout"`
}

// Count returns how many windows there are in a row of frames.
func (w Window) Count(frames int) int {
	if frames < w.Frames {
		return 0
	}
	return (frames-w.Frames)/w.StrideFrames + 1
}

// Detector says how windows become a score.
type Detector struct {
	// PoolWindows is how many consecutive windows make one observation, 1 to 4096: their
	// squared residuals and what else is known of them are pooled before they are scored.
	PoolWindows int
	detect.Ensemble
}

// NormalStats describes the normal sound that the model learned.
type NormalStats struct {
	Clips         int     `json:"clips"`
	DurationS     float64 `json:"duration_s"`
	LevelDBFS     float64 `json:"level_dbfs"`      // median over clips of the RMS level
	MeanLogMelDB  float64 `json:"mean_log_mel_db"` // mean over all cells of all clips
	ScoreMean     float64 `json:"score_mean"`      // of cross-fitted observations
	ScoreStdDev   float64 `json:"score_std_dev"`   // of cross-fitted observations
	ScoreMax      float64 `json:"score_max"`       // of cross-fitted observations
	Observations  int     `json:"observations"`    // how many there were
	CrossFitFolds int     `json:"cross_fit_folds"` // 0: scored on the fitted clips
	// Heard is how the sensor gave it, to tell a sensor that is ill from a machine; nil: not known.
	Heard *health.Learned `json:"heard,omitempty"`
	// Scores are cross-fitted observations in the order in which they were heard,
	// clip after clip; of more than MaxScores every other, every third and so on.
	Scores []float32 `json:"scores,omitempty"`
	// Changed is what it scores that is changed a little; none: it was not tried.
	Changed []Changed `json:"changed,omitempty"`
}

// ObservationPeriod returns the time from one observation of the decision to the
// next.
func (s *Settings) ObservationPeriod() time.Duration {
	return s.every(s.Detector.PoolWindows * s.Decision.AverageWindows)
}

// WindowPeriod returns the time from one window to the next.
func (s *Settings) WindowPeriod() time.Duration { return s.every(1) }

// every returns the time from one window to that so many windows later.
func (s *Settings) every(windows int) time.Duration {
	samples := windows * s.Window.StrideFrames * s.Profile.HopLength
	return time.Duration(samples) * time.Second / time.Duration(s.Profile.SampleRateHz)
}

// FirstObservation returns how much sound the first observation takes: windows overlap, so
// it is more than the period.
func (s *Settings) FirstObservation() time.Duration {
	windows := s.Detector.PoolWindows * s.Decision.AverageWindows
	return s.span(s.Window.Frames + (windows-1)*s.Window.StrideFrames)
}

// FirstAlarm returns how much sound an alarm takes at least: a recording that is shorter has none, whatever is in it.
func (s *Settings) FirstAlarm() time.Duration {
	return s.FirstObservation() + time.Duration(s.Decision.K-1)*s.ObservationPeriod()
}

// WindowSpan returns how much sound a window takes.
func (s *Settings) WindowSpan() time.Duration { return s.span(s.Window.Frames) }

// span returns how much sound some frames take.
func (s *Settings) span(frames int) time.Duration {
	samples := s.Profile.FrameLength + (frames-1)*s.Profile.HopLength
	return time.Duration(samples) * time.Second / time.Duration(s.Profile.SampleRateHz)
}

// MaxScores is the most normal scores that a model carries.
const MaxScores = 2048

// Provenance says where a model comes from. It holds no time of day: the same
// data, options and program give the same file.
type Provenance struct {
	Tool       string  `json:"tool"`        // program and version
	DataSHA256 string  `json:"data_sha256"` // over names and contents of the clips, in order
	Seed       int64   `json:"seed"`
	Epochs     int     `json:"epochs"`
	FinalLoss  float64 `json:"final_loss"`
	Channel    int     `json:"channel"` // channel of the clips that was used, from 0
	// Recorded says at which rates the clips were recorded; none: not known.
	Recorded []Recorded `json:"recorded,omitempty"`
	// Table says how tables were read; nil: there were none.
	Table *Table `json:"table,omitempty"`
	// Learned says which clips must not judge the model; none: not known.
	Learned Learned `json:"learned,omitempty"`
	// LearnedPart is the share of the only clip that was learned, from its begin, above 0 and
	// below 1; 0: all of the clips were.
	LearnedPart float64 `json:"learned_part,omitempty"`
}

// Golden is what the inputs hold, one after the other, and what the outputs must be
// then, in base64 in the file. A node checks it at start.
type Golden struct {
	Input  []byte `json:"input"`
	Output []byte `json:"output"`
}

// Settings is everything that the use of a model needs besides its weights.
type Settings struct {
	Version int         `json:"version"`
	Name    string      `json:"name"`
	Family  string      `json:"family"` // dense or conv
	Profile dsp.Profile `json:"profile"`
	Window  Window      `json:"window"`
	// Outputs says what the output tensors hold, in their order; none means a
	// reconstruction alone.
	Outputs []Role `json:"outputs,omitempty"`
	// Conditions are the operating conditions that a second input takes, in its order.
	Conditions []Condition     `json:"conditions,omitempty"`
	Detector   Detector        `json:"detector"`
	Decision   decide.Settings `json:"decision"`
	Normal     NormalStats     `json:"normal"`
	Provenance Provenance      `json:"provenance"`
	Golden     Golden          `json:"golden"`
}

// Limits on settings that come from a file.
const (
	maxSettingsBytes = 1 << 20
	maxWindowFrames  = 1024
	maxWindowCells   = 1 << 20 // see Numbers in the package comment
	maxPoolWindows   = 4096    // likewise
)

// Validate returns nil when a Scorer can be built from s, else an error that
// names the field.
func (s *Settings) Validate() error {
	if s.Version < 1 || s.Version > SettingsVersion {
		return fmt.Errorf("settings version %d: this program reads versions 1 to %d; train the model again with a matching auscult", s.Version, SettingsVersion)
	}
	if err := s.Profile.Validate(); err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	if err := s.Window.validate(s.Profile.Bands); err != nil {
		return fmt.Errorf("window: %w", err)
	}
	if err := validateRoles(s.Roles()); err != nil {
		return err
	}
	if len(s.Conditions) > MaxConditions {
		return fmt.Errorf("%d conditions: at most %d", len(s.Conditions), MaxConditions)
	}
	for _, c := range s.Conditions {
		if err := c.validate(); err != nil {
			return err
		}
	}
	if err := s.validateDetector(observed(s.Profile)); err != nil {
		return fmt.Errorf("detector: %w", err)
	}
	if err := s.Decision.Validate(); err != nil {
		return fmt.Errorf("decision: %w", err)
	}
	if err := s.Normal.Heard.Validate(s.Profile.Bands); err != nil {
		return fmt.Errorf("normal: heard: %w", err)
	}
	if err := validateChanged(s.Normal.Changed); err != nil {
		return fmt.Errorf("normal: %w", err)
	}
	if part := s.Provenance.LearnedPart; !(part >= 0 && part < 1) {
		return fmt.Errorf("provenance: learned_part is %g: must be 0 or more, below 1", part)
	}
	if err := s.Provenance.Table.validate(); err != nil {
		return fmt.Errorf("provenance: table: %w", err)
	}
	if err := s.Provenance.Learned.validate(); err != nil {
		return fmt.Errorf("provenance: learned: %w", err)
	}
	if err := validateRecorded(s.Provenance.Recorded); err != nil {
		return fmt.Errorf("provenance: recorded: %w", err)
	}
	return nil
}

func (w Window) validate(bands int) error {
	switch {
	case w.Frames < 1 || w.Frames > maxWindowFrames || w.Frames*bands > maxWindowCells:
		return fmt.Errorf("%d frames of %d bands: at most %d frames and %d cells", w.Frames, bands, maxWindowFrames, maxWindowCells)
	case w.StrideFrames < 1 || w.StrideFrames > w.Frames:
		return fmt.Errorf("stride of %d frames: must be 1 to the window's %d", w.StrideFrames, w.Frames)
	case w.Layout != FrameMajor && w.Layout != BandMajor:
		return fmt.Errorf("layout %q: must be %q or %q", w.Layout, FrameMajor, BandMajor)
	}
	return nil
}

// validateDetector checks the detector of a model that observes what is of a size, its embedding
// maybe not known yet.
func (s *Settings) validateDetector(size detect.Size) error {
	d := &s.Detector
	if d.PoolWindows < 1 || d.PoolWindows > maxPoolWindows {
		return fmt.Errorf("pool_windows %d: must be 1 to %d", d.PoolWindows, maxPoolWindows)
	}
	if err := d.Validate(size); err != nil {
		return err
	}
	for _, p := range d.Parts {
		if k, _ := detect.KindOf(p.Name); !s.Offers(k.Needs) {
			return fmt.Errorf("part %s needs the output %q, which the model lacks", p.Name, k.Needs)
		}
	}
	return nil
}

// ParseSettings decodes and validates the JSON of a model's settings.
func ParseSettings(data []byte) (Settings, error) {
	var s Settings
	if len(data) > maxSettingsBytes {
		return s, fmt.Errorf("%d bytes of settings: at most %d", len(data), maxSettingsBytes)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		return s, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return s, errors.New("more text after the settings")
	}
	return s, s.Validate()
}

// Encode returns s as the JSON that ParseSettings reads, after validating it.
func (s *Settings) Encode() ([]byte, error) {
	if err := s.Validate(); err != nil {
		return nil, fmt.Errorf("model: settings: %w", err)
	}
	return json.Marshal(s)
}
