// Package iio_test reads an accelerometer that the kernel drives, in the guest: the module simiio behind
// the kernel's industrial I/O subsystem, with a timer for its trigger.
//
// A service may not write below /sys, which its sandbox makes read-only; so the tests read as an ordinary
// user in a mount namespace where it is so, after root has prepared the device as `auscultd --prepare`
// does.
package iio_test
