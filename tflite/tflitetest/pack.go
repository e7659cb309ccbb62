package tflitetest

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Case is a model with inputs and, once a runtime has seen it, its outputs.
type Case struct {
	Kind    string
	Model   []byte // a .tflite file
	Input   []byte // of all inputs, one after the other
	Output  []byte // of all outputs, one after the other
	Refused bool   // the runtime did not take the model; Output is empty
}

// maxField bounds one field of a pack.
const maxField = 16 << 20

// WritePack writes cases as gzip of records: kind, model, input, output, each as a
// little-endian uint32 length and bytes; a length of 2^32-1 marks the output of
// a refused model.
func WritePack(w io.Writer, cases []Case) error {
	z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return fmt.Errorf("tflitetest: %w", err)
	}
	for _, c := range cases {
		for i, field := range [][]byte{[]byte(c.Kind), c.Model, c.Input, c.Output} {
			n := uint32(len(field))
			if i == 3 && c.Refused {
				n, field = 1<<32-1, nil
			}
			if _, err := z.Write(append(binary.LittleEndian.AppendUint32(nil, n), field...)); err != nil {
				return fmt.Errorf("tflitetest: %w", err)
			}
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("tflitetest: %w", err)
	}
	return nil
}

// ReadPack reads what WritePack wrote.
func ReadPack(r io.Reader) ([]Case, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("tflitetest: %w", err)
	}
	in := bufio.NewReader(z)
	var cases []Case
	for {
		var c Case
		var fields [4][]byte
		for i := range fields {
			var size [4]byte
			if _, err := io.ReadFull(in, size[:]); err != nil {
				if i == 0 && errors.Is(err, io.EOF) {
					return cases, nil
				}
				return nil, fmt.Errorf("tflitetest: case %d: %w", len(cases), err)
			}
			n := binary.LittleEndian.Uint32(size[:])
			if i == 3 && n == 1<<32-1 {
				c.Refused = true
				continue
			}
			if n > maxField {
				return nil, fmt.Errorf("tflitetest: case %d: a field of %d bytes", len(cases), n)
			}
			fields[i] = make([]byte, n)
			if _, err := io.ReadFull(in, fields[i]); err != nil {
				return nil, fmt.Errorf("tflitetest: case %d: %w", len(cases), err)
			}
		}
		c.Kind, c.Model, c.Input, c.Output = string(fields[0]), fields[1], fields[2], fields[3]
		cases = append(cases, c)
	}
}
