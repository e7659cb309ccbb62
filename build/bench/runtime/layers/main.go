// Command layers writes models of one operator each, in the sizes that networks of sound have, for the counts of
// instructions: whole networks spend most on convolutions, and do not show how the others do.
//
//	layers FOLDER
package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/tflite/tflitetest"
)

// Codes of activations, and what SOFTMAX and LOGISTIC give.
var (
	some  = tflitetest.Code{Scale: 0.05, ZeroPoint: -7}
	other = tflitetest.Code{Scale: 0.03, ZeroPoint: 12}
	share = tflitetest.Code{Scale: 1.0 / 256, ZeroPoint: -128}
)

// layer is a model's name, and what adds its operator.
type layer struct {
	name string
	add  func(b *tflitetest.Builder)
}

var layers = []layer{
	{"add_32x32x16", func(b *tflitetest.Builder) { pair(b, tflite.Add, tflite.AddOptions{}, []int{1, 32, 32, 16}) }},
	{"add_8x8x64", func(b *tflitetest.Builder) { pair(b, tflite.Add, tflite.AddOptions{}, []int{1, 8, 8, 64}) }},
	{"mul_32x32x16", func(b *tflitetest.Builder) { pair(b, tflite.Mul, tflite.MulOptions{}, []int{1, 32, 32, 16}) }},
	{"mul_by_channel", func(b *tflitetest.Builder) { pair(b, tflite.Mul, tflite.MulOptions{}, []int{1, 1, 1, 16}) }},
	{"average_2x2", func(b *tflitetest.Builder) { pool(b, tflite.AveragePool2D, []int{1, 32, 32, 16}, 2, 2, 2) }},
	{"average_3x3", func(b *tflitetest.Builder) { pool(b, tflite.AveragePool2D, []int{1, 16, 16, 32}, 3, 3, 1) }},
	{"average_25x5", func(b *tflitetest.Builder) { pool(b, tflite.AveragePool2D, []int{1, 25, 5, 64}, 25, 5, 25) }},
	{"max_2x2", func(b *tflitetest.Builder) { pool(b, tflite.MaxPool2D, []int{1, 32, 32, 16}, 2, 2, 2) }},
	{"max_3x3", func(b *tflitetest.Builder) { pool(b, tflite.MaxPool2D, []int{1, 16, 16, 32}, 3, 3, 2) }},
	{"softmax_12", func(b *tflitetest.Builder) { unary(b, tflite.Softmax, 2, tflite.SoftmaxOptions{Beta: 1}, 12) }},
	{"softmax_1000", func(b *tflitetest.Builder) { unary(b, tflite.Softmax, 2, tflite.SoftmaxOptions{Beta: 1}, 1000) }},
	{"logistic_16384", func(b *tflitetest.Builder) { unary(b, tflite.Logistic, 2, nil, 16384) }},
	// The first layer of TensorFlow's micro_speech, and one of several channels.
	{"depthwise_x8", func(b *tflitetest.Builder) { depthwise(b, []int{1, 49, 40, 1}, 10, 8, 2, 8) }},
	{"depthwise_x2", func(b *tflitetest.Builder) { depthwise(b, []int{1, 25, 5, 16}, 3, 3, 1, 2) }},
	{"depthwise_x4", func(b *tflitetest.Builder) { depthwise(b, []int{1, 16, 16, 8}, 5, 5, 1, 4) }},
	{"depthwise_x1", func(b *tflitetest.Builder) { depthwise(b, []int{1, 25, 5, 64}, 3, 3, 1, 1) }},
	{"depthwise_24", func(b *tflitetest.Builder) { depthwise(b, []int{1, 24, 24, 24}, 3, 3, 1, 1) }},
}

// pair joins an image with a tensor of shape b.
func pair(b *tflitetest.Builder, op tflite.Op, options any, shape []int) {
	image := []int{1, 32, 32, 16}
	if shape[1] > 1 {
		image = shape
	}
	x, y := b.Input(some, image...), b.Input(other, shape...)
	b.Output(b.Op(op, 2, options, b.Activation(some, image...), x, y))
}

func pool(b *tflitetest.Builder, op tflite.Op, in []int, h, w, stride int) {
	x := b.Input(some, in...)
	p := tflite.Pool2DOptions{Padding: tflite.Valid, StrideH: stride, StrideW: stride, FilterH: h, FilterW: w}
	out := b.Activation(some, 1, (in[1]-h)/stride+1, (in[2]-w)/stride+1, in[3])
	b.Output(b.Op(op, 2, p, out, x))
}

func unary(b *tflitetest.Builder, op tflite.Op, version int, options any, n int) {
	x := b.Input(some, 1, n)
	b.Output(b.Op(op, version, options, b.Activation(share, 1, n), x))
}

func depthwise(b *tflitetest.Builder, in []int, h, w, stride, multiplier int) {
	r := rand.New(rand.NewPCG(1, uint64(in[3])))
	x, channels := b.Input(some, in...), in[3]*multiplier
	values, scales := make([]int8, h*w*channels), make([]float32, channels)
	for i := range values {
		values[i] = int8(r.IntN(255) - 127)
	}
	for i := range scales {
		scales[i] = 0.001 + r.Float32()/500
	}
	weights := b.Weights(values, 3, scales, 1, h, w, channels)
	bias := b.Bias(make([]int32, channels), some.Scale, scales)
	p := tflite.DepthwiseConv2DOptions{
		Padding: tflite.Same, StrideH: stride, StrideW: stride, DepthMultiplier: multiplier,
		DilationH: 1, DilationW: 1,
	}
	out := b.Activation(other, 1, (in[1]+stride-1)/stride, (in[2]+stride-1)/stride, channels)
	b.Output(b.Op(tflite.DepthwiseConv2D, 3, p, out, x, weights, bias))
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: layers FOLDER")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "layers:", err)
		os.Exit(1)
	}
}

// write writes every model and prints its path.
func write(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, l := range layers {
		var b tflitetest.Builder
		l.add(&b)
		data, err := b.Model.Marshal()
		if err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
		path := filepath.Join(folder, l.name+".tflite")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			return err
		}
		fmt.Println(path)
	}
	return nil
}
