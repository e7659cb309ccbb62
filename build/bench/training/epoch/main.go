// Command epoch trains an autoencoder on made-up windows, an epoch whenever a line
// arrives on its input, and prints what the epoch cost.
//
//	epoch -model conv -threads 1 -kernels avx2 -batch 32 -windows 256
//
// The first line that it prints names the kernels and lists the layers as JSON, for
// the program that it is compared with. Each further one is wall time and processor
// time of the epoch in seconds, the loss, and the process's peak memory in KiB.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/auscult/auscult/training/families"
	"github.com/auscult/auscult/training/network"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "epoch:", err)
		os.Exit(1)
	}
}

// smooth are windows of low-frequency noise in memory, as PyTorch has its own.
type smooth struct {
	cells []float32
	size  int
}

func newSmooth(n, size int) smooth {
	s := smooth{make([]float32, n*size), size}
	state, level := uint32(1), float32(0.5)
	for i := range s.cells {
		state = state*1664525 + 1013904223
		level += (float32(state>>8)/(1<<24)-0.5)*0.1 + (0.5-level)*0.02
		s.cells[i] = level
	}
	return s
}

func (s smooth) Len() int { return len(s.cells) / s.size }

func (s smooth) Sample(i int, dst []float32) { copy(dst, s.cells[i*s.size:]) }

func run() error {
	name := flag.String("model", families.ConvName, "family")
	threads := flag.Int("threads", 1, "goroutines that compute")
	kernels := flag.String("kernels", "", "family of kernels; empty for the best")
	batch := flag.Int("batch", 32, "windows in a step")
	windows := flag.Int("windows", 256, "windows in an epoch")
	flag.Parse()
	d, err := families.Describe(*name, families.Wanted{Bands: 128})
	if err != nil {
		return err
	}
	net, err := network.New(d.Layers, 1)
	if err != nil {
		return err
	}
	if err := net.UseKernels(*kernels); err != nil {
		return err
	}
	net.SetThreads(*threads)
	layers := []map[string]any{}
	for _, s := range d.Layers {
		layers = append(layers, map[string]any{"kind": s.Kind.String(), "in": []int{s.In.H, s.In.W, s.In.C}, "out": s.Out.C,
			"kernel": s.Kernel, "stride": s.Stride, "bias": s.Bias})
	}
	head, err := json.Marshal(map[string]any{"kernels": net.Kernels(), "params": d.Params(), "layers": layers})
	if err != nil {
		return err
	}
	fmt.Println(string(head))
	data := newSmooth(*windows, d.Layers[0].In.Size())
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		start, used := time.Now(), processorSeconds()
		h, err := net.Fit(context.Background(), data, network.Config{Epochs: 1, Batch: *batch})
		if err != nil {
			return err
		}
		wall, used := time.Since(start).Seconds(), processorSeconds()-used
		peak, err := peakKiB()
		if err != nil {
			return err
		}
		fmt.Println(wall, used, h.Loss[0], peak)
	}
	return lines.Err()
}

func processorSeconds() float64 {
	var r unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &r); err != nil {
		panic(err) // only for wrong arguments
	}
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e9
}

// peakKiB reads the process's largest resident set.
func peakKiB() (int, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			var kib int
			_, err := fmt.Sscan(rest, &kib)
			return kib, err
		}
	}
	return 0, fmt.Errorf("/proc/self/status names no VmHWM")
}
