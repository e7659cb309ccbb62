package falsealarms

import "github.com/auscult/auscult/agent/decide"

// scaleMargin is how far a slower scale's threshold stays above what the recordings reach.
const scaleMargin = 1.1

// lifted returns slower scales that no recording reaches, without those that would tell nothing
// below the quick decision's threshold. The recordings follow each other, as for the quick one.
func lifted(scales []decide.Scale, recordings []Recording, threshold float64) (kept []decide.Scale) {
	var all []float64
	for _, r := range recordings {
		for _, v := range r.Scores {
			all = append(all, min(v, threshold))
		}
	}
	for _, s := range scales {
		sum, highest := 0.0, 0.0
		for i, v := range all {
			sum += v
			if i >= s.Observations {
				sum -= all[i-s.Observations]
			}
			if i >= s.Observations-1 {
				highest = max(highest, sum/float64(s.Observations))
			}
		}
		s.Threshold = max(s.Threshold, highest*scaleMargin)
		if s.Threshold < threshold {
			kept = append(kept, s)
		}
	}
	return kept
}
