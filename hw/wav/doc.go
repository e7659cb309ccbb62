// Package wav provides recordings as sources of samples, and writes them.
//
// # Concepts
//
// A Reader is an hw.Source over a WAV file or stream. It reads forwards only,
// so a pipe serves as well as a file. Paced, it delivers each block when its last
// sample would have been taken, like a microphone; otherwise as fast as it is
// read.
//
// # Formats
//
// Read: RIFF/WAVE, RIFX, whose bytes come in the other order, and RF64 and BW64 for more than
// 4 GiB, with PCM of 1 to 32 bits in 1 to 4 bytes (one byte is unsigned), float of 16, 32 or 64
// bits, A-law or mu-law, plain or WAVE_FORMAT_EXTENSIBLE. Package pcm says what samples become.
// 24 bits in frames of 4 bytes under the plain tag are the lower ones; where else the size of a
// sample time contradicts the bits, the bits are believed. Several chunks "data" follow each
// other, also within a list "wavl", where a chunk "slnt" stands for so many sample times of silence, 2^31 in all at
// most. All other chunks are skipped, with the pad byte after an odd
// size unless a chunk's name begins there. Written: PCM of 16, 24 or 32 bits, by a Writer with
// room for the sizes of an RF64 file, which it becomes beyond 4 GiB. A Writer rounds to its
// width, halves upwards, and clamps at the top.
//
// A Writer puts a chunk "ausc" before the samples: 8 KiB of JSON (About), padded with blanks,
// with what the samples are of and where some were lost. Other programs pass over it. A Reader
// tells those as lost. An About that makes no sense is as if it were not there.
//
// A data chunk whose size is 0xFFFFFFFF, or 0 with no chunk behind it, is that of a stream that
// was written without seeking, or of a recorder that was cut off: it reaches to the end of the
// file. So does one of some 2 GiB, as sox and arecord announce into a pipe, where the file is
// longer; where it is shorter, it is not taken for cut off. Sizes that went over the top of 32
// bits are mended where the size of the file is known.
//
// ReadHeader also reads headers of coded samples, for others to decode.
//
// # Concurrency
//
// As hw says: one goroutine reads, any may call Halt. Halt closes the underlying
// reader when it is an io.Closer. A Read that waits for a pipe returns when its
// context ends only if data arrives or the pipe is closed, as by Halt.
//
// # Errors
//
// A data chunk that ends before its announced size is not an error while
// reading: whole sample times are delivered, then io.EOF, and Truncated reports
// it.
//
// # Limits
//
// A Reader refuses coded samples but G.711's. 1 to 256 channels, 1 Hz to 10 MHz. Chunks before
// the samples may hold 8 GiB together and number 1000; they are passed over, not kept.
//
// # Sources
//
// Microsoft, Multimedia Programming Interface and Data Specifications 1.0 (1991);
// Multiple Channel Audio Data and WAVE Files (2007) for the extensible format; EBU Tech
// 3306 (2009) for RF64.
package wav
