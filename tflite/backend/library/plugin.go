package library

import (
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"

	"github.com/ebitengine/purego"
)

// Functions of an external delegate.
const (
	createDelegate  = "tflite_plugin_create_delegate"
	destroyDelegate = "tflite_plugin_destroy_delegate"
)

// complaint is what the last plugin has said while it was created.
var complaint atomic.Pointer[string]

// report is what a plugin calls when it cannot be created.
var report = purego.NewCallback(func(text uintptr) uintptr {
	said := goString(text)
	complaint.Store(&said)
	return 0
})

// addPlugin opens a vendor's plugin and adds the delegate that it creates. The plugin is opened here, and not by
// TfLiteExternalDelegateCreate, which crashes on a missing file and which many libraries lack.
func (e *tfliteEngine) addPlugin(options uintptr, o TFLiteOptions) error {
	plugin, err := open(o.Delegate, createDelegate, destroyDelegate)
	if err != nil {
		return fmt.Errorf("delegate: %w", err)
	}
	keys, values := cStrings(o.Keys), cStrings(o.Values)
	delegate := plugin.call(createDelegate, pointer(&keys[0]), pointer(&values[0]), uintptr(len(o.Keys)), report)
	runtime.KeepAlive(keys)
	runtime.KeepAlive(values)
	if delegate == 0 {
		why := "it did not say why"
		if said := complaint.Load(); said != nil {
			why = *said
		}
		return fmt.Errorf("delegate %s: cannot be created: %s", o.Delegate, why)
	}
	e.undo = append(e.undo, func() { plugin.call(destroyDelegate, delegate) })
	e.lib.call("TfLiteInterpreterOptionsAddDelegate", options, delegate)
	e.text += ", delegate " + o.Delegate
	return nil
}

// cStrings returns texts as C has a list of them; never an empty one, so that it has an address.
func cStrings(texts []string) []*byte {
	list := make([]*byte, 0, len(texts)+1)
	for _, t := range texts {
		list = append(list, cString(t))
	}
	return append(list, nil)
}

// ParseDelegate reads a plugin as a command line has it: FILE[,KEY=VALUE…].
func ParseDelegate(text string) (file string, keys, values []string, err error) {
	parts := strings.Split(text, ",")
	for _, p := range parts[1:] {
		key, value, ok := strings.Cut(p, "=")
		if !ok || key == "" {
			return "", nil, nil, fmt.Errorf("delegate %q: an option is written KEY=VALUE, and %q is none", text, p)
		}
		keys, values = append(keys, key), append(values, value)
	}
	if parts[0] == "" {
		return "", nil, nil, fmt.Errorf("delegate %q: names no file", text)
	}
	return parts[0], keys, values, nil
}
