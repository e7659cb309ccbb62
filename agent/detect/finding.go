package detect

import (
	"fmt"
	"math"
)

// Finding is what one detector has to say.
type Finding struct {
	Detector Name    `json:"detector"`
	Surprise float64 `json:"surprise"` // -log10 of the share of normal sound that scores as high
	Text     string  `json:"text,omitempty"`
}

// Findings says in words what stands behind a score, one line per part, in the
// parts' order. Edges gives the edges of a band in Hz.
func (e *Ensemble) Findings(evidence []float64, edges func(b int) (lo, hi float64)) []Finding {
	all := make([]Finding, len(e.Parts))
	for i, p := range e.Parts {
		all[i] = Finding{Detector: p.Name, Surprise: evidence[i]}
		if !(evidence[i] > 0) {
			continue
		}
		switch p.Name {
		case ByLevel:
			all[i].Text = p.Levels.words(evidence[len(e.Parts):], edges)
		case ByCovariance:
			all[i].Text = "the bands' errors differ together as they never did"
		case ByDivergence:
			all[i].Text = "the latent values are not those of normal sound"
		case ByEmbedding:
			all[i].Text = "no remembered moment lies near in the embedding"
		case ByNeighbours:
			all[i].Text = "no remembered moment has this spectrum and restlessness"
		default:
			all[i].Text = "the autoencoder cannot restore some bands"
		}
	}
	return all
}

// words names the broad band that is farthest off its normal level.
func (l *Levels) words(off []float64, edges func(b int) (lo, hi float64)) string {
	worst, highest := 0, -1.0
	for i, v := range off {
		if z := math.Abs(v) / l.StdDevDB[i]; z > highest {
			worst, highest = i, z
		}
	}
	if worst == 0 {
		return fmt.Sprintf("%+.1f dB in all", off[0])
	}
	last := len(l.First)
	from, _ := edges(l.First[worst-1])
	if worst == last {
		return fmt.Sprintf("%+.1f dB above %.0f Hz", off[worst], from)
	}
	to, _ := edges(l.First[worst])
	return fmt.Sprintf("%+.1f dB at %.0f-%.0f Hz", off[worst], from, to)
}
