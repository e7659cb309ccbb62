package iio

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Root is the folder that stands for the file system's root; "" is the root.
type Root string

// Info describes a device.
type Info struct {
	Number int
	// Name is the driver's, "adxl345"; two devices may share it.
	Name string
	// Label is what the device tree calls it, and Node where it stands there; "" is nothing.
	Label, Node string
	// Problem is why it cannot be read, and what to do; "" is none.
	Problem string
}

// maxAttribute bounds what is read from a kernel file.
const maxAttribute = 4096

// attribute is a device's folder under /sys.
type attribute struct {
	folder string
}

func (r Root) device(number int) attribute {
	return attribute{filepath.Join(string(r), "/sys/bus/iio/devices", "iio:device"+strconv.Itoa(number))}
}

// node returns the device's file under /dev.
func (r Root) node(number int) string {
	return filepath.Join(string(r), "/dev", "iio:device"+strconv.Itoa(number))
}

func (a attribute) read(name string) (string, error) {
	f, err := os.Open(filepath.Join(a.folder, name))
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // closing what was only read cannot lose anything
	b := make([]byte, maxAttribute)
	n, err := f.Read(b)
	if n == 0 && err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("reading %s: %w", f.Name(), err)
	}
	return strings.TrimSpace(string(b[:n])), nil
}

// treeNode returns the device's place in the device tree, "" where there is none.
func (a attribute) treeNode() string {
	target, err := os.Readlink(filepath.Join(a.folder, "of_node"))
	if err != nil {
		return ""
	}
	_, node, _ := strings.Cut(target, "devicetree/base/")
	return node
}

func (a attribute) write(name, value string) error {
	f, err := os.OpenFile(filepath.Join(a.folder, name), os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(value)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("setting %s to %s: %w", name, value, err)
	}
	return nil
}

// ensure has an attribute hold a value, and writes only where it does not: a program that
// may not write can use a device that somebody else has set up.
func (a attribute) ensure(name, value string) error {
	if got, err := a.read(name); err == nil && same(got, value) {
		return nil
	}
	return a.write(name, value)
}

// same compares values as the kernel writes them: numbers by what they are.
func same(got, want string) bool {
	if got == want {
		return true
	}
	x, errX := strconv.ParseFloat(got, 64)
	y, errY := strconv.ParseFloat(want, 64)
	return errX == nil && errY == nil && x == y
}

// stampMonotonic has the kernel stamp scans by a clock that nobody sets. By itself it
// takes the wall clock, which jumps when it is set. Kernels before 4.6 know no other.
func (a attribute) stampMonotonic() error {
	err := a.ensure("current_timestamp_clock", "monotonic")
	if errors.Is(err, fs.ErrNotExist) || isForbidden(err) {
		return nil // the line notices when that clock is set
	}
	return err
}

// isForbidden reports whether this program may not write, as a service with a read-only
// /sys may not.
func isForbidden(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}

// errAbsent is why an attribute cannot be read that a device need not have.
var errAbsent = errors.New("its driver has no such thing")

// first reads the first of several attributes that exists.
func (a attribute) first(names ...string) (name, value string, err error) {
	for _, name := range names {
		value, err := a.read(name)
		if !errors.Is(err, fs.ErrNotExist) {
			return name, value, err
		}
	}
	return "", "", fmt.Errorf("%s has none of %s: %w", a.folder, strings.Join(names, ", "), errAbsent)
}

// List returns the devices that measure acceleration on three axes into a buffer,
// and those that could if something were otherwise.
func (r Root) List() ([]Info, error) {
	entries, err := os.ReadDir(filepath.Join(string(r), "/sys/bus/iio/devices"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("iio: %w", err)
	}
	var found []Info
	for _, entry := range entries {
		digits, ok := strings.CutPrefix(entry.Name(), "iio:device")
		number, err := strconv.ParseUint(digits, 10, 16)
		if !ok || err != nil {
			continue
		}
		info := Info{Number: int(number)}
		a := r.device(info.Number)
		if info.Name, err = a.read("name"); err != nil {
			info.Problem = err.Error()
		}
		info.Label, _ = a.read("label")
		info.Node = a.treeNode()
		if _, _, err := a.first("in_accel_x_raw", "scan_elements/in_accel_x_type"); err != nil {
			continue // measures something else
		}
		if _, err := a.read("scan_elements/in_accel_x_type"); err != nil {
			info.Problem = "its driver has no buffer: it can be asked for single values only"
		} else if f, err := os.OpenFile(r.node(info.Number), os.O_RDONLY, 0); err != nil {
			info.Problem = explain(err)
		} else {
			f.Close() //nolint:errcheck // nothing was written
		}
		found = append(found, info)
	}
	slices.SortFunc(found, func(a, b Info) int { return a.Number - b.Number })
	return found, nil
}

// Stable returns the name that a device keeps whatever else there is: its label, or where it stands in
// the device tree. One that has neither has its number only, which may be another's after a restart.
func (i Info) Stable(list []Info) string {
	isAlone := func(has func(other Info) bool) bool {
		return !slices.ContainsFunc(list, func(other Info) bool { return other.Number != i.Number && has(other) })
	}
	last := i.Node[strings.LastIndex(i.Node, "/")+1:]
	hasLast := func(other Info) bool { return strings.HasSuffix("/"+other.Node, "/"+last) }
	switch {
	case i.Label != "" && isAlone(func(other Info) bool { return other.Label == i.Label }):
		return i.Label
	case last != "" && isAlone(hasLast):
		return last
	case i.Node != "":
		return i.Node
	}
	return "iio:device" + strconv.Itoa(i.Number)
}

// Find returns the number of a device named by its number, "iio:device0", the label that the
// device tree gives it, its node in the device tree as "i2c@7e804000/adxl355@1d", or its driver's
// name. A number may be another's after a restart; the other names stay.
func (r Root) Find(name string) (int, error) {
	devices, err := r.List()
	if err != nil {
		return 0, err
	}
	if len(devices) == 0 && runtime.GOOS != "linux" {
		return 0, fmt.Errorf("iio: such accelerometers are Linux only: %w", errors.ErrUnsupported)
	}
	var matches []Info
	for _, d := range devices {
		number := strconv.Itoa(d.Number)
		if name == number || name == "iio:device"+number {
			return d.Number, nil
		}
		if d.Label != "" && d.Label == name {
			return d.Number, nil
		}
		if node := d.Node; node != "" && (node == name || strings.HasSuffix(node, "/"+name)) {
			return d.Number, nil
		}
		if d.Name == name {
			matches = append(matches, d)
		}
	}
	switch len(matches) {
	case 1:
		return matches[0].Number, nil
	case 0:
		return 0, fmt.Errorf("iio: no accelerometer %q among %d: is its driver loaded?", name, len(devices))
	}
	return 0, fmt.Errorf("iio: %d devices are called %q: name one by its number", len(matches), name)
}

// Share lets the members of a group read a device.
func (r Root) Share(name string, group int) error {
	number, err := r.Find(name)
	if err != nil {
		return err
	}
	node := r.node(number)
	if err := errors.Join(os.Chown(node, -1, group), os.Chmod(node, 0o640)); err != nil {
		return fmt.Errorf("iio: %w", err)
	}
	return nil
}

// explain adds what to do to an error.
func explain(err error) string {
	switch {
	case isForbidden(err):
		return err.Error() + ": 'auscultd --prepare' as root sets the device up, as the service does before it starts; " +
			"or add the user to the group that owns it"
	case errors.Is(err, fs.ErrNotExist):
		return err.Error() + ": the driver made no buffer"
	}
	return err.Error()
}
