package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// Report is a measurement with what it was made on, as it is kept in a file.
type Report struct {
	Model        string   `json:"model"`
	SHA256       string   `json:"sha256"` // of the model
	Signature    string   `json:"signature,omitempty"`
	Tool         string   `json:"tool"`
	BinarySHA256 string   `json:"binary_sha256,omitempty"`
	GoArch       string   `json:"goarch"`
	CPUs         int      `json:"cpus"`
	Threads      int      `json:"threads"`
	Requested    int      `json:"threads_requested"`
	Published    bool     `json:"published"` // taken as figures to be published are
	Before       *Machine `json:"machine,omitempty"`
	After        *Machine `json:"machine_after,omitempty"`
	*Result
	Stages   *Stages `json:"stages,omitempty"`
	NoStages string  `json:"no_stages,omitempty"` // why there are none
	// Backends are all ways to compute the model here, int8 and float32.
	Backends []Backend `json:"backends,omitempty"`
	// Delegates are helpers that were asked for, behind the Go kernels in this process.
	Delegates []Delegate `json:"delegates,omitempty"`
	Capture   *Capture   `json:"capture,omitempty"`
	NoCapture string     `json:"no_capture,omitempty"` // why nothing was listened to
}

// maxReport bounds a report's size.
const maxReport = 16 << 20

// ParseReport reads a report that 'auscult bench --json' wrote.
func ParseReport(data []byte) (*Report, error) {
	if len(data) > maxReport {
		return nil, fmt.Errorf("bench: a report of %d bytes: at most %d", len(data), maxReport)
	}
	var r Report
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("bench: no report of 'auscult bench --json': %w", err)
	}
	if r.Result == nil || r.Latency.Count == 0 {
		return nil, errors.New("bench: no report of 'auscult bench --json': it holds no latency")
	}
	return &r, nil
}

// Row is one figure of two reports.
type Row struct {
	Name    string  `json:"name"`
	A       float64 `json:"a"`
	B       float64 `json:"b"`
	Percent float64 `json:"percent"` // that B is above A
	// Gates says whether the figure may fail a comparison: tails and peaks
	// depend on what else ran.
	Gates bool `json:"gates"`
	Worse bool `json:"worse"` // a gating figure that rose by more than the limit
}

// clockUS is what a clock reading costs: smaller differences mean nothing.
const clockUS = 0.1

// Compare puts two reports side by side. A gating figure is worse when it rose
// by more than limit percent.
func Compare(a, b *Report, limit float64) (rows []Row, worse bool, err error) {
	if !(limit >= 0) || math.IsInf(limit, 0) {
		return nil, false, fmt.Errorf("bench: limit %v %%: must be 0 or more", limit)
	}
	add := func(name string, a, b, floor float64, gates bool) {
		if a == 0 && b == 0 {
			return
		}
		r := Row{Name: name, A: a, B: b, Gates: gates}
		if a > 0 {
			r.Percent = 100 * (b - a) / a
		}
		r.Worse = gates && b-a > floor && b > a*(1+limit/100)
		worse = worse || r.Worse
		rows = append(rows, r)
	}
	latency := func(name string, a, b Latency) {
		add(name+" p50, µs", a.P50US, b.P50US, clockUS, true)
		add(name+" p99, µs", a.P99US, b.P99US, clockUS, false)
	}
	latency("inference", a.Latency, b.Latency)
	add("inference min, µs", a.Latency.MinUS, b.Latency.MinUS, clockUS, false)
	add("allocations per inference", a.AllocsPerInference, b.AllocsPerInference, 0.01, true)
	add("arena, bytes", float64(a.Memory.ArenaBytes), float64(b.Memory.ArenaBytes), 0, true)
	add("prepared, bytes", float64(a.Memory.PreparedBytes), float64(b.Memory.PreparedBytes), 0, true)
	add("peak memory, bytes", float64(a.Memory.PeakRSSBytes), float64(b.Memory.PeakRSSBytes), 1<<20, false)
	if a.Stages != nil && b.Stages != nil {
		latency("front end", a.Stages.FrontEnd, b.Stages.FrontEnd)
		latency("score", a.Stages.Score, b.Stages.Score)
		latency("decision", a.Stages.Decision, b.Stages.Decision)
		latency("hop", a.Stages.Hop, b.Stages.Hop)
		add("allocations per hop", a.Stages.AllocsPerHop, b.Stages.AllocsPerHop, 0.01, true)
	}
	for _, x := range a.Backends {
		for _, y := range b.Backends {
			if x.Kernels == y.Kernels && x.Number == y.Number && x.Threads == y.Threads && x.Missing == "" && y.Missing == "" {
				name := x.Kernels + " " + x.Number
				latency(name, x.Latency, y.Latency)
				add(name+" allocations", x.Allocs, y.Allocs, 0.01, true)
			}
		}
	}
	if x, y := a.Capture, b.Capture; x != nil && y != nil {
		add("capture p50, µs", x.Late.P50US, y.Late.P50US, clockUS, false) // other microphones, other blocks
		add("capture p99, µs", x.Late.P99US, y.Late.P99US, clockUS, false)
		add("capture, % of a core", x.CPUPercent, y.CPUPercent, 0, false)
		add("capture, lost samples", float64(x.Lost), float64(y.Lost), 0, false)
	}
	return rows, worse, nil
}
