package dataset

import "math"

// Cut says which stretch of a recording is heard, and in which pieces. The zero value hears
// all of it in one.
type Cut struct {
	FromS, ToS float64 // of the stretch, from the recording's first sample; ToS 0: to its end
	PieceS     float64 // of one piece; 0: the stretch is one
	GapS       float64 // left out between two pieces
}

// knife cuts at samples.
type knife struct {
	from, to, piece, gap int64
	at                   int64
}

func (c Cut) knife(rateHz int) knife {
	samples := func(s float64) int64 { return int64(math.Round(s * float64(rateHz))) }
	k := knife{from: samples(c.FromS), to: math.MaxInt64, piece: math.MaxInt64 / 4, gap: samples(c.GapS)}
	if c.ToS > 0 {
		k.to = samples(c.ToS)
	}
	if c.PieceS > 0 {
		k.piece = max(1, samples(c.PieceS))
	}
	return k
}

// over says that nothing more is heard.
func (k *knife) over() bool { return k.at >= k.to }

// inside says whether the next sample belongs to the same piece as the one before it.
func (k *knife) inside() bool {
	return k.at > k.from && k.at < k.to && (k.at-k.from)%(k.piece+k.gap) != 0 && (k.at-k.from)%(k.piece+k.gap) < k.piece
}

// next returns how many of the next n samples are alike, and whether they belong to a piece.
func (k *knife) next(n int) (count int, inside bool) {
	left := int64(n)
	switch within := (k.at - k.from) % (k.piece + k.gap); {
	case k.at < k.from:
		left = min(left, k.from-k.at)
	case within < k.piece:
		left, inside = min(left, k.piece-within, k.to-k.at), true
	default:
		left = min(left, k.piece+k.gap-within)
	}
	k.at += left
	return int(left), inside
}
