package metrics

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// HarmonicMean returns the harmonic mean of values from 0 to 1, which one bad
// value pulls down. It is 0 when one of them is.
func HarmonicMean(values []float64) (float64, error) {
	if len(values) == 0 {
		return 0, errors.New("metrics: no values to take the mean of")
	}
	sum := 0.0
	for i, v := range values {
		if !(v >= 0 && v <= 1) {
			return 0, fmt.Errorf("metrics: value %d is %v: must be 0 to 1", i+1, v)
		}
		if v == 0 {
			return 0, nil
		}
		sum += 1 / v
	}
	return float64(len(values)) / sum, nil
}

// Sample is one clip's score with where it belongs.
type Sample struct {
	Machine  string // machine type; may be empty
	Section  string // of the machine; may be empty
	Domain   string // such as source or target; may be empty
	Abnormal bool
	Score    float64
}

// OfficialPart is one term of the official score.
type OfficialPart struct {
	Machine string  `json:"machine,omitempty"`
	Section string  `json:"section,omitempty"`
	Domain  string  `json:"domain,omitempty"`
	Measure string  `json:"measure"` // auc or pauc
	Value   float64 `json:"value"`
}

// Official is DCASE's official score and its terms.
type Official struct {
	Score float64        `json:"score"`
	Parts []OfficialPart `json:"parts"`
	// Left names sections whose terms cannot be computed, with the reason.
	Left []string `json:"left_out,omitempty"`
}

// OfficialScore returns the harmonic mean of, for each section of each machine,
// the area under the ROC curve of each domain (its normal clips against the
// section's abnormal clips of all domains) and the partial area of the section
// as a whole. Sections that lack a class are left out and named.
func OfficialScore(samples []Sample) (*Official, error) {
	type key struct{ machine, section, domain string }
	normal, abnormal := map[key][]float64{}, map[key][]float64{}
	domains := map[key][]string{}
	var sections []key
	for _, s := range samples {
		k := key{s.Machine, s.Section, ""}
		if _, seen := domains[k]; !seen {
			sections = append(sections, k)
			domains[k] = nil
		}
		if s.Abnormal {
			abnormal[k] = append(abnormal[k], s.Score)
			continue
		}
		if !slices.Contains(domains[k], s.Domain) {
			domains[k] = append(domains[k], s.Domain)
		}
		of := key{s.Machine, s.Section, "domain " + s.Domain}
		normal[of] = append(normal[of], s.Score)
		normal[k] = append(normal[k], s.Score)
	}
	slices.SortFunc(sections, func(a, b key) int {
		return strings.Compare(a.machine+"\x00"+a.section, b.machine+"\x00"+b.section)
	})
	o := &Official{}
	var values []float64
	add := func(k key, domain, measure string, v float64) {
		o.Parts = append(o.Parts, OfficialPart{k.machine, k.section, domain, measure, v})
		values = append(values, v)
	}
	for _, k := range sections {
		pauc, err := PartialAUC(normal[k], abnormal[k], PartialRate)
		if errors.Is(err, ErrOneClass) {
			o.Left = append(o.Left, strings.TrimSpace(k.machine+" "+k.section+": clips of one class only"))
			continue
		}
		if err != nil {
			return nil, err
		}
		slices.Sort(domains[k])
		for _, d := range domains[k] {
			auc, err := AUC(normal[key{k.machine, k.section, "domain " + d}], abnormal[k])
			if err != nil {
				return nil, err
			}
			add(k, d, "auc", auc)
		}
		add(k, "", "pauc", pauc)
	}
	if len(values) == 0 {
		return nil, ErrOneClass
	}
	var err error
	o.Score, err = HarmonicMean(values)
	return o, err
}
