package wav

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// chunks reads RIFF chunks and counts what it took.
type chunks struct {
	r     *bufio.Reader
	order binary.ByteOrder // of the sizes
	read  int64
	buf   [maxFormatBytes]byte
}

// bufferBytes is the least that a look ahead needs, and some room.
const bufferBytes = 512

func newChunks(r io.Reader) *chunks {
	return &chunks{r: bufio.NewReaderSize(r, bufferBytes), order: binary.LittleEndian}
}

// take returns the next n bytes, n at most maxFormatBytes.
func (c *chunks) take(n int, what string) ([]byte, error) {
	m, err := io.ReadFull(c.r, c.buf[:n])
	c.read += int64(m)
	if errors.Is(err, io.EOF) && c.read == 0 {
		return nil, errors.New("wav: the file is empty")
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("wav: the file is cut off: it ends in %s, after %d bytes", what, c.read)
	}
	if err != nil {
		return nil, fmt.Errorf("wav: read %s: %w", what, err)
	}
	return c.buf[:n], nil
}

// head returns the next chunk's name and size.
func (c *chunks) head() (id string, size int64, err error) {
	b, err := c.take(8, "a chunk header")
	if err != nil {
		return "", 0, err
	}
	return string(b[:4]), int64(c.order.Uint32(b[4:])), nil
}

// skip passes over what is left of a chunk of a size.
func (c *chunks) skip(n, size int64, what string) error {
	if c.read+n > maxHeaderBytes {
		return fmt.Errorf("wav: %s of %d bytes before the samples: at most %d bytes may precede them",
			what, n, int64(maxHeaderBytes))
	}
	m, err := io.CopyN(io.Discard, c.r, n)
	c.read += m
	if err == nil && size%2 == 1 {
		err = c.pad()
	}
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("wav: the file is cut off: it ends in %s, after %d bytes", what, c.read)
	}
	if err != nil {
		return fmt.Errorf("wav: read %s: %w", what, err)
	}
	return nil
}

// pad passes over the byte after an odd size. Some programs leave it out: then the next
// chunk's name begins there.
func (c *chunks) pad() error {
	b, err := c.r.Peek(5)
	if len(b) == 0 {
		return err
	}
	if len(b) == 5 && isName(b[:4]) && !isName(b[1:]) {
		return nil
	}
	c.read++
	_, err = c.r.Discard(1)
	return err
}

// more says whether a chunk follows, and how much of the file is at hand if not.
func (c *chunks) more() (chunk bool, atHand int) {
	b, err := c.r.Peek(8)
	if err != nil {
		return false, len(b)
	}
	// Noise seldom looks like a name and a size of some bytes; a chunk behind the samples
	// is that, or samples again.
	return isName(b[:4]) && (string(b[:4]) == dataName || c.order.Uint32(b[4:]) < maxTailBytes), len(b)
}

// maxTailBytes bounds what is taken for a chunk behind the samples.
const maxTailBytes = 64 << 20

// isName says whether a chunk may be called so.
func isName(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}
