package tflite

import "fmt"

// Resolve returns a copy of a model that can run, with all shapes known, even those that the converter left open, and
// without the operators whose results depend on no input: what they compute is constant there. The error is
// NewInterpreter's.
func (m *Model) Resolve(opts Options) (*Model, error) {
	own, _, steps, _, err := check(m, opts)
	if err != nil {
		return nil, fmt.Errorf("tflite: %w", err)
	}
	out := *own
	out.Operators, out.Metadata, out.Signatures = nil, nil, nil
	for i, s := range steps {
		if !s.folded {
			out.Operators = append(out.Operators, own.Operators[i])
		}
	}
	return &out, nil
}
