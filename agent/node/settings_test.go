package node

import (
	"slices"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp"
)

// testSettings scores every window by its mean squared residual and averages
// two to an observation: 128 ms.
func testSettings(p dsp.Profile) model.Settings {
	return model.Settings{
		Version: model.SettingsVersion, Name: "silence", Family: "dense", Profile: p,
		Window: model.Window{Frames: seen, StrideFrames: seen, Layout: model.FrameMajor},
		Detector: model.Detector{
			PoolWindows: 1,
			Ensemble: detect.Single(detect.ByMSE, &detect.MSE{Bands: detect.Bands{
				BandMean: make([]float64, bands), BandStdDev: slices.Repeat([]float64{1}, bands),
			}}),
		},
		Decision: decide.Settings{Threshold: 200, Method: "by hand", AverageWindows: 2, K: 2, N: 3, ClearRatio: 0.8},
	}
}
