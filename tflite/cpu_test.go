package tflite_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/tflite"
)

// eachCPU runs a test with every family of kernels that this processor has, and
// names those that it lacks.
func eachCPU(t *testing.T, test func(t *testing.T, cpu string)) {
	for _, k := range tflite.CPUs() {
		t.Run(k.Name, func(t *testing.T) {
			if k.Missing != "" {
				t.Skipf("the kernels %s were NOT RUN: this processor lacks %s", k.Name, k.Missing)
			}
			t.Logf("the kernels %s run", k.Name)
			test(t, k.Name)
		})
	}
}

func TestForcedCPU(t *testing.T) {
	m := open(t, "ad01_int8")
	all := tflite.CPUs()
	if last := all[len(all)-1]; last.Name != "generic" || last.Missing != "" {
		t.Errorf("the last of %v is not generic", all)
	}
	for _, k := range all {
		t.Setenv("AUSCULT_CPU", k.Name)
		it, err := tflite.NewInterpreter(m, tflite.Options{})
		switch {
		case k.Missing == "" && (err != nil || it.CPU() != k.Name):
			t.Errorf("%s: %v", k.Name, err)
		case k.Missing != "" && (err == nil || !strings.Contains(err.Error(), k.Missing)):
			t.Errorf("%s runs without %s: %v", k.Name, k.Missing, err)
		}
	}
	t.Setenv("AUSCULT_CPU", "z80")
	const unknown = `tflite: AUSCULT_CPU: there are no kernels "z80" in this program, only `
	if _, err := tflite.NewInterpreter(m, tflite.Options{}); err == nil || !strings.HasPrefix(err.Error(), unknown) {
		t.Errorf("an unknown family: %v", err)
	}
	// An option outranks the environment.
	if it, err := tflite.NewInterpreter(m, tflite.Options{CPU: "generic"}); err != nil || it.CPU() != "generic" {
		t.Errorf("generic by option: %v", err)
	}
	t.Setenv("AUSCULT_CPU", "")
	it, err := tflite.NewInterpreter(m, tflite.Options{})
	best := slices.IndexFunc(all, func(k tflite.Kernels) bool { return k.Missing == "" })
	if err != nil || it.CPU() != all[best].Name {
		t.Errorf("the best is %s: %v", all[best].Name, err)
	}
}
