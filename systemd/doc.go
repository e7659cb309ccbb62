// Package systemd tells the service manager how the program is doing.
//
// # Concepts
//
// A service of Type=notify reports READY=1 once it works, STATUS=… in one line
// for people, STOPPING=1 when it ends, and with WatchdogSec= set it must report
// WATCHDOG=1 regularly or it is killed and started anew.
//
// # Formats
//
// A notification is one datagram of lines NAME=value to the Unix socket named
// by NOTIFY_SOCKET. A name that starts with @ lies in the abstract namespace.
//
// # Concurrency
//
// A Notifier may be used from any goroutine.
//
// # Errors
//
// There are three outcomes: sent (true, nil); not under systemd, so there is
// nobody to tell (false, nil); and told without success (false, error). None of
// them is a reason to stop.
//
// # Limits
//
// A message is at most 4096 bytes, and sending gives up after a second.
//
// # Sources
//
// sd_notify(3), sd_watchdog_enabled(3).
package systemd
