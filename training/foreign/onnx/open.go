package onnx

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/auscult/auscult/training/foreign/onnx/schema"
	"github.com/auscult/auscult/training/graph"
)

// Limits of a model.
const (
	MaxFileBytes = 128 << 20 // of the model, and of its weights in another file
	// maxEntries bounds messages and names, of which each takes some hundred bytes once decoded.
	maxEntries = 1 << 20
	maxNesting = 16
)

// Options say what a file may leave open.
type Options struct {
	Frames int // length of an open dimension that is not the batch; 0: not known
}

// Is reports whether data begin as an ONNX model does: a number of the format's version, then
// other fields of a model.
func Is(data []byte) bool {
	num, kind, n := protowire.ConsumeTag(data)
	if n < 0 || num != 1 || kind != protowire.VarintType {
		return false
	}
	version, m := protowire.ConsumeVarint(data[n:])
	if m < 0 || version < 1 || version > 100 {
		return false
	}
	num, _, k := protowire.ConsumeTag(data[n+m:])
	if num == 2 && k > 0 {
		// The program that wrote it, where models of Core ML and SavedModels have messages.
		_, l := protowire.ConsumeVarint(data[n+m+k:])
		if at := n + m + k + l; l < 0 || at < len(data) && data[at] < ' ' {
			return false
		}
	}
	return k > 0 && (num >= 2 && num <= 8 || num == 14 || num == 20 || num == 25)
}

// Open returns the network in a file.
func Open(path string, o Options) (*graph.Graph, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	}
	g, err := Parse(data, filepath.Dir(path), o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return g, nil
}

// readFile reads a file of at most MaxFileBytes.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // closing what was only read cannot lose anything
	data, err := io.ReadAll(io.LimitReader(f, MaxFileBytes+1))
	if err == nil && len(data) > MaxFileBytes {
		err = fmt.Errorf("%s: larger than %d bytes", path, MaxFileBytes)
	}
	return data, err
}

// Parse returns the network in a model, whose files of weights lie in a folder.
func Parse(data []byte, folder string, o Options) (*graph.Graph, error) {
	left := maxEntries
	if !count(data, maxNesting, &left) {
		return nil, fmt.Errorf("onnx: more than %d entries, or deeper nested than %d", maxEntries, maxNesting)
	}
	var m schema.ModelProto
	if err := proto.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("onnx: the file is damaged: %w", err)
	}
	if m.GetGraph() == nil {
		return nil, errors.New("onnx: the file holds no graph")
	}
	r := &reader{
		model: &m, folder: folder, files: map[string][]byte{}, options: o, values: map[string]value{},
		operators: operators(), evaluations: evaluations(),
	}
	return r.read()
}

// count takes the number of length-delimited fields, at any depth that they can have, from
// what is left, false where there are too many. Bytes that only look like messages count too,
// weights as one.
func count(data []byte, depth int, left *int) bool {
	for len(data) > 0 {
		num, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			return true // no message, or a damaged one, which Unmarshal says
		}
		data = data[n:]
		if *left--; *left < 0 {
			return false
		}
		if kind != protowire.BytesType {
			n = protowire.ConsumeFieldValue(num, kind, data)
			if n < 0 {
				return true
			}
			data = data[n:]
			continue
		}
		inner, n := protowire.ConsumeBytes(data)
		if n < 0 {
			return true
		}
		data = data[n:]
		// Field 9 of a tensor are its bytes, 4, 5, 7 and 10 numbers.
		if depth == 0 {
			return false
		}
		if isNested(num) && !count(inner, depth-1, left) {
			return false
		}
	}
	return true
}

// isNested reports whether a field of that number is a message anywhere in a model.
func isNested(num protowire.Number) bool {
	switch num {
	case 4, 9, 10:
		return false // names, numbers and the bytes of weights
	}
	return true
}

// outside returns the bytes of a tensor that lie in another file.
func (r *reader) outside(t *schema.TensorProto) ([]byte, error) {
	name, offset, length := "", int64(0), int64(-1)
	for _, e := range t.GetExternalData() {
		var err error
		switch e.GetKey() {
		case "location":
			name = e.GetValue()
		case "offset":
			offset, err = strconv.ParseInt(e.GetValue(), 10, 64)
		case "length":
			length, err = strconv.ParseInt(e.GetValue(), 10, 64)
		}
		if err != nil {
			return nil, err
		}
	}
	data, ok := r.files[name]
	if !ok {
		if !filepath.IsLocal(name) {
			return nil, fmt.Errorf("its weights lie in %.80q, outside of the model's folder", name)
		}
		var err error
		if data, err = readFile(filepath.Join(r.folder, name)); err != nil {
			return nil, fmt.Errorf("its weights lie in a file of their own, which belongs beside the model: %w", err)
		}
		r.files[name] = data
	}
	if length < 0 {
		length = int64(len(data)) - offset
	}
	if offset < 0 || length < 0 || offset > int64(len(data)) || length > int64(len(data))-offset {
		return nil, fmt.Errorf("%d bytes from %d on of a file of %d: is %s that of this model?",
			length, offset, len(data), name)
	}
	return data[offset : offset+length], nil
}
