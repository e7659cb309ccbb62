package model

import "github.com/auscult/auscult/agent/detect"

// NormalParts returns each band's part of the score on normal sound, as
// Score.Bands has them; nil for detectors whose parts are zero by then.
func (m *Model) NormalParts() []float64 {
	mse, ok := m.Settings.Detector.Part(detect.ByMSE).(*detect.MSE)
	if !ok {
		return nil
	}
	return mse.Usual(m.Settings.codeDB())
}

// codeDB returns how many decibels a code stands for.
func (s *Settings) codeDB() float64 { return (s.Profile.MaxDB - s.Profile.MinDB) / 255 }

// EvidenceLen returns how many numbers stand behind a score.
func (m *Model) EvidenceLen() int {
	return m.Settings.Detector.EvidenceLen(m.Settings.Profile.Bands)
}

// BandParts returns the part of evidence that tells each band's share of how
// badly the sound was restored, lowest band first.
func (m *Model) BandParts(evidence []float64) []float64 {
	return evidence[:m.Settings.Profile.Bands]
}

// Findings says what each detector of an ensemble has to say; nil for a detector
// that stands alone.
func (m *Model) Findings(evidence []float64) []detect.Finding {
	return m.Settings.Detector.Findings(evidence, m.Settings.Profile.Bands, m.BandHz)
}
