package evaluate

import (
	"crypto/sha256"
	"fmt"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/dataset"
)

// Unlearned returns the clips of a set that none of the models has learned or was
// calibrated on. It is an error when that leaves no normal clip.
func Unlearned(set *dataset.Set, models ...*model.Model) (*dataset.Set, error) {
	rest := set.Unknown(func(sum [sha256.Size]byte) (share float64) {
		for _, m := range models {
			share = max(share, m.Settings.Provenance.Share(sum))
		}
		return share
	})
	if n := set.Count(dataset.Normal); n > 0 && rest.Count(dataset.Normal) == 0 {
		return nil, fmt.Errorf("evaluate: the model has learned all %d normal clips of %s: give some that it has not, or train with --test-share", n, set.Dir())
	}
	return rest, nil
}

// Learned returns those of a set's normal clips that a model has learned; of a model that
// does not tell, all.
func Learned(set *dataset.Set, m *model.Model) dataset.NormalClips {
	if m.Settings.Provenance.Learned.Len() == 0 {
		return set.Normal()
	}
	return set.Normal().Known(m.Settings.Provenance.Share)
}
