package dataset

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
)

// machine is sound as machines make it, with tones and rumble; seeds differ in phases and noise.
func machine(seed uint64, seconds float64) []int32 {
	rng := rand.New(rand.NewPCG(seed, 17))
	pcm := make([]int32, int(16000*seconds))
	phase, low := 6*rng.Float64(), 0.0
	for i := range pcm {
		t := float64(i) / 16000
		low += 0.2 * (rng.NormFloat64() - low)
		v := 0.4*math.Sin(2*math.Pi*49.7*t+phase) + 0.2*math.Sin(2*math.Pi*148.3*t+2*phase) + 0.5*low
		pcm[i] = int32(v*4000) << 16
	}
	return pcm
}

// simulated is what makes sound of tones of whole frequencies and of noise.
func simulated(seed uint64, seconds float64) []int32 {
	rng := rand.New(rand.NewPCG(seed, 23))
	pcm := make([]int32, int(16000*seconds))
	var last [3]float64
	for i := range pcm {
		t := float64(i) / 16000
		white := rng.NormFloat64()
		v := 0.5*math.Sin(2*math.Pi*50*t) + 0.3*math.Sin(2*math.Pi*149*t) + 0.4*(white+last[0]+last[1]+last[2])/4
		last = [3]float64{white, last[0], last[1]}
		pcm[i] = int32(v*1600) << 16
	}
	return pcm
}

// TestParts joins what is one recording in numbered files, by what is in them.
func TestParts(t *testing.T) {
	const seconds = 1
	long := machine(1, 12*seconds)
	part := func(i int) []int32 { return long[i*seconds*16000 : (i+1)*seconds*16000] }
	white := noise(3, 4*seconds)
	even := simulated(5, 12*seconds)
	for name, c := range map[string]struct {
		file func(i int) string
		pcm  func(i int) []int32
		n    int
		want int // takes
	}{
		"parts": {func(i int) string { return fmt.Sprintf("pump_%03d.wav", i+1) }, part, 12, 1},
		"ZOOM":  {func(i int) string { return fmt.Sprintf("ZOOM%04d.WAV", i+7) }, part, 6, 1},
		"segments of ffmpeg, two channels of names": {
			func(i int) string { return fmt.Sprintf("out%d_16k_v2.wav", i) }, part, 12, 1},
		"record": {recordName, part, 4, 1},
		"record of what has no memory": {
			recordName, func(i int) []int32 { return white[i*16000 : (i+1)*16000] }, 4, 1},
		"record, then others under its names": {
			recordName, func(i int) []int32 { return machine(uint64(50+i), seconds) }, 6, 6},
		"record's names, other lengths": {
			recordName, func(i int) []int32 { return noise(uint64(70+i), 1+0.1*float64(i)) }, 4, 4},
		"clips": {func(i int) string { return fmt.Sprintf("pump_%03d.wav", i+1) },
			func(i int) []int32 { return machine(uint64(100+i), seconds) }, 12, 12},
		"clips of what has no memory": {func(i int) string { return fmt.Sprintf("%03d.wav", i+1) },
			func(i int) []int32 { return noise(uint64(200+i), seconds) }, 12, 12},
		"simulated clips that begin alike": {func(i int) string { return fmt.Sprintf("%03d.wav", i) },
			func(i int) []int32 { return simulated(uint64(i+900), seconds) }, 12, 12},
		"parts of what begins alike at each": {func(i int) string { return fmt.Sprintf("%03d.wav", i) },
			func(i int) []int32 { return even[i*16000 : (i+1)*16000] }, 12, 1},
		"every second": {func(i int) string { return fmt.Sprintf("pump_%03d.wav", 2*i) }, part, 6, 6},
		"cut with gaps": {func(i int) string { return fmt.Sprintf("pump_%03d.wav", i) },
			func(i int) []int32 { return long[i*16000+777 : (i+1)*16000-1234] }, 12, 12},
		"two recordings numbered through": {func(i int) string { return fmt.Sprintf("pump_%03d.wav", i) },
			func(i int) []int32 {
				if i < 6 {
					return part(i)
				}
				return machine(300, 6*seconds)[(i-6)*16000 : (i-5)*16000]
			}, 12, 2},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for i := range c.n {
				writeWAV(t, filepath.Join(dir, "normal", c.file(i)), 16000, c.pcm(i))
			}
			s := mustOpen(t, dir)
			takes := map[string]bool{}
			for _, clip := range s.Clips() {
				takes[clip.Take()] = true
			}
			if len(takes) != c.want {
				t.Errorf("%d takes, want %d: %s", len(takes), c.want, s.Describe())
			}
			if said := strings.Contains(s.Describe(), "one file goes on where another ends"); said != (c.want < c.n) {
				t.Errorf("said: %s", s.Describe())
			}
		})
	}
}

func recordName(i int) string {
	return fmt.Sprintf("pump-%03d.wav", i+1)
}

// TestSeries finds clips whose names differ in one number, in the same order each time.
func TestSeries(t *testing.T) {
	var clips []*Clip
	for _, name := range []string{
		"a/rig2_run01_x.wav", "a/rig2_run02_x.wav", "a/rig3_run01_x.wav", "a/rig3_run02_x.flac", "a/rig3_run10_x.wav",
		"b7/99999999999999999999_1.wav", "b8/99999999999999999999_2.wav", "b8/99999999999999999999_1.wav", "none.wav",
	} {
		clips = append(clips, &Clip{Name: name, RateHz: 16000})
	}
	clips = append(clips, &Clip{Name: "a/rig2_run03_x.wav", RateHz: 8000})
	want := "[[0 1] [0 2] [2 4] [7 6]]"
	for range 20 {
		var got [][]int
		for _, one := range seriesOf(clips) {
			var numbers []int
			for _, s := range one {
				numbers = append(numbers, s.clip)
			}
			got = append(got, numbers)
		}
		if text := fmt.Sprint(got); text != want {
			t.Fatalf("%s, want %s", text, want)
		}
	}
}

// TestManyParts hears some seams of a long series, and all where these are seams of parts.
func TestManyParts(t *testing.T) {
	const n = 40
	long := machine(1, 0.5*n)
	dir, other := t.TempDir(), t.TempDir()
	for i := range n {
		writeWAV(t, filepath.Join(dir, fmt.Sprintf("normal/%04d.wav", i)), 16000, long[i*8000:(i+1)*8000])
		writeWAV(t, filepath.Join(other, fmt.Sprintf("normal/%04d.wav", i)), 16000, machine(uint64(i+500), 0.5))
	}
	if takes := takesIn(mustOpen(t, dir)); len(takes) != 1 || len(takes[0]) != n {
		t.Errorf("parts: %v", takes)
	}
	if takes := takesIn(mustOpen(t, other)); len(takes) != 0 {
		t.Errorf("clips: %v", takes)
	}
}
