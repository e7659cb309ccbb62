package model

import (
	"math"
	"testing"
)

func TestValidateChanged(t *testing.T) {
	good := Changed{FromHz: 891, ToHz: 1122, LevelDB: -20, GainDB: 6, Scores: []float32{0, 3}}
	if err := validateChanged([]Changed{good, {GainDB: -6, Scores: []float32{1}}}); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*Changed){
		"edges":     func(c *Changed) { c.ToHz = 1 },
		"NaN edge":  func(c *Changed) { c.FromHz = math.NaN() },
		"gain":      func(c *Changed) { c.GainDB = 500 },
		"none":      func(c *Changed) { c.Scores = nil },
		"many":      func(c *Changed) { c.Scores = make([]float32, MaxChangedScores+1) },
		"below 0":   func(c *Changed) { c.Scores = []float32{-1} },
		"NaN score": func(c *Changed) { c.Scores = []float32{float32(math.NaN())} },
	} {
		c := good
		spoil(&c)
		if validateChanged([]Changed{c}) == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if validateChanged(make([]Changed, maxChanged+1)) == nil {
		t.Error("too many changes are taken")
	}
}
