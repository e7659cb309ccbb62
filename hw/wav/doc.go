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
// Read: RIFF/WAVE, and RF64 and BW64 for more than 4 GiB, with PCM of 1 to 32 bits in 1 to
// 4 bytes (one byte is unsigned), float of 32 or 64 bits, A-law or mu-law, 1 to 32
// channels, 1 to 768000 Hz, plain or WAVE_FORMAT_EXTENSIBLE. 24 bits in frames of 4 bytes
// under the plain tag are the lower ones. Chunks other than "fmt ", "ds64" and "data" are
// skipped, with the pad byte after an odd size. Written: PCM of 16, 24 or 32 bits, by a
// Writer with room for the sizes of an RF64 file, which it becomes beyond 4 GiB.
//
// Samples become Q31: PCM of n bytes is shifted to the top of the word, so that
// no bit changes. A float x becomes x*2^31 rounded to the nearest integer, halves
// to even; from 1-2^-31 and below -1 it is clamped, infinities too; NaN becomes 0.
// A code of A-law is the middle of its interval, of 13 bits, one of mu-law of 14. A Writer
// rounds to its width, halves upwards, and clamps at the top.
//
// A data chunk whose size is 0xFFFFFFFF, or 0 with no further chunk announced
// by the RIFF size, is that of a stream that was written without seeking, or of a
// recorder that was cut off: it reaches to the end of the file.
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
// it. ReadMono returns what there was together with ErrTruncated.
//
// # Limits
//
// RIFX and compressed samples but G.711's are refused. Chunks before the samples may
// hold 64 MiB together and number 1000. ReadMono reads at most MaxMonoSamples.
//
// # Sources
//
// Microsoft, Multimedia Programming Interface and Data Specifications 1.0 (1991);
// Multiple Channel Audio Data and WAVE Files (2007) for the extensible format; EBU Tech
// 3306 (2009) for RF64; ITU-T G.711 (1988), tables 1a to 2b, for A-law and mu-law.
package wav
