package main

import (
	"slices"
	"strings"

	"github.com/auscult/auscult/training/evaluate"
	"github.com/auscult/auscult/training/metrics"
)

// leftOut is what the other families of machines would have chosen, on one that is left out.
type leftOut struct {
	Family   string  `json:"family"`
	Machines int     `json:"machines"`
	Chosen   string  `json:"chosen"`    // by the mean area of the others
	Others   float64 `json:"others"`    // that mean
	Mean     float64 `json:"mean_auc"`  // of the chosen on the machines left out
	Worst    float64 `json:"worst_auc"` // likewise
	Shipped  float64 `json:"shipped"`   // mean of the rule that the tool has, the highest at each moment
}

// shipped names the rule that the models have.
const shipped = "max"

// rules are ways to make a score of a clip of the detectors' mean surprises.
func rules(names []string) map[string]func(surprises []float64) float64 {
	all := map[string]func([]float64) float64{
		"max of means":  slices.Max[[]float64],
		"mean of means": func(s []float64) float64 { m, _ := metrics.Moments(s); return m },
	}
	for i, name := range names {
		all[name] = func(s []float64) float64 { return s[i] }
	}
	return all
}

// familyOf names what machines of one source have in common: the letters before a number.
func familyOf(machine string) string {
	return strings.TrimRight(machine, "0123456789_-")
}

// measured is how rules are compared: by the clips that each machine is judged by, in groups that count alike.
type measured struct {
	groups  func(r *result) [][]clip
	shipped func(r *result) float64 // area of what the tool has
}

// byFaults compares by faults as recorded.
func byFaults() measured {
	return measured{
		groups:  func(r *result) [][]clip { return [][]clip{r.Clips} },
		shipped: func(r *result) float64 { return auc(r.Together[evaluate.AsRecorded]) },
	}
}

// byHard compares by the mean of the hard tasks.
func byHard() measured {
	return measured{
		groups: func(r *result) (groups [][]clip) {
			for _, h := range r.Hard {
				groups = append(groups, h.Clips)
			}
			return groups
		},
		shipped: func(r *result) float64 { return meanHard(r.Hard) },
	}
}

// meanHard returns the mean area of hard tasks; 0 of none.
func meanHard(tasks []hard) (mean float64) {
	for _, h := range tasks {
		mean += h.Together / float64(len(tasks))
	}
	return mean
}

// leaveOut lets each family be judged by what the others choose. Faults choose here: of what the
// tool ships nothing is chosen by it.
func leaveOut(results []*result, by measured) (all []leftOut) {
	areas := map[string]map[string]float64{} // by rule and machine
	var judged []*result
	for _, r := range results {
		groups := by.groups(r)
		if r.Normal == 0 || r.Abnormal == 0 || len(r.Parts) == 0 || len(groups) == 0 {
			continue
		}
		judged = append(judged, r)
		var names []string
		for _, p := range r.Parts {
			names = append(names, string(p.Detector))
		}
		for name, rule := range rules(names) {
			if areas[name] == nil {
				areas[name] = map[string]float64{}
			}
			for _, clips := range groups {
				areas[name][r.Machine] += area(clips, rule) / float64(len(groups))
			}
		}
		if areas[shipped] == nil {
			areas[shipped] = map[string]float64{}
		}
		areas[shipped][r.Machine] = by.shipped(r)
	}
	var families []string
	for _, r := range judged {
		if f := familyOf(r.Machine); !slices.Contains(families, f) {
			families = append(families, f)
		}
	}
	for _, family := range families {
		if len(families) > 1 {
			all = append(all, leave(family, judged, areas))
		}
	}
	return all
}

// leave chooses without a family.
func leave(family string, judged []*result, areas map[string]map[string]float64) leftOut {
	l := leftOut{Family: family, Worst: 1, Others: -1}
	for name, of := range areas {
		var others []float64
		for _, r := range judged {
			if a, has := of[r.Machine]; has && familyOf(r.Machine) != family {
				others = append(others, a)
			}
		}
		mean, _ := metrics.Moments(others)
		if mean > l.Others || mean == l.Others && name < l.Chosen {
			l.Chosen, l.Others = name, mean
		}
	}
	for _, r := range judged {
		if familyOf(r.Machine) != family {
			continue
		}
		l.Machines++
		a := areas[l.Chosen][r.Machine]
		l.Mean += a
		l.Shipped += areas[shipped][r.Machine]
		l.Worst = min(l.Worst, a)
	}
	l.Mean /= float64(l.Machines)
	l.Shipped /= float64(l.Machines)
	return l
}

// area returns that of a rule over clips.
func area(clips []clip, rule func([]float64) float64) float64 {
	var of [2][]float64
	for _, c := range clips {
		k := 0
		if c.Abnormal {
			k = 1
		}
		of[k] = append(of[k], rule(c.Surprises))
	}
	a, err := metrics.AUC(of[0], of[1])
	if err != nil {
		return 0
	}
	return a
}

// auc returns an area; 0 where there is none.
func auc(m metrics.Metrics) float64 {
	if m.AUC == nil {
		return 0
	}
	return *m.AUC
}
