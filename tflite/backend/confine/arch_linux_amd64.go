package confine

import "golang.org/x/sys/unix"

const auditArch = unix.AUDIT_ARCH_X86_64

// alsoDenied are calls that only this processor has.
var alsoDenied []uint32
