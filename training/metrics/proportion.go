package metrics

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Methods of intervals of counts.
const (
	methodWilson  = "Wilson 1927, score interval"
	methodPoisson = "Garwood 1936, exact Poisson interval"
)

// z975 is the standard normal distribution's quantile at 0.9875: two intervals of 97.5 % hold
// together with 95 %, whatever ties them.
const z975 = 2.241402727604947

// Proportion returns the 95 % interval of a share of which k of n were seen, or nil where n is 0.
func Proportion(k, n int) *Interval {
	if n <= 0 || k < 0 || k > n {
		return nil
	}
	low, high := wilson(float64(k), float64(n), z95)
	return &Interval{Low: low, High: high, Method: methodWilson}
}

// wilson returns the limits p for which k of n lies z standard errors at p away.
func wilson(k, n, z float64) (low, high float64) {
	p, z2 := k/n, z*z
	middle := (p + z2/(2*n)) / (1 + z2/n)
	half := z / (1 + z2/n) * math.Sqrt(p*(1-p)/n+z2/(4*n*n))
	low, high = max(0, middle-half), min(1, middle+half)
	if k == 0 {
		low = 0
	}
	if k == n {
		high = 1
	}
	return low, high
}

// PoissonCount returns the 95 % interval of the expected number of events where count were seen.
func PoissonCount(count int) Interval {
	i := Interval{High: PoissonUpper(count, (1+level)/2), Method: methodPoisson}
	if count > 0 {
		i.Low = mathext.GammaIncRegInv(float64(count), (1-level)/2)
	}
	return i
}

// ROCBand returns the lower and the upper edge of a band about a ROC curve of so many clips. Each
// point of the curve lies with 95 % in a rectangle, of Wilson's intervals of both its shares; the
// band holds all of these. It does not vanish where no clip is on the wrong side, as a band that is
// drawn by the bootstrap does.
func ROCBand(points []Point, normal, abnormal int) (lower, upper []Point) {
	upper = append(upper, Point{})
	for _, p := range points {
		fprLow, fprHigh := wilson(math.Round(p.FPR*float64(normal)), float64(normal), z975)
		tprLow, tprHigh := wilson(math.Round(p.TPR*float64(abnormal)), float64(abnormal), z975)
		lower = append(lower, Point{FPR: fprHigh, TPR: tprLow, Threshold: p.Threshold})
		upper = append(upper, Point{FPR: fprLow, TPR: tprHigh, Threshold: p.Threshold})
	}
	lower = append([]Point{{}, {FPR: lower[0].FPR}}, lower...)
	return append(lower, Point{FPR: 1, TPR: lower[len(lower)-1].TPR}), append(upper, Point{FPR: 1, TPR: 1})
}

// PRBand returns the 95 % interval of the precision at each point of a precision-recall curve of so many
// abnormal clips, but for points at which nothing is detected.
func PRBand(points []PRPoint, abnormal int) (at []PRPoint, intervals []Interval) {
	for _, p := range points {
		hits := math.Round(p.Recall * float64(abnormal))
		if hits == 0 || p.Precision <= 0 {
			continue
		}
		low, high := wilson(hits, math.Round(hits/p.Precision), z95)
		at, intervals = append(at, p), append(intervals, Interval{Low: low, High: high, Method: methodWilson})
	}
	return at, intervals
}
