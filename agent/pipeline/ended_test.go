package pipeline

import (
	"context"
	"testing"
)

// endingScorer notes whose end it follows.
type endingScorer struct {
	levelScorer
	with     context.Context
	released int
}

func (s *endingScorer) EndWith(ctx context.Context) (release func()) {
	s.with = ctx
	return func() { s.released++ }
}

// TestScorerEndsWithRun wants inferences to end with the context of Run, and no longer.
func TestScorerEndsWithRun(t *testing.T) {
	var sink recorder
	c := config(&sink, newPlayer())
	s := &endingScorer{levelScorer: levelScorer{bands: make([]float64, profile().Bands)}}
	c.Scorer = s
	if _, err := run(t, c); err != nil {
		t.Fatal(err)
	}
	if s.with != t.Context() || s.released != 1 {
		t.Errorf("ends with %v, released %d times", s.with, s.released)
	}
}
