package bench

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// Machine is what can be read of the machine and of how it is at present. What
// it does not tell is absent.
type Machine struct {
	Board     string             `json:"board,omitempty"` // of the device tree or DMI
	Processor string             `json:"processor,omitempty"`
	Kernel    string             `json:"kernel,omitempty"`
	Arch      string             `json:"arch"`
	CPUs      int                `json:"cpus"`
	Governors []string           `json:"governors,omitempty"` // those in use
	MHz       []float64          `json:"mhz,omitempty"`       // of each processor at present
	MaxMHz    float64            `json:"max_mhz,omitempty"`
	Celsius   map[string]float64 `json:"celsius,omitempty"` // by zone
	// Throttled names what has held the processor back; nil where the machine
	// does not tell.
	Throttled []string `json:"throttled"`
	LoadAvg   float64  `json:"load_average_1min"`
}

// piFlags are the bits of the Raspberry Pi firmware's get_throttled.
var piFlags = map[int]string{
	0: "under-voltage now", 1: "frequency capped now", 2: "throttled now", 3: "soft temperature limit now",
	16: "under-voltage has occurred", 17: "frequency was capped", 18: "was throttled",
	19: "soft temperature limit was reached",
}

// ReadMachine reads what /sys and /proc below root tell.
func ReadMachine(root string) Machine {
	m := Machine{Arch: runtime.GOARCH, CPUs: runtime.NumCPU()}
	m.Board = firstOf(root, "proc/device-tree/model", "sys/class/dmi/id/product_name")
	m.Kernel = firstOf(root, "proc/sys/kernel/osrelease")
	m.Processor = processor(read(root, "proc/cpuinfo"))
	if load := strings.Fields(read(root, "proc/loadavg")); len(load) > 0 {
		m.LoadAvg, _ = strconv.ParseFloat(load[0], 64) // 0: not told
	}
	for _, cpu := range glob(root, "sys/devices/system/cpu/cpu[0-9]*") {
		dir := cpu + "/cpufreq/"
		if g := firstOf(root, dir+"scaling_governor"); g != "" && !slices.Contains(m.Governors, g) {
			m.Governors = append(m.Governors, g)
		}
		if khz, ok := number(root, dir+"scaling_cur_freq"); ok {
			m.MHz = append(m.MHz, khz/1000)
		}
		if khz, ok := number(root, dir+"cpuinfo_max_freq"); ok {
			m.MaxMHz = max(m.MaxMHz, khz/1000)
		}
		if n, ok := number(root, cpu+"/thermal_throttle/core_throttle_count"); ok {
			m.throttled(n > 0, fmt.Sprintf("%s: throttled %.0f times since boot", filepath.Base(cpu), n))
		}
	}
	for _, zone := range glob(root, "sys/class/thermal/thermal_zone[0-9]*") {
		milli, ok := number(root, zone+"/temp")
		if !ok {
			continue
		}
		name := firstOf(root, zone+"/type")
		if _, taken := m.Celsius[name]; taken || name == "" {
			name = strings.TrimSpace(name + " " + filepath.Base(zone))
		}
		if m.Celsius == nil {
			m.Celsius = map[string]float64{}
		}
		m.Celsius[name] = milli / 1000
	}
	m.readPi(firstOf(root, "sys/devices/platform/soc/soc:firmware/get_throttled",
		"sys/devices/platform/soc@0/soc@0:firmware/get_throttled"))
	return m
}

// readPi takes the hexadecimal flags of a Raspberry Pi.
func (m *Machine) readPi(text string) {
	flags, err := strconv.ParseUint(strings.TrimPrefix(text, "0x"), 16, 32)
	if err != nil {
		return
	}
	for bit := range 20 {
		m.throttled(flags>>bit&1 != 0 && piFlags[bit] != "", piFlags[bit])
	}
}

// throttled adds a reason, or notes that the machine would tell.
func (m *Machine) throttled(is bool, reason string) {
	if m.Throttled == nil {
		m.Throttled = []string{}
	}
	if is {
		m.Throttled = append(m.Throttled, reason)
	}
}

// Steady says in words what makes figures from this machine doubtful.
func (m *Machine) Steady() []string {
	var out []string
	for _, g := range m.Governors {
		if g != "performance" && g != "userspace" {
			out = append(out, fmt.Sprintf("the %s governor changes the clock: set performance for figures that repeat", g))
		}
	}
	if m.LoadAvg > 0.5 {
		out = append(out, fmt.Sprintf("other work was running (load %.1f)", m.LoadAvg))
	}
	return append(out, m.Throttled...)
}

// processor returns the processor's name from /proc/cpuinfo.
func processor(info string) string {
	for _, key := range []string{"model name", "Model", "Hardware"} {
		for line := range strings.Lines(info) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == key {
				return clean(value)
			}
		}
	}
	return ""
}

// maxFact bounds what is read of a file.
const maxFact = 64 << 10

func read(root, path string) string {
	f, err := os.Open(filepath.Join(root, path))
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()                 // nothing was written
	b, err := io.ReadAll(io.LimitReader(f, maxFact)) // some of these files have no size
	if err != nil {
		return ""
	}
	return string(b)
}

// clean returns text without what a terminal would act on.
func clean(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, text))
}

// firstOf returns the first of the files that says something.
func firstOf(root string, paths ...string) string {
	for _, path := range paths {
		if text := clean(read(root, path)); text != "" {
			return text
		}
	}
	return ""
}

func number(root, path string) (float64, bool) {
	v, err := strconv.ParseFloat(firstOf(root, path), 64)
	return v, err == nil
}

// glob returns paths below root, by their numbers.
func glob(root, pattern string) []string {
	found, err := filepath.Glob(filepath.Join(root, pattern))
	if err != nil {
		return nil
	}
	slices.SortFunc(found, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	for i, path := range found {
		if rel, err := filepath.Rel(root, path); err == nil {
			found[i] = rel
		}
	}
	return found
}
