package confine

import "golang.org/x/sys/unix"

const auditArch = unix.AUDIT_ARCH_AARCH64

// alsoDenied are calls that only this processor has.
var alsoDenied []uint32
