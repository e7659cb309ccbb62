package iio

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// maxElements bounds how many scan elements a device may have.
const maxElements = 64

// layOut switches on the axes and the time stamp, all others off, and computes where
// they stand in a scan.
func (s *Source) layOut() error {
	entries, err := os.ReadDir(filepath.Join(s.at.folder, "scan_elements"))
	if err != nil {
		return err
	}
	if len(entries) > 4*maxElements {
		return fmt.Errorf("%d files in scan_elements: that is no accelerometer", len(entries))
	}
	type place struct {
		name  string
		index uint64
		is    Element
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
		if err := s.at.write("scan_elements/"+entry.Name(), switched); err != nil {
			return err
		}
		if !wanted {
			continue
		}
		p := place{name: name}
		text, err := s.at.read("scan_elements/" + name + "_index")
		if err != nil {
			return err
		}
		if p.index, err = strconv.ParseUint(text, 10, 16); err != nil {
			return fmt.Errorf("index %q of %s: must be a number", text, name)
		}
		if text, err = s.at.read("scan_elements/" + name + "_type"); err != nil {
			return err
		}
		if p.is, err = ParseElement(text); err != nil {
			return err
		}
		places = append(places, p)
	}
	slices.SortFunc(places, func(a, b place) int { return int(a.index) - int(b.index) })
	offset, widest, found := 0, 1, 0
	for _, p := range places {
		// Each element is aligned to its own size, the whole scan to its widest.
		size := p.is.Bytes()
		offset = (offset + size - 1) / size * size
		widest = max(widest, size)
		if p.name == stamp {
			if !p.is.Signed || p.is.Bits != 64 {
				return fmt.Errorf("time stamp of %d bits: must be 64, signed", p.is.Bits)
			}
			s.stamp, s.stampAt = p.is, offset
		} else {
			if !p.is.Signed {
				return fmt.Errorf("%s has no sign: that is not read", p.name)
			}
			axis := slices.Index(axes[:], p.name)
			s.elements[axis], s.offsets[axis] = p.is, offset
			found++
		}
		offset += size
	}
	if found != len(axes) {
		return fmt.Errorf("%d of the axes x, y and z can be buffered: need all", found)
	}
	s.scan = (offset + widest - 1) / widest * widest
	return nil
}
