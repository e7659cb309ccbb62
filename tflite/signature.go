package tflite

import (
	"fmt"
	"strings"
)

// verifySignatures checks that names lead to tensors of their subgraphs.
func (m *Model) verifySignatures() error {
	for i, s := range m.Signatures {
		g := m.subgraph(s.Subgraph)
		if g == nil {
			return fmt.Errorf("signature %d (%.40q): subgraph %d, the model has %d", i, s.Name, s.Subgraph, 1+len(m.Subgraphs))
		}
		for _, names := range [][]NamedTensor{s.Inputs, s.Outputs} {
			for _, n := range names {
				if n.Tensor < 0 || n.Tensor >= len(g.Tensors) {
					return fmt.Errorf("signature %d (%.40q): tensor %d for %.40q, the subgraph has %d",
						i, s.Name, n.Tensor, n.Name, len(g.Tensors))
				}
			}
		}
	}
	return nil
}

// subgraph gives a subgraph by its number in the file, 0 for the model itself; nil where there is none.
func (m *Model) subgraph(number int) *Model {
	switch {
	case number == 0:
		return m
	case number < 0 || number > len(m.Subgraphs):
		return nil
	}
	return m.Subgraphs[number-1]
}

// WithSignature gives the model with the subgraph in front that a signature names: what NewInterpreter then runs. The
// inputs and outputs are in the subgraph's order.
func (m *Model) WithSignature(name string) (*Model, error) {
	var names []string
	for _, s := range m.Signatures {
		if s.Name != name {
			names = append(names, fmt.Sprintf("%.40q", s.Name))
			continue
		}
		g := m.subgraph(s.Subgraph)
		if g == nil {
			return nil, fmt.Errorf("tflite: signature %.40q: subgraph %d, the model has %d", name, s.Subgraph, 1+len(m.Subgraphs))
		}
		chosen := *m
		chosen.Name, chosen.Tensors, chosen.Operators = g.Name, g.Tensors, g.Operators
		chosen.Inputs, chosen.Outputs = g.Inputs, g.Outputs
		chosen.Signatures = nil // their numbers are another's now
		return &chosen, nil
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("tflite: the model has no signatures: run it without %.40q", name)
	}
	return nil, fmt.Errorf("tflite: the model has no signature %.40q but %s", name, strings.Join(names, ", "))
}
