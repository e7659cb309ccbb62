//go:build (!amd64 && !arm64) || noasm || purego

package kernels

// wideLoops are the generic ones where there is no assembly.
var wideLoops = genericLoops
