package main

import (
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/auscult/auscult/training/dataset"
)

// plan is the sound that is wanted.
type plan struct {
	rates   []int
	hours   float64
	clips   int
	seconds float64
}

func (p *plan) longDir(dir string, rate int) string {
	return filepath.Join(dir, fmt.Sprintf("long-%d-%gh", rate, p.hours))
}

// fits returns an error when the disk has no space for the sound, and says how much it takes. What is there
// already counts as if it were wanted.
func (p *plan) fits(dir string) error {
	const clipRate, sampleBytes, block = 16000, 2, 4096
	need := 1.1 * float64(p.clips) * (p.seconds*clipRate*sampleBytes + block)
	for _, rate := range p.rates {
		need += p.hours * 3600 * float64(rate) * sampleBytes
		need += p.hours * 3600 * 32 * 128 // the frames that features writes
	}
	have := 0.0
	err := filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			have += float64(info.Size())
		}
		return err
	})
	if err != nil {
		return err
	}
	need = max(0, need-have)
	free, known := dataset.FreeBytes(dir)
	if known && need > float64(free) {
		return fmt.Errorf("the sound takes %.1f GB, and %s has %.1f GB free: name another folder (DIR=FOLDER)",
			need/1e9, dir, float64(free)/1e9)
	}
	fmt.Printf("sound: %.1f GB more in %s\n", need/1e9, dir)
	return nil
}
