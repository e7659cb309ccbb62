package tflite_test

import (
	"fmt"
	"log"

	"github.com/auscult/auscult/tflite"
)

func Example() {
	m, err := tflite.Open("testdata/ad01_int8.tflite")
	if err != nil {
		log.Fatal(err)
	}
	it, err := tflite.NewInterpreter(m, tflite.Options{})
	if err != nil {
		log.Fatal(err)
	}
	in := it.Inputs()[0]
	fmt.Printf("%v %v, scale %.4f, zero point %d\n", in.Type, in.Shape, in.Scale, in.ZeroPoint)
	window := it.InputBytes(0) // int8 codes
	for i := range window {
		window[i] = byte(int8(in.ZeroPoint))
	}
	it.Invoke()
	fmt.Println(len(it.OutputBytes(0)), "codes of reconstruction")
	// Output:
	// int8 [1 640], scale 0.3910, zero point 89
	// 640 codes of reconstruction
}
