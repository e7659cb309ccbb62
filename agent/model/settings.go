package model

import (
	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/dsp"
)

// MetadataName is the name of the TFLite metadata entry that holds Settings.
const MetadataName = "auscult"

// SettingsVersion is the version of the settings that this package writes. It
// reads this version only.
const SettingsVersion = 1

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

// DetectorKind names how a window and its reconstruction become a score.
type DetectorKind string

// Detector kinds.
const (
	// MSE is the mean squared difference of window and reconstruction, dB².
	MSE DetectorKind = "mse"
	// Whitened divides each band's mean squared difference by what it is on
	// normal sound before averaging over bands: 1 is normal, no unit.
	Whitened DetectorKind = "whitened"
)

// Detector holds the detector's parameters.
type Detector struct {
	Kind DetectorKind `json:"kind"`
	// BandNormal is each band's mean squared difference on normal sound that
	// the model was not fitted on, dB², lowest band first. It serves the
	// whitened score and the naming of contributing bands.
	BandNormal []float64 `json:"band_normal"`
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
}

// Provenance says where a model comes from.
type Provenance struct {
	Tool       string  `json:"tool"`        // program and version
	Time       string  `json:"time"`        // RFC 3339, UTC
	DataSHA256 string  `json:"data_sha256"` // over names and contents of the clips, in order
	Seed       int64   `json:"seed"`
	Epochs     int     `json:"epochs"`
	FinalLoss  float64 `json:"final_loss"`
	Channel    int     `json:"channel"` // channel of the clips that was used, from 0
}

// Golden is one input tensor and the output that it must give, in base64 in
// the file. A node checks it at start.
type Golden struct {
	Input  []byte `json:"input"`
	Output []byte `json:"output"`
}

// Settings is everything that the use of a model needs besides its weights.
type Settings struct {
	Version    int             `json:"version"`
	Name       string          `json:"name"`
	Family     string          `json:"family"` // dense or conv
	Profile    dsp.Profile     `json:"profile"`
	Window     Window          `json:"window"`
	Detector   Detector        `json:"detector"`
	Decision   decide.Settings `json:"decision"`
	Normal     NormalStats     `json:"normal"`
	Provenance Provenance      `json:"provenance"`
	Golden     Golden          `json:"golden"`
}
