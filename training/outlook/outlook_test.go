package outlook

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp"
)

// settings has observations of 2.048 s, and changes of a score each.
func settings(changed ...model.Changed) *model.Settings {
	return &model.Settings{
		Profile: dsp.DefaultProfile(), Window: model.Window{Frames: 5, StrideFrames: 1},
		Detector: model.Detector{PoolWindows: 64},
		Decision: decide.Settings{
			Threshold: 3, Method: "test", AverageWindows: 1, K: 2, N: 3, ClearRatio: 0.9,
			Scales:   []decide.Scale{{Observations: 30, Threshold: 1, Clear: 0.7}},
			Expected: &decide.Expected{PerWeek: 1.04, High: 4, Clips: 45, DurationS: 800, MoreS: 2400},
		},
		Normal: model.NormalStats{Scores: []float32{0.1, 0.5, 0, 0.6}, Changed: changed},
	}
}

func scores(v float32) []float32 { return slices.Repeat([]float32{v}, 4) }

// TestOf: what is loud is told by the second observation, what is small by the scale, when enough of its mean
// is of the change, and what is less not at all.
func TestOf(t *testing.T) {
	o, err := Of(settings(
		model.Changed{FromHz: 891, ToHz: 1122, GainDB: 3, Scores: scores(0.9)},
		model.Changed{FromHz: 891, ToHz: 1122, GainDB: 6, Scores: scores(2)},
		model.Changed{FromHz: 3563, ToHz: 4489, GainDB: 6, Scores: scores(0.9)},
		model.Changed{GainDB: 6, Scores: scores(4)},
	))
	if err != nil {
		t.Fatal(err)
	}
	// (30-n) x 0.3 + n x 2 above 30: from n = 13 on, 12 where the clip begins well.
	if c := o.Changes[1]; c.NoticedS == nil || *c.NoticedS < 12*2.048 || *c.NoticedS > 13*2.048 {
		t.Errorf("the scale's change: %+v", c)
	}
	if c := o.Changes[3]; c.NoticedS == nil || *c.NoticedS != 2*2.048 || !c.All() {
		t.Errorf("the loud change: %+v", c)
	}
	if o.Changes[0].NoticedS != nil {
		t.Error("less than any threshold is noticed")
	}
	want := []string{
		"normal sound like this raises about 1 event in 7 days (0 to 4), as far as 14 minutes of 45 clips can tell: " +
			"40 minutes more, of other hours, would halve what is uncertain of that",
		"+6 dB in a third of an octave is noticed within 27 s (not at 4 kHz), +3 dB not within 1 hour",
		"+6 dB in all is noticed within 5 s",
	}
	if got := o.Lines(); !slices.Equal(got, want) {
		t.Errorf("lines\n%s", strings.Join(got, "\n"))
	}
	if o, err = Of(settings(model.Changed{GainDB: 3, Scores: scores(0.5)})); err != nil ||
		o.Lines()[1] != "+3 dB in all is not noticed within 1 hour" || o.Changes[0].When() != "not within 1 hour" {
		t.Errorf("%v, %v", o, err)
	}
	text, err := json.Marshal(o)
	if err != nil || !strings.Contains(string(text), `"gain_db":3,"noticed_s":null`) {
		t.Errorf("JSON %s, %v", text, err)
	}
}

// TestAnotherThreshold: the same scores promise less where the threshold is higher.
func TestAnotherThreshold(t *testing.T) {
	s := settings(model.Changed{GainDB: 6, Scores: scores(4)})
	s.Decision = s.Decision.Times(2)
	o, err := Of(s)
	if err != nil {
		t.Fatal(err)
	}
	if c := o.Changes[0]; c.NoticedS == nil || *c.NoticedS < 10*2.048 {
		t.Errorf("%+v: only the scale can tell", c)
	}
	if o.Expected != nil {
		t.Error("what was expected of the lower threshold is still there")
	}
}

// TestNothingKnown: an older model, and one whose normal sound keeps the alarm on.
func TestNothingKnown(t *testing.T) {
	s := settings()
	s.Decision.Expected = nil
	if o, err := Of(s); err != nil || o.Lines() != nil {
		t.Errorf("%+v, %v", o, err)
	}
	s = settings(model.Changed{GainDB: 6, Scores: scores(9)})
	s.Normal.Scores = []float32{9}
	if o, err := Of(s); err != nil || len(o.Changes) != 0 {
		t.Errorf("%+v, %v: the alarm was on before", o, err)
	}
	s.Decision.K = 9
	if _, err := Of(s); err == nil {
		t.Error("9 of 3 is a decision")
	}
}

func TestObserve(t *testing.T) {
	e := &decide.Expected{PerWeek: 7, Low: 3, High: 14}
	o := Observe(e, 0, 3600)
	if o == nil || o.More || o.String() != "in 1 hour of normal sound here, 0.042 events were to be expected, and 0 came" {
		t.Errorf("%v", o)
	}
	if o := Observe(e, 5, 3600); !o.More || !strings.Contains(o.String(), "not like what was learned") {
		t.Errorf("%v", o)
	}
	if Observe(nil, 1, 1) != nil || Observe(e, 0, 0) != nil {
		t.Error("nothing was compared with something")
	}
}

func TestNumberText(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 0.001: "less than 0.01", 0.26: "0.26", 1.04: "1", 9.96: "10", 584: "580", 3593: "3600",
	} {
		if got := numberText(v); got != want {
			t.Errorf("%g: %s, want %s", v, got, want)
		}
	}
	for v, want := range map[float64]string{
		4.096: "5 s", 59: "1 minute", 72: "72 s", 300: "5 minutes", 3600: "1 hour", 7200: "2 hours", 90000: "25 hours",
		200000: "3 days",
	} {
		if got := timeText(v); got != want {
			t.Errorf("%g s: %s, want %s", v, got, want)
		}
	}
}
