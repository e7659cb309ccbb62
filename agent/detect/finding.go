package detect

// Finding is what one detector has to say.
type Finding struct {
	Detector Name    `json:"detector"`
	Surprise float64 `json:"surprise"` // -log10 of the share of normal sound that scores as high
	Text     string  `json:"text,omitempty"`
}

// Findings says in words what stands behind a score of so many bands, one line per part, in
// the parts' order; nil for a detector that stands alone. Edges gives the edges of a band in
// Hz.
func (e *Ensemble) Findings(evidence []float64, bands int, edges func(b int) (lo, hi float64)) []Finding {
	if e.Fusion == Alone {
		return nil
	}
	all := make([]Finding, len(e.Parts))
	row := e.layout(bands)
	for i, p := range e.Parts {
		all[i] = Finding{Detector: p.Name, Surprise: evidence[row.surprises+i]}
		if all[i].Surprise > 0 {
			all[i].Text = p.Detector.Words(row.of(evidence, i).Details, edges)
		}
	}
	return all
}
