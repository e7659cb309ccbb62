package dataset

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/training/dataset/seam"
	"github.com/auscult/auscult/training/parallel"
	"github.com/auscult/auscult/training/recording"
)

// Series of numbered files: whether they are parts of one recording is heard at their seams.
const (
	probedSeams  = 8    // of a series that are heard first
	mostSeams    = 512  // that are heard, of a series of parts
	partsSum     = 5.0  // evidence of all seams from which on they are parts
	partsOne     = 4.5  // likewise of a single seam
	partsMean    = 0.5  // evidence of a seam of parts, at least
	inOrder      = 3.5  // standard deviations by which the order of files is that of their numbers
	brokenSeam   = -3.5 // where a series of parts was interrupted
	unlikeSeams  = -3   // from which on files that auscult record may have written are not
	likeDuration = time.Millisecond
)

var digits = regexp.MustCompile(`[0-9]+`)

// serial is a clip of a series.
type serial struct {
	clip     int
	number   int
	from, to int // where it stands in the name
}

// seriesOf returns clips whose names differ in one number alone, in its order; the series of the clips that come
// first in front, and of one clip's those of the number that stands farthest behind.
func seriesOf(clips []*Clip) (series [][]serial) {
	var all []serial
	for i, c := range clips {
		dir, file := path.Split(strings.TrimSuffix(c.Name, path.Ext(c.Name)))
		found := digits.FindAllStringIndex(file, -1)
		for _, at := range found[max(0, len(found)-3):] {
			if n, err := strconv.Atoi(file[at[0]:at[1]]); err == nil {
				all = append(all, serial{i, n, len(dir) + at[0], len(dir) + at[1]})
			}
		}
	}
	// Sorted, those of a series stand side by side: a map of what else the names have would take many times as much.
	same := func(a, b serial) int {
		x, y := clips[a.clip], clips[b.clip]
		return cmp.Or(cmp.Compare(x.Label(), y.Label()), cmp.Compare(x.RateHz, y.RateHz),
			cmp.Compare(x.Name[:a.from], y.Name[:b.from]), cmp.Compare(x.Name[a.to:], y.Name[b.to:]))
	}
	slices.SortFunc(all, func(a, b serial) int {
		return cmp.Or(same(a, b), cmp.Compare(a.number, b.number), cmp.Compare(a.clip, b.clip))
	})
	for from, to := 0, 1; to <= len(all); to++ {
		if to < len(all) && same(all[from], all[to]) == 0 {
			continue
		}
		if to-from > 1 {
			series = append(series, all[from:to])
		}
		from = to
	}
	slices.SortFunc(series, func(a, b []serial) int {
		return cmp.Or(cmp.Compare(a[0].clip, b[0].clip), cmp.Compare(b[0].from, a[0].from))
	})
	return series
}

// pair are clips of which the second may go on where the first ends.
type pair struct {
	a, b     int
	evidence float64
}

// bySeams joins numbered files that are parts of one recording, as recorders and editors write them: what is in
// them decides, not the number.
func (t *takes) bySeams(ctx context.Context, clips []*Clip) {
	for _, one := range seriesOf(clips) {
		var pairs []pair
		for i := 1; i < len(one); i++ {
			if one[i].number == one[i-1].number+1 && t.find(one[i].clip) != t.find(one[i-1].clip) {
				pairs = append(pairs, pair{a: one[i-1].clip, b: one[i].clip})
			}
		}
		if len(pairs) == 0 {
			continue
		}
		probed := pairs
		if len(pairs) > 2*probedSeams {
			probed = nil
			for i := range probedSeams {
				probed = append(probed, pairs[i*(len(pairs)-1)/(probedSeams-1)])
			}
		}
		strange, order := probeSeams(ctx, clips, probed)
		switch sum, apart := verdict(probed, strange, order); {
		case len(probed) < len(pairs) && sum && len(pairs) <= mostSeams:
			hearSeams(ctx, clips, pairs)
			t.joinParts(pairs)
		case len(probed) < len(pairs) && sum: // too many to hear them all
			t.joinParts(pairs)
		case sum:
			t.joinParts(probed)
		case !apart && isRecorded(clips, one):
			t.joinParts(pairs)
		}
	}
}

// verdict says whether seams are those of one recording, and whether they are certainly not. Where ends that do not
// belong together fit as well, as those of simulated sound that begins with the same phase each time, only the order
// can tell.
func verdict(pairs []pair, strange, order float64) (parts, apart bool) {
	sum := 0.0
	for _, p := range pairs {
		sum += p.evidence
	}
	least := partsSum
	if len(pairs) == 1 {
		least = partsOne
	}
	fits := sum >= least && sum >= partsMean*float64(len(pairs))
	return order >= inOrder || fits && strange < sum/2, sum < unlikeSeams
}

func (t *takes) joinParts(pairs []pair) {
	for _, p := range pairs {
		if p.evidence > brokenSeam {
			t.join(p.a, p.b, bySeam)
		}
	}
}

// isRecorded says whether files are called and as long as those of auscult record --split: NAME-001, NAME-002 and so
// on, all of one length but for the last.
func isRecorded(clips []*Clip, one []serial) bool {
	first := clips[one[0].clip]
	name, ok := strings.CutSuffix(strings.TrimSuffix(first.Name, path.Ext(first.Name)), "-001")
	if !ok {
		return false
	}
	for i, n := range one {
		c := clips[n.clip]
		differs := c.Duration - first.Duration
		switch {
		case c.Name != fmt.Sprintf("%s-%03d%s", name, i+1, path.Ext(first.Name)), c.Duration <= 0, differs > likeDuration:
			return false
		case i < len(one)-1 && differs < -likeDuration:
			return false
		}
	}
	return true
}

// hearSeams finds the evidence of each pair.
func hearSeams(ctx context.Context, clips []*Clip, pairs []pair) {
	own := func() (*ends, error) { return &ends{}, nil }
	// What cannot be read is told elsewhere.
	_ = parallel.EachWith(ctx, 0, len(pairs), own, func(ctx context.Context, e *ends, i int) error {
		p := &pairs[i]
		_, tail := e.of(ctx, clips[p.a], false)
		head, _ := e.of(ctx, clips[p.b], true)
		p.evidence = seam.Evidence(tail, head)
		return nil
	})
}

// probeSeams is hearSeams for a few pairs, and returns the evidence that ends of different pairs would give, and how
// well their order is seen.
func probeSeams(ctx context.Context, clips []*Clip, pairs []pair) (strange, order float64) {
	e, n := &ends{}, len(pairs)
	tails, heads := make([][]int32, n), make([][]int32, n)
	for i := range pairs {
		_, tails[i] = e.of(ctx, clips[pairs[i].a], false)
		heads[i], _ = e.of(ctx, clips[pairs[i].b], true)
		pairs[i].evidence = seam.Evidence(tails[i], heads[i])
	}
	if n == 1 { // the other way round
		_, tail := e.of(ctx, clips[pairs[0].b], false)
		head, _ := e.of(ctx, clips[pairs[0].a], true)
		return seam.Evidence(tail, head), 0
	}
	for i := range tails {
		strange += seam.Evidence(tails[i], heads[(i+1)%n])
	}
	return strange, seam.Order(tails, heads)
}

// ends reads the ends of clips.
type ends struct {
	block  hw.Block
	joined []int32
}

// of returns the first and the last samples of a clip, the mean of its channels; those that a gap parts from the end
// are not among the last. headOnly reads no further than the first.
func (e *ends) of(ctx context.Context, c *Clip, headOnly bool) (head, tail []int32) {
	r, err := c.Open(recording.Options{})
	if err != nil {
		return nil, nil
	}
	defer r.Halt() //nolint:errcheck // closing what was only read cannot lose anything
	channels := r.Format().Channels
	if n, known := r.SampleTimes(); known && !headOnly && n > seam.Samples {
		r.Part(n-seam.Samples, n)
	}
	if n := max(1, blockTimes/channels) * channels; cap(e.block.PCM) < n {
		e.block.PCM = make([]int32, n)
	}
	for {
		e.block.PCM = e.block.PCM[:cap(e.block.PCM)/channels*channels]
		if err := r.Read(ctx, &e.block); err != nil {
			return head, tail
		}
		if e.block.Lost > 0 {
			if len(head) > 0 && headOnly {
				return head, nil
			}
			tail = tail[:0]
		}
		e.mix(channels)
		if headOnly {
			if head = append(head, e.joined...); len(head) >= seam.Samples {
				return head[:seam.Samples], nil
			}
			continue
		}
		tail = append(tail, e.joined...)
		if over := len(tail) - seam.Samples; over > 0 {
			tail = tail[:copy(tail, tail[over:])]
		}
	}
}

// mix makes one channel of all.
func (e *ends) mix(channels int) {
	e.joined = e.joined[:0]
	for i := 0; i+channels <= len(e.block.PCM); i += channels {
		sum := int64(0)
		for _, v := range e.block.PCM[i : i+channels] {
			sum += int64(v)
		}
		e.joined = append(e.joined, int32(math.Round(float64(sum)/float64(channels))))
	}
}
