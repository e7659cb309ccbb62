package confine

import "golang.org/x/sys/unix"

const auditArch = unix.AUDIT_ARCH_I386

// alsoDenied are calls that only this processor has: another way to a socket.
var alsoDenied = []uint32{unix.SYS_SOCKETCALL}
