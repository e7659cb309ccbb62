module github.com/auscult/auscult/training/tensorflow

go 1.26.0

require (
	github.com/auscult/auscult v0.0.0
	github.com/tensorflow/tensorflow v2.21.0+incompatible
	github.com/tensorflow/tensorflow/tensorflow/go/core v0.0.0
)

require (
	github.com/google/flatbuffers v25.12.19+incompatible // indirect
	gonum.org/v1/gonum v0.17.0 // indirect
	periph.io/x/conn/v3 v3.7.3 // indirect
)

require (
	golang.org/x/sys v0.49.0 // indirect
	google.golang.org/protobuf v1.36.10
)

replace (
	github.com/auscult/auscult => ../..
	github.com/tensorflow/tensorflow/tensorflow/go/core => ../../build/out/tensorflow/core
)
