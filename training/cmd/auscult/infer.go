package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/auscult/auscult/tflite"
)

type inferCommand struct {
	Model     string `arg:"" type:"path" help:"The .tflite model; it needs no auscult settings."`
	Signature string `placeholder:"NAME" help:"Run the subgraph that this signature names, as 'auscult inspect' lists them. (the first subgraph)"`
}

// Help describes the bytes.
func (inferCommand) Help() string {
	return `Reads the model's input tensors as raw bytes (little-endian, row-major; several inputs
in the model's order) and writes its output tensors the same way. Inputs that follow each
other back to back give outputs back to back.

Example:
  auscult infer model.tflite < window.bin > reconstruction.bin
  auscult infer --signature encode model.tflite < window.bin > code.bin`
}

// Run streams tensors through the model until the input ends.
func (c *inferCommand) Run(ctx context.Context, std streams) error {
	m, err := tflite.Open(c.Model)
	if err != nil {
		return err
	}
	if c.Signature != "" {
		if m, err = m.WithSignature(c.Signature); err != nil {
			return fmt.Errorf("%s: %w", c.Model, err)
		}
	}
	it, err := tflite.NewInterpreter(m, tflite.Options{})
	if err != nil {
		return fmt.Errorf("%s: %w", c.Model, err)
	}
	in, out := bufio.NewReaderSize(std.in, 1<<16), bufio.NewWriterSize(std.out, 1<<16)
	for n := 0; ctx.Err() == nil; n++ {
		done, err := readInputs(in, it, n)
		if err != nil {
			return err
		}
		if done {
			if n == 0 {
				return errors.New("infer: no input: give the tensor's bytes on standard input")
			}
			return out.Flush()
		}
		if err := it.InvokeContext(ctx); err != nil {
			return err
		}
		for i := range it.Outputs() {
			if _, err := out.Write(it.OutputBytes(i)); err != nil {
				return fmt.Errorf("infer: write output: %w", err)
			}
		}
		if in.Buffered() == 0 { // do not keep a pipe's reader waiting
			if err := out.Flush(); err != nil {
				return fmt.Errorf("infer: write output: %w", err)
			}
		}
	}
	return ctx.Err()
}

// readInputs fills all input tensors and reports whether the input had ended.
func readInputs(in io.Reader, it *tflite.Interpreter, n int) (done bool, err error) {
	for i, info := range it.Inputs() {
		got, err := io.ReadFull(in, it.InputBytes(i))
		switch {
		case errors.Is(err, io.EOF) && i == 0:
			return true, nil
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			return false, fmt.Errorf("infer: input %d ends after %d of the %d bytes of tensor %q %v",
				n, got, info.Bytes, info.Name, info.Shape)
		case err != nil:
			return false, fmt.Errorf("infer: read input: %w", err)
		}
	}
	return false, nil
}
