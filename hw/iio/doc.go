// Package iio reads accelerometers that the Linux kernel drives, through the
// buffers of its industrial I/O subsystem.
//
// # Concepts
//
// A device has scan elements: x, y, z and, with most drivers, a time stamp. Open
// switches on those four and no others, sets rate, trigger and buffer, and
// reads whole scans from /dev/iio:deviceN. A driver with a FIFO of its own
// needs no trigger. Another that has none is given its driver's own, which knows when a sample is
// there, or else a timer, "auscult-N" below /sys/kernel/config/iio/triggers/hrtimer. A timer's rate is
// that of the scans, whether or not the chip has one of its own, which is then at least as fast.
//
// Open writes only what is not yet as it should be, so that a program without the rights to
// write below /sys reads what Prepare has set up for it.
//
// # Formats
//
// A scan holds its elements in the order of their index, each aligned to its own size, as
// types like "le:s12/16X2>>4" say: byte order, sign, significant bits, stored bits, values, shift. Of
// several values the mean counts. Samples are shifted into the upper bits of Q31, with the driver's
// offset (in_accel_offset, in bits) added and clipped there. Config.FullScaleMicroG comes from the
// driver's scale, in m/s² a bit, with 9.80665 m/s² a g.
//
// # Concurrency
//
// A Source is read by one goroutine; Halt, Clock and Stats may be called from any.
//
// # Errors
//
// Open fails with what to do about it where that is known: no permission, no
// trigger, another program reads. Read returns accel.ErrSilent when no scan
// comes for a second and eight watermarks.
//
// # Limits
//
// The kernel's buffer drops new scans when it is full and does not count them.
// With time stamps they are counted from gaps, compared with the estimated clock; a
// driver without gives no way to see loss, and its samples are placed by when they
// arrive. The kernel is asked for stamps by its monotonic clock. Before Linux 4.6 it has
// them by the wall clock only: that it was set is seen, forwards if by more than the scans of a
// reading last. Axes of different scales or widths are refused.
//
// # Sources
//
// Linux 6.1: Documentation/ABI/testing/sysfs-bus-iio, Documentation/driver-api/iio/buffers.rst.
package iio
