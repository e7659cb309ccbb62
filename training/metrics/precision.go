package metrics

// PRPoint is one point of the precision-recall curve.
type PRPoint struct {
	Recall    float64 `json:"recall"`    // share of abnormal clips that score at least Threshold
	Precision float64 `json:"precision"` // share of those clips that are abnormal
	// Threshold is absent at the first point, where nothing is detected.
	Threshold *float64 `json:"threshold,omitempty"`
}

// PrecisionRecall returns the points of the precision-recall curve: recall 0
// with precision 1 first, then one for each different score, from the highest
// down.
func PrecisionRecall(normal, abnormal []float64) ([]PRPoint, error) {
	c, err := newCounts(normal, abnormal)
	if err != nil {
		return nil, err
	}
	points := []PRPoint{{Precision: 1}}
	fp, tp := 0, 0
	for i := range c.score {
		fp, tp = fp+int(c.normal[i]), tp+int(c.abnormal[i])
		points = append(points, PRPoint{
			Recall:    float64(tp) / float64(len(abnormal)),
			Precision: float64(tp) / float64(fp+tp),
			Threshold: &c.score[i],
		})
	}
	return points, nil
}

// averagePrecision returns the area under the precision-recall curve without
// interpolation: the sum over scores of the rise in recall times the precision there.
func (c *counts) averagePrecision() float64 {
	positives := float64(len(c.at[1]))
	area := 0.0
	fp, tp := 0, 0
	for i := range c.score {
		fp, tp = fp+int(c.normal[i]), tp+int(c.abnormal[i])
		if c.abnormal[i] > 0 {
			area += float64(c.abnormal[i]) / positives * float64(tp) / float64(fp+tp)
		}
	}
	return area
}
