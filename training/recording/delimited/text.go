package delimited

import (
	"bufio"
	"bytes"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Names of encodings, for people.
const (
	utf8Name    = "UTF-8"
	utf16LEName = "UTF-16 LE"
	utf16BEName = "UTF-16 BE"
	latinName   = "Latin-1"
)

// sniffed is how much of a file's bytes its encoding is found in.
const sniffed = 4096

// decoded returns the text of r in UTF-8, without a byte order mark, and the name of the
// encoding that it has.
func decoded(r io.Reader) (text io.Reader, name string) {
	in := bufio.NewReaderSize(r, sniffed)
	head, _ := in.Peek(sniffed) // what there is of it
	name = encodingOf(head)
	switch name {
	case utf16LEName:
		return transform.NewReader(in, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()), name
	case utf16BEName:
		return transform.NewReader(in, unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder()), name
	}
	if bytes.HasPrefix(head, []byte(byteOrderMark)) {
		_, _ = in.Discard(len(byteOrderMark)) // they are there
	}
	return transform.NewReader(in, repair{}), name
}

const byteOrderMark = "\ufeff"

// encodingOf tells a text's encoding from its first bytes.
func encodingOf(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		return utf16LEName
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return utf16BEName
	}
	// What a table holds is ASCII: in UTF-16 every other byte of it is 0.
	var zeros [2]int
	for i, b := range head {
		if b == 0 {
			zeros[i%2]++
		}
	}
	half := len(head) / 2
	switch {
	case half > 0 && zeros[1] > half*3/4 && zeros[0] < half/8:
		return utf16LEName
	case half > 0 && zeros[0] > half*3/4 && zeros[1] < half/8:
		return utf16BEName
	}
	// The last character may be cut by the end of head.
	for cut := 0; cut < utf8.UTFMax && cut <= len(head); cut++ {
		if utf8.Valid(head[:len(head)-cut]) {
			return utf8Name
		}
	}
	return latinName
}

// repair is a transformer that lets UTF-8 pass and takes each byte that is none for
// Windows-1252.
type repair struct{ transform.NopResetter }

// Transform implements transform.Transformer.
func (repair) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		b := src[nSrc]
		if b < utf8.RuneSelf {
			if nDst == len(dst) {
				return nDst, nSrc, transform.ErrShortDst
			}
			dst[nDst] = b
			nDst, nSrc = nDst+1, nSrc+1
			continue
		}
		if !atEOF && !utf8.FullRune(src[nSrc:]) {
			return nDst, nSrc, transform.ErrShortSrc
		}
		r, size := utf8.DecodeRune(src[nSrc:])
		if r == utf8.RuneError && size == 1 {
			r = charmap.Windows1252.DecodeByte(b)
		}
		if nDst+utf8.RuneLen(r) > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += utf8.EncodeRune(dst[nDst:], r)
		nSrc += size
	}
	return nDst, nSrc, nil
}
