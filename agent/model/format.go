package model

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/auscult/auscult/agent/detect"
)

// detectorJSON is a Detector as settings of version 1 have it. They are older than detectors
// as parts: what describes the bands stands outside the ensemble, and what stands alone is
// named by kind.
type detectorJSON struct {
	Kind        string           `json:"kind"`
	PoolWindows int              `json:"pool_windows"`
	BandMean    []float64        `json:"band_mean"`
	BandStdDev  []float64        `json:"band_std_dev"`
	TopBands    int              `json:"top_bands"`
	Ensemble    *detect.Ensemble `json:"ensemble,omitempty"`
}

// kindEnsemble is the kind of detectors that are joined; that of one that stands alone is its
// Kind.Alone.
const kindEnsemble = "ensemble"

// Kind returns what settings, commands and reports call the detector.
func (d *Detector) Kind() string {
	if d.Fusion == detect.Alone && len(d.Parts) == 1 {
		k, _ := detect.KindOf(d.Parts[0].Name)
		return k.Alone
	}
	return kindEnsemble
}

// Surprises says whether scores are surprises of one or several detectors.
func (d *Detector) Surprises() bool { return d.Fusion == detect.Max || d.Fusion == detect.Mean }

// KindNames lists what Kind returns.
func KindNames() []string {
	names := []string{kindEnsemble}
	for _, k := range detect.Kinds() {
		if k.Alone != "" {
			names = append(names, k.Alone)
		}
	}
	return names
}

// AloneOf returns the detector that a kind lets stand alone; none for an ensemble.
func AloneOf(kind string) (name detect.Name, known bool) {
	for _, k := range detect.Kinds() {
		if k.Alone != "" && k.Alone == kind {
			return k.Name, true
		}
	}
	return "", kind == kindEnsemble
}

// TopBands returns over how many bands the detector averages; 0 where it looks at none. The
// mean squared error, which looks at all, is written with 1.
func (d *Detector) TopBands() int {
	for _, p := range d.Parts {
		switch part := p.Detector.(type) {
		case *detect.Whitened:
			return part.TopBands
		case *detect.MSE:
			return 1
		}
	}
	return 0
}

// bands returns what settings hold outside the ensemble; nil where no part looks at it.
func (d *Detector) bands() *detect.Bands {
	for _, p := range d.Parts {
		switch part := p.Detector.(type) {
		case *detect.Whitened:
			return &part.Bands
		case *detect.MSE:
			return &part.Bands
		}
	}
	return nil
}

// MarshalJSON writes the detector as settings have it.
func (d Detector) MarshalJSON() ([]byte, error) {
	j := detectorJSON{Kind: d.Kind(), PoolWindows: d.PoolWindows, TopBands: d.TopBands()}
	if d.Fusion != detect.Alone {
		j.Ensemble = &d.Ensemble
	}
	if bands := d.bands(); bands != nil {
		j.BandMean, j.BandStdDev = bands.BandMean, bands.BandStdDev
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (d *Detector) UnmarshalJSON(data []byte) error {
	var j detectorJSON
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&j); err != nil {
		return fmt.Errorf("detector: %w", err)
	}
	name, known := AloneOf(j.Kind)
	switch {
	case !known:
		return fmt.Errorf("detector: kind %q: must be one of %q", j.Kind, KindNames())
	case (j.Ensemble != nil) != (name == ""):
		return fmt.Errorf("detector: kind %q: an ensemble's parameters belong to %q and to no other",
			j.Kind, kindEnsemble)
	case name != "":
		k, _ := detect.KindOf(name)
		alone := detect.Single(name, k.New())
		j.Ensemble = &alone
	case j.Ensemble.Fusion == detect.Alone:
		return fmt.Errorf("detector: fusion %q: must be one of %q", j.Ensemble.Fusion, detect.Fusions())
	}
	*d = Detector{PoolWindows: j.PoolWindows, Ensemble: *j.Ensemble}
	if bands := d.bands(); bands != nil {
		bands.BandMean, bands.BandStdDev = j.BandMean, j.BandStdDev
	} else if j.TopBands != 0 || len(j.BandMean) != 0 || len(j.BandStdDev) != 0 {
		return fmt.Errorf("detector: describes bands, but none of %v looks at them", d.Names())
	}
	if whitened, ok := d.Part(detect.ByReconstruction).(*detect.Whitened); ok {
		whitened.TopBands = j.TopBands
	}
	return nil
}
