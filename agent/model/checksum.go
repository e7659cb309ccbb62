package model

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/auscult/auscult/tflite"
)

// ChecksumName is the name of the TFLite metadata entry with the checksum: the SHA-256 of the
// whole file, in which the entry's own 32 bytes are zero.
const ChecksumName = "auscult.sha256"

// sealedVersion is the version of settings from which on a model has a checksum.
const sealedVersion = 2

// ErrDamaged is wrapped when a model's checksum says that its file is not what was written.
var ErrDamaged = errors.New("the file was damaged, or changed by another program, since it was written: " +
	"its checksum does not hold; copy it again, or train again")

// placeholder stands for the checksum until it is known. It is nothing that a model holds by
// chance.
var placeholder = sha256.Sum256([]byte("auscult: here the checksum will stand"))

// seal puts the checksum into a file that holds the placeholder.
func seal(data []byte) error {
	at, err := only(data, placeholder[:])
	if err != nil {
		return fmt.Errorf("model: checksum: %w", err)
	}
	sum := sumWithout(data, at)
	copy(data[at:], sum[:])
	return nil
}

// checkSeal compares a file with the checksum that it carries, and reports whether it carries
// one.
func checkSeal(data []byte, graph *tflite.Model) (sealed bool, err error) {
	sum, ok := metadata(graph, ChecksumName)
	if !ok {
		return false, nil
	}
	if len(sum) != sha256.Size {
		return true, ErrDamaged
	}
	at, err := only(data, sum)
	if err != nil || sumWithout(data, at) != [sha256.Size]byte(sum) {
		return true, ErrDamaged
	}
	return true, nil
}

// only returns where some bytes are, which must be once.
func only(data, what []byte) (at int, err error) {
	at = bytes.Index(data, what)
	if at < 0 || bytes.Contains(data[at+1:], what) {
		return 0, errors.New("it stands in no place of its own")
	}
	return at, nil
}

// sumWithout returns the SHA-256 of data with zeros for the 32 bytes at a place.
func sumWithout(data []byte, at int) (sum [sha256.Size]byte) {
	h := sha256.New() // whose Write never fails
	_, _ = h.Write(data[:at])
	_, _ = h.Write(make([]byte, sha256.Size))
	_, _ = h.Write(data[at+sha256.Size:])
	h.Sum(sum[:0])
	return sum
}
