package evaluate

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/training/dataset"
)

// TestClipsKeepAll packs clips and unpacks what was packed, also where others stood before.
func TestClipsKeepAll(t *testing.T) {
	edges := []decide.BandRange{{FromHz: 50, ToHz: 90.5}, {FromHz: 80.25, ToHz: 120}, {FromHz: 110, ToHz: 170}}
	finding := func(level float64, text string) []detect.Finding {
		return []detect.Finding{
			{Detector: detect.ByLevel, Surprise: level, Text: text}, {Detector: detect.ByMSE, Surprise: level / 2},
		}
	}
	full := Clip{
		File: "abnormal/long.wav [0:01:00-0:02:00]", Label: dataset.Abnormal, Domain: "target",
		Recording: "abnormal/long.wav", StartS: 60, DurationS: 60.25, LevelDBFS: -41.5, Observations: 29,
		Score: 3, ScoreMax: 8, Ratio: 1.5, Flagged: true, Alarm: true, Scores: Scores{Raw: 3, Mean: 2.5, RMS: 2.75},
		Bands:     []decide.BandRange{{FromHz: 80.25, ToHz: 170, Share: 0.7}, {FromHz: 50, ToHz: 90.5, Share: 0.1}},
		Detectors: finding(4, "louder"), Detail: &Detail{Piece: 1, BandParts: []float64{1, 2}},
	}
	bare := Clip{
		File: "normal/a.wav", Label: dataset.Normal, DurationS: 0.5, LevelDBFS: -60, Observations: 1,
		Score: 1, ScoreMax: 1, Ratio: 0.5, Scores: Scores{Raw: 1, Mean: 1, RMS: 1}, Detectors: finding(0.25, ""),
	}
	c := &Clips{threshold: 2, edges: edges, detectors: []detect.Name{detect.ByLevel, detect.ByMSE},
		records: make([]record, 3), surprises: make([]float64, 6)}
	for i, clip := range []*Clip{&full, &full, &bare} {
		c.put(i, clip)
	}
	c.put(0, &bare)
	c.move(2, c, 1)
	want := []Clip{bare, full, full}
	for i, got := range c.All() {
		if !reflect.DeepEqual(*got, want[i]) {
			t.Errorf("clip %d is\n%+v, want\n%+v", i, *got, want[i])
		}
	}
	got, err := json.Marshal(c)
	listed, _ := json.Marshal(want)
	if err != nil || string(got) != string(listed) {
		t.Errorf("as JSON %s (%v), want %s", got, err, listed)
	}
	if c.shorten(1); c.Len() != 1 {
		t.Errorf("%d clips are left, want 1", c.Len())
	}
}

// TestBound keeps words of few clips and not of many, and says so.
func TestBound(t *testing.T) {
	for clips, kept := range map[int]bool{mostInWords: true, mostInWords + 1: false} {
		o := Options{Words: true}
		if notes := o.bound(clips); o.Words != kept || (len(notes) == 0) != kept {
			t.Errorf("%d clips: words %v, notes %q", clips, o.Words, notes)
		}
	}
	if o := (Options{}); o.bound(mostInWords+1) != nil {
		t.Error("what nobody asked for is given up")
	}
}
