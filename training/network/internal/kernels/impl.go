package kernels

import "github.com/auscult/auscult/tflite/matrix"

// Impl is one family of kernels: those that multiply and those that walk arrays.
type Impl struct {
	*matrix.Impl
	loops
}

// Generic is the family that every processor can run, and the reference of the
// others.
var Generic = &Impl{matrix.Generic, genericLoops}

// ByName gives the family of that name, or the best one for "". The error says
// what the processor lacks, or which names there are.
func ByName(name string) (*Impl, error) {
	m, err := matrix.ByName(name)
	if err != nil {
		return nil, err
	}
	return of(m), nil
}

// of gives the family that multiplies so.
func of(m *matrix.Impl) *Impl {
	if m == matrix.Generic {
		return Generic
	}
	// The loops wait for memory: wider ones would not be faster.
	return &Impl{m, wideLoops}
}
