// Package alsa provides Linux's sound cards as sources of samples: I²S
// microphones, whose bus the kernel drives, and USB ones. It needs neither cgo
// nor libasound.
//
// # Concepts
//
// A card is found below an FS root (/proc/asound and /sys/class/sound) and
// named by what stays the same from boot to boot: hw:CARD=ID,DEV=0, or for USB
// hw:PORT=1-1.2,DEV=0, the socket that it is plugged into. A card's number depends on
// the order in which drivers were loaded and opens nothing. Importing this package
// makes package i2sreg open cards by these names.
//
// Open negotiates format, rate and channels with the driver and starts the
// device; nothing is converted. The kernel writes into a ring, and Read takes blocks
// out of it: straight from the mapped ring where the driver offers that, by READI
// otherwise.
//
// # Lost samples
//
// The device is never stopped because its ring is full. The kernel's count of
// frames goes on while the ring is overwritten, so the number of lost samples is
// known exactly, whatever held the reader up: what lies further back than the ring
// less one period is given up and counted, and a block that was overwritten while
// it was copied is dropped and counted too. One period is left as a margin, since
// hardware may write ahead of the position that it reports. Should interrupts be
// held up for longer than the whole ring, the kernel's count is short by a multiple of
// the ring; the clock says by which, if somebody reads at least once in ten minutes
// (at the default buffer, and less with a shorter one).
//
// When a driver does stop (an error on the bus, suspend, an unplugged cable), no
// frame is counted any more. Then the lost samples are computed from CLOCK_MONOTONIC:
// from when the next sample was due until the device was started anew, at the rate that was
// measured before. The clock stands still while the whole system sleeps. A device that
// stands still without a word, for more than 20 ms, is found by the clock within two seconds.
//
// # Formats
//
// Every linear format becomes Q31: integers of 8 to 32 bits, with a sign or without, of
// either byte order, and floats. Most bits come first, then whole words, then integers: S32_LE is
// taken before S24_LE, FLOAT_LE only where there are fewer than 24 bits else. Bits
// below those that the driver calls significant are cleared. Channels that are not interleaved
// are read by READN. Channel maps are i2s.StandardMap's: what the driver's own map control
// says is not read.
//
// # Mixer
//
// The controls that change what is captured are read from /dev/snd/controlC* when a device is opened and
// every five seconds: volumes in decibels where the driver says so, switches, automatic gain, and
// where sound comes from. Origin says with the samples how they stand. They are never set. Which controls
// those are is told by their names, as Documentation/sound/designs/control-names.rst has them.
//
// # Time
//
// The kernel takes the time whenever the hardware's position is read. Such a time
// is late by some interrupt latency, never early, so the earliest one, relative to
// the count of samples, is followed, at the rate that is measured over the last minute: see
// package timeline. Any constant error of the rate is followed without loss; beyond 1 % it is
// a fault, since what was learned at one pitch is then heard at another.
//
// # Concurrency
//
// As hw says of a Source: one goroutine reads. Halt, Fault and Stats may be called
// from any. Halt waits for a Read under way, at most a tenth of a second. Read
// neither allocates nor starts goroutines.
//
// # Errors
//
// ErrGone: the card was unplugged or its driver removed; with Options.Wait Read
// waits for it and goes on. ErrStuck: the device runs, but no samples come, although it was
// started again. Both come within 30 s with the default options. A device that
// delivers but says nothing (the same value all the time) is no error of Read: Fault
// names it. Errors of opening are Problems with a fix.
//
// # Limits
//
// Cards are numbered 0 to 31 and so are their devices, as in the kernel. 1 to 64
// channels.
package alsa
