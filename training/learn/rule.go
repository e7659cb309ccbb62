package learn

import (
	"fmt"
	"slices"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/training/metrics"
	"github.com/auscult/auscult/training/network"
)

// ThresholdRule says how a threshold is chosen.
type ThresholdRule string

// Rules.
const (
	// ByBudget is as high as few false events a week ask for, as far as normal sound can tell.
	ByBudget ThresholdRule = "budget"
	// P95 and P99 are quantiles of what normal sound scores that the model has not learned. They know nothing of
	// how often an alarm would be false.
	P95 ThresholdRule = "p95"
	P99 ThresholdRule = "p99"
)

// ThresholdRules lists them, the default first.
func ThresholdRules() []ThresholdRule { return []ThresholdRule{ByBudget, P99, P95} }

func (r ThresholdRule) valid() bool { return r == "" || slices.Contains(ThresholdRules(), r) }

// decisionBy chooses by a rule.
func (s *scored) decisionBy(rule ThresholdRule) (decide.Settings, error) {
	d, err := s.decision() // which says what is wrong with the scores
	if err != nil || rule == "" || rule == ByBudget {
		return d, err
	}
	share := map[ThresholdRule]float64{P95: 0.95, P99: 0.99}[rule]
	d.Threshold = metrics.Quantile(s.scores, share)
	if !(d.Threshold > 0) {
		return d, fmt.Errorf("learn: the %s of %d observations is %g: there is no threshold in it, use %s",
			rule, len(s.scores), d.Threshold, ByBudget)
	}
	d.Scales = nil
	d.Method = fmt.Sprintf("%s of %d cross-fitted observations of normal sound", rule, len(s.scores))
	return d, nil
}

// trace says how the training went that is shipped.
func (t *trainer) trace(out *Outcome, h network.History) {
	for _, loss := range h.Validation {
		loss, _ = t.desc.Objective.Loss(loss, t.spanDB())
		out.Validation = append(out.Validation, loss)
	}
	out.BestEpoch = h.Best
	if t.o.Imported != nil {
		return
	}
	cfg := network.Config{LearningRate: t.o.Rate, Constant: t.o.Constant}
	for epoch := range h.Loss {
		out.Rates = append(out.Rates, cfg.Rate(epoch, t.epochs()))
	}
}
