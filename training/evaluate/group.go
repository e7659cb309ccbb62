package evaluate

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/metrics"
)

// GroupKind names what the clips of a group share.
type GroupKind string

// Kinds of groups, as folder and file names tell them.
const (
	ByFault   GroupKind = "fault"   // folders that stand under abnormal/ only
	ByMachine GroupKind = "machine" // id_00, machine-7, and folders under both labels
	BySNR     GroupKind = "snr"     // 6dB, -6_dB, +12 dB
	BySection GroupKind = "section" // section_00
	ByDomain  GroupKind = "domain"  // source, target
)

// Group is how well the clips of one fault, machine or noise level are told
// apart. The clips of a fault are judged against all normal clips, since normal
// sound has no fault; the others against the normal clips of the same group.
type Group struct {
	Kind GroupKind `json:"kind"`
	Name string    `json:"name"`
	metrics.Metrics
	Alarms      int `json:"alarms"`       // abnormal clips that raised the alarm
	FalseAlarms int `json:"false_alarms"` // normal clips that raised the alarm
}

// Place is where a clip belongs, by its name. What is not known is empty.
type Place struct {
	Fault, Machine, SNR, Section, Domain string
}

var (
	snrName = regexp.MustCompile(`(?i)^([+-]?\d{1,3}(?:\.\d+)?)[ _]?db$`)
	// As MIMII's archives and their folders are named, one for each noise of a kind of machine.
	snrOf       = regexp.MustCompile(`(?i)^([+-]?\d{1,3}(?:\.\d+)?)[ _]?db[ _-]+(.+)$`)
	machineName = regexp.MustCompile(`(?i)^(id|unit|machine|nr|no)[ _-]?\d+$`)
	sectionName = regexp.MustCompile(`(?i)^section[ _-]?\d+$`)
	domainName  = regexp.MustCompile(`(?i)^(source|target)$`)
	// As the files of DCASE's task 2 are named since 2021.
	dcaseName = regexp.MustCompile(`(?i)^section_(\d+)_(source|target)_`)
)

// Places says where each clip belongs, by its folders, by DCASE's file names and
// by what its data set says of it. Clips of one place share it: it is not to be changed.
func (c *Clips) Places() []*Place {
	folders := map[string][]string{} // of what lies in a folder
	foldersOf := func(file string) []string {
		dir := path.Dir(file)
		of, known := folders[dir]
		if !known {
			of = dataset.FoldersOf(file)
			folders[dir] = of
		}
		return of
	}
	under := map[string]bool{} // folders under normal/
	for i := range c.records {
		if c.label(i) == dataset.Normal {
			for _, name := range foldersOf(c.records[i].file) {
				under[name] = true
			}
		}
	}
	known := map[Place]*Place{}
	places := make([]*Place, len(c.records))
	for i := range c.records {
		file, kind := c.records[i].file, c.kinds[c.records[i].kind]
		p := placeOf(foldersOf(file), kind.label, under)
		if m := dcaseName.FindStringSubmatch(path.Base(file)); m != nil {
			p.Section, p.Domain = "section_"+m[1], strings.ToLower(m[2])
		}
		if kind.domain != "" {
			p.Domain = kind.domain
		}
		if known[p] == nil {
			known[p] = &p
		}
		places[i] = known[p]
	}
	return places
}

// placeOf says what folders tell of a clip's place; those under normal/ are no faults.
func placeOf(folders []string, label dataset.Label, under map[string]bool) (p Place) {
	var fault, machine []string
	for _, name := range folders {
		snr := snrName.FindStringSubmatch(name)
		if of := snrOf.FindStringSubmatch(name); of != nil { // one machine in several noises
			snr = of
			if machineName.MatchString(of[2]) || under[name] {
				machine = append(machine, of[2])
			}
		}
		switch {
		case snr != nil:
			db, _ := strconv.ParseFloat(snr[1], 64) // the pattern is a number
			p.SNR = fmt.Sprintf("%g dB", db)
		case sectionName.MatchString(name):
			p.Section = name
		case domainName.MatchString(name):
			p.Domain = strings.ToLower(name)
		case machineName.MatchString(name) || under[name]:
			machine = append(machine, name)
		case label == dataset.Abnormal:
			fault = append(fault, name)
		}
	}
	p.Fault, p.Machine = strings.Join(fault, "/"), strings.Join(machine, "/")
	return p
}

// of returns what a place says about a kind.
func (p Place) of(k GroupKind) string {
	switch k {
	case ByFault:
		return p.Fault
	case ByMachine:
		return p.Machine
	case BySNR:
		return p.SNR
	case BySection:
		return p.Section
	default:
		return p.Domain
	}
}

// group fills in Groups and Official from the clips' names.
func (r *Result) group(threshold float64, seed uint64) error {
	places := r.Clips.Places()
	for _, kind := range []GroupKind{ByFault, ByMachine, BySNR, BySection, ByDomain} {
		var names []string
		seen := map[*Place]bool{}
		for _, p := range places {
			if seen[p] {
				continue
			}
			seen[p] = true
			if name := p.of(kind); name != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		if len(names) < 2 && kind != ByFault {
			continue // one group is the whole
		}
		slices.SortFunc(names, compareNames)
		for _, name := range names {
			g, err := r.groupOf(places, kind, name, threshold, seed)
			if err != nil {
				return err
			}
			r.Groups = append(r.Groups, g)
		}
	}
	return r.official(places)
}

// compareNames sorts by number where names begin with one, so that -6 dB comes
// before 0 dB.
func compareNames(a, b string) int {
	var x, y float64
	if _, err := fmt.Sscanf(a, "%g", &x); err == nil {
		if _, err := fmt.Sscanf(b, "%g", &y); err == nil && x != y {
			if x < y {
				return -1
			}
			return 1
		}
	}
	return strings.Compare(a, b)
}

func (r *Result) groupOf(places []*Place, kind GroupKind, name string, threshold float64, seed uint64) (Group, error) {
	g := Group{Kind: kind, Name: name}
	var scores [2][]float64
	for i := range r.Clips.records {
		c := &r.Clips.records[i]
		isNormal := r.Clips.label(i) == dataset.Normal
		if places[i].of(kind) != name && !(kind == ByFault && isNormal) {
			continue
		}
		switch {
		case isNormal:
			scores[0] = append(scores[0], c.scores.Raw)
			g.FalseAlarms += toInt(c.alarm)
		default:
			scores[1] = append(scores[1], c.scores.Raw)
			g.Alarms += toInt(c.alarm)
		}
	}
	var err error
	g.Metrics, err = metrics.Evaluate(scores[0], scores[1], threshold, seed)
	return g, err
}

func toInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// official fills in DCASE's score where the names tell machines, sections or
// domains apart.
func (r *Result) official(places []*Place) error {
	several := map[Place]bool{}
	for _, p := range places {
		of := *p
		of.Fault = ""
		several[of] = true
	}
	if len(several) < 2 || r.Normal == 0 || r.Abnormal == 0 {
		return nil
	}
	samples := make([]metrics.Sample, len(places))
	for i, p := range places {
		machine := p.Machine
		if p.SNR != "" {
			machine += " " + p.SNR
		}
		samples[i] = metrics.Sample{
			Machine: machine, Section: p.Section, Domain: p.Domain,
			Abnormal: r.Clips.label(i) == dataset.Abnormal, Score: r.Clips.records[i].scores.Raw,
		}
	}
	o, err := metrics.OfficialScore(samples)
	if err != nil {
		r.Warnings = append(r.Warnings, fmt.Sprintf("no official score: %v", err))
		return nil
	}
	if len(o.Parts) > 2 { // one section of one domain is what Metrics says
		r.Official = o
	}
	return nil
}

// Compare returns by how much r tells the clips apart better than other, which
// judged the same clips with another model, at a level.
func Compare(r, other *Result, level Level, seed uint64) (metrics.Difference, error) {
	scores := make(map[string]float64, other.Clips.Len())
	for i := range other.Clips.records {
		scores[other.Clips.records[i].file] = other.Clips.score(i, level)
	}
	var a, b metrics.Scores
	for i := range r.Clips.records {
		own := r.Clips.score(i, level)
		v, ok := scores[r.Clips.records[i].file]
		if !ok {
			continue // too short for one of the models
		}
		if r.Clips.label(i) == dataset.Normal {
			a.Normal, b.Normal = append(a.Normal, own), append(b.Normal, v)
		} else {
			a.Abnormal, b.Abnormal = append(a.Abnormal, own), append(b.Abnormal, v)
		}
	}
	return metrics.Compare(a, b, seed)
}
