package bench

import (
	"slices"
)

// How figures are taken that are to be published: MLPerf Tiny's way.
const (
	PublishWindows = 5
	PublishSeconds = 10
)

// medianOf returns the median of each figure over windows; the counts are
// added.
func medianOf(windows []Latency) Latency {
	if len(windows) == 1 {
		return windows[0]
	}
	median := func(of func(Latency) float64) float64 {
		values := make([]float64, len(windows))
		for i, w := range windows {
			values[i] = of(w)
		}
		slices.Sort(values)
		n := len(values)
		return (values[(n-1)/2] + values[n/2]) / 2
	}
	out := Latency{
		MinUS: median(func(l Latency) float64 { return l.MinUS }), P50US: median(func(l Latency) float64 { return l.P50US }),
		P90US: median(func(l Latency) float64 { return l.P90US }), P99US: median(func(l Latency) float64 { return l.P99US }),
		P999US: median(func(l Latency) float64 { return l.P999US }),
		MaxUS:  median(func(l Latency) float64 { return l.MaxUS }),
		MeanUS: median(func(l Latency) float64 { return l.MeanUS }),
	}
	for _, w := range windows {
		out.Count += w.Count
	}
	return out
}
