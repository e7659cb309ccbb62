package evaluate

import (
	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/metrics"
)

// Level names what is done to a clip's level before it is scored.
type Level string

// Levels.
const (
	// AsRecorded does nothing: it is what the node hears.
	AsRecorded Level = "raw"
	// RMSNormalised scales the samples so that the clip's RMS is the median of
	// the clips that the model learned.
	RMSNormalised Level = "rms_normalised"
	// MeanLogMelRemoved shifts all cells in dB so that their mean is that of
	// the clips that the model learned.
	MeanLogMelRemoved Level = "mean_log_mel_removed"
)

// Levels lists all of them in the order in which they are shown.
func Levels() []Level { return []Level{AsRecorded, RMSNormalised, MeanLogMelRemoved} }

// Clip is what one recording got.
type Clip struct {
	File   string        `json:"file"` // relative to the data folder
	Label  dataset.Label `json:"label"`
	Domain string        `json:"domain,omitempty"` // where the data set tells it
	// Recording is the file that a piece of a long one is cut from, and StartS where in it.
	Recording string  `json:"recording,omitempty"`
	StartS    float64 `json:"start_s,omitempty"`
	DurationS float64 `json:"duration_s"`
	LevelDBFS float64 `json:"level_dbfs"` // RMS
	// Observations is how many scores the clip gave: one for each
	// PoolWindows windows, or one in all where it is shorter.
	Observations int `json:"observations"`
	// Score is the mean over the clip's observations, ScoreMax the highest.
	Score    float64 `json:"score"`
	ScoreMax float64 `json:"score_max"`
	// Ratio is Score by the threshold.
	Ratio float64 `json:"ratio"`
	// Flagged says whether Score is above the threshold: what precision,
	// recall and F1 count.
	Flagged bool `json:"flagged"`
	// Alarm says whether the node's decision, k of n observations, would have
	// raised the alarm; of recordings that are too short for one, see dataset.Series, whether it stood there
	// when they are heard one after the other.
	Alarm bool `json:"alarm"`
	// Scores holds Score at every level.
	Scores Scores `json:"scores"`
	// Bands are the frequencies that contribute most to Score.
	Bands []decide.BandRange `json:"bands"`

	// Detectors say what each detector of an ensemble made of the clip, as recorded:
	// the mean over its observations. In words, only where Options.Words asks for it, or it is the
	// level and Notable.
	Detectors []detect.Finding `json:"detectors,omitempty"`

	// Detail is what pictures of the clip need; nil unless Options.Details asks for it.
	*Detail `json:"-"`

	observed []float64 // see more.scores
}

// Detail is what there is to know of a clip besides.
type Detail struct {
	// Cut is how the recording was cut, and Piece the number of this piece, from 0.
	Cut   dataset.Cut
	Piece int
	// BandParts is each band's part of Score.
	BandParts []float64
	// ObservationScores are the scores that Score is the mean of.
	ObservationScores []float64
}

// Scores are a clip's scores by level.
type Scores struct {
	Mean float64 `json:"mean_log_mel_removed"`
	Raw  float64 `json:"raw"`
	RMS  float64 `json:"rms_normalised"`
}

// At returns the score at a level.
func (s *Scores) At(level Level) float64 { return *s.of(level) }

func (s *Scores) of(level Level) *float64 {
	switch level {
	case RMSNormalised:
		return &s.RMS
	case MeanLogMelRemoved:
		return &s.Mean
	}
	return &s.Raw
}

// DetectorMetrics is what one detector of an ensemble can tell apart. Its
// surprise has no threshold of its own; the ensemble's is used.
type DetectorMetrics struct {
	Detector detect.Name `json:"detector"`
	metrics.Metrics
}

// Speed says how fast the clips were judged.
type Speed struct {
	Seconds float64 `json:"seconds"` // from the first clip to the last
	// ClipsPerS counts each clip once, though it is scored at every level.
	ClipsPerS float64 `json:"clips_per_s"`
	// RealTime is the sound that was scored, each level counted, by the time
	// that it took and the goroutines that worked: times real time per core.
	RealTime float64 `json:"real_time_per_core"`
}

// Result is a whole evaluation. The metrics at its top are those of the clips
// as they were recorded.
type Result struct {
	Model       string `json:"model"` // name
	ModelSHA256 string `json:"model_sha256"`
	Data        string `json:"data"`
	Detector    string `json:"detector"`

	metrics.Metrics
	// Levels holds the metrics at every level.
	Levels map[Level]metrics.Metrics `json:"levels"`

	// ByMax holds the metrics when a clip's score is its highest observation's,
	// as recorded: what a short fault shows in.
	ByMax metrics.Metrics `json:"by_max"`
	// Groups holds the metrics of faults, machines, noise levels, sections and
	// domains, where the files' names tell them.
	Groups []Group `json:"groups,omitempty"`
	// Detectors holds the metrics of each detector of an ensemble on its own, by
	// its mean surprise, as recorded.
	Detectors []DetectorMetrics `json:"detectors,omitempty"`
	// Official is DCASE's score over machines, sections and domains.
	Official *metrics.Official `json:"official,omitempty"`

	Alarms      int `json:"alarms"`       // abnormal clips that raised the alarm
	FalseAlarms int `json:"false_alarms"` // normal clips that raised the alarm

	Speed Speed `json:"speed"`
	// WindowUS is the mean time of inference and residual of one window, in µs. It
	// is a hint from a busy machine, no benchmark.
	WindowUS float64 `json:"window_us"`

	// LeftOut counts the clips that cannot be used.
	LeftOut int `json:"left_out_clips,omitempty"`
	// Warnings name the files that could not be scored, and what is odd.
	Warnings []string `json:"warnings,omitempty"`

	// Review says what the clips of each label are like.
	Review map[dataset.Label]dataset.Review `json:"review,omitempty"`

	Clips Clips `json:"clips"`
}

// NormalS returns how many seconds the normal clips have.
func (r *Result) NormalS() (seconds float64) {
	for _, c := range r.Clips.All() {
		if c.Label == dataset.Normal {
			seconds += c.DurationS
		}
	}
	return seconds
}
