package detect

import "math"

// ByMSE names the mean squared residual.
const ByMSE Name = "mse"

func mse() Kind {
	return Kind{
		Name: ByMSE, Needs: FromReconstruction, Alone: "mse",
		Listens: "cells that the autoencoder cannot restore",
		New:     func() Detector { return &MSE{} },
	}
}

// MSE is the mean squared residual over all cells, dB². It needs to know nothing of normal
// sound; its bands say what is usual.
type MSE struct{ Bands }

// Scorer implements Detector.
func (*MSE) Scorer(Size) Score {
	return func(o *Observation, e Evidence) float64 {
		value := 0.0
		for b, v := range o.SquaredResidual {
			e.Bands[b] = v / float64(len(o.SquaredResidual))
			value += e.Bands[b]
		}
		return value
	}
}

// Words implements Detector.
func (*MSE) Words([]float64, func(int) (lo, hi float64)) string {
	return "the autoencoder cannot restore the sound"
}

// Fit implements Fitter.
func (m *MSE) Fit(n *Normal) { m.Describe(n.Samples, n.Bands()) }

// Usual returns each band's part of the score on normal sound, when a code is codeDB
// decibels.
func (m *MSE) Usual(codeDB float64) []float64 {
	parts := make([]float64, len(m.BandMean))
	for b, level := range m.BandMean {
		parts[b] = math.Pow(10, level/10) * codeDB * codeDB / float64(len(parts))
	}
	return parts
}
