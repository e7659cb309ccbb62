// Package confine starts a program with fewer rights than its parent has.
//
// # Concepts
//
// A helper loads libraries that nobody here has written, and runs models on them. Rights are what it needs for that: to
// read programs and libraries, and to use devices. Wrap turns a command line into one that first gives up the rest.
// It starts the running program once more, whose main function begins with Main: that gives the rights up and becomes
// the helper. So neither the parent needs a right to take them away, nor can the helper avoid it.
//
//	network         no socket but of AF_UNIX and AF_NETLINK (libusb)    seccomp
//	other programs  no signal, no trace, no priority, no session        seccomp, Landlock
//	files           nothing is written but devices; folders are hidden  Landlock
//	memory, files   bounds on data, descriptors, sizes; no core dump    resource limits
//
// # Limits
//
// What the kernel does not offer is left out: Missing names it. Landlock came with Linux 5.13, and not every
// board's kernel has it. Linux only.
//
// # Sources
//
// The kernel's Documentation/userspace-api/landlock.rst and seccomp_filter.rst, and seccomp(2).
package confine
