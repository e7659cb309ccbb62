package setting

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Bytes is a size that is written as a string with its unit, or as a whole number of bytes.
type Bytes int64

// byteUnits are the units of sizes. One letter means what programs show by it: a power of 1024.
var byteUnits = map[string]int64{
	"B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9,
	"KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30,
}

// UnmarshalText reads "16MiB", "512 MB" and the like.
func (b *Bytes) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	digits := strings.TrimRight(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
	unit := byteUnits[strings.ToUpper(strings.TrimSpace(s[len(digits):]))]
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil || unit == 0 || !(n >= 0 && n*float64(unit) < math.MaxInt64) {
		return fmt.Errorf("%q is no size: write \"256KiB\", \"16MiB\" or \"1.5GiB\"", OneLine(string(text)))
	}
	*b = Bytes(n * float64(unit))
	return nil
}

// String returns the size with its unit.
func (b Bytes) String() string {
	for _, u := range []struct {
		name string
		size Bytes
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if b >= u.size && b%u.size == 0 {
			return strconv.FormatInt(int64(b/u.size), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(b), 10) + "B"
}
