package tflite

import (
	"fmt"
	"os"

	"github.com/auscult/auscult/tflite/internal/kernels"
)

// cpuVariable is the environment variable that forces a family of kernels.
const cpuVariable = "AUSCULT_CPU"

// Kernels describes one family of kernels that this program holds.
type Kernels struct {
	Name    string // as Options.CPU takes it
	Missing string // what the processor lacks to run it; empty where it runs
}

// CPUs lists the families of kernels, best first. The last is generic, which runs
// on every processor.
func CPUs() []Kernels {
	var all []Kernels
	for _, im := range kernels.Impls() {
		all = append(all, Kernels{im.Name, im.Missing})
	}
	return all
}

// chooseKernels finds the family by name, by the environment, or the best.
func chooseKernels(opts Options) (*kernels.Impl, error) {
	name := opts.CPU
	switch opts.Profile {
	case XNNPACK:
	case Reference:
		return kernels.Generic, nil
	default:
		return nil, fmt.Errorf("there is no profile %d", opts.Profile)
	}
	if name == "" {
		if name = os.Getenv(cpuVariable); name != "" {
			im, err := kernels.ByName(name)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", cpuVariable, err)
			}
			return im, nil
		}
	}
	return kernels.ByName(name)
}
