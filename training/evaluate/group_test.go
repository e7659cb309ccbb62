package evaluate

import (
	"strings"
	"testing"

	"github.com/auscult/auscult/training/dataset"
)

func clip(file string, score float64, alarm bool) Clip {
	label := dataset.Normal
	if strings.HasPrefix(file, "abnormal/") {
		label = dataset.Abnormal
	}
	all := Scores{score, score, score}
	return Clip{File: file, Label: label, Score: score, ScoreMax: 2 * score, Alarm: alarm, Scores: all}
}

func TestPlaces(t *testing.T) {
	clips := []Clip{
		clip("normal/a.wav", 0, false),
		clip("normal/fan/id_00/6dB/a.wav", 0, false),
		clip("abnormal/fan/id_00/-6_dB/bearing/outer race/a.wav", 0, false),
		clip("abnormal/Machine-7/+12 dB/a.wav", 0, false),
		clip("abnormal/section_02/Target/a.wav", 0, false),
		clip("normal/section_01_source_test_normal_0001_vel_6.wav", 0, false),
		clip("abnormal/6 dBm/a.wav", 0, false),
		clip("fan/train/section_00_source_train_normal_0000_.wav", 0, false),
		clip("6_dB_fan/id_02/normal/00000000.wav", 0, false),
		{File: "fan/test/x.wav", Label: dataset.Abnormal, Domain: "target"},
		{File: "OK/a.wav", Label: dataset.Normal},
		{File: "NG sounds/a.wav", Label: dataset.Abnormal},
		{File: "fan/validation/NG/broken/a.wav", Label: dataset.Abnormal},
	}
	for i, want := range []Place{
		{},
		{Machine: "fan/id_00", SNR: "6 dB"},
		{Machine: "fan/id_00", SNR: "-6 dB", Fault: "bearing/outer race"},
		{Machine: "Machine-7", SNR: "12 dB"},
		{Section: "section_02", Domain: "target"},
		{Section: "section_01", Domain: "source"},
		{Fault: "6 dBm"},
		{Machine: "fan", Section: "section_00", Domain: "source"},
		{Machine: "fan/id_02", SNR: "6 dB"},
		{Machine: "fan", Domain: "target"},
		{},
		{},
		{Machine: "fan", Fault: "broken"},
	} {
		if got := *clipsOf(0, clips...).Places()[i]; got != want {
			t.Errorf("%s: %+v, want %+v", clips[i].File, got, want)
		}
	}
}

// clipsOf packs clips for a threshold.
func clipsOf(threshold float64, all ...Clip) *Clips {
	c := &Clips{threshold: threshold, records: make([]record, len(all))}
	for i := range all {
		c.put(i, &all[i])
	}
	return c
}

func TestGroups(t *testing.T) {
	r := Result{Clips: *clipsOf(2.9,
		clip("normal/id_00/6dB/a.wav", 1, false),
		clip("normal/id_00/-6dB/a.wav", 3, true),
		clip("normal/id_02/6dB/b.wav", 2, false),
		clip("normal/id_02/-6dB/b.wav", 4, false),
		clip("abnormal/id_00/6dB/belt/a.wav", 9, true),
		clip("abnormal/id_00/-6dB/belt/a.wav", 2.5, false),
		clip("abnormal/id_02/6dB/rub/a.wav", 8, true),
		clip("abnormal/id_02/-6dB/rub/a.wav", 3.5, true),
	)}
	if err := r.measure(2.9, 1); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, g := range r.Groups {
		got = append(got, string(g.Kind)+" "+g.Name)
		if g.AUC == nil || g.Confusion.TruePositives+g.Confusion.FalseNegatives == 0 {
			t.Errorf("%s: %+v", g.Name, g.Metrics)
		}
	}
	if want := "fault belt,fault rub,machine id_00,machine id_02,snr -6 dB,snr 6 dB"; strings.Join(got, ",") != want {
		t.Errorf("groups %v, want %s", got, want)
	}
	belt, machine, noisy := r.Groups[0], r.Groups[2], r.Groups[4]
	if belt.Normal != 4 || belt.Abnormal != 2 || *belt.AUC != 6./8 {
		t.Errorf("belt: %d abnormal clips against all normal ones, %d, give an AUC of %g", belt.Abnormal, belt.Normal, *belt.AUC)
	}
	if belt.Alarms != 1 || belt.FalseAlarms != 1 {
		t.Errorf("belt: %d alarms, %d false ones, want 1 and 1", belt.Alarms, belt.FalseAlarms)
	}
	if machine.Normal != 2 || machine.Abnormal != 2 || *machine.AUC != 3./4 {
		t.Errorf("id_00 against its own normal clips: %+v", machine)
	}
	if *noisy.AUC != 1./4 || *r.Groups[5].AUC != 1 {
		t.Errorf("noise levels: %v and %v", *noisy.AUC, *r.Groups[5].AUC)
	}
	if r.Official == nil || len(r.Official.Parts) != 8 { // two machines at two levels: an area and a partial one
		t.Errorf("official score %+v", r.Official)
	}
	if r.ByMax.Confusion.FalsePositives != 3 || *r.ByMax.AUC != *r.AUC {
		t.Errorf("by the highest observation: %+v", r.ByMax)
	}
}

// TestMachinesInNoise: the folders of MIMII's archives name a kind of machine and a noise; three of one are one.
func TestMachinesInNoise(t *testing.T) {
	for folders, want := range map[string]Place{
		"6_dB_fan/id_00": {SNR: "6 dB", Machine: "fan/id_00"}, "-6_dB_fan/id_00": {SNR: "-6 dB", Machine: "fan/id_00"},
		"0dB-pump": {SNR: "0 dB", Machine: "pump"}, "-6 dB": {SNR: "-6 dB"}, "60dB": {SNR: "60 dB"},
		"6_dBx": {Machine: "6_dBx"},
	} {
		under := map[string]bool{}
		for _, name := range strings.Split(folders, "/") {
			under[name] = true
		}
		if got := placeOf(strings.Split(folders, "/"), dataset.Normal, under); got != want {
			t.Errorf("%s is %+v, want %+v", folders, got, want)
		}
	}
}

func TestCompare(t *testing.T) {
	a := Result{Clips: *clipsOf(1,
		clip("normal/a.wav", 1, false), clip("normal/b.wav", 2, false), clip("abnormal/a.wav", 3, true),
		clip("normal/short.wav", 9, true),
	)}
	b := Result{Clips: *clipsOf(1,
		clip("normal/b.wav", 2, false), clip("normal/a.wav", 4, false), clip("abnormal/a.wav", 3, true),
	)}
	for _, r := range []*Result{&a, &b} {
		for i := range r.Clips.records { // as recorded; the other way round with the level removed
			r.Clips.records[i].scores.RMS = -r.Clips.records[i].scores.Raw
		}
	}
	if d, err := Compare(&a, &b, RMSNormalised, 1); err != nil || d.A != 0 || d.B != 0.5 {
		t.Errorf("%+v, %v: want the scores at that level", d, err)
	}
	d, err := Compare(&a, &b, AsRecorded, 1)
	if err != nil || d.A != 1 || d.B != 0.5 {
		t.Errorf("%+v, %v: want the three clips that both judged", d, err)
	}
	if _, err := Compare(&a, &Result{}, AsRecorded, 1); err == nil {
		t.Error("nothing in common: no error")
	}
}
