package spool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkAlert puts alerts of 1.2 KiB and removes them when all are confirmed. The
// kernel counts each page that will have to be written, once until it is.
func BenchmarkAlert(b *testing.B) {
	for _, batch := range []int{1, 100} {
		b.Run(fmt.Sprintf("waiting=%d", batch), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "s")
			s := open(b, path, Options{})
			for range batch { // the file has its size
				put(b, s, 1200)
			}
			drain(b, s)
			settle(b, path)
			before := written(b)
			n := 0
			for b.Loop() {
				for range batch {
					put(b, s, 1200)
					n++
				}
				b.StopTimer()
				if batch == 1 {
					settle(b, path)
				}
				b.StartTimer()
				for range batch {
					r, _ := s.Next(nil)
					if err := s.Remove(r); err != nil {
						b.Fatal(err)
					}
				}
				b.StopTimer()
				if batch == 1 {
					settle(b, path)
				}
				b.StartTimer()
			}
			b.ReportMetric(float64(written(b)-before)/float64(n), "bytes/alert")
		})
	}
}

// BenchmarkPut puts alerts, each of which is synced, into a queue that is full after 1000.
func BenchmarkPut(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "s"), Options{MaxBytes: MaxBytes, MaxRecords: 1000})
	before := written(b)
	for b.Loop() {
		put(b, s, 1200)
	}
	b.ReportMetric(float64(written(b)-before)/float64(b.N), "bytes/alert")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "alerts/s")
}

// written returns how many bytes the kernel has counted for this program.
func written(b *testing.B) (n uint64) {
	b.Helper()
	text, err := os.ReadFile("/proc/self/io")
	if err != nil {
		b.Skip(err)
	}
	for line := range strings.Lines(string(text)) {
		if v, ok := strings.CutPrefix(line, "write_bytes: "); ok {
			_, err = fmt.Sscan(v, &n)
		}
	}
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// settle has the kernel write what of the file it would write within half a minute.
func settle(b *testing.B, path string) {
	b.Helper()
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		b.Fatal(err)
	}
}
