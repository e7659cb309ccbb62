package spool

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// BenchmarkAlert puts an alert of the usual size and removes it after its confirmation.
// The kernel counts the pages that it will write, also for what is never synced.
func BenchmarkAlert(b *testing.B) {
	for _, batch := range []int{1, 100} {
		b.Run(fmt.Sprintf("waiting=%d", batch), func(b *testing.B) {
			dir := b.TempDir()
			s := open(b, filepath.Join(dir, "s"), Options{})
			settle(b, dir)
			before := written(b)
			n := 0
			for b.Loop() {
				for range batch {
					put(b, s, 1200)
					n++
				}
				b.StopTimer()
				if batch == 1 {
					settle(b, dir)
				}
				b.StartTimer()
				for range batch {
					r, _ := s.Peek()
					if err := s.Remove(r); err != nil {
						b.Fatal(err)
					}
				}
				b.StopTimer()
				if batch == 1 {
					settle(b, dir)
				}
				b.StartTimer()
			}
			b.ReportMetric(float64(written(b)-before)/float64(n), "bytes/alert")
		})
	}
}

func BenchmarkPut(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "s"), Options{MaxBytes: MaxBytes, MaxRecords: 1000})
	before := written(b)
	for b.Loop() {
		put(b, s, 1200)
	}
	b.ReportMetric(float64(written(b)-before)/float64(b.N), "bytes/alert")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "alerts/s")
}

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

// settle has the kernel write what it would write within the next half minute.
func settle(b *testing.B, dir string) {
	b.Helper()
	f, err := os.Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if err := unix.Syncfs(int(f.Fd())); err != nil {
		b.Fatal(err)
	}
}
