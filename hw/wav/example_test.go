package wav_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/wav"
)

func Example() {
	var file bytes.Buffer
	format := hw.Format{SampleRateHz: 8000, Channels: 2, BitsPerSample: 16}
	if err := wav.Write(&file, format, []int32{1 << 16, 2 << 16, 3 << 16, 4 << 16, 5 << 16, 6 << 16}); err != nil {
		fmt.Println(err)
		return
	}

	src, err := wav.NewReader("example", &file, wav.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(src, src.Format())
	block := hw.Block{PCM: make([]int32, 4)}
	for {
		err := src.Read(context.Background(), &block)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(block.FirstSample, block.PCM)
	}
	// Output:
	// wav example 8000 Hz, 2 ch, 16 bit
	// 0 [65536 131072 196608 262144]
	// 2 [327680 393216]
}
