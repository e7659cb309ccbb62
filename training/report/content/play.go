package content

import (
	"context"
	"sync"

	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/parallel"
	"github.com/auscult/auscult/training/replay"
)

// replayed is what the node made of one clip.
type replayed struct {
	observations int
	score        float64   // mean over observations
	each         []float64 // every observation's
	alarm        bool
}

// someClips returns at most so many clips of each label, evenly spread, normal
// ones first, and how many these are.
func someClips(set *dataset.Set, most int) (chosen []*dataset.Clip, normal int) {
	for _, label := range []dataset.Label{dataset.Normal, dataset.Abnormal} {
		clips := set.Label(label)
		for _, i := range spread(len(clips), most) {
			chosen = append(chosen, clips[i])
		}
		if label == dataset.Normal {
			normal = len(chosen)
		}
	}
	return chosen, normal
}

// playedS bounds what is played of a clip again and again, in seconds from its begin.
const playedS = 60

// replayEach reads clips, several at once, and gives each one's samples to play, the first
// playedS of them.
func (s *Study) replayEach(ctx context.Context, o *Options, clips []*dataset.Clip, progress func(done, total int),
	play func(ctx context.Context, i int, pcm []int32, rateHz int) error,
) error {
	var mu sync.Mutex
	done := 0
	return parallel.Each(ctx, 0, len(clips), func(ctx context.Context, i int) error {
		pcm, rateHz, err := clips[i].ReadMono(ctx, o.Channel, playedS)
		switch {
		case err != nil || len(pcm) == 0:
			return nil // judging has warned of it
		}
		if err := play(ctx, i, pcm, rateHz); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		done++
		progress(done, len(clips))
		return nil
	})
}

// replayPCM plays samples of a clip through the node's pipeline.
func (s *Study) replayPCM(
	ctx context.Context, o *Options, clip *dataset.Clip, pcm []int32, rateHz int,
) (replayed, error) {
	ro := replay.For(s.Model, o.Channel).Under(clip.ConditionValues(s.Settings.Conditions))
	ro.KeepObservations = true
	r, err := replay.PCM(ctx, ro, rateHz, pcm)
	if err != nil {
		return replayed{}, err
	}
	got := replayed{observations: r.Observations, alarm: r.Alarm()}
	for _, v := range r.Scores {
		got.each = append(got.each, v.Score)
		got.score += v.Score / float64(len(r.Scores))
	}
	return got, nil
}
