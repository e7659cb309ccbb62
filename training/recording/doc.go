// Package recording provides recordings of any container as sources of samples.
//
// # Concepts
//
// A Recording is an hw.Source over a file, an entry of an archive or whatever else can be
// opened. What a container is, is seen in its first bytes, not in its name; tables alone, which
// have no first bytes of their own, go by the name's ending. A recording is read block by block:
// its length costs no memory. Choose takes one of its channels; the others are then passed over.
//
// Samples that are no numbers, NaN and infinities, are gaps: lost ones to who reads. Floats are
// looked at twice, the first time for the highest of them: sound has a full scale of 1; floats that
// reach some thousands, up to 32768, are on the scale of integers of 16 bits and are scaled so;
// what else reaches far beyond 1 is refused, since nobody can tell what it means.
//
// Notes says after the end what a listener should know of the samples: that the file is cut off,
// for one.
//
// # Formats
//
// WAV as package wav reads it, and with ADPCM of IMA or Microsoft; Sony Wave64; AIFF and AIFC, AU
// and CAF with integers, floats, A-law or mu-law; FLAC. Each of these gives the samples that libsndfile
// gives, but for 24 bits in 4 bytes under the plain tag, which are as loud here as they were recorded.
//
// MP3, and Vorbis and Opus in Ogg, are decoded by others' packages to within two units of 16 bits
// of what libsndfile decodes, without what the coder itself put before and behind the sound. Notes
// warns of them: coding changes the upper bands.
//
// # Concurrency
//
// As hw says: one goroutine reads, any may call Halt.
//
// # Errors
//
// Open fails where a container is not known or its header cannot be used, with what to do.
// A file that ends early or is damaged is not an error: what there is of it before that is read,
// and Truncated reports it. A panic of a decoder that others have written is such a damage.
//
// # Limits
//
// 1 to 256 channels, 1 Hz to 10 MHz. What is kept of a file is bounded before memory is made for it:
// a block of samples, a packet of 1 MiB, a Vorbis setup of 4 Mi values. MP3 of 8 to 12 kHz, Opus of
// more than two channels, GSM 6.10, AAC and other codes are refused by name.
//
// # Sources
//
// IBM and Microsoft, New Multimedia Data Types (1994), for ADPCM; Sony, Wave64 (2003); Apple, AIFF-C
// (1991) and Core Audio Format 1.0; RFC 9639 for FLAC, RFC 3533 for Ogg, RFC 7845 for Opus in it;
// Xiph, Vorbis I, sections 3 and 4.
package recording
