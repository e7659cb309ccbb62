package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/training/recording"
)

// Holdout is one recording of which pieces are held back, by time: what is learned lies between
// them.
type Holdout struct {
	Fit    NormalClips // with Clip's rest
	Clip   *Clip
	Cut    Cut // of what is held
	Pieces int
}

// HoldoutOptions say how a recording is cut to hold pieces of it back.
type HoldoutOptions struct {
	GapS      float64 // left out on either side of a piece
	Share     int     // one second in so many is held
	MaxPieces int
	MaxS      float64 // of all pieces
}

// Sizes of what is held back, in gaps' lengths.
const (
	leastHeld   = 2 // pieces
	heldInGaps  = 1.5
	roundInGaps = 6 // from one piece to the next
)

// Least returns the seconds that a recording must have.
func (o HoldoutOptions) Least() float64 {
	return leastHeld * max(roundInGaps, heldInGaps*float64(o.Share)) * o.GapS
}

// HoldOut cuts the recording that has more than half of all the sound, if one has and is long
// enough. The pieces are spread over all of it, so that both sides have something of every time. It
// is no error when there is none: ok is false.
func (n NormalClips) HoldOut(ctx context.Context, o HoldoutOptions) (h Holdout, ok bool, err error) {
	long, seconds, err := n.longest(ctx)
	if err != nil || seconds < o.Least() {
		return h, false, err
	}
	round := o.Least() / leastHeld
	h.Pieces = min(o.MaxPieces, int(seconds/round))
	round = seconds / float64(h.Pieces)
	held := min(round/float64(o.Share), o.MaxS/float64(h.Pieces))
	fit := round - held - 2*o.GapS
	h.Clip = long
	h.Cut = Cut{FromS: fit + o.GapS, PieceS: held, GapS: round - held}
	for _, c := range n.clips {
		switch {
		case c.Name == long.Name:
			h.Fit.clips = append(h.Fit.clips, c.with(c.stretch(), &Cut{PieceS: fit, GapS: round - fit}))
		case c.Take() != long.Take(): // a copy of it would give away what is held
			h.Fit.clips = append(h.Fit.clips, c)
		}
	}
	return h, true, nil
}

// fewToCount is the most clips that are read to know how long they are, where their headers do not
// say it.
const fewToCount = 16

// longest returns the recording that has more than half of all sound, copies of it not counted, and its
// length; 0 where none has.
func (n NormalClips) longest(ctx context.Context) (long *Clip, seconds float64, err error) {
	of := map[string]float64{} // takes
	first := map[string]*Clip{}
	mixed := map[string]bool{} // takes of several recordings: they are dealt as they are
	all := 0.0
	for _, c := range n.clips {
		take := c.Take()
		if have, ok := first[take]; ok {
			mixed[take] = mixed[take] || have.hash != c.hash
			continue
		}
		s := c.Duration.Seconds()
		if s == 0 || !c.stretch().whole() {
			if len(n.clips) > fewToCount {
				return long, 0, nil
			}
			if s, err = c.Seconds(ctx); ctx.Err() != nil {
				return long, 0, ctx.Err()
			} else if err != nil {
				continue // learning says why
			}
		}
		first[take], of[take] = c, s
		all += s
	}
	for take, s := range of {
		if 2*s > all && !mixed[take] {
			return first[take], s, nil
		}
	}
	return long, 0, nil
}

// ReadMono reads one channel of the clip, from 0, at most its first seconds, which shall be few.
func (c Clip) ReadMono(ctx context.Context, channel, seconds int) (pcm []int32, rateHz int, err error) {
	pieces, rateHz, err := c.ReadPieces(ctx, channel, Cut{ToS: float64(seconds)})
	if len(pieces) > 0 {
		pcm = pieces[0]
	}
	return pcm, rateHz, err
}

// ReadPieces reads one channel of the clip's pieces, from 0, which shall be few and short.
func (c Clip) ReadPieces(ctx context.Context, channel int, cut Cut) (pieces [][]int32, rateHz int, err error) {
	r, err := c.Open(recording.Options{})
	if err != nil {
		return nil, 0, err
	}
	defer r.Halt() //nolint:errcheck // closing what was only read cannot lose anything
	rateHz = r.Format().SampleRateHz
	if err := r.Choose(channel); err != nil {
		return nil, 0, err
	}
	k, open := cut.knife(rateHz), false
	block := hw.Block{PCM: make([]int32, blockTimes)}
	for !k.over() {
		block.PCM = block.PCM[:cap(block.PCM)]
		switch err := r.Read(ctx, &block); {
		case errors.Is(err, io.EOF):
			return pieces, rateHz, nil
		case err != nil:
			return nil, 0, fmt.Errorf("dataset: %s: %w", c.Name, err)
		}
		for pcm := block.PCM; len(pcm) > 0 && !k.over(); {
			n, inside := k.next(len(pcm))
			if inside && !open {
				pieces = append(pieces, nil)
			}
			if inside {
				pieces[len(pieces)-1] = append(pieces[len(pieces)-1], pcm[:n]...)
			}
			pcm, open = pcm[n:], k.inside()
		}
	}
	return pieces, rateHz, nil
}
