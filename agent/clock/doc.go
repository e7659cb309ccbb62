// Package clock says whether the time of this machine can be trusted.
//
// # Concepts
//
// A small board has no clock that runs while it is off: until a time server has
// answered, its time is whatever it was at the last shutdown. Messages carry the
// answer of Synced beside their time, so that a reader can tell.
//
// # Sources
//
// systemd-timesyncd.service(8): /run/systemd/timesync/synchronized is made once
// the clock was set; adjtimex(2): STA_UNSYNC and TIME_ERROR, which chrony and
// ntpd clear.
package clock
