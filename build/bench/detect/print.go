package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/auscult/auscult/training/evaluate"
	"github.com/auscult/auscult/training/metrics"
)

// report is what the program prints, and writes as JSON.
type report struct {
	Machines []*result `json:"machines"`
	Families []leftOut `json:"leave_one_family_out,omitempty"`
	// HardFamilies are the same by the hard tasks.
	HardFamilies []leftOut `json:"leave_one_family_out_hard,omitempty"`
}

func (r *report) print(w io.Writer) error {
	for _, write := range []func(*strings.Builder){r.areas, r.parts, r.alarms, r.hard, r.few, r.sensitivity, r.families} {
		var text strings.Builder
		write(&text)
		text.WriteString("\n")
		tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		if _, err := io.WriteString(tw, text.String()); err != nil {
			return err
		}
		if err := tw.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// areaText writes an area with its interval.
func areaText(m metrics.Metrics) string {
	if m.AUC == nil {
		return "-"
	}
	if m.AUCInterval == nil {
		return fmt.Sprintf("%.3f", *m.AUC)
	}
	return fmt.Sprintf("%.3f (%.2f to %.2f)", *m.AUC, m.AUCInterval.Low, m.AUCInterval.High)
}

// areas prints AUC of the whole, at each level, and of the best baseline.
func (r *report) areas(w *strings.Builder) {
	fmt.Fprintln(w, "AUC (95 %)\tlearned, s\tnormal\tabnormal\tas recorded\tRMS-normalised\tmean removed\tbest baseline as recorded\tits RMS-normalised\tits mean removed")
	sum, worst, count, behind := 0.0, 1.0, 0, 0
	for _, m := range r.Machines {
		best := map[evaluate.Level]string{}
		high := map[evaluate.Level]float64{}
		for _, b := range m.Baselines {
			for _, level := range evaluate.Levels() {
				if a := auc(b.Levels[level]); a > high[level] {
					high[level], best[level] = a, fmt.Sprintf("%.3f %s", a, b.Name)
				}
			}
		}
		fmt.Fprintf(w, "%s\t%.0f\t%d\t%d", m.Machine, m.LearnedS, m.Normal, m.Abnormal)
		for _, level := range evaluate.Levels() {
			fmt.Fprintf(w, "\t%s", areaText(m.Together[level]))
		}
		for _, level := range evaluate.Levels() {
			fmt.Fprintf(w, "\t%s", best[level])
		}
		fmt.Fprintln(w)
		if m.Normal == 0 || m.Abnormal == 0 {
			continue
		}
		a := auc(m.Together[evaluate.AsRecorded])
		sum, worst, count = sum+a, min(worst, a), count+1
		if a < high[evaluate.AsRecorded]-0.01 {
			behind++
		}
	}
	if count > 0 {
		fmt.Fprintf(w, "mean %.3f, worst %.3f; more than .01 behind the best baseline on %d of %d\n", sum/float64(count), worst, behind, count)
	}
}

// parts prints each detector and each baseline by itself.
func (r *report) parts(w *strings.Builder) {
	var names []string
	column := map[string]int{}
	rows := make([]map[string]string, len(r.Machines))
	add := func(row int, name string, m metrics.Metrics) {
		if _, has := column[name]; !has {
			column[name] = len(names)
			names = append(names, name)
		}
		if m.AUC != nil {
			rows[row][name] = fmt.Sprintf("%.3f", *m.AUC)
		}
	}
	for i, m := range r.Machines {
		rows[i] = map[string]string{}
		for _, p := range m.Parts {
			add(i, string(p.Detector), p.Metrics)
		}
		for _, b := range m.Baselines {
			add(i, "("+b.Name+")", b.Levels[evaluate.AsRecorded])
		}
	}
	fmt.Fprint(w, "AUC alone, as recorded")
	for _, name := range names {
		fmt.Fprintf(w, "\t%s", name)
	}
	fmt.Fprintln(w)
	for i, m := range r.Machines {
		fmt.Fprint(w, m.Machine)
		for _, name := range names {
			fmt.Fprintf(w, "\t%s", rows[i][name])
		}
		fmt.Fprintln(w)
	}
}

// alarms prints false alarms, expected and observed, and the streams.
func (r *report) alarms(w *strings.Builder) {
	fmt.Fprintln(w, "events\texpected in 7 days\tfalse, of normal clips\talarmed, of abnormal clips\tstream: normal, min\texpected\tfalse\tmore than expected\tnoticed\tafter, s\tright")
	right, played, inside, said := 0, 0, 0, 0
	for _, m := range r.Machines {
		rate := "-"
		if e := m.Outlook.Expected; e != nil {
			rate = fmt.Sprintf("%.3g (%.0f to %.0f)", e.PerWeek, e.Low, e.High)
			if e.Drifts {
				rate += ", drifts"
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%d of %d\t%d of %d", m.Machine, rate, m.False, m.Normal, m.Alarms, m.Abnormal)
		if s := m.Stream; s != nil {
			played++
			if s.Right {
				right++
			}
			expected, more := "-", "-"
			if o := m.Streamed; o != nil {
				expected, more = fmt.Sprintf("%.2g", o.Expected), fmt.Sprint(o.More)
				if !o.More {
					inside++
				} else if m.Outlook.Expected.Drifts {
					said++
				}
			}
			fmt.Fprintf(w, "\t%.1f\t%s\t%d\t%s\t%d of %d\t%.0f\t%v",
				s.NormalS/60, expected, s.False, more, s.Noticed, s.Faults, s.AfterS, s.Right)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "no more events than expected on %d of %d streams, and %d of the others were said to drift; %d of %d are right\n",
		inside, played, said, right, played)
}

// sensitivity prints what each model promises.
func (r *report) sensitivity(w *strings.Builder) {
	fmt.Fprintln(w, "how small a change is noticed, on normal sound that was held back")
	for _, m := range r.Machines {
		for i, line := range m.Outlook.Lines() {
			if i > 0 || m.Outlook.Expected == nil {
				fmt.Fprintf(w, "%s\t%s\n", m.Machine, line)
			}
		}
	}
}

// hard prints how well the hard tasks are told, by machine, and by detector in the mean of the families.
func (r *report) hard(w *strings.Builder) {
	fmt.Fprint(w, "AUC of hard tasks")
	for _, t := range hardTasks() {
		fmt.Fprintf(w, "\t%s", t.name)
	}
	fmt.Fprintln(w)
	means := map[string]map[string]*familyMean{} // by detector, and by task
	var names []string
	add := func(name, task, machine string, area float64) {
		if means[name] == nil {
			means[name] = map[string]*familyMean{}
			names = append(names, name)
		}
		if means[name][task] == nil {
			means[name][task] = &familyMean{}
		}
		means[name][task].add(familyOf(machine), area)
	}
	for _, m := range r.Machines {
		row := map[string]string{}
		for _, h := range m.Hard {
			row[h.Task] = fmt.Sprintf("%.3f", h.Together)
			add(shipped, h.Task, m.Machine, h.Together)
			for i, a := range h.Parts {
				add(string(m.Parts[i].Detector), h.Task, m.Machine, a)
			}
		}
		printRow(w, m.Machine, row)
	}
	for _, name := range names {
		row := map[string]string{}
		for task, mean := range means[name] {
			row[task] = fmt.Sprintf("%.3f", mean.mean())
		}
		printRow(w, "mean of families, "+name, row)
	}
}

// printRow prints a row of tasks.
func printRow(w *strings.Builder, name string, row map[string]string) {
	fmt.Fprint(w, name)
	for _, t := range hardTasks() {
		fmt.Fprintf(w, "\t%s", row[t.name])
	}
	fmt.Fprintln(w)
}

// familyMean is the mean of families' means: one with many machines counts as much as one with one.
type familyMean struct {
	sum, count map[string]float64
}

func (f *familyMean) add(family string, v float64) {
	if f.sum == nil {
		f.sum, f.count = map[string]float64{}, map[string]float64{}
	}
	f.sum[family] += v
	f.count[family]++
}

func (f *familyMean) mean() (mean float64) {
	for _, family := range slices.Sorted(maps.Keys(f.sum)) { // in one order, for the same roundings
		mean += f.sum[family] / f.count[family] / float64(len(f.sum))
	}
	return mean
}

// few prints what models of few clips tell.
func (r *report) few(w *strings.Builder) {
	fmt.Fprintln(w, "models of few clips\tclips\tAUC as recorded\tmean of the hard tasks\tof all clips")
	for _, m := range r.Machines {
		for _, f := range m.Few {
			fmt.Fprintf(w, "%s\t%d\t%.3f\t%.3f\t%.3f, %.3f\n", m.Machine, f.Clips, f.Together, meanHard(f.Hard),
				auc(m.Together[evaluate.AsRecorded]), meanHard(m.Hard))
		}
	}
}

// families prints what other families choose.
func (r *report) families(w *strings.Builder) {
	if len(r.Families) == 0 {
		fmt.Fprintln(w, "one family of machines: there is none to leave out")
		return
	}
	for _, of := range []struct {
		by  string
		all []leftOut
	}{{"faults as recorded", r.Families}, {"hard tasks", r.HardFamilies}} {
		fmt.Fprintf(w, "left out, by %s\tmachines\tthe others choose\tby their mean\tmean on it\tworst on it\tas shipped\n", of.by)
		for _, l := range of.all {
			fmt.Fprintf(w, "%s\t%d\t%s\t%.3f\t%.3f\t%.3f\t%.3f\n",
				l.Family, l.Machines, l.Chosen, l.Others, l.Mean, l.Worst, l.Shipped)
		}
	}
}
