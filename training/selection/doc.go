// Package selection picks a model family for recordings of normal sound, without
// ever hearing a fault of the machine.
//
// # Concepts
//
// One clip in four is held back, every other one where there are 16 or fewer. Where one recording
// has more than half of all the sound, pieces of it are held back instead, spread over its time and a
// quarter of it, with a window and an observation of the family that needs most on either side of
// each that are not learned. Each family learns the others, and is
// then asked to tell the held clips from the same clips with something added: the outliers.
// What it scores is the node's own pipeline (package replay). The first family serves most machines: it
// is taken unless the AUC of another, averaged over the kinds of outliers, is higher by more than chance (the
// 95 % interval of the difference, by drawing held clips with their outliers), or fewer than ten clips are held.
// Of those within Close of the best the one with the fewest multiplications is taken, since that difference
// is none between so few clips, and a node pays for every window.
//
// # Outliers
//
// Made by the tool, on held normal clips only, each at three strengths relative to
// the clip's own RMS level (-12, -6 and 0 dB):
//
//   - hum: a tone between 40 Hz and a tenth of the sample rate;
//   - impacts: decaying bursts of a resonance, 8 to 40 a second, as a bearing gives;
//   - hiss: noise in one octave;
//   - beat: the clip's own sound, swaying in level three to twelve times a second.
//
// They say whether a model notices what is new. They are no faults, and an AUC of
// them is no promise.
//
// # Limits
//
// At most maxHeld clips are held back, of at most 20 s each.
// One recording to hold pieces of back has some 50 s or more.
package selection
