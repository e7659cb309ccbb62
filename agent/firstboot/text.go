package firstboot

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// text returns what an editor of any PC wrote as UTF-8 with \n at line ends.
func text(data []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(data, []byte{0xef, 0xbb, 0xbf}):
		data = data[3:]
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		data = wide(data[2:], binary.LittleEndian)
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		data = wide(data[2:], binary.BigEndian)
	}
	if !utf8.Valid(data) {
		return nil, errors.New("is no text in UTF-8: save it as \"UTF-8\" or \"Unicode\"")
	}
	if bytes.IndexByte(data, 0) >= 0 {
		return nil, errors.New("holds zero bytes: is this a text?")
	}
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(data, []byte("\r"), []byte("\n")), nil
}

func wide(data []byte, order binary.ByteOrder) []byte {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	return []byte(string(utf16.Decode(units)))
}

// pairs reads lines "key = value". An unknown key is an error, and so is one that comes twice.
func pairs(data []byte, keys ...string) (map[string]string, error) {
	found := make(map[string]string)
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		key, value = strings.ToLower(strings.TrimSpace(key)), unquoted(strings.TrimSpace(value))
		switch {
		case !ok:
			return nil, fmt.Errorf("line %d: write key = value; keys are %s", number, strings.Join(keys, ", "))
		case !slices.Contains(keys, key):
			return nil, fmt.Errorf("line %d: unknown key %q: keys are %s", number, key, strings.Join(keys, ", "))
		case found[key] != "":
			return nil, fmt.Errorf("line %d: %s stands here for the second time", number, key)
		case value == "":
			return nil, fmt.Errorf("line %d: %s has no value: write one, or # before it", number, key)
		}
		found[key] = value
	}
	if len(found) == 0 {
		return nil, errNothing
	}
	return found, nil
}

// unquoted takes quotes off that stand round a whole value: people write both.
func unquoted(value string) string {
	if n := len(value); n >= 2 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
		return value[1 : n-1]
	}
	return value
}
