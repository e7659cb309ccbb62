package report

import (
	"strings"
	"testing"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/evaluate"
	"github.com/auscult/auscult/training/report/content"
)

func TestSentence(t *testing.T) {
	for _, c := range []struct {
		alarms, abnormal, falseAlarms, normal int
		want                                  string
	}{
		{8, 8, 0, 6, "heard all 8 faulty recordings, and called none of 6 normal recordings faulty"},
		{3, 8, 2, 6, "heard 3 of 8 faulty recordings, and called 2 of 6 normal recordings faulty"},
		{1, 1, 0, 1, "heard 1 of 1 faulty recordings, and called 0 of 1 normal recordings faulty"},
		{0, 0, 1, 5, "there was none to judge by"},
		{2, 4, 0, 0, "there was none to judge by"},
	} {
		r := &evaluate.Result{Alarms: c.alarms, FalseAlarms: c.falseAlarms}
		r.Normal, r.Abnormal = c.normal, c.abnormal
		s := &content.Study{Result: r, Settings: &model.Settings{}}
		if got := sentence(s); !strings.Contains(got, c.want) {
			t.Errorf("%+v: %q lacks %q", c, got, c.want)
		}
	}
}

// TestNextFollowsWhatIsThere: each step stands for something in the study, and goes with it.
func TestNextFollowsWhatIsThere(t *testing.T) {
	_, s := makePage(t, 2, false)
	has := func(want string) bool { return strings.Contains(strings.Join(next(s), "\n"), want) }
	if !has("more minutes of normal sound") {
		t.Errorf("3 clips are enough to learn: %q", next(s))
	}
	s.Settings.Normal.Observations = 5000
	if has("more minutes of normal sound") {
		t.Error("two hours are not")
	}
	normal := s.Result.Review["normal"]
	normal.Clipped = []string{"normal/1.wav", "normal/2.wav"}
	s.Result.Review["normal"] = normal
	if !has("2 clips are clipped: normal/1.wav, normal/2.wav") {
		t.Errorf("no word of clipped clips: %q", next(s))
	}
	s.Loudness.AUC = 0.99
	if !has("level by itself tells") {
		t.Errorf("no word of level: %q", next(s))
	}
}

func TestTimeText(t *testing.T) {
	for seconds, want := range map[float64]string{60: "60 s", 1999: "33 minutes", 36000: "10 hours", 7776000: "90 days"} {
		if got := timeText(seconds); got != want {
			t.Errorf("%g s is %q, want %q", seconds, got, want)
		}
	}
}
