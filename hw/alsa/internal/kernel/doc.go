// Package kernel speaks the part of Linux's PCM interface that capture needs:
// the structures and numbers of its ioctls, and an open device.
//
// # Concepts
//
// A Handle is an open capture device. Driver code above it runs against this
// package's Handle or against a simulated one. Frame here is ALSA's word: one
// sample of every channel.
//
// # Formats
//
// The structures have the kernel's layout on 64-bit and on 32-bit Linux: what C
// calls long is uintptr here. Times on 32 bits are the 64-bit ones of Linux 5.6
// (STATUS of 128 bytes); older kernels are asked again with 32-bit times (108
// bytes), which in this clock overflow after 68 years without a restart.
//
// # Concurrency
//
// A Handle belongs to one goroutine.
//
// # Errors
//
// Methods return the kernel's syscall.Errno as it is.
//
// # Sources
//
// Linux, include/uapi/sound/asound.h, PCM protocol 2.0.15 and control protocol 2.0.9; which pointers a
// status carries, sound/core/pcm_native.c and pcm_compat.c, both of Linux 6.1.
package kernel
