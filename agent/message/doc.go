// Package message holds what a node says on the wire: topics and payloads.
//
// # Concepts
//
// Every payload is one JSON object and stands for itself: a reader needs no
// other message to understand it.
//
//	auscult/NODE/status          retained, QoS 1, and the node's last will
//	auscult/NODE/SOURCE/state    retained, QoS 1: when the state changes: "learning" until something was
//	                             heard that can be judged, "normal", "warning", "alarm", "fault" while
//	                             the source cannot listen, "unfit" while its model is not made for what
//	                             it gives, "offline" when the program stops
//	auscult/NODE/SOURCE/score    QoS 0: at most one in telemetry.interval
//	auscult/NODE/SOURCE/alert    QoS 1, kept on disk until confirmed: start and end of events
//
// # Identity
//
// boot_id and seq together name a message of its topic: a message that comes
// twice has the same pair, since a node sends again what was not confirmed. In
// one boot_id, seq rises from message to message.
//
// # Formats
//
// An alert:
//
//	{
//	  "node": "3f9c0a71b2d4",
//	  "source": "fan",
//	  "model": {"name": "fan-dense", "hash": "9f86d081884c7d65…"},
//	  "boot_id": "5e1f0c9a7b3d2468",
//	  "seq": 17,
//	  "time": "2026-11-23T15:43:11.250Z",
//	  "time_synced": true,
//	  "phase": "start",
//	  "event": "20261123T154308.690Z-1",
//	  "start": "2026-11-23T15:43:08.690Z",
//	  "state": "alarm",
//	  "score": 31.25,
//	  "threshold": 12.5,
//	  "ratio": 2.5,
//	  "peak": {"time": "2026-11-23T15:43:10.610Z", "score": 40, "ratio": 3.2},
//	  "bands": [{"from_hz": 2100, "to_hz": 2600, "share": 0.61}]
//	}
//
// With "phase": "end" it has "end" and "cause" (cleared, source_ended, stopped,
// replaced, interrupted, sensor_fault), and peak and bands cover the whole event. An event that the program was in
// when it was killed or lost its power is ended at the next start, as interrupted. Times are RFC 3339 in UTC with
// milliseconds, and all of a message are by one clock: what was heard before the clock was set
// is told by the clock as it goes when the message is made. time_synced says whether that had
// been set by a time server. Where it had not, "uptime": {"boot": …, "seconds": …} says when
// "time" was by how long the machine had been up. When the clock is set later in the same boot,
// states are told again, and alerts that still wait are corrected; so an alert that comes twice
// may come with better times. What is never corrected stays in order by boot_id, seq and
// uptime. Ratio is score/threshold: above 1 is
// suspicious. "over_s" stands where a slower scale raised the event: score is then the mean over
// so many seconds, and threshold that of the scale. Hz are rounded to 1, shares to 0.001, scores and ratios to six
// significant digits. The other payloads are their types' JSON.
//
// Fields are added in later versions, never renamed: a reader ignores what it
// does not know.
package message
