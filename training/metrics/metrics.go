package metrics

import (
	"errors"
	"fmt"
	"math"
)

// PartialRate is the largest false alarm rate of Metrics.PAUC.
const PartialRate = 0.1

// Confusion counts clips by what they are and what was said of them.
type Confusion struct {
	TruePositives  int `json:"true_positives"`  // abnormal, detected
	FalsePositives int `json:"false_positives"` // normal, detected: false alarms
	TrueNegatives  int `json:"true_negatives"`  // normal, not detected
	FalseNegatives int `json:"false_negatives"` // abnormal, not detected: misses
}

// Confuse counts the clips whose score is above threshold, and the others. A
// score that is not a number counts as not detected.
func Confuse(normal, abnormal []float64, threshold float64) Confusion {
	var c Confusion
	for _, v := range normal {
		if v > threshold {
			c.FalsePositives++
		} else {
			c.TrueNegatives++
		}
	}
	for _, v := range abnormal {
		if v > threshold {
			c.TruePositives++
		} else {
			c.FalseNegatives++
		}
	}
	return c
}

// ratio returns a/b, or nil when b is 0.
func ratio(a, b int) *float64 {
	if b == 0 {
		return nil
	}
	r := float64(a) / float64(b)
	return &r
}

// Precision returns the share of detected clips that are abnormal, or nil when
// none was detected.
func (c Confusion) Precision() *float64 {
	return ratio(c.TruePositives, c.TruePositives+c.FalsePositives)
}

// Recall returns the share of abnormal clips that were detected, or nil when
// there are none.
func (c Confusion) Recall() *float64 {
	return ratio(c.TruePositives, c.TruePositives+c.FalseNegatives)
}

// F1 returns the harmonic mean of precision and recall, or nil when there are
// no abnormal clips.
func (c Confusion) F1() *float64 {
	if c.TruePositives+c.FalseNegatives == 0 {
		return nil
	}
	return ratio(2*c.TruePositives, 2*c.TruePositives+c.FalsePositives+c.FalseNegatives)
}

// FalseAlarmRate returns the share of normal clips that were detected, or nil
// when there are none.
func (c Confusion) FalseAlarmRate() *float64 {
	return ratio(c.FalsePositives, c.FalsePositives+c.TrueNegatives)
}

// Metrics say how well a detector's scores tell abnormal clips from normal ones.
type Metrics struct {
	Normal       int       `json:"normal"`   // clips
	Abnormal     int       `json:"abnormal"` // clips
	AUC          *float64  `json:"auc,omitempty"`
	AUCInterval  *Interval `json:"auc_interval,omitempty"`
	PAUC         *float64  `json:"pauc,omitempty"` // up to PartialRate, standardised after McClish
	PAUCInterval *Interval `json:"pauc_interval,omitempty"`
	// PRAUC is the average precision; guessing gives the share of abnormal clips.
	PRAUC         *float64  `json:"pr_auc,omitempty"`
	PRAUCInterval *Interval `json:"pr_auc_interval,omitempty"`
	Threshold     *float64  `json:"threshold,omitempty"`
	Confusion     Confusion `json:"confusion"`
	Precision     *float64  `json:"precision,omitempty"`
	Recall        *float64  `json:"recall,omitempty"`
	F1            *float64  `json:"f1,omitempty"`
	FalseAlarm    *float64  `json:"false_alarm_rate,omitempty"`
	// Notes say why a number is absent or how little it can be trusted.
	Notes []string `json:"notes,omitempty"`
}

// fewClips is the number of clips of one class below which a note is due.
const fewClips = 30

// Evaluate judges one score per clip at a threshold. Equal seeds give equal
// intervals. A threshold that is not finite leaves out what depends on it.
func Evaluate(normal, abnormal []float64, threshold float64, seed uint64) (Metrics, error) {
	r := Metrics{Normal: len(normal), Abnormal: len(abnormal)}
	c, err := newCounts(normal, abnormal)
	switch {
	case errors.Is(err, ErrOneClass):
		if len(normal) == 0 {
			r.note("no normal clips: no AUC, no false alarm rate")
		}
		if len(abnormal) == 0 {
			r.note("no abnormal clips: no AUC, recall or F1")
		}
	case err != nil:
		return r, err
	default:
		full, partial, average := areas(c, PartialRate, seed)
		r.AUC, r.AUCInterval = &full.value, &full.Interval
		r.PAUC, r.PAUCInterval = &partial.value, &partial.Interval
		r.PRAUC, r.PRAUCInterval = &average.value, &average.Interval
		if n := min(len(normal), len(abnormal)); n < fewClips {
			r.note("only %d normal and %d abnormal clips: read the intervals, not the values", len(normal), len(abnormal))
		}
	}
	if math.IsNaN(threshold) || math.IsInf(threshold, 0) {
		r.note("no threshold: no confusion, precision, recall or F1")
		return r, nil
	}
	r.Threshold = &threshold
	r.Confusion = Confuse(normal, abnormal, threshold)
	r.Precision, r.Recall, r.F1 = r.Confusion.Precision(), r.Confusion.Recall(), r.Confusion.F1()
	r.FalseAlarm = r.Confusion.FalseAlarmRate()
	if r.Precision == nil && len(normal)+len(abnormal) > 0 {
		r.note("no clip scores above the threshold: no precision")
	}
	return r, nil
}

func (r *Metrics) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}
