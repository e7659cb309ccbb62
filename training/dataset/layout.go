package dataset

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Layout names how a data set's folders and files say what a clip is.
type Layout string

// Layouts.
const (
	Plain     Layout = "plain"     // normal/ and abnormal/
	MIMII     Layout = "mimii"     // MACHINE/id_00/{normal,abnormal}/
	ToyADMOS  Layout = "toyadmos"  // MACHINE/case1/{NormalSound_IND,NormalSound_CNT,AnomalousSound_IND}/
	DCASE2020 Layout = "dcase2020" // MACHINE/{train,test}/{normal,anomaly}_id_00_00000000.wav
	DCASE2022 Layout = "dcase2022" // MACHINE/{train,test}/section_00_source_train_normal_0000_ATTRIBUTES.wav
)

// Layouts lists the layouts, in the order in which they are looked for.
func Layouts() []Layout { return []Layout{Plain, MIMII, ToyADMOS, DCASE2020, DCASE2022} }

// Splits that a data set makes itself.
const (
	trainSplit = "train"
	testSplit  = "test"
)

// TargetDomain is the domain of a clip in a set of two domains that little was recorded
// of.
const TargetDomain = "target"

// place is what a clip's name says of it.
type place struct {
	machine string // folder, and id or section, of the machine
	label   Label
	split   string // of the data set itself, if it makes one
	domain  string
	attrs   string
}

var (
	dcase2020Name = regexp.MustCompile(`^(normal|anomaly)_(id_\d{2})_\d+\.[a-z0-9]+$`)
	dcase2022Name = regexp.MustCompile(`^(section_\d{2})_(source|target)_(train|test)_(normal|anomaly)_\d+(?:_(.*))?\.[a-z0-9]+$`)
	mimiiID       = regexp.MustCompile(`^id_\d{2}$`)
	toyCase       = regexp.MustCompile(`^case\d+$`)
)

// locate returns what the name of a clip, with slashes, means in a layout, and
// whether it means anything.
func (l Layout) locate(name string) (place, bool) {
	dir, file := path.Split(strings.ToLower(name))
	dir = strings.TrimSuffix(dir, "/")
	above, folder := path.Dir(dir), path.Base(dir)
	// The machine's name keeps its letters.
	original := path.Dir(path.Dir(name))
	switch l {
	case Plain:
		return locatePlain(name)
	case MIMII:
		ok := (folder == string(Normal) || folder == string(Abnormal)) && mimiiID.MatchString(path.Base(above))
		return place{machine: original, label: Label(folder)}, ok
	case ToyADMOS:
		label := map[string]Label{
			"normalsound_ind": Normal, "normalsound_cnt": Normal, "anomaloussound_ind": Abnormal,
		}[folder]
		return place{machine: original, label: label}, label != "" && toyCase.MatchString(path.Base(above))
	case DCASE2020:
		m := dcase2020Name.FindStringSubmatch(file)
		if m == nil || folder != trainSplit && folder != testSplit {
			return place{}, false
		}
		return place{machine: path.Join(original, m[2]), label: dcaseLabel(m[1]), split: folder}, true
	case DCASE2022:
		m := dcase2022Name.FindStringSubmatch(file)
		if m == nil || folder != trainSplit && folder != testSplit {
			return place{}, false
		}
		return place{
			machine: path.Join(original, m[1]), label: dcaseLabel(m[4]), split: m[3], domain: m[2], attrs: m[5],
		}, true
	}
	return place{}, false
}

// splitFolders are what people call folders of a split that they made themselves.
var splitFolders = map[string]string{
	"train": trainSplit, "training": trainSplit, "learn": trainSplit,
	"test": testSplit, "testing": testSplit, "eval": testSplit, "evaluation": testSplit,
	"val": testSplit, "valid": testSplit, "validation": testSplit,
}

// locatePlain looks for a label in the folders of a name. What is above it is the machine, as in
// a zip of a whole folder, or says train or test.
func locatePlain(name string) (place, bool) {
	if _, ok := MIMII.locate(name); ok {
		return place{}, false
	}
	folders := strings.Split(name, "/")
	folders = folders[:len(folders)-1]
	var at place
	var above []string
	for _, folder := range folders {
		label, ok := labelOf(folder)
		if ok {
			at.label, at.machine = label, strings.Join(above, "/")
			return at, true
		}
		if split := splitFolders[strings.ToLower(folder)]; split != "" {
			at.split = split
			continue
		}
		above = append(above, folder)
	}
	return place{}, false
}

// FoldersOf returns the folders of a clip's name, with slashes, without those that only say its label or
// its split, whatever people call them: what is below a label may be called as another is.
func FoldersOf(name string) (rest []string) {
	folders := strings.Split(name, "/")
	labelled := false
	for _, folder := range folders[:len(folders)-1] {
		lower := strings.ToLower(folder)
		_, label := labelOf(folder)
		switch {
		case label && !labelled:
			labelled = true
		case !labelled && splitFolders[lower] != "":
		case lower == string(Normal) || lower == string(Abnormal) || lower == trainSplit || lower == testSplit:
		default:
			rest = append(rest, folder)
		}
	}
	return rest
}

func dcaseLabel(s string) Label {
	if s == "normal" {
		return Normal
	}
	return Abnormal
}

// detect chooses the layout that gives a meaning to some names. Names that mean
// something in two of them are the caller's to decide.
func detect(names []string, forced Layout) (Layout, error) {
	if forced != "" {
		if !slices.Contains(Layouts(), forced) {
			return "", fmt.Errorf("unknown layout %.40q: use one of %v", forced, Layouts())
		}
		return forced, nil
	}
	found := map[Layout]int{}
	for _, l := range Layouts() {
		for _, n := range names {
			if _, ok := l.locate(n); ok {
				found[l]++
			}
		}
	}
	switch {
	case found[Plain] > 0:
		return Plain, nil
	case len(found) == 0:
		return "", fmt.Errorf("%d recordings, but no folder normal/ nor another layout that is known (%v): %s",
			len(names), Layouts(), advice(names))
	case len(found) > 1:
		return "", fmt.Errorf("files of the layouts %v side by side: choose one by its name", slices.Sorted(maps.Keys(found)))
	}
	for l := range found {
		return l, nil
	}
	return "", nil
}

// noiseOf is how MIMII's archives and their folders begin, one for each noise that a machine was recorded in.
var noiseOf = regexp.MustCompile(`(?i)(^|/)[+-]?\d{1,3}(\.\d+)?[ _]?db[ _-]+`)

// machineOf chooses the machine: the one there is, or the one that is named,
// wholly or by the end of its path. Folders that differ in nothing but the noise that they name are one machine,
// whose folders are returned.
func machineOf(machines []string, wanted string) (name string, folders []string, err error) {
	if len(machines) == 0 {
		return "", nil, fmt.Errorf("no file fits the layout")
	}
	if wanted == "" {
		if name, alike := quiet(machines); alike {
			return name, machines, nil
		}
	}
	var hits []string
	for _, m := range machines {
		if m == wanted {
			return m, []string{m}, nil
		}
		if wanted != "" && strings.HasSuffix(m, "/"+wanted) {
			hits = append(hits, m)
		}
	}
	if name, alike := quiet(hits); alike {
		return name, hits, nil
	}
	shown := strings.Join(machines[:min(len(machines), 12)], ", ")
	if more := len(machines) - 12; more > 0 {
		shown += fmt.Sprintf(" and %d more", more)
	}
	if wanted == "" {
		return "", nil, fmt.Errorf("recordings of %d machines, each with a sound of its own: choose one of %s (--machine)",
			len(machines), shown)
	}
	return "", nil, fmt.Errorf("no machine %.80q, or more than one: choose one of %s (--machine)", wanted, shown)
}

// quiet returns what folders are called without the noise that they name, and whether they are one machine: several
// noises of it, or one folder, which keeps its name.
func quiet(folders []string) (name string, alike bool) {
	if len(folders) == 1 {
		return folders[0], true
	}
	for i, folder := range folders {
		without := noiseOf.ReplaceAllString(folder, "$1")
		if without == folder || i > 0 && without != name {
			return "", false
		}
		name = without
	}
	return name, len(folders) > 0
}

// hold takes clips as the set's own.
func (s *Set) hold(clips []*Clip) {
	for _, c := range clips {
		if c.Label() == Normal {
			s.normal = append(s.normal, c)
		} else {
			s.abnormal = append(s.abnormal, c)
		}
	}
}
