package dataset

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What names say of takes. Numbers alone say nothing: 001.wav and 002.wav are two takes.
var (
	// A microphone of several: …_ch1_…, …-mic2.wav, a folder channel_3.
	microphoneName = regexp.MustCompile(`(?i)(^|[/_\-. ])(?:ch|chan|channel|mic|microphone|kanal)[_\-. ]?\d{1,2}([/_\-. ]|$)`)
	// A part of a recording: …_part3.wav, …-chunk-0012.wav.
	partName = regexp.MustCompile(`(?i)(^|[/_\-. ])(?:part|pt|seg|segment|chunk|slice|piece)[_\-. ]?\d{1,6}([/_\-. ]|$)`)
	// ToyADMOS begins names with a number that has the microphone in it.
	toyName = regexp.MustCompile(`^\d{6,12}_(.*_case\d+_.*)$`)
	// When the recording began, as many recorders name files: 2026-01-01_10-00-00.
	timeName = regexp.MustCompile(`(\d{4})[-_.]?(\d{2})[-_.]?(\d{2})[-_. T]?(\d{2})[-_.:]?(\d{2})[-_.:]?(\d{2})`)
)

// bare returns a clip's name without its ending and without what tells a microphone or a part, and
// which of the two it had.
func bare(name string) (key string, microphone, part bool) {
	key = strings.TrimSuffix(name, path.Ext(name))
	dir, file := path.Split(key)
	if m := toyName.FindStringSubmatch(file); m != nil {
		key = dir + m[1]
	}
	if microphone = microphoneName.MatchString(key); microphone {
		key = microphoneName.ReplaceAllString(key, "$1*$2")
	}
	if part = partName.MatchString(key); part {
		key = partName.ReplaceAllString(key, "$1*$2")
	}
	return key, microphone, part
}

// byNames joins microphones, parts, and copies in other formats.
func (t *takes) byNames(clips []*Clip) {
	keys := make([]string, len(clips))
	microphone, part := make([]bool, len(clips)), make([]bool, len(clips))
	for i, c := range clips {
		keys[i], microphone[i], part[i] = bare(c.Name)
	}
	t.joinEqual(len(clips), func(i int) string { return keys[i] }, func(a, b int) reason {
		switch {
		case part[a] || part[b]:
			return byPart
		case microphone[a] || microphone[b]:
			return byMicrophone
		}
		return byContainer
	})
}

// timeSeam is how far a file's begin, in whole seconds, may be from the end of the one before.
const timeSeam = 1100 * time.Millisecond

// byTimes joins clips whose names say that each began when the one before had ended.
func (t *takes) byTimes(clips []*Clip) {
	type piece struct {
		clip  int
		start time.Time
		end   time.Time
	}
	series := map[string][]piece{}
	for i, c := range clips {
		at := timeName.FindStringSubmatchIndex(c.Name)
		if at == nil || c.Duration <= 0 {
			continue
		}
		start, ok := timeOf(c.Name, at)
		if !ok {
			continue
		}
		rest := c.Name[:at[0]] + "*" + c.Name[at[1]:]
		series[rest] = append(series[rest], piece{i, start, start.Add(c.Duration)})
	}
	for _, pieces := range series {
		slices.SortStableFunc(pieces, func(a, b piece) int { return a.start.Compare(b.start) })
		for i := 1; i < len(pieces); i++ {
			if gap := pieces[i].start.Sub(pieces[i-1].end); gap <= timeSeam {
				t.join(pieces[i-1].clip, pieces[i].clip, byTime)
			}
		}
	}
}

// timeOf reads the time at the places of timeName.
func timeOf(name string, at []int) (time.Time, bool) {
	var n [6]int
	for i := range n {
		n[i], _ = strconv.Atoi(name[at[2*i+2]:at[2*i+3]]) // digits
	}
	start := time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, time.UTC)
	same := start.Year() == n[0] && int(start.Month()) == n[1] && start.Day() == n[2] &&
		start.Hour() == n[3] && start.Minute() == n[4] && start.Second() == n[5]
	return start, same && n[0] >= 1970
}
