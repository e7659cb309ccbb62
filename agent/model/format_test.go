package model

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/auscult/auscult/agent/detect"
)

// Detectors as settings of version 1 have them: what other programs wrote stays readable, and
// what this one writes is the same to the byte.
var formats = map[string]Detector{
	`{"kind":"mse","pool_windows":64,"band_mean":[0,10],"band_std_dev":[1,2],"top_bands":1}`: {
		PoolWindows: 64, Ensemble: detect.Single(detect.ByMSE,
			&detect.MSE{Bands: detect.Bands{BandMean: []float64{0, 10}, BandStdDev: []float64{1, 2}}}),
	},
	`{"kind":"whitened","pool_windows":3,"band_mean":[0,10],"band_std_dev":[1,2],"top_bands":2}`: {
		PoolWindows: 3, Ensemble: detect.Single(detect.ByReconstruction, &detect.Whitened{
			Bands: detect.Bands{BandMean: []float64{0, 10}, BandStdDev: []float64{1, 2}}, TopBands: 2,
		}),
	},
	`{"kind":"ensemble","pool_windows":3,"band_mean":[0,10],"band_std_dev":[1,2],"top_bands":2,"ensemble":{"fusion":"max","parts":[` +
		`{"name":"reconstruction","calibration":{"score":[1],"surprise":[0],"slope":1}},` +
		`{"name":"divergence","calibration":{"score":[1],"surprise":[0],"slope":1},"divergence":{"mean":1,"std_dev":2}}]}}`: {
		PoolWindows: 3, Ensemble: detect.Ensemble{Fusion: detect.Max, Parts: []detect.Part{
			{Name: detect.ByReconstruction, Calibration: unit, Detector: &detect.Whitened{
				Bands: detect.Bands{BandMean: []float64{0, 10}, BandStdDev: []float64{1, 2}}, TopBands: 2,
			}},
			{Name: detect.ByDivergence, Calibration: unit,
				Detector: &detect.Divergence{Nats: detect.Spread{Mean: 1, StdDev: 2}}},
		}},
	},
	`{"kind":"ensemble","pool_windows":3,"band_mean":null,"band_std_dev":null,"top_bands":0,"ensemble":{"fusion":"mean","parts":[` +
		`{"name":"level","calibration":{"score":[1],"surprise":[0],"slope":1},"levels":{"first":[0],"mean_db":[-1,-2],"std_dev_db":[1,2]}}]}}`: {
		PoolWindows: 3, Ensemble: detect.Ensemble{Fusion: detect.Mean, Parts: []detect.Part{
			{Name: detect.ByLevel, Calibration: unit, Detector: &detect.Level{Levels: detect.Levels{First: []int{0},
				LevelState: detect.LevelState{MeanDB: []float64{-1, -2}, StdDevDB: []float64{1, 2}}}}},
		}},
	},
}

var unit = detect.Calibration{Score: []float64{1}, Surprise: []float64{0}, Slope: 1}

func TestDetectorFormat(t *testing.T) {
	for text, want := range formats {
		var d Detector
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if !reflect.DeepEqual(d, want) {
			t.Errorf("%s: read %+v, want %+v", text, d, want)
		}
		if again, err := json.Marshal(want); err != nil || string(again) != text {
			t.Errorf("written %s (%v), want %s", again, err, text)
		}
	}
}

func TestDetectorFormatRefuses(t *testing.T) {
	level := `{"name":"level","calibration":{"score":[1],"surprise":[0],"slope":1},"levels":{"first":[0],"mean_db":[-1,-2],"std_dev_db":[1,2]}}`
	for text, want := range map[string]string{
		`{"kind":"x"}`:                 `kind "x": must be one of ["ensemble" "whitened" "mse"]`,
		`{"kind":""}`:                  `kind "": must be one of`,
		`{"kind":"ensemble"}`:          "belong to \"ensemble\" and to no other",
		`{"kind":"mse","ensemble":{}}`: "belong to \"ensemble\" and to no other",
		`{"kind":"mse","bands":[]}`:    `unknown field "bands"`,
		`{"kind":"ensemble","ensemble":{"fusion":"x"},"top_bands":2}`:                             "describes bands, but none of",
		`{"kind":"ensemble","ensemble":{"fusion":"max","parts":[` + level + `]},"band_mean":[1]}`: "describes bands, but none of [level]",
		`{"kind":"ensemble","ensemble":{"fusion":"alone","parts":[` + level + `]}}`:               `fusion "alone": must be one of ["max" "mean"]`,
		`null`: `kind "": must be one of`,
	} {
		var d Detector
		if err := json.Unmarshal([]byte(text), &d); err == nil || !strings.HasPrefix(err.Error(), "detector: ") ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", text, err, want)
		}
	}
}
