// Package outlook says what a model's decision promises: how many events normal sound raises, and how
// small a change is noticed, and how soon.
//
// # Concepts
//
// The number of events is the decision's own (decide.Expected): training and budget find it by
// package falsealarms, and it travels with the thresholds that it belongs to.
//
// The sensitivity is measured. Training makes clips that were held back louder, in three thirds
// of an octave (where the machine is loudest, quietest and between) and in all, and scores them with the node's scorer
// (package learn); the model carries these scores. Here they are played to the decision that the model
// has: as much normal sound as it remembers, then the changed one, over and over up to an hour. What is told
// is the slowest of several beginnings. So a new threshold has a new sensitivity, and train, budget, evaluate,
// inspect and report say the same of one model.
//
// # Limits
//
// A change is one of normal sound and no fault: real ones may be told sooner or never. The minutes that were held
// back are taken to go on as they were; what other days sound like is not in them.
package outlook
