package dataset

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestByNumber(t *testing.T) {
	names := []string{
		"10.csv", "2.csv", "1.csv", "acc_00002.csv", "acc_00010.csv", "acc_1.csv", "acc_", "b", "", "2003.10.22.12.06.24",
		"2003.10.22.9.06.24", "1a", "01.csv", "99999999999999999999.csv", "100000000000000000000.csv", "é2", "é10",
	}
	want := []string{
		"", "01.csv", "1.csv", "1a", "2.csv", "10.csv", "2003.10.22.9.06.24", "2003.10.22.12.06.24",
		"99999999999999999999.csv", "100000000000000000000.csv", "acc_", "acc_1.csv", "acc_00002.csv", "acc_00010.csv", "b",
		"é2", "é10",
	}
	slices.SortFunc(names, ByNumber)
	if !slices.Equal(names, want) {
		t.Errorf("%q\nwant %q", names, want)
	}
	for _, a := range names {
		for _, b := range names {
			if x, y := ByNumber(a, b), ByNumber(b, a); x != -y || (x == 0) != (a == b) {
				t.Errorf("%q and %q: %d and %d", a, b, x, y)
			}
		}
	}
}

func TestSeriesOfFolders(t *testing.T) {
	type clip struct {
		label Label
		name  string
		lasts time.Duration
	}
	var clips []clip
	add := func(label Label, dir string, seconds ...float64) {
		for i, s := range seconds {
			clips = append(clips, clip{label, fmt.Sprintf("%s/%d.wav", dir, i), time.Duration(s * float64(time.Second))})
		}
	}
	add(Normal, "a", .5, .5, 60)   // most are short: the long one is of the series too
	add(Normal, "b", .5, 60, 60)   // few are
	add(Normal, "c", .5)           // one is no series
	add(Normal, "d", 0, 0, 0)      // lengths that are not known
	add(Abnormal, "a", .5, .5)     // of another label
	add(Normal, "a/deeper", 2, 2)  // as long as an alarm takes
	add(Normal, "e", 1.9, 1.9, .1) // shorter
	of := Series(len(clips), func(i int) (Label, string, time.Duration) {
		return clips[i].label, clips[i].name, clips[i].lasts
	}, 2*time.Second)
	if want := []int32{1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 2, 2, 0, 0, 3, 3, 3}; !reflect.DeepEqual(of, want) {
		t.Errorf("%v, want %v", of, want)
	}
	if note := SeriesNote(of, 2*time.Second); !strings.HasPrefix(note,
		"8 recordings are heard as 3 series, one a folder, in the order of their names, since most are shorter than the 2 s") {
		t.Errorf("note %q", note)
	}
	if note := SeriesNote(make([]int32, 3), time.Second); note != "" {
		t.Errorf("note %q of none", note)
	}
}
