package bench

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/model/modeltest"
)

func silent(t *testing.T) (*model.Model, []byte) {
	t.Helper()
	data := modeltest.Silent(t, modeltest.Profile(), nil)
	m, err := model.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return m, data
}

func TestStages(t *testing.T) {
	m, data := silent(t)
	last := 0.0
	o := Options{Duration: 150 * time.Millisecond, Windows: 2, Progress: func(done float64) { last = done }}
	s, err := RunStages(t.Context(), m, o)
	if err != nil {
		t.Fatal(err)
	}
	// A window every four frames, an observation every two windows.
	hops, windows, decisions := s.Hop.Count, s.Inference.Count, s.Decision.Count
	if hops == 0 || s.FrontEnd.Count != hops || s.Score.Count != windows {
		t.Errorf("%d hops, %d of them heard; %d windows, %d of them scored", hops, s.FrontEnd.Count, windows, s.Score.Count)
	}
	if windows < hops/4-2 || windows > hops/4+2 {
		t.Errorf("%d windows of %d hops", windows, hops)
	}
	if decisions < windows/2-2 || decisions > windows/2+2 {
		t.Errorf("%d decisions of %d windows", decisions, windows)
	}
	// How fast it is, and what else allocates meanwhile, is for benchmarks.
	if s.HopMS != 16 || !(s.RealTime > 0) || len(s.Windows) != 2 {
		t.Errorf("hops of %g ms, real time %g, %d windows", s.HopMS, s.RealTime, len(s.Windows))
	}
	if last <= 0 || last > 1 {
		t.Errorf("progress %g", last)
	}
	if s.Hop.P50US < s.FrontEnd.P50US {
		t.Errorf("a hop takes %g µs, its front end %g", s.Hop.P50US, s.FrontEnd.P50US)
	}
	r, err := Run(t.Context(), data, Options{Duration: time.Millisecond, Windows: 3})
	if err != nil || len(r.Windows) != 3 || r.Latency.Count != r.Windows[0].Count+r.Windows[1].Count+r.Windows[2].Count {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := RunStages(t.Context(), m, Options{}); err == nil {
		t.Error("no duration: no error")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := RunStages(ctx, m, Options{Duration: time.Hour}); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}

func TestMedianOf(t *testing.T) {
	windows := []Latency{{Count: 1, P50US: 3, MaxUS: 9}, {Count: 2, P50US: 1, MaxUS: 90}, {Count: 3, P50US: 2, MaxUS: 8}}
	if got := medianOf(windows); got.Count != 6 || got.P50US != 2 || got.MaxUS != 9 {
		t.Errorf("%+v", got)
	}
	if got := medianOf(windows[:2]); got.P50US != 2 {
		t.Errorf("of two: %+v", got)
	}
}

func write(t *testing.T, root, path, text string) {
	t.Helper()
	path = filepath.Join(root, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestReadMachine(t *testing.T) {
	root := t.TempDir()
	for path, text := range map[string]string{
		"proc/device-tree/model":    "Raspberry Pi Zero 2 W Rev 1.0\x00",
		"proc/cpuinfo":              "processor\t: 0\nHardware\t: BCM2835\nModel\t\t: Raspberry Pi\x1b[2J\n",
		"proc/sys/kernel/osrelease": "6.12.1-v8\n",
		"proc/loadavg":              "0.75 0.1 0.1 1/99 1234\n",
		"sys/devices/system/cpu/cpu0/cpufreq/scaling_governor":      "ondemand\n",
		"sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq":      "600000\n",
		"sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq":      "1000000\n",
		"sys/devices/system/cpu/cpu1/cpufreq/scaling_governor":      "ondemand\n",
		"sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq":      "1000000\n",
		"sys/devices/system/cpu/cpu10/cpufreq/scaling_cur_freq":     "garbage\n",
		"sys/class/thermal/thermal_zone0/type":                      "cpu-thermal\n",
		"sys/class/thermal/thermal_zone0/temp":                      "48312\n",
		"sys/class/thermal/thermal_zone1/type":                      "cpu-thermal\n",
		"sys/class/thermal/thermal_zone1/temp":                      "50000\n",
		"sys/class/thermal/thermal_zone2/temp":                      "\n",
		"sys/devices/platform/soc/soc:firmware/get_throttled":       "50005\n",
		"sys/devices/system/cpu/cpu0/thermal_throttle/nothing_here": "",
	} {
		write(t, root, path, text)
	}
	m := ReadMachine(root)
	if m.Board != "Raspberry Pi Zero 2 W Rev 1.0" || m.Processor != "Raspberry Pi[2J" || m.Kernel != "6.12.1-v8" ||
		m.LoadAvg != 0.75 {
		t.Errorf("%+v", m)
	}
	if !slices.Equal(m.Governors, []string{"ondemand"}) || !slices.Equal(m.MHz, []float64{600, 1000}) || m.MaxMHz != 1000 {
		t.Errorf("clock: %+v", m)
	}
	if len(m.Celsius) != 2 || m.Celsius["cpu-thermal"] != 48.312 || m.Celsius["cpu-thermal thermal_zone1"] != 50 {
		t.Errorf("temperatures %v", m.Celsius)
	}
	want := []string{"under-voltage now", "throttled now", "under-voltage has occurred", "was throttled"}
	if !slices.Equal(m.Throttled, want) {
		t.Errorf("throttled %q, want %q", m.Throttled, want)
	}
	if doubts := m.Steady(); len(doubts) != 6 || !strings.Contains(doubts[0], "ondemand") {
		t.Errorf("doubts %q", doubts)
	}
	write(t, root, "sys/devices/platform/soc/soc:firmware/get_throttled", "0\n")
	if m := ReadMachine(root); m.Throttled == nil || len(m.Throttled) != 0 {
		t.Errorf("nothing throttles: %#v", m.Throttled)
	}
	write(t, root, "sys/devices/system/cpu/cpu1/thermal_throttle/core_throttle_count", "7\n")
	if m := ReadMachine(root); len(m.Throttled) != 1 || m.Throttled[0] != "cpu1: throttled 7 times since boot" {
		t.Errorf("a PC that was throttled: %q", m.Throttled)
	}
	if m := ReadMachine(t.TempDir()); m.Throttled != nil || m.Board != "" || m.CPUs < 1 {
		t.Errorf("a machine that tells nothing: %+v", m)
	}
}

func report(p50 float64) *Report {
	return &Report{
		Result: &Result{Latency: Latency{Count: 10, P50US: p50, P99US: 2 * p50}},
		Stages: &Stages{FrontEnd: Latency{P50US: 5}},
	}
}

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		a, b, limit float64
		worse       bool
	}{{10, 10.9, 10, false}, {10, 11.1, 10, true}, {10, 5, 0, false}, {0.2, 0.29, 10, false}, {10, 10, 0, false}} {
		rows, worse, err := Compare(report(c.a), report(c.b), c.limit)
		if err != nil || worse != c.worse || rows[0].Worse != c.worse || rows[0].Name != "inference p50, µs" {
			t.Errorf("%v: %v %+v %v", c, worse, rows, err)
		}
		if rows[1].Gates || rows[1].Worse {
			t.Errorf("a tail fails a comparison: %+v", rows[1])
		}
	}
	if _, _, err := Compare(report(1), report(1), -1); err == nil {
		t.Error("a limit below 0")
	}
	one := report(1)
	one.Stages = nil
	if rows, _, err := Compare(one, report(1), 5); err != nil || len(rows) != 2 {
		t.Errorf("stages of one report only: %+v, %v", rows, err)
	}
}

// TestCompareBackends pairs the same kernels and numbers, where both reports have
// them: older reports have none.
func TestCompareBackends(t *testing.T) {
	with := func(p50 float64) *Report {
		r := report(1)
		r.Backends = []Backend{
			{Kernels: "generic", Number: "int8", Threads: 1, Latency: Latency{P50US: p50}},
			{Kernels: PlainGo, Number: "float32", Threads: 1, Latency: Latency{P50US: 9}},
			{Kernels: "neon", Number: "int8", Threads: 1, Missing: "not on this processor"},
		}
		r.Capture = &Capture{Late: Latency{P50US: p50}}
		return r
	}
	rows, worse, err := Compare(with(10), with(20), 10)
	if err != nil || !worse {
		t.Fatalf("worse %t, %v", worse, err)
	}
	var found []string
	for _, r := range rows {
		if r.Worse {
			found = append(found, r.Name)
		}
		if strings.Contains(r.Name, "neon") || strings.HasPrefix(r.Name, "capture") && r.Gates {
			t.Errorf("%+v", r)
		}
	}
	if len(found) != 1 || found[0] != "generic int8 p50, µs" {
		t.Errorf("worse: %q", found)
	}
	if rows, worse, err := Compare(report(1), with(20), 10); err != nil || worse || len(rows) != 3 {
		t.Errorf("an old report: %+v %t %v", rows, worse, err)
	}
}

func TestParseReport(t *testing.T) {
	raw, err := json.Marshal(report(3))
	if err != nil {
		t.Fatal(err)
	}
	if r, err := ParseReport(raw); err != nil || r.Latency.P50US != 3 || r.Stages.FrontEnd.P50US != 5 {
		t.Errorf("%+v, %v", r, err)
	}
	for _, bad := range []string{"", "{}", "[]", `{"latency":{}}`, "RIFF"} {
		if _, err := ParseReport([]byte(bad)); err == nil ||
			!strings.Contains(err.Error(), "no report of 'auscult bench --json'") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := ParseReport(make([]byte, maxReport+1)); err == nil {
		t.Error("a report without end")
	}
}
