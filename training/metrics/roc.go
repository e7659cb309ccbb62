package metrics

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// ErrOneClass means that an area needs scores of both normal and abnormal
// clips.
var ErrOneClass = errors.New("metrics: needs scores of both normal and abnormal clips")

// Point is one point of the ROC curve.
type Point struct {
	FPR float64 `json:"fpr"` // share of normal clips that score at least Threshold
	TPR float64 `json:"tpr"` // share of abnormal clips that score at least Threshold
	// Threshold is absent at the first point, where nothing is detected.
	Threshold *float64 `json:"threshold,omitempty"`
}

// counts holds how many clips have each score, from the highest down.
type counts struct {
	score            []float64
	normal, abnormal []int32
	at               [2][]int32 // per clip of each class, its index in score
}

// finite returns an error that names the first score that is not finite.
func finite(class string, scores []float64) error {
	for i, v := range scores {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("metrics: score %d of the %s clips is %v", i+1, class, v)
		}
	}
	return nil
}

func newCounts(normal, abnormal []float64) (*counts, error) {
	if err := errors.Join(finite("normal", normal), finite("abnormal", abnormal)); err != nil {
		return nil, err
	}
	if len(normal) == 0 || len(abnormal) == 0 {
		return nil, ErrOneClass
	}
	c := &counts{score: slices.Concat(normal, abnormal)}
	slices.Sort(c.score)
	c.score = slices.Compact(c.score)
	slices.Reverse(c.score)
	c.normal, c.abnormal = make([]int32, len(c.score)), make([]int32, len(c.score))
	for k, scores := range [][]float64{normal, abnormal} {
		c.at[k] = make([]int32, 0, len(scores))
		for _, v := range scores {
			i, _ := slices.BinarySearchFunc(c.score, v, func(a, b float64) int {
				switch {
				case a > b:
					return -1
				case a < b:
					return 1
				}
				return 0
			})
			c.at[k] = append(c.at[k], int32(i))
		}
	}
	for _, i := range c.at[0] {
		c.normal[i]++
	}
	for _, i := range c.at[1] {
		c.abnormal[i]++
	}
	return c, nil
}

// area returns the area under the ROC curve from false alarm rate 0 to maxFPR.
func (c *counts) area(maxFPR float64) float64 {
	negatives, positives := float64(len(c.at[0])), float64(len(c.at[1]))
	fpr, tpr, area := 0.0, 0.0, 0.0
	fp, tp := 0, 0
	for i := range c.score {
		fp, tp = fp+int(c.normal[i]), tp+int(c.abnormal[i])
		x, y := float64(fp)/negatives, float64(tp)/positives
		if x > maxFPR {
			part := (maxFPR - fpr) / (x - fpr)
			return area + (maxFPR-fpr)*(tpr+tpr+part*(y-tpr))/2
		}
		area += (x - fpr) * (tpr + y) / 2
		fpr, tpr = x, y
	}
	return area
}

// standardise maps an area up to maxFPR to 0.5 for guessing and 1 for
// perfection.
func standardise(area, maxFPR float64) float64 {
	if maxFPR == 1 {
		return area
	}
	least := maxFPR * maxFPR / 2
	return 0.5 * (1 + (area-least)/(maxFPR-least))
}

// AUC returns the area under the ROC curve.
func AUC(normal, abnormal []float64) (float64, error) {
	return PartialAUC(normal, abnormal, 1)
}

// PartialAUC returns the area under the ROC curve from false alarm rate 0 to
// maxFPR, above 0 and at most 1, standardised after McClish as the package
// comment says.
func PartialAUC(normal, abnormal []float64, maxFPR float64) (float64, error) {
	if !(maxFPR > 0) || maxFPR > 1 {
		return 0, fmt.Errorf("metrics: largest false alarm rate %g: must be above 0, at most 1", maxFPR)
	}
	c, err := newCounts(normal, abnormal)
	if err != nil {
		return 0, err
	}
	return standardise(c.area(maxFPR), maxFPR), nil
}

// ROC returns the points of the ROC curve from (0,0) to (1,1), one for each
// different score.
func ROC(normal, abnormal []float64) ([]Point, error) {
	c, err := newCounts(normal, abnormal)
	if err != nil {
		return nil, err
	}
	points := []Point{{}}
	fp, tp := 0, 0
	for i := range c.score {
		fp, tp = fp+int(c.normal[i]), tp+int(c.abnormal[i])
		points = append(points, Point{
			FPR:       float64(fp) / float64(len(normal)),
			TPR:       float64(tp) / float64(len(abnormal)),
			Threshold: &c.score[i],
		})
	}
	return points, nil
}
