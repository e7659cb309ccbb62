//go:build unix

package smallfile

import "syscall"

const notBlocking = syscall.O_NONBLOCK
