package detectors

import (
	"slices"

	"github.com/auscult/auscult/agent/detect"
)

// fitting is how a detector is fitted that does not fit itself, in a file of its name.
type fitting struct {
	fit func(n *detect.Normal) detect.Detector
	// leaveOut returns what the detector scores of each sample, compared with the others
	// alone; nil: what leaves groups of clips out serves.
	leaveOut func(d detect.Detector, samples []detect.Sample) []float64
}

// fittings returns the detectors that do not fit themselves.
func fittings() map[detect.Name]fitting {
	return map[detect.Name]fitting{
		detect.ByReconstruction: {fit: fitWhitened, leaveOut: whitenOthers},
		detect.ByLevel:          {fit: fitLevel},
		detect.ByThirds:         {fit: fitThirds},
		detect.ByCovariance:     {fit: fitCovariance},
	}
}

// fit returns the named detectors, fitted.
func fit(n *detect.Normal, names []detect.Name) []detect.Part {
	elsewhere := fittings()
	var parts []detect.Part
	for _, k := range detect.Kinds() {
		if !slices.Contains(names, k.Name) {
			continue
		}
		p := detect.Part{Name: k.Name, Detector: k.New()}
		if f, ok := elsewhere[k.Name]; ok {
			p.Detector = f.fit(n)
		} else if f, ok := p.Detector.(detect.Fitter); ok {
			f.Fit(n)
		}
		parts = append(parts, p)
	}
	return parts
}
