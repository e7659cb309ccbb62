package dataset

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/auscult/auscult/training/recording"
)

// errSilent says that there is nothing in a recording but stretches of one value: a sensor,
// or a recorder, that was dead. That is no sound of the machine.
var errSilent = errors.New("silent")

// silentText is what is said of such a clip, unless another channel has sound.
const (
	silentText = "left out: silent: a sensor or recorder that gives one value is dead"
	ditherText = "left out: silent: it holds no more than dither"
)

// silent says why a silent clip is left out.
func (l *Listener) silent(ctx context.Context, c *Clip) string {
	r, err := c.Open(recording.Options{})
	if err != nil {
		return silentText
	}
	defer r.Halt() //nolint:errcheck // closing what was only read cannot lose anything
	if text := recording.Instead(ctx, r, l.channel); text != "" {
		return "left out: " + text
	}
	return silentText
}

// notes says what was left out of a recording that was heard.
func (p *passage) notes() []string {
	if p.told == 0 || p.deadS == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%.1f s of one value were left out", p.deadS)}
}

// partly finds such a note again.
var partly = regexp.MustCompile(`^(.*): ([0-9.]+) s of one value were left out$`)

// mostAlike is how many warnings are told that differ in their numbers only.
const mostAlike = 3

var numbers = regexp.MustCompile(`[0-9][0-9.]*(?: [µmn]?s\b)?`)

// alike returns warnings without those that differ from others in their clips and numbers only, but for the first of
// them, which says how many there are more.
func alike(warnings []string) []string {
	shape := func(w string) string {
		_, what, _ := strings.Cut(w, ": ")
		return numbers.ReplaceAllString(what, "#")
	}
	count := map[string]int{}
	for _, w := range warnings {
		if !strings.Contains(w, ": left out: ") && !partly.MatchString(w) { // which Gathered gathers
			count[shape(w)]++
		}
	}
	told := warnings[:0:0]
	for _, w := range warnings {
		key := shape(w)
		switch n, odd := count[key]; {
		case odd && n == 0: // with the first
		case n > mostAlike:
			told = append(told, fmt.Sprintf("%s (and %d clips more are like that)", w, n-1))
			count[key] = 0
		default:
			told = append(told, w)
		}
	}
	return told
}

// Gathered says in a line what is wrong with many clips alike: that they are silent, left out for one reason, or
// odd in one way.
func Gathered(warnings []string) (lines []string) {
	names := map[string][]string{} // by what is said of them
	var some []string
	seconds := 0.0
	for _, w := range alike(warnings) {
		name, what, _ := strings.Cut(w, ": ")
		m := partly.FindStringSubmatch(w)
		switch {
		case strings.HasPrefix(what, "left out: "):
			if names[what] == nil {
				lines = append(lines, what) // where the line will stand
			}
			names[what] = append(names[what], name)
		case m != nil:
			s, _ := strconv.ParseFloat(m[2], 64) // written by notes
			if seconds += s; len(some) == 0 {
				lines = append(lines, "")
			}
			some = append(some, m[1])
		default:
			lines = append(lines, w)
		}
	}
	for i, line := range lines {
		clips := names[line]
		switch n := len(clips); {
		case line == "" && len(some) == 1:
			lines[i] = fmt.Sprintf("%s: %.1f s of one value were left out", some[0], seconds)
		case line == "":
			lines[i] = fmt.Sprintf("%d clips have stretches of one value, %.1f s in all, which were left out, %s first",
				len(some), seconds, some[0])
		case n == 1:
			lines[i] = clips[0] + ": " + line
		case n > 1:
			what, silent := strings.CutPrefix(strings.TrimPrefix(line, "left out: "), "silent: ")
			how := "were left out"
			if silent || strings.HasPrefix(what, "channel") {
				how = "are silent and were left out"
			}
			lines[i] = fmt.Sprintf("%d clips %s, %s first: %s", n, how, clips[0], what)
		}
	}
	return lines
}

// faintBits is the width up to which samples of a unit or less are a converter's, or an
// editor's, dither and no sound.
const faintBits = 16

// faint says whether a recording holds no more than the dither of digital silence: silence
// as editors write it.
func (h *Heard) faint() bool {
	bits := h.Sound.BitsPerSample
	return bits >= 2 && bits <= faintBits && h.LevelDBFS < 20*math.Log10(math.Ldexp(1, 1-bits))
}
