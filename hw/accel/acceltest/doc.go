// Package acceltest provides simulated accelerometers, register by register, for
// tests of drivers and of what uses them.
//
// # Concepts
//
// A Chip fills its FIFO by the time of a Clock, at a rate that may be off. It is
// reached over a simulated I2C bus or SPI port, whose transfers take the time
// that they would take, and raises a simulated Pin, which wakes its reader late
// by an amount that a test chooses. The Clock stands still but for transfers and waits, so
// an hour passes in a moment, with the same result every time.
//
// Each sample tells its index, so that a test sees what was lost and whether
// axes are torn: see Index.
//
// A driver's own test plays its transfers back, literally, as a data sheet has them: OnI2C and OnSPI
// write them down.
//
// # Limits
//
// The chips know what the drivers use, as the data sheets and the makers'
// drivers describe it. A misreading of a data sheet would be in both; only
// hardware can show it. Chip select, supply and analogue errors are not simulated.
//
// # Concurrency
//
// All types may be used by several goroutines.
package acceltest
