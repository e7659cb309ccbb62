package backend

import (
	"github.com/auscult/auscult/tflite"
)

const testBytes = 640

func testJob() Job {
	t := tflite.TensorInfo{
		Name: "x", Type: tflite.Int8, Shape: []int{1, testBytes}, Scale: 0.5, ZeroPoint: -3, Bytes: testBytes,
	}
	return Job{Model: []byte("a model"), Inputs: []tflite.TensorInfo{t}, Outputs: []tflite.TensorInfo{t}}
}
