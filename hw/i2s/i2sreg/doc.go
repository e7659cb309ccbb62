// Package i2sreg opens the I²S ports that this machine has, whoever drives them.
//
// # Concepts
//
// A Driver finds ports below an FS root, as they are at that moment: a sound card comes
// and goes with its plug, so there is no list that could be out of date. Drivers register
// themselves when their package is linked in:
//
//	import _ "github.com/auscult/auscult/hw/alsa"
//
//	port, err := i2sreg.Open("/", "hw:CARD=sndrpigooglevoi,DEV=0")
//	conn, err := port.Connect(48*physic.KiloHertz, 2, 0)
//
// # Concurrency
//
// All functions may be called from any goroutine.
//
// # Errors
//
// When no driver knows a name, the drivers' own errors come through, with what helps.
package i2sreg
