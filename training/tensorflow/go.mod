module github.com/auscult/auscult/training/tensorflow

go 1.26.0

require (
	github.com/auscult/auscult v0.0.0
	github.com/tensorflow/tensorflow v2.21.0+incompatible
	github.com/tensorflow/tensorflow/tensorflow/go/core v0.0.0
)

require (
	github.com/google/flatbuffers v25.12.19+incompatible // indirect
	github.com/hajimehoshi/go-mp3 v0.3.4 // indirect
	github.com/icza/bitio v1.1.0 // indirect
	github.com/jfreymuth/vorbis v1.0.2 // indirect
	github.com/klauspost/compress v1.20.4 // indirect
	github.com/mewkiz/flac v1.0.14 // indirect
	github.com/mewkiz/pkg v0.0.0-20250417130911-3f050ff8c56d // indirect
	github.com/mewpkg/term v0.0.0-20241026122259-37a80af23985 // indirect
	github.com/pion/opus v0.1.0 // indirect
	golang.org/x/text v0.43.0 // indirect
	gonum.org/v1/gonum v0.17.0 // indirect
	periph.io/x/conn/v3 v3.7.3 // indirect
)

require (
	golang.org/x/sys v0.49.0 // indirect
	google.golang.org/protobuf v1.36.12
)

replace (
	github.com/auscult/auscult => ../..
	github.com/tensorflow/tensorflow/tensorflow/go/core => ../../build/out/tensorflow/core
)
