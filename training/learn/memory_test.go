package learn

import (
	"context"
	"runtime"
	"strings"
	"testing"

	"github.com/auscult/auscult/training/families"
	"github.com/auscult/auscult/training/network"
)

// still are samples that are all alike.
type still struct{ n int }

func (s still) Len() int { return s.n }

func (still) Sample(_ int, dst []float32) {
	for i := range dst {
		dst[i] = float32(i%7) / 7
	}
}

// TestMemoryNeeded compares the estimate with what a training holds after a step.
func TestMemoryNeeded(t *testing.T) {
	for _, name := range []string{families.DenseName, families.SmallName, families.ConvName, families.VAEName} {
		d, err := families.Describe(name, families.Wanted{Bands: 128})
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		net, err := network.New(d.Layers, 1)
		if err != nil {
			t.Fatal(err)
		}
		net.SetThreads(1)
		measure := func(network.Progress) {
			runtime.GC()
			runtime.ReadMemStats(&after)
		}
		cfg := network.Config{Epochs: 1, Batch: d.Batch, Progress: measure}
		if _, err := net.Fit(context.Background(), still{d.Batch}, cfg); err != nil {
			t.Fatal(err)
		}
		runtime.KeepAlive(net)
		held, need := int64(after.HeapAlloc)-int64(before.HeapAlloc), memoryNeeded(d, 1)
		t.Logf("%s: holds %.1f MiB, estimated %.1f", name, float64(held)/(1<<20), float64(need)/(1<<20))
		if need < held*3/4 || need > held*3/2 {
			t.Errorf("%s: estimated %d bytes, a training holds %d", name, need, held)
		}
	}
}

func TestCheckMemory(t *testing.T) {
	d, err := families.Describe(families.ConvName, families.Wanted{Bands: 128})
	if err != nil {
		t.Fatal(err)
	}
	tr := &trainer{o: Options{Threads: 4}, desc: d, plan: plan{total: 5}}
	one := memoryNeeded(d, 1)
	for _, c := range []struct {
		free  int64
		known bool
		want  string
	}{
		{0, false, ""}, {4 * one, true, ""}, {4*one - 1, true, "use fewer threads"},
		{one - 1, true, "choose the family small"},
	} {
		err := tr.checkMemory(&Outcome{}, c.free, c.known)
		switch {
		case c.want == "":
			if err != nil {
				t.Errorf("%d bytes free: %v", c.free, err)
			}
		case err == nil || !strings.Contains(err.Error(), c.want):
			t.Errorf("%d bytes free: error %v, want %q", c.free, err, c.want)
		}
	}
}

func TestAvailableIn(t *testing.T) {
	if n, ok := availableIn([]byte("MemTotal:  8 kB\nMemAvailable:    2048 kB\nBuffers: 1 kB\n")); !ok || n != 2048<<10 {
		t.Errorf("%d, %t", n, ok)
	}
	for _, text := range []string{"", "MemAvailable: many kB\n", "MemAvailable: 99999999999999999999 kB\n"} {
		if n, ok := availableIn([]byte(text)); ok {
			t.Errorf("%q: %d", text, n)
		}
	}
}
