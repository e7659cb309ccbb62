// Package tensor makes TensorFlow's tensors of float32 values and takes them back.
package tensor

import (
	"bytes"
	"encoding/binary"

	tf "github.com/tensorflow/tensorflow/tensorflow/go"
)

// New makes a tensor of a shape from its values, the last axis changing fastest.
func New(values []float32, shape []int64) (*tf.Tensor, error) {
	var raw bytes.Buffer
	if err := binary.Write(&raw, binary.LittleEndian, values); err != nil {
		return nil, err
	}
	return tf.ReadTensor(tf.Float, shape, &raw)
}

// Values returns the values of a tensor of float32.
func Values(t *tf.Tensor) ([]float32, error) {
	var raw bytes.Buffer
	if _, err := t.WriteContentsTo(&raw); err != nil {
		return nil, err
	}
	values := make([]float32, raw.Len()/4)
	return values, binary.Read(&raw, binary.LittleEndian, values)
}
