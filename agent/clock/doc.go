// Package clock says whether the time of this machine can be trusted, and what times mean
// that were taken before it could.
//
// # Concepts
//
// A small board has no clock that runs while it is off: until a time server has
// answered, its time is whatever it was at the last shutdown. Messages carry the
// answer of Synced beside their time, so that a reader can tell.
//
// What was heard before the clock was set is told by the clock as it goes now: Present
// moves a time by what the clock was set by. What was told before that has, beside its
// time, the boot of the machine and the time since it, which no setting changes: when the
// clock is set in the same boot, that says what time it was.
//
// # Sources
//
// systemd-timesyncd.service(8): /run/systemd/timesync/synchronized is made once
// the clock was set; adjtimex(2): STA_UNSYNC and TIME_ERROR, which chrony and
// ntpd clear; clock_gettime(2): CLOCK_BOOTTIME; proc_sys_kernel(5): random/boot_id.
package clock
