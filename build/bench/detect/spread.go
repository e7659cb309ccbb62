package main

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/auscult/auscult/training/metrics"
)

// mahalanobis is the distance by a covariance that Ledoit and Wolf shrink towards equal variances. Pieces are
// centred: they are standardised.
func mahalanobis(normal [][]float64) scorer {
	n, bands := len(normal), len(normal[0])
	x := mat.NewDense(n, bands, slices.Concat(normal...))
	s := metrics.LedoitWolf(x)
	mu := mat.Trace(s) / float64(bands)
	const least = 1e-3 // of the mean variance: few pieces alike have none
	for i := range bands {
		s.SetSym(i, i, s.At(i, i)+least*max(mu, least))
	}
	var c mat.Cholesky
	if !c.Factorize(s) {
		return func([]float64) float64 { return 0 }
	}
	return func(piece []float64) float64 {
		var solved mat.VecDense
		v := mat.NewVecDense(bands, piece)
		if err := c.SolveVecTo(&solved, v); err != nil {
			return 0
		}
		return math.Sqrt(mat.Dot(v, &solved))
	}
}

// gaussians is a mixture of Gaussians with a variance for each band.
type gaussians struct {
	weight         []float64
	mean, variance [][]float64
}

// Of mixtures.
const (
	mostGaussians = 4
	leastPieces   = 8    // of each
	leastVariance = 0.05 // of standardised pieces
	rounds        = 40
)

// mixture is the negative logarithm of the likelihood under as many Gaussians as Schwarz's criterion wants.
func mixture(normal [][]float64) scorer {
	var best *gaussians
	least := math.Inf(1)
	for k := 1; k <= mostGaussians && (k == 1 || len(normal) >= k*leastPieces); k++ {
		g := fitGaussians(normal, k)
		loss := float64(k*2*len(normal[0])) * math.Log(float64(len(normal)))
		for _, piece := range normal {
			loss -= 2 * g.likelihood(piece, nil)
		}
		if loss < least {
			best, least = g, loss
		}
	}
	return func(piece []float64) float64 { return -best.likelihood(piece, nil) }
}

// likelihood returns its logarithm, and each Gaussian's share of it.
func (g *gaussians) likelihood(piece, share []float64) float64 {
	logs := make([]float64, len(g.weight))
	for k, w := range g.weight {
		logs[k] = math.Log(w)
		for b, v := range piece {
			d := v - g.mean[k][b]
			logs[k] -= (d*d/g.variance[k][b] + math.Log(2*math.Pi*g.variance[k][b])) / 2
		}
	}
	highest, sum := slices.Max(logs), 0.0
	for _, l := range logs {
		sum += math.Exp(l - highest)
	}
	for k := range share {
		share[k] = math.Exp(logs[k]-highest) / sum
	}
	return highest + math.Log(sum)
}

// fitGaussians fits by expectation and maximisation, from pieces that are drawn.
func fitGaussians(normal [][]float64, count int) *gaussians {
	bands := len(normal[0])
	g := &gaussians{}
	for _, i := range rand.New(rand.NewPCG(1, uint64(count))).Perm(len(normal))[:count] {
		g.weight = append(g.weight, 1/float64(count))
		g.mean = append(g.mean, slices.Clone(normal[i]))
		g.variance = append(g.variance, slices.Repeat([]float64{1}, bands))
	}
	shares := make([][]float64, len(normal))
	for range rounds {
		for i, piece := range normal {
			shares[i] = make([]float64, count)
			g.likelihood(piece, shares[i])
		}
		for k := range count {
			g.maximise(k, normal, shares)
		}
	}
	return g
}

// maximise fits one Gaussian to its shares of the pieces.
func (g *gaussians) maximise(k int, normal, shares [][]float64) {
	const least = 1e-6
	total := least
	for i := range normal {
		total += shares[i][k]
	}
	g.weight[k] = total / (float64(len(normal)) + least*float64(len(g.weight)))
	for b := range g.mean[k] {
		sum := 0.0
		for i, piece := range normal {
			sum += shares[i][k] * piece[b]
		}
		mean, square := sum/total, 0.0
		for i, piece := range normal {
			square += shares[i][k] * (piece[b] - mean) * (piece[b] - mean)
		}
		g.mean[k][b], g.variance[k][b] = mean, max(leastVariance, square/total)
	}
}
