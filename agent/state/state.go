// Package state names what is known about the machine at one source.
//
// # Concepts
//
// The words stand on the wire, in the log and in the status. The decision finds normal,
// warning and alarm from scores; the others say why there is no score to decide by.
package state

// State is what is known about the machine at one source.
type State string

// The states of a source.
const (
	Off      State = "off"      // the machine does not run
	Learning State = "learning" // what is normal is being learned, or nothing was heard yet that can be judged
	Normal   State = "normal"   // none of the last observations is suspicious
	Warning  State = "warning"  // some are, too few for an alarm
	Alarm    State = "alarm"    // an event is open
	Fault    State = "fault"    // the source cannot listen
	Unfit    State = "unfit"    // the model does not fit what is heard
	Offline  State = "offline"  // nobody listens any more: the recording is over or the program has stopped
)

// urgency orders states for somebody who sees one of them for all sources.
var urgency = map[State]int{Offline: 1, Off: 1, Normal: 2, Learning: 3, Warning: 4, Unfit: 5, Fault: 6, Alarm: 7}

// Worst returns the state that needs a person most: an alarm before a fault, both
// before a warning. Empty and unknown states do not count; of none it returns "".
func Worst(states ...State) State {
	var worst State
	for _, s := range states {
		if urgency[s] > urgency[worst] {
			worst = s
		}
	}
	return worst
}
