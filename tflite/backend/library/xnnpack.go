package library

import (
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"

	"github.com/ebitengine/purego"
)

// xnnpackOptions stands for TfLiteXNNPackDelegateOptions, of which each version has its own: it is as large as any of
// them, and filled by the library. The threads are at 0, the flags at 4, or from 2.20 at 8, behind others.
type xnnpackOptions struct{ words [64]uint32 }

// Flags of XNNPACK that let it take int8 and uint8 operators. Without them their rounding is that of TensorFlow
// Lite's own kernels, and other than LiteRT's.
const xnnpackQuantised = 1 | 2

// addXNNPACK adds XNNPACK where the library holds it: builds for 32-bit ARM may not.
func (e *tfliteEngine) addXNNPACK(options uintptr, version string, threads int) error {
	lib := e.lib
	if !lib.find("TfLiteXNNPackDelegateOptionsDefault") || !lib.find("TfLiteXNNPackDelegateCreate") ||
		!lib.find("TfLiteXNNPackDelegateDelete") {
		e.text += ", its own kernels"
		return nil
	}
	o, err := xnnpackDefaults(lib)
	if err != nil {
		return err
	}
	at, err := flagsAt(o, version)
	if err != nil {
		return err
	}
	o.words[0] = uint32(threads)
	o.words[at] |= xnnpackQuantised
	delegate := lib.call("TfLiteXNNPackDelegateCreate", pointer(o))
	runtime.KeepAlive(o)
	if delegate == 0 {
		return errors.New("XNNPACK cannot be created on this processor")
	}
	e.later("TfLiteXNNPackDelegateDelete", delegate)
	lib.call("TfLiteInterpreterOptionsAddDelegate", options, delegate)
	e.text += ", XNNPACK"
	return nil
}

// xnnpackDefaults lets the library fill its options.
func xnnpackDefaults(lib *shared) (*xnnpackOptions, error) {
	switch runtime.GOARCH {
	case "arm":
		// A large struct is returned where the first argument points.
		o := new(xnnpackOptions)
		lib.call("TfLiteXNNPackDelegateOptionsDefault", pointer(o))
		return o, nil
	case "amd64", "arm64":
		var defaults func() xnnpackOptions
		purego.RegisterFunc(&defaults, lib.at["TfLiteXNNPackDelegateOptionsDefault"])
		o := defaults()
		return &o, nil
	}
	return nil, fmt.Errorf("XNNPACK's options are not known on %s", runtime.GOARCH)
}

// flagsAt returns which word of the options holds the flags: the one that the defaults have set, where that says it,
// which must not contradict the version.
func flagsAt(o *xnnpackOptions, version string) (int, error) {
	major, minor, ok := parseVersion(version)
	if !ok || major != 2 {
		return 0, fmt.Errorf("TensorFlow Lite %q: the layout of XNNPACK's options is known for versions 2.x only", version)
	}
	byVersion := 1
	if minor >= 20 {
		byVersion = 2
	}
	for _, at := range []int{1, 2} {
		if o.words[at]&xnnpackQuantised == xnnpackQuantised && o.words[at] < 1<<16 {
			return at, nil
		}
	}
	return byVersion, nil
}

// parseVersion reads the first two numbers of a version.
func parseVersion(version string) (major, minor int, ok bool) {
	parts := strings.Split(version, ".")
	if len(parts) < 2 {
		return 0, 0, false
	}
	major, err := strconv.Atoi(parts[0])
	if err != nil {
		return 0, 0, false
	}
	minor, err = strconv.Atoi(parts[1])
	return major, minor, err == nil
}
