// Package address reads where a broker is.
//
// # Formats
//
//	mqtt://host[:1883]         TCP; tcp:// is another word for it
//	mqtts://host[:8883]        TLS over TCP; so are ssl:// and tls://
//	ws://host[:80][/path]      WebSocket, at /mqtt unless a path is given
//	wss://host[:443][/path]    WebSocket over TLS
//	unix:///path               a socket in the file system, on this machine
//
// A user and password in an address are refused: an address is shown in the log and
// the status.
package address
