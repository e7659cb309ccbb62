package iio

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/auscult/auscult/hw/accel"
)

// maxElements bounds how many scan elements a device may have.
const maxElements = 64

// layout says where the elements stand in a scan.
type layout struct {
	elements [accel.Axes]Element
	offsets  [accel.Axes]int   // bytes from the scan's start
	add      [accel.Axes]int64 // to each axis, in Q31
	stamp    Element
	stampAt  int // below 0: there is none
	bytes    int
}

// place is where the kernel puts an element.
type place struct {
	name  string
	index uint64
	is    Element
}

// layOut switches on the axes and the time stamp, all others off, and computes where
// they stand in a scan.
func (a attribute) layOut() (layout, error) {
	places, err := a.choose()
	if err != nil {
		return layout{}, err
	}
	slices.SortFunc(places, func(a, b place) int { return int(a.index) - int(b.index) })
	l := layout{stampAt: -1}
	offset, widest, found := 0, 1, 0
	for _, p := range places {
		// Each element is aligned to its own size, the whole scan to its widest.
		size := p.is.Bytes()
		offset = (offset + size - 1) / size * size
		widest = max(widest, size)
		if p.name == stamp {
			if !p.is.Signed || p.is.Bits != 64 || p.is.Repeat != 1 {
				return layout{}, fmt.Errorf("time stamp of %d bits: must be 64, signed", p.is.Bits)
			}
			l.stamp, l.stampAt = p.is, offset
		} else {
			axis := slices.Index(axes[:], p.name)
			l.elements[axis], l.offsets[axis] = p.is, offset
			found++
		}
		offset += size
	}
	if found != len(axes) {
		return layout{}, fmt.Errorf("%d of the axes x, y and z can be buffered: need all", found)
	}
	l.bytes = (offset + widest - 1) / widest * widest
	for axis, e := range l.elements {
		if l.add[axis], err = a.offset(axes[axis], e); err != nil {
			return layout{}, err
		}
	}
	return l, nil
}

// offset returns what the driver has added to an axis, in Q31. A driver of a chip without sign
// has half of its range subtracted; without that all would be acceleration one way.
func (a attribute) offset(axis string, e Element) (int64, error) {
	name, text, err := a.first(axis+"_offset", "in_accel_offset")
	if errors.Is(err, errAbsent) {
		text, err = "0", nil
	}
	if err != nil {
		return 0, err
	}
	steps, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(steps) || math.Abs(steps) > math.Ldexp(1, e.Bits) {
		return 0, fmt.Errorf("%s is %q: must be a number within the %d bits of the axis", name, text, e.Bits)
	}
	if half := math.Ldexp(1, e.Bits-1); !e.Signed && math.Abs(steps+half) > half/2 {
		return 0, fmt.Errorf("%s has no sign, and an offset of %g: that makes no acceleration both ways", axis, steps)
	}
	return int64(math.Round(math.Ldexp(steps, 32-e.Bits))), nil
}

// choose switches on the axes and the time stamp, all others off, and returns what the
// kernel says of them.
func (a attribute) choose() ([]place, error) {
	entries, err := os.ReadDir(filepath.Join(a.folder, "scan_elements"))
	if err != nil {
		return nil, err
	}
	if len(entries) > 4*maxElements {
		return nil, fmt.Errorf("%d files in scan_elements: that is no accelerometer", len(entries))
	}
	var places []place
	for _, entry := range entries {
		name, ok := strings.CutSuffix(entry.Name(), "_en")
		if !ok {
			continue
		}
		wanted := name == stamp || slices.Contains(axes[:], name)
		switched := "0"
		if wanted {
			switched = "1"
		}
		if err := a.ensure("scan_elements/"+entry.Name(), switched); err != nil {
			return nil, err
		}
		if !wanted {
			continue
		}
		p := place{name: name}
		text, err := a.read("scan_elements/" + name + "_index")
		if err != nil {
			return nil, err
		}
		if p.index, err = strconv.ParseUint(text, 10, 16); err != nil {
			return nil, fmt.Errorf("index %q of %s: must be a number", text, name)
		}
		if text, err = a.read("scan_elements/" + name + "_type"); err != nil {
			return nil, err
		}
		if p.is, err = ParseElement(text); err != nil {
			return nil, err
		}
		places = append(places, p)
	}
	return places, nil
}
