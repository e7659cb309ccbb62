package selection

import (
	"context"
	"errors"
	"fmt"

	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/learn"
)

// split is what is learned and what is held back, the same for every family.
type split struct {
	fit  dataset.NormalClips
	held []sound
	note string // how it was split, where that is not by clip
}

// sound is a clip, or a piece of one, that is held back.
type sound struct {
	clip *dataset.Clip
	// read returns the channel's samples: of a clip when they are wanted, of a piece what there is of
	// it, since its recording is read but once.
	read func() (pcm []int32, rateHz int, err error)
}

// Bounds of pieces of one recording.
const maxHeldSamples = 12 << 20 // of all of them: 48 MB

// hold splits clips: by clip, or, where most of the sound is one recording, by time.
func (o *Options) hold(ctx context.Context, clips dataset.NormalClips, families []string) (*split, error) {
	gap, err := o.gapS(families)
	if err != nil {
		return nil, err
	}
	h, long, err := clips.HoldOut(ctx, dataset.HoldoutOptions{
		GapS: gap, Share: heldOf, MaxPieces: maxHeld,
		MaxS: min(maxHeld*maxS, float64(maxHeldSamples)/float64(highestRate(clips))),
	})
	switch {
	case err != nil:
		return nil, err
	case long:
		return o.holdPieces(ctx, &h, gap)
	}
	parts := heldOf
	if clips.Len() <= halfTo {
		parts = 2
	}
	for ; parts >= 2; parts-- { // files of one take stay together, so there may be fewer parts
		folds, err := dataset.Folds(clips, parts, o.Learn.Seed)
		if err != nil {
			continue
		}
		s := &split{fit: folds[0].Fit}
		held := folds[0].Held.Clips()
		for _, c := range held[:min(len(held), maxHeld)] {
			s.held = append(s.held, sound{c, func() ([]int32, int, error) { return c.ReadMono(ctx, o.Learn.Channel, maxS) }})
		}
		return s, nil
	}
	return nil, fmt.Errorf("selection: needs normal sound to hold back, two recordings or one of %.0f s or more; "+
		"there are %d clips: record more, or name a family instead of auto",
		dataset.HoldoutOptions{GapS: gap, Share: heldOf}.Least(), clips.Len())
}

// holdPieces reads what is held back of one recording.
func (o *Options) holdPieces(ctx context.Context, h *dataset.Holdout, gapS float64) (*split, error) {
	pieces, rateHz, err := h.Clip.ReadPieces(ctx, o.Learn.Channel, h.Cut)
	if err != nil {
		return nil, fmt.Errorf("selection: %w", err)
	}
	s := &split{fit: h.Fit, note: fmt.Sprintf("most of the sound is one recording, %s: %d pieces of %.1f s of it are held back, "+
		"%.1f s on either side of each are not learned", h.Clip.Name, len(pieces), h.Cut.PieceS, gapS)}
	for _, pcm := range pieces {
		s.held = append(s.held, sound{h.Clip, func() ([]int32, int, error) { return pcm, rateHz, nil }})
	}
	return s, nil
}

// gapS returns the longest gap that a family needs.
func (o *Options) gapS(families []string) (longest float64, err error) {
	for _, name := range families {
		l := o.Learn
		l.Family = name
		gap, err := learn.GapS(l)
		if err != nil {
			return 0, err
		}
		longest = max(longest, gap)
	}
	return longest, nil
}

// highestRate returns the highest rate of clips, as far as they say it.
func highestRate(clips dataset.NormalClips) int {
	highest := 1
	for _, c := range clips.All() {
		highest = max(highest, int(c.RateHz))
	}
	return highest
}

// errShort says that a clip has no observation.
var errShort = errors.New("shorter than an observation")
