package dataset

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/training/parallel"
)

// Options say how clips become features.
type Options struct {
	Profile dsp.Profile
	Channel int // of multichannel clips, from 0
	Workers int // clips read at once; 0 means as many as the process has threads
	// Cache is a folder that keeps features of clips, so that they are computed once; empty
	// means none.
	Cache string
	// Progress, if set, is called after every few seconds of sound and after each clip, from one
	// goroutine at a time.
	Progress func(Progress)
}

// Features are one clip, or a piece of one, as the node's front end gives it.
type Features struct {
	*Clip // the set's own, not to be changed
	Heard
	Bands  int // of each frame
	Values int // likewise: the bands, and motion behind them if the profile asks for it
	// Piece tells the pieces of a recording that was cut, from 1; 0: it is whole.
	Piece int
	from  int // frame of the recording that the piece begins with
	codes codes
}

// Source names what was heard together: the clip, or its piece.
func (f *Features) Source() string {
	if f.Piece == 0 {
		return f.Path()
	}
	return fmt.Sprintf("%s#%d", f.Path(), f.Piece)
}

// Each calls do with the codes of each frame, bands from low to high and motion behind them, which
// are valid until it returns.
func (f *Features) Each(do func(codes []int8)) {
	const chunk = 64 // frames read at once
	raw, frame := make([]byte, chunk*f.Values), make([]int8, f.Values)
	for i := 0; i < f.Frames; i += chunk {
		n := min(chunk, f.Frames-i)
		f.codes.read(i*f.Values, raw[:n*f.Values])
		for k := range n {
			for b, c := range raw[k*f.Values : (k+1)*f.Values] {
				frame[b] = int8(c)
			}
			do(frame)
		}
	}
}

// NormalFeatures are features of normal sound. The zero value holds none. What does not fit
// into the memory lies in temporary files until Close.
type NormalFeatures struct {
	features []*Features
	store    *store
}

// Len returns the number of clips, or pieces.
func (n NormalFeatures) Len() int { return len(n.features) }

// Frames returns how many frames there are.
func (n NormalFeatures) Frames() (frames int) {
	for _, f := range n.features {
		frames += f.Frames
	}
	return frames
}

// All goes through the features, a copy for each clip or piece, with their numbers. They share
// their codes.
func (n NormalFeatures) All() iter.Seq2[int, *Features] {
	return func(yield func(int, *Features) bool) {
		for i, f := range n.features {
			if own := *f; !yield(i, &own) {
				return
			}
		}
	}
}

// Close gives back what the features take on the disk. They cannot be read any more.
func (n NormalFeatures) Close() error { return n.store.close() }

// OnDisk returns how many bytes lie in temporary files, and in which folder.
func (n NormalFeatures) OnDisk() (bytes int64, folder string) { return n.store.onDisk() }

// Err returns why features could not be read back, if that happened: what was made of them is
// worth nothing.
func (n NormalFeatures) Err() error { return n.store.err() }

// Of returns the features of those clips that are in clips.
func (n NormalFeatures) Of(clips NormalClips) NormalFeatures {
	out := NormalFeatures{store: n.store}
	want := make(map[string]bool, len(clips.clips))
	for _, c := range clips.clips {
		want[c.Name] = true
	}
	for _, f := range n.features {
		if want[f.Name] {
			out.features = append(out.features, f)
		}
	}
	return out
}

// AtLeast returns the features that have so many frames, and those of clips of which no piece has, one each.
func (n NormalFeatures) AtLeast(frames int) (long NormalFeatures, short []*Features) {
	long.store = n.store
	has := map[string]bool{} // clips in pieces
	for _, f := range n.features {
		switch {
		case f.Frames < frames:
			short = append(short, f)
		default:
			long.features = append(long.features, f)
			if f.Piece > 0 {
				has[f.Name] = true
			}
		}
	}
	short = slices.DeleteFunc(short, func(f *Features) bool { return has[f.Name] })
	return long, slices.CompactFunc(short, func(a, b *Features) bool { return a.Piece > 0 && a.Name == b.Name })
}

// First says whether the i-th is the first, of those there are, of its clip.
func (n NormalFeatures) First(i int) bool {
	return i == 0 || n.features[i].Piece == 0 || n.features[i-1].Name != n.features[i].Name
}

// Clips returns the clips that have features, each once.
func (n NormalFeatures) Clips() NormalClips {
	var out NormalClips
	for i, f := range n.features {
		if n.First(i) {
			out.clips = append(out.clips, f.Clip)
		}
	}
	return out
}

// ErrUnusable is wrapped when none of the clips can be used.
var ErrUnusable = errors.New("none can be used")

// ExtractNormal computes the features of clips to learn from, in their order, in bounded memory.
// Clips that cannot be used are left out; the warnings say which and why, one line each. It is an
// error when no clip can be used, and when ctx ends.
func ExtractNormal(ctx context.Context, clips NormalClips, o Options) (n NormalFeatures, warnings []string, err error) {
	if clips.Len() == 0 {
		return n, nil, errors.New("dataset: no clip to learn from: all normal ones are for testing; " +
			"put others into normal/ or train/normal/")
	}
	s := newStore()
	p := &o.Profile
	perS := float64(p.SampleRateHz) / float64(max(1, p.HopLength)) * float64(p.Values())
	s.needs = int64(NewHearing(clips.Len(), clips.at, 1, nil).now.TotalS * perS)
	if err := s.check(FreeBytes); err != nil {
		return n, nil, err
	}
	return extractInto(ctx, s, clips, o)
}

// extractInto is ExtractNormal with a store of codes.
func extractInto(
	ctx context.Context, s *store, clips NormalClips, o Options,
) (n NormalFeatures, warnings []string, err error) {
	n.store = s
	defer func() {
		if err != nil {
			err = errors.Join(err, n.Close())
			n = NormalFeatures{}
		}
	}()
	all, said := make([][]*Features, clips.Len()), make([]string, clips.Len())
	hearing := NewHearing(clips.Len(), clips.at, 1, o.Progress)
	own := func() (*extractor, error) { return newExtractor(n.store, o) }
	err = parallel.EachWith(ctx, o.Workers, len(all), own, func(ctx context.Context, e *extractor, i int) (err error) {
		done := hearing.Clip(e.ears, clips.clips[i])
		if all[i], said[i], err = e.extract(ctx, clips.clips[i]); err != nil {
			return err
		}
		done()
		return nil
	})
	warnings = Gathered(slices.DeleteFunc(said, func(text string) bool { return text == "" }))
	n.features = slices.Concat(all...)
	switch {
	case err != nil:
		return n, warnings, err
	case len(n.features) > 0:
		return n, warnings, nil
	}
	return n, warnings, fmt.Errorf("dataset: %d clips: %w; the first: %s", clips.Len(), ErrUnusable, warnings[0])
}

// extractor computes features with one listener.
type extractor struct {
	o      Options
	ears   *Listener
	writer codeWriter
}

func newExtractor(s *store, o Options) (*extractor, error) {
	ears, err := NewListener(o.Profile, o.Channel)
	return &extractor{o: o, ears: ears, writer: codeWriter{store: s}}, err
}

// extract computes the features of one clip, in pieces where dead stretches lie between; none
// when it is left out. A warning with features says what is wrong with a clip that is used all
// the same.
func (e *extractor) extract(ctx context.Context, c *Clip) (pieces []*Features, warning string, err error) {
	if e.o.Cache == "" {
		return e.compute(ctx, c)
	}
	kept := cache{e.o.Cache}
	if f, err := kept.load(c, e.o, &e.writer); f != nil || err != nil {
		return []*Features{f}, "", err
	}
	pieces, warning, err = e.compute(ctx, c)
	if err != nil || warning != "" || len(pieces) != 1 {
		return pieces, warning, err // what is odd is looked at each time
	}
	if err := kept.store(pieces[0], e.o); err != nil {
		warning = fmt.Sprintf("%s: its features cannot be kept in %s: %v", c.Name, e.o.Cache, err)
	}
	return pieces, warning, nil
}

// compute computes the features of one clip.
func (e *extractor) compute(ctx context.Context, c *Clip) (pieces []*Features, warning string, err error) {
	frames, from := 0, 0 // of the present piece
	next := func() (err error) {
		if frames == 0 {
			return nil
		}
		f := &Features{
			Clip: c, Bands: e.o.Profile.Bands, Values: e.o.Profile.Values(), Piece: len(pieces) + 1, from: from,
		}
		f.Frames = frames
		f.codes, err = e.writer.done()
		pieces = append(pieces, f)
		from, frames = from+frames, 0
		e.writer.reset()
		return err
	}
	e.writer.reset()
	cut := Cut{}
	if c.cut() != nil {
		cut = *c.cut()
	}
	ended, faint := 0, true // pieces that End was told of, and whether all of them are
	warning, err = e.ears.Listen(ctx, c, cut, Ear{
		Frame: func(_ int, codes []int8) error { frames++; return e.writer.write(codes) },
		Break: func(int) error { return next() },
		End: func(_ int, h Heard) error {
			err := next()
			for _, f := range pieces[ended:] {
				own := h
				own.Frames, own.DurationS = f.Frames, h.DurationS*float64(f.Frames)/float64(h.Frames)
				f.Heard = own
			}
			ended, faint = len(pieces), faint && h.faint()
			return err
		},
	})
	switch {
	case err != nil:
		return nil, "", err
	case len(pieces) > 0 && faint:
		return nil, fmt.Sprintf("%s: %s", c.Name, ditherText), nil
	case len(pieces) == 1:
		pieces[0].Piece = 0
	}
	return pieces, warning, nil
}
