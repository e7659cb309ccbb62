package dataset

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/auscult/auscult/training/dataset/likeness"
)

// Ways to find the clips of one take. Any other is a regular expression.
const (
	GroupByAll    = "auto"   // by names, ConditionsFile and what is heard
	GroupByName   = "name"   // by names and ConditionsFile
	GroupByFolder = "folder" // all of a folder
	GroupByNone   = "none"   // each clip by itself, but for equal contents
)

// Take names the take that the clip is of: what was recorded at one time, by however many
// microphones and into however many files. The name is that of its first clip.
func (c Clip) Take() string {
	if c.take == nil {
		return c.Hash()
	}
	return c.take.Name
}

// takes tells which clips belong together while they are being found.
type takes struct {
	of      []int // a clip before it that is of the same take, or itself
	by      *regexp.Regexp
	how     string
	reasons [len(reasonTexts)]int // pairs of clips
	strange int                   // clips that the expression does not fit
}

// reason is why clips are of one take.
type reason int

const (
	byMicrophone reason = iota
	byPart
	byContainer
	byTime
	byTable
	byWish
	byEar
	bySeam
)

// reasonTexts say it of many.
var reasonTexts = [...]string{
	byMicrophone: "microphones by their names", byPart: "parts by their names", byContainer: "one name, several formats",
	byTime: "one recording begins when another ends", byTable: "by " + ConditionsFile, byWish: "as told by --group-by",
	byEar: "the same sound", bySeam: "one file goes on where another ends",
}

func newTakes(clips int, how string) (*takes, error) {
	t := &takes{of: make([]int, clips), how: cmp.Or(how, GroupByAll)}
	for i := range t.of {
		t.of[i] = i
	}
	switch t.how {
	case GroupByAll, GroupByName, GroupByFolder, GroupByNone:
		return t, nil
	}
	var err error
	if t.by, err = regexp.Compile(how); err != nil {
		return nil, fmt.Errorf("dataset: group by %.80q: use %s, %s, %s, %s, or a regular expression: %w",
			how, GroupByAll, GroupByName, GroupByFolder, GroupByNone, err)
	}
	return t, nil
}

func (t *takes) find(i int) int {
	for t.of[i] != i {
		t.of[i] = t.of[t.of[i]]
		i = t.of[i]
	}
	return i
}

// join says that two clips are of one take.
func (t *takes) join(a, b int, why reason) {
	a, b = t.find(a), t.find(b)
	if a != b {
		t.of[max(a, b)] = min(a, b)
		t.reasons[why]++
	}
}

// joinEqual joins clips with equal keys; those with none stay alone.
func (t *takes) joinEqual(n int, key func(i int) string, why func(a, b int) reason) {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = key(i)
	}
	first := firsts(n, func(a, b int32) int { return strings.Compare(keys[a], keys[b]) })
	for i, j := range first {
		if keys[i] != "" && int(j) != i {
			t.join(int(j), i, why(int(j), i))
		}
	}
}

// firsts returns, of each of n things, the first that is equal to it: itself, or one before it. A map would
// take many times as much.
func firsts(n int, compare func(a, b int32) int) []int32 {
	order, first := make([]int32, n), make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Or(compare(a, b), cmp.Compare(a, b)) })
	for k, i := range order {
		first[i] = i
		if k > 0 && compare(order[k-1], i) == 0 {
			first[i] = first[order[k-1]]
		}
	}
	return first
}

// group finds the takes of clips of both labels, given their prints, which are compared first and not needed any
// more then, and says where several clips are of one.
func (s *Set) group(how string, prints []likeness.Print) error {
	clips := s.Clips()
	t, err := newTakes(len(clips), how)
	if err != nil {
		return err
	}
	var alike [][2]int32
	if t.how == GroupByAll {
		likeness.Alike(prints, func(a, b int) { alike = append(alike, [2]int32{int32(a), int32(b)}) })
	}
	for i, first := range firstAlike(clips) {
		t.join(int(first), i, byEar)
	}
	switch {
	case t.by != nil:
		t.byExpression(clips)
	case t.how == GroupByFolder:
		t.joinEqual(len(clips), func(i int) string { return path.Dir(clips[i].Name) + "/" }, always(byWish))
	case t.how != GroupByNone:
		t.byNames(clips)
		t.byTimes(clips)
		t.joinEqual(len(clips), func(i int) string {
			if clips[i].told == nil {
				return ""
			}
			return clips[i].told.take
		}, always(byTable))
	}
	for _, pair := range alike {
		t.join(int(pair[0]), int(pair[1]), byEar)
	}
	if t.how == GroupByAll {
		t.bySeams(context.Background(), clips)
	}
	for i, c := range clips {
		c.take = clips[t.find(i)]
	}
	s.grouped = t.summary(clips)
	if t.strange > 0 {
		s.warn("--group-by %s fits none of %d names, which are taken for takes of their own", how, t.strange)
	}
	s.warnBothLabels(clips)
	return nil
}

func always(why reason) func(a, b int) reason { return func(int, int) reason { return why } }

// byExpression groups by what an expression finds in a name: its groups, or else all of it.
func (t *takes) byExpression(clips []*Clip) {
	t.joinEqual(len(clips), func(i int) string {
		m := t.by.FindStringSubmatch(clips[i].Name)
		switch {
		case m == nil:
			t.strange++
			return ""
		case len(m) > 1:
			return strings.Join(m[1:], "\x00") + "\x00"
		}
		return m[0] + "\x00"
	}, always(byWish))
}

// neverBoth ends a summary, unless the data set's own split has takes on both sides.
const neverBoth = ": a take is never on both sides"

// summary says how many takes there are, "" when every clip is one.
func (t *takes) summary(clips []*Clip) string {
	sizes := map[int]int{}
	for i := range clips {
		sizes[t.find(i)]++
	}
	if len(sizes) == len(clips) {
		return ""
	}
	smallest, largest := len(clips), 0
	for _, n := range sizes {
		smallest, largest = min(smallest, n), max(largest, n)
	}
	var why []string
	what := "files"
	for r, n := range t.reasons {
		if n > 0 {
			why = append(why, reasonTexts[r])
		}
	}
	if slices.Equal(why, []string{reasonTexts[byMicrophone]}) {
		what, why = "microphones", nil
	}
	each := fmt.Sprintf("%d %s each", largest, what)
	if smallest != largest {
		each = fmt.Sprintf("up to %s", each)
	}
	if len(why) > 0 {
		each += "; " + strings.Join(why, ", ")
	}
	if len(sizes) == 1 {
		return fmt.Sprintf("all %d files are of one take (%s): what is held back are neighbours of each other, for want of others",
			len(clips), each)
	}
	return fmt.Sprintf("%d files of %d takes (%s)%s", len(clips), len(sizes), each, neverBoth)
}

// warnBothLabels says where clips of one take are normal and abnormal. Equal contents are told of
// with the other duplicates.
func (s *Set) warnBothLabels(clips []*Clip) {
	normal := map[*Clip]*Clip{} // by take
	for _, c := range clips {
		if c.Label() == Normal {
			normal[c.take] = c
		}
	}
	n, example := 0, ""
	for _, c := range clips {
		if other := normal[c.take]; c.Label() != Normal && other != nil && other.hash != c.hash {
			if n++; n == 1 {
				example = fmt.Sprintf("%s and %s", other.Name, c.Name)
			}
		}
	}
	if n > 0 {
		s.warn("%d abnormal clips are of a take that normal ones are of too, as %s: is a label wrong?", n, example)
	}
}
