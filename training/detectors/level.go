package detectors

import (
	"cmp"
	"math"
	"slices"

	"github.com/auscult/auscult/agent/detect"
)

// Operating states that the level may tell apart.
const (
	mostStates = 4
	// fewestOfState is the least number of clips that make a state: one is left out to calibrate, and
	// one alone would not say how a state varies.
	fewestOfState = 3
	// evident is by how much several states' criterion must be below that of one: "very strong"
	// evidence (Kass and Raftery, "Bayes factors", 1995).
	evident = 10
)

// fitLevel describes the level of broad bands on normal sound, in each operating state where
// there are several: one mean and deviation of a machine that idles and runs would call
// everything between normal.
func fitLevel(n *detect.Normal) detect.Detector {
	l := &detect.Level{}
	levels := l.Broad(n)
	state, count := statesOf(levels, n)
	all := make([]detect.LevelState, count)
	for s := range all {
		var heard [][]float64
		for i, of := range state {
			if of == s {
				heard = append(heard, levels[i])
			}
		}
		all[s] = levelState(heard)
	}
	l.LevelState, l.Louder = all[0], all[1:]
	return l
}

// statesOf returns the operating state of each sample by the first of its levels, that of the whole, and
// how many states there are.
func statesOf(levels [][]float64, n *detect.Normal) (state []int, count int) {
	whole := make([]float64, len(levels))
	for i := range levels {
		whole[i] = levels[i][0]
	}
	return operatingStates(whole, n.Samples)
}

// levelState describes the levels of some samples.
func levelState(levels [][]float64) detect.LevelState {
	bands := len(levels[0])
	s := detect.LevelState{MeanDB: make([]float64, bands), StdDevDB: make([]float64, bands)}
	some := detect.Normal{Samples: make([]detect.Sample, len(levels))}
	for b := range bands {
		mean, deviation := some.Moments(func(i int) float64 { return levels[i][b] })
		s.MeanDB[b], s.StdDevDB[b] = detect.Rounded(mean), max(detect.MinLevelStdDevDB, detect.Rounded(deviation))
	}
	return s
}

// operatingStates returns the state of each sample, the quietest 0, by their levels in dB, and how
// many there are: as many normal distributions as the Bayesian information criterion finds evident.
// Observations of a clip are alike, so a clip counts as one.
func operatingStates(levelDB []float64, samples []detect.Sample) (state []int, count int) {
	clips := group(samples)
	h := histogramOf(levelDB)
	weight := float64(clips.clips) / float64(len(samples))
	criterion := func(m mixture) float64 {
		return float64(3*len(m)-1)*math.Log(float64(clips.clips)) - 2*weight*m.logLikelihood(h)
	}
	state, count = make([]int, len(samples)), 1
	least := criterion(fitMixture(h, 1)) - evident
	for k := 2; k <= mostStates && k*fewestOfState <= clips.clips; k++ {
		m := fitMixture(h, k)
		if c := criterion(m); c < least {
			of := make([]int, len(samples))
			for i, v := range levelDB {
				of[i] = m.likeliest(v)
			}
			if heardOften(of, k, samples, clips) {
				least, state, count = c, of, k
			}
		}
	}
	return state, count
}

// heardOften says whether each state was heard in enough clips.
func heardOften(state []int, count int, samples []detect.Sample, g groups) bool {
	heard := make([]map[int]bool, count)
	for i, s := range state {
		if heard[s] == nil {
			heard[s] = map[int]bool{}
		}
		heard[s][g.clip[samples[i].Clip]] = true
	}
	return !slices.ContainsFunc(heard, func(clips map[int]bool) bool { return len(clips) < fewestOfState })
}

// histogram counts levels in steps that are far below what a state varies by, so that a day of
// sound is fitted as fast as a minute.
type histogram struct {
	db    []float64 // rising
	count []float64
	all   float64
}

const stepDB = detect.MinLevelStdDevDB / 10

func histogramOf(levelDB []float64) (h histogram) {
	for _, v := range slices.Sorted(slices.Values(levelDB)) {
		v = math.Round(v/stepDB) * stepDB
		if last := len(h.db) - 1; last < 0 || h.db[last] != v {
			h.db, h.count = append(h.db, v), append(h.count, 0)
		}
		h.count[len(h.count)-1]++
		h.all++
	}
	return h
}

// quantile returns the level that a share of the levels lies below.
func (h *histogram) quantile(share float64) float64 {
	sum := 0.0
	for i, c := range h.count {
		if sum += c; sum >= share*h.all {
			return h.db[i]
		}
	}
	return h.db[len(h.db)-1]
}

// normal is one part of a mixture.
type normal struct{ share, mean, deviation float64 }

// logDensity is the logarithm of its share of the density at a level.
func (n *normal) logDensity(v float64) float64 {
	z := (v - n.mean) / n.deviation
	return math.Log(n.share/n.deviation) - z*z/2 - math.Log(2*math.Pi)/2
}

// mixture is a sum of normal distributions of rising means.
type mixture []normal

// rounds of expectation and maximisation; what a histogram of levels needs is a tenth of it.
const rounds = 100

// fitMixture fits k normal distributions, none narrower than a level may be said to vary. It
// begins with equal parts of the levels, and so gives the same each time.
func fitMixture(h histogram, k int) mixture {
	m := make(mixture, k)
	for i := range m {
		from, to := h.quantile(float64(i)/float64(k)), h.quantile(float64(i+1)/float64(k))
		m[i] = normal{share: 1 / float64(k), mean: h.quantile((float64(i) + 0.5) / float64(k)),
			deviation: max(detect.MinLevelStdDevDB, (to-from)/2)}
	}
	type sums struct{ count, level, square float64 }
	parts, all := make([]float64, k), make([]sums, k)
	for range rounds {
		clear(all)
		for i, v := range h.db {
			m.density(v, parts)
			for j, p := range parts {
				p *= h.count[i]
				all[j].count += p
				all[j].level += p * v
				all[j].square += p * v * v
			}
		}
		for j, s := range all {
			if s.count < 1 {
				continue // nothing is left for it: it stays where it is, and the criterion counts it
			}
			mean := s.level / s.count
			m[j] = normal{share: s.count / h.all, mean: mean,
				deviation: max(detect.MinLevelStdDevDB, math.Sqrt(max(0, s.square/s.count-mean*mean)))}
		}
	}
	slices.SortFunc(m, func(a, b normal) int { return cmp.Compare(a.mean, b.mean) })
	return m
}

// density writes how likely it is that a level is of each part, and returns the logarithm of the
// density there.
func (m mixture) density(v float64, parts []float64) float64 {
	highest := math.Inf(-1)
	for i := range m {
		parts[i] = m[i].logDensity(v)
		highest = max(highest, parts[i])
	}
	sum := 0.0
	for i := range parts {
		parts[i] = math.Exp(parts[i] - highest)
		sum += parts[i]
	}
	for i := range parts {
		parts[i] /= sum
	}
	return highest + math.Log(sum)
}

// likeliest returns the part that a level is most likely of.
func (m mixture) likeliest(v float64) int {
	best := 0
	for i := range m {
		if m[i].logDensity(v) > m[best].logDensity(v) {
			best = i
		}
	}
	return best
}

// logLikelihood of all levels.
func (m mixture) logLikelihood(h histogram) float64 {
	parts, sum := make([]float64, len(m)), 0.0
	for i, v := range h.db {
		sum += h.count[i] * m.density(v, parts)
	}
	return sum
}
