package learn

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/families"
	"github.com/auscult/auscult/training/network"
)

// memoryNeeded estimates the bytes that trainings side by side take, besides the
// recordings' features.
func memoryNeeded(d families.Description, trainings int) int64 {
	rows := int64(d.Objective.Rows(d.Batch))
	var kept, largest, params int64
	for _, s := range d.Layers {
		size := int64(s.Out.Size())
		if s.Kind != network.ReLU && s.Kind != network.Sigmoid && s.Kind != network.Reshape { // these work in place
			kept += size
		}
		largest = max(largest, size)
		params += int64(s.Params())
	}
	// Activations, two gradients of the largest of them in turns, and weights with their
	// gradients and both of Adam's moments; a quarter more for what the products need.
	one := 4 * (rows*(kept+2*largest) + 4*params) * 5 / 4
	return int64(trainings) * one
}

// Sizes of what learning holds besides trainings.
const (
	clipBytes  = 600 // names, levels and folds of a clip, about
	valueBytes = 8   // of an observation, five for each band, once to fit and once fitted
)

// memoryBeside estimates the bytes that features and observations take, whatever the sound's length.
func (t *trainer) memoryBeside() int64 {
	observations := 0
	for _, f := range t.features.All() {
		observations += t.observations(f.Frames)
	}
	bands := t.o.Profile.Bands
	codes := min(int64(t.features.Frames())*int64(t.o.Profile.Values()), dataset.ResidentCodes)
	values := 5*bands + detect.MotionFeatures
	return codes + int64(t.features.Len())*clipBytes + int64(min(observations, t.samples))*int64(2*values*valueBytes)
}

// checkMemory refuses trainings that the machine's free memory cannot hold: a process that
// runs out of memory is ended without a word.
func (t *trainer) checkMemory(out *Outcome, free int64, known bool) error {
	side := min(t.o.Threads, t.total)
	beside := t.memoryBeside()
	need := memoryNeeded(t.desc, side) + beside
	out.NeedBytes = need
	if known {
		out.FreeBytes = free
	}
	if !known || need <= free {
		return nil
	}
	const mebi = 1 << 20
	text := fmt.Sprintf("learn: %d trainings of %s side by side and the recordings need about %d MiB, and %d MiB are free",
		side, t.desc.Name, need/mebi+1, free/mebi)
	if side > 1 && memoryNeeded(t.desc, 1)+beside <= free {
		return fmt.Errorf("%s: use fewer threads, 1 at the least", text)
	}
	return fmt.Errorf("%s: end other programs, choose the family %s or %s, or train on another machine",
		text, families.SmallName, families.DenseName)
}

// freeMemory returns the bytes that this process may still take without anything being
// pushed out, as far as Linux says.
func freeMemory() (free int64, known bool) {
	free, known = availableIn(readFile("/proc/meminfo"))
	if limit, ok := number(readFile("/sys/fs/cgroup/memory.max")); ok {
		if used, ok := number(readFile("/sys/fs/cgroup/memory.current")); ok && (!known || limit-used < free) {
			free, known = max(limit-used, 0), true
		}
	}
	return free, known
}

// availableIn finds MemAvailable.
func availableIn(meminfo []byte) (int64, bool) {
	for line := range bytes.Lines(meminfo) {
		if rest, ok := strings.CutPrefix(string(line), "MemAvailable:"); ok {
			kibi, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 53)
			return kibi << 10, err == nil
		}
	}
	return 0, false
}

func number(text []byte) (int64, bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return n, err == nil
}

// readFile returns nothing where there is none.
func readFile(path string) []byte {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return data
}
